//! A service that limits the requests of a key as the real one does, with a token bucket.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::raw::{RawServer, accepted, response};

#[derive(Debug)]
struct Bucket {
    rate: f64,
    burst: f64,
    tokens: f64,
    at: Instant,
}

impl Bucket {
    fn take(&mut self) -> bool {
        let now = Instant::now();
        let gained = now.duration_since(self.at).as_secs_f64() * self.rate;
        self.tokens = (self.tokens + gained).min(self.burst);
        self.at = now;
        let takes = self.tokens >= 1.0;
        if takes {
            self.tokens -= 1.0;
        }
        takes
    }
}

/// A server that answers 202, or 429 above `rate` requests a second or `burst` requests at once.
pub fn limited_server(rate: f64, burst: f64) -> RawServer {
    let bucket = Arc::new(Mutex::new(Bucket {
        rate,
        burst,
        tokens: burst,
        at: Instant::now(),
    }));
    RawServer::start(move |mut peer| {
        while peer.request().is_some() {
            let takes = bucket.lock().unwrap_or_else(PoisonError::into_inner).take();
            peer.send(match takes {
                true => accepted("e1"),
                false => rate_limited(),
            });
        }
    })
}

/// The service's answer to a key with too many requests.
pub fn rate_limited() -> Vec<u8> {
    let problem = r#"{"type":"about:blank","title":"rate limited","status":429}"#;
    let headers = [("Content-Type", "application/problem+json")];
    response("429 Too Many Requests", &headers, problem)
}
