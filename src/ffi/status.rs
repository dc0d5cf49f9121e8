//! The enumerations of the ABI and their names.

use std::ffi::{CStr, c_char};

use crate::error::{Outcome, Status};
use crate::protocol::answer::DeliveryState;

/// What a call came to. The numbers never change; later versions may add some, so treat an unknown
/// one by its family: 1xx the caller, 2xx the transport, 4xx and 5xx the service's answers, 6xx
/// retries, 7xx signatures, 9xx the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum hookrail_status {
    /// Success.
    HOOKRAIL_OK = 0,
    /// An argument is not acceptable; nothing was done.
    HOOKRAIL_INVALID_ARGUMENT = 100,
    /// The client cannot be set up as asked: API key, base URL, proxy, certificates, limits.
    HOOKRAIL_CONFIGURATION = 101,
    /// The client was closed.
    HOOKRAIL_CLOSED = 102,
    /// The handle belongs to the parent of this process.
    HOOKRAIL_FORKED = 103,
    /// The producer's queue is at its limit.
    HOOKRAIL_QUEUE_FULL = 104,
    /// A signal or a wake-up ended the wait.
    HOOKRAIL_INTERRUPTED = 105,
    /// The cancel token was fired.
    HOOKRAIL_CANCELLED = 106,
    /// The caller's buffer is too small for the output.
    HOOKRAIL_BUFFER_TOO_SMALL = 107,
    /// A received body is larger than the limit set for it.
    HOOKRAIL_BODY_TOO_LARGE = 108,
    /// A prepared event is damaged or of an unknown version.
    HOOKRAIL_DAMAGED_BLOB = 109,
    /// A system resource is missing: the process may make no more threads, descriptors or sockets.
    HOOKRAIL_OUT_OF_RESOURCES = 110,
    /// A received body is shorter than announced, or was read before it came to the library.
    HOOKRAIL_BODY_INCOMPLETE = 111,
    /// No usable connection: refused, reset, closed early, name not found.
    HOOKRAIL_CONNECTION = 200,
    /// A timeout or the budget of the call ran out.
    HOOKRAIL_TIMEOUT = 201,
    /// The TLS handshake failed; final where the certificate is at fault.
    HOOKRAIL_TLS = 202,
    /// The answer was not HTTP, or not what the protocol promises.
    HOOKRAIL_PROTOCOL = 203,
    /// HTTP 400.
    HOOKRAIL_BAD_REQUEST = 400,
    /// HTTP 401: the API key is missing, unknown or revoked. Where this client has had a success with it in this
    /// process, the service's database may be away instead: then the error is retryable.
    HOOKRAIL_AUTHENTICATION = 401,
    /// HTTP 403.
    HOOKRAIL_PERMISSION_DENIED = 403,
    /// HTTP 404: there is no such event.
    HOOKRAIL_NOT_FOUND = 404,
    /// HTTP 409: the idempotency key was used with other bytes.
    HOOKRAIL_CONFLICT = 409,
    /// HTTP 413, or a payload over the client's own limit.
    HOOKRAIL_PAYLOAD_TOO_LARGE = 413,
    /// HTTP 429; or, with the outcome NOT_SENT, nothing was sent because the call's turn under the service's limit
    /// would come after its time.
    HOOKRAIL_RATE_LIMITED = 429,
    /// Any other final HTTP status, redirects included.
    HOOKRAIL_UNEXPECTED_STATUS = 499,
    /// HTTP 5xx.
    HOOKRAIL_SERVER_ERROR = 500,
    /// The retries ran out; hookrail_error_last() is the last attempt's error.
    HOOKRAIL_RETRIES_EXHAUSTED = 600,
    /// The signature header (or the delivery id) does not have the required form.
    HOOKRAIL_SIGNATURE_MALFORMED = 700,
    /// The signature is older than the tolerance allows.
    HOOKRAIL_TIMESTAMP_TOO_OLD = 701,
    /// The signature is further in the future than the tolerance allows.
    HOOKRAIL_TIMESTAMP_TOO_NEW = 702,
    /// No secret matches any candidate signature.
    HOOKRAIL_SIGNATURE_MISMATCH = 703,
    /// The request carries no signature header or no delivery id.
    HOOKRAIL_SIGNATURE_MISSING = 704,
    /// A defect of the library: a panic was caught.
    HOOKRAIL_INTERNAL = 900,
}

/// What is known about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum hookrail_outcome {
    /// The question does not arise: nothing was being sent.
    HOOKRAIL_OUTCOME_NONE = 0,
    /// The service recorded the event.
    HOOKRAIL_OUTCOME_DELIVERED = 1,
    /// No complete request left this process: the service cannot have recorded the event.
    HOOKRAIL_OUTCOME_NOT_SENT = 2,
    /// The service answered, and its answer says that it recorded nothing.
    HOOKRAIL_OUTCOME_REJECTED = 3,
    /// A complete request left this process and no answer settles what became of it. A resend with
    /// the same idempotency key and the same bytes is safe.
    HOOKRAIL_OUTCOME_MAYBE_SENT = 4,
}

