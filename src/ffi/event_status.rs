//! `hookrail_event_status`.

use std::ffi::c_char;
use std::ptr;

use super::argument;
use super::attempt_record::{Records, hookrail_attempt_record};
use super::cancel::hookrail_cancel;
use super::client::hookrail_client;
use super::error::hookrail_error;
use super::fallible::guard;
use super::guard::guard_read;
use super::handle;
use super::send_options::call_options;
use super::status::{hookrail_delivery_state, hookrail_status};
use super::text::{Text, pointer_or_null};
use crate::protocol::answer::{Delivery, DeliveryAttempt, EventStatus};

/// The service's answer about an event: its deliveries and their attempts (protocol section 2).
///
/// Immutable; threads may share it. Free it with hookrail_event_status_free(). All getters accept NULL and
/// indices out of range. The strings that they return belong to the handle.
pub struct hookrail_event_status {
    event_id: Text,
    topic: Text,
    deliveries: Vec<DeliveryTexts>,
    json: Text,
    records: Records,
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
    /// Makes a handle for the caller to free.
    pub fn into_raw(status: EventStatus) -> *mut Self {
        handle::into_raw(hookrail_event_status {
            event_id: Text::new(&status.event_id),
            topic: Text::new(&status.topic),
            deliveries: status.deliveries.iter().map(DeliveryTexts::new).collect(),
            json: Text::new(&status.raw_json),
            records: Records::new(status.attempt_records),
        })
    }
}

impl DeliveryTexts {
    fn new(delivery: &Delivery) -> Self {
        DeliveryTexts {
            id: Text::new(&delivery.delivery_id),
            state: delivery.state,
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

/// Reads a delivery. Returns `absent` for NULL, for an index out of range, and after a panic.
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

/// Reads an attempt of a delivery, as [`guard_delivery`] reads a delivery.
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

/// Asks the service for an event's deliveries and their attempts (protocol section 2).
///
/// @param event_id,event_id_len The event's id: at most 256 bytes, UTF-8, not empty, not "." or "..".
/// @param cancel NULL, or a token that ends the call early.
/// @param timeout_ms The time for the whole call; 0 for the client's total timeout, less than 0 is refused.
/// @param out Set to the answer; free it with hookrail_event_status_free().
///
/// Thread-safety: any thread, any number of calls at the same time.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_NOT_FOUND (there is no such event); HOOKRAIL_AUTHENTICATION or
/// HOOKRAIL_SERVER_ERROR (also when the service's database is away); otherwise those of hookrail_send_event(),
/// without an idempotency key and an outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_get_event(
    client: *const hookrail_client,
    event_id: *const c_char,
    event_id_len: usize,
    cancel: *const hookrail_cancel,
    timeout_ms: i64,
    out: *mut *mut hookrail_event_status,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (handle, event_id, options, out) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("event_id", event_id, event_id_len)?,
                call_options(cancel, argument::optional_milliseconds(timeout_ms)?),
                argument::out("out", out)?,
            )
        };
        let status = handle.client().get_event(event_id, &options)?;
        *out = hookrail_event_status::into_raw(status);
        Ok(())
    })
}

/// Frees the handle. NULL is allowed.
///
/// Thread-safety: no other thread may still use the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_free(status: *mut hookrail_event_status) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(status) };
}

/// Returns the event's id; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_event_id(
    status: *const hookrail_event_status,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, c"".as_ptr(), |s| s.event_id.as_ptr()) }
}

/// Returns the event's topic; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_topic(
    status: *const hookrail_event_status,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, c"".as_ptr(), |s| s.topic.as_ptr()) }
}

/// Returns the service's answer as it was received, including members that this version does not know; ""
/// for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_json(
    status: *const hookrail_event_status,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, c"".as_ptr(), |s| s.json.as_ptr()) }
}

/// Returns the length of hookrail_event_status_json() in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_json_len(
    status: *const hookrail_event_status,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, 0, |s| s.json.len()) }
}

/// Returns the number of the event's deliveries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_delivery_count(
    status: *const hookrail_event_status,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, 0, |s| s.deliveries.len()) }
}

/// Returns the id of a delivery; NULL if the index is out of range.
///
/// @param index From 0 to hookrail_event_status_delivery_count() - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_delivery_id(
    status: *const hookrail_event_status,
    index: usize,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_delivery(status, index, ptr::null(), |d| d.id.as_ptr()) }
}

