//! One event with its settings.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use super::client::Client;
use super::future::SendFuture;
use super::submit_options::SubmitOptions;
use crate::client::SendOptions;
use crate::error::{Error, Outcome, Result};
use crate::protocol::answer::Accepted;
use crate::protocol::keys::{IdempotencyKey, OrderingKey};
use crate::protocol::prepared::Prepared;
use crate::sys::cancel::Cancel;

/// An event with settings of its own, which [`Client::event`] and [`Client::raw_event`] begin.
///
/// An error of a setting is returned by the method that ends the builder, with the outcome `NotSent`.
///
/// ```
/// use hookrail::{Client, Outcome, Status};
///
/// # fn main() -> hookrail::Result<()> {
/// let client = Client::builder().api_key("hk_test").build()?;
/// let error = client.event("orders.created", &1).idempotency_key("").send().unwrap_err();
/// assert_eq!((error.status(), error.outcome()), (Status::InvalidArgument, Outcome::NotSent));
/// # Ok(())
/// # }
/// ```
#[must_use = "an event is sent by `send`, `send_async` or `submit`"]
pub struct EventBuilder<'a> {
    client: &'a Client,
    topic: &'a str,
    payload: Cow<'a, [u8]>,
    options: SendOptions,
    /// The first error of a setting.
    fault: Option<Error>,
}

impl<'a> EventBuilder<'a> {
    pub(super) fn new(
        client: &'a Client,
        topic: &'a str,
        payload: serde_json::Result<Vec<u8>>,
    ) -> Self {
        let (payload, fault) = match payload {
            Ok(payload) => (payload, None),
            Err(error) => {
                let message = format!("the payload cannot be written as JSON: {error}");
                let fault = Error::invalid_argument(message).with_source(Some(error.into()));
                (Vec::new(), Some(fault))
            }
        };
        EventBuilder {
            payload: Cow::Owned(payload),
            fault,
            ..EventBuilder::raw(client, topic, &[])
        }
    }

    pub(super) fn raw(client: &'a Client, topic: &'a str, payload: &'a [u8]) -> Self {
        EventBuilder {
            client,
            topic,
            payload: Cow::Borrowed(payload),
            options: SendOptions::default(),
            fault: None,
        }
    }

    /// Sets the key under which the service recognises the event: 1 to 255 visible ASCII characters and spaces, no space at
    /// the ends. Default: a random UUID. A program that may send the same event again after a crash gives a key that it can
    /// make again.
    pub fn idempotency_key(self, key: impl AsRef<str>) -> Self {
        self.set(|options| {
            options.idempotency_key = Some(IdempotencyKey::new(key.as_ref())?);
            Ok(())
        })
    }

    /// Sets the ordering key: 1 to 256 visible ASCII characters and spaces, no space at the ends. Events with the same key
    /// are delivered in order.
    pub fn ordering_key(self, key: impl AsRef<str>) -> Self {
        self.set(|options| {
            options.ordering_key = Some(OrderingKey::new(key.as_ref())?);
            Ok(())
        })
    }

    /// Adds a header to the requests of this event, for example `traceparent`. It replaces the client's header of the same
    /// name. It is no part of the event: with another header but the same key it is the same event for the service.
    pub fn header(self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.set(|options| options.headers.add(name, value))
    }

    /// Sets the time for the whole send with its retries, in place of the client's total timeout; for a submit, in place of
    /// its delivery timeout. Over 0 and at most a day.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.set(|options| {
            options.call.timeout = Some(timeout);
            Ok(())
        })
    }

    /// Sets the token that ends [`EventBuilder::send`] early. A future ends early when it is dropped, and a submitted event
    /// by [`Client::cancel_submitted`]: both refuse a token.
    pub fn cancel(self, cancel: &Cancel) -> Self {
        self.set(|options| {
            options.call.cancel = Some(cancel.clone());
            Ok(())
        })
    }

    /// Sends the event, and waits in this thread until the service has recorded it.
    ///
    /// # Errors
    /// Those of [`Client::send`]; `Cancelled` if the token was fired.
    pub fn send(mut self) -> Result<Accepted> {
        self.check()?;
        self.client
            .core
            .send(self.topic.as_bytes(), &self.payload, &self.options)
    }

    /// Returns a future that sends the event.
    ///
    /// # Errors
    /// Those of [`Client::send_async`].
    pub fn send_async(mut self) -> SendFuture {
        let client = self.client.core.clone();
        let timeout = self.options.call.timeout;
        let event = match self.options.call.cancel.take() {
            None => self.prepare(),
            Some(_) => Err(not_sent(Error::invalid_argument(
                "a future takes no cancel token: drop it to end the call",
            ))),
        };
        SendFuture::new(client, event, timeout)
    }

    /// Puts the event into the queue, and returns its token.
    ///
    /// # Errors
    /// Those of [`Client::submit`].
    pub fn submit(self) -> Result<u64> {
        self.submit_with(&SubmitOptions::new())
    }

    /// The same as [`EventBuilder::submit`], with options. Of two timeouts, that of the builder is taken.
    ///
    /// # Errors
    /// Those of [`Client::submit`]; `Interrupted` if a signal came while the call waited for room.
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client) -> hookrail::Result<()> {
    /// use hookrail::SubmitOptions;
    ///
    /// client.event("orders.created", &["o_1"]).submit_with(&SubmitOptions::new().tag(17))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn submit_with(mut self, options: &SubmitOptions) -> Result<u64> {
        self.check()?;
        let call = &mut self.options.call;
        call.timeout = call.timeout.or(options.timeout);
        self.client.core.submit(
            self.topic.as_bytes(),
            &self.payload,
            &self.options,
            &options.submit,
        )
    }

    /// Checks the event, and fixes its key and its bytes. [`Client::send_prepared`] sends it, now or later, from this process
    /// or another. The timeout and the cancel token are no part of it.
    ///
    /// # Errors
    /// `InvalidArgument` and `PayloadTooLarge`, with the outcome `NotSent`.
    ///
    /// ```
    /// use hookrail::{Client, Prepared};
    ///
    /// # fn main() -> hookrail::Result<()> {
    /// let client = Client::builder().api_key("hk_test").build()?;
    /// let event = client.event("orders.created", &["o_1"]).prepare()?;
    /// let stored = event.encode();
    /// // Later, perhaps in another process:
    /// let restored = Prepared::decode(&stored)?;
    /// assert_eq!(restored.idempotency_key(), event.idempotency_key());
    /// # Ok(())
    /// # }
    /// ```
    pub fn prepare(mut self) -> Result<Prepared> {
        self.check()?;
        self.client
            .core
            .prepare(self.topic.as_bytes(), &self.payload, &self.options)
    }

    fn set(mut self, change: impl FnOnce(&mut SendOptions) -> Result<()>) -> Self {
        if self.fault.is_none() {
            self.fault = change(&mut self.options).err();
        }
        self
    }

    /// Returns the first error of a setting.
    fn check(&mut self) -> Result<()> {
        self.fault
            .take()
            .map_or(Ok(()), |error| Err(not_sent(error)))
    }
}

fn not_sent(error: Error) -> Error {
    error.with_outcome(Outcome::NotSent)
}

/// Leaves the payload out: it is large, and payloads do not belong in logs.
impl fmt::Debug for EventBuilder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventBuilder")
            .field("topic", &self.topic)
            .field("payload_len", &self.payload.len())
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
