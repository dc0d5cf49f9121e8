//! The options of a call.

use std::time::Duration;

use crate::client;
use crate::sys::cancel::Cancel;

/// The options of a call: its time, and the token that ends it early.
///
/// ```
/// use std::time::Duration;
///
/// use hookrail::{CallOptions, Cancel};
///
/// let cancel = Cancel::new()?;
/// let options = CallOptions::new().timeout(Duration::from_secs(5)).cancel(&cancel);
/// # let _ = options;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct CallOptions(pub(super) client::CallOptions);

impl CallOptions {
    /// Returns the defaults: the client's total timeout, and no token.
    pub fn new() -> Self {
        CallOptions::default()
    }

    /// Sets the time for the whole call with its retries, over 0 and at most a day, in place of the client's total
    /// timeout.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.0.timeout = Some(timeout);
        self
    }

    /// Sets the token that ends the call early.
    pub fn cancel(mut self, cancel: &Cancel) -> Self {
        self.0.cancel = Some(cancel.clone());
        self
    }
}
