//! `hookrail_error`.

use std::ffi::c_char;
use std::ptr;

use super::guard::{guard_read, guard_value};
use super::status::{hookrail_outcome, hookrail_status};
use super::text::{Text, pointer_or_null};
use crate::error::Error;

/// What went wrong, in detail. Immutable; threads may share it.
///
/// A function that takes a `hookrail_error **` sets it only when it fails; pass NULL when the status
/// is enough. Free it with hookrail_error_free(). All getters accept NULL.
pub struct hookrail_error {
    error: Error,
    message: Text,
    idempotency_key: Option<Text>,
    problem: Option<ProblemTexts>,
    cause: Option<Box<hookrail_error>>,
}

struct ProblemTexts {
    kind: Option<Text>,
    title: Option<Text>,
    detail: Option<Text>,
    body: Text,
}

impl hookrail_error {
    /// A handle for the caller to free.
    pub fn into_raw(error: Error) -> *mut Self {
        Box::into_raw(Box::new(Self::new(error)))
    }

    fn new(mut error: Error) -> Self {
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
            cause,
            error,
        }
    }

    #[cfg(test)]
    pub fn message(&self) -> &str {
        self.error.message()
    }

    /// The nearest of this error and those beneath that knows the answer: what the service said hangs
    /// on the last attempt's error.
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

/// Frees an error. NULL is fine. Not for what hookrail_error_cause() and hookrail_error_last() return.
///
/// Thread-safety: no other thread may use the error any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_free(error: *mut hookrail_error) {
    if !error.is_null() {
        // SAFETY: the handle came from `into_raw`, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(error) }));
    }
}

/// The status that the function returned; HOOKRAIL_OK for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_status(error: *const hookrail_error) -> hookrail_status {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, hookrail_status::HOOKRAIL_OK, |e| {
            e.error.status().into()
        })
    }
}

/// A sentence for a person: what was wrong and, where it helps, what would be right. Never holds an
/// API key or a secret. One line: control characters, line separators and marks of direction are escaped
/// (`\n`, `\u{1b}`), also in what a peer said. "" for NULL.
///
/// Ownership: borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_message(error: *const hookrail_error) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, c"".as_ptr(), |e| e.message.as_ptr()) }
}

/// The length of the message in bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_message_len(error: *const hookrail_error) -> usize {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, 0, |e| e.message.len()) }
}

/// The HTTP status of the service's (last) answer; 0 when there was none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_http_status(error: *const hookrail_error) -> i32 {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, 0, |e| {
            e.nearest(|e| e.error.http_status()).map_or(0, i32::from)
        })
    }
}

/// How many milliseconds the service asked to wait (its Retry-After); -1 when it did not say.
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

/// The `type` of the service's problem details (RFC 7807); NULL when it gave none.
///
/// Ownership: borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_problem_type(
    error: *const hookrail_error,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, ptr::null(), |e| e.nearest_text(|p| p.kind.as_ref())) }
}

/// The `title` of the service's problem details; NULL when it gave none.
///
/// Ownership: borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_problem_title(
    error: *const hookrail_error,
) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, ptr::null(), |e| e.nearest_text(|p| p.title.as_ref())) }
}

/// The `detail` of the service's problem details; NULL when it gave none.
///
/// Ownership: borrowed from the error.
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

/// The body of the service's (last) answer as it came, whether JSON or not, cut off at 64 KiB; NULL
/// when there was none. It may hold NUL: use hookrail_error_body_len().
///
/// Ownership: borrowed from the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_body(error: *const hookrail_error) -> *const c_char {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, ptr::null(), |e| e.nearest_text(|p| Some(&p.body))) }
}

/// The length of hookrail_error_body() in bytes.
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

/// Whether the same call can succeed later without a change.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_retryable(error: *const hookrail_error) -> bool {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, false, |e| e.error.is_retryable()) }
}

/// How many attempts were made; 0 when the call ended before the first.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_attempts(error: *const hookrail_error) -> u32 {
    // SAFETY: the caller's contract.
    unsafe { guard_read(error, 0, |e| e.error.attempts()) }
}

/// The idempotency key under which the event was, or would have been, sent. A resend of the same
/// event with this key cannot double it. NULL when no event was being sent or no key was fixed yet.
///
/// Ownership: borrowed from the error.
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

/// What is known about the event that was being sent.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_error_outcome(error: *const hookrail_error) -> hookrail_outcome {
    // SAFETY: the caller's contract.
    unsafe {
        guard_read(error, hookrail_outcome::HOOKRAIL_OUTCOME_NONE, |e| {
            e.error.outcome().into()
        })
    }
}

/// The error beneath: for HOOKRAIL_RETRIES_EXHAUSTED the last attempt's; NULL when there is none.
///
/// Ownership: borrowed from the error; do not free it.
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

/// The last attempt's error: the innermost of the errors beneath this one, and this one itself where
/// nothing is beneath it. So one comparison finds what the service or the network said last, whether
/// that was final or the retries ran out over it: `HOOKRAIL_RATE_LIMITED ==
/// hookrail_error_status(hookrail_error_last(error))`. NULL for NULL.
///
/// Under HOOKRAIL_CANCELLED, HOOKRAIL_CLOSED and a HOOKRAIL_TIMEOUT of the producer it is the last
/// failed attempt's error, too, where there was one. The outcome and the number of attempts of the
/// whole call are those of the error itself.
///
/// Ownership: borrowed from the error; do not free it.
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
