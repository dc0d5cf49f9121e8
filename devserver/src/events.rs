//! The recorded events and their idempotency keys.

use std::collections::HashMap;

use crate::ids::unix_ms;
use crate::record::{Attempt, DeliveryRecord, DeliveryState, EventRecord};

/// The producer and the idempotency key.
type Key = (String, String);

/// The result of recording an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Recorded {
    /// Recorded now.
    New,
    /// The event at this index has the same key and bytes.
    Replay(usize),
    /// The key was used before with other bytes.
    Conflict,
}

/// Events in the order of recording.
#[derive(Debug, Default)]
pub(crate) struct Events {
    list: Vec<EventRecord>,
    by_id: HashMap<String, usize>,
    by_delivery: HashMap<String, usize>,
    // The digest is of the topic, the raw payload and the ordering key.
    by_key: HashMap<Key, (usize, [u8; 32])>,
    deliveries: DeliveryCounts,
    bytes: u64,
}

/// Updated with every change, because watchers read it after every change and there may be many events.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct DeliveryCounts {
    pub(crate) all: u64,
    pub(crate) attempts: u64,
    pub(crate) succeeded: u64,
    pub(crate) dead_lettered: u64,
    pub(crate) skipped: u64,
}

impl DeliveryCounts {
    fn moved(&mut self, from: DeliveryState, to: DeliveryState) {
        if let Some(count) = self.of(from) {
            *count -= 1;
        }
        if let Some(count) = self.of(to) {
            *count += 1;
        }
    }

    fn of(&mut self, state: DeliveryState) -> Option<&mut u64> {
        match state {
            DeliveryState::Succeeded => Some(&mut self.succeeded),
            DeliveryState::DeadLettered => Some(&mut self.dead_lettered),
            DeliveryState::Skipped => Some(&mut self.skipped),
            _ => None,
        }
    }
}

impl Events {
    /// Returns the result that recording these bytes under this key would have. Keys from before `since` (in
    /// Unix milliseconds) are forgotten.
    pub(crate) fn look_up(&self, key: &Key, digest: &[u8; 32], since: u64) -> Recorded {
        match self.by_key.get(key) {
            Some((index, _)) if unix_ms(&self.list[*index].event_id) < since => Recorded::New,
            None => Recorded::New,
            Some((index, known)) if known == digest => Recorded::Replay(*index),
            Some(_) => Recorded::Conflict,
        }
    }

    pub(crate) fn insert(&mut self, event: EventRecord, digest: [u8; 32]) {
        let index = self.list.len();
        self.bytes += event.size();
        if let Some(key) = &event.idempotency_key {
            self.by_key
                .insert((event.producer.clone(), key.clone()), (index, digest));
        }
        self.by_id.insert(event.event_id.clone(), index);
        for delivery in &event.deliveries {
            self.deliveries.all += 1;
            if let Some(count) = self.deliveries.of(delivery.state) {
                *count += 1;
            }
            self.by_delivery.insert(delivery.delivery_id.clone(), index);
        }
        self.list.push(event);
    }

    pub(crate) fn replayed(&mut self, event_id: &str) {
        if let Some(index) = self.by_id.get(event_id) {
            self.list[*index].replays += 1;
        }
    }

    /// Changes the state of a delivery. Returns false if it is unknown.
    pub(crate) fn update_delivery(
        &mut self,
        delivery_id: &str,
        state: DeliveryState,
        attempt: Option<&Attempt>,
    ) -> bool {
        let Some(index) = self.by_delivery.get(delivery_id) else {
            return false;
        };
        let deliveries = &mut self.list[*index].deliveries;
        let Some(delivery) = deliveries
            .iter_mut()
            .find(|delivery| delivery.delivery_id == delivery_id)
        else {
            return false;
        };
        self.deliveries.moved(delivery.state, state);
        self.deliveries.attempts += u64::from(attempt.is_some());
        delivery.state = state;
        delivery.attempts.extend(attempt.cloned());
        true
    }

    pub(crate) fn get(&self, event_id: &str) -> Option<&EventRecord> {
        self.by_id.get(event_id).map(|index| &self.list[*index])
    }

    pub(crate) fn of_delivery(&self, delivery_id: &str) -> Option<&EventRecord> {
        let index = self.by_delivery.get(delivery_id)?;
        Some(&self.list[*index])
    }

    pub(crate) fn delivery(&self, delivery_id: &str) -> Option<&DeliveryRecord> {
        let deliveries = &self.of_delivery(delivery_id)?.deliveries;
        deliveries
            .iter()
            .find(|delivery| delivery.delivery_id == delivery_id)
    }

    pub(crate) fn at(&self, index: usize) -> &EventRecord {
        &self.list[index]
    }

    pub(crate) fn list(&self) -> &[EventRecord] {
        &self.list
    }

    pub(crate) fn delivery_counts(&self) -> DeliveryCounts {
        self.deliveries
    }

    /// The size of the events in bytes.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    pub(crate) fn keys(&self) -> usize {
        self.by_key.len()
    }
}
