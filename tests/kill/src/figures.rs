//! What a run of the fleet came to, in numbers.

use std::fmt;
use std::ops::AddAssign;

use crate::Failure;

/// With fewer kills than this it is no wonder that none has met an event on its way.
const TELLING: usize = 100;

/// The numbers of a sender, or of all of them.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    /// How many times it was killed.
    pub kills: usize,
    /// Kills that left half an event at the end of the journal.
    pub torn: usize,
    /// Kills that left nothing to be sent.
    pub idle: usize,
    /// Kills between the journalling of an event and the arrival of its request.
    pub unsent: usize,
    /// The keys of the events whose request had reached the service, and that had no mark yet, when
    /// their sender was killed.
    pub on_the_way: Vec<String>,
    /// Runs that ended because the service took nothing for too long.
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

/// The numbers of the senders and those of the service.
#[derive(Debug)]
pub struct Summary {
    pub senders: Figures,
    pub events: usize,
    pub requests: u64,
    /// Requests that were met with a fault, and were to be repeated for that.
    pub faults: usize,
    /// Requests that repeated what was recorded already.
    pub replays: u64,
    /// Of the events that were on their way at a kill, those that were sent again afterwards.
    pub replayed_after_kill: usize,
}

impl Summary {
    /// Fails if the kills have missed what they were aimed at.
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
