//! Sends events: one with the defaults, one with settings of its own, and asks for the status of the second.
//!
//! The API key and the base URL come from `HOOKRAIL_API_KEY` and `HOOKRAIL_BASE_URL`. `cargo run --example sender` runs it.

use std::error::Error;
use std::time::Duration;

use hookrail::{Client, Outcome};
use serde::Serialize;

#[derive(Serialize)]
struct Order<'a> {
    order_id: &'a str,
    amount: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    run(&Client::from_env()?)
}

/// Sends the events.
pub fn run(client: &Client) -> Result<(), Box<dyn Error>> {
    let order = Order {
        order_id: "o_1",
        amount: 42,
    };
    let accepted = client.send("orders.created", &order)?;
    println!("recorded as {}", accepted.event_id);

    // A key that the program can make again: after a crash it sends the same event, and the service records it once.
    let sent = client
        .event("orders.paid", &order)
        .idempotency_key("o_1-paid")
        .ordering_key(order.order_id)
        .timeout(Duration::from_secs(10))
        .send();
    let accepted = match sent {
        Ok(accepted) => accepted,
        // The service may have the event: send it again later, under the same key.
        Err(error) if error.outcome() == Outcome::MaybeSent => return Err(error.into()),
        Err(error) => {
            eprintln!("{error}; after {} attempts", error.attempts());
            return Err(error.into());
        }
    };

    let event = client.get_event(&accepted.event_id)?;
    println!("{} has {} deliveries", event.topic, event.deliveries.len());
    Ok(())
}
