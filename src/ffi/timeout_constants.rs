//! `hookrail_timeout_constants`.

/// Constants for `timeout_ms`. There are three kinds of them, each with one meaning of 0 and less:
///
/// - How long to wait, as in hookrail_poll(), hookrail_flush(), hookrail_client_close(), hookrail_call_wait() and
///   hookrail_submit_event_wait(): 0 does not wait, less than 0 waits without end.
/// - The time for a call or an event, as in hookrail_get_event(), hookrail_send_prepared() and
///   hookrail_submit_prepared(): 0 is the client's own time, less than 0 is refused.
/// - A setting, as in hookrail_send_options_set_timeout_ms(): 0 and less are refused.
#[repr(C)]
#[allow(dead_code, reason = "constants for C, which Rust has elsewhere")]
pub enum hookrail_timeout_constants {
    /// For a wait: without end.
    HOOKRAIL_INFINITE = -1,
    /// For a call the client's total timeout, for an event its delivery timeout.
    HOOKRAIL_DEFAULT_TIMEOUT = 0,
}
