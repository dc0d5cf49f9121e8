//! `hookrail_error`.

use std::ffi::c_char;
use std::ptr;

use super::attempt_record::{Records, hookrail_attempt_record};
use super::completed_event::CompletedEvent;
use super::guard::guard_read;
use super::handle;
use super::status::{hookrail_outcome, hookrail_status};
use super::text::{Text, pointer_or_null};
use crate::error::Error;

/// The details of a failure. Immutable; threads may share it.
///
/// A function that takes a `hookrail_error **` sets it only when it fails; pass NULL if the status is
/// enough. Free it with hookrail_error_free(). All getters accept NULL.
pub struct hookrail_error {
    error: Error,
    message: Text,
    idempotency_key: Option<Text>,
    problem: Option<ProblemTexts>,
    request_id: Option<Text>,
    records: Records,
    cause: Option<Box<hookrail_error>>,
    /// Keeps the strings of the completion.
    _event: Option<CompletedEvent>,
}

struct ProblemTexts {
    kind: Option<Text>,
    title: Option<Text>,
    detail: Option<Text>,
    body: Text,
}

impl hookrail_error {
    /// Makes a handle for the caller to free.
    pub fn into_raw(error: Error) -> *mut Self {
        handle::into_raw(Self::new(error))
    }

    /// Makes a handle that keeps the strings of its completion. Returns its idempotency key, too.
    pub fn of_completion(error: Error, event: CompletedEvent) -> (*mut Self, *const c_char) {
        let made = hookrail_error {
            _event: Some(event),
            ..Self::new(error)
        };
        let key = pointer_or_null(made.idempotency_key.as_ref());
        (handle::into_raw(made), key)
    }

    fn new(mut error: Error) -> Self {
        let request_id = error.request_id().map(Text::new);
        let cause = error.take_cause().map(|cause| Box::new(Self::new(cause)));
        hookrail_error {
            message: Text::new(error.message()),
            idempotency_key: error.idempotency_key().map(Text::new),
            problem: error.problem().map(|problem| ProblemTexts {
                kind: problem.problem_type().map(Text::new),
                title: problem.title().map(Text::new),
                detail: problem.detail().map(Text::new),
                body: Text::new(problem.raw_body()),
            }),
            request_id,
            records: Records::new(error.take_attempt_records()),
            cause,
            _event: None,
            error,
        }
    }

    #[cfg(test)]
    pub fn message(&self) -> &str {
        self.error.message()
    }

    /// Asks this error, then its causes in turn, and returns the first value that is there. The service's
    /// answer belongs to the last attempt's error.
    fn nearest<T>(&self, get: impl Fn(&Self) -> Option<T>) -> Option<T> {
        let mut error = self;
        loop {
            if let Some(found) = get(error) {
                return Some(found);
            }
            error = error.cause.as_deref()?;
        }
    }

    fn nearest_text(&self, get: impl Fn(&ProblemTexts) -> Option<&Text>) -> *const c_char {
        self.nearest(|error| {
            let text = get(error.problem.as_ref()?)?;
            Some(text.as_ptr())
        })
        .unwrap_or(ptr::null())
    }
}

/// Frees an error. NULL is allowed. Do not free the results of hookrail_error_cause() and
/// hookrail_error_last().
///
/// Thread-safety: no other thread may still use the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_free(error: *mut hookrail_error) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(error) };
}

/// Returns the status that the function returned; HOOKRAIL_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_status(error: *const hookrail_error) -> hookrail_status {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, hookrail_status::Ok, |e| e.error.status()) }
}

/// Returns a sentence for people: what is wrong and, where it helps, what would be right. "" for NULL.
///
/// The message never holds an API key or a secret. It is one line: control characters, line separators and
/// marks of direction are escaped (`\n`, `\u{1b}`), also in text that came from a peer.
///
/// Ownership: the string belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_message(error: *const hookrail_error) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, c"".as_ptr(), |e| e.message.as_ptr()) }
}

/// Returns the length of the message in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_message_len(error: *const hookrail_error) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, 0, |e| e.message.len()) }
}

/// Returns the HTTP status of the service's last answer; 0 if there was none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_http_status(error: *const hookrail_error) -> i32 {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, 0, |e| {
            e.nearest(|e| e.error.http_status()).map_or(0, i32::from)
        })
    }
}

/// Returns the wait that the service asked for (Retry-After), in milliseconds; -1 if it asked for none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_retry_after_ms(error: *const hookrail_error) -> i64 {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, -1, |e| {
            e.nearest(|e| e.error.retry_after()).map_or(-1, |wait| {
                i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)
            })
        })
    }
}

