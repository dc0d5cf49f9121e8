//! The environment of a scenario: its own development server, and names for parts of it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use hookrail_devserver::{
    Config, ConfigError, DeliveryState, DevServer, Endpoint, Rule, SelfSigned, Summary, Tls,
};
use serde_json::{Map, Value};
use socket2::{Domain, Socket, Type};

use crate::receiver::Receiver;

/// The longest time that the server waits for events of a scenario.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// The wait before a delivery is repeated.
const DELIVERY_RETRY: Duration = Duration::from_millis(1);
/// The secret with which deliveries to a scenario's endpoints are signed.
const ENDPOINT_SECRET: &str = "whsec_conformance";

/// A scenario's server, and the values of the names in the scenario's texts.
#[derive(Debug)]
pub struct World {
    server: DevServer,
    receivers: Vec<Receiver>,
    /// Bound but never listening: connections to it are refused, and no other program gets its port.
    refusing: Socket,
    language_and_version: String,
}

impl World {
    /// Starts the server that the scenario describes.
    pub fn start(case: &Map<String, Value>, language_and_version: String) -> Result<Self, String> {
        let (config, receivers) = config(case.get("server"))?;
        let world = Self {
            receivers,
            server: DevServer::start(config).map_err(|error| error.to_string())?,
            refusing: refusing_socket().map_err(|error| error.to_string())?,
            language_and_version,
        };
        if let Some(rules) = case.get("faults") {
            world.inject(rules)?;
        }
        Ok(world)
    }

    /// Returns the server.
    pub fn server(&self) -> &DevServer {
        &self.server
    }

    /// Returns the user agent, without a suffix.
    pub fn user_agent(&self) -> String {
        format!("hookrail-{}", self.language_and_version)
    }

    /// Replaces each `{{name}}` in a text by its value.
    pub fn fill_in(&self, text: &str) -> String {
        if !text.contains("{{") {
            return text.to_owned();
        }
        let addr = self.server.addr();
        let refusing = self
            .refusing
            .local_addr()
            .ok()
            .and_then(|addr| addr.as_socket_ipv4());
        let refusing = refusing.map_or(0, |addr| addr.port());
        text.replace("{{server}}", &self.server.url())
            .replace("{{host}}", &addr.to_string())
            .replace("{{port}}", &addr.port().to_string())
            .replace("{{refusing}}", &format!("127.0.0.1:{refusing}"))
            .replace("{{ca_pem}}", self.server.ca_pem().unwrap_or_default())
            .replace("{{user_agent}}", &self.user_agent())
    }

    /// Adds fault rules.
    pub fn inject(&self, rules: &Value) -> Result<(), String> {
        let rules = self.fill_in_everywhere(rules);
        let rules: Vec<Rule> = serde_json::from_value(rules).map_err(|error| error.to_string())?;
        self.server
            .add_faults(rules)
            .map_err(|error| error.to_string())
    }

    /// Waits until each given count is at least this number, or at most, if its name begins with `max_`.
    pub fn wait(&self, bounds: &Map<String, Value>) -> Result<(), String> {
        let reached = |summary: &Summary| {
            let summary = serde_json::to_value(summary).unwrap_or_default();
            let holds = |(name, bound): (&String, &Value)| match name.strip_prefix("max_") {
                Some(name) => summary[name].as_u64() <= bound.as_u64(),
                None => summary[name].as_u64() >= bound.as_u64(),
            };
            bounds.iter().all(holds)
        };
        match self.server.wait_until(PATIENCE, reached) {
            Ok(_) => Ok(()),
            Err(counts) => Err(format!(
                "the server did not get to {} within {PATIENCE:?}: {counts:?}",
                Value::Object(bounds.clone())
            )),
        }
    }

