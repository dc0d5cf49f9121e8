//! Handles a request: with the service's answer, or with a fault.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, StatusCode};

use crate::bodies::ReadBody;
use crate::control;
use crate::door;
use crate::entry::Entry;
use crate::fault::{Act, Ending, Shape};
use crate::faults::{Declined, Fault, Stage};
use crate::ingest::{self, BODY_LIMIT};
use crate::probe;
use crate::problem::Problem;
use crate::redaction::{is_secret, redacted};
use crate::rule::Point;
use crate::shared::Shared;
use crate::status;
use crate::wire::WireControl;

/// The time that the service's HTTP server gives a client to notice an early answer.
const EARLY_ANSWER_GRACE: Duration = Duration::from_millis(500);

/// The handler's data besides the request.
pub(crate) struct Context {
    pub(crate) shared: Arc<Shared>,
    pub(crate) control: Arc<WireControl>,
    pub(crate) connection: u64,
}

/// There is no answer: the connection ends in the way that was set on the wire.
#[derive(Debug)]
pub(crate) struct HangUp;

impl fmt::Display for HangUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the connection ends without an answer")
    }
}

impl std::error::Error for HangUp {}

pub(crate) async fn serve(
    context: Arc<Context>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, HangUp> {
    let (parts, body) = request.into_parts();
    if let Err(refusal) = door::refuse_pages(&parts.headers) {
        context.control.answer(Shape::Whole);
        return Ok(refusal.response());
    }
    if control::owns(parts.uri.path()) {
        let response = control::handle(&context.shared, &parts, body).await;
        context.control.answer(Shape::Whole);
        return Ok(response);
    }
    if let Some(response) = probe::answer(&context.shared, &parts) {
        context.control.answer(Shape::Whole);
        return Ok(response);
    }
    handle(&context, parts, body).await
}

async fn handle(
    context: &Context,
    parts: Parts,
    body: Incoming,
) -> Result<Response<Full<Bytes>>, HangUp> {
    let shared = &*context.shared;
    let method = parts.method.as_str();
    let target = parts
        .uri
        .path_and_query()
        .map_or("", |target| target.as_str());
    let mut declined = context.control.take_declined();
    let head = Stage::Head {
        method,
        path: target,
    };
    let mut fault = shared.faults.take(head, &mut declined);
    let mut entry = Entry::begin(shared, context.connection, method, target, || {
        header_fields(&parts)
    });
    if let Some(fault) = &fault {
        entry.fault(&fault.rule);
        for point in [Point::BeforeReading, Point::AfterHeaders] {
            if let Some(how) = fault.act.ending_at(point) {
                return hang_up(context, entry, how);
            }
        }
        if matches!(fault.act, Act::Early413) {
            let answer = Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the payload is too large; the body was not read",
            );
            return Ok(answer_early(
                context,
                entry,
                answer.response(),
                Duration::ZERO,
            ));
        }
    }

    let Ok(body) = read_body(&mut entry, body).await else {
        entry.client_gone();
        return Err(HangUp);
    };
    if fault.is_none() {
        fault = fault_for_body(shared, method, target, &body, &mut declined);
        if let Some(fault) = &fault {
            entry.fault(&fault.rule);
        }
    }
    let act = fault.map_or_else(undisturbed, |fault| fault.act);
    if let Some(how) = act.ending_at(Point::AfterReading) {
        return hang_up(context, entry, how);
    }
    let own = || route(&context.shared, &parts, &body);
    let (response, delay, shape) = match act {
        Act::End { how, .. } => {
            own();
            return hang_up(context, entry, &how);
        }
        Act::Early413 => (own(), Duration::ZERO, Shape::Whole),
        Act::Answer {
            canned: None,
            delay,
            shape,
            ..
        } => (own(), delay, shape),
        Act::Answer {
            canned: Some(canned),
            record,
            delay,
            shape,
        } => {
            if record {
                own();
            }
            (canned.response(), delay, shape)
        }
    };
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
    if !body.whole {
        return Ok(answer_early(context, entry, response, EARLY_ANSWER_GRACE));
    }
    let shape = within(shape, &response);
    entry.answered(response.status(), &shape);
    context.control.answer(shape);
    Ok(response)
}

