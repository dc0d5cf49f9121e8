//! Checks the ledger: the requests that a scenario expects, and the rules for all requests.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use hookrail_devserver::{RequestRecord, redacted};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::bytes;
use crate::matching::{self, Variables};
use crate::world::World;

type Members = Map<String, Value>;

/// The longest time until the server has finished all requests.
const PATIENCE: Duration = Duration::from_secs(30);

/// Returns the differences between the ledger and the expectations of `case`.
pub fn check(
    world: &World,
    case: &Members,
    api_keys: &BTreeSet<String>,
    variables: &mut Variables,
) -> Vec<String> {
    let mut problems = Vec::new();
    let requests = settled_requests(world, case);
    check_count(case, requests.len(), variables, &mut problems);
    if let Some(Value::Array(expected)) = case.get("requests") {
        if expected.len() != requests.len() {
            problems.push(format!(
                "{} requests, expected {}",
                requests.len(),
                expected.len()
            ));
        }
        for (number, (expected, request)) in (1..).zip(expected.iter().zip(&requests)) {
            let mut differences = Vec::new();
            compare(world, expected, request, variables, &mut differences);
            problems.extend(
                differences
                    .iter()
                    .map(|problem| format!("request {number}: {problem}")),
            );
        }
    }
    if let Some(expected) = case.get("events") {
        let events: Vec<Value> = world
            .server()
            .events()
            .iter()
            .map(|event| json!(event))
            .collect();
        matching::compare(expected, &json!(events), variables, "events", &mut problems);
    }
    if let Some(expected) = case.get("deliveries") {
        let deliveries = json!(world.deliveries());
        matching::compare(
            expected,
            &deliveries,
            variables,
            "deliveries",
            &mut problems,
        );
    }
    // The ledger has no details of a request that a fault ended before it was read.
    for request in requests
        .iter()
        .filter(|request| !request.headers.is_empty())
    {
        let invariants = headers_of_every_request(world, request, api_keys);
        problems.extend(invariants.map(|problem| format!("request {}: {problem}", request.seq)));
    }
    problems.extend(keys_without_one_body(&requests));
    problems
}

/// Returns the requests once the expected number is there and the server has finished each.
fn settled_requests(world: &World, case: &Members) -> Vec<RequestRecord> {
    let listed = case.get("requests").and_then(Value::as_array).map(Vec::len);
    let counted = case.get("request_count").and_then(Value::as_u64);
    let expected = counted
        .or(listed.and_then(|count| count.try_into().ok()))
        .unwrap_or(0);
    // The comparison will show a request that did not come in time.
    let _ = world.server().wait_until(PATIENCE, |counts| {
        counts.requests >= expected && counts.finished == counts.requests
    });
    world.server().requests()
}

fn check_count(
    case: &Members,
    count: usize,
    variables: &mut Variables,
    problems: &mut Vec<String>,
) {
    if let Some(expected) = case.get("request_count") {
        matching::compare(
            expected,
            &json!(count),
            variables,
            "request_count",
            problems,
        );
    }
}

fn compare(
    world: &World,
    expected: &Value,
    request: &RequestRecord,
    variables: &mut Variables,
    problems: &mut Vec<String>,
) {
    let Some(expected) = expected.as_object() else {
        problems.push(format!("{expected} is no description of a request"));
        return;
    };
    for (name, expected) in expected {
        match name.as_str() {
            "headers" => compare_headers(world, expected, request, variables, problems),
            "body" | "body_hex" => {}
            _ => {
                let actual = json!(request).get(name).cloned().unwrap_or_default();
                matching::compare(expected, &actual, variables, name, problems);
            }
        }
    }
    match bytes::member(expected, "body") {
        Ok(Some(expected)) => problems.extend(compare_body(&expected, request)),
        Ok(None) => {}
        Err(problem) => problems.push(problem),
    }
}

fn compare_headers(
    world: &World,
    expected: &Value,
    request: &RequestRecord,
    variables: &mut Variables,
    problems: &mut Vec<String>,
) {
    for (name, expected) in expected.as_object().into_iter().flatten() {
        let expected = match expected {
            Value::String(key) if name == "authorization" => Value::String(redacted(key)),
            Value::String(text) => Value::String(world.fill_in(text)),
            other => other.clone(),
        };
        let actual = json!(request.header(name));
        matching::compare(&expected, &actual, variables, name, problems);
    }
}

fn compare_body(expected: &[u8], request: &RequestRecord) -> Option<String> {
    let Some(body) = &request.body else {
        return Some("the server did not read the body".into());
    };
    if body.length == expected.len() && body.sha256 == hex::encode(Sha256::digest(expected)) {
        return None;
    }
    let shown = |bytes: &[u8]| String::from_utf8_lossy(&bytes[..bytes.len().min(500)]).into_owned();
    Some(format!(
        "the body has {} bytes: {:?}, expected {}: {:?}",
        body.length,
        shown(request.body_bytes().unwrap_or_default()),
        expected.len(),
        shown(expected)
    ))
}

/// Checks protocol section 1: each request has these headers exactly once.
fn headers_of_every_request(
    world: &World,
    request: &RequestRecord,
    api_keys: &BTreeSet<String>,
) -> impl Iterator<Item = String> {
    let user_agent = world.user_agent();
    let is_user_agent = |value: &str| {
        let rest = value.strip_prefix(&user_agent);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    let is_authorization = |value: &str| {
        let is_of = |key: &String| value == redacted(&format!("Bearer {key}"));
        // A client without an API key in the scenario has one from the environment.
        value.starts_with("Bearer ") && (api_keys.contains("") || api_keys.iter().any(is_of))
    };
    let mut checks: Vec<(&str, bool)> = vec![
        (
            "authorization",
            one(request, "authorization").is_some_and(is_authorization),
        ),
        (
            "user-agent",
            one(request, "user-agent").is_some_and(is_user_agent),
        ),
        ("host", one(request, "host").is_some()),
    ];
    if request.method == "POST" {
        let content_type = one(request, "content-type");
        checks.push(("content-type", content_type == Some("application/json")));
        let key = one(request, "idempotency-key");
        checks.push(("idempotency-key", key.is_some_and(|key| !key.is_empty())));
    }
    let wrong = checks.into_iter().filter(|(_, right)| !right);
    let problems: Vec<String> = wrong
        .map(|(name, _)| format!("{name} is {:?}", request.header(name)))
        .collect();
    problems.into_iter()
}

/// Returns the value of a header that must not be repeated.
fn one<'a>(request: &'a RequestRecord, name: &str) -> Option<&'a str> {
    let mut values = request.headers.iter().filter(|(field, _)| field == name);
    match (values.next(), values.next()) {
        (Some((_, value)), None) => Some(value),
        _ => None,
    }
}

/// Finds requests that have the same idempotency key but different bodies or ordering keys. Such requests are
/// allowed only if the scenario reused the key on purpose; the service answers them with 409.
fn keys_without_one_body(requests: &[RequestRecord]) -> Vec<String> {
    let mut seen = BTreeMap::new();
    let mut problems = Vec::new();
    for request in requests {
        let (Some(key), Some(body)) = (request.header("idempotency-key"), &request.body) else {
            continue;
        };
        if !body.complete || request.status == Some(409) {
            continue;
        }
        let sent = (
            body.sha256.clone(),
            request.header("x-hookrail-ordering-key"),
        );
        let first = seen.entry(key).or_insert_with(|| sent.clone());
        if *first != sent {
            problems.push(format!(
                "request {}: other bytes with the key {key}",
                request.seq
            ));
        }
    }
    problems
}
