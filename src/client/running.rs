//! A background call, as the caller and the reactor see it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::done_event::{DoneEvent, Spares};
use crate::error::Result;
use crate::protocol::answer::{Accepted, EventStatus};
use crate::sys::lock::Lock;

/// The state of a background call.
#[derive(Debug)]
pub struct Running {
    pub done: DoneEvent,
    /// Whether the result was set. It may have been taken since.
    is_over: AtomicBool,
    pub result: Lock<Option<Result<BackgroundResult>>>,
}

/// The result of a background call.
#[derive(Debug)]
pub enum BackgroundResult {
    /// The result of a send.
    Sent(Result<Accepted>),
    /// The result of a request for an event's status.
    Status(Result<EventStatus>),
}

impl Running {
    /// Makes a call that is not over.
    pub fn new(spares: Arc<Spares>) -> io::Result<Self> {
        Ok(Running {
            done: DoneEvent::new(spares)?,
            is_over: AtomicBool::new(false),
            result: Lock::default(),
        })
    }

    /// Sets the result and wakes the caller up.
    pub fn finish(&self, result: Result<BackgroundResult>) {
        *self.result.lock() = Some(result);
        self.is_over.store(true, Ordering::Release);
        self.done.signal();
    }

    /// Returns whether the call is over.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }
}
