//! The producer's interface to its client.

use super::submitted::NextAttempt;
use crate::call::attempt::AfterAttempt;
use crate::protocol::answer::Accepted;
use crate::sys::cancel::Cancel;

/// Makes single attempts at sending events.
pub(crate) trait MakeAttempt: Send + Sync {
    /// Sends an event once and counts the attempt in its progress. `cancel` ends the attempt early.
    fn make_attempt(&self, attempt: &mut NextAttempt, cancel: &Cancel) -> Attempted;
}

/// The result of one attempt.
pub(crate) struct Attempted {
    /// The action that follows for the event.
    pub step: AfterAttempt<Accepted>,
    /// The number of the client's recorded events at the end of the attempt.
    pub recorded: u64,
}
