//! `GET /v1/events/{id}`: the states of an event's deliveries.

use bytes::Bytes;
use http_body_util::Full;
use hyper::{HeaderMap, Response, StatusCode};
use serde::Serialize;

use crate::bodies::json_response;
use crate::ingest::authenticate;
use crate::problem::Problem;
use crate::record::{Attempt, DeliveryRecord, DeliveryState, EventRecord};
use crate::shared::Shared;

/// The number of latest attempts that are shown for a delivery.
const SHOWN_ATTEMPTS: usize = 20;

#[derive(Serialize)]
struct EventStatus<'a> {
    event_id: &'a str,
    topic: &'a str,
    deliveries: Option<Vec<DeliveryStatus<'a>>>,
}

#[derive(Serialize)]
struct DeliveryStatus<'a> {
    delivery_id: &'a str,
    state: DeliveryState,
    attempts_truncated: bool,
    attempts: Option<&'a [Attempt]>,
}

pub(crate) fn get_event(
    shared: &Shared,
    headers: &HeaderMap,
    event_id: &str,
) -> Result<Response<Full<Bytes>>, Problem> {
    authenticate(shared, headers)?;
    let event = shared
        .ledger
        .event(event_id)
        .ok_or_else(|| Problem::not_found("there is no such event"))?;
    Ok(json_response(StatusCode::OK, &event_status(&event)))
}

/// Empty lists are `null`, as in the service's answers.
fn event_status(event: &EventRecord) -> EventStatus<'_> {
    let deliveries: Vec<_> = event.deliveries.iter().map(delivery_status).collect();
    EventStatus {
        event_id: &event.event_id,
        topic: &event.topic,
        deliveries: Some(deliveries).filter(|list| !list.is_empty()),
    }
}

fn delivery_status(delivery: &DeliveryRecord) -> DeliveryStatus<'_> {
    let hidden = delivery.attempts.len().saturating_sub(SHOWN_ATTEMPTS);
    DeliveryStatus {
        delivery_id: &delivery.delivery_id,
        state: delivery.state,
        attempts_truncated: hidden > 0,
        attempts: Some(&delivery.attempts[hidden..]).filter(|list| !list.is_empty()),
    }
}
