//! The bodies of requests and answers.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};

/// A request's body as far as the service reads it.
pub(crate) struct ReadBody {
    pub(crate) bytes: Bytes,
    /// False if the body is longer than the service reads.
    pub(crate) whole: bool,
}

/// A value as JSON, for the answers that succeed.
pub(crate) fn json_response(
    status: StatusCode,
    value: &impl serde::Serialize,
) -> Response<Full<Bytes>> {
    let body = serde_json::to_vec(value).expect("the server's own values always serialise");
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
