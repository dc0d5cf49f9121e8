//! The strings of a completion that its result keeps for C.

use std::ffi::c_char;

use super::text::{Text, pointer_or_null};

/// What a completion says about its event, except the idempotency key, which each result has.
pub struct CompletedEvent {
    topic: Text,
    ordering_key: Option<Text>,
}

impl CompletedEvent {
    /// Makes the strings.
    pub fn new(topic: &str, ordering_key: Option<&str>) -> Self {
        CompletedEvent {
            topic: Text::new(topic),
            ordering_key: ordering_key.map(Text::new),
        }
    }

    /// Returns the topic. The pointer stays the same when the value is moved.
    pub fn topic(&self) -> *const c_char {
        self.topic.as_ptr()
    }

    /// Returns the ordering key; NULL if there is none. The pointer stays the same when the value is moved.
    pub fn ordering_key(&self) -> *const c_char {
        pointer_or_null(self.ordering_key.as_ref())
    }
}
