//! The control API below `/_control/`. It needs no key, because this is a development server. It serves programs on
//! this machine and refuses web pages: see `door`.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::bodies::json_response;
use crate::config::{ConfigError, Endpoint};
use crate::dead_letter_error::NotDead;
use crate::door;
use crate::operator;
use crate::problem::Problem;
use crate::record::Summary;
use crate::rule::Rule;
use crate::shared::Shared;

const ROOT: &str = "/_control";
/// The limit in bytes of a control request's body.
const BODY_LIMIT: usize = 8 * 1024 * 1024;
/// The number of records in a list without `limit`.
const DEFAULT_LIMIT: u64 = 1_000;
/// The timeout of `wait` without `timeout_ms`.
const DEFAULT_WAIT_MS: u64 = 10_000;

const ROUTES: &str = "GET summary, requests, events, wait, faults, endpoints, outage; POST faults, endpoints, \
                      endpoints/{n}/secrets, deliveries/{id}/replay, deliveries/{id}/skip, shutdown; \
                      PUT faults, outage; DELETE faults, ledger";

type Answer = Result<Response<Full<Bytes>>, Problem>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EndpointBody {
    url: String,
    secrets: Vec<String>,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    ordered: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SecretBody {
    secret: String,
}

/// True while the service is without its database.
#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Outage {
    on: bool,
}

/// An endpoint as the API shows it, without its secrets.
#[derive(Serialize)]
struct EndpointView {
    index: usize,
    url: String,
    secrets: usize,
    topics: Vec<String>,
    ordered: bool,
}

/// The resource that a path of the control API names.
fn below(path: &str) -> Option<&str> {
    let rest = path.strip_prefix(ROOT)?;
    if rest.is_empty() {
        return Some(rest);
    }
    rest.strip_prefix('/')
}

/// Returns whether a path belongs to the control API.
pub(crate) fn owns(path: &str) -> bool {
    below(path).is_some()
}

pub(crate) async fn handle(
    shared: &Arc<Shared>,
    parts: &Parts,
    body: Incoming,
) -> Response<Full<Bytes>> {
    let mut response = match door::admit_control(parts, &shared.allowed_hosts) {
        Ok(()) => admitted(shared, parts, body).await,
        Err(refusal) => refusal.response(),
    };
    // A page must not use an answer as a script or a picture.
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(
        "cross-origin-resource-policy",
        HeaderValue::from_static("same-origin"),
    );
    response
}

async fn admitted(shared: &Arc<Shared>, parts: &Parts, body: Incoming) -> Response<Full<Bytes>> {
    let body = match Limited::new(body, BODY_LIMIT).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) => {
            return Problem::bad_request(format!("the body could not be read: {error}")).response();
        }
    };
    let answer = route(shared, parts, &body).await;
    answer.unwrap_or_else(|problem| problem.response())
}

