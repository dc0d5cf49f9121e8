//! The enumerations of the ABI, and their names.
//!
//! The core's tables have their numbers, names and documentation; `tests/rust/header.rs` writes those of the header
//! from the same tables.
//!
//! In C an enumeration may be signed or unsigned: the functions take an `int64_t`, to which both convert without a
//! warning of the compiler.

use std::ffi::c_char;

pub use crate::error::{Outcome as hookrail_outcome, Status as hookrail_status};
pub use crate::protocol::delivery_state::DeliveryState as hookrail_delivery_state;

/// Returns the name of a status, for example "rate_limited"; "unknown" for an unknown number.
///
/// @param status A hookrail_status as a number: it may come from a newer library.
///
/// Ownership: the string is static.
///
/// Thread-safety: any thread, at any time.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_status_name(status: i64) -> *const c_char {
    number(status)
        .and_then(hookrail_status::from_code)
        .map_or(c"unknown", hookrail_status::c_name)
        .as_ptr()
}

/// Returns the protocol's name of a delivery state, for example "in_flight"; "unknown" for an unknown number.
///
/// @param state A hookrail_delivery_state as a number.
///
/// Ownership: the string is static.
///
/// Thread-safety: any thread, at any time.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_delivery_state_name(state: i64) -> *const c_char {
    number(state)
        .and_then(hookrail_delivery_state::from_code)
        .map_or(c"unknown", hookrail_delivery_state::c_name)
        .as_ptr()
}

/// Returns the name of an outcome, for example "maybe_sent"; "unknown" for an unknown number.
///
/// @param outcome A hookrail_outcome as a number.
///
/// Ownership: the string is static.
///
/// Thread-safety: any thread, at any time.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_outcome_name(outcome: i64) -> *const c_char {
    number(outcome)
        .and_then(hookrail_outcome::from_code)
        .map_or(c"unknown", hookrail_outcome::c_name)
        .as_ptr()
}

fn number(value: i64) -> Option<i32> {
    value.try_into().ok()
}
