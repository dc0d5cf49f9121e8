//! A verifier of certificates that leaves a word on why it refuses one.

use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::sign::CertifiedKey;
use rustls::{DigitallySignedStruct, Error, SignatureScheme};

use super::distrust::{Refused, explain_handshake};
use crate::transport::context;

/// Another verifier, whose refusals are explained to the attempt that this thread is making. The error that
/// goes through the TLS library stays what it is: it decides which alert the server gets.
#[derive(Debug)]
pub struct Explaining {
    inner: Arc<dyn ServerCertVerifier>,
    added: Vec<CertificateDer<'static>>,
}

impl Explaining {
    /// Explains the refusals of `inner`, to which these authorities were added.
    pub fn new(inner: Arc<dyn ServerCertVerifier>, added: Vec<CertificateDer<'static>>) -> Self {
        Explaining { inner, added }
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
                context::note_distrust(refused.explain(reason));
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
            .inspect_err(|_| context::note_distrust(explain_handshake(certificate)))
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.inner
            .verify_tls13_signature(message, certificate, signature)
            .inspect_err(|_| context::note_distrust(explain_handshake(certificate)))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.inner.supported_verify_schemes()
    }
}

/// Has no certificate to show, and notes that a server asked for one.
#[derive(Debug)]
pub struct NoCertificate;

impl ResolvesClientCert for NoCertificate {
    fn resolve(&self, _: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        context::note_certificate_wanted();
        None
    }

    fn has_certs(&self) -> bool {
        false
    }
}
