//! The bodies of answers: problem details, the status of an event, and the 202 of a send.

use hookrail::Problem;
use hookrail::internals::parse_accepted;
use hookrail::{Delivery, DeliveryAttempt, DeliveryState, EventStatus};

use crate::model::json::{Integer, Value};

const MAX_RAW_BODY: usize = 64 * 1024;

/// The largest number of deliveries and attempts in a status.
const MOST_ELEMENTS: usize = 20_000;

/// Checks the body of an answer.
pub fn check(body: &[u8]) {
    let object = parse(body);
    check_problem(body, object.as_ref());
    check_status(body, object.as_ref());
    check_accepted(body, object.as_ref());
}

fn check_problem(body: &[u8], object: Option<&Object<'_>>) {
    let problem = Problem::parse(body);
    assert_eq!(problem.is_none(), body.is_empty());
    let Some(problem) = problem else {
        return;
    };
    assert_eq!(problem.raw_body(), &body[..body.len().min(MAX_RAW_BODY)]);
    let text = |name: &str| object.and_then(|object| object.text(name));
    assert_eq!(problem.problem_type(), text("type").as_deref());
    assert_eq!(problem.title(), text("title").as_deref());
    assert_eq!(problem.detail(), text("detail").as_deref());
    let status = object.map_or(Integer::None, |object| object.integer("status"));
    assert!(status.agrees(problem.status()), "{:?}", problem.status());
}

fn check_status(body: &[u8], object: Option<&Object<'_>>) {
    let read = EventStatus::parse(body);
    let deliveries = object.and_then(Object::deliveries);
    let deliveries = deliveries.filter(|deliveries| {
        let attempts: usize = deliveries.iter().map(|(_, attempts)| attempts.len()).sum();
        deliveries.len() + attempts <= MOST_ELEMENTS
    });
    let (Some(object), Some(deliveries)) = (object, deliveries) else {
        assert!(read.is_err(), "{read:?}");
        return;
    };
    let read = read.expect("a status");
    assert_eq!(read.raw_json.as_bytes(), body);
    assert_eq!(read.event_id, object.text("event_id").unwrap_or_default());
    assert_eq!(read.topic, object.text("topic").unwrap_or_default());
    assert_eq!(read.deliveries.len(), deliveries.len());
    for (read, (delivery, attempts)) in read.deliveries.iter().zip(&deliveries) {
        check_delivery(read, delivery, attempts);
    }
}

fn check_delivery(read: &Delivery, delivery: &Object<'_>, attempts: &[Object<'_>]) {
    assert_eq!(
        read.delivery_id,
        delivery.text("delivery_id").unwrap_or_default()
    );
    assert_eq!(read.state_name, delivery.text("state").unwrap_or_default());
    let state = match read.state_name.as_str() {
        "pending" => DeliveryState::Pending,
        "in_flight" => DeliveryState::InFlight,
        "retry_scheduled" => DeliveryState::RetryScheduled,
        "succeeded" => DeliveryState::Succeeded,
        "dead_lettered" => DeliveryState::DeadLettered,
        "cancelled" => DeliveryState::Cancelled,
        "skipped" => DeliveryState::Skipped,
        _ => DeliveryState::Unknown,
    };
    assert_eq!(read.state, state);
    let truncated = delivery.member("attempts_truncated");
    assert_eq!(
        read.attempts_truncated,
        truncated.and_then(Value::boolean) == Some(true)
    );
    assert_eq!(read.attempts.len(), attempts.len());
    for (read, attempt) in read.attempts.iter().zip(attempts) {
        check_attempt(read, attempt);
    }
}

fn check_attempt(read: &DeliveryAttempt, attempt: &Object<'_>) {
    let required = |name: &str| match attempt.integer(name) {
        Integer::None => Integer::Some(0),
        integer => integer,
    };
    assert!(required("attempt_no").agrees(Some(read.attempt_no)));
    assert!(required("claim_version").agrees(Some(read.claim_version)));
    assert!(attempt.integer("latency_ms").agrees(read.latency_ms));
    assert!(attempt.integer("http_status").agrees(read.http_status));
    assert_eq!(read.status, attempt.text("status").unwrap_or_default());
    assert_eq!(read.error_class, attempt.text("error_class"));
}

fn check_accepted(body: &[u8], object: Option<&Object<'_>>) {
    let expected = object.and_then(Object::accepted);
    for replayed in [false, true] {
        let read = parse_accepted(body, replayed).ok();
        let read = read.map(|read| {
            assert_eq!(read.raw_json, String::from_utf8_lossy(body));
            // The sender sets these.
            assert!(read.idempotency_key.is_empty() && read.attempt_records.is_empty());
            assert_eq!(
                (read.replayed, read.attempts, read.http_status),
                (replayed, 0, 0)
            );
            (read.event_id, read.delivery_ids)
        });
        assert_eq!(read, expected);
    }
}

/// Returns whether a body is the status of an event.
pub fn is_status(body: &[u8]) -> bool {
    parse(body).is_some_and(|object| object.deliveries().is_some())
}

/// Returns the event id and the delivery ids of a valid body of a 202.
pub fn accepted(body: &[u8]) -> Option<(String, Vec<String>)> {
    parse(body)?.accepted()
}

fn parse(body: &[u8]) -> Option<Object<'_>> {
    Object::new(Value::parse(std::str::from_utf8(body).ok()?)?)
}

fn is_id(text: &str) -> bool {
    const ALLOWED: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    !text.is_empty() && text.len() <= 128 && text.chars().all(|char| ALLOWED.contains(char))
}

struct Object<'a>(Vec<(String, Value<'a>)>);

impl<'a> Object<'a> {
    fn new(value: Value<'a>) -> Option<Self> {
        value.members().map(Object)
    }

    fn member(&self, name: &str) -> Option<Value<'a>> {
        let found = self.0.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| *value)
    }

    fn text(&self, name: &str) -> Option<String> {
        self.member(name)?.string()
    }

    fn integer(&self, name: &str) -> Integer {
        self.member(name).map_or(Integer::None, Value::integer)
    }

    /// Returns the elements of a list that may be missing or null; `None` for any other value.
    fn list(&self, name: &str) -> Option<Vec<Value<'a>>> {
        match self.member(name) {
            Some(value) if !value.is_null() => value.elements(),
            _ => Some(Vec::new()),
        }
    }

    fn objects(&self, name: &str) -> Option<Vec<Object<'a>>> {
        self.list(name)?.into_iter().map(Object::new).collect()
    }

    /// Returns the deliveries with their attempts.
    fn deliveries(&self) -> Option<Vec<(Object<'a>, Vec<Object<'a>>)>> {
        self.objects("deliveries")?
            .into_iter()
            .map(|delivery| {
                let attempts = delivery.objects("attempts")?;
                delivery
                    .may_be_id("delivery_id")
                    .then_some((delivery, attempts))
            })
            .collect::<Option<Vec<_>>>()
            .filter(|_| self.may_be_id("event_id"))
    }

    fn accepted(&self) -> Option<(String, Vec<String>)> {
        let event_id = self.text("event_id").filter(|id| is_id(id))?;
        let delivery_ids = self.list("delivery_ids")?;
        let delivery_ids = delivery_ids
            .into_iter()
            .map(|id| id.string().filter(|id| is_id(id)));
        Some((event_id, delivery_ids.collect::<Option<_>>()?))
    }

    /// Returns whether a member is an id, or empty, or no text.
    fn may_be_id(&self, name: &str) -> bool {
        self.text(name).is_none_or(|id| id.is_empty() || is_id(&id))
    }
}
