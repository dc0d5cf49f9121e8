//! Detects events that the service will never record.
//!
//! The service answers some payloads with a 5xx each time, for ever. Such an event would hold up the events behind it,
//! of the same ordering key, until its deadline. During an outage the service records no events; here it records others
//! meanwhile. This must go on for half of the event's time, because only a part of the service may have an outage.

/// The number of failures, each with other events recorded since the one before, after which an event is hopeless.
pub const HOPELESS: u32 = 8;

/// The failures of one event while other events were recorded.
#[derive(Clone, Copy, Debug, Default)]
pub struct LoneFailures {
    failures: u32,
    recorded: Option<u64>,
}

impl LoneFailures {
    /// Notes that the service failed to record the event. `recorded` is the number of the client's recorded events.
    pub fn note(&mut self, recorded: u64) {
        if self.recorded.is_some_and(|before| before < recorded) {
            self.failures += 1;
        }
        self.recorded = Some(recorded);
    }

    /// Returns whether another attempt would most probably fail too.
    pub fn is_hopeless(self) -> bool {
        self.failures >= HOPELESS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_while_others_are_recorded_count() {
        let mut lone_failures = LoneFailures::default();
        for _ in 0..100 {
            lone_failures.note(7);
        }
        assert!(!lone_failures.is_hopeless());
        for recorded in 8..8 + u64::from(HOPELESS) {
            assert!(!lone_failures.is_hopeless());
            lone_failures.note(recorded);
            lone_failures.note(recorded);
        }
        assert!(lone_failures.is_hopeless());
    }
}
