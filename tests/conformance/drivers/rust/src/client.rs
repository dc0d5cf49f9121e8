//! Commands about clients and calls that wait.

use std::time::Duration;

use hookrail::{Client, ClientBuilder, EventBuilder, Prepared, TlsRoots};
use serde_json::json;

use crate::clients::Clients;
use crate::request::{Problem, Reply, Request, encode};
use crate::results;

pub fn new(clients: &mut Clients, request: &Request) -> Reply {
    let mut builder = options(&request.object("options")?)?;
    if let Some(key) = request.optional_utf8("api_key")? {
        builder = builder.api_key(key);
    }
    if let Some(url) = request.optional_utf8("base_url")? {
        builder = builder.base_url(url);
    }
    clients.insert(request.text("client")?, builder.build()?);
    Ok(json!({}))
}

type SetTime = fn(ClientBuilder, Duration) -> ClientBuilder;
type SetSize = fn(ClientBuilder, usize) -> ClientBuilder;

const TIMES: [(&str, SetTime); 5] = [
    ("connect_timeout_ms", ClientBuilder::connect_timeout),
    ("read_timeout_ms", ClientBuilder::read_timeout),
    ("write_timeout_ms", ClientBuilder::write_timeout),
    ("total_timeout_ms", ClientBuilder::total_timeout),
    ("delivery_timeout_ms", ClientBuilder::delivery_timeout),
];

const SIZES: [(&str, SetSize); 5] = [
    ("queue_max_events", ClientBuilder::queue_max_events),
    ("queue_max_bytes", ClientBuilder::queue_max_bytes),
    ("workers", ClientBuilder::workers),
    ("idle_connections", ClientBuilder::idle_connections),
    ("payload_limit", ClientBuilder::payload_limit),
];

fn options(request: &Request) -> Result<ClientBuilder, Problem> {
    let mut builder = Client::builder();
    for (name, set) in TIMES {
        if let Some(time) = request.optional_time(name)? {
            builder = set(builder, time);
        }
    }
    for (name, set) in SIZES {
        if let Some(size) = request.optional_size(name)? {
            builder = set(builder, size);
        }
    }
    if let Some(retries) = request.optional_size("max_retries")? {
        let too_many = |_| Problem::Inexpressible(format!("max_retries: {retries} as a u32"));
        builder = builder.max_retries(u32::try_from(retries).map_err(too_many)?);
    }
    if let Some(pair) = request.optional_pair("backoff_ms")? {
        let time = |name| pair.optional_time(name).map(Option::unwrap_or_default);
        builder = builder.backoff(time("0")?, time("1")?);
    }
    if request.has("respect_retry_after") {
        builder = builder.respect_retry_after(request.flag("respect_retry_after"));
    }
    if let Some(suffix) = request.optional_utf8("user_agent_suffix")? {
        builder = builder.user_agent_suffix(suffix);
    }
    for (name, value) in request.texts("headers")? {
        builder = builder.header(name, value);
    }
    route(request, builder)
}

/// Sets the options about the network.
fn route(request: &Request, mut builder: ClientBuilder) -> Result<ClientBuilder, Problem> {
    if let Some(pem) = request.optional_bytes("ca_pem")? {
        builder = builder.add_ca_pem(pem);
    }
    if request.flag("extra_roots_only") {
        builder = builder.tls_roots(TlsRoots::ExtraOnly);
    }
    if request.flag("no_proxy") {
        builder = builder.no_proxy();
    }
    if let Some(url) = request.optional_utf8("proxy")? {
        builder = builder.proxy(url);
    }
    Ok(builder)
}

pub fn free(clients: &mut Clients, request: &Request) -> Reply {
    clients.remove(request.text("client")?);
    Ok(json!({}))
}

/// The text and the JSON of an event.
pub struct Event {
    topic: String,
    payload: Vec<u8>,
}

impl Event {
    pub fn of(request: &Request) -> Result<Self, Problem> {
        Ok(Event {
            topic: request.utf8("topic")?,
            payload: request.bytes("payload")?,
        })
    }

    /// Returns the event with the settings of the request.
    pub fn build<'a>(
        &'a self,
        client: &'a Client,
        request: &Request,
    ) -> Result<EventBuilder<'a>, Problem> {
        let mut event = client.raw_event(&self.topic, &self.payload);
        for (name, value) in request.texts("headers")? {
            event = event.header(name, value);
        }
        if let Some(key) = request.optional_utf8("idempotency_key")? {
            event = event.idempotency_key(key);
        }
        if let Some(key) = request.optional_utf8("ordering_key")? {
            event = event.ordering_key(key);
        }
        if let Some(timeout) = request.optional_time("timeout_ms")? {
            event = event.timeout(timeout);
        }
        Ok(event)
    }
}

pub fn send(clients: &mut Clients, request: &Request) -> Reply {
    let cancel = clients.cancel_token(request)?;
    let event = Event::of(request)?;
    let mut builder = event.build(&clients.get(request)?.client, request)?;
    if let Some(cancel) = &cancel {
        builder = builder.cancel(cancel);
    }
    Ok(results::accepted(&builder.send()?))
}

pub fn prepare(clients: &mut Clients, request: &Request) -> Reply {
    let event = Event::of(request)?;
    let client = &clients.get(request)?.client;
    let event = event.build(client, request)?.prepare()?;
    Ok(json!({
        "blob": encode(&event.encode()),
        "idempotency_key": event.idempotency_key(),
    }))
}

pub fn send_prepared(clients: &mut Clients, request: &Request) -> Reply {
    let options = clients.call_options(request)?;
    let event = Prepared::decode(&request.bytes("blob")?)?;
    let client = &clients.get(request)?.client;
    let accepted = client.send_prepared_with(&event, &options)?;
    Ok(results::accepted(&accepted))
}

pub fn get_event(clients: &mut Clients, request: &Request) -> Reply {
    let options = clients.call_options(request)?;
    let event_id = request.utf8("event_id")?;
    let client = &clients.get(request)?.client;
    let event = client.get_event_with(&event_id, &options)?;
    Ok(results::event(&event))
}

pub fn stats(clients: &mut Clients, request: &Request) -> Reply {
    let stats = clients.get(request)?.client.stats();
    Ok(serde_json::to_value(stats).map_err(|error| error.to_string())?)
}
