//! What has reached the service so far.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use hookrail_devserver::{DevServer, RequestRecord};

/// Remembers which keys the service has seen, as the requests come in.
#[derive(Debug, Default)]
pub struct Witness {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    last: u64,
    keys: HashSet<String>,
}

impl Witness {
    /// Whether a request with this key, or at least its head, has reached the service.
    pub fn has_seen(&self, server: &DevServer, key: &str) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for request in server.requests_since(seen.last) {
            seen.last = request.seq;
            seen.keys.extend(key_of(&request).map(str::to_owned));
        }
        seen.keys.contains(key)
    }
}

/// The idempotency key that a request carries.
pub fn key_of(request: &RequestRecord) -> Option<&str> {
    request.header("idempotency-key")
}
