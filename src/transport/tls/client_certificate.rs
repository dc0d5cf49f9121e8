//! The words for a server that demands a client certificate, or refuses the one that it was shown.

use rustls::AlertDescription as Alert;

use super::verifier::CertificateRequest as Request;
use super::words::of_debug;

/// Returns the message for an alert that is about the client's certificate; `None` for other alerts.
pub fn of_alert(alert: Alert, request: Request) -> Option<String> {
    let is_demand = matches!(
        alert,
        Alert::CertificateRequired
            | Alert::HandshakeFailure
            | Alert::NoCertificate
            | Alert::BadCertificate
            | Alert::CertificateUnknown
            | Alert::AccessDenied
    );
    let is_refusal = is_demand
        || matches!(
            alert,
            Alert::UnsupportedCertificate
                | Alert::CertificateRevoked
                | Alert::CertificateExpired
                | Alert::UnknownCA
        );
    match request {
        Request::None => (alert == Alert::CertificateRequired).then(|| NONE.to_owned()),
        Request::NoCertificate => is_demand.then(|| NONE.to_owned()),
        Request::Unfit => is_demand.then(|| UNFIT.to_owned()),
        Request::Shown => is_refusal.then(|| {
            format!(
                "the server did not accept the client certificate (its alert was: {}): {}",
                of_debug(&format!("{alert:?}")),
                remedy(alert)
            )
        }),
    }
}

const NONE: &str = "the server demands a client certificate, and this client has none to show: set one, with its key, in \
                    the client's options";
const UNFIT: &str = "the server demands a client certificate, and takes none with a key of this kind: use an RSA key, or \
                     one on P-256";

/// Returns what to do after this alert.
fn remedy(alert: Alert) -> &'static str {
    match alert {
        Alert::UnknownCA => {
            "it does not know the authority that issued it; put the certificates of intermediate authorities behind it, \
             or let an authority issue it that the server trusts"
        }
        Alert::CertificateExpired => {
            "it has expired, or one of its authorities has; renew it, and make a new client"
        }
        Alert::CertificateRevoked => "it was revoked; have a new one issued",
        Alert::UnsupportedCertificate => {
            "it is of a kind that the server does not take; it needs clientAuth in its extended key usage"
        }
        Alert::AccessDenied => "it is valid, but not allowed here; the server's rules decide",
        _ => {
            "the server's log may say why; it has to be valid now, and made for clients (clientAuth)"
        }
    }
}
