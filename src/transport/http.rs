//! The connections of a client, with all that its requests have in common.

use std::sync::Arc;

use super::answer::{Answer, NoAnswer};
use super::authorization::hide;
use super::failure::Failure;
use super::pool::Pool;
use super::request::{Request, RequestWriter};
use super::request_id::is_request_id;
use super::route::Route;
use super::tls::TlsSettings;
use crate::config::base_url::BaseUrl;
use crate::config::limits::KeepAlive;
use crate::config::way::Way;
use crate::protocol::extra_headers::ExtraHeaders;

/// The connections of a client in one process.
#[derive(Debug)]
pub struct Http {
    pub(super) route: Route,
    pub(super) writer: RequestWriter,
    pub(super) pool: Arc<Pool>,
}

impl Http {
    /// Returns a client's connections, none of them open yet. Every request carries the API key and the extra headers.
    pub fn new(
        base_url: &BaseUrl,
        api_key: &str,
        extra_headers: ExtraHeaders,
        way: Way,
        tls: Option<TlsSettings>,
        keep_alive: KeepAlive,
    ) -> Self {
        let route = Route::new(base_url, way, tls, keep_alive.max_age);
        Http {
            writer: RequestWriter::new(base_url, api_key, extra_headers, route.forwarder()),
            route,
            pool: Arc::new(Pool::new(keep_alive.connections)),
        }
    }

    /// The idle connections.
    pub fn pool(&self) -> &Arc<Pool> {
        &self.pool
    }

    /// Hides the extra headers of a request in a text that was made of its answer and becomes part of an error. They stay in
    /// other answers: a value may be a word that the protocol uses, too.
    pub fn hide_extra_headers(&self, request: &Request<'_>, text: &mut [u8]) {
        self.hide_headers(request, text, |_| true);
    }

    /// Hides the extra headers of a request in the id of its answer, except an id of the caller's own: gateways give that
    /// back, and the caller looks for it.
    pub fn hide_in_request_id(&self, request: &Request<'_>, id: &mut [u8]) {
        self.hide_headers(request, id, |name| !is_request_id(name));
    }

    fn hide_headers(&self, request: &Request<'_>, text: &mut [u8], is_hidden: fn(&str) -> bool) {
        let clients = self.writer.extra_headers();
        for headers in request.extra_headers.into_iter().chain([clients]) {
            for (name, value) in headers.iter() {
                if is_hidden(name) {
                    hide(value.as_bytes(), text);
                }
            }
        }
    }

    /// Hides the secrets in an answer, and tells an answer of a proxy that forwards requests from the service's, as
    /// far as that is possible.
    pub(super) fn heed(&self, mut answer: Answer) -> Result<Answer, NoAnswer> {
        let authorization = self.writer.authorization();
        authorization.hide_in(&mut answer.body);
        if let Some(id) = &mut answer.request_id {
            authorization.hide_in(id);
        }
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
