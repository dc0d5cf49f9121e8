//! How long attempts take, counted by bucket.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

/// The upper bounds of the buckets, in microseconds. The last bucket has no bound.
const BOUNDS: [u64; 14] = [
    1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000, 30_000_000,
];

/// Counts durations.
#[derive(Debug, Default)]
pub struct Latency {
    /// The number of durations in each bucket alone.
    counts: [AtomicU64; BOUNDS.len() + 1],
    /// The sum of all durations, in microseconds.
    sum: AtomicU64,
}

/// Durations in seconds, counted by bucket.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Histogram {
    /// The upper bounds of the buckets, and the number of durations up to them.
    pub buckets: Vec<(f64, u64)>,
    /// The sum of all durations.
    pub sum: f64,
    /// The number of all durations.
    pub count: u64,
}

impl Latency {
    /// Counts a duration.
    pub fn add(&self, duration: Duration) {
        let micros = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        let bucket = BOUNDS.partition_point(|bound| *bound < micros);
        self.counts[bucket].fetch_add(1, Ordering::Relaxed);
        self.sum.fetch_add(micros, Ordering::Relaxed);
    }

    /// Returns the durations that were counted so far.
    pub fn histogram(&self) -> Histogram {
        let mut count = 0;
        let mut up_to = self.counts.iter().map(|alone| {
            count += alone.load(Ordering::Relaxed);
            count
        });
        let buckets = BOUNDS
            .iter()
            .map(|bound| seconds(*bound))
            .zip(&mut up_to)
            .collect();
        let count = up_to.last().unwrap_or_default();
        Histogram {
            buckets,
            sum: seconds(self.sum.load(Ordering::Relaxed)),
            count,
        }
    }
}

fn seconds(micros: u64) -> f64 {
    Duration::from_micros(micros).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_counts_in_its_bucket_and_in_all_longer_ones() {
        let latency = Latency::default();
        for micros in [0, 1_000, 1_001, 700_000, 30_000_000, 30_000_001] {
            latency.add(Duration::from_micros(micros));
        }
        let histogram = latency.histogram();
        let counts: Vec<u64> = histogram.buckets.iter().map(|(_, count)| *count).collect();
        assert_eq!(counts, [2, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 5]);
        assert_eq!(histogram.count, 6);
        assert!(
            (histogram.sum - 60.702_002).abs() < 1e-9,
            "{}",
            histogram.sum
        );
    }

    #[test]
    fn the_bounds_are_in_seconds_and_grow() {
        let bounds: Vec<f64> = Latency::default()
            .histogram()
            .buckets
            .iter()
            .map(|(le, _)| *le)
            .collect();
        assert!(bounds.is_sorted());
        assert_eq!((bounds[0], bounds[13]), (0.001, 30.0));
    }
}
