//! The TLS configuration of a client.

mod certificate;
mod client_certificate;
mod clock;
mod date;
mod der;
pub mod greeting;
pub mod messages;
mod rejected_certificate;
pub mod session;
mod system;
mod verifier;
mod words;

use std::sync::Arc;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use self::clock::SystemClock;
use self::verifier::Explaining;
use crate::config::tls_options::{TlsOptions, TlsRoots};
use crate::error::{Error, Result};
use crate::sys::out_of_resources::{self, Shortage};
use crate::sys::privileges;

/// The common settings of all TLS connections of a client, prepared once.
#[derive(Clone, Debug)]
pub struct TlsSettings {
    /// The pattern of the configurations that [`session::Sessions`] uses.
    config: Arc<ClientConfig>,
    verifier: Arc<dyn ServerCertVerifier>,
    /// The authorities that were added to the system's.
    added: Arc<[CertificateDer<'static>]>,
    /// The certificate that the client shows.
    own: Option<Arc<CertifiedKey>>,
    server_name: ServerName<'static>,
}

impl TlsSettings {
    /// Returns the settings for connections to `host`.
    ///
    /// # Errors
    /// `Configuration` if no usable certificate authority is left or the host cannot be the name in
    /// a certificate; `OutOfResources` if there is no descriptor to read the system's authorities with.
    pub fn new(host: &str, options: &TlsOptions) -> Result<Self> {
        let extra = &options.extra;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ClientConfig::builder_with_details(provider.clone(), Arc::new(SystemClock))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::configuration(format!("TLS: {error}")))?;
        let verifier = match options.roots {
            TlsRoots::Platform => platform(extra, provider)?,
            TlsRoots::ExtraOnly => {
                let mut store = RootCertStore::empty();
                add_extra(&mut store, extra)?;
                WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider)
                    .build()
                    .map_err(|error| {
                        Error::configuration(format!(
                            "no certificate authority to trust: {error}; add one by file or PEM"
                        ))
                    })?
            }
        };
        let config = builder
            .dangerous()
            .with_custom_certificate_verifier(verifier.clone())
            .with_no_client_auth();
        let server_name = ServerName::try_from(host.to_owned()).map_err(|_| {
            Error::configuration(format!(
                "the host {host:?} of base_url cannot be the name in a certificate"
            ))
        })?;
        Ok(TlsSettings {
            config: Arc::new(config),
            verifier,
            added: extra.as_slice().into(),
            own: options
                .client_certificate
                .as_ref()
                .map(|own| own.certified().clone()),
            server_name,
        })
    }

    /// Returns a verifier that explains its refusals, and shows the client's certificate.
    fn explaining(&self) -> Explaining {
        Explaining::new(self.verifier.clone(), self.added.clone(), self.own.clone())
    }
}

/// Returns a verifier that trusts the system's authorities and the extra ones.
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
    match out_of_resources::of_descriptors() {
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
        // Each certificate was tried when it was read, so this does not fail.
        store.add(certificate.clone()).map_err(|error| {
            Error::configuration(format!("an extra CA certificate cannot be used: {error}"))
        })?;
    }
    Ok(())
}
