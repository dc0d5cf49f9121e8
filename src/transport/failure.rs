//! The failures of the transport: reasons why an attempt brought no answer.

use std::io;
use std::time::Duration;

use super::interim_responses::MOST_INTERIM;
use super::tls::messages::TlsFailure;
use crate::config::proxy::Proxy;
use crate::error::Source;
use crate::sys::out_of_resources::Shortage;

/// A failure of the transport.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The cancel token was fired.
    #[error("the call was cancelled")]
    Cancelled,
    /// A timeout of this attempt, or the budget of the whole call.
    #[error("{}", timeout_message(*.phase, *.limit))]
    Timeout {
        /// What the attempt was waiting for.
        phase: Phase,
        /// The timeout that ran out; `None` when it was the budget of the call.
        limit: Option<Duration>,
    },
    /// The name has no address, or the look-up failed.
    #[error("cannot resolve the host name {host}: {reason}")]
    Resolve {
        /// The name.
        host: String,
        /// The resolver's message.
        reason: String,
    },
    /// No address accepted the connection.
    #[error("cannot connect to {peer}: {source}")]
    Connect {
        /// Host and port.
        peer: String,
        /// The last address's error.
        source: io::Error,
    },
    /// The proxy did not pass the request on.
    #[error("the proxy {proxy} {reason}")]
    Proxy {
        /// Host and port of the proxy.
        proxy: String,
        /// Whether another attempt will fail in the same way.
        is_final: bool,
        /// Whether one byte that was altered on the way can look like this.
        may_be_damage: bool,
        /// The end of the message: what it did instead.
        reason: String,
    },
    /// The clock shows a time at which no certificate was valid.
    #[error(
        "TLS: the clock of this machine is wrong (it says a time before 1970), and no certificate can be \
         checked by it; set the clock"
    )]
    Clock,
    /// The TLS layer failed.
    #[error("TLS: {0}")]
    Tls(TlsFailure),
    /// The peer closed or reset the connection before its answer was complete.
    #[error("the connection was closed before the answer was complete ({0})")]
    Closed(#[source] io::Error),
    /// The process could not get a resource that it needs to connect or to wait.
    #[error("{0}")]
    OutOfResources(#[source] Shortage),
    /// The peer closed or reset the connection in the TLS handshake.
    #[error(
        "the connection was closed in the TLS handshake ({0}): does the server speak TLS on this port?"
    )]
    ClosedInHandshake(#[source] io::Error),
    /// The peer of a plain connection speaks TLS.
    #[error("the server speaks TLS on this port, and base_url says http://: say https://")]
    SpeaksTls,
    /// The peer sends interim responses without end.
    #[error("more than {MOST_INTERIM} interim responses (1xx) came, and no answer")]
    EndlessInterim,
    /// Any other error of the socket or the system.
    #[error("{0}")]
    Io(#[source] io::Error),
}

/// The phases of an attempt, which have a timeout each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Looking up the name, connecting, negotiating proxy and TLS.
    Connect,
    /// Writing the request.
    Write,
    /// Waiting for the answer.
    Read,
}

fn timeout_message(phase: Phase, limit: Option<Duration>) -> String {
    let what = match phase {
        Phase::Connect => "connecting",
        Phase::Write => "writing the request",
        Phase::Read => "waiting for the answer",
    };
    match limit {
        Some(limit) => format!("timed out after {} ms while {what}", limit.as_millis()),
        None => format!("the time for the whole call ran out while {what}"),
    }
}

impl Failure {
    /// Returns the failure that a proxy's 407 means.
    pub fn proxy_authentication(proxy: &Proxy) -> Self {
        let reason = match proxy.authorization() {
            None => {
                "wants a user name and a password (it answered 407): write them into its URL, as in \
                 http://user:password@host:port"
            }
            Some(_) => {
                "did not accept the user name and the password in its URL (it answered 407 although they \
                 were sent): check them, and that it takes Basic authentication"
            }
        };
        Failure::Proxy {
            proxy: proxy.to_string(),
            is_final: true,
            may_be_damage: false,
            reason: reason.to_owned(),
        }
    }

    /// Returns the failure for an error of a read or a write on an established connection.
    pub fn from_io(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe => Failure::Closed(error),
            _ => Failure::Io(error),
        }
    }

    /// Returns the error of the system or of the TLS library beneath the failure.
    pub fn into_source(self) -> Option<Source> {
        let source = match self {
            Failure::Connect { source, .. }
            | Failure::Closed(source)
            | Failure::ClosedInHandshake(source)
            | Failure::Io(source) => source,
            Failure::OutOfResources(shortage) => shortage.into_source(),
            Failure::Tls(failure) => return failure.source,
            _ => return None,
        };
        Some(source.into())
    }

    /// Returns the failure for an end of the input before its time.
    pub fn closed_early() -> Self {
        Failure::Closed(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "end of stream",
        ))
    }

    /// Returns whether the connection failed and a new one may work: the peer closed or reset it, ended it with
    /// a TLS alert, or sent bytes that TLS does not accept.
    pub fn ends_connection(&self) -> bool {
        matches!(self, Failure::Closed(_) | Failure::Tls(_))
    }

    /// Returns whether the failure is final, and one byte that was altered on the way can look like it.
    pub fn may_be_damage(&self) -> bool {
        match self {
            Failure::Tls(failure) => failure.may_be_damage,
            Failure::Proxy { may_be_damage, .. } => *may_be_damage,
            _ => false,
        }
    }

    /// Returns whether a time ran out.
    pub fn is_timeout(&self) -> bool {
        matches!(self, Failure::Timeout { .. })
    }

    /// Returns whether the service cannot have the request although all of it may have left: a proxy kept it,
    /// or the server ended the handshake of TLS 1.3 after the client's side of it was over.
    pub fn withheld_request(&self) -> bool {
        match self {
            Failure::Proxy { .. } => true,
            Failure::Tls(failure) => failure.ended_handshake,
            _ => false,
        }
    }

    /// Returns whether another attempt can succeed. A certificate that does not fit the host will not fit it a
    /// moment later, and a proxy that wants a password will still want it.
    pub fn is_retryable(&self) -> bool {
        match self {
            Failure::Cancelled => false,
            Failure::Tls(failure) => !failure.is_final,
            Failure::Proxy { is_final, .. } => !is_final,
            Failure::OutOfResources(shortage) => shortage.may_pass(),
            _ => true,
        }
    }
}

impl From<Shortage> for Failure {
    fn from(shortage: Shortage) -> Self {
        Failure::OutOfResources(shortage)
    }
}
