//! Certificates for servers whose every byte a test decides.

use std::path::PathBuf;
use std::sync::Arc;

use hookrail_devserver::{Config, DevServer, SelfSigned, Tls};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tempfile::TempDir;

/// A development server that speaks TLS with this certificate.
pub fn tls_server(certificate: SelfSigned) -> DevServer {
    DevServer::start(Config {
        tls: Some(Tls::SelfSigned(certificate)),
        ..Config::default()
    })
    .expect("the server should start")
}

/// A certificate for localhost and its addresses, with the authority that signed it.
pub struct Identity {
    dir: TempDir,
}

impl Identity {
    pub fn new() -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        // The development server makes the certificates.
        drop(tls_server(SelfSigned::default().in_dir(dir.path())));
        Identity { dir }
    }

    /// The file with the authority's certificate.
    pub fn ca_file(&self) -> PathBuf {
        self.dir.path().join("ca.pem")
    }

    /// The authority's certificate.
    pub fn ca_pem(&self) -> Vec<u8> {
        std::fs::read(self.ca_file()).expect("the authority's certificate")
    }

    pub fn server_config(&self) -> Arc<ServerConfig> {
        let chain: Vec<_> = CertificateDer::pem_file_iter(self.dir.path().join("cert.pem"))
            .and_then(Iterator::collect)
            .expect("a certificate");
        let key = PrivateKeyDer::from_pem_file(self.dir.path().join("key.pem")).expect("a key");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .expect("a certificate that fits the key");
        Arc::new(config)
    }
}
