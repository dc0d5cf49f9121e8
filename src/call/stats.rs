//! Counters of what a client did.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::error::Status;
use crate::transport::context::Trace;

/// The counters of one client in one process. All of them only grow.
#[derive(Debug, Default)]
pub struct Stats {
    requests: AtomicU64,
    attempts: AtomicU64,
    successes: AtomicU64,
    /// Those of them that recorded an event.
    recorded: AtomicU64,
    replays: AtomicU64,
    connections_opened: AtomicU64,
    connections_reused: AtomicU64,
    bytes_sent: AtomicU64,
    bytes_received: AtomicU64,
    /// Behind a lock: only failures touch them, and those are slow anyway.
    failures: Mutex<Failures>,
}

#[derive(Debug, Default, Clone, Serialize)]
struct Failures {
    retries: BTreeMap<&'static str, u64>,
    failures: BTreeMap<&'static str, u64>,
}

#[derive(Serialize)]
struct Snapshot {
    requests: u64,
    attempts: u64,
    successes: u64,
    replays: u64,
    connections_opened: u64,
    connections_reused: u64,
    bytes_sent: u64,
    bytes_received: u64,
    #[serde(flatten)]
    failures: Failures,
}

impl Stats {
    /// A call began.
    pub(crate) fn request(&self) {
        add(&self.requests, 1);
    }

    /// An attempt ended.
    pub(crate) fn attempt(&self, trace: &Trace) {
        add(&self.attempts, 1);
        if trace.opened > 0 {
            add(&self.connections_opened, u64::from(trace.opened));
        } else if trace.bytes_sent > 0 {
            add(&self.connections_reused, 1);
        }
        add(&self.bytes_sent, trace.bytes_sent);
        add(&self.bytes_received, trace.bytes_received);
    }

    /// A call succeeded; returns how many have by now.
    pub(crate) fn success(&self, replayed: bool) -> u64 {
        if replayed {
            add(&self.replays, 1);
        }
        self.successes.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// An event was recorded.
    pub(crate) fn record(&self) {
        add(&self.recorded, 1);
    }

    /// How many events were recorded.
    pub(crate) fn recorded(&self) -> u64 {
        get(&self.recorded)
    }

    /// How many calls succeeded.
    pub(crate) fn successes(&self) -> u64 {
        get(&self.successes)
    }

    /// A retry follows, because of this.
    pub(crate) fn retry(&self, reason: Status) {
        let mut failures = self.lock();
        *failures.retries.entry(reason.name()).or_default() += 1;
    }

    /// A call failed with this.
    pub(crate) fn failure(&self, status: Status) {
        let mut failures = self.lock();
        *failures.failures.entry(status.name()).or_default() += 1;
    }

    /// The counters as a JSON object: `requests` (calls), `attempts`, `successes`, `replays`,
    /// `connections_opened`, `connections_reused`, `bytes_sent`, `bytes_received`, and by status name
    /// `retries` (why an attempt was repeated) and `failures` (what calls ended with).
    pub fn to_json(&self) -> String {
        let snapshot = Snapshot {
            requests: get(&self.requests),
            attempts: get(&self.attempts),
            successes: get(&self.successes),
            replays: get(&self.replays),
            connections_opened: get(&self.connections_opened),
            connections_reused: get(&self.connections_reused),
            bytes_sent: get(&self.bytes_sent),
            bytes_received: get(&self.bytes_received),
            failures: self.lock().clone(),
        };
        serde_json::to_string(&snapshot).unwrap_or_else(|_| "{}".to_owned())
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Failures> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
