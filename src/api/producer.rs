//! The client as a producer: submitting events, and collecting their completions.

use std::os::fd::BorrowedFd;
use std::time::Duration;

use serde::Serialize;

use super::client::Client;
use super::submit_options::SubmitOptions;
use crate::error::Result;
use crate::producer::completion::Completion;
use crate::producer::{Flushed, Pending, Purge};
use crate::protocol::prepared::Prepared;

impl Client {
    /// Puts an event into the queue, from which the client's thread sends it, and returns the event's token at once.
    ///
    /// Each fault of the event is reported here. The result of the sending is reported by exactly one [`Completion`], which
    /// [`Client::poll`] returns. The event has the client's delivery timeout for queueing and all retries. A program that
    /// never collects completions submits with
    /// [`without_completion`](crate::SubmitOptions::without_completion): otherwise the queue becomes full.
    ///
    /// # Errors
    /// `QueueFull`, `Closed`, `InvalidArgument` and `PayloadTooLarge`, all with the outcome `NotSent`.
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client) -> hookrail::Result<()> {
    /// use std::time::Duration;
    ///
    /// client.submit("orders.created", &["o_1"])?;
    /// for completion in client.poll(100, Duration::from_secs(30))? {
    ///     match completion.result {
    ///         Ok(accepted) => println!("{}: {}", completion.topic, accepted.event_id),
    ///         Err(error) => eprintln!("{}: {error}", completion.topic),
    ///     }
    /// }
    /// client.close(Duration::from_secs(10))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn submit<T: Serialize + ?Sized>(&self, topic: &str, payload: &T) -> Result<u64> {
        self.event(topic, payload).submit()
    }

    /// Puts a prepared event into the queue, and returns its token.
    ///
    /// # Errors
    /// `QueueFull`, `Closed`, `Interrupted` (only while waiting for room) and `InvalidArgument` (the timeout).
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client, event: hookrail::Prepared) -> hookrail::Result<()> {
    /// use hookrail::SubmitOptions;
    ///
    /// client.submit_prepared(event, &SubmitOptions::new().tag(17))?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn submit_prepared(&self, event: Prepared, options: &SubmitOptions) -> Result<u64> {
        self.core
            .submit_prepared(event, options.timeout, &options.submit)
    }

    /// Collects up to `count` completions. Waits up to `timeout` (`None`: no limit) for the first one.
    ///
    /// # Errors
    /// `Interrupted` if a signal or [`Client::wake_up`] ended the wait.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn main() -> hookrail::Result<()> {
    /// let client = hookrail::Client::builder().api_key("hk_test").build()?;
    /// assert!(client.poll(10, Duration::ZERO)?.is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll(
        &self,
        count: usize,
        timeout: impl Into<Option<Duration>>,
    ) -> Result<Vec<Completion>> {
        self.core.poll(count, timeout.into())
    }

    /// Ends a [`Client::poll`] with `Interrupted`: the running one, or else the next. Any thread and any signal handler may
    /// call this.
    ///
    /// ```
    /// use hookrail::{Client, Status};
    ///
    /// # fn main() -> hookrail::Result<()> {
    /// let client = Client::builder().api_key("hk_test").build()?;
    /// client.wake_up();
    /// assert_eq!(client.poll(10, None).unwrap_err().status(), Status::Interrupted);
    /// # Ok(())
    /// # }
    /// ```
    pub fn wake_up(&self) {
        self.core.wake_up();
    }

    /// Returns a descriptor that is readable exactly while completions wait, for an event loop. A forked child has its
    /// own.
    ///
    /// # Errors
    /// `OutOfResources` if the process has no descriptor left.
    ///
    /// ```
    /// use std::os::fd::AsRawFd;
    ///
    /// # fn main() -> hookrail::Result<()> {
    /// let client = hookrail::Client::builder().api_key("hk_test").build()?;
    /// assert!(client.event_fd()?.as_raw_fd() >= 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn event_fd(&self) -> Result<BorrowedFd<'_>> {
        self.core.event_fd()
    }

    /// Gives a submitted event up. Its completion tells the outcome. Has no effect if the event is completed, or if the
    /// token is from another process.
    ///
    /// ```no_run
    /// # fn example(client: &hookrail::Client) -> hookrail::Result<()> {
    /// let token = client.submit("orders.created", &["o_1"])?;
    /// client.cancel_submitted(token);
    /// # Ok(())
    /// # }
    /// ```
    pub fn cancel_submitted(&self, token: u64) {
        self.core.cancel_submitted(token);
    }

    /// Gives submitted events up. Returns how many.
    ///
    /// ```
    /// use hookrail::{Client, Purge};
    ///
    /// # fn main() -> hookrail::Result<()> {
    /// let client = Client::builder().api_key("hk_test").build()?;
    /// assert_eq!(client.purge(Purge { queued: true, in_flight: false }), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn purge(&self, which: Purge) -> usize {
        self.core.purge(which)
    }

    /// Returns how many submitted events wait, are being sent, or have a completion to collect.
    ///
    /// ```
    /// # fn main() -> hookrail::Result<()> {
    /// let client = hookrail::Client::builder().api_key("hk_test").build()?;
    /// assert_eq!(client.pending().queued, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn pending(&self) -> Pending {
        self.core.pending()
    }

    /// Waits until no event is queued or being sent, until `timeout` is over (`None`: no limit), or until a signal comes.
    /// Completions need not be collected.
    ///
    /// # Errors
    /// `OutOfResources` if the process has no descriptor left.
    ///
    /// ```
    /// use hookrail::{Client, Flushed};
    ///
    /// # fn main() -> hookrail::Result<()> {
    /// let client = Client::builder().api_key("hk_test").build()?;
    /// assert_eq!(client.flush(None)?, Flushed::All);
    /// # Ok(())
    /// # }
    /// ```
    pub fn flush(&self, timeout: impl Into<Option<Duration>>) -> Result<Flushed> {
        self.core.flush(timeout.into())
    }

    /// Closes the client and all its clones. It accepts no more events, sends the queued ones for up to `timeout` (`None`:
    /// no limit), gives up the rest, and ends its threads. Returns how many events were given up. Their completions can
    /// still be collected. Closing again is allowed.
    ///
    /// # Errors
    /// `Interrupted` if a signal came; the next call continues the closing.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # fn main() -> hookrail::Result<()> {
    /// let client = hookrail::Client::builder().api_key("hk_test").build()?;
    /// assert_eq!(client.close(Duration::from_secs(10))?, 0);
    /// assert!(client.is_closed());
    /// # Ok(())
    /// # }
    /// ```
    pub fn close(&self, timeout: impl Into<Option<Duration>>) -> Result<usize> {
        self.core.close(timeout.into())
    }

    /// Returns whether [`Client::close`] was called.
    ///
    /// ```
    /// # fn main() -> hookrail::Result<()> {
    /// let client = hookrail::Client::builder().api_key("hk_test").build()?;
    /// assert!(!client.is_closed());
    /// # Ok(())
    /// # }
    /// ```
    pub fn is_closed(&self) -> bool {
        self.core.is_closed()
    }
}
