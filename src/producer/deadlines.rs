//! The deadlines of the events in the queue.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// How many deadlines of completed events are kept at least.
const SLACK: usize = 64;

/// The deadlines, the earliest first. A completed event leaves its deadline behind; it is dropped when its time comes, or
/// when there are too many of them.
#[derive(Debug, Default)]
pub struct Deadlines(BinaryHeap<Reverse<(Instant, u64)>>);

impl Deadlines {
    /// Adds the deadline of an event.
    pub fn add(&mut self, deadline: Instant, token: u64) {
        self.0.push(Reverse((deadline, token)));
    }

    /// Returns the earliest deadline. No event in the queue has an earlier one.
    pub fn earliest(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((deadline, _))| *deadline)
    }

    /// Takes out an event whose time is over at `now`.
    pub fn passed(&mut self, now: Instant) -> Option<u64> {
        let is_over = self.earliest()? <= now;
        let first = is_over.then(|| self.0.pop()).flatten();
        first.map(|Reverse((_, token))| token)
    }

    /// Drops the deadlines that were left behind if they outnumber the `events` in the queue.
    pub fn tidy(&mut self, events: usize, is_in_queue: impl Fn(u64) -> bool) {
        if self.0.len() > 2 * events + SLACK {
            self.0.retain(|Reverse((_, token))| is_in_queue(*token));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn an_event_comes_out_at_its_deadline_and_the_earliest_one_first() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut deadlines = Deadlines::default();
        for seconds in [3, 1, 2] {
            deadlines.add(at(seconds), seconds);
        }
        assert_eq!(deadlines.earliest(), Some(at(1)));
        assert_eq!(deadlines.passed(start), None);
        assert_eq!(deadlines.passed(at(2)), Some(1));
        assert_eq!(deadlines.passed(at(2)), Some(2));
        assert_eq!(deadlines.passed(at(2)), None);
        assert_eq!(deadlines.earliest(), Some(at(3)));
    }

    #[test]
    fn deadlines_left_behind_do_not_pile_up() {
        let mut deadlines = Deadlines::default();
        for token in 0..10_000 {
            deadlines.add(Instant::now(), token);
            deadlines.tidy(1, |other| other == token);
            assert!(deadlines.0.len() <= 2 + SLACK);
        }
    }
}
