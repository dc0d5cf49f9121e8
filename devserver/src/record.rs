//! The records of the ledger, as this library returns them and the control API shows them.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use sha2::{Digest, Sha256};

use crate::rule::Rule;

/// Bodies up to this size are kept. Larger ones have only digest and length.
const KEPT_BODY: usize = 64 * 1024;
/// UTF-8 bodies up to this size are shown as text.
const SHOWN_TEXT: usize = 16 * 1024;

/// The size of a record in memory without its texts.
const RECORD: usize = 512;
/// The size of a header field in memory without the bytes of its name and value.
const TEXTS: usize = 64;

/// The end of a request on the server's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Outcome {
    /// Still being handled.
    InProgress,
    /// Answered in full, as far as the server can tell.
    Answered,
    /// The client went away before there was an answer.
    ClientGone,
    /// A fault reset the connection.
    Reset,
    /// A fault closed the connection.
    Closed,
    /// A fault left the client waiting.
    Held,
    /// A fault cut the answer short.
    Truncated,
    /// A fault sent something that is not HTTP.
    Garbage,
}

/// The bytes of a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BodyRecord {
    /// The number of bytes that arrived.
    pub length: usize,
    /// The lower-case hex SHA-256 of the bytes that arrived.
    pub sha256: String,
    /// The bytes, unless there were more than 64 KiB of them.
    pub bytes: Option<Bytes>,
    /// True if the client sent, and the server read, the whole body.
    pub complete: bool,
}

impl BodyRecord {
    pub(crate) fn new(bytes: &Bytes, complete: bool) -> Self {
        Self {
            length: bytes.len(),
            sha256: sha256_hex(bytes),
            bytes: (bytes.len() <= KEPT_BODY).then(|| bytes.clone()),
            complete,
        }
    }
}

impl Serialize for BodyRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("length", &self.length)?;
        map.serialize_entry("sha256", &self.sha256)?;
        map.serialize_entry("complete", &self.complete)?;
        if let Some(bytes) = &self.bytes {
            match std::str::from_utf8(bytes) {
                Ok(text) if text.len() <= SHOWN_TEXT => map.serialize_entry("text", text)?,
                _ => map.serialize_entry("base64", &STANDARD.encode(bytes))?,
            }
        }
        map.end()
    }
}

/// One request as it arrived, and how it ended.
#[derive(Debug, Clone, Serialize)]
pub struct RequestRecord {
    /// The number of the request, from 1.
    pub seq: u64,
    /// Milliseconds since the server started.
    pub at_ms: u64,
    /// The number of the connection that carried it, from 1.
    pub connection: u64,
    /// The method.
    pub method: String,
    /// The request target: path and query.
    pub path: String,
    /// The header fields, names in lower case, repeated ones kept; keys are [`redacted`](crate::redacted).
    pub headers: Vec<(String, String)>,
    /// The body, once the server has stopped reading it.
    pub body: Option<BodyRecord>,
    /// The fault that was injected.
    pub fault: Option<Arc<Rule>>,
    /// The status that was answered.
    pub status: Option<u16>,
    /// The request's end.
    pub outcome: Outcome,
}

impl RequestRecord {
    /// Returns the first value of a header field. Case does not matter in the name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Returns the body's bytes if the server read a body of at most 64 KiB.
    pub fn body_bytes(&self) -> Option<&[u8]> {
        self.body.as_ref()?.bytes.as_deref()
    }
}

impl RequestRecord {
    /// Returns its approximate size in bytes.
    pub(crate) fn size(&self) -> u64 {
        let headers = self.headers.iter();
        let headers: usize = headers
            .map(|(name, value)| name.len() + value.len() + TEXTS)
            .sum();
        let body = self.body.as_ref().and_then(|body| body.bytes.as_ref());
        (RECORD + self.path.len() + headers + body.map_or(0, Bytes::len)) as u64
    }
}

/// The state of a delivery, as the service names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Not attempted yet.
    Pending,
    /// An attempt is under way.
    InFlight,
    /// An attempt failed and another one will follow.
    RetryScheduled,
    /// The endpoint answered 2xx.
    Succeeded,
    /// The endpoint refused it finally, or all attempts failed.
    DeadLettered,
    /// It was dead-lettered, and an operator skipped it.
    Skipped,
}

