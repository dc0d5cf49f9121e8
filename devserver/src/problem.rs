//! RFC 7807 errors. Every refusal of the service has this form.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use hyper::{Response, StatusCode};
use serde::Serialize;

/// The media type of an RFC 7807 body.
pub(crate) const PROBLEM_JSON: &str = "application/problem+json";

/// The service's `Retry-After` for a full backlog, in seconds.
const BACKLOG_RETRY_AFTER: u32 = 30;

/// A refusal: its status, its title, and a detail that says what was wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: StatusCode,
    title: &'static str,
    detail: String,
    retry_after: Option<u32>,
}

#[derive(Serialize)]
struct Body<'a> {
    r#type: &'static str,
    title: &'a str,
    status: u16,
    detail: &'a str,
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        Self {
            status,
            title: title(status),
            detail: detail.into(),
            retry_after: None,
        }
    }

    /// The answer to an event whose ordering key has reached the limit of waiting events.
    pub(crate) fn backlog_full(detail: impl Into<String>) -> Self {
        Self {
            title: "backlog full",
            retry_after: Some(BACKLOG_RETRY_AFTER),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, detail)
        }
    }

    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, detail)
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    /// The body as JSON text.
    pub(crate) fn json(&self) -> String {
        let body = Body {
            r#type: "about:blank",
            title: self.title,
            status: self.status.as_u16(),
            detail: &self.detail,
        };
        serde_json::to_string(&body).expect("strings and numbers always serialise")
    }

    pub(crate) fn response(&self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::new(Bytes::from(self.json())));
        *response.status_mut() = self.status;
        response
            .headers_mut()
            .insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some(seconds) = self.retry_after {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Returns the service's title for a status if it is known, and otherwise the status's name in HTTP.
fn title(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "invalid credentials",
        StatusCode::TOO_MANY_REQUESTS => "rate limited",
        StatusCode::SERVICE_UNAVAILABLE => "ingest unavailable",
        other => other.canonical_reason().unwrap_or("Error"),
    }
}
