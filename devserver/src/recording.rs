//! The input of recording an event, and its result.

use std::io;

use sha2::{Digest, Sha256};

use crate::record::{DeliveryRecord, EventRecord, sha256_hex};

/// An event before it is recorded.
#[derive(Debug)]
pub(crate) struct NewEvent {
    pub(crate) event_id: String,
    pub(crate) producer: String,
    pub(crate) topic: String,
    pub(crate) idempotency_key: Option<String>,
    pub(crate) ordering_key: Option<String>,
    pub(crate) payload: String,
    pub(crate) deliveries: Vec<DeliveryRecord>,
}

/// The ids in a 202.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub(crate) event_id: String,
    pub(crate) delivery_ids: Vec<String>,
    pub(crate) replayed: bool,
}

/// The reason why an event was not recorded.
#[derive(Debug)]
pub(crate) enum NotRecorded {
    Conflict,
    Io(io::Error),
}

impl NewEvent {
    /// The name under which the event can be found.
    pub(crate) fn key(&self) -> Option<(String, String)> {
        let key = self.idempotency_key.clone()?;
        Some((self.producer.clone(), key))
    }

    pub(crate) fn numbered(self, order: u64) -> EventRecord {
        EventRecord {
            order,
            event_id: self.event_id,
            producer: self.producer,
            topic: self.topic,
            idempotency_key: self.idempotency_key,
            ordering_key: self.ordering_key,
            payload_sha256: sha256_hex(self.payload.as_bytes()),
            payload: self.payload,
            replays: 0,
            deliveries: self.deliveries,
        }
    }
}

impl Receipt {
    pub(crate) fn of(event: &EventRecord, replayed: bool) -> Self {
        Self {
            event_id: event.event_id.clone(),
            delivery_ids: event
                .deliveries
                .iter()
                .map(|delivery| delivery.delivery_id.clone())
                .collect(),
            replayed,
        }
    }
}

/// A digest of the content of an idempotency key's event.
pub(crate) fn content_digest(topic: &str, payload: &str, ordering_key: Option<&str>) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in [topic, payload, ordering_key.unwrap_or_default()] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}
