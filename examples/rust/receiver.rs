//! The part of a receiver that every web framework needs: the headers, the raw body, the answer. `http::HeaderMap` is the type
//! of axum, hyper, warp and actix-web 5; a map or a list of pairs will do as well.
//!
//! In axum: `async fn hook(State(receiver): State<Arc<Receiver>>, headers: HeaderMap, body: Bytes) -> StatusCode`.

use std::collections::HashSet;
use std::env;
use std::error::Error;
use std::sync::{Mutex, PoisonError};

use hookrail::webhook::{DELIVERY_ID_HEADER, SIGNATURE_HEADER, TOPIC_HEADER, sign};
use hookrail::{Rejection, Status, Verifier};
use http::{HeaderMap, StatusCode};

/// A receiver of webhooks.
pub struct Receiver {
    verifier: Verifier,
    /// The deliveries so far. A program keeps them in its database, with their effects.
    seen: Mutex<HashSet<String>>,
}

impl Receiver {
    /// Makes a receiver. During a rotation it has the new and the old secret.
    pub fn new(secrets: &[&str]) -> Result<Self, Rejection> {
        Ok(Receiver {
            verifier: Verifier::new(secrets)?,
            seen: Mutex::default(),
        })
    }

    /// Handles a request.
    pub fn handle(&self, headers: &HeaderMap, body: &[u8]) -> StatusCode {
        let verified = match self.verifier.verify(headers, body) {
            Ok(verified) => verified,
            // The service sends it again.
            Err(rejection) if rejection.status() == Status::BodyIncomplete => {
                return StatusCode::REQUEST_TIMEOUT;
            }
            Err(rejection) => {
                eprintln!("refused: {rejection}");
                return StatusCode::BAD_REQUEST;
            }
        };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.insert(verified.delivery_id) {
            // The topic is not signed: decide by what is in the body.
            let topic = headers.get(TOPIC_HEADER);
            println!("{topic:?}: {}", String::from_utf8_lossy(body));
        }
        StatusCode::NO_CONTENT
    }
}

/// Signs a delivery as the service does, and handles it.
fn main() -> Result<(), Box<dyn Error>> {
    let secret = env::var("HOOKRAIL_SECRET").unwrap_or_else(|_| "whsec_example".to_owned());
    let receiver = Receiver::new(&[&secret])?;
    let body = br#"{"order_id":"o_1"}"#;
    let signature = sign(&secret, std::time::SystemTime::now(), "d_1", body)?;
    let mut headers = HeaderMap::new();
    headers.insert(SIGNATURE_HEADER, signature.parse()?);
    headers.insert(DELIVERY_ID_HEADER, "d_1".parse()?);
    println!("{}", receiver.handle(&headers, body));
    Ok(())
}
