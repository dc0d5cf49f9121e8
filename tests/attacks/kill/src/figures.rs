//! The numbers of a run of the fleet.

use std::fmt;
use std::ops::AddAssign;

use crate::Failure;

/// With fewer kills than this, it is possible that none has hit an event under way.
const TELLING: usize = 100;

/// The numbers of a sender, or of all of them.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// The number of kills.
    pub kills: usize,
    /// Kills that left half an event at the end of the journal.
    pub torn: usize,
    /// Kills that left no event to send.
    pub idle: usize,
    /// Kills between the writing of an event to the journal and the arrival of its request.
    pub unsent: usize,
    /// The keys of the events whose request had reached the service, but that had no mark yet, when their
    /// sender was killed.
    pub on_the_way: Vec<String>,
    /// Runs that ended because the service accepted nothing for too long.
    pub tries_again: usize,
}

impl AddAssign<&Self> for Figures {
    fn add_assign(&mut self, other: &Self) {
        self.kills += other.kills;
        self.torn += other.torn;
        self.idle += other.idle;
        self.unsent += other.unsent;
        self.on_the_way.extend_from_slice(&other.on_the_way);
        self.tries_again += other.tries_again;
    }
}

/// The numbers of the senders and of the service.
#[derive(Debug)]
pub struct Summary {
    pub senders: Figures,
    pub events: usize,
    pub requests: u64,
    /// Requests that met a fault and therefore had to be repeated.
    pub faults: usize,
    /// Requests that repeated a recorded event.
    pub replays: u64,
    /// The number of events that were under way at a kill and were sent again afterwards.
    pub replayed_after_kill: usize,
}

impl Summary {
    /// Fails if the kills have missed their targets.
    pub fn expect_hits(&self) -> Result<(), Failure> {
        let kills = self.senders.kills;
        if kills >= TELLING && self.replayed_after_kill == 0 {
            return Err(format!(
                "none of {kills} kills came between the recording of an event and its mark: they prove nothing"
            )
            .into());
        }
        Ok(())
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let senders = &self.senders;
        writeln!(
            f,
            "# {} kills: {} between an event's request and its mark ({} were recorded by then and were \
             sent again), {} before the request, {} with nothing to be sent; {} left half an event in \
             the journal",
            senders.kills,
            senders.on_the_way.len(),
            self.replayed_after_kill,
            senders.unsent,
            senders.idle,
            senders.torn
        )?;
        write!(
            f,
            "# {} events, {} requests, {} of them met with a fault, {} replays; {} runs ended with retries \
             exhausted",
            self.events, self.requests, self.faults, self.replays, senders.tries_again
        )
    }
}