/// The state of a delivery (protocol section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub enum hookrail_delivery_state {
    /// A state that this version does not know; its text is still there.
    HOOKRAIL_DELIVERY_UNKNOWN = 0,
    /// Waiting for its first attempt.
    HOOKRAIL_DELIVERY_PENDING = 1,
    /// An attempt is under way.
    HOOKRAIL_DELIVERY_IN_FLIGHT = 2,
    /// Waiting for another attempt.
    HOOKRAIL_DELIVERY_RETRY_SCHEDULED = 3,
    /// The receiver accepted it.
    HOOKRAIL_DELIVERY_SUCCEEDED = 4,
    /// Given up.
    HOOKRAIL_DELIVERY_DEAD_LETTERED = 5,
    /// Cancelled.
    HOOKRAIL_DELIVERY_CANCELLED = 6,
    /// Skipped.
    HOOKRAIL_DELIVERY_SKIPPED = 7,
}

impl From<Status> for hookrail_status {
    fn from(status: Status) -> Self {
        match status {
            Status::Ok => hookrail_status::HOOKRAIL_OK,
            Status::InvalidArgument => hookrail_status::HOOKRAIL_INVALID_ARGUMENT,
            Status::Configuration => hookrail_status::HOOKRAIL_CONFIGURATION,
            Status::Closed => hookrail_status::HOOKRAIL_CLOSED,
            Status::Forked => hookrail_status::HOOKRAIL_FORKED,
            Status::QueueFull => hookrail_status::HOOKRAIL_QUEUE_FULL,
            Status::Interrupted => hookrail_status::HOOKRAIL_INTERRUPTED,
            Status::Cancelled => hookrail_status::HOOKRAIL_CANCELLED,
            Status::BufferTooSmall => hookrail_status::HOOKRAIL_BUFFER_TOO_SMALL,
            Status::BodyTooLarge => hookrail_status::HOOKRAIL_BODY_TOO_LARGE,
            Status::DamagedBlob => hookrail_status::HOOKRAIL_DAMAGED_BLOB,
            Status::OutOfResources => hookrail_status::HOOKRAIL_OUT_OF_RESOURCES,
            Status::BodyIncomplete => hookrail_status::HOOKRAIL_BODY_INCOMPLETE,
            Status::Connection => hookrail_status::HOOKRAIL_CONNECTION,
            Status::Timeout => hookrail_status::HOOKRAIL_TIMEOUT,
            Status::Tls => hookrail_status::HOOKRAIL_TLS,
            Status::Protocol => hookrail_status::HOOKRAIL_PROTOCOL,
            Status::BadRequest => hookrail_status::HOOKRAIL_BAD_REQUEST,
            Status::Authentication => hookrail_status::HOOKRAIL_AUTHENTICATION,
            Status::PermissionDenied => hookrail_status::HOOKRAIL_PERMISSION_DENIED,
            Status::NotFound => hookrail_status::HOOKRAIL_NOT_FOUND,
            Status::Conflict => hookrail_status::HOOKRAIL_CONFLICT,
            Status::PayloadTooLarge => hookrail_status::HOOKRAIL_PAYLOAD_TOO_LARGE,
            Status::RateLimited => hookrail_status::HOOKRAIL_RATE_LIMITED,
            Status::UnexpectedStatus => hookrail_status::HOOKRAIL_UNEXPECTED_STATUS,
            Status::ServerError => hookrail_status::HOOKRAIL_SERVER_ERROR,
            Status::RetriesExhausted => hookrail_status::HOOKRAIL_RETRIES_EXHAUSTED,
            Status::SignatureMalformed => hookrail_status::HOOKRAIL_SIGNATURE_MALFORMED,
            Status::TimestampTooOld => hookrail_status::HOOKRAIL_TIMESTAMP_TOO_OLD,
            Status::TimestampTooNew => hookrail_status::HOOKRAIL_TIMESTAMP_TOO_NEW,
            Status::SignatureMismatch => hookrail_status::HOOKRAIL_SIGNATURE_MISMATCH,
            Status::SignatureMissing => hookrail_status::HOOKRAIL_SIGNATURE_MISSING,
            Status::Internal => hookrail_status::HOOKRAIL_INTERNAL,
        }
    }
}

impl From<Outcome> for hookrail_outcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::None => hookrail_outcome::HOOKRAIL_OUTCOME_NONE,
            Outcome::Delivered => hookrail_outcome::HOOKRAIL_OUTCOME_DELIVERED,
            Outcome::NotSent => hookrail_outcome::HOOKRAIL_OUTCOME_NOT_SENT,
            Outcome::Rejected => hookrail_outcome::HOOKRAIL_OUTCOME_REJECTED,
            Outcome::MaybeSent => hookrail_outcome::HOOKRAIL_OUTCOME_MAYBE_SENT,
        }
    }
}

