//! An event that waits to be sent, as the order of the queue sees it.

use std::time::Instant;

use super::topic::Topic;

/// An event that waits to be sent. Of the events that were tried before, the one that failed first comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Waiting {
    /// When its last attempt ended, if there was one.
    pub tried: Option<Instant>,
    pub token: u64,
    pub topic: Topic,
    /// Whether that attempt had no answer in time.
    pub timed_out: bool,
}

impl Waiting {
    /// An event that was not tried yet.
    pub fn new(token: u64, topic: Topic) -> Self {
        Waiting {
            tried: None,
            token,
            topic,
            timed_out: false,
        }
    }
}
