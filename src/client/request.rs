//! The heads of the requests that a client makes.

use memchr::memmem;
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use ureq::http::{HeaderName, HeaderValue, Method, Request, Uri};
use zeroize::Zeroizing;

use crate::config::Config;
use crate::error::{Error, Result, Status};
use crate::percent::encode_path_segment;
use crate::prepared::Prepared;

/// What stands before the key in the Authorization header.
const SCHEME: &str = "Bearer ";
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const ORDERING_KEY: HeaderName = HeaderName::from_static("x-hookrail-ordering-key");

/// What all requests of a client share, built once.
pub struct Requests {
    authorization: HeaderValue,
    user_agent: HeaderValue,
    events: Uri,
    events_url: String,
}

impl Requests {
    pub fn new(config: &Config) -> Result<Self> {
        let events_url = config.base_url.url_for("/v1/events");
        Ok(Requests {
            authorization: authorization(&config.api_key)?,
            user_agent: header(config.user_agent.as_bytes())?,
            events: uri(&events_url)?,
            events_url,
        })
    }

    /// `POST /v1/events` (protocol §1).
    pub fn send(&self, event: &Prepared) -> Result<Request<()>> {
        let mut request = self.request(Method::POST, self.events.clone());
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(IDEMPOTENCY_KEY, header(event.idempotency_key().as_bytes())?);
        if let Some(key) = event.ordering_key() {
            headers.insert(ORDERING_KEY, header(key.as_bytes())?);
        }
        Ok(request)
    }

    /// `GET /v1/events/{event_id}` (protocol §2).
    pub fn get_event(&self, event_id: &str) -> Result<Request<()>> {
        let url = format!("{}/{}", self.events_url, encode_path_segment(event_id));
        Ok(self.request(Method::GET, uri(&url)?))
    }

    fn request(&self, method: Method, uri: Uri) -> Request<()> {
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(USER_AGENT, self.user_agent.clone());
        request
    }
}

/// Hides the key in an answer: what stands between client and service may answer with the request that
/// it got, and answers become part of errors. Keys so short that they may be a part of any text stay.
pub fn hide_key(request: &Request<()>, answer: &mut [u8]) {
    const SHORTEST: usize = 6;

    let authorization = request.headers().get(AUTHORIZATION);
    let key = authorization.and_then(|value| value.as_bytes().strip_prefix(SCHEME.as_bytes()));
    let Some(key) = key.filter(|key| key.len() >= SHORTEST) else {
        return;
    };
    let finder = memmem::Finder::new(key);
    let mut rest = answer;
    while let Some(at) = finder.find(rest) {
        let (before, after) = rest.split_at_mut(at + key.len());
        before[at..].fill(b'*');
        rest = after;
    }
}

/// The header with the API key. Its bytes are shared by all requests and wiped with the client.
fn authorization(api_key: &str) -> Result<HeaderValue> {
    let value = Zeroizing::new([SCHEME, api_key].concat().into_bytes());
    let mut value = HeaderValue::from_maybe_shared(bytes::Bytes::from_owner(value))
        .map_err(|_| unsendable("the API key"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn header(value: &[u8]) -> Result<HeaderValue> {
    HeaderValue::from_bytes(value).map_err(|_| unsendable("a header"))
}

fn uri(url: &str) -> Result<Uri> {
    url.parse().map_err(|_| unsendable("the URL"))
}

/// Everything was validated before it comes here.
fn unsendable(what: &str) -> Error {
    Error::new(
        Status::Internal,
        format!("{what} passed validation but cannot be sent"),
    )
}
