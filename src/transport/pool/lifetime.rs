//! How long a connection may be used.

use std::time::Duration;

/// By how much lifetimes differ, as a part of the longest: connections that were opened at the same time
/// should not all be replaced at the same time.
const SCATTER: f64 = 0.2;

/// When a connection is to be replaced however well it works, by the clock of
/// [`since_boot`](crate::sys::clock::since_boot).
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    end: Option<Duration>,
}

impl Lifetime {
    /// That of a connection opened at `now`: at most `longest` and at least four fifths of it, as `fraction`,
    /// a random number in [0, 1), decides. `None`: without end.
    pub fn new(now: Duration, longest: Option<Duration>, fraction: f64) -> Self {
        let end = longest.map(|longest| now + longest.mul_f64(1.0 - SCATTER * fraction));
        Lifetime { end }
    }

    /// Whether it is over at `now`.
    pub fn is_over(self, now: Duration) -> bool {
        self.end.is_some_and(|end| now >= end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_within_the_last_fifth_of_the_longest() {
        let opened = Duration::from_secs(1000);
        let longest = Some(Duration::from_secs(100));
        for (fraction, end) in [(0.0, 1100), (0.5, 1090), (0.999_999, 1081)] {
            let lifetime = Lifetime::new(opened, longest, fraction);
            let end = Duration::from_secs(end);
            assert!(
                !lifetime.is_over(end - Duration::from_secs(1)),
                "{fraction}"
            );
            assert!(lifetime.is_over(end), "{fraction}");
        }
    }

    #[test]
    fn without_a_limit_it_never_ends() {
        let lifetime = Lifetime::new(Duration::ZERO, None, 0.5);
        assert!(!lifetime.is_over(Duration::MAX));
    }
}
