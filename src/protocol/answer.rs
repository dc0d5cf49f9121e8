//! The bodies of successful answers.

#[cfg(test)]
mod tests;

use crate::error::{AttemptRecord, last_request_id};
use crate::protocol::delivery_state::DeliveryState;
use crate::protocol::json::object::Object;

/// An event that the service recorded durably: the content of its 202.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Accepted {
    /// The event's id, for asking for its status.
    pub event_id: String,
    /// The ids of the deliveries; empty if no subscription matched.
    pub delivery_ids: Vec<String>,
    /// Whether the service had already recorded the same bytes under the same idempotency key.
    pub replayed: bool,
    /// The idempotency key under which the event was sent.
    pub idempotency_key: String,
    /// How many attempts were made on the wire.
    pub attempts: u32,
    /// The HTTP status of the answer: 202.
    pub http_status: u16,
    /// The last 16 attempts, the oldest first.
    pub attempt_records: Box<[AttemptRecord]>,
    /// The answer's body as it was received. It also has the members for which this type has no field.
    pub raw_json: String,
}

impl Accepted {
    /// Sets the HTTP status of the answer.
    pub(crate) fn with_http_status(mut self, http_status: u16) -> Self {
        self.http_status = http_status;
        self
    }

    /// Sets the fields that the answer does not hold and the sender knows.
    pub(crate) fn with_call(mut self, idempotency_key: &str, attempts: u32) -> Self {
        idempotency_key.clone_into(&mut self.idempotency_key);
        self.attempts = attempts;
        self
    }

    /// Returns the id that the answer gives the request (`x-request-id` or a similar header). Invisible characters in
    /// it are escaped.
    pub fn request_id(&self) -> Option<&str> {
        last_request_id(&self.attempt_records)
    }
}

/// The most deliveries and attempts that a status may list. The names of their members fill the largest body
/// before this many fit; without a limit, empty ones would take seventy times as much memory as the body.
const MOST_ELEMENTS: usize = 20_000;

/// The longest id, in characters. The service's have 26.
const MAX_ID: usize = 128;

/// The state of an event: its deliveries and their attempts.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EventStatus {
    /// The event's id.
    pub event_id: String,
    /// The topic it was sent under.
    pub topic: String,
    /// Its deliveries, one per endpoint; empty if no subscription matched.
    pub deliveries: Vec<Delivery>,
    /// The last 16 attempts of the call, the oldest first.
    pub attempt_records: Box<[AttemptRecord]>,
    /// The answer's body as it was received. It also has the members for which this type has no field.
    pub raw_json: String,
}

impl EventStatus {
    /// Reads the body of the answer to a status request leniently: lists may be `null` or missing, other
    /// members may be missing or of another type. The error says why the body cannot be read even so.
    pub fn parse(body: &[u8]) -> Result<EventStatus, String> {
        let text = text(body)?;
        let event = object(text, "the body")?;
        let mut room = MOST_ELEMENTS;
        Ok(EventStatus {
            event_id: optional_id(&event, "event_id")?,
            topic: event.text("topic").unwrap_or_default(),
            deliveries: objects(&event, "deliveries", &mut room)?
                .iter()
                .map(|element| delivery(element, &mut room))
                .collect::<Result<_, _>>()?,
            attempt_records: Box::default(),
            raw_json: text.to_owned(),
        })
    }

    /// Returns the id that the answer gives the request, as [`Accepted::request_id`].
    pub fn request_id(&self) -> Option<&str> {
        last_request_id(&self.attempt_records)
    }
}

/// The delivery of an event to one endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Delivery {
    /// The delivery's id.
    pub delivery_id: String,
    /// Its state; [`DeliveryState::Unknown`] if the library does not know the name.
    pub state: DeliveryState,
    /// Its state as the service names it.
    pub state_name: String,
    /// Whether there were more attempts than `attempts` lists.
    pub attempts_truncated: bool,
    /// The attempts made so far.
    pub attempts: Vec<DeliveryAttempt>,
}

