//! Calls as futures. The client's own thread drives the call, and wakes the task at its end.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::client::{BackgroundCall, BackgroundResult, Client};
use crate::error::{Error, Result, Status};
use crate::protocol::answer::{Accepted, EventStatus};
use crate::protocol::prepared::Prepared;

/// A send as a future: see [`Client::send_async`](crate::Client::send_async).
///
/// The call begins with the first poll. Dropping the future ends the call at once. Then it is not known whether the service
/// has recorded the event; to send it again under the same [idempotency key](crate::EventBuilder::idempotency_key) is safe.
///
/// ```no_run
/// # async fn example(client: &hookrail::Client) -> hookrail::Result<()> {
/// // Both calls are under way at the same time.
/// let (one, other) = tokio::join!(
///     client.send_async("orders.created", &["o_1"]),
///     client.send_async("orders.created", &["o_2"]),
/// );
/// println!("{} {}", one?.event_id, other?.event_id);
/// # Ok(())
/// # }
/// ```
#[must_use = "a future does nothing unless it is awaited"]
pub struct SendFuture(Running);

/// A request for an event's status as a future: see [`Client::get_event_async`](crate::Client::get_event_async).
///
/// The call begins with the first poll. Dropping the future ends the call.
#[must_use = "a future does nothing unless it is awaited"]
pub struct GetEventFuture(Running);

type Start = Box<dyn FnOnce() -> Result<BackgroundCall> + Send>;

/// A background call that begins with the first poll.
struct Running {
    start: Option<Start>,
    call: Option<BackgroundCall>,
}

impl Running {
    fn new(start: impl FnOnce() -> Result<BackgroundCall> + Send + 'static) -> Self {
        Running {
            start: Some(Box::new(start)),
            call: None,
        }
    }

    fn poll(&mut self, context: &Context<'_>) -> Poll<Result<BackgroundResult>> {
        if let Some(start) = self.start.take() {
            self.call = Some(start()?);
        }
        match &self.call {
            Some(call) => call.poll_take(context.waker()),
            None => Poll::Ready(Err(over())),
        }
    }
}

fn over() -> Error {
    Error::new(
        Status::InvalidArgument,
        "the future was polled after its end",
    )
}

impl SendFuture {
    pub(super) fn new(
        client: Arc<Client>,
        event: Result<Prepared>,
        timeout: Option<Duration>,
    ) -> Self {
        SendFuture(Running::new(move || client.start_send(event?, timeout)))
    }
}

impl GetEventFuture {
    pub(super) fn new(client: Arc<Client>, event_id: String) -> Self {
        GetEventFuture(Running::new(move || {
            client.start_get_event(event_id.as_bytes(), None)
        }))
    }
}

impl Future for SendFuture {
    type Output = Result<Accepted>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match ready!(self.0.poll(context))? {
            BackgroundResult::Sent(result) => Poll::Ready(result),
            BackgroundResult::Status(_) => Poll::Ready(Err(over())),
        }
    }
}

impl Future for GetEventFuture {
    type Output = Result<EventStatus>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match ready!(self.0.poll(context))? {
            BackgroundResult::Status(result) => Poll::Ready(result),
            BackgroundResult::Sent(_) => Poll::Ready(Err(over())),
        }
    }
}

impl fmt::Debug for SendFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendFuture").finish_non_exhaustive()
    }
}

impl fmt::Debug for GetEventFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GetEventFuture").finish_non_exhaustive()
    }
}