impl From<DeliveryState> for hookrail_delivery_state {
    fn from(state: DeliveryState) -> Self {
        match state {
            DeliveryState::Unknown => hookrail_delivery_state::HOOKRAIL_DELIVERY_UNKNOWN,
            DeliveryState::Pending => hookrail_delivery_state::HOOKRAIL_DELIVERY_PENDING,
            DeliveryState::InFlight => hookrail_delivery_state::HOOKRAIL_DELIVERY_IN_FLIGHT,
            DeliveryState::RetryScheduled => {
                hookrail_delivery_state::HOOKRAIL_DELIVERY_RETRY_SCHEDULED
            }
            DeliveryState::Succeeded => hookrail_delivery_state::HOOKRAIL_DELIVERY_SUCCEEDED,
            DeliveryState::DeadLettered => hookrail_delivery_state::HOOKRAIL_DELIVERY_DEAD_LETTERED,
            DeliveryState::Cancelled => hookrail_delivery_state::HOOKRAIL_DELIVERY_CANCELLED,
            DeliveryState::Skipped => hookrail_delivery_state::HOOKRAIL_DELIVERY_SKIPPED,
        }
    }
}

/// The name of a status, for example "rate_limited"; "unknown" for a number that is none.
///
/// Takes the number, so that a value from a newer library is no harm.
/// Ownership: the string is static. Thread-safety: any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_status_name(status: i32) -> *const c_char {
    let name: &CStr = match Status::from_code(status) {
        Some(Status::Ok) => c"ok",
        Some(Status::InvalidArgument) => c"invalid_argument",
        Some(Status::Configuration) => c"configuration",
        Some(Status::Closed) => c"closed",
        Some(Status::Forked) => c"forked",
        Some(Status::QueueFull) => c"queue_full",
        Some(Status::Interrupted) => c"interrupted",
        Some(Status::Cancelled) => c"cancelled",
        Some(Status::BufferTooSmall) => c"buffer_too_small",
        Some(Status::BodyTooLarge) => c"body_too_large",
        Some(Status::DamagedBlob) => c"damaged_blob",
        Some(Status::OutOfResources) => c"out_of_resources",
        Some(Status::BodyIncomplete) => c"body_incomplete",
        Some(Status::Connection) => c"connection",
        Some(Status::Timeout) => c"timeout",
        Some(Status::Tls) => c"tls",
        Some(Status::Protocol) => c"protocol",
        Some(Status::BadRequest) => c"bad_request",
        Some(Status::Authentication) => c"authentication",
        Some(Status::PermissionDenied) => c"permission_denied",
        Some(Status::NotFound) => c"not_found",
        Some(Status::Conflict) => c"conflict",
        Some(Status::PayloadTooLarge) => c"payload_too_large",
        Some(Status::RateLimited) => c"rate_limited",
        Some(Status::UnexpectedStatus) => c"unexpected_status",
        Some(Status::ServerError) => c"server_error",
        Some(Status::RetriesExhausted) => c"retries_exhausted",
        Some(Status::SignatureMalformed) => c"signature_malformed",
        Some(Status::TimestampTooOld) => c"timestamp_too_old",
        Some(Status::TimestampTooNew) => c"timestamp_too_new",
        Some(Status::SignatureMismatch) => c"signature_mismatch",
        Some(Status::SignatureMissing) => c"signature_missing",
        Some(Status::Internal) => c"internal",
        None => c"unknown",
    };
    name.as_ptr()
}

/// The name of a delivery state as the protocol has it, for example "in_flight"; "unknown" for a
/// number that is none.
///
/// Ownership: the string is static. Thread-safety: any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_delivery_state_name(state: i32) -> *const c_char {
    let name: &CStr = match state {
        1 => c"pending",
        2 => c"in_flight",
        3 => c"retry_scheduled",
        4 => c"succeeded",
        5 => c"dead_lettered",
        6 => c"cancelled",
        7 => c"skipped",
        _ => c"unknown",
    };
    name.as_ptr()
}

/// The name of an outcome, for example "maybe_sent"; "unknown" for a number that is none.
///
/// Ownership: the string is static. Thread-safety: any thread, any time.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_outcome_name(outcome: i32) -> *const c_char {
    let name: &CStr = match outcome {
        0 => c"none",
        1 => c"delivered",
        2 => c"not_sent",
        3 => c"rejected",
        4 => c"maybe_sent",
        _ => c"unknown",
    };
    name.as_ptr()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: *const c_char) -> &'static str {
        // SAFETY: the name functions return static strings.
        unsafe { CStr::from_ptr(name) }.to_str().unwrap()
    }

    #[test]
    fn numbers_and_names_are_those_of_the_core() {
        for status in Status::ALL {
            assert_eq!(hookrail_status::from(status) as i32, status.code());
            assert_eq!(text(hookrail_status_name(status.code())), status.name());
        }
        assert_eq!(text(hookrail_status_name(12345)), "unknown");
        for outcome in [
            Outcome::None,
            Outcome::Delivered,
            Outcome::NotSent,
            Outcome::Rejected,
            Outcome::MaybeSent,
        ] {
            assert_eq!(hookrail_outcome::from(outcome) as i32, outcome.code());
            assert_eq!(text(hookrail_outcome_name(outcome.code())), outcome.name());
        }
        for code in 0..8 {
            let name = text(hookrail_delivery_state_name(code));
            let state = DeliveryState::from_name(name);
            assert_eq!(hookrail_delivery_state::from(state) as i32, code);
        }
    }
}