    /// Returns the answer of `/readyz`.
    pub fn readiness(&self) -> Result<u16, String> {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(PATIENCE));
        let agent = ureq::Agent::from(config.build());
        let answer = agent
            .get(format!("http://{}/readyz", self.server.addr()))
            .call();
        answer
            .map(|answer| answer.status().as_u16())
            .map_err(|error| format!("/readyz: {error}"))
    }

    /// Replays or skips the oldest dead letter.
    pub fn resolve(&self, how: &str) -> Result<(), String> {
        let events = self.server.events();
        let mut deliveries = events.iter().flat_map(|event| &event.deliveries);
        let dead = deliveries
            .find(|delivery| delivery.state == DeliveryState::DeadLettered)
            .ok_or_else(|| format!("there is no dead letter to {how}"))?;
        let done = match how {
            "replay" => self.server.replay_delivery(&dead.delivery_id),
            _ => self.server.skip_delivery(&dead.delivery_id),
        };
        done.map_err(|error| error.to_string())
    }

    /// Returns the deliveries to the endpoints, endpoint by endpoint.
    pub fn deliveries(&self) -> Vec<Value> {
        self.receivers
            .iter()
            .flat_map(Receiver::deliveries)
            .collect()
    }

    fn fill_in_everywhere(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill_in(text)),
            Value::Array(items) => items
                .iter()
                .map(|item| self.fill_in_everywhere(item))
                .collect(),
            Value::Object(members) => members
                .iter()
                .map(|(name, member)| (name.clone(), self.fill_in_everywhere(member)))
                .collect(),
            other => other.clone(),
        }
    }
}

fn config(server: Option<&Value>) -> Result<(Config, Vec<Receiver>), String> {
    let mut config = Config::default();
    config.delivery.retry = DELIVERY_RETRY;
    let mut receivers = Vec::new();
    let Some(server) = server else {
        return Ok((config, receivers));
    };
    for (name, value) in server.as_object().ok_or("`server` is no object")? {
        match (name.as_str(), value) {
            ("path_prefix", Value::String(prefix)) => config.path_prefix.clone_from(prefix),
            ("tls", Value::String(kind)) => config.tls = Some(Tls::SelfSigned(certificate(kind)?)),
            ("api_keys", Value::Array(keys)) => {
                let parse = |key: &Value| key.as_str().unwrap_or_default().parse();
                let keys: Result<_, ConfigError> = keys.iter().map(parse).collect();
                config.api_keys = keys.map_err(|error| error.to_string())?;
            }
            ("rate_limit", Value::String(limit)) => {
                let limit = limit
                    .parse()
                    .map_err(|error: ConfigError| error.to_string())?;
                config.rate_limit = Some(limit);
            }
            ("backlog_max", Value::Number(most)) => {
                config.backlog_max = most.as_u64().and_then(|most| usize::try_from(most).ok());
            }
            ("outage", Value::Bool(outage)) => config.outage = *outage,
            ("endpoints", Value::Array(endpoints)) => {
                for description in endpoints {
                    let (endpoint, receiver) = endpoint(description)?;
                    config.endpoints.push(endpoint);
                    receivers.push(receiver);
                }
            }
            _ => return Err(format!("`server` has no setting `{name}` of {value}")),
        }
    }
    Ok((config, receivers))
}

/// Makes an endpoint of the server, and the receiver behind it.
fn endpoint(description: &Value) -> Result<(Endpoint, Receiver), String> {
    let unknown = || format!("an endpoint is not described by {description}");
    let members = description.as_object().ok_or_else(unknown)?;
    let mut script = Vec::new();
    let mut ordered = false;
    for (name, value) in members {
        match (name.as_str(), value) {
            ("ordered", Value::Bool(flag)) => ordered = *flag,
            ("answers", Value::Array(statuses)) => {
                let status = |value: &Value| value.as_u64().and_then(|n| u16::try_from(n).ok());
                let statuses: Option<Vec<u16>> = statuses.iter().map(status).collect();
                script = statuses.ok_or_else(unknown)?;
            }
            _ => return Err(unknown()),
        }
    }
    let receiver = Receiver::start(script).map_err(|error| error.to_string())?;
    let mut endpoint =
        Endpoint::new(&receiver.url(), ENDPOINT_SECRET).map_err(|error| error.to_string())?;
    if ordered {
        endpoint = endpoint.ordered();
    }
    Ok((endpoint, receiver))
}

fn certificate(kind: &str) -> Result<SelfSigned, String> {
    match kind {
        "good" => Ok(SelfSigned::default()),
        "expired" => Ok(SelfSigned::default().expired()),
        "of_another_name" => Ok(SelfSigned::default().for_name("other.example")),
        _ => Err(format!("there is no certificate that is {kind}")),
    }
}

fn refusing_socket() -> std::io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into())?;
    Ok(socket)
}
