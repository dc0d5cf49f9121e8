//! The bounds within which an exchange may wait.

use std::time::{Duration, Instant};

use super::failure::{Failure, Phase};
use crate::config::limits::PhaseTimeouts;
use crate::sys::cancel::Cancel;

/// The time after the end of the budget in which input is still read. An answer that came in time should not be
/// lost because this thread was late. The time is limited because a peer may never stop sending.
const GRACE: Duration = Duration::from_millis(100);

/// The bounds within which an attempt may wait.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// The end of the whole call's budget.
    pub deadline: Instant,
    /// The limits of the phases.
    pub timeouts: PhaseTimeouts,
    /// The token that can end the call early.
    pub cancel: Option<Cancel>,
}

/// The end of a phase, and the limit that sets it.
#[derive(Clone, Copy, Debug)]
pub struct Until {
    phase: Phase,
    end: Instant,
    limit: Option<Duration>,
}

impl Bounds {
    /// Returns whether the cancel token was fired.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.as_ref().is_some_and(Cancel::is_fired)
    }

    /// Returns the end of a phase that starts at `now`.
    pub fn until(&self, phase: Phase, now: Instant) -> Until {
        let limit = match phase {
            Phase::Connect => self.timeouts.connect,
            Phase::Read => self.timeouts.read,
            Phase::Write => self.timeouts.write,
        };
        match now.checked_add(limit) {
            Some(end) if end < self.deadline => Until {
                phase,
                end,
                limit: Some(limit),
            },
            _ => Until {
                phase,
                end: self.deadline,
                limit: None,
            },
        }
    }

    /// Returns the end of a wait that begins at `now`.
    ///
    /// # Errors
    /// The timeout, if the budget ended so long ago that no wait may begin.
    pub fn wait_until(&self, until: Until, now: Instant) -> Result<Instant, Failure> {
        if now.saturating_duration_since(self.deadline) > GRACE {
            return Err(until.timed_out());
        }
        Ok(until.end)
    }
}

impl Until {
    /// The instant at which the phase ends.
    pub fn end(&self) -> Instant {
        self.end
    }

    /// Returns the failure of a phase that did not end in time.
    pub fn timed_out(&self) -> Failure {
        Failure::Timeout {
            phase: self.phase,
            limit: self.limit,
        }
    }
}
