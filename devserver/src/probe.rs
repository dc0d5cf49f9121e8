//! `/healthz` says whether the service runs, and `/readyz` whether it can accept events.
//!
//! They need no key. Like control requests they meet no faults and appear in no ledger or count.

use bytes::Bytes;
use http_body_util::Full;
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde_json::json;

use crate::bodies::json_response;
use crate::problem::Problem;
use crate::shared::Shared;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Probe {
    Health,
    Readiness,
}

fn named(shared: &Shared, target: &str) -> Option<Probe> {
    let path = target.split('?').next()?;
    match path.strip_prefix(shared.path_prefix.as_str())? {
        "/healthz" => Some(Probe::Health),
        "/readyz" => Some(Probe::Readiness),
        _ => None,
    }
}

/// Returns whether a request target is that of a probe.
pub(crate) fn owns(shared: &Shared, target: &str) -> bool {
    named(shared, target).is_some()
}

/// Answers a probe. Returns `None` if the path is not that of a probe.
pub(crate) fn answer(shared: &Shared, parts: &Parts) -> Option<Response<Full<Bytes>>> {
    let probe = named(shared, parts.uri.path())?;
    if ![Method::GET, Method::HEAD].contains(&parts.method) {
        let problem = Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("{} is not served here; GET is", parts.method),
        );
        return Some(problem.response());
    }
    Some(match probe {
        Probe::Readiness if shared.is_in_outage() => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "the database cannot be reached",
        )
        .response(),
        Probe::Readiness | Probe::Health => json_response(StatusCode::OK, &json!({"status": "ok"})),
    })
}
