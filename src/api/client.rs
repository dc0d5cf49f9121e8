//! The client, and its calls besides those that send a new event.

use std::fmt;
use std::sync::Arc;

use super::call_options::CallOptions;
use super::future::{GetEventFuture, SendFuture};
use crate::call::stats::Stats;
use crate::client;
use crate::error::Result;
use crate::protocol::answer::{Accepted, EventStatus};
use crate::protocol::prepared::Prepared;

/// A client of a Hookrail service.
///
/// A clone is the same client: it shares the connections, the counters and the queue. Threads may share a client, and a
/// child of a fork may go on using it with connections of its own. When the last clone is dropped, the queued events are
/// given up; [`Client::close`] sends them first.
///
/// ```no_run
/// use hookrail::Client;
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Order<'a> {
///     order_id: &'a str,
///     amount: u32,
/// }
///
/// # fn main() -> hookrail::Result<()> {
/// let client = Client::builder()
///     .api_key("hk_...")
///     .base_url("https://hooks.example.com")
///     .build()?;
/// let accepted = client.send("orders.created", &Order { order_id: "o_1", amount: 42 })?;
/// println!("recorded as {}", accepted.event_id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    pub(super) core: Arc<client::Client>,
}

impl Client {
    /// Sends a prepared event. However often it is sent, and from any process, the service records it once.
    ///
    /// # Errors
    /// The errors of [`Client::send`] that come after the check of the event.
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client, stored: &[u8]) -> hookrail::Result<()> {
    /// use hookrail::Prepared;
    ///
    /// let event = Prepared::decode(stored)?;
    /// client.send_prepared(&event)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_prepared(&self, event: &Prepared) -> Result<Accepted> {
        self.send_prepared_with(event, &CallOptions::new())
    }

    /// The same as [`Client::send_prepared`], with options.
    ///
    /// # Errors
    /// Those of [`Client::send_prepared`]; `Cancelled` if the token was fired.
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client, event: &hookrail::Prepared) -> hookrail::Result<()> {
    /// use std::time::Duration;
    ///
    /// use hookrail::CallOptions;
    ///
    /// client.send_prepared_with(event, &CallOptions::new().timeout(Duration::from_secs(5)))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_prepared_with(&self, event: &Prepared, options: &CallOptions) -> Result<Accepted> {
        self.core.send_prepared(event, &options.0)
    }

    /// The same as [`Client::send_prepared`] for asynchronous programs.
    ///
    /// # Errors
    /// Those of [`Client::send_async`].
    ///
    /// ```no_run
    /// # async fn example(client: &hookrail::Client, event: &hookrail::Prepared) -> hookrail::Result<()> {
    /// client.send_prepared_async(event.clone()).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_prepared_async(&self, event: Prepared) -> SendFuture {
        SendFuture::new(self.core.clone(), Ok(event), None)
    }

    /// Asks for the status of an event: its deliveries and their attempts.
    ///
    /// # Errors
    /// `InvalidArgument` for an impossible id. `NotFound` if there is no such event, and also while the service's store is
    /// down. Otherwise the errors of [`Client::send`], without a key and an outcome.
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client) -> hookrail::Result<()> {
    /// for delivery in client.get_event("01JXAMPLEEVENTID00000000AA")?.deliveries {
    ///     println!("{}: {}", delivery.delivery_id, delivery.state_name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_event(&self, event_id: &str) -> Result<EventStatus> {
        self.get_event_with(event_id, &CallOptions::new())
    }

    /// The same as [`Client::get_event`], with options.
    ///
    /// # Errors
    /// Those of [`Client::get_event`]; `Cancelled` if the token was fired.
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client) -> hookrail::Result<()> {
    /// use std::time::Duration;
    ///
    /// use hookrail::CallOptions;
    ///
    /// let options = CallOptions::new().timeout(Duration::from_secs(2));
    /// let event = client.get_event_with("01JXAMPLEEVENTID00000000AA", &options)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_event_with(&self, event_id: &str, options: &CallOptions) -> Result<EventStatus> {
        self.core.get_event(event_id.as_bytes(), &options.0)
    }

    /// The same as [`Client::get_event`] for asynchronous programs.
    ///
    /// # Errors
    /// Those of [`Client::get_event`], and `OutOfResources` if the process can start no thread or make no descriptor.
    ///
    /// ```no_run
    /// # async fn example(client: &hookrail::Client) -> hookrail::Result<()> {
    /// let event = client.get_event_async("01JXAMPLEEVENTID00000000AA").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_event_async(&self, event_id: &str) -> GetEventFuture {
        GetEventFuture::new(self.core.clone(), event_id.to_owned())
    }

    /// Returns the counters of this client in this process.
    ///
    /// ```
    /// # fn main() -> hookrail::Result<()> {
    /// let client = hookrail::Client::builder().api_key("hk_test").build()?;
    /// assert_eq!(client.stats().requests, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn stats(&self) -> Stats {
        self.core.stats().snapshot()
    }

    /// Returns the counters and the state of the queue in the text format of Prometheus. A program with several clients
    /// adds a label of its own to tell them apart.
    ///
    /// ```
    /// # fn main() -> hookrail::Result<()> {
    /// let client = hookrail::Client::builder().api_key("hk_test").build()?;
    /// assert!(client.metrics().contains("\nhookrail_client_requests_total 0\n"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn metrics(&self) -> String {
        self.core.metrics()
    }
}

/// Shows the settings, without the API key.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.fmt(f)
    }
}
