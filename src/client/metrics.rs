//! The counters of a client as text for Prometheus (exposition format 0.0.4).

use std::fmt::{Display, Write};

use super::sending::Client;
use crate::call::latency::Histogram;

impl Client {
    /// Returns the counters of [`Client::stats`] and the state of the queue in the text format of Prometheus. A program
    /// with several clients adds a label of its own to tell them apart.
    pub fn metrics(&self) -> String {
        let stats = self.stats().snapshot();
        let pending = self.pending();
        let mut text = Exposition::default();
        text.family("info", "gauge", "The version of the library.");
        text.sample("info", Some(("version", env!("CARGO_PKG_VERSION"))), &1);
        let counts = [
            stats.requests,
            stats.attempts,
            stats.successes,
            stats.replays,
            stats.connections_opened,
            stats.connections_reused,
            stats.bytes_sent,
            stats.bytes_received,
        ];
        for ((name, help), count) in COUNTERS.iter().zip(&counts) {
            text.family(name, "counter", help);
            text.sample(name, None, count);
        }
        let labelled = [stats.retries, stats.failures];
        for ((name, label, help), counts) in LABELLED_COUNTERS.iter().zip(&labelled) {
            text.family(name, "counter", help);
            for (status, count) in counts {
                text.sample(name, Some((label, status)), count);
            }
        }
        text.histogram(
            "attempt_duration_seconds",
            "Durations of attempts.",
            &stats.attempt_duration,
        );
        text.family(
            "queue_events",
            "gauge",
            "Submitted events by their state; completed ones have a completion to collect.",
        );
        for (state, count) in [
            ("queued", pending.queued),
            ("in_flight", pending.in_flight),
            ("completed", pending.completions),
        ] {
            text.sample("queue_events", Some(("state", state)), &count);
        }
        text.0
    }
}

/// The names of counters, and what they count.
const COUNTERS: [(&str, &str); 8] = [
    ("requests_total", "Calls that were begun."),
    ("attempts_total", "Attempts that have ended."),
    ("successes_total", "Calls that succeeded."),
    (
        "replays_total",
        "Events that the service had recorded before.",
    ),
    ("connections_opened_total", "Connections that were opened."),
    (
        "connections_reused_total",
        "Attempts that ran on a connection of an earlier one.",
    ),
    ("sent_bytes_total", "Bytes of requests, without TLS."),
    ("received_bytes_total", "Bytes of answers, without TLS."),
];

/// The names of counters with a label for a status, the label, and what they count.
const LABELLED_COUNTERS: [(&str, &str, &str); 2] = [
    (
        "retries_total",
        "reason",
        "Attempts that were repeated, by the failure of the attempt.",
    ),
    (
        "failures_total",
        "status",
        "Calls that failed, by the status of their error.",
    ),
];

/// A text in the format of Prometheus. All names get the same prefix.
#[derive(Default)]
struct Exposition(String);

impl Exposition {
    /// Begins the samples of a metric. The help must be one line without backslashes.
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        self.add(format_args!(
            "# HELP hookrail_client_{name} {help}\n# TYPE hookrail_client_{name} {kind}\n"
        ));
    }

    fn sample(&mut self, name: &str, label: Option<(&str, &str)>, value: &dyn Display) {
        self.add(format_args!("hookrail_client_{name}"));
        if let Some((label, value)) = label {
            self.add(format_args!("{{{label}=\"{}\"}}", escaped(value)));
        }
        self.add(format_args!(" {value}\n"));
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.family(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        for (bound, count) in &histogram.buckets {
            self.sample(&bucket, Some(("le", &bound.to_string())), count);
        }
        self.sample(&bucket, Some(("le", "+Inf")), &histogram.count);
        self.sample(&format!("{name}_sum"), None, &histogram.sum);
        self.sample(&format!("{name}_count"), None, &histogram.count);
    }

    fn add(&mut self, part: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.0.write_fmt(part);
    }
}

/// Returns the value of a label with the escapes of the format.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len());
    for char in value.chars() {
        match char {
            '\\' => escaped.push_str("\\\\"),
            '"' => escaped.push_str("\\\""),
            '\n' => escaped.push_str("\\n"),
            _ => escaped.push(char),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut text = Exposition::default();
        text.sample("a", Some(("x", "\\ \" \n é")), &1);
        assert_eq!(text.0, "hookrail_client_a{x=\"\\\\ \\\" \\n é\"} 1\n");
    }

    #[test]
    fn a_histogram_ends_with_the_bucket_without_a_bound() {
        let mut text = Exposition::default();
        let histogram = Histogram {
            buckets: vec![(0.001, 1), (10.0, 2)],
            sum: 12.5,
            count: 3,
        };
        text.histogram("t", "Times.", &histogram);
        let expected = [
            "# HELP hookrail_client_t Times.",
            "# TYPE hookrail_client_t histogram",
            "hookrail_client_t_bucket{le=\"0.001\"} 1",
            "hookrail_client_t_bucket{le=\"10\"} 2",
            "hookrail_client_t_bucket{le=\"+Inf\"} 3",
            "hookrail_client_t_sum 12.5",
            "hookrail_client_t_count 3",
            "",
        ];
        assert_eq!(text.0, expected.join("\n"));
    }
}
