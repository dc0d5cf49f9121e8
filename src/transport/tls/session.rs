//! The TLS sessions of a client, and the configurations that their handshakes use.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, ClientConnection, Error};

use super::TlsSettings;
use super::clock::SystemClock;
use super::messages::TlsFailure;
use super::verifier::{CertificateRequest, Explaining};
use crate::sys::lock::Lock;
use crate::transport::failure::Failure;

/// Starts the TLS sessions of a client in one process.
///
/// Each handshake under way has a configuration to itself, because the reason why its verifier refuses a
/// certificate comes back beside rustls' error, which cannot carry it. The configurations are used again, the
/// last one first: each remembers sessions, and rustls resumes a session only with the verifier that it began
/// with. Their locks belong to the process: a forked child must make its own.
#[derive(Debug)]
pub struct Sessions {
    settings: TlsSettings,
    free: Arc<FreeConfigurations>,
}

/// The configurations that no handshake uses.
type FreeConfigurations = Lock<Vec<Configuration>>;

#[derive(Debug)]
struct Configuration {
    config: Arc<ClientConfig>,
    verifier: Arc<Explaining>,
}

/// A configuration in use. It is free again once this is dropped.
struct Lease {
    /// There until the drop.
    configuration: Option<Configuration>,
    home: Arc<FreeConfigurations>,
}

/// The client's side of one TLS connection.
pub struct Session {
    pub connection: ClientConnection,
    /// The configuration, until the handshake is over.
    lease: Option<Lease>,
    /// The server's request for a certificate in the handshake, once that is over.
    request: CertificateRequest,
}

impl Sessions {
    /// Returns a source of sessions with these settings.
    pub fn new(settings: TlsSettings) -> Self {
        Sessions {
            settings,
            free: Arc::default(),
        }
    }

    /// Starts a session.
    ///
    /// # Errors
    /// `Clock` if the clock cannot say whether a certificate is valid.
    pub fn start(&self) -> Result<Session, Failure> {
        if SystemClock.current_time().is_none() {
            return Err(Failure::Clock);
        }
        let free = self.free.lock().pop();
        let configuration = free.unwrap_or_else(|| Configuration::new(&self.settings));
        configuration.verifier.reset();
        let config = configuration.config.clone();
        let lease = Lease {
            configuration: Some(configuration),
            home: self.free.clone(),
        };
        let connection =
            ClientConnection::new(config, self.settings.server_name.clone()).map_err(|error| {
                Failure::Tls(TlsFailure::new(error, None, CertificateRequest::None))
            })?;
        Ok(Session {
            connection,
            lease: Some(lease),
            request: CertificateRequest::None,
        })
    }
}

impl Configuration {
    fn new(settings: &TlsSettings) -> Self {
        let verifier = Arc::new(settings.explaining());
        let mut config = ClientConfig::clone(&settings.config);
        config.resumption = Resumption::default();
        config
            .dangerous()
            .set_certificate_verifier(verifier.clone());
        config.client_auth_cert_resolver = verifier.clone();
        Configuration {
            config: Arc::new(config),
            verifier,
        }
    }
}

impl Lease {
    fn verifier(&self) -> Option<&Explaining> {
        self.configuration
            .as_ref()
            .map(|configuration| &*configuration.verifier)
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.home.lock().extend(self.configuration.take());
    }
}

impl Session {
    /// Gives the configuration back: the handshake is over.
    pub fn end_handshake(&mut self) {
        self.request = self.certificate_request();
        self.lease = None;
    }

    /// Puts an error of the TLS library into words.
    pub fn failure(&self, error: Error) -> Failure {
        let distrust = self.verifier().and_then(Explaining::take_distrust);
        Failure::Tls(TlsFailure::new(error, distrust, self.certificate_request()))
    }

    fn certificate_request(&self) -> CertificateRequest {
        self.verifier()
            .map_or(self.request, Explaining::certificate_request)
    }

    fn verifier(&self) -> Option<&Explaining> {
        self.lease.as_ref().and_then(Lease::verifier)
    }
}
