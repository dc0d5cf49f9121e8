//! A verifier of certificates that notes why it refuses one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

use super::rejected_certificate::{Refused, explain_handshake};
use crate::sys::lock::Lock;

/// A verifier that asks another one, and keeps a note that explains a refusal. The error that goes through the TLS
/// library stays the same, because it decides which alert the server gets.
///
/// It also has no client certificate to show, and notes whether a server asked for one. It must serve only one
/// handshake at a time, because its notes are about that one.
#[derive(Debug)]
pub struct Explaining {
    inner: Arc<dyn ServerCertVerifier>,
    added: Arc<[CertificateDer<'static>]>,
    distrust: Lock<Option<String>>,
    certificate_wanted: AtomicBool,
}

impl Explaining {
    /// Returns a verifier that explains the refusals of `inner`, to which these authorities were added.
    pub fn new(inner: Arc<dyn ServerCertVerifier>, added: Arc<[CertificateDer<'static>]>) -> Self {
        Explaining {
            inner,
            added,
            distrust: Lock::default(),
            certificate_wanted: AtomicBool::new(false),
        }
    }

    /// Drops the notes of the last handshake.
    pub fn reset(&self) {
        self.take_distrust();
        self.certificate_wanted.store(false, Ordering::Relaxed);
    }

    /// Returns why the server's certificate was refused, if it was.
    pub fn take_distrust(&self) -> Option<String> {
        self.distrust.lock().take()
    }

    /// Returns whether the server asked for a certificate of the client.
    pub fn certificate_wanted(&self) -> bool {
        self.certificate_wanted.load(Ordering::Relaxed)
    }

    fn note_distrust(&self, reason: String) {
        *self.distrust.lock() = Some(reason);
    }
}

impl ServerCertVerifier for Explaining {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.inner
            .verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
            .inspect_err(|error| {
                let Error::InvalidCertificate(reason) = error else {
                    return;
                };
                let refused = Refused {
                    presented: [end_entity].into_iter().chain(intermediates).collect(),
                    added: &self.added,
                    host: &server_name.to_str(),
                    now: i64::try_from(now.as_secs()).unwrap_or(i64::MAX),
                };
                self.note_distrust(refused.explain(reason));
            })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls12_signature(message, certificate, signature)
            .inspect_err(|_| self.note_distrust(explain_handshake(certificate)))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signature)
            .inspect_err(|_| self.note_distrust(explain_handshake(certificate)))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

impl ResolvesClientCert for Explaining {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.certificate_wanted.store(true, Ordering::Relaxed);
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
