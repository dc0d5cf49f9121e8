//! Commands about submitted events.

use std::time::{Duration, Instant};

use hookrail::{Flushed, Prepared, Purge, Status, SubmitOptions};
use serde_json::{Value, json};

use crate::client::Event;
use crate::clients::Clients;
use crate::request::{Problem, Reply, Request};
use crate::results;

fn tag(request: &Request) -> Result<u64, String> {
    u64::try_from(request.int("tag")?).map_err(|error| error.to_string())
}

fn time(request: &Request) -> Result<Duration, Problem> {
    let time = request.optional_time("timeout_ms")?;
    time.ok_or_else(|| Problem::Mistaken("timeout_ms is missing".into()))
}

fn submit_options(request: &Request) -> Result<SubmitOptions, Problem> {
    let options = SubmitOptions::new().tag(tag(request)?);
    Ok(match request.optional_time("wait_ms")? {
        Some(wait) => options.wait_for_room(wait),
        None => options,
    })
}

pub fn submit(clients: &mut Clients, request: &Request) -> Reply {
    let submit = submit_options(request)?;
    let event = Event::of(request)?;
    let held = clients.get(request)?;
    let event = event.build(&held.client, request)?;
    let token = event.submit_with(&submit)?;
    held.tokens.insert(tag(request)?, token);
    Ok(json!({}))
}

pub fn submit_prepared(clients: &mut Clients, request: &Request) -> Reply {
    let mut submit = submit_options(request)?;
    if let Some(timeout) = request.optional_time("timeout_ms")? {
        submit = submit.timeout(timeout);
    }
    let event = Prepared::decode(&request.bytes("blob")?)?;
    let held = clients.get(request)?;
    let token = held.client.submit_prepared(event, &submit)?;
    held.tokens.insert(tag(request)?, token);
    Ok(json!({}))
}

pub fn collect(clients: &mut Clients, request: &Request) -> Reply {
    let wanted = request.optional_size("count")?.unwrap_or_default();
    let deadline = Instant::now() + time(request)?;
    let client = &clients.get(request)?.client;
    let mut completions: Vec<Value> = Vec::new();
    while completions.len() < wanted {
        let left = deadline.saturating_duration_since(Instant::now());
        match client.poll(wanted - completions.len(), left) {
            Ok(collected) => completions.extend(collected.iter().map(results::completion)),
            // A late signal, after its call.
            Err(error) if error.status() == Status::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
        if left.is_zero() {
            break;
        }
    }
    Ok(json!({"completions": completions}))
}

pub fn flush(clients: &mut Clients, request: &Request) -> Reply {
    let deadline = Instant::now() + time(request)?;
    let client = &clients.get(request)?.client;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match client.flush(left)? {
            Flushed::All => return Ok(json!({"remaining": 0})),
            Flushed::TimedOut(remaining) => return Ok(json!({"remaining": remaining})),
            Flushed::Interrupted(_) => {}
        }
    }
}

pub fn pending(clients: &mut Clients, request: &Request) -> Reply {
    let pending = clients.get(request)?.client.pending();
    Ok(json!({"queued": pending.queued, "in_flight": pending.in_flight}))
}

pub fn cancel_submitted(clients: &mut Clients, request: &Request) -> Reply {
    let held = clients.get(request)?;
    let token = held
        .tokens
        .get(&tag(request)?)
        .ok_or_else(|| "no such event".to_owned())?;
    held.client.cancel_submitted(*token);
    Ok(json!({}))
}

pub fn purge(clients: &mut Clients, request: &Request) -> Reply {
    let which = Purge {
        queued: true,
        in_flight: request.flag("in_flight"),
    };
    Ok(json!({"purged": clients.get(request)?.client.purge(which)}))
}

pub fn close(clients: &mut Clients, request: &Request) -> Reply {
    let unsent = clients.get(request)?.client.close(time(request)?)?;
    Ok(json!({"unsent": unsent}))
}
