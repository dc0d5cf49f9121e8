//! An outbox: an event is stored before it is sent, and sent again after a crash. The service records it once.

use std::error::Error;
use std::fs;
use std::path::Path;

use hookrail::{Client, Outcome, Prepared};

fn main() -> Result<(), Box<dyn Error>> {
    let folder = Path::new("outbox");
    fs::create_dir_all(folder)?;
    let client = Client::from_env()?;
    store(&client, folder)?;
    println!("{} recorded", send_all(&client, folder)?);
    Ok(())
}

/// Stores an event. A program with a database writes it in the transaction that the event tells of.
pub fn store(client: &Client, folder: &Path) -> Result<(), Box<dyn Error>> {
    let event = client.event("orders.created", &["o_1"]).prepare()?;
    let name = folder.join(event.idempotency_key());
    fs::write(name, event.encode())?;
    Ok(())
}

/// Sends the stored events, and removes those that need not be sent again. Returns how many the service has recorded.
pub fn send_all(client: &Client, folder: &Path) -> Result<usize, Box<dyn Error>> {
    let mut recorded = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let event = Prepared::decode(&fs::read(&path)?)?;
        match client.send_prepared(&event) {
            Ok(_) => recorded += 1,
            // It stays for the next time.
            Err(error) if error.is_retryable() || error.outcome() == Outcome::MaybeSent => continue,
            Err(error) => eprintln!("{}: {error}", event.idempotency_key()),
        }
        fs::remove_file(path)?;
    }
    Ok(recorded)
}
