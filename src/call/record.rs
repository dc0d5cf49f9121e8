//! The record of an attempt.

use std::time::{Duration, Instant, SystemTime};

use crate::error::{AttemptRecord, Status};
use crate::transport::trace::Trace;

/// The start of an attempt.
#[derive(Clone, Copy, Debug)]
pub struct AttemptStart {
    pub at: Instant,
    /// The same time, by the wall clock.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_has_the_times_of_its_start_and_of_its_parts() {
        let ms = Duration::from_millis;
        let (now, wall) = (Instant::now(), SystemTime::UNIX_EPOCH + ms(7));
        let start = AttemptStart {
            at: now + ms(50),
            wall,
        };
        let mut trace = Trace::default();
        trace.timings.lookup = ms(1);
        trace.timings.connect = ms(2);
        trace.timings.tls = ms(3);
        trace.timings.waiting = ms(4);
        trace.opened = 1;
        let record = start.record(now, ms(11), &trace);
        assert_eq!((record.started, record.since_call), (wall, ms(50)));
        assert_eq!(record.duration, ms(11));
        assert_eq!((record.lookup, record.connect), (ms(1), ms(2)));
        assert_eq!((record.tls, record.waiting), (ms(3), ms(4)));
        assert!(record.new_connection);
    }
}
