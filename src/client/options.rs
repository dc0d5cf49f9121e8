//! What a caller may say of one send or call.

use std::time::Duration;

use crate::protocol::keys::{IdempotencyKey, OrderingKey};
use crate::sys::cancel::Cancel;

/// What may be said about one send; [`SendOptions::default`] says nothing.
#[derive(Clone, Debug, Default)]
pub struct SendOptions {
    /// The key under which the service recognises this event; a random UUID v4 where it is `None`.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Events with the same key are delivered in order (protocol §1).
    pub ordering_key: Option<OrderingKey>,
    /// The time and the token of the call.
    pub call: CallOptions,
}

/// What may be said about any call.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// The time for the whole call, over 0 and at most a day; the client's total timeout where it is
    /// `None`.
    pub timeout: Option<Duration>,
    /// Ends the call early.
    pub cancel: Option<Cancel>,
}
