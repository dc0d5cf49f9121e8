//! The producer's interface to its client.

use std::sync::Arc;
use std::time::Instant;

use crate::call::context::Call;
use crate::call::operation::SendEvent;
use crate::error::Result;
use crate::protocol::prepared::Prepared;

/// Lends the parts of a client that attempts at sending events need.
pub(crate) trait SendEvents: Send + Sync {
    /// Returns the operation that records an event.
    fn operation(&self, event: Arc<Prepared>) -> Result<SendEvent<Arc<Prepared>>>;

    /// Returns the context of the attempts at an event that was submitted at one time and has until another.
    fn call(&self, submitted: Instant, deadline: Instant) -> Call<'_>;
}
