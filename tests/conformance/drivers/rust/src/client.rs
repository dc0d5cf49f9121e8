//! Commands about clients and calls that wait.

use std::time::Duration;

use hookrail::ClientOptions;
use hookrail::ExtraHeaders;
use hookrail::ProxySetting;
use hookrail::TlsRoots;

use hookrail::{Client, SendOptions};
use serde_json::{Value, json};

use crate::clients::Clients;
use crate::request::{Problem, Reply, Request, encode};
use crate::results;

pub fn new(clients: &mut Clients, request: &Request) -> Reply {
    let api_key = request.optional_bytes("api_key")?;
    let base_url = request.optional_bytes("base_url")?;
    let options = options(&request.object("options")?)?;
    let client = Client::new(api_key.as_deref(), base_url.as_deref(), &options)?;
    clients.insert(request.text("client")?, client);
    Ok(json!({}))
}

type TimeSetter = fn(&mut ClientOptions, Duration) -> hookrail::Result<()>;
type SizeSetter = fn(&mut ClientOptions, usize) -> hookrail::Result<()>;

const TIMES: [(&str, TimeSetter); 5] = [
    ("connect_timeout_ms", ClientOptions::set_connect_timeout),
    ("read_timeout_ms", ClientOptions::set_read_timeout),
    ("write_timeout_ms", ClientOptions::set_write_timeout),
    ("total_timeout_ms", ClientOptions::set_total_timeout),
    ("delivery_timeout_ms", ClientOptions::set_delivery_timeout),
];

const SIZES: [(&str, SizeSetter); 3] = [
    ("queue_max_events", ClientOptions::set_queue_max_events),
    ("queue_max_bytes", ClientOptions::set_queue_max_bytes),
    ("workers", ClientOptions::set_workers),
];

fn options(request: &Request) -> Result<ClientOptions, Problem> {
    let mut options = ClientOptions::default();
    for (name, set) in TIMES {
        if let Some(time) = request.optional_time(name)? {
            set(&mut options, time)?;
        }
    }
    for (name, set) in SIZES {
        if let Some(size) = request.optional_size(name)? {
            set(&mut options, size)?;
        }
    }
    if let Some(retries) = request.optional_size("max_retries")? {
        let too_many = |_| Problem::Inexpressible(format!("max_retries: {retries} as a u32"));
        options.set_max_retries(u32::try_from(retries).map_err(too_many)?);
    }
    if let Some(pair) = request.optional_pair("backoff_ms")? {
        let time = |name| pair.optional_time(name).map(Option::unwrap_or_default);
        options.set_backoff(time("0")?, time("1")?)?;
    }
    if request.has("respect_retry_after") {
        options.set_respect_retry_after(request.flag("respect_retry_after"));
    }
    if let Some(connections) = request.optional_size("idle_connections")? {
        options.set_idle_connections(connections);
    }
    if let Some(bytes) = request.optional_size("payload_limit")? {
        options.set_payload_limit(bytes);
    }
    if let Some(suffix) = request.optional_bytes("user_agent_suffix")? {
        options.set_user_agent_suffix(&suffix)?;
    }
    for (name, value) in request.texts("headers")? {
        options.add_header(name, value)?;
    }
    route(request, &mut options)?;
    Ok(options)
}

/// Sets the options about the network.
fn route(request: &Request, options: &mut ClientOptions) -> Result<(), Problem> {
    if let Some(pem) = request.optional_bytes("ca_pem")? {
        options.add_ca_pem(&pem)?;
    }
    if request.flag("extra_roots_only") {
        options.set_tls_roots(TlsRoots::ExtraOnly);
    }
    if request.flag("no_proxy") {
        options.set_proxy(ProxySetting::None);
    }
    if let Some(url) = request.optional_bytes("proxy")? {
        let url = String::from_utf8(url);
        let url = url.map_err(|_| Problem::Inexpressible("a proxy that is not UTF-8".into()))?;
        options.set_proxy(ProxySetting::Explicit(url));
    }
    Ok(())
}

pub fn free(clients: &mut Clients, request: &Request) -> Reply {
    clients.remove(request.text("client")?);
    Ok(json!({}))
}

/// Returns the keys of an event and its send options.
pub fn send_options(clients: &Clients, request: &Request) -> Result<SendOptions, Problem> {
    let mut headers = ExtraHeaders::default();
    for (name, value) in request.texts("headers")? {
        headers.add(name, value)?;
    }
    Ok(SendOptions {
        headers,
        idempotency_key: request
            .optional_bytes("idempotency_key")?
            .map(hookrail::IdempotencyKey::new)
            .transpose()?,
        ordering_key: request
            .optional_bytes("ordering_key")?
            .map(hookrail::OrderingKey::new)
            .transpose()?,
        call: clients.call_options(request)?,
    })
}

pub fn send(clients: &mut Clients, request: &Request) -> Reply {
    let options = send_options(clients, request)?;
    let client = &clients.get(request)?.client;
    let accepted = client.send(
        &request.bytes("topic")?,
        &request.bytes("payload")?,
        &options,
    )?;
    Ok(results::accepted(&accepted))
}

pub fn prepare(clients: &mut Clients, request: &Request) -> Reply {
    let options = send_options(clients, request)?;
    let client = &clients.get(request)?.client;
    let event = client.prepare(
        &request.bytes("topic")?,
        &request.bytes("payload")?,
        &options,
    )?;
    Ok(json!({
        "blob": encode(&event.encode()),
        "idempotency_key": event.idempotency_key(),
    }))
}

pub fn send_prepared(clients: &mut Clients, request: &Request) -> Reply {
    let options = clients.call_options(request)?;
    let event = hookrail::Prepared::decode(&request.bytes("blob")?)?;
    let accepted = clients
        .get(request)?
        .client
        .send_prepared(&event, &options)?;
    Ok(results::accepted(&accepted))
}

pub fn get_event(clients: &mut Clients, request: &Request) -> Reply {
    let options = clients.call_options(request)?;
    let client = &clients.get(request)?.client;
    let event = client.get_event(&request.bytes("event_id")?, &options)?;
    Ok(results::event(&event))
}

pub fn stats(clients: &mut Clients, request: &Request) -> Reply {
    let counters = clients.get(request)?.client.stats().to_json();
    let counters: Value = serde_json::from_str(&counters).map_err(|error| error.to_string())?;
    Ok(counters)
}