async fn route(shared: &Arc<Shared>, parts: &Parts, body: &[u8]) -> Answer {
    let path = parts.uri.path();
    let words: Vec<&str> = below(path).unwrap_or_default().split('/').collect();
    let query = || Query::parse(parts.uri.query().unwrap_or_default());
    let ledger = &shared.ledger;
    match (&parts.method, words.as_slice()) {
        (&Method::GET, ["summary"]) => ok(&ledger.summary()),
        (&Method::GET, ["requests"]) => {
            let (since, limit) = query()?.page()?;
            list("requests", ledger.requests(since, limit))
        }
        (&Method::GET, ["events"]) => {
            let (since, limit) = query()?.page()?;
            list("events", ledger.events(since, limit))
        }
        (&Method::GET, ["wait"]) => wait(shared, query()?).await,
        (&Method::DELETE, ["ledger"]) => {
            ledger.reset().map_err(|error| {
                Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    format!("the ledger file could not be emptied: {error}"),
                )
            })?;
            no_content()
        }
        (&Method::GET, ["faults"]) => list("faults", shared.faults.pending()),
        (&Method::POST, ["faults"]) => faults(shared, shared.faults.append(rules(body)?)),
        (&Method::PUT, ["faults"]) => faults(shared, shared.faults.replace(rules(body)?)),
        (&Method::DELETE, ["faults"]) => {
            shared.faults.clear();
            no_content()
        }
        (&Method::GET, ["endpoints"]) => list("endpoints", endpoints(shared)),
        (&Method::POST, ["endpoints"]) => add_endpoint(shared, body),
        (&Method::POST, ["endpoints", index, "secrets"]) => rotate(shared, index, body),
        (&Method::POST, ["deliveries", id, "replay"]) => resolved(operator::replay(shared, id)),
        (&Method::POST, ["deliveries", id, "skip"]) => resolved(operator::skip(shared, id)),
        (&Method::GET, ["outage"]) => outage(shared),
        (&Method::PUT, ["outage"]) => {
            let body: Outage = parse(body, r#"{"on":true} or {"on":false}"#)?;
            shared.set_outage(body.on);
            outage(shared)
        }
        (&Method::POST, ["shutdown"]) => {
            shared.stop.send_replace(true);
            no_content()
        }
        (method, _) => Err(Problem::not_found(format!(
            "{method} {path} is not part of the control API; below {ROOT}/ there are: {ROUTES}"
        ))),
    }
}

fn ok(value: &impl Serialize) -> Answer {
    Ok(json_response(StatusCode::OK, value))
}

/// A list under its name.
fn list<T: Serialize>(name: &str, items: Vec<T>) -> Answer {
    ok(&HashMap::from([(name, items)]))
}

fn no_content() -> Answer {
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

fn parse<T: DeserializeOwned>(body: &[u8], what: &str) -> Result<T, Problem> {
    serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("the body is not {what}: {error}")))
}

fn rules(body: &[u8]) -> Result<Vec<Rule>, Problem> {
    parse(body, "a JSON list of fault rules")
}

fn faults(shared: &Shared, taken: Result<(), ConfigError>) -> Answer {
    taken.map_err(|error| Problem::bad_request(error.to_string()))?;
    list("faults", shared.faults.pending())
}

fn endpoints(shared: &Shared) -> Vec<EndpointView> {
    let endpoints = shared.endpoints();
    let view = |(index, endpoint): (usize, &Endpoint)| EndpointView {
        index,
        url: endpoint.url.to_string(),
        secrets: endpoint.secret_count(),
        topics: endpoint.topics.iter().map(ToString::to_string).collect(),
        ordered: endpoint.ordered,
    };
    endpoints.iter().enumerate().map(view).collect()
}