/// One attempt to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeliveryAttempt {
    /// The attempt's number.
    pub attempt_no: i64,
    /// The version of the worker's claim on the delivery.
    pub claim_version: i64,
    /// The result, as the service names it.
    pub status: String,
    /// How long it took, in milliseconds.
    pub latency_ms: Option<i64>,
    /// The HTTP status of the endpoint's answer, if it answered.
    pub http_status: Option<i64>,
    /// The kind of failure, if it failed.
    pub error_class: Option<String>,
}

/// Reads the body of a 202. The error says how the body differs from what the protocol promises.
///
/// `idempotency_key` and `attempts` are empty in the result: the sender sets them.
pub fn parse_accepted(body: &[u8], replayed: bool) -> Result<Accepted, String> {
    let text = text(body)?;
    let object = object(text, "the body")?;
    let event_id = object
        .text("event_id")
        .filter(|id| is_id(id))
        .ok_or_else(|| not_an_id("`event_id`"))?;
    let delivery_ids = object
        .list("delivery_ids")
        .map_err(|_| "`delivery_ids` is not a list")?
        .into_iter()
        .map(|id| {
            let id: Option<String> = serde_json::from_str(id).ok();
            id.filter(|id| is_id(id))
                .ok_or_else(|| not_an_id("an element of `delivery_ids`"))
        })
        .collect::<Result<_, _>>()?;
    Ok(Accepted {
        event_id,
        delivery_ids,
        replayed,
        idempotency_key: String::new(),
        attempts: 0,
        http_status: 0,
        attempt_records: Box::default(),
        raw_json: text.to_owned(),
    })
}

/// Returns whether the text has the form of the service's ids (protocol §1). Ids go into logs, URLs and
/// receivers' keys.
fn is_id(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=MAX_ID).contains(&text.len()) && text.bytes().all(allowed)
}

fn not_an_id(name: &str) -> String {
    format!("{name} is not an id: 1 to {MAX_ID} of A-Z, a-z, 0-9, `_` and `-`")
}

/// Returns an id of a status; empty if it is missing.
fn optional_id(object: &Object, name: &str) -> Result<String, String> {
    match object.text(name) {
        Some(id) if !id.is_empty() && !is_id(&id) => Err(not_an_id(&format!("`{name}`"))),
        id => Ok(id.unwrap_or_default()),
    }
}

fn delivery(delivery: &Object, room: &mut usize) -> Result<Delivery, String> {
    let state_name = delivery.text("state").unwrap_or_default();
    Ok(Delivery {
        delivery_id: optional_id(delivery, "delivery_id")?,
        state: DeliveryState::from_name(&state_name),
        state_name,
        attempts_truncated: delivery.boolean("attempts_truncated").unwrap_or_default(),
        attempts: objects(delivery, "attempts", room)?
            .iter()
            .map(attempt)
            .collect(),
    })
}

fn attempt(attempt: &Object) -> DeliveryAttempt {
    DeliveryAttempt {
        attempt_no: attempt.integer("attempt_no").unwrap_or_default(),
        claim_version: attempt.integer("claim_version").unwrap_or_default(),
        status: attempt.text("status").unwrap_or_default(),
        latency_ms: attempt.integer("latency_ms"),
        http_status: attempt.integer("http_status"),
        error_class: attempt.text("error_class"),
    }
}

fn text(body: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(body).map_err(|error| {
        format!(
            "the body is not UTF-8 at byte offset {}",
            error.valid_up_to()
        )
    })
}

fn object<'a>(json: &'a str, name: &str) -> Result<Object<'a>, String> {
    Object::parse(json).map_err(|_| format!("{name} is not a JSON object"))
}

/// Returns the elements of a list and takes their number from `room`.
fn objects<'a>(
    parent: &Object<'a>,
    name: &str,
    room: &mut usize,
) -> Result<Vec<Object<'a>>, String> {
    let elements = parent
        .list(name)
        .map_err(|_| format!("`{name}` is not a list"))?;
    *room = room.checked_sub(elements.len()).ok_or_else(|| {
        format!("there are more than {MOST_ELEMENTS} deliveries and attempts together")
    })?;
    elements
        .into_iter()
        .map(|element| object(element, &format!("an element of `{name}`")))
        .collect()
}
