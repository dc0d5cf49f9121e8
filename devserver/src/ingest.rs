//! `POST /v1/events`: the checks of the service, and its answers.

use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::bodies::{ReadBody, json_response};
use crate::delivery::{self, Jobs};
use crate::ids::new_ulid;
use crate::jsonb::{depth, normalise};
use crate::problem::Problem;
use crate::recording::{NewEvent, NotRecorded};
use crate::shared::{Producer, Shared};

/// The limit in bytes of a payload.
pub(crate) const PAYLOAD_LIMIT: usize = 262_144;
/// The number of bytes of a body that are read.
pub(crate) const BODY_LIMIT: usize = PAYLOAD_LIMIT + 4_096;
/// The limit in bytes of an ordering key.
const ORDERING_KEY_LIMIT: usize = 256;

/// The limit of nested arrays and objects in a payload: the service's parser accepts 10,000 levels, and the
/// body is one of them.
const MEMBER_DEPTH: usize = 9_999;

/// The members of a JSON object in their order, with the original bytes of each value.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

impl<'a> Members<'a> {
    /// Returns the first JSON value of a body, and ignores the bytes behind it.
    fn first_of(body: &'a [u8]) -> serde_json::Result<Self> {
        Self::deserialize(&mut serde_json::Deserializer::from_slice(body))
    }

    /// Returns the last member of this name. Like the service's parser it ignores case.
    fn any_case(&self, name: &str) -> Option<&'a RawValue> {
        let mut members = self.0.iter().rev();
        let member = members.find(|(member, _)| member.eq_ignore_ascii_case(name));
        member.map(|(_, value)| *value)
    }

    fn exact(&self, name: &str) -> Option<&'a RawValue> {
        let member = self.0.iter().rev().find(|(member, _)| member == name);
        member.map(|(_, value)| *value)
    }
}

#[derive(Serialize)]
struct Accepted {
    event_id: String,
    /// Returns the service's list, which is `null` if no endpoint wanted the event.
    delivery_ids: Option<Vec<String>>,
}

/// Returns the producer of the request's key. Without its database the service finds none.
pub(crate) fn authenticate<'a>(
    shared: &'a Shared,
    headers: &HeaderMap,
) -> Result<&'a Producer, Problem> {
    let unauthorized = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, detail);
    let field = headers
        .get(AUTHORIZATION)
        .ok_or_else(|| unauthorized("there is no Authorization header"))?;
    let token = field
        .to_str()
        .ok()
        .and_then(|field| field.strip_prefix("Bearer "))
        .ok_or_else(|| unauthorized("the Authorization header is not of the form Bearer hk_…"))?;
    shared
        .producers
        .get(token)
        .filter(|_| !shared.is_in_outage())
        .ok_or_else(|| unauthorized("the producer key is unknown or revoked"))
}

/// Checks whether the producer key may send one more event now.
fn within_rate(producer: &Producer) -> Result<(), Problem> {
    let Some(bucket) = &producer.bucket else {
        return Ok(());
    };
    bucket.take(Instant::now()).map_err(|limit| {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            format!("the producer key may send {limit}"),
        )
    })
}

/// Checks whether a new event may join the waiting events of its ordering key.
fn within_backlog(shared: &Shared, event: &NewEvent) -> Result<(), Problem> {
    let (Some(most), Some(key)) = (shared.backlog_max, &event.ordering_key) else {
        return Ok(());
    };
    let waiting = delivery::backlog(shared, key);
    if waiting < most || shared.ledger.knows_key(event) {
        return Ok(());
    }
    Err(Problem::backlog_full(format!(
        "{waiting} events of the ordering key wait for their delivery, and no more than {most} may"
    )))
}

/// Returns the topic of a body that has one.
pub(crate) fn topic_of(body: &[u8]) -> Option<String> {
    let topic = Members::first_of(body).ok()?.any_case("topic")?;
    serde_json::from_str(topic.get()).ok()
}

