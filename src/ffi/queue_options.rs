//! The settings of `hookrail_client_options` for the producer's queue.

use super::argument;
use super::client_options::{hookrail_client_options, set};
use super::error::hookrail_error;
use super::status::hookrail_status;

/// Sets the most events that the producer holds: queued, in flight, or completed and not collected (default
/// 10000).
///
/// @param events 1 or more.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_queue_max_events(
    options: *mut hookrail_client_options,
    events: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_queue_max_events(events)
    })
}

/// Sets the most bytes of events that the producer holds, queued or in flight (default 67108864).
///
/// A single larger event is accepted when the queue is empty.
///
/// @param bytes 1 or more.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_queue_max_bytes(
    options: *mut hookrail_client_options,
    bytes: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| options.set_queue_max_bytes(bytes))
}

/// Sets the largest number of submitted events that are being sent at once (default 64). A burst begins with four; the
/// number grows with the answers while events wait. One thread of the library sends all of them.
///
/// @param workers 1 to 4096.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_workers(
    options: *mut hookrail_client_options,
    workers: i32,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_workers(usize::try_from(workers).unwrap_or(0))
    })
}

/// Sets the time for sending a submitted event, including its time in the queue and its retries (default 120000
/// milliseconds).
///
/// @param timeout_ms 1 millisecond to a day.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_delivery_timeout_ms(
    options: *mut hookrail_client_options,
    timeout_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_delivery_timeout(argument::milliseconds("timeout_ms", timeout_ms)?)
    })
}
