//! A certificate with which every handshake has the same length.

use std::path::PathBuf;

use hookrail::TlsRoots;
use hookrail::internals::ClientOptions;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, PKCS_ED25519};
use tempfile::TempDir;

use crate::support::options_with_retries;

/// An authority and a certificate for 127.0.0.1 and the names below `wire.test`. Ed25519 signatures all have 64 bytes.
/// The length of the development server's own signatures varies by a byte, and with it the offsets of faults.
pub struct Certificate {
    dir: TempDir,
    options: ClientOptions,
}

impl Certificate {
    pub fn new() -> Self {
        let key_pair = || KeyPair::generate_for(&PKCS_ED25519).expect("a key");
        let authority_key = key_pair();
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        authority
            .distinguished_name
            .push(DnType::CommonName, "Hookrail fault tests");
        let authority_pem = authority
            .self_signed(&authority_key)
            .expect("an authority")
            .pem();

        let key = key_pair();
        let issuer = Issuer::from_params(&authority, &authority_key);
        let chain = CertificateParams::new(["127.0.0.1", "*.wire.test"].map(String::from))
            .and_then(|leaf| leaf.signed_by(&key, &issuer))
            .expect("a certificate");

        let mut options = options_with_retries(0);
        options.set_tls_roots(TlsRoots::ExtraOnly);
        options
            .add_ca_pem(authority_pem.as_bytes())
            .expect("the authority is good");
        let certificate = Certificate {
            dir: tempfile::tempdir().expect("a directory"),
            options,
        };
        std::fs::write(certificate.chain_file(), chain.pem())
            .and_then(|()| std::fs::write(certificate.key_file(), key.serialize_pem()))
            .expect("room for two files");
        certificate
    }

    /// The options of a client that trusts the authority, which is parsed only once.
    pub fn options(&self) -> &ClientOptions {
        &self.options
    }

    pub fn chain_file(&self) -> PathBuf {
        self.dir.path().join("cert.pem")
    }

    pub fn key_file(&self) -> PathBuf {
        self.dir.path().join("key.pem")
    }
}