pub(crate) fn post_event(
    shared: &Arc<Shared>,
    headers: &HeaderMap,
    body: &ReadBody,
) -> Result<Response<Full<Bytes>>, Problem> {
    let producer = authenticate(shared, headers)?;
    within_rate(producer)?;
    let members = envelope(body)?;
    let topic = topic(&members)?;
    let payload = members
        .any_case("payload")
        .ok_or_else(|| Problem::bad_request("the body has no payload"))?
        .get();
    if payload.len() > PAYLOAD_LIMIT {
        return Err(too_large(payload.len()));
    }
    if !producer.key.allows(&topic) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            format!("the producer key has no scope for topic {topic:?}"),
        ));
    }
    let ordering_key = ordering_key(headers, payload)?;
    let stored = normalise(payload).map_err(could_not_record)?;
    if topic.contains('\0') {
        return Err(could_not_record("the topic holds \\u0000"));
    }

    let now = SystemTime::now();
    let event_id = new_ulid(now);
    let jobs = Jobs::plan(
        shared,
        now,
        &event_id,
        &topic,
        ordering_key.as_deref(),
        stored,
    );
    let event = NewEvent {
        event_id,
        producer: producer.id.clone(),
        topic,
        idempotency_key: idempotency_key(headers)?,
        ordering_key,
        payload: payload.to_owned(),
        deliveries: jobs.records(),
    };
    within_backlog(shared, &event)?;
    let receipt = shared.ledger.record(event).map_err(|error| match error {
        NotRecorded::Conflict => Problem::new(
            StatusCode::CONFLICT,
            "the idempotency key was used before with another topic, other payload bytes or another ordering key",
        ),
        NotRecorded::Io(error) => could_not_record(error),
    })?;
    if !receipt.replayed {
        jobs.start(shared);
    }
    let accepted = Accepted {
        event_id: receipt.event_id,
        delivery_ids: Some(receipt.delivery_ids).filter(|ids| !ids.is_empty()),
    };
    let mut response = json_response(StatusCode::ACCEPTED, &accepted);
    if receipt.replayed {
        response
            .headers_mut()
            .insert("idempotent-replay", HeaderValue::from_static("true"));
    }
    Ok(response)
}

fn could_not_record(why: impl fmt::Display) -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        format!("the event could not be recorded durably: {why}"),
    )
}

fn too_large(bytes: usize) -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        format!("the payload has {bytes} bytes, more than {PAYLOAD_LIMIT}"),
    )
}

fn envelope(body: &ReadBody) -> Result<Members<'_>, Problem> {
    let members = Members::first_of(&body.bytes).map_err(|error| {
        if error.is_eof() && !body.whole {
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                format!("the body has more than {BODY_LIMIT} bytes"),
            )
        } else {
            Problem::bad_request(format!("the body is malformed: {error}"))
        }
    })?;
    let too_deep = |(_, value): &(String, &RawValue)| depth(value.get()) > MEMBER_DEPTH;
    if members.0.iter().any(too_deep) {
        return Err(Problem::bad_request(format!(
            "the body is malformed: a value in it is nested deeper than {MEMBER_DEPTH} levels"
        )));
    }
    Ok(members)
}

fn topic(members: &Members<'_>) -> Result<String, Problem> {
    let missing = || Problem::bad_request("the topic is missing or empty");
    let raw = members.any_case("topic").ok_or_else(missing)?;
    let topic: Option<String> = serde_json::from_str(raw.get())
        .map_err(|_| Problem::bad_request("the topic is not a string"))?;
    topic.filter(|topic| !topic.is_empty()).ok_or_else(missing)
}

/// Returns the idempotency key. Without a key every request is a new event.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    Ok(header_text(headers, "idempotency-key")?.filter(|key| !key.is_empty()))
}

fn ordering_key(headers: &HeaderMap, payload: &str) -> Result<Option<String>, Problem> {
    let from_header =
        header_text(headers, "x-hookrail-ordering-key")?.filter(|key| !key.is_empty());
    let members: Option<Members<'_>> = serde_json::from_str(payload).ok();
    let from_payload: Option<String> = members
        .and_then(|members| members.exact("ordering_key"))
        .and_then(|value| serde_json::from_str(value.get()).ok())
        .filter(|key: &String| !key.is_empty());
    let key = match (from_header, from_payload) {
        (Some(header), Some(payload)) if header != payload => {
            return Err(Problem::bad_request(
                "the X-Hookrail-Ordering-Key header and the payload's ordering_key differ; send one of them, or the same in both",
            ));
        }
        (header, payload) => header.or(payload),
    };
    let bytes = key.as_ref().map_or(0, String::len);
    if bytes > ORDERING_KEY_LIMIT {
        return Err(Problem::bad_request(format!(
            "the ordering key has {bytes} bytes, more than {ORDERING_KEY_LIMIT}"
        )));
    }
    Ok(key)
}

fn header_text(headers: &HeaderMap, name: &str) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(name) else {
        return Ok(None);
    };
    match std::str::from_utf8(value.as_bytes()) {
        Ok(text) => Ok(Some(text.to_owned())),
        Err(_) => Err(Problem::bad_request(format!("{name} is not UTF-8"))),
    }
}
