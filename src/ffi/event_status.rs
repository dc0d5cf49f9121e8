//! `hookrail_event_status`.

use std::ffi::c_char;
use std::ptr;

use super::guard::{guard_read, guard_value};
use super::status::hookrail_delivery_state;
use super::text::{Text, pointer_or_null};
use crate::protocol::answer::{Delivery, DeliveryAttempt, EventStatus};

/// What became of an event (protocol section 2).
///
/// Immutable; threads may share it. Free it with hookrail_event_status_free(). All getters accept
/// NULL and indices out of range; the strings they return are borrowed from the handle.
pub struct hookrail_event_status {
    event_id: Text,
    topic: Text,
    deliveries: Vec<DeliveryTexts>,
    json: Text,
}

struct DeliveryTexts {
    id: Text,
    state: hookrail_delivery_state,
    state_text: Text,
    attempts_truncated: bool,
    attempts: Vec<AttemptTexts>,
}

struct AttemptTexts {
    number: i64,
    claim_version: i64,
    status: Text,
    latency_ms: i64,
    http_status: i64,
    error_class: Option<Text>,
}

impl hookrail_event_status {
    /// A handle for the caller to free.
    pub fn into_raw(status: &EventStatus) -> *mut Self {
        Box::into_raw(Box::new(hookrail_event_status {
            event_id: Text::new(&status.event_id),
            topic: Text::new(&status.topic),
            deliveries: status.deliveries.iter().map(DeliveryTexts::new).collect(),
            json: Text::new(&status.raw_json),
        }))
    }
}

impl DeliveryTexts {
    fn new(delivery: &Delivery) -> Self {
        DeliveryTexts {
            id: Text::new(&delivery.delivery_id),
            state: delivery.state.into(),
            state_text: Text::new(&delivery.state_name),
            attempts_truncated: delivery.attempts_truncated,
            attempts: delivery.attempts.iter().map(AttemptTexts::new).collect(),
        }
    }
}

impl AttemptTexts {
    fn new(attempt: &DeliveryAttempt) -> Self {
        AttemptTexts {
            number: attempt.attempt_no,
            claim_version: attempt.claim_version,
            status: Text::new(&attempt.status),
            latency_ms: attempt.latency_ms.unwrap_or(-1),
            http_status: attempt.http_status.unwrap_or(0),
            error_class: attempt.error_class.as_ref().map(Text::new),
        }
    }
}

/// Reads something of a delivery; `absent` is what there is to say of NULL and of an index out of range,
/// and takes the place of a panic.
///
/// # Safety
/// `status` is NULL or a live handle.
unsafe fn guard_delivery<V: Copy>(
    status: *const hookrail_event_status,
    index: usize,
    absent: V,
    read: impl FnOnce(&DeliveryTexts) -> V,
) -> V {
    // SAFETY: the same contract.
    unsafe {
        guard_read(status, absent, |status| {
            status.deliveries.get(index).map_or(absent, read)
        })
    }
}

/// Reads something of an attempt of a delivery, as [`guard_delivery`] does of a delivery.
///
/// # Safety
/// As for [`guard_delivery`].
unsafe fn guard_attempt<V: Copy>(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
    absent: V,
    read: impl FnOnce(&AttemptTexts) -> V,
) -> V {
    // SAFETY: the same contract.
    unsafe {
        guard_delivery(status, delivery_index, absent, |delivery| {
            delivery.attempts.get(index).map_or(absent, read)
        })
    }
}

/// Frees the handle. NULL is fine.
///
/// Thread-safety: no other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_free(status: *mut hookrail_event_status) {
    if !status.is_null() {
        // SAFETY: the handle came from `into_raw`, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(status) }));
    }
}

/// The event's id; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_event_id(
    status: *const hookrail_event_status,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, c"".as_ptr(), |s| s.event_id.as_ptr()) }
}

/// The event's topic; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_topic(
    status: *const hookrail_event_status,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, c"".as_ptr(), |s| s.topic.as_ptr()) }
}

/// The service's answer as it came, with members that this version does not know; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_json(
    status: *const hookrail_event_status,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, c"".as_ptr(), |s| s.json.as_ptr()) }
}

/// The length of hookrail_event_status_json() in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_json_len(
    status: *const hookrail_event_status,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, 0, |s| s.json.len()) }
}

/// How many deliveries the event has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_delivery_count(
    status: *const hookrail_event_status,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, 0, |s| s.deliveries.len()) }
}

/// The id of a delivery; NULL when `index` is not below the count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_delivery_id(
    status: *const hookrail_event_status,
    index: usize,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_delivery(status, index, ptr::null(), |d| d.id.as_ptr()) }
}

/// The state of a delivery; HOOKRAIL_DELIVERY_UNKNOWN for one that this version does not know.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_delivery_state(
    status: *const hookrail_event_status,
    index: usize,
) -> hookrail_delivery_state {
    // SAFETY: the caller's contract.
    unsafe {
        guard_delivery(
            status,
            index,
            hookrail_delivery_state::HOOKRAIL_DELIVERY_UNKNOWN,
            |d| d.state,
        )
    }
}

/// The state of a delivery in the service's own word; NULL when `index` is not below the count.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_delivery_state_text(
    status: *const hookrail_event_status,
    index: usize,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_delivery(status, index, ptr::null(), |d| d.state_text.as_ptr()) }
}

/// Whether the service left out attempts of a delivery.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_delivery_attempts_truncated(
    status: *const hookrail_event_status,
    index: usize,
) -> bool {
    // SAFETY: the caller's contract.
    unsafe { guard_delivery(status, index, false, |d| d.attempts_truncated) }
}

/// How many attempts of a delivery are listed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_count(
    status: *const hookrail_event_status,
    index: usize,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_delivery(status, index, 0, |d| d.attempts.len()) }
}

/// The number of an attempt as the service counts; 0 when an index is out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_number(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
) -> i64 {
    // SAFETY: the caller's contract.
    unsafe { guard_attempt(status, delivery_index, index, 0, |a| a.number) }
}

/// The claim version of an attempt; 0 when an index is out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_claim_version(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
) -> i64 {
    // SAFETY: the caller's contract.
    unsafe { guard_attempt(status, delivery_index, index, 0, |a| a.claim_version) }
}

/// What an attempt came to, in the service's own word; NULL when an index is out of range.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_status(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe {
        guard_attempt(status, delivery_index, index, ptr::null(), |a| {
            a.status.as_ptr()
        })
    }
}

/// The HTTP status that the receiver answered; 0 when it did not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_http_status(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
) -> i64 {
    // SAFETY: the caller's contract.
    unsafe { guard_attempt(status, delivery_index, index, 0, |a| a.http_status) }
}

/// The service's word for what went wrong; NULL when nothing did.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_error_class(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe {
        guard_attempt(status, delivery_index, index, ptr::null(), |a| {
            pointer_or_null(a.error_class.as_ref())
        })
    }
}

/// How long the attempt took, in milliseconds; -1 when the service does not say.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_latency_ms(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
) -> i64 {
    // SAFETY: the caller's contract.
    unsafe { guard_attempt(status, delivery_index, index, -1, |a| a.latency_ms) }
}
