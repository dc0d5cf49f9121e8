//! The counters of a client.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

use super::latency::{Histogram, Latency};
use crate::error::Status;
use crate::sys::lock::Lock;
use crate::transport::trace::Trace;

/// The counters of one client in one process. They only grow.
#[derive(Debug, Default)]
pub struct Counters {
    requests: AtomicU64,
    attempts: AtomicU64,
    successes: AtomicU64,
    /// The successes that recorded an event.
    recorded: AtomicU64,
    replays: AtomicU64,
    connections_opened: AtomicU64,
    connections_reused: AtomicU64,
    bytes_sent: AtomicU64,
    bytes_received: AtomicU64,
    latency: Latency,
    /// Only failures take the lock, and a failure is slow anyway.
    failures: Lock<Failures>,
}

#[derive(Debug, Default)]
struct Failures {
    retries: BTreeMap<&'static str, u64>,
    failures: BTreeMap<&'static str, u64>,
}

/// The counters of a client at one time. They only grow, and a forked process begins with zeros.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Calls that were begun. The attempts of an event in the queue are one call.
    pub requests: u64,
    /// Attempts that have ended.
    pub attempts: u64,
    /// Calls that succeeded.
    pub successes: u64,
    /// Events that the service had recorded before.
    pub replays: u64,
    /// Connections that were opened.
    pub connections_opened: u64,
    /// Attempts that ran on a connection of an earlier one.
    pub connections_reused: u64,
    /// Bytes of requests, without TLS.
    pub bytes_sent: u64,
    /// Bytes of answers, without TLS.
    pub bytes_received: u64,
    /// Attempts that were repeated, by the name of the status of their failure.
    pub retries: BTreeMap<&'static str, u64>,
    /// Calls that failed, by the name of the status of their error.
    pub failures: BTreeMap<&'static str, u64>,
    /// The durations of the attempts.
    pub attempt_duration: Histogram,
}

impl Counters {
    /// Counts the start of a call.
    pub(crate) fn request(&self) {
        add(&self.requests, 1);
    }

    /// Counts the end of an attempt.
    pub(crate) fn attempt(&self, trace: &Trace, duration: Duration) {
        add(&self.attempts, 1);
        self.latency.add(duration);
        if trace.opened > 0 {
            add(&self.connections_opened, u64::from(trace.opened));
        } else if trace.bytes_sent > 0 {
            add(&self.connections_reused, 1);
        }
        add(&self.bytes_sent, trace.bytes_sent);
        add(&self.bytes_received, trace.bytes_received);
    }

    /// Counts the success of a call. Returns the number of successes so far.
    pub(crate) fn success(&self, replayed: bool) -> u64 {
        if replayed {
            add(&self.replays, 1);
        }
        self.successes.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Counts a recorded event.
    pub(crate) fn record(&self) {
        add(&self.recorded, 1);
    }

    /// Returns the number of recorded events.
    pub(crate) fn recorded(&self) -> u64 {
        get(&self.recorded)
    }

    /// Returns the number of successful calls.
    pub(crate) fn successes(&self) -> u64 {
        get(&self.successes)
    }

    /// Counts a retry under its reason.
    pub(crate) fn retry(&self, reason: Status) {
        let mut failures = self.failures.lock();
        *failures.retries.entry(reason.name()).or_default() += 1;
    }

    /// Counts the failure of a call.
    pub(crate) fn failure(&self, status: Status) {
        let mut failures = self.failures.lock();
        *failures.failures.entry(status.name()).or_default() += 1;
    }

    /// Returns the counters as a JSON object: `requests` (calls), `attempts`, `successes`, `replays`,
    /// `connections_opened`, `connections_reused`, `bytes_sent`, `bytes_received`, and by status name `retries` (the
    /// reasons of repeated attempts) and `failures` (the errors of calls). `attempt_duration` has the durations of the
    /// attempts in seconds, as a histogram: their `count` and `sum`, and in `buckets` the number of those that took at
    /// most so long, as pairs of a bound and a number.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.snapshot()).unwrap_or_else(|_| "{}".to_owned())
    }

    /// Returns the counters at this time.
    pub(crate) fn snapshot(&self) -> Stats {
        let failures = self.failures.lock();
        Stats {
            requests: get(&self.requests),
            attempts: get(&self.attempts),
            successes: get(&self.successes),
            replays: get(&self.replays),
            connections_opened: get(&self.connections_opened),
            connections_reused: get(&self.connections_reused),
            bytes_sent: get(&self.bytes_sent),
            bytes_received: get(&self.bytes_received),
            retries: failures.retries.clone(),
            failures: failures.failures.clone(),
            attempt_duration: self.latency.histogram(),
        }
    }
}

fn add(counter: &AtomicU64, amount: u64) {
    counter.fetch_add(amount, Ordering::Relaxed);
}

fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}
