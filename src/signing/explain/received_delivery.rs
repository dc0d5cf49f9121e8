//! The input of an explanation.

/// A verification to explain: the arguments that were, or would have been, passed to [`verify_signature`](crate::signing::verify_signature).
#[derive(Clone, Copy)]
pub struct ReceivedDelivery<'a> {
    /// The secrets of the receiver.
    pub secrets: &'a [&'a [u8]],
    /// The value of the `hookrail-signature` header.
    pub header: &'a [u8],
    /// The value of the `hookrail-delivery-id` header.
    pub delivery_id: &'a [u8],
    /// The body of the request.
    pub body: &'a [u8],
    /// The tolerance in seconds.
    pub tolerance: i64,
    /// The present time, in Unix seconds.
    pub now: i64,
    /// The value of the `hookrail-event-id` header, if it is available. It is not verified, but it is easily mistaken
    /// for the delivery id.
    pub event_id: Option<&'a [u8]>,
}
