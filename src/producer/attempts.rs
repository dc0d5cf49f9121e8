//! What the producer asks of the client that it works for.

use super::submitted::NextAttempt;
use crate::call::retrying::Step;
use crate::protocol::answer::Accepted;
use crate::sys::cancel::Cancel;

/// Makes single attempts at events.
pub(crate) trait MakeAttempt: Send + Sync {
    /// Sends an event once, and notes the attempt in its progress. `cancel` ends the attempt early.
    fn make_attempt(&self, attempt: &mut NextAttempt, cancel: &Cancel) -> Attempted;
}

/// The result of one attempt.
pub(crate) struct Attempted {
    /// What follows for the event.
    pub step: Step<Accepted>,
    /// How many events of the client were recorded up to the end of the attempt.
    pub recorded: u64,
}
