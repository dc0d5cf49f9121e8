//! The heads of the requests that a client makes.

use ureq::http::header::{CONTENT_TYPE, USER_AGENT};
use ureq::http::{HeaderName, HeaderValue, Method, Request, Uri};

use crate::config::resolved::Config;
use crate::error::{Error, Result, Status};
use crate::protocol::percent::encode_path_segment;
use crate::protocol::prepared::Prepared;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const ORDERING_KEY: HeaderName = HeaderName::from_static("x-hookrail-ordering-key");

/// The common part of all requests of a client, built once. The connections add the API key.
pub struct Requests {
    user_agent: HeaderValue,
    events: Uri,
    events_url: String,
}

impl Requests {
    pub fn new(config: &Config) -> Result<Self> {
        let events_url = config.base_url.url_for("/v1/events");
        Ok(Requests {
            user_agent: header(config.user_agent.as_bytes())?,
            events: uri(&events_url)?,
            events_url,
        })
    }

    /// Returns the head of `POST /v1/events` (protocol §1).
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

    /// Returns the head of `GET /v1/events/{event_id}` (protocol §2).
    pub fn get_event(&self, event_id: &str) -> Result<Request<()>> {
        let url = format!("{}/{}", self.events_url, encode_path_segment(event_id));
        Ok(self.request(Method::GET, uri(&url)?))
    }

    fn request(&self, method: Method, uri: Uri) -> Request<()> {
        let mut request = Request::new(());
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, self.user_agent.clone());
        request
    }
}

fn header(value: &[u8]) -> Result<HeaderValue> {
    HeaderValue::from_bytes(value).map_err(|_| unsendable("a header"))
}

fn uri(url: &str) -> Result<Uri> {
    url.parse().map_err(|_| unsendable("the URL"))
}

/// Makes the error for a value that cannot be sent. The values were all checked before, so this is a defect.
fn unsendable(what: &str) -> Error {
    Error::new(
        Status::Internal,
        format!("{what} passed validation but cannot be sent"),
    )
}
