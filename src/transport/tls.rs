//! The TLS configuration of a client.

mod certificate;
mod clock;
mod date;
mod der;
mod distrust;
pub mod greeting;
mod system;
mod verifier;
pub mod words;

use std::sync::Arc;

use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, RootCertStore};
use rustls_platform_verifier::Verifier;

use self::clock::SystemClock;
use self::verifier::{Explaining, NoCertificate};
use super::failure::Failure;
use crate::config::tls_options::{TlsOptions, TlsRoots};
use crate::error::{Error, Result};
use crate::sys::privileges;
use crate::sys::shortage::{self, Shortage};

/// What every TLS connection of a client has in common, prepared once.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    config: Arc<ClientConfig>,
    server_name: ServerName<'static>,
}

impl TlsSettings {
    /// Settings for connections to `host`.
    ///
    /// # Errors
    /// `Configuration` when no usable certificate authority is left or the host cannot be the name in
    /// a certificate; `OutOfResources` when there is no descriptor to read the system's authorities with.
    pub fn new(host: &str, options: &TlsOptions) -> Result<Self> {
        let extra = options.extra.clone();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_details(provider.clone(), Arc::new(SystemClock))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::configuration(format!("TLS: {error}")))?;
        let config = match options.roots {
            TlsRoots::Platform => {
                let verifier = Arc::new(Explaining::new(platform(&extra, provider)?, extra));
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(verifier)
            }
            TlsRoots::ExtraOnly => {
                let mut store = RootCertStore::empty();
                add_extra(&mut store, &extra)?;
                let verifier =
                    WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
                        .build()
                        .map_err(|error| {
                            Error::configuration(format!(
                                "no certificate authority to trust: {error}; add one by file or PEM"
                            ))
                        })?;
                let verifier = Arc::new(Explaining::new(verifier, extra));
                builder
                    .dangerous()
                    .with_custom_certificate_verifier(verifier)
            }
        };
        let server_name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Error::configuration(format!(
                "the host {host:?} of base_url cannot be the name in a certificate"
            ))
        })?;
        Ok(TlsSettings {
            config: Arc::new(config.with_client_cert_resolver(Arc::new(NoCertificate))),
            server_name,
        })
    }

    /// The same settings with a memory of sessions of its own. That memory has a lock, which in a forked
    /// child may be held by a thread that does not exist there.
    pub fn with_own_sessions(&self) -> Self {
        let mut config = ClientConfig::clone(&self.config);
        config.resumption = Resumption::default();
        TlsSettings {
            config: Arc::new(config),
            server_name: self.server_name.clone(),
        }
    }

    /// The client's side of a new connection. Not where the clock cannot say whether a certificate is valid.
    pub fn connection(&self) -> std::result::Result<ClientConnection, Failure> {
        if SystemClock.current_time().is_none() {
            return Err(Failure::Clock);
        }
        ClientConnection::new(self.config.clone(), self.server_name.clone()).map_err(Failure::tls)
    }
}

/// A verifier that trusts the system's authorities and the extra ones.
fn platform(
    extra: &[CertificateDer<'static>],
    provider: Arc<CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>> {
    if privileges::are_its_own() {
        let mut store = system::authorities();
        add_extra(&mut store, extra)?;
        return match WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider).build()
        {
            Ok(verifier) => Ok(verifier),
            Err(error) => Err(no_authorities(&error)),
        };
    }
    match Verifier::new_with_extra_roots(extra.iter().cloned(), provider) {
        Ok(verifier) => Ok(Arc::new(verifier)),
        Err(error) => Err(no_authorities(&error)),
    }
}

fn no_authorities(error: &dyn std::error::Error) -> Error {
    match shortage::of_descriptors() {
        Some(shortage) => {
            Shortage::descriptor("for the certificate authorities of the system", shortage).into()
        }
        None => Error::configuration(format!(
            "cannot load the certificate authorities of the system: {error}; install them (Debian: \
             ca-certificates) or trust only the extra ones"
        )),
    }
}

fn add_extra(store: &mut RootCertStore, extra: &[CertificateDer<'static>]) -> Result<()> {
    for certificate in extra {
        // Each was tried when it was read.
        store.add(certificate.clone()).map_err(|error| {
            Error::configuration(format!("an extra CA certificate cannot be used: {error}"))
        })?;
    }
    Ok(())
}
