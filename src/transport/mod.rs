//! HTTP exchanges with the service: sockets, TLS, connection reuse, cancellation.
//!
//! The HTTP/1.1 protocol and the pool are ureq's; everything below them is ours, so that each wait is a
//! `poll` that the budget, a cancel token or a signal handler's use of one can end.

mod authorization;
mod buffers;
mod connection;
mod connector;
pub mod context;
mod dial;
pub mod failure;
mod first_use;
pub mod idle;
mod interim;
mod loan;
mod lookup_gate;
mod resolver;
mod reuse;
mod stream;
pub mod tls;
mod tunnel;

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{HeaderMap, Request, Response};

use self::authorization::Authorization;
use self::connection::{Additions, Connection};
use self::connector::{LateResolver, ServiceConnector};
use self::context::{Bounds, Trace};
use self::failure::Failure;
use self::idle::Idle;
use self::tls::TlsSettings;
use crate::config::base_url::BaseUrl;
use crate::config::limits::KeepAlive;
use crate::config::proxy::Proxy;
use crate::sys::clock::since_boot;

/// The longest head of a response that is read.
pub const MAX_RESPONSE_HEAD: usize = 64 * 1024;
/// The longest body of a response that is read.
pub const MAX_RESPONSE_BODY: usize = 1024 * 1024;
/// A pooled connection that is silent for so long makes the others that were idle suspect.
const SILENCE: Duration = Duration::from_secs(1);

/// The connections of a client in one process.
#[derive(Debug)]
pub struct Http {
    agent: Agent,
    authorization: Authorization,
    /// The proxy that forwards the requests, which it can read. There is none where it makes a tunnel.
    forwarder: Option<Proxy>,
    idle: Arc<Idle>,
}

/// A response that was read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers; of a success perhaps only those that have a meaning.
    pub headers: HeaderMap,
    /// The body, cut off at [`MAX_RESPONSE_BODY`].
    pub body: Vec<u8>,
    /// Whether the body was cut off.
    pub truncated: bool,
    /// The host and port of a proxy that forwards plain requests and may have answered itself.
    pub forwarder: Option<String>,
}

/// Why there is no [`Answer`].
#[derive(Debug)]
pub enum NoAnswer {
    /// The transport failed.
    Transport(Failure),
    /// What came back is not HTTP as RFC 9112 has it.
    NotHttp(String),
    /// The request itself cannot be sent: a defect of this library.
    Unsendable(String),
}

impl Http {
    /// A client's connections, none of them open yet. Every request carries the API key.
    pub fn new(
        base_url: &BaseUrl,
        api_key: &str,
        proxy: Option<Proxy>,
        tls: Option<TlsSettings>,
        keep_alive: KeepAlive,
    ) -> Self {
        first_use::make();
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .proxy(None)
            .user_agent(AutoHeaderValue::None)
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .max_response_header_size(MAX_RESPONSE_HEAD)
            .max_idle_connections(0)
            .build();
        let idle = Arc::new(Idle::new(keep_alive.connections));
        let forwarder = match tls {
            Some(_) => None,
            None => proxy.clone(),
        };
        let for_proxy = forwarder.as_ref().and_then(Proxy::authorization);
        let authorization = Authorization::new(api_key, for_proxy);
        let origin = match &forwarder {
            Some(_) => format!("{}://{}", base_url.scheme().name(), base_url.authority()),
            None => String::new(),
        };
        let connector = ServiceConnector::new(
            base_url,
            Additions {
                origin: origin.into(),
                authorization: authorization.clone(),
            },
            proxy,
            tls,
            keep_alive.max_age,
            idle.clone(),
        );
        Http {
            agent: Agent::with_parts(config, connector, LateResolver),
            authorization,
            forwarder,
            idle,
        }
    }

    /// Sends a request and reads the answer, within `bounds`.
    ///
    /// An idle connection that turns out to be at its end is replaced by a new one at once; for the
    /// caller that is the same attempt. The trace sums up both. One that brings nothing until the time is
    /// over takes with it those that were idle before, and the next attempt at the same event should be made
    /// on a new one (`reuse` false).
    pub fn exchange(
        &self,
        bounds: &Bounds,
        head: &Request<()>,
        body: Option<&[u8]>,
        reuse: bool,
    ) -> (Result<Answer, NoAnswer>, Trace) {
        let (answer, mut trace) = self.exchange_with_peer(bounds, head, body, reuse);
        let answer = answer.and_then(|answer| self.heed_forwarder(answer));
        if matches!(&answer, Err(NoAnswer::Transport(failure)) if failure.withheld_request()) {
            trace.request_complete = false;
        }
        (answer, trace)
    }

