//! Sends an event in each way, and asks the development server with another HTTP client for the number of events.

use std::error::Error;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use hookrail::{Client, Outcome, Status, Verifier};
use serde::Serialize;

#[derive(Serialize)]
struct Order {
    order_id: String,
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        thread::park();
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let url = std::env::args().nth(1).ok_or("the URL of a service is missing")?;
    let client = Client::builder().api_key("hk_dev").base_url(&url).build()?;
    let order = Order { order_id: "o_1".into() };
    client.send("orders.created", &order)?;
    block_on(client.send_async("orders.created", &order))?;
    client.submit("orders.created", &order)?;
    for completion in client.poll(1, Duration::from_secs(60))? {
        completion.result?;
    }
    let stored = client.event("orders.created", &order).prepare()?.encode();
    client.send_prepared(&hookrail::Prepared::decode(&stored)?)?;

    let refused = client.send("", &order).expect_err("a topic is needed");
    assert_eq!((refused.status(), refused.outcome()), (Status::InvalidArgument, Outcome::NotSent));
    assert!(Verifier::new(["whsec_a"])?.verify([("host", "h")], "{}").is_err());

    let summary = ureq::get(format!("{url}/_control/summary")).call()?.body_mut().read_to_string()?;
    println!("{summary}");
    Ok(())
}
