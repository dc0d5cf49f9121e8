//! `hookrail_completion`.

use std::ffi::c_char;
use std::ptr;

use super::accepted::hookrail_accepted;
use super::completed_event::CompletedEvent;
use super::error::hookrail_error;
use crate::producer::completion::Completion;

/// The result of a submitted event, as hookrail_poll() writes it.
///
/// Later versions may add members at the end: therefore hookrail_poll() takes the size of the structure.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct hookrail_completion {
    /// The tag that was passed to the submit.
    pub tag: u64,
    /// The token that the submit returned.
    pub token: u64,
    /// The result: a hookrail_status.
    pub status: i32,
    /// What is known about the event: a hookrail_outcome.
    pub outcome: i32,
    /// The HTTP status of the service's last answer; 0 if there was none.
    pub http_status: i32,
    /// The number of attempts.
    pub attempts: u32,
    /// Microseconds from the submit to the first attempt, or to the end if there was none.
    pub queued_us: u64,
    /// Microseconds from the submit to the end.
    pub total_us: u64,
    /// For HOOKRAIL_OK the service's promise, else NULL. Free it with hookrail_accepted_free().
    pub accepted: *mut hookrail_accepted,
    /// For HOOKRAIL_OK NULL, else the error. Free it with hookrail_error_free().
    pub error: *mut hookrail_error,
    /// The event's topic. This and the keys belong to `accepted` or `error`, whichever is not NULL.
    pub topic: *const c_char,
    /// The event's idempotency key.
    pub idempotency_key: *const c_char,
    /// The event's ordering key, also if it is a member of the payload; NULL if it has none.
    pub ordering_key: *const c_char,
}

impl From<Completion> for hookrail_completion {
    fn from(completion: Completion) -> Self {
        let mut filled = hookrail_completion {
            tag: completion.tag,
            token: completion.token,
            status: completion.status().code(),
            outcome: completion.outcome().code(),
            http_status: completion.http_status().map_or(0, i32::from),
            attempts: completion.attempts(),
            queued_us: u64::try_from(completion.queued.as_micros()).unwrap_or(u64::MAX),
            total_us: u64::try_from(completion.total.as_micros()).unwrap_or(u64::MAX),
            accepted: ptr::null_mut(),
            error: ptr::null_mut(),
            topic: ptr::null(),
            idempotency_key: ptr::null(),
            ordering_key: ptr::null(),
        };
        let event = CompletedEvent::new(&completion.topic, completion.ordering_key.as_deref());
        filled.topic = event.topic();
        filled.ordering_key = event.ordering_key();
        match completion.result {
            Ok(accepted) => {
                (filled.accepted, filled.idempotency_key) =
                    hookrail_accepted::of_completion(accepted, event);
            }
            Err(error) => {
                (filled.error, filled.idempotency_key) =
                    hookrail_error::of_completion(error, event);
            }
        }
        filled
    }
}
