//! Records the requests that have reached the service.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use hookrail_devserver::{DevServer, RequestRecord};

/// Remembers the keys that the service has seen.
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
    /// Returns whether a request with this key, or at least its head, has reached the service.
    pub fn has_seen(&self, server: &DevServer, key: &str) -> bool {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        for request in server.requests_since(seen.last) {
            seen.last = request.seq;
            seen.keys.extend(key_of(&request).map(str::to_owned));
        }
        seen.keys.contains(key)
    }
}

/// Returns the idempotency key of a request.
pub fn key_of(request: &RequestRecord) -> Option<&str> {
    request.header("idempotency-key")
}
