//! Submits events to the queue, and collects what has become of them in a thread.

use std::error::Error;
use std::thread;
use std::time::Duration;

use hookrail::{Client, Outcome, SubmitOptions};

fn main() -> Result<(), Box<dyn Error>> {
    run(&Client::from_env()?)
}

/// Submits the events.
pub fn run(client: &Client) -> Result<(), Box<dyn Error>> {
    let collector = {
        let client = client.clone();
        thread::spawn(move || collect(&client))
    };
    for number in 0..100_u64 {
        // The tag comes back with the completion. A full queue makes this wait.
        let options = SubmitOptions::new()
            .tag(number)
            .wait_for_room(Duration::from_secs(5));
        client
            .event("numbers.counted", &number)
            .submit_with(&options)?;
    }
    let given_up = client.close(Duration::from_secs(30))?;
    let delivered = collector.join().map_err(|_| "the collector panicked")??;
    println!("{delivered} recorded, {given_up} given up");
    Ok(())
}

/// Collects completions until the client is closed and none is left. Returns how many events were recorded.
fn collect(client: &Client) -> hookrail::Result<usize> {
    let mut delivered = 0;
    loop {
        let is_closed = client.is_closed();
        let completions = client.poll(100, Duration::from_millis(100))?;
        let pending = client.pending();
        if is_closed && completions.is_empty() && pending.queued + pending.in_flight == 0 {
            return Ok(delivered);
        }
        for completion in completions {
            match completion.outcome() {
                Outcome::Delivered => delivered += 1,
                outcome => eprintln!("{}: {outcome}", completion.tag),
            }
        }
    }
}
