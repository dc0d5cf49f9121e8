//! Failures of TLS: their messages, and whether another attempt can succeed.

use std::fmt;

use rustls::{AlertDescription, Error, PeerIncompatible};

use super::client_certificate;
use super::verifier::CertificateRequest;
use super::words::of_debug;
use crate::error::Source;

/// A failure of TLS.
#[derive(Debug)]
pub struct TlsFailure {
    /// The message: the cause and the remedy.
    pub message: String,
    /// Whether another attempt will fail in the same way.
    pub is_final: bool,
    /// Whether one byte that was altered on the way can look like this failure. Then it is final only if it comes twice.
    pub may_be_damage: bool,
    /// Whether the server ended the handshake. Then it cannot have a request, even if all of one has left.
    pub ended_handshake: bool,
    /// The error of the TLS library, if there was one.
    pub source: Option<Source>,
}

impl fmt::Display for TlsFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl TlsFailure {
    /// Returns a failure that may be gone in the next attempt.
    fn passing(message: String) -> Self {
        TlsFailure {
            message,
            is_final: false,
            may_be_damage: false,
            ended_handshake: false,
            source: None,
        }
    }

    /// Returns a failure of the handshake that will be the same each time.
    pub fn lasting(message: String) -> Self {
        TlsFailure {
            message,
            is_final: true,
            may_be_damage: false,
            ended_handshake: true,
            source: None,
        }
    }

    /// Returns a failure of the handshake that will be the same each time, if the server's alert is genuine.
    fn told(message: String) -> Self {
        TlsFailure {
            may_be_damage: true,
            ..TlsFailure::lasting(message)
        }
    }

    /// Returns the failure for an error. `distrust` says why the server's certificate was refused, and `request` whether
    /// the server has asked for a certificate of the client.
    pub fn new(error: Error, distrust: Option<String>, request: CertificateRequest) -> Self {
        let failure = match &error {
            Error::InvalidCertificate(_) => TlsFailure::lasting(distrust.unwrap_or_else(|| {
                "the server's certificate cannot be accepted".to_owned()
            })),
            Error::AlertReceived(alert) => of_alert(*alert, request),
            Error::PeerIncompatible(PeerIncompatible::NoSignatureSchemesInCommon) => {
                TlsFailure::passing(
                    "the server can sign in no way that this client supports: its certificate needs an RSA \
                     key of 2048 bits or more, or one on P-256, P-384 or Ed25519"
                        .to_owned(),
                )
            }
            Error::PeerIncompatible(why) => TlsFailure::passing(format!(
                "the server and this client have nothing in common ({}): {OFFERED}",
                of_debug(&format!("{why:?}"))
            )),
            Error::NoCertificatesPresented => {
                TlsFailure::passing("the server presented no certificate".to_owned())
            }
            Error::DecryptError => TlsFailure::passing(
                "what came from the server cannot be decrypted: it was altered on the way".to_owned(),
            ),
            Error::InvalidMessage(why) => damaged(&format!("{why:?}")),
            Error::PeerMisbehaved(why) => damaged(&format!("{why:?}")),
            Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
                damaged("MessageOutOfTurn")
            }
            Error::PeerSentOversizedRecord => damaged("RecordTooLarge"),
            other => TlsFailure::passing(other.to_string()),
        };
        TlsFailure {
            source: Some(error.into()),
            ..failure
        }
    }

    /// Returns the failure for a server that answers the handshake with `greeting`, which is not TLS. If the
    /// connection is `tunnelled`, the proxy may have answered because it does not reach the server, which may pass.
    pub fn no_tls(greeting: &[u8], tunnelled: bool) -> Self {
        if tunnelled {
            return TlsFailure::passing(
                "what answered through the proxy's tunnel does not speak TLS: it is the proxy itself if that \
                 does not reach the server; otherwise check host and port of base_url"
                    .to_owned(),
            );
        }
        let http = if greeting.starts_with(b"HTTP/") {
            ": it answered in plain http. Use the port for https; http:// in base_url would send the API key \
             unencrypted"
        } else {
            ": check host and port of base_url"
        };
        TlsFailure::lasting(format!("the server does not speak TLS on this port{http}"))
    }

    /// Returns the failure for a server that speaks only this old version of TLS.
    pub fn old_version(minor: u8) -> Self {
        let version = match minor {
            0 => "SSL 3.0",
            1 => "TLS 1.0",
            _ => "TLS 1.1",
        };
        TlsFailure::lasting(format!(
            "the server speaks {version} at most: it has to be set up for TLS 1.2 or 1.3"
        ))
    }
}

/// The offer of this client, in short.
const OFFERED: &str = "this client offers TLS 1.2 and 1.3, with ECDHE on X25519, P-256 or P-384, and AES-GCM or \
     ChaCha20-Poly1305";

fn of_alert(alert: AlertDescription, request: CertificateRequest) -> TlsFailure {
    use AlertDescription as Alert;
    if let Some(message) = client_certificate::of_alert(alert, request) {
        return TlsFailure::told(message);
    }
    match alert {
        Alert::ProtocolVersion => TlsFailure::told(
            "the server speaks neither TLS 1.2 nor TLS 1.3: it has to be set up for one of them"
                .to_owned(),
        ),
        Alert::HandshakeFailure => TlsFailure::passing(format!(
            "the server found nothing in common with this client (its alert was: handshake failure): {OFFERED}"
        )),
        Alert::UnrecognisedName => TlsFailure::passing(
            "the server knows no site of the name in base_url (its alert was: unrecognized name)"
                .to_owned(),
        ),
        other => TlsFailure::passing(format!(
            "the server ended the TLS session (its alert was: {})",
            of_debug(&format!("{other:?}"))
        )),
    }
}

fn damaged(why: &str) -> TlsFailure {
    TlsFailure::passing(format!(
        "what came from the server is not valid TLS ({}): it was damaged on the way, or the server is at fault",
        of_debug(why)
    ))
}
