//! The time for which a connection may be used.

use std::time::Duration;

/// The largest difference of lifetimes, as a part of the longest. Connections that were opened at the same time
/// should not all be replaced at the same time.
const SCATTER: f64 = 0.2;

/// The end of a connection's use, however well it works, by the clock of
/// [`since_boot`](crate::sys::clock::since_boot).
#[derive(Clone, Copy, Debug)]
pub struct Lifetime {
    end: Option<Duration>,
}

impl Lifetime {
    /// Returns the lifetime of a connection that was opened at `now`. It is between four fifths of `longest` and all
    /// of it, depending on `fraction`, a random number in [0, 1). If `longest` is `None`, it has no end.
    pub fn new(now: Duration, longest: Option<Duration>, fraction: f64) -> Self {
        let end = longest.map(|longest| now + longest.mul_f64(1.0 - SCATTER * fraction));
        Lifetime { end }
    }

    /// Returns whether the lifetime is over at `now`.
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