fn undisturbed() -> Act {
    Act::Answer {
        canned: None,
        record: true,
        delay: Duration::ZERO,
        shape: Shape::Whole,
    }
}

fn hang_up(
    context: &Context,
    entry: Entry<'_>,
    how: &Ending,
) -> Result<Response<Full<Bytes>>, HangUp> {
    entry.ended(how);
    context.control.end(how.clone());
    Err(HangUp)
}

/// Answers while the client may still write, and then closes the connection.
fn answer_early(
    context: &Context,
    entry: Entry<'_>,
    mut response: Response<Full<Bytes>>,
    grace: Duration,
) -> Response<Full<Bytes>> {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    entry.answered(response.status(), &Shape::Whole);
    context.control.answer(Shape::Whole);
    context.control.end(Ending::Abandon(grace));
    response
}

/// A truncated body lacks at least its last byte.
fn within(shape: Shape, response: &Response<Full<Bytes>>) -> Shape {
    match shape {
        Shape::Truncate(bytes) => {
            let length = response.body().size_hint().exact().unwrap_or(0);
            Shape::Truncate(bytes.min(length.saturating_sub(1)))
        }
        other => other,
    }
}

fn fault_for_body(
    shared: &Shared,
    method: &str,
    path: &str,
    body: &ReadBody,
    declined: &mut Declined,
) -> Option<Fault> {
    if shared.faults.is_empty() {
        return None;
    }
    let topic = ingest::topic_of(&body.bytes);
    let stage = Stage::Body {
        method,
        path,
        topic: topic.as_deref(),
    };
    shared.faults.take(stage, declined)
}

fn header_fields(parts: &Parts) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let shown = |name: &str, value: &HeaderValue| match text(value) {
        key if is_secret(name) => redacted(&key),
        text => text,
    };
    let fields = parts.headers.iter();
    fields
        .map(|(name, value)| (name.as_str().to_owned(), shown(name.as_str(), value)))
        .collect()
}

/// Reads as much of the body as the service does.
async fn read_body(entry: &mut Entry<'_>, mut body: Incoming) -> Result<ReadBody, hyper::Error> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    entry.body.reserve(expected.min(BODY_LIMIT));
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else {
            continue;
        };
        let room = BODY_LIMIT - entry.body.len();
        entry.body.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            let bytes = entry.body_read(false);
            return Ok(ReadBody {
                bytes,
                whole: false,
            });
        }
    }
    let bytes = entry.body_read(true);
    Ok(ReadBody { bytes, whole: true })
}

fn route(shared: &Arc<Shared>, parts: &Parts, body: &ReadBody) -> Response<Full<Bytes>> {
    let path = parts.uri.path();
    let Some(path) = path.strip_prefix(shared.path_prefix.as_str()) else {
        return Problem::not_found(format!(
            "{path} is outside the path prefix {}",
            shared.path_prefix
        ))
        .response();
    };
    let answer = match (&parts.method, path.strip_prefix("/v1/events")) {
        (&Method::POST, Some("")) => ingest::post_event(shared, &parts.headers, body),
        (&Method::GET, Some(rest)) if rest.len() > 1 && rest.starts_with('/') => {
            status::get_event(shared, &parts.headers, &rest[1..])
        }
        (method, Some(rest)) if rest.is_empty() || rest.starts_with('/') => Err(Problem::new(
            StatusCode::METHOD_NOT_ALLOWED,
            format!("{method} {path} is not served; POST /v1/events and GET /v1/events/{{id}} are"),
        )),
        _ => Err(Problem::not_found(format!(
            "{path} is not served; /v1/events is"
        ))),
    };
    answer.unwrap_or_else(|problem| problem.response())
}
