//! The record of an attempt.

use std::time::{Duration, Instant, SystemTime};

use crate::error::{AttemptRecord, Status};
use crate::transport::trace::Trace;

/// The start of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct AttemptStart {
    pub at: Instant,
    /// The same time, by the clock of the wall.
    pub wall: SystemTime,
}

impl AttemptStart {
    /// Makes the record of the attempt, which took `duration` and has succeeded, as far as times and bytes go. Its call
    /// began at `call_start`.
    pub fn record(self, call_start: Instant, duration: Duration, trace: &Trace) -> AttemptRecord {
        AttemptRecord {
            number: 0,
            status: Status::Ok,
            http_status: None,
            new_connection: trace.opened > 0,
            started: self.wall,
            since_call: self.at.saturating_duration_since(call_start),
            duration,
            lookup: trace.timings.lookup,
            connect: trace.timings.connect,
            tls: trace.timings.tls,
            waiting: trace.timings.waiting,
            bytes_sent: trace.bytes_sent,
            bytes_received: trace.bytes_received,
            message: None,
            request_id: None,
        }
    }
}
