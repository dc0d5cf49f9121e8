//! `hookrail_accepted`.

use std::ffi::c_char;
use std::ptr;

use super::attempt_record::{Records, hookrail_attempt_record};
use super::completed_event::CompletedEvent;
use super::guard::guard_read;
use super::handle;
use super::text::{Text, pointer_or_null};
use crate::protocol::answer::Accepted;

/// The service's promise that it has recorded an event durably (protocol section 1, 202).
///
/// Immutable; threads may share it. Free it with hookrail_accepted_free(). All getters accept NULL. The
/// strings that they return belong to the handle.
pub struct hookrail_accepted {
    event_id: Text,
    delivery_ids: Vec<Text>,
    replayed: bool,
    idempotency_key: Text,
    attempts: u32,
    json: Text,
    records: Records,
    /// Keeps the strings of the completion.
    _event: Option<CompletedEvent>,
}

impl hookrail_accepted {
    /// Makes a handle for the caller to free.
    pub fn into_raw(accepted: Accepted) -> *mut Self {
        handle::into_raw(Self::new(accepted, None))
    }

    /// Makes a handle that keeps the strings of its completion. Returns its idempotency key, too.
    pub fn of_completion(accepted: Accepted, event: CompletedEvent) -> (*mut Self, *const c_char) {
        let made = Self::new(accepted, Some(event));
        let key = made.idempotency_key.as_ptr();
        (handle::into_raw(made), key)
    }

    fn new(accepted: Accepted, event: Option<CompletedEvent>) -> Self {
        hookrail_accepted {
            event_id: Text::new(&accepted.event_id),
            delivery_ids: accepted.delivery_ids.iter().map(Text::new).collect(),
            replayed: accepted.replayed,
            idempotency_key: Text::new(&accepted.idempotency_key),
            attempts: accepted.attempts,
            json: Text::new(&accepted.raw_json),
            records: Records::new(accepted.attempt_records),
            _event: event,
        }
    }
}

/// Frees the handle. NULL is allowed.
///
/// Thread-safety: no other thread may still use the handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_free(accepted: *mut hookrail_accepted) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(accepted) };
}

/// Returns the event's id; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_event_id(
    accepted: *const hookrail_accepted,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, c"".as_ptr(), |a| a.event_id.as_ptr()) }
}

/// Returns the number of the event's deliveries; 0 if no subscription matched.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_delivery_count(
    accepted: *const hookrail_accepted,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, 0, |a| a.delivery_ids.len()) }
}

/// Returns the id of a delivery; NULL if the index is out of range.
///
/// @param index From 0 to hookrail_accepted_delivery_count() - 1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_delivery_id(
    accepted: *const hookrail_accepted,
    index: usize,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(accepted, ptr::null(), |a| {
            pointer_or_null(a.delivery_ids.get(index))
        })
    }
}

/// Returns whether the service had recorded the same key and bytes before. This is a success, too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_replayed(accepted: *const hookrail_accepted) -> bool {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, false, |a| a.replayed) }
}

/// Returns the idempotency key with which the event was sent; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_idempotency_key(
    accepted: *const hookrail_accepted,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, c"".as_ptr(), |a| a.idempotency_key.as_ptr()) }
}

/// Returns the number of attempts that the call made.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_attempts(accepted: *const hookrail_accepted) -> u32 {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, 0, |a| a.attempts) }
}

/// Returns the service's answer as it was received, including members that this version does not know; ""
/// for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_json(
    accepted: *const hookrail_accepted,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, c"".as_ptr(), |a| a.json.as_ptr()) }
}

/// Returns the length of hookrail_accepted_json() in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_json_len(accepted: *const hookrail_accepted) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, 0, |a| a.json.len()) }
}

/// Returns the number of records of the call's attempts: at most 16, those of the last attempts. 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_attempt_record_count(
    accepted: *const hookrail_accepted,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, 0, |a| a.records.count()) }
}

/// Writes the record of an attempt. Returns false, and writes nothing, if the index is out of range, for NULL, and for
/// another size.
///
/// @param index From 0, the oldest attempt that is kept, to hookrail_accepted_attempt_record_count() - 1.
/// @param record Set to the record. Its strings belong to the handle.
/// @param record_size sizeof(hookrail_attempt_record).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_attempt_record(
    accepted: *const hookrail_accepted,
    index: usize,
    record: *mut hookrail_attempt_record,
    record_size: usize,
) -> bool {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(accepted, false, |a| {
            a.records.write(index, record, record_size)
        })
    }
}

/// Returns the id that the service, or a gateway before it, gave the request; NULL if it gave none.
///
/// It is the value of the first of these headers that is there and not empty: x-request-id, request-id,
/// x-correlation-id, x-amzn-requestid, x-kong-request-id, x-amzn-trace-id, x-azure-ref, cf-ray. It has at most 200
/// characters; invisible characters are escaped (`\n`, `\u{1b}`).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_request_id(
    accepted: *const hookrail_accepted,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, ptr::null(), |a| a.records.last_request_id()) }
}