fn add_endpoint(shared: &Shared, body: &[u8]) -> Answer {
    let body: EndpointBody = parse(body, r#"{"url":…,"secrets":[…],"topics":[…]}"#)?;
    let endpoint = body
        .endpoint()
        .map_err(|error| Problem::bad_request(error.to_string()))?;
    shared.add_endpoint(endpoint);
    list("endpoints", endpoints(shared))
}

impl EndpointBody {
    fn endpoint(&self) -> Result<Endpoint, ConfigError> {
        let (oldest, newer) = self
            .secrets
            .split_first()
            .map_or(("", &[][..]), |(oldest, newer)| (oldest.as_str(), newer));
        let mut endpoint = Endpoint::new(&self.url, oldest)?;
        for secret in newer {
            endpoint = endpoint.secret(secret)?;
        }
        for topic in &self.topics {
            endpoint = endpoint.topic(topic.parse()?);
        }
        if self.ordered {
            endpoint = endpoint.ordered();
        }
        Ok(endpoint)
    }
}

fn rotate(shared: &Shared, index: &str, body: &[u8]) -> Answer {
    let body: SecretBody = parse(body, r#"{"secret":"whsec_…"}"#)?;
    let index = index
        .parse()
        .map_err(|_| Problem::not_found(format!("{index:?} is not the number of an endpoint")))?;
    shared
        .rotate_secret(index, &body.secret)
        .map_err(|error| Problem::bad_request(error.to_string()))?;
    list("endpoints", endpoints(shared))
}

fn outage(shared: &Shared) -> Answer {
    let on = shared.is_in_outage();
    ok(&Outage { on })
}

fn resolved(done: Result<(), NotDead>) -> Answer {
    match done {
        Ok(()) => no_content(),
        Err(why @ NotDead::Unknown(_)) => Err(Problem::not_found(why.to_string())),
        Err(why) => Err(Problem::new(StatusCode::CONFLICT, why.to_string())),
    }
}

async fn wait(shared: &Shared, mut query: Query) -> Answer {
    let timeout_ms = query.take("timeout_ms").unwrap_or(DEFAULT_WAIT_MS);
    let bounds = query.bounds(&shared.ledger.summary())?;
    let reached = |summary: &Summary| {
        let counts = counts(summary);
        bounds.iter().all(|bound| bound.holds(&counts))
    };
    let timeout = Duration::from_millis(timeout_ms);
    match shared.ledger.wait_async(timeout, reached).await {
        Ok(summary) => ok(&summary),
        Err(summary) => Err(Problem::new(
            StatusCode::GATEWAY_TIMEOUT,
            format!("not reached within {timeout_ms} ms: {}", json!(summary)),
        )),
    }
}

/// The counts of a summary by their names.
fn counts(summary: &Summary) -> HashMap<String, u64> {
    let value = json!(summary);
    serde_json::from_value(value).expect("a summary consists of numbers")
}

/// One condition of `wait`.
struct Bound {
    name: String,
    at_most: bool,
    limit: u64,
}

impl Bound {
    fn holds(&self, counts: &HashMap<String, u64>) -> bool {
        let count = counts.get(&self.name).copied().unwrap_or(0);
        if self.at_most {
            count <= self.limit
        } else {
            count >= self.limit
        }
    }
}

/// The parameters of a request, which are all numbers.
struct Query(Vec<(String, u64)>);

impl Query {
    fn parse(query: &str) -> Result<Self, Problem> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let number = |pair: &str| {
            let (name, value) = pair.split_once('=')?;
            Some((name.to_owned(), value.parse().ok()?))
        };
        let refused = |pair: &str| {
            Problem::bad_request(format!("parameter {pair:?} is not of the form name=number"))
        };
        let parsed: Result<_, _> = pairs
            .map(|pair| number(pair).ok_or_else(|| refused(pair)))
            .collect();
        parsed.map(Self)
    }

    fn take(&mut self, name: &str) -> Option<u64> {
        let found = self.0.iter().position(|(given, _)| given == name)?;
        Some(self.0.remove(found).1)
    }

    fn page(mut self) -> Result<(u64, usize), Problem> {
        let since = self.take("since").unwrap_or(0);
        let limit = self.take("limit").unwrap_or(DEFAULT_LIMIT);
        match self.0.first() {
            Some((name, _)) => Err(Problem::bad_request(format!(
                "unknown parameter {name:?}; there are since and limit"
            ))),
            None => Ok((since, usize::try_from(limit).unwrap_or(usize::MAX))),
        }
    }

    fn bounds(self, summary: &Summary) -> Result<Vec<Bound>, Problem> {
        let known = counts(summary);
        let bound = |(name, limit): (String, u64)| {
            let (name, at_most) = match name.strip_prefix("max_") {
                Some(name) => (name.to_owned(), true),
                None => (name, false),
            };
            if !known.contains_key(&name) {
                return Err(Problem::bad_request(format!(
                    "there is no count named {name:?}; GET {ROOT}/summary lists them"
                )));
            }
            Ok(Bound {
                name,
                at_most,
                limit,
            })
        };
        self.0.into_iter().map(bound).collect()
    }
}
