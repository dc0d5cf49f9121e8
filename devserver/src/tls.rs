//! Certificates for https: from files, or made by the server.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};

/// The source of the server's certificate.
#[derive(Debug, Clone)]
pub enum Tls {
    /// A certificate chain and its key, as PEM files.
    Files {
        /// The chain, the server's own certificate first.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// A certificate authority and a certificate of the server's own.
    SelfSigned(SelfSigned),
}

/// Certificates made by the server itself, with an authority that a client can trust.
#[derive(Debug, Clone)]
pub struct SelfSigned {
    dir: Option<PathBuf>,
    names: Vec<String>,
    expired: bool,
}

impl Default for SelfSigned {
    fn default() -> Self {
        Self {
            dir: None,
            names: ["localhost", "127.0.0.1", "::1"].map(String::from).into(),
            expired: false,
        }
    }
}

impl SelfSigned {
    /// Writes `ca.pem`, `cert.pem` and `key.pem` into this directory, or uses those it finds.
    pub fn in_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.dir = Some(dir.into());
        self
    }

    /// Certifies another name than that of this server.
    pub fn for_name(mut self, name: &str) -> Self {
        self.names = vec![name.to_owned()];
        self
    }

    /// Makes the certificate end in the past. The authority's certificate stays valid.
    pub fn expired(mut self) -> Self {
        self.expired = true;
        self
    }
}

/// What a server needs for https, as PEM.
#[derive(Clone)]
pub(crate) struct Identity {
    /// The authority to trust, if the server made it.
    pub(crate) ca: Option<String>,
    cert: String,
    key: String,
}

impl Identity {
    pub(crate) fn load(tls: &Tls) -> io::Result<Self> {
        match tls {
            Tls::Files { cert, key } => Ok(Self {
                ca: None,
                cert: read(cert)?,
                key: read(key)?,
            }),
            Tls::SelfSigned(wanted) => match &wanted.dir {
                None => make(wanted),
                Some(dir) => Self::kept_in(dir, wanted),
            },
        }
    }

    fn kept_in(dir: &Path, wanted: &SelfSigned) -> io::Result<Self> {
        let [ca, cert, key] = ["ca.pem", "cert.pem", "key.pem"].map(|name| dir.join(name));
        // A client that trusts the authority still trusts the server after a restart.
        if [&ca, &cert, &key].iter().all(|path| path.exists()) {
            return Ok(Self {
                ca: Some(read(&ca)?),
                cert: read(&cert)?,
                key: read(&key)?,
            });
        }
        let made = make(wanted)?;
        fs::create_dir_all(dir).map_err(|error| named(dir, &error))?;
        write(&key, &made.key, 0o600)?;
        write(&cert, &made.cert, 0o644)?;
        write(&ca, made.ca.as_deref().unwrap_or_default(), 0o644)?;
        Ok(made)
    }

    pub(crate) fn server_config(&self) -> io::Result<Arc<ServerConfig>> {
        let chain = CertificateDer::pem_slice_iter(self.cert.as_bytes())
            .collect::<Result<Vec<_>, _>>()
            .map_err(invalid("the certificate"))?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(invalid("the key"))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(invalid("TLS"))?
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .map_err(invalid("the certificate"))?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Arc::new(config))
    }
}

fn make(wanted: &SelfSigned) -> io::Result<Identity> {
    let now = OffsetDateTime::now_utc();
    let ca_key = KeyPair::generate().map_err(invalid("the authority's key"))?;
    let mut ca = CertificateParams::default();
    // Each authority has its own name. With a common name a client that trusts another authority would see
    // a bad signature instead of an unknown issuer.
    let ca_name = format!("Hookrail development CA {:08x}", fastrand::u32(..));
    ca.distinguished_name = named_subject(&ca_name);
    ca.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    ca.not_before = now - Duration::days(30);
    ca.not_after = now + Duration::days(3_650);
    let ca_cert = ca.self_signed(&ca_key).map_err(invalid("the authority"))?;

    let key = KeyPair::generate().map_err(invalid("the server's key"))?;
    let mut leaf =
        CertificateParams::new(wanted.names.clone()).map_err(invalid("the server's names"))?;
    leaf.distinguished_name = named_subject("Hookrail development server");
    leaf.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    leaf.use_authority_key_identifier_extension = true;
    leaf.not_before = now - Duration::days(20);
    leaf.not_after = now + Duration::days(if wanted.expired { -10 } else { 3_650 });
    let issuer = Issuer::from_params(&ca, &ca_key);
    let cert = leaf
        .signed_by(&key, &issuer)
        .map_err(invalid("the server's certificate"))?;
    Ok(Identity {
        ca: Some(ca_cert.pem()),
        cert: cert.pem(),
        key: key.serialize_pem(),
    })
}

fn named_subject(name: &str) -> DistinguishedName {
    let mut subject = DistinguishedName::new();
    subject.push(DnType::CommonName, name);
    subject
}

fn invalid<E: std::fmt::Display>(what: &str) -> impl FnOnce(E) -> io::Error {
    move |error| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{what} cannot be used: {error}"),
        )
    }
}

fn named(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

fn read(path: &Path) -> io::Result<String> {
    fs::read_to_string(path).map_err(|error| named(path, &error))
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(mode);
    let mut file = options.open(path).map_err(|error| named(path, &error))?;
    file.write_all(text.as_bytes())
        .map_err(|error| named(path, &error))
}