/// Returns the state of a delivery; HOOKRAIL_DELIVERY_UNKNOWN if this version does not know it.
///
/// @param index From 0 to hookrail_event_status_delivery_count() - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_delivery_state(
    status: *const hookrail_event_status,
    index: usize,
) -> hookrail_delivery_state {
    // SAFETY: the caller's contract.
    unsafe { guard_delivery(status, index, hookrail_delivery_state::Unknown, |d| d.state) }
}

/// Returns the service's name of a delivery's state; NULL if the index is out of range.
///
/// @param index From 0 to hookrail_event_status_delivery_count() - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_delivery_state_text(
    status: *const hookrail_event_status,
    index: usize,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_delivery(status, index, ptr::null(), |d| d.state_text.as_ptr()) }
}

/// Returns whether the service left out attempts of a delivery.
///
/// @param index From 0 to hookrail_event_status_delivery_count() - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_delivery_attempts_truncated(
    status: *const hookrail_event_status,
    index: usize,
) -> bool {
    // SAFETY: the caller's contract.
    unsafe { guard_delivery(status, index, false, |d| d.attempts_truncated) }
}

/// Returns the number of a delivery's attempts in the answer.
///
/// @param index From 0 to hookrail_event_status_delivery_count() - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_count(
    status: *const hookrail_event_status,
    index: usize,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_delivery(status, index, 0, |d| d.attempts.len()) }
}

/// Returns the service's number of an attempt; 0 if an index is out of range.
///
/// @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
/// @param index From 0 to hookrail_event_status_attempt_count() - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_number(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
) -> i64 {
    // SAFETY: the caller's contract.
    unsafe { guard_attempt(status, delivery_index, index, 0, |a| a.number) }
}

/// Returns the claim version of an attempt; 0 if an index is out of range.
///
/// @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
/// @param index From 0 to hookrail_event_status_attempt_count() - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_claim_version(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
) -> i64 {
    // SAFETY: the caller's contract.
    unsafe { guard_attempt(status, delivery_index, index, 0, |a| a.claim_version) }
}

/// Returns the service's name of an attempt's result; NULL if an index is out of range.
///
/// @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
/// @param index From 0 to hookrail_event_status_attempt_count() - 1.
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

/// Returns the HTTP status of the receiver's answer; 0 if it did not answer.
///
/// @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
/// @param index From 0 to hookrail_event_status_attempt_count() - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_http_status(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
) -> i64 {
    // SAFETY: the caller's contract.
    unsafe { guard_attempt(status, delivery_index, index, 0, |a| a.http_status) }
}

/// Returns the service's name of the failure; NULL if there was none.
///
/// @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
/// @param index From 0 to hookrail_event_status_attempt_count() - 1.
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

/// Returns the duration of an attempt in milliseconds; -1 if the service does not tell it.
///
/// @param delivery_index From 0 to hookrail_event_status_delivery_count() - 1.
/// @param index From 0 to hookrail_event_status_attempt_count() - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_latency_ms(
    status: *const hookrail_event_status,
    delivery_index: usize,
    index: usize,
) -> i64 {
    // SAFETY: the caller's contract.
    unsafe { guard_attempt(status, delivery_index, index, -1, |a| a.latency_ms) }
}

/// Returns the number of records of the call's attempts: at most 16, those of the last attempts. The attempts of a delivery are
/// others: those of the service at the endpoint. 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_record_count(
    status: *const hookrail_event_status,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, 0, |s| s.records.count()) }
}

/// Writes the record of an attempt. Returns false, and writes nothing, if the index is out of range, for NULL, and for
/// another size.
///
/// @param index From 0, the oldest attempt that is kept, to hookrail_event_status_attempt_record_count() - 1.
/// @param record Set to the record. Its strings belong to the handle.
/// @param record_size sizeof(hookrail_attempt_record).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_attempt_record(
    status: *const hookrail_event_status,
    index: usize,
    record: *mut hookrail_attempt_record,
    record_size: usize,
) -> bool {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(status, false, |s| {
            s.records.write(index, record, record_size)
        })
    }
}

/// Returns the id that the service, or a gateway before it, gave the request, as hookrail_accepted_request_id(); NULL if it
/// gave none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_event_status_request_id(
    status: *const hookrail_event_status,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(status, ptr::null(), |s| s.records.last_request_id()) }
}
