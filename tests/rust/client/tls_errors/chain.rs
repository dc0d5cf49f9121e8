//! Certificate chains for tests, and servers that send them.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};

use crate::support::raw::{RawServer, accepted};

const DAY: Duration = Duration::from_secs(86_400);

/// A certificate with its key.
pub struct Made {
    params: CertificateParams,
    key: KeyPair,
    pub pem: String,
}

/// A certificate's subject, valid for ten days around now.
pub fn subject(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = SystemTime::now();
    params.not_before = (now - 5 * DAY).into();
    params.not_after = (now + 5 * DAY).into();
    params
}

/// The parameters of an authority.
pub fn authority(name: &str) -> CertificateParams {
    let mut params = subject(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

/// The parameters of a server at this machine.
pub fn server(name: &str) -> CertificateParams {
    server_for(name, &["localhost".to_owned(), "127.0.0.1".to_owned()])
}

/// The parameters of a server with these names.
pub fn server_for(name: &str, hosts: &[String]) -> CertificateParams {
    let with_hosts = CertificateParams::new(hosts).expect("names of hosts");
    let mut params = subject(name);
    params.subject_alt_names = with_hosts.subject_alt_names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

/// Changes the validity: from and until these numbers of days from now.
pub fn valid(mut params: CertificateParams, from: i64, until: i64) -> CertificateParams {
    let at = |days: i64| {
        let distance = DAY * u32::try_from(days.unsigned_abs()).expect("some days");
        let now = SystemTime::now();
        if days < 0 {
            now - distance
        } else {
            now + distance
        }
    };
    params.not_before = at(from).into();
    params.not_after = at(until).into();
    params
}

/// Makes a self-signed certificate.
pub fn self_signed(params: CertificateParams) -> Made {
    let key = KeyPair::generate().expect("a key");
    let pem = params.self_signed(&key).expect("a certificate").pem();
    Made { params, key, pem }
}

impl Made {
    /// Issues another certificate.
    pub fn issue(&self, params: CertificateParams) -> Made {
        let key = KeyPair::generate().expect("a key");
        let issuer = Issuer::from_params(&self.params, &self.key);
        let pem = params
            .signed_by(&key, &issuer)
            .expect("a certificate")
            .pem();
        Made { params, key, pem }
    }

    pub fn key_pem(&self) -> String {
        self.key.serialize_pem()
    }

    /// A server that sends this certificate and then the others.
    pub fn serve(&self, others: &[&Made]) -> RawServer {
        let chain = [self].into_iter().chain(others.iter().copied());
        serve(
            chain.map(|made| certificate(&made.pem)).collect(),
            &self.key_pem(),
        )
    }
}

pub fn certificate(pem: &str) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pem.as_bytes()).expect("a certificate")
}

/// A server that sends a chain, even one of damaged certificates.
pub fn serve(chain: Vec<CertificateDer<'static>>, key_pem: &str) -> RawServer {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth();
    let key = PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).expect("a key");
    let config = config.with_single_cert(chain, key);
    RawServer::start_tls(Arc::new(config.expect("a configuration")), |mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e"));
        }
    })
}

/// Returns the configuration of a server that demands a client certificate of this authority.
pub fn demanding_a_certificate(
    leaf: &Made,
    root: &Made,
    version: &'static SupportedProtocolVersion,
) -> Arc<ServerConfig> {
    let mut roots = RootCertStore::empty();
    roots.add(certificate(&root.pem)).expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
        .build()
        .expect("a verifier");
    let key = PrivateKeyDer::from_pem_slice(leaf.key_pem().as_bytes()).expect("a key");
    let config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a version")
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![certificate(&leaf.pem)], key)
        .expect("a configuration");
    Arc::new(config)
}
