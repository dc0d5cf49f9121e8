//! One rule of fault injection: its condition and its actions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::ConfigError;
use crate::topics::TopicPattern;

/// The condition of a rule. Absent members meet all requests.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    /// The method. A rule without `match` meets `POST`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The beginning of the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The event's topic, or a prefix such as `order.*`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
}

/// The number of times that a rule acts before it is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Times {
    /// This number of times.
    Count(u64),
    /// Until it is cleared.
    Always(Always),
}

/// The word `always`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Always {
    /// The word itself.
    Always,
}

/// The moment in a request at which a connection is ended or left hanging.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// When a connection is accepted, before a TLS handshake. Only the first rule of the list can do this.
    OnAccept,
    /// At the first bytes of a request.
    BeforeReading,
    /// When the request's head is complete. The body is left unread.
    AfterHeaders,
    /// When the whole request is read. Nothing is recorded.
    AfterReading,
    /// When the request is carried out, before its answer.
    AfterRecording,
    /// After this number of bytes of the answer and its head.
    AfterBytes(u64),
    /// After the whole answer, which does not announce it: the client takes the connection for open.
    AfterAnswer,
}

/// An answer that trickles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Dribble {
    /// The number of bytes at a time.
    pub bytes: usize,
    /// The wait before each of them.
    pub interval_ms: u64,
}

/// A rule in the form of the control API. An empty rule lets a request pass undisturbed.
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rule {
    /// The requests that it meets.
    #[serde(rename = "match", skip_serializing_if = "Option::is_none")]
    pub matching: Option<Match>,
    /// Acts only from the `nth` request on that it meets, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u64>,
    /// The number of times that it acts: once, or always if it has a probability.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<Times>,
    /// Acts with this probability, without a limit unless `times` sets one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
    /// Makes the random choices reproducible.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Answers with this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Header fields of that answer.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body of that answer: a string as it is, anything else as JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The media type of that body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Carries out the request (records the event) before the fault replaces the answer.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub record: bool,
    /// Waits before the answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delay_ms: Option<u64>,
    /// Ends the connection with a RST.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<Point>,
    /// Ends the connection with a FIN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub close: Option<Point>,
    /// Keeps the connection open and does nothing more with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub never_answer: Option<Never>,
    /// Sends this number of bytes of the answer's body, fewer than announced, and closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<u64>,
    /// Sends this text instead of HTTP and closes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub garbage: Option<String>,
    /// Sends the answer slowly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dribble: Option<Dribble>,
    /// Answers 413 and closes without reading the body.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub early_413: bool,
}

/// The moment from which on a connection is left hanging: `true` is [`Point::AfterReading`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Never {
    /// `true`: when the request is read.
    Flag(bool),
    /// At this point.
    At(Point),
}

impl Rule {
    /// Lets one request pass undisturbed.
    pub fn pass() -> Self {
        Self::default()
    }

    /// Answers with a status and a matching body.
    pub fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::default()
        }
    }

    /// Waits before the answer.
    pub fn delay_ms(delay_ms: u64) -> Self {
        Self {
            delay_ms: Some(delay_ms),
            ..Self::default()
        }
    }

    /// Ends the connection with a RST.
    pub fn reset(at: Point) -> Self {
        Self {
            reset: Some(at),
            ..Self::default()
        }
    }

    /// Ends the connection with a FIN.
    pub fn close(at: Point) -> Self {
        Self {
            close: Some(at),
            ..Self::default()
        }
    }

    /// Leaves the client waiting.
    pub fn never_answer(at: Point) -> Self {
        Self {
            never_answer: Some(Never::At(at)),
            ..Self::default()
        }
    }

    /// Sends this number of bytes of the answer's body and closes.
    pub fn truncate(body_bytes: u64) -> Self {
        Self {
            truncate: Some(body_bytes),
            ..Self::default()
        }
    }

    /// Sends this text instead of HTTP and closes.
    pub fn garbage(text: &str) -> Self {
        Self {
            garbage: Some(text.to_owned()),
            ..Self::default()
        }
    }

    /// Sends the answer slowly.
    pub fn dribble(bytes: usize, interval_ms: u64) -> Self {
        Self {
            dribble: Some(Dribble { bytes, interval_ms }),
            ..Self::default()
        }
    }

    /// Answers 413 and closes without reading the body.
    pub fn early_413() -> Self {
        Self {
            early_413: true,
            ..Self::default()
        }
    }

    /// Adds a header field to the answer.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Sets the answer's body and its media type.
    pub fn body(mut self, content_type: &str, body: &str) -> Self {
        self.content_type = Some(content_type.to_owned());
        self.body = Some(Value::String(body.to_owned()));
        self
    }

    /// Carries out the request before the fault replaces the answer.
    pub fn recorded(mut self) -> Self {
        self.record = true;
        self
    }

    /// Acts this number of times.
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(Times::Count(times));
        self
    }

    /// Acts until it is cleared.
    pub fn always(mut self) -> Self {
        self.times = Some(Times::Always(Always::Always));
        self
    }

    /// Acts only from the `nth` request on that it meets.
    pub fn nth(mut self, nth: u64) -> Self {
        self.nth = Some(nth);
        self
    }

    /// Acts with this probability. The seed makes the choices reproducible.
    pub fn with_probability(mut self, probability: f64, seed: u64) -> Self {
        self.probability = Some(probability);
        self.seed = Some(seed);
        self
    }

    /// Meets only requests with this method.
    pub fn on_method(mut self, method: &str) -> Self {
        self.matching.get_or_insert_default().method = Some(method.to_owned());
        self
    }

    /// Meets only requests whose path begins with this.
    pub fn on_path(mut self, path: &str) -> Self {
        self.matching.get_or_insert_default().path = Some(path.to_owned());
        self
    }

    /// Meets only events of this topic, or below this prefix if written `order.*`.
    pub fn on_topic(mut self, topic: &str) -> Self {
        self.matching.get_or_insert_default().topic = Some(topic.to_owned());
        self
    }

    pub(crate) fn topic_pattern(&self) -> Result<Option<TopicPattern>, ConfigError> {
        let topic = self.matching.as_ref().and_then(|m| m.topic.as_deref());
        topic.map(str::parse).transpose()
    }
}
