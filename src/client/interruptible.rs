//! Sends in the caller's thread that a signal can interrupt, for hosts that handle signals between calls. The usual send
//! passes through no other thread; one that is interrupted goes on in the background.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::background::BackgroundCall;
use super::call_job::CallJob;
use super::running::{BackgroundResult, RunningCall};
use super::sending::Client;
use crate::error::{Error, Outcome, Result};
use crate::protocol::answer::Accepted;
use crate::protocol::prepared::Prepared;
use crate::reactor::Job;
use crate::transport::blocking::run_until_signal;

/// The end of an interruptible send.
#[derive(Debug)]
pub enum InterruptibleResult {
    /// The service has recorded the event.
    Accepted(Accepted),
    /// A signal came. The send goes on in the background.
    Interrupted(BackgroundCall),
}

impl Client {
    /// Sends a prepared event, and waits until the service has recorded it or a signal comes. `timeout` is that of
    /// [`CallOptions`](crate::CallOptions).
    ///
    /// # Errors
    /// Those of [`Client::send_prepared`].
    pub fn send_interruptible(
        &self,
        event: Prepared,
        timeout: Option<Duration>,
    ) -> Result<InterruptibleResult> {
        let event = Arc::new(event);
        let not_sent = |error: Error| event.failed(error, Outcome::NotSent);
        self.shared.check_open().map_err(not_sent)?;
        let operation = self.shared.send_event(event.clone()).map_err(not_sent)?;
        let now = Instant::now();
        let bounds = self.shared.bounds(timeout, None, now).map_err(not_sent)?;
        let local = self.shared.local();
        let call = Arc::new(RunningCall::new(
            local.spares.clone(),
            local.finished_calls.clone(),
        ));
        let mut job: Job = Box::new(CallJob::new(
            self.shared.clone(),
            operation,
            now,
            bounds.clone(),
            call.clone(),
            BackgroundResult::Sent,
        ));
        while run_until_signal(&bounds, &mut *job).is_err() {
            match local.reactor.start("for background calls", job) {
                Ok(handle) => {
                    let call = BackgroundCall::new(call, Some(handle), true);
                    return Ok(InterruptibleResult::Interrupted(call));
                }
                // Without a thread for the background the send goes on here. It may have left.
                Err(not_started) => job = not_started.job,
            }
        }
        BackgroundCall::new(call, None, true)
            .take_sent()
            .map(InterruptibleResult::Accepted)
    }
}
