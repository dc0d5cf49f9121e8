//! Commands about signatures.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hookrail::webhook::{self, DELIVERY_ID_HEADER, SIGNATURE_HEADER};
use hookrail::{Rejection, Verifier};
use serde_json::json;

use crate::request::{Pair, Problem, Reply, Request};
use crate::results;

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Self {
        Self::Refused(results::rejection(&rejection))
    }
}

/// Returns the verifier of a request, and its time.
fn receiver(request: &Request) -> Result<(Verifier, SystemTime), Problem> {
    let now = match request.optional_int("now")? {
        Some(now) => time("now", now)?,
        None => SystemTime::now(),
    };
    let tolerance = match request.optional_int("tolerance")? {
        None => None,
        Some(tolerance) => Some(u64::try_from(tolerance).map_err(|_| {
            Problem::Inexpressible(format!("tolerance: {tolerance} s as a Duration"))
        })?),
    };
    let mut verifier = Verifier::new(request.list("secrets")?)?;
    if let Some(seconds) = tolerance {
        verifier = verifier.with_tolerance(Duration::from_secs(seconds));
    }
    Ok((verifier, now))
}

fn time(name: &str, seconds: i64) -> Result<SystemTime, Problem> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    let time = match seconds {
        0.. => UNIX_EPOCH.checked_add(distance),
        _ => UNIX_EPOCH.checked_sub(distance),
    };
    time.ok_or_else(|| Problem::Inexpressible(format!("{name}: {seconds} s as a SystemTime")))
}

/// Returns the headers of a delivery whose values are given.
fn headers(request: &Request) -> Result<[(&'static str, Vec<u8>); 2], Problem> {
    Ok([
        (SIGNATURE_HEADER, request.bytes("header")?),
        (DELIVERY_ID_HEADER, request.bytes("delivery_id")?),
    ])
}

pub fn verify(request: &Request) -> Reply {
    let (verifier, now) = receiver(request)?;
    let verified = verifier.verify_at(headers(request)?, request.bytes("body")?, now)?;
    Ok(results::verified(&verified))
}

pub fn verify_chunks(request: &Request) -> Reply {
    let (verifier, now) = receiver(request)?;
    let limit = request
        .optional_size("body_limit")?
        .filter(|limit| *limit > 0);
    let limit = limit.map(|limit| limit as u64);
    let mut verification = verifier.begin_at(headers(request)?, limit, now)?;
    for chunk in request.list("chunks")? {
        verification.update(chunk)?;
    }
    Ok(results::verified(&verification.finish()?))
}

pub fn verify_request(request: &Request) -> Reply {
    let (verifier, now) = receiver(request)?;
    let headers: Vec<Pair> = request.pairs("headers")?;
    let verified = verifier.verify_at(headers, request.bytes("body")?, now)?;
    let mut result = results::verified(&verified);
    result["delivery_id"] = json!(verified.delivery_id);
    Ok(result)
}

pub fn sign(request: &Request) -> Reply {
    let header = webhook::sign(
        request.bytes("secret")?,
        time("timestamp", request.int("timestamp")?)?,
        request.bytes("delivery_id")?,
        request.bytes("body")?,
    )?;
    Ok(json!({"header": header}))
}
