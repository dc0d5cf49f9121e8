//! The options of a send and of any other call.

use std::time::Duration;

use crate::protocol::extra_headers::ExtraHeaders;
use crate::protocol::keys::{IdempotencyKey, OrderingKey};
use crate::sys::cancel::Cancel;

/// The options of one send. The default has a random key, no ordering key, no headers and the client's own timeout.
#[derive(Clone, Debug, Default)]
pub struct SendOptions {
    /// The key under which the service recognises this event; `None` means a random UUID v4.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Events with the same key are delivered in order (protocol §1).
    pub ordering_key: Option<OrderingKey>,
    /// Headers of this send, which replace the client's of the same names. They are no part of the event: with other
    /// headers but the same key, it is the same event for the service.
    pub headers: ExtraHeaders,
    /// The timeout and the cancel token of the call.
    pub call: CallOptions,
}

/// The options of any call.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// The time for the whole call, over 0 and at most a day; `None` means the client's total timeout.
    pub timeout: Option<Duration>,
    /// Ends the call early.
    pub cancel: Option<Cancel>,
}
