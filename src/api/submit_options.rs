//! The options of a submit.

use std::time::Duration;

use crate::client;

/// The options of a submit. The default has the tag 0 and a completion, and does not wait for room.
///
/// ```
/// use std::time::Duration;
///
/// let options = hookrail::SubmitOptions::new().tag(17).wait_for_room(Duration::from_millis(100));
/// # let _ = options;
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct SubmitOptions {
    pub(super) submit: client::SubmitOptions,
    pub(super) timeout: Option<Duration>,
}

impl Default for SubmitOptions {
    fn default() -> Self {
        SubmitOptions {
            submit: client::SubmitOptions {
                tag: 0,
                wants_completion: true,
                wait: None,
            },
            timeout: None,
        }
    }
}

impl SubmitOptions {
    /// Returns the defaults.
    pub fn new() -> Self {
        SubmitOptions::default()
    }

    /// Sets a number of the caller's choice, which the [`Completion`](crate::Completion) repeats.
    pub fn tag(mut self, tag: u64) -> Self {
        self.submit.tag = tag;
        self
    }

    /// Sets that the event gets no completion. Then its result is only in the counters.
    pub fn without_completion(mut self) -> Self {
        self.submit.wants_completion = false;
        self
    }

    /// Sets the longest wait for room in the queue.
    pub fn wait_for_room(mut self, wait: Duration) -> Self {
        self.submit.wait = Some(wait);
        self
    }

    /// Sets the time for the event, from the submit to the last retry, in place of the client's delivery timeout: over 0
    /// and at most a day.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }
}
