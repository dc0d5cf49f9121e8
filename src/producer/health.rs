//! Whether the service is worth asking: the retry budget that all events share.
//!
//! Each event backs off by itself, but a thousand events that do so still are a thousand requests. When
//! failures follow each other without a success between them, the producer rests as a whole, and then
//! sends one event to see how things are.

use std::time::{Duration, Instant};

/// So many failures in a row are no accident of single connections.
const TOLERATED: u32 = 5;
/// The longest rest: a service that is back should not have to wait for its events.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// What the answers of late say of the service.
#[derive(Debug)]
pub struct Health {
    first_rest: Duration,
    failures: u32,
    rest_until: Option<Instant>,
    probing: bool,
}

impl Health {
    /// A service that nothing is known of. The first rest takes about `first_rest`.
    pub fn new(first_rest: Duration) -> Self {
        Health {
            first_rest,
            failures: 0,
            rest_until: None,
            probing: false,
        }
    }

    /// Whether an event may be sent now.
    pub fn allows_sending(&self, now: Instant) -> bool {
        match self.rest_until {
            Some(until) => now >= until && !self.probing,
            None => true,
        }
    }

    /// An event is being sent; after a rest it is the only one.
    pub fn sending(&mut self) {
        self.probing = self.rest_until.is_some();
    }

    /// The service has answered, if only to refuse.
    pub fn answered(&mut self) {
        self.failures = 0;
        self.rest_until = None;
        self.probing = false;
    }

    /// The service has not answered, or only that it cannot. `random` in [0, 1) spreads the rests of
    /// several processes.
    pub fn failed(&mut self, now: Instant, random: f64) {
        self.failures = self.failures.saturating_add(1);
        self.probing = false;
        let Some(rests) = self.failures.checked_sub(TOLERATED) else {
            return;
        };
        let longest = self
            .first_rest
            .saturating_mul(1 << rests.min(20))
            .min(LONGEST_REST);
        self.rest_until = Some(now + longest.mul_f64(0.5 + random / 2.0));
    }

    /// The attempt was given up before it could tell anything.
    pub fn undecided(&mut self) {
        self.probing = false;
    }

    /// When sending may go on, if that is a matter of time.
    pub fn rest_ends(&self) -> Option<Instant> {
        self.rest_until.filter(|_| !self.probing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Duration = Duration::from_millis(200);

    #[test]
    fn rests_only_after_failures_in_a_row() {
        let now = Instant::now();
        let mut health = Health::new(FIRST);
        for _ in 0..100 {
            health.failed(now, 0.0);
            health.failed(now, 0.0);
            health.answered();
        }
        assert!(health.allows_sending(now));
        for _ in 0..TOLERATED {
            assert!(health.allows_sending(now));
            health.failed(now, 0.0);
        }
        assert!(!health.allows_sending(now));
        assert_eq!(health.rest_ends(), Some(now + FIRST / 2));
    }

    #[test]
    fn sends_one_event_after_a_rest_and_recovers_with_it() {
        let now = Instant::now();
        let mut health = Health::new(FIRST);
        for _ in 0..TOLERATED {
            health.failed(now, 0.5);
        }
        let later = health.rest_ends().unwrap();
        assert!(health.allows_sending(later));
        health.sending();
        assert!(!health.allows_sending(later));
        health.undecided();
        assert!(health.allows_sending(later));
        health.sending();
        health.answered();
        assert!(health.allows_sending(now));
    }

    #[test]
    fn rests_grow_to_a_limit() {
        let now = Instant::now();
        let mut health = Health::new(FIRST);
        let mut previous = now;
        for _ in 0..1000 {
            health.failed(now, 0.99);
            let end = health.rest_ends().unwrap_or(now);
            assert!(end >= previous && end <= now + LONGEST_REST);
            previous = end;
        }
        assert!(previous > now + LONGEST_REST / 2);
    }
}
