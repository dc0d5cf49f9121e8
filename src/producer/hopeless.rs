//! Events that the service will never record.
//!
//! There are payloads that the service answers with a 5xx each time, for ever. Such an event would hold up those
//! behind it, of the same ordering key, for its whole time. What tells it from one that meets an outage is that
//! the service records others meanwhile, for half of the event's time: a part of the service may have an outage, too.

/// After so many failures, each with others recorded since the one before.
pub const HOPELESS: u32 = 8;

/// The failures of one event while others succeeded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Futile {
    failures: u32,
    recorded: Option<u64>,
}

impl Futile {
    /// The service has failed to record the event; so many events of the client were recorded by now.
    pub fn note(&mut self, recorded: u64) {
        if self.recorded.is_some_and(|before| before < recorded) {
            self.failures += 1;
        }
        self.recorded = Some(recorded);
    }

    /// Whether another attempt most probably comes to the same.
    pub fn is_hopeless(self) -> bool {
        self.failures >= HOPELESS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_failures_beside_others_that_are_recorded_count() {
        let mut futile = Futile::default();
        for _ in 0..100 {
            futile.note(7);
        }
        assert!(!futile.is_hopeless());
        for recorded in 8..8 + u64::from(HOPELESS) {
            assert!(!futile.is_hopeless());
            futile.note(recorded);
            futile.note(recorded);
        }
        assert!(futile.is_hopeless());
    }
}
