//! The instants at which waits end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// How many timers that no wait needs any more are kept at least.
const SLACK: usize = 64;

/// The ends of waits, the earliest first. A wait that ended early leaves its timer behind; it is dropped when its
/// instant comes, or when there are too many of them.
#[derive(Debug, Default)]
pub struct Timers(BinaryHeap<Reverse<(Instant, JobWait)>>);

/// A wait: the number of the job, and the number of the job's wait.
pub type JobWait = (usize, u64);

impl Timers {
    /// Adds the end of a wait.
    pub fn add(&mut self, at: Instant, wait: JobWait) {
        self.0.push(Reverse((at, wait)));
    }

    /// Returns the next end of a wait that is still under way.
    pub fn next(&mut self, is_under_way: impl Fn(JobWait) -> bool) -> Option<Instant> {
        while let Some(Reverse((at, wait))) = self.0.peek() {
            if is_under_way(*wait) {
                return Some(*at);
            }
            self.0.pop();
        }
        None
    }

    /// Takes a wait that has ended by `now`.
    pub fn expired(&mut self, now: Instant) -> Option<JobWait> {
        let Reverse((at, _)) = self.0.peek()?;
        if *at > now {
            return None;
        }
        self.0.pop().map(|Reverse((_, wait))| wait)
    }

    /// Drops the timers that were left behind if they outnumber the `waits` under way.
    pub fn tidy(&mut self, waits: usize, is_under_way: impl Fn(JobWait) -> bool) {
        if self.0.len() > 2 * waits + SLACK {
            self.0.retain(|Reverse((_, wait))| is_under_way(*wait));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_earliest_comes_first_and_those_left_behind_do_not_count() {
        let start = Instant::now();
        let at = |seconds| start + Duration::from_secs(seconds);
        let mut timers = Timers::default();
        for seconds in [3, 1, 2] {
            timers.add(at(seconds), (7, seconds));
        }
        assert_eq!(timers.next(|_| true), Some(at(1)));
        assert_eq!(timers.next(|(_, wait)| wait != 1), Some(at(2)));
        assert_eq!(timers.expired(at(1)), None);
        assert_eq!(timers.expired(at(3)), Some((7, 2)));
        assert_eq!(timers.expired(at(3)), Some((7, 3)));
        assert_eq!(timers.expired(at(9)), None);
    }

    #[test]
    fn timers_left_behind_do_not_pile_up() {
        let mut timers = Timers::default();
        for number in 0..10_000 {
            timers.add(Instant::now(), (0, number));
            timers.tidy(1, |(_, other)| other == number);
            assert!(timers.0.len() <= 2 + SLACK);
        }
    }
}
