//! A waiting event, as the schedule sees it.

use std::time::Instant;

use super::topic::Topic;

/// A waiting event. Of events that were tried before, the one that failed first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiting {
    /// The end of its last attempt, if there was one.
    pub tried: Option<Instant>,
    pub token: u64,
    pub topic: Topic,
    /// Whether that attempt got no answer in time.
    pub timed_out: bool,
}

impl Waiting {
    /// Makes an event that was not tried yet.
    pub fn new(token: u64, topic: Topic) -> Self {
        Waiting {
            tried: None,
            token,
            topic,
            timed_out: false,
        }
    }
}