/// Returns the `type` of the service's problem details (RFC 7807); NULL if it gave none.
///
/// Ownership: the string belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_problem_type(
    error: *const hookrail_error,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, ptr::null(), |e| e.nearest_text(|p| p.kind.as_ref())) }
}

/// Returns the `title` of the service's problem details; NULL if it gave none.
///
/// Ownership: the string belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_problem_title(
    error: *const hookrail_error,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, ptr::null(), |e| e.nearest_text(|p| p.title.as_ref())) }
}

/// Returns the `detail` of the service's problem details; NULL if it gave none.
///
/// Ownership: the string belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_problem_detail(
    error: *const hookrail_error,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, ptr::null(), |e| {
            e.nearest_text(|p| p.detail.as_ref())
        })
    }
}

/// Returns the body of the service's last answer as it was received, JSON or not, cut off at 64 KiB; NULL
/// if there was none. It may hold NUL: use hookrail_error_body_len().
///
/// Ownership: the string belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_body(error: *const hookrail_error) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, ptr::null(), |e| e.nearest_text(|p| Some(&p.body))) }
}

/// Returns the length of hookrail_error_body() in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_body_len(error: *const hookrail_error) -> usize {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, 0, |e| {
            e.nearest(|e| e.problem.as_ref().map(|p| p.body.len()))
                .unwrap_or(0)
        })
    }
}

/// Returns whether the same call can succeed later without a change.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_retryable(error: *const hookrail_error) -> bool {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, false, |e| e.error.is_retryable()) }
}

/// Returns the number of attempts; 0 if the call ended before the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_attempts(error: *const hookrail_error) -> u32 {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, 0, |e| e.error.attempts()) }
}

/// Returns the event's idempotency key, with which it was, or would have been, sent. NULL if the call sends no
/// event, or failed before the key was fixed.
///
/// Sending the same event again with this key cannot record it twice.
///
/// Ownership: the string belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_idempotency_key(
    error: *const hookrail_error,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, ptr::null(), |e| {
            pointer_or_null(e.idempotency_key.as_ref())
        })
    }
}

/// Returns what is known about the event that the call was sending.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_outcome(error: *const hookrail_error) -> hookrail_outcome {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, hookrail_outcome::None, |e| e.error.outcome()) }
}

/// Returns the cause of an error: for HOOKRAIL_RETRIES_EXHAUSTED the last attempt's error. NULL if there is
/// none.
///
/// Ownership: the cause belongs to the error; do not free it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_cause(
    error: *const hookrail_error,
) -> *const hookrail_error {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, ptr::null(), |e| {
            e.cause.as_deref().map_or(ptr::null(), ptr::from_ref)
        })
    }
}

/// Returns the last attempt's error: the innermost cause, or the error itself if it has no cause. NULL for
/// NULL.
///
/// One comparison finds the last failure of the service or the network, whether it was final or the
/// retries ran out: `hookrail_error_status(hookrail_error_last(error)) == HOOKRAIL_RATE_LIMITED`.
///
/// For HOOKRAIL_CANCELLED, HOOKRAIL_CLOSED and a HOOKRAIL_TIMEOUT of the producer it is the last failed
/// attempt's error, too, if there was one. The outcome and the number of attempts of the whole call are those
/// of the error itself.
///
/// Ownership: the result belongs to the error; do not free it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_last(
    error: *const hookrail_error,
) -> *const hookrail_error {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, ptr::null(), |e| {
            let mut last = e;
            while let Some(cause) = last.cause.as_deref() {
                last = cause;
            }
            ptr::from_ref(last)
        })
    }
}

/// Returns the number of records of the call's attempts: at most 16, those of the last attempts. They belong to the error
/// that the call returned; its cause has none. 0 for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_attempt_record_count(
    error: *const hookrail_error,
) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, 0, |e| e.records.count()) }
}

/// Writes the record of an attempt. Returns false, and writes nothing, if the index is out of range, for NULL, and for
/// another size.
///
/// @param index From 0, the oldest attempt that is kept, to hookrail_error_attempt_record_count() - 1.
/// @param record Set to the record. Its strings belong to the handle.
/// @param record_size sizeof(hookrail_attempt_record).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_attempt_record(
    error: *const hookrail_error,
    index: usize,
    record: *mut hookrail_attempt_record,
    record_size: usize,
) -> bool {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, false, |e| {
            e.records.write(index, record, record_size)
        })
    }
}

/// Returns the id that the service, or a gateway before it, gave the request of the last attempt, as
/// hookrail_accepted_request_id(); NULL if that attempt had no answer, or the answer no id.
///
/// Ownership: the string belongs to the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_request_id(error: *const hookrail_error) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, ptr::null(), |e| {
            pointer_or_null(e.request_id.as_ref())
        })
    }
}
