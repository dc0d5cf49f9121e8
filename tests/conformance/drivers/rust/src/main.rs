//! The driver of the Rust library: translates the line protocol of the conformance suite into calls of the crate
//! `hookrail`. It is also an example of the use of the crate.

mod client;
mod clients;
mod producer;
mod request;
mod results;
mod verification;

use std::io::{self, BufRead, Write};

use serde_json::{Value, json};

use crate::clients::Clients;
use crate::request::{Problem, Reply, Request};

/// A command, by its name in the protocol.
type Command = fn(&mut Clients, &Request) -> Reply;

const COMMANDS: &[(&str, Command)] = &[
    ("hello", |_, _| Ok(hello())),
    ("verify", |_, request| verification::verify(request)),
    ("verify_chunks", |_, request| {
        verification::verify_chunks(request)
    }),
    ("verify_request", |_, request| {
        verification::verify_request(request)
    }),
    ("sign", |_, request| verification::sign(request)),
    ("client_new", client::new),
    ("client_free", client::free),
    ("send", client::send),
    ("prepare", client::prepare),
    ("send_prepared", client::send_prepared),
    ("get_event", client::get_event),
    ("stats", client::stats),
    ("close", producer::close),
    ("submit", producer::submit),
    ("submit_prepared", producer::submit_prepared),
    ("collect", producer::collect),
    ("flush", producer::flush),
    ("pending", producer::pending),
    ("cancel_submitted", producer::cancel_submitted),
    ("purge", producer::purge),
];

fn main() -> io::Result<()> {
    let mut clients = Clients::new()?;
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let answer = answer(&mut clients, &line?).map_err(io::Error::other)?;
        writeln!(output, "{answer}")?;
        output.flush()?;
    }
    Ok(())
}

fn answer(clients: &mut Clients, line: &str) -> Result<Value, String> {
    let request = Request::parse(line)?;
    let id = request.int("id")?;
    let name = request.text("command")?;
    let Some((_, command)) = COMMANDS.iter().find(|(known, _)| *known == name) else {
        return Ok(json!({"id": id, "unsupported": format!("no command {name}")}));
    };
    match command(clients, &request) {
        Ok(result) => Ok(json!({"id": id, "ok": result})),
        Err(Problem::Refused(error)) => Ok(json!({"id": id, "error": error})),
        Err(Problem::Inexpressible(argument)) => Ok(json!({"id": id, "inexpressible": argument})),
        Err(Problem::Mistaken(reason)) => Err(format!("{name}: {reason}")),
    }
}

fn hello() -> Value {
    let names: Vec<&str> = COMMANDS.iter().map(|(name, _)| *name).collect();
    json!({
        "protocol": 1,
        "language": "rust",
        // The driver and the library have the version of their workspace.
        "version": env!("CARGO_PKG_VERSION"),
        "cancellation": "error",
        "commands": names,
    })
}