    /// Tells apart what a proxy that forwards requests says for itself, as far as that can be told.
    fn heed_forwarder(&self, mut answer: Answer) -> Result<Answer, NoAnswer> {
        if let Some(proxy) = &self.forwarder {
            if answer.status == 407 {
                return Err(NoAnswer::Transport(Failure::proxy_authentication(proxy)));
            }
            if !(200..300).contains(&answer.status) {
                answer.forwarder = Some(proxy.to_string());
            }
        }
        Ok(answer)
    }

    fn exchange_with_peer(
        &self,
        bounds: &Bounds,
        head: &Request<()>,
        body: Option<&[u8]>,
        reuse: bool,
    ) -> (Result<Answer, NoAnswer>, Trace) {
        let started = since_boot();
        let idle = if reuse { self.idle.take() } else { None };
        let Some(connection) = idle else {
            return context::run_attempt(bounds, || self.run(head, body));
        };
        let (first, mut trace) =
            context::run_attempt(bounds, || self.reuse(connection, head, body));
        if !trace.answered
            && matches!(&first, Err(NoAnswer::Transport(failure)) if failure.is_timeout())
        {
            trace.went_silent = true;
            // A call with less time than the service usually takes says nothing of other connections.
            if since_boot().saturating_sub(started) >= SILENCE {
                self.idle.drop_older_than(started);
            }
        }
        let was_stale = !trace.answered
            && matches!(&first, Err(NoAnswer::Transport(failure)) if failure.ends_connection());
        if !was_stale {
            return (first, trace);
        }
        let (second, fresh) = context::run_attempt(bounds, || self.run(head, body));
        let total = Trace {
            opened: fresh.opened,
            request_complete: trace.request_complete || fresh.request_complete,
            request_lost: trace.request_complete,
            answered: fresh.answered,
            went_silent: false,
            bytes_sent: trace.bytes_sent + fresh.bytes_sent,
            bytes_received: fresh.bytes_received,
        };
        (second, total)
    }

    /// Sends a request on an open connection.
    fn reuse(
        &self,
        mut connection: Box<Connection>,
        head: &Request<()>,
        body: Option<&[u8]>,
    ) -> Result<Answer, NoAnswer> {
        match reuse::exchange(&mut connection, head, body).map_err(NoAnswer::Transport)? {
            Some(mut answer) => {
                self.idle.put(connection);
                self.authorization.hide_in(&mut answer.body);
                Ok(answer)
            }
            None => {
                connection.replay();
                context::hand_over(connection);
                self.run(head, body)
            }
        }
    }

    /// Has the HTTP library send a request, on the connection that was handed over or on a new one.
    fn run(&self, head: &Request<()>, body: Option<&[u8]>) -> Result<Answer, NoAnswer> {
        let head = head.clone();
        let response = match body {
            Some(body) => self.agent.run(head.map(|()| body)),
            None => self.agent.run(head),
        };
        let mut answer = read_answer(response.map_err(classify)?)?;
        self.authorization.hide_in(&mut answer.body);
        Ok(answer)
    }
}

fn read_answer(response: Response<ureq::Body>) -> Result<Answer, NoAnswer> {
    let (parts, body) = response.into_parts();
    let expected = body.content_length().unwrap_or(0) as usize;
    let mut bytes = Vec::with_capacity(expected.min(MAX_RESPONSE_BODY));
    let mut reader = body.into_reader().take(MAX_RESPONSE_BODY as u64 + 1);
    // A connection whose response was not read to the end does not return to the pool.
    let cut_off = reader
        .read_to_end(&mut bytes)
        .map_err(|error| classify(ureq::Error::from(error)))
        .err();
    if let Some(reason) = cut_off {
        // A success is one only as a whole. Any other answer has said with its status what matters.
        let cancelled = matches!(reason, NoAnswer::Transport(Failure::Cancelled));
        if parts.status.is_success() || cancelled {
            return Err(reason);
        }
    }
    let truncated = bytes.len() > MAX_RESPONSE_BODY;
    bytes.truncate(MAX_RESPONSE_BODY);
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: parts.headers,
        body: bytes,
        truncated,
        forwarder: None,
    })
}

fn classify(error: ureq::Error) -> NoAnswer {
    match error {
        ureq::Error::Other(inner) => match inner.downcast::<Failure>() {
            Ok(failure) => NoAnswer::Transport(*failure),
            Err(other) => NoAnswer::Transport(Failure::Io(io::Error::other(other))),
        },
        ureq::Error::Io(error) => NoAnswer::Transport(Failure::from_io(error)),
        error @ (ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..)) => {
            NoAnswer::NotHttp(error.to_string())
        }
        ureq::Error::BodyStalled => NoAnswer::Transport(Failure::closed_early()),
        error => NoAnswer::Unsendable(error.to_string()),
    }
}

/// `host:port` as it stands in URLs and messages.
fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}
