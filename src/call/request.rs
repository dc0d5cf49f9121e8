//! The heads of the requests that a client makes.

use crate::config::resolved::Config;
use crate::error::{Error, Result, Status};
use crate::protocol::percent::encode_path_segment;
use crate::protocol::prepared::Prepared;
use crate::transport::request::RequestHead;

const ORDERING_KEY: &str = "x-hookrail-ordering-key";

/// The common part of all requests of a client, built once. The transport adds the API key.
pub struct Requests {
    user_agent: String,
    events_path: String,
}

impl Requests {
    pub fn new(config: &Config) -> Self {
        Requests {
            user_agent: config.user_agent.clone(),
            events_path: format!("{}/v1/events", config.base_url.path_prefix()),
        }
    }

    /// Returns the head of `POST /v1/events` (protocol §1).
    pub fn send(&self, event: &Prepared) -> Result<RequestHead> {
        let mut head = self.head("POST", self.events_path.clone())?;
        add(&mut head, "content-type", "application/json")?;
        add(&mut head, "idempotency-key", event.idempotency_key())?;
        if let Some(key) = event.ordering_key() {
            add(&mut head, ORDERING_KEY, key)?;
        }
        Ok(head)
    }

    /// Returns the head of `GET /v1/events/{event_id}` (protocol §2).
    pub fn get_event(&self, event_id: &str) -> Result<RequestHead> {
        let path = format!("{}/{}", self.events_path, encode_path_segment(event_id));
        self.head("GET", path)
    }

    fn head(&self, method: &'static str, path: String) -> Result<RequestHead> {
        let mut head = RequestHead::new(method, path);
        add(&mut head, "user-agent", &self.user_agent)?;
        Ok(head)
    }
}

/// Adds a header. The values were all checked before, so a failure is a defect.
fn add(head: &mut RequestHead, name: &'static str, value: &str) -> Result<()> {
    head.add(name, value.as_bytes()).ok_or_else(|| {
        Error::new(
            Status::Internal,
            format!("the header {name} passed validation but cannot be sent"),
        )
    })
}
