//! HTTP exchanges with the service: sockets, TLS, the connection pool, cancellation.
//!
//! An [`Exchange`](exchange::Exchange) is a state machine that never waits; [`blocking`] waits in its place, in the
//! caller's thread. HTTP/1.1 is written and, where the answer is a usual one, read here; every other answer is read
//! by the engine of ureq.

mod answer;
mod authorization;
mod blocking;
pub mod bounds;
mod connection;
mod dial;
mod exchange;
pub mod failure;
mod input;
mod interim;
mod opening;
mod pool;
mod reader;
mod readiness;
pub mod request;
mod resolver;
mod resolver_fork;
mod stream;
mod talk;
pub mod tls;
pub mod trace;
mod tunnel;

pub use self::answer::{Answer, NoAnswer};
use self::bounds::Bounds;
use self::exchange::Task;
use self::failure::Failure;
use self::opening::Route;
use self::pool::Pool;
use self::request::{Request, RequestWriter};
use self::tls::TlsSettings;
use self::trace::Trace;
use crate::config::base_url::BaseUrl;
use crate::config::limits::KeepAlive;
use crate::config::proxy::Proxy;

/// The longest head of a response that is read.
pub const MAX_RESPONSE_HEAD: usize = 64 * 1024;
/// The longest body of a response that is read.
pub const MAX_RESPONSE_BODY: usize = 1024 * 1024;

/// The connections of a client in one process.
#[derive(Debug)]
pub struct Http {
    route: Route,
    writer: RequestWriter,
    pool: Pool,
}

impl Http {
    /// Returns a client's connections, none of them open yet. Every request carries the API key.
    pub fn new(
        base_url: &BaseUrl,
        api_key: &str,
        proxy: Option<Proxy>,
        tls: Option<TlsSettings>,
        keep_alive: KeepAlive,
    ) -> Self {
        let route = Route::new(base_url, proxy, tls, keep_alive.max_age);
        Http {
            writer: RequestWriter::new(base_url, api_key, route.forwarder()),
            route,
            pool: Pool::new(keep_alive.connections),
        }
    }

    /// Sends a request and reads the answer, within `bounds`, and waits in this thread.
    ///
    /// An idle connection that turns out to be at its end is replaced by a new one at once; for the
    /// caller that is the same attempt. The trace sums up both. One that brings nothing until the time is
    /// over takes with it those that were idle before, and the next attempt at the same event should be made
    /// on a new one (`reuse` false).
    pub fn exchange(
        &self,
        bounds: &Bounds,
        request: Request<'_>,
        reuse: bool,
    ) -> (Result<Answer, NoAnswer>, Trace) {
        let task = Task {
            http: self,
            bounds,
            request,
        };
        blocking::run(&task, reuse)
    }

    /// Hides the secrets in an answer, and tells an answer of a proxy that forwards requests from the service's, as
    /// far as that is possible.
    fn heed(&self, mut answer: Answer) -> Result<Answer, NoAnswer> {
        self.writer.authorization().hide_in(&mut answer.body);
        if let Some(proxy) = self.route.forwarder() {
            if answer.status == 407 {
                return Err(Failure::proxy_authentication(proxy).into());
            }
            if !(200..300).contains(&answer.status) {
                answer.forwarder = Some(proxy.to_string());
            }
        }
        Ok(answer)
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
