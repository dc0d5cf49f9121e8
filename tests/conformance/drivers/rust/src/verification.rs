//! Commands about signatures.

use std::time::{SystemTime, UNIX_EPOCH};

use hookrail::signing::find_headers;
use hookrail::signing::{self, Rejection, Verifier};
use serde_json::json;

use crate::request::{Problem, Reply, Request};
use crate::results;

const DEFAULT_TOLERANCE: i64 = 300;

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(results::rejection(&rejection))
    }
}

/// Secrets, tolerance and time.
struct Receiver {
    secrets: Vec<Vec<u8>>,
    tolerance: i64,
    now: i64,
}

impl Receiver {
    fn of(request: &Request) -> Result<Self, Problem> {
        Ok(Self {
            secrets: request.list("secrets")?,
            tolerance: request
                .optional_int("tolerance")?
                .unwrap_or(DEFAULT_TOLERANCE),
            now: match request.optional_int("now")? {
                Some(now) => now,
                None => clock()?,
            },
        })
    }

    fn secrets(&self) -> impl Iterator<Item = &[u8]> {
        self.secrets.iter().map(Vec::as_slice)
    }
}

fn clock() -> Result<i64, String> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let seconds = now.map_err(|error| error.to_string())?.as_secs();
    i64::try_from(seconds).map_err(|error| error.to_string())
}

pub fn verify(request: &Request) -> Reply {
    let receiver = Receiver::of(request)?;
    let verified = Verifier::new(receiver.secrets())?.verify(
        &request.bytes("header")?,
        &request.bytes("delivery_id")?,
        &request.bytes("body")?,
        receiver.tolerance,
        receiver.now,
    )?;
    Ok(results::verified(&verified))
}

pub fn verify_chunks(request: &Request) -> Reply {
    let receiver = Receiver::of(request)?;
    let limit = request
        .optional_size("body_limit")?
        .filter(|limit| *limit > 0);
    let mut verification = Verifier::new(receiver.secrets())?.begin(
        &request.bytes("header")?,
        &request.bytes("delivery_id")?,
        limit.map(|limit| limit as u64),
        receiver.tolerance,
        receiver.now,
    )?;
    for chunk in request.list("chunks")? {
        verification.update(&chunk)?;
    }
    Ok(results::verified(&verification.finish()?))
}

pub fn verify_once(request: &Request) -> Reply {
    let receiver = Receiver::of(request)?;
    signing::verify_signature(
        receiver.secrets(),
        &request.bytes("header")?,
        &request.bytes("delivery_id")?,
        &request.bytes("body")?,
        receiver.tolerance,
        receiver.now,
    )?;
    Ok(json!({}))
}

pub fn verify_request(request: &Request) -> Reply {
    let receiver = Receiver::of(request)?;
    let verifier = Verifier::new(receiver.secrets())?;
    let headers = request.pairs("headers")?;
    let found = find_headers::find(
        headers
            .iter()
            .map(|(name, value)| (name.as_slice(), value.as_slice())),
    )?;
    let verified = verifier.verify(
        &found.signature,
        found.delivery_id,
        &request.bytes("body")?,
        receiver.tolerance,
        receiver.now,
    )?;
    let mut result = results::verified(&verified);
    result["delivery_id"] = json!(String::from_utf8_lossy(found.delivery_id));
    Ok(result)
}

pub fn sign(request: &Request) -> Reply {
    let header = signing::sign(
        &request.bytes("secret")?,
        request.int("timestamp")?,
        &request.bytes("delivery_id")?,
        &request.bytes("body")?,
    )?;
    Ok(json!({"header": header}))
}
