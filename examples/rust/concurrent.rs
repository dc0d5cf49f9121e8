//! Sends many events at the same time from an asynchronous program. No thread waits; any executor will do.

use std::error::Error;
use std::time::Duration;

use hookrail::Client;
use tokio::task::JoinSet;
use tokio::time::timeout;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    run(Client::from_env()?).await
}

/// Sends the events.
pub async fn run(client: Client) -> Result<(), Box<dyn Error>> {
    let mut sends = JoinSet::new();
    for number in 0..20 {
        let client = client.clone();
        sends.spawn(async move {
            let payload = serde_json::json!({ "number": number });
            client.send_async("numbers.counted", &payload).await
        });
    }
    while let Some(sent) = sends.join_next().await {
        println!("recorded as {}", sent??.event_id);
    }

    // A future that is dropped ends its call. Here the key is known, so that the event can be sent again.
    let event = client
        .event("numbers.counted", &20)
        .idempotency_key("number-20");
    match timeout(Duration::from_secs(5), event.send_async()).await {
        Ok(sent) => println!("recorded as {}", sent?.event_id),
        Err(_) => eprintln!("number-20 may have been sent: send it again under the same key"),
    }
    Ok(())
}
