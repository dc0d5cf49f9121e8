//! Events that the service will never record.
//!
//! There are payloads that the service answers with a 5xx each time, for ever. Such an event would hold up those
//! behind it, of the same ordering key, for its whole time. What tells it from one that meets an outage is that
//! the service records others meanwhile.

/// After so many failures, each with successes of others since the one before.
pub const HOPELESS: u32 = 8;

/// The failures of one event while others succeeded.
#[derive(Clone, Copy, Debug, Default)]
pub struct Futile {
    failures: u32,
    successes: Option<u64>,
}

impl Futile {
    /// The service has failed to record the event; so many calls of the client have succeeded by now.
    pub fn note(&mut self, successes: u64) {
        if self.successes.is_some_and(|before| before < successes) {
            self.failures += 1;
        }
        self.successes = Some(successes);
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
    fn only_failures_beside_successes_count() {
        let mut futile = Futile::default();
        for _ in 0..100 {
            futile.note(7);
        }
        assert!(!futile.is_hopeless());
        for successes in 8..8 + u64::from(HOPELESS) {
            assert!(!futile.is_hopeless());
            futile.note(successes);
            futile.note(successes);
        }
        assert!(futile.is_hopeless());
    }
}
