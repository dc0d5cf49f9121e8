//! `hookrail_accepted`.

use std::ffi::c_char;
use std::ptr;

use super::guard::{guard_read, guard_value};
use super::text::{Text, pointer_or_null};
use crate::protocol::answer::Accepted;

/// The service's promise: it has recorded the event durably (protocol section 1, 202).
///
/// Immutable; threads may share it. Free it with hookrail_accepted_free(). All getters accept NULL;
/// the strings they return are borrowed from the handle.
pub struct hookrail_accepted {
    event_id: Text,
    delivery_ids: Vec<Text>,
    replayed: bool,
    idempotency_key: Text,
    attempts: u32,
    json: Text,
}

impl hookrail_accepted {
    /// A handle for the caller to free.
    pub fn into_raw(accepted: Accepted) -> *mut Self {
        Box::into_raw(Box::new(hookrail_accepted {
            event_id: Text::new(&accepted.event_id),
            delivery_ids: accepted.delivery_ids.iter().map(Text::new).collect(),
            replayed: accepted.replayed,
            idempotency_key: Text::new(&accepted.idempotency_key),
            attempts: accepted.attempts,
            json: Text::new(&accepted.raw_json),
        }))
    }
}

/// Frees the handle. NULL is fine.
///
/// Thread-safety: no other thread may use it any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_free(accepted: *mut hookrail_accepted) {
    if !accepted.is_null() {
        // SAFETY: the handle came from `into_raw`, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(accepted) }));
    }
}

/// The event's id; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_event_id(
    accepted: *const hookrail_accepted,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, c"".as_ptr(), |a| a.event_id.as_ptr()) }
}

/// How many deliveries the event was fanned out to; 0 when no subscription matched.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_delivery_count(
    accepted: *const hookrail_accepted,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, 0, |a| a.delivery_ids.len()) }
}

/// The id of a delivery; NULL when `index` is not below the count.
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

/// Whether the service had recorded this key and these bytes before. A success all the same.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_replayed(accepted: *const hookrail_accepted) -> bool {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, false, |a| a.replayed) }
}

/// The idempotency key under which the event was sent; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_idempotency_key(
    accepted: *const hookrail_accepted,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, c"".as_ptr(), |a| a.idempotency_key.as_ptr()) }
}

/// How many attempts it took.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_attempts(accepted: *const hookrail_accepted) -> u32 {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, 0, |a| a.attempts) }
}

/// The service's answer as it came, with members that this version does not know; "" for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_json(
    accepted: *const hookrail_accepted,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, c"".as_ptr(), |a| a.json.as_ptr()) }
}

/// The length of hookrail_accepted_json() in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_accepted_json_len(accepted: *const hookrail_accepted) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(accepted, 0, |a| a.json.len()) }
}
