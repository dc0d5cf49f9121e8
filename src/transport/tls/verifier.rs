//! A verifier of certificates that notes why it refuses one.

use std::sync::Arc;

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
/// It also shows the client's certificate, and notes whether a server asked for one. It must serve only one handshake at a
/// time, because its notes are about that one.
#[derive(Debug)]
pub struct Explaining {
    inner: Arc<dyn ServerCertVerifier>,
    added: Arc<[CertificateDer<'static>]>,
    distrust: Lock<Option<String>>,
    own: Option<Arc<CertifiedKey>>,
    request: Lock<CertificateRequest>,
}

/// The request of a server for a certificate of the client, and the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CertificateRequest {
    /// The server has not asked.
    #[default]
    None,
    /// It has asked, and the client has no certificate.
    NoCertificate,
    /// It has asked, and takes no certificate with a key of this kind.
    Unfit,
    /// It has asked, and was shown the certificate.
    Shown,
}

impl Explaining {
    /// Returns a verifier that explains the refusals of `inner`, to which these authorities were added.
    /// `own` is the client's certificate.
    pub fn new(
        inner: Arc<dyn ServerCertVerifier>,
        added: Arc<[CertificateDer<'static>]>,
        own: Option<Arc<CertifiedKey>>,
    ) -> Self {
        Explaining {
            inner,
            added,
            distrust: Lock::default(),
            own,
            request: Lock::default(),
        }
    }

    /// Drops the notes of the last handshake.
    pub fn reset(&self) {
        self.take_distrust();
        *self.request.lock() = CertificateRequest::None;
    }

    /// Returns why the server's certificate was refused, if it was.
    pub fn take_distrust(&self) -> Option<String> {
        self.distrust.lock().take()
    }

    /// Returns the server's request for a certificate of the client.
    pub fn certificate_request(&self) -> CertificateRequest {
        *self.request.lock()
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
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        let (request, shown) = match &self.own {
            None => (CertificateRequest::NoCertificate, None),
            Some(own) if own.key.choose_scheme(schemes).is_none() => {
                (CertificateRequest::Unfit, None)
            }
            Some(own) => (CertificateRequest::Shown, Some(own.clone())),
        };
        *self.request.lock() = request;
        shown
    }

    fn has_certs(&self) -> bool {
        self.own.is_some()
    }
}
