//! The counters of a client as text for Prometheus (exposition format 0.0.4).

use std::fmt::{Display, Write};

use super::sending::Client;
use crate::call::latency::Histogram;

impl Client {
    /// Returns the counters of [`Client::stats`] and the state of the queue in the text format of Prometheus. A program
    /// with several clients adds a label of its own to tell them apart.
    ///
    /// ```
    /// use hookrail::{Client, ClientOptions};
    ///
    /// # fn main() -> hookrail::Result<()> {
    /// let client = Client::new(Some(b"hk_test"), Some(b"http://localhost:8080"), &ClientOptions::default())?;
    /// assert!(client.metrics().contains("\nhookrail_client_requests_total 0\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn metrics(&self) -> String {
        let stats = self.stats().snapshot();
        let pending = self.pending();
        let mut text = Exposition::default();
        text.family("info", "gauge", "The version of the library.");
        text.sample("info", &[("version", env!("CARGO_PKG_VERSION"))], 1);
        for (name, help, value) in [
            ("requests_total", "Calls that were begun.", stats.requests),
            (
                "attempts_total",
                "Attempts that have ended.",
                stats.attempts,
            ),
            ("successes_total", "Calls that succeeded.", stats.successes),
            (
                "replays_total",
                "Events that the service had recorded before.",
                stats.replays,
            ),
            (
                "connections_opened_total",
                "Connections that were opened.",
                stats.connections_opened,
            ),
            (
                "connections_reused_total",
                "Attempts that ran on a connection of an earlier one.",
                stats.connections_reused,
            ),
            (
                "sent_bytes_total",
                "Bytes of requests, without TLS.",
                stats.bytes_sent,
            ),
            (
                "received_bytes_total",
                "Bytes of answers, without TLS.",
                stats.bytes_received,
            ),
        ] {
            text.family(name, "counter", help);
            text.sample(name, &[], value);
        }
        for (name, help, label, values) in [
            (
                "retries_total",
                "Attempts that were repeated, by the failure of the attempt.",
                "reason",
                stats.failures.retries,
            ),
            (
                "failures_total",
                "Calls that failed, by the status of their error.",
                "status",
                stats.failures.failures,
            ),
        ] {
            text.family(name, "counter", help);
            for (status, value) in values {
                text.sample(name, &[(label, status)], value);
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
            text.sample("queue_events", &[("state", state)], count);
        }
        text.0
    }
}

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

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: impl Display) {
        self.add(format_args!("hookrail_client_{name}"));
        for (index, (label, value)) in labels.iter().enumerate() {
            let before = if index == 0 { '{' } else { ',' };
            self.add(format_args!("{before}{label}=\"{}\"", escaped(value)));
        }
        let end = if labels.is_empty() { "" } else { "}" };
        self.add(format_args!("{end} {value}\n"));
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.family(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        for (bound, count) in &histogram.buckets {
            self.sample(&bucket, &[("le", &bound.to_string())], count);
        }
        self.sample(&bucket, &[("le", "+Inf")], histogram.count);
        self.sample(&format!("{name}_sum"), &[], histogram.sum);
        self.sample(&format!("{name}_count"), &[], histogram.count);
    }

    fn add(&mut self, part: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = self.0.write_fmt(part);
    }
}

/// Returns the value of a label with the escapes of the format.
fn escaped(value: &str) -> String {
    value
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_escaped() {
        let mut text = Exposition::default();
        text.sample("a", &[("x", "\\ \" \n"), ("y", "é")], 1);
        assert_eq!(text.0, "hookrail_client_a{x=\"\\\\ \\\" \\n\",y=\"é\"} 1\n");
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