impl DeliveryState {
    /// Returns whether no further attempt follows automatically.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Succeeded | Self::DeadLettered | Self::Skipped)
    }
}

impl fmt::Display for DeliveryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::InFlight => "in_flight",
            Self::RetryScheduled => "retry_scheduled",
            Self::Succeeded => "succeeded",
            Self::DeadLettered => "dead_lettered",
            Self::Skipped => "skipped",
        })
    }
}

/// One attempt to deliver.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The number of the attempt, from 1.
    pub attempt_no: u32,
    /// The number of times that a worker had claimed the delivery.
    pub claim_version: u32,
    /// `success`, `retryable_failure` or `permanent_failure`.
    pub status: String,
    /// Its duration.
    pub latency_ms: u64,
    /// The status of the endpoint's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_status: Option<u16>,
    /// The class of its failure, such as `http_404`, `connection` or `timeout`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_class: Option<String>,
}

/// One event on its way to one endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliveryRecord {
    /// The delivery's ULID.
    pub delivery_id: String,
    /// The URL of the endpoint.
    pub endpoint: String,
    /// The number of the endpoint, from 0.
    #[serde(default)]
    pub endpoint_index: usize,
    /// Its state.
    pub state: DeliveryState,
    /// The attempts so far.
    pub attempts: Vec<Attempt>,
}

/// A recorded event.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct EventRecord {
    /// Its place in the order of recording, from 1.
    pub order: u64,
    /// The event's ULID.
    pub event_id: String,
    /// The first 16 hex digits of the SHA-256 of the producer key that sent it.
    pub producer: String,
    /// The topic.
    pub topic: String,
    /// The idempotency key, if the client sent one.
    pub idempotency_key: Option<String>,
    /// The ordering key, from the header or from the payload.
    pub ordering_key: Option<String>,
    /// The raw bytes of the payload.
    pub payload: String,
    /// The lower-case hex SHA-256 of the payload.
    pub payload_sha256: String,
    /// The number of repeated requests with the same key and bytes.
    pub replays: u64,
    /// One for each endpoint that wanted the topic.
    pub deliveries: Vec<DeliveryRecord>,
}

impl EventRecord {
    /// Returns its approximate size in bytes, with the attempts that its deliveries may have.
    pub(crate) fn size(&self) -> u64 {
        let key = |key: &Option<String>| key.as_ref().map_or(0, String::len);
        // The idempotency key is stored twice.
        let keys = 2 * key(&self.idempotency_key) + key(&self.ordering_key);
        let deliveries = self.deliveries.len() * 2 * RECORD;
        (RECORD + self.topic.len() + keys + self.payload.len() + deliveries) as u64
    }
}

/// Counts of everything since the start or the last reset.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Requests whose head arrived.
    pub requests: u64,
    /// Requests that have ended.
    pub finished: u64,
    /// Recorded events, with those from a ledger file.
    pub events: u64,
    /// Idempotency keys in use.
    pub distinct_keys: u64,
    /// Requests that repeated a key with the same bytes.
    pub replays: u64,
    /// Requests that repeated a key with other bytes.
    pub conflicts: u64,
    /// Accepted connections, without those that only carried control requests.
    pub connections: u64,
    /// Counted connections that are still open.
    pub open_connections: u64,
    /// Connections whose TLS handshake failed.
    pub tls_failures: u64,
    /// Connections that ended with bytes that are not HTTP, or with half a request.
    pub malformed: u64,
    /// Deliveries of all the events.
    pub deliveries: u64,
    /// Attempts of all the deliveries.
    pub attempts: u64,
    /// Deliveries that succeeded.
    pub succeeded: u64,
    /// Dead letters that were neither replayed nor skipped.
    pub dead_lettered: u64,
    /// Dead letters that were skipped.
    pub skipped: u64,
}

/// The lower-case hex SHA-256 of some bytes.
pub(crate) fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
