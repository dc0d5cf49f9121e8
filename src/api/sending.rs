//! Sending events.

use serde::Serialize;

use super::client::Client;
use super::event::EventBuilder;
use super::future::SendFuture;
use crate::error::Result;
use crate::protocol::answer::Accepted;

impl Client {
    /// Sends one event, and waits in this thread until the service has recorded it.
    ///
    /// The payload is any serialisable value. It is sent as compact JSON, with the bytes of
    /// [`serde_json::to_vec`](https://docs.rs/serde_json/1/serde_json/fn.to_vec.html). A
    /// [`RawValue`](https://docs.rs/serde_json/1/serde_json/value/struct.RawValue.html) is sent as it is, and
    /// [`Client::raw_event`] takes JSON as text or bytes: here a `&str` would become a JSON string.
    ///
    /// Failed attempts are repeated, with the same idempotency key and the same bytes: by default three times within
    /// 30 seconds. [`Client::event`] has the settings for one event.
    ///
    /// # Errors
    /// `InvalidArgument` and `PayloadTooLarge` before anything is sent. Then the service's final answer as an error, or
    /// `RetriesExhausted` with the last attempt's error as its cause. Each error knows its
    /// [outcome](crate::Error::outcome), the idempotency key and the number of attempts.
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client) -> hookrail::Result<()> {
    /// use serde_json::json;
    ///
    /// match client.send("orders.created", &json!({"order_id": "o_1"})) {
    ///     Ok(accepted) => println!("recorded as {}", accepted.event_id),
    ///     Err(error) => eprintln!("{error} (the event is {})", error.outcome()),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn send<T: Serialize + ?Sized>(&self, topic: &str, payload: &T) -> Result<Accepted> {
        self.event(topic, payload).send()
    }

    /// The same as [`Client::send`] for asynchronous programs: the task waits, and no thread. The call begins when the
    /// future is polled for the first time. Any executor will do.
    ///
    /// # Errors
    /// Those of [`Client::send`], and `OutOfResources` if the process can start no thread or make no descriptor.
    ///
    /// ```no_run
    /// # async fn example(client: &hookrail::Client) -> hookrail::Result<()> {
    /// let accepted = client.send_async("orders.created", &["o_1"]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn send_async<T: Serialize + ?Sized>(&self, topic: &str, payload: &T) -> SendFuture {
        self.event(topic, payload).send_async()
    }

    /// Begins an event with settings of its own: keys, headers, its time. Nothing happens before one of the methods that
    /// end the builder. They also return the errors of the settings.
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client) -> hookrail::Result<()> {
    /// use std::time::Duration;
    ///
    /// let accepted = client
    ///     .event("orders.created", &["o_1"])
    ///     .idempotency_key("order-o_1-created")
    ///     .ordering_key("o_1")
    ///     .timeout(Duration::from_secs(5))
    ///     .send()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn event<'a, T: Serialize + ?Sized>(
        &'a self,
        topic: &'a str,
        payload: &T,
    ) -> EventBuilder<'a> {
        EventBuilder::new(self, topic, serde_json::to_vec(payload))
    }

    /// The same as [`Client::event`] for a payload that is JSON already: one JSON value, as text or as bytes. The service
    /// gets the same bytes.
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client) -> hookrail::Result<()> {
    /// client.raw_event("orders.created", r#"{"order_id": "o_1"}"#).send()?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw_event<'a>(
        &'a self,
        topic: &'a str,
        json: &'a (impl AsRef<[u8]> + ?Sized),
    ) -> EventBuilder<'a> {
        EventBuilder::raw(self, topic, json.as_ref())
    }
}
