//! The connections of a client, with all that its requests have in common.

use std::sync::Arc;

use super::answer::{Answer, NoAnswer};
use super::connecting::Route;
use super::failure::Failure;
use super::pool::Pool;
use super::request::RequestWriter;
use super::tls::TlsSettings;
use crate::config::base_url::BaseUrl;
use crate::config::limits::KeepAlive;
use crate::config::proxy::Proxy;

/// The connections of a client in one process.
#[derive(Debug)]
pub struct Http {
    pub(super) route: Route,
    pub(super) writer: RequestWriter,
    pub(super) pool: Arc<Pool>,
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
            pool: Arc::new(Pool::new(keep_alive.connections)),
        }
    }

    /// The idle connections.
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Hides the secrets in an answer, and tells an answer of a proxy that forwards requests from the service's, as
    /// far as that is possible.
    pub(super) fn heed(&self, mut answer: Answer) -> Result<Answer, NoAnswer> {
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
