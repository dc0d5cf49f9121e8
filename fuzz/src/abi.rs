//! The functions of the C ABI that verify deliveries, as a program in C calls them.
#![allow(
    unsafe_code,
    reason = "calling the C ABI is what this module is there for"
)]

use std::ffi::{CStr, c_char, c_int};
use std::ptr;

// This crate has the symbols below.
use hookrail as _;

use crate::model::signature::{Delivery, Success};

pub const OK: c_int = 0;
pub const INVALID_ARGUMENT: c_int = 100;
pub const BODY_TOO_LARGE: c_int = 108;
pub const BODY_INCOMPLETE: c_int = 111;
pub const SIGNATURE_MALFORMED: c_int = 700;
pub const TIMESTAMP_TOO_OLD: c_int = 701;
pub const TIMESTAMP_TOO_NEW: c_int = 702;
pub const SIGNATURE_MISMATCH: c_int = 703;

/// A handle of the library, seen from outside.
#[repr(C)]
struct Handle {
    _opaque: [u8; 0],
}

unsafe extern "C" {
    fn hookrail_verify_signature(
        secrets: *const *const c_char,
        secret_lens: *const usize,
        secret_count: usize,
        header: *const c_char,
        header_len: usize,
        delivery_id: *const c_char,
        delivery_id_len: usize,
        body: *const c_char,
        body_len: usize,
        tolerance_seconds: i64,
        now_unix: i64,
    ) -> c_int;
    fn hookrail_verifier_options_new() -> *mut Handle;
    fn hookrail_verifier_options_free(options: *mut Handle);
    fn hookrail_verifier_options_add_secret(
        options: *mut Handle,
        secret: *const c_char,
        secret_len: usize,
        error: *mut *mut Handle,
    ) -> c_int;
    fn hookrail_verifier_options_set_tolerance(
        options: *mut Handle,
        tolerance_seconds: i64,
        error: *mut *mut Handle,
    ) -> c_int;
    fn hookrail_verifier_new(
        options: *const Handle,
        out: *mut *mut Handle,
        error: *mut *mut Handle,
    ) -> c_int;
    fn hookrail_verifier_free(verifier: *mut Handle);
    fn hookrail_verifier_verify(
        verifier: *const Handle,
        header: *const c_char,
        header_len: usize,
        delivery_id: *const c_char,
        delivery_id_len: usize,
        body: *const c_char,
        body_len: usize,
        now_unix: i64,
        secret_index: *mut usize,
        signed_at: *mut i64,
        skew_seconds: *mut i64,
        error: *mut *mut Handle,
    ) -> c_int;
    fn hookrail_verifier_begin(
        verifier: *const Handle,
        header: *const c_char,
        header_len: usize,
        delivery_id: *const c_char,
        delivery_id_len: usize,
        body_limit: u64,
        now_unix: i64,
        out: *mut *mut Handle,
        error: *mut *mut Handle,
    ) -> c_int;
    fn hookrail_verification_set_content_length(
        verification: *mut Handle,
        content_length: u64,
        error: *mut *mut Handle,
    ) -> c_int;
    fn hookrail_verification_update(
        verification: *mut Handle,
        chunk: *const c_char,
        chunk_len: usize,
        error: *mut *mut Handle,
    ) -> c_int;
    fn hookrail_verification_finish(
        verification: *mut Handle,
        secret_index: *mut usize,
        signed_at: *mut i64,
        skew_seconds: *mut i64,
        error: *mut *mut Handle,
    ) -> c_int;
    fn hookrail_verification_free(verification: *mut Handle);
    fn hookrail_explain_signature(
        options: *const Handle,
        header: *const c_char,
        header_len: usize,
        delivery_id: *const c_char,
        delivery_id_len: usize,
        event_id: *const c_char,
        event_id_len: usize,
        body: *const c_char,
        body_len: usize,
        now_unix: i64,
        buffer: *mut c_char,
        buffer_size: usize,
        needed: *mut usize,
        error: *mut *mut Handle,
    ) -> c_int;
    fn hookrail_error_status(error: *const Handle) -> c_int;
    fn hookrail_error_message(error: *const Handle) -> *const c_char;
    fn hookrail_error_free(error: *mut Handle);
}

/// The status of a failed call, or its results.
pub type Answer<T> = Result<T, c_int>;

/// Values that a success must overwrite.
const UNTOUCHED: Success = Success {
    secret_index: usize::MAX,
    signed_at: i64::MIN,
    skew_seconds: i64::MIN,
};

/// Calls a function that reports errors, and checks the error against the status.
fn call(function: impl FnOnce(*mut *mut Handle) -> c_int) -> Answer<()> {
    let mut error = ptr::null_mut();
    let status = function(&mut error);
    assert_eq!(status != OK, !error.is_null(), "an error is there or not");
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the error is live until it is freed, its message ends in a NUL, and it is freed once.
    unsafe {
        assert_eq!(hookrail_error_status(error), status);
        assert!(!CStr::from_ptr(hookrail_error_message(error)).is_empty());
        hookrail_error_free(error);
    }
    Err(status)
}

fn text(bytes: &[u8]) -> *const c_char {
    bytes.as_ptr().cast()
}

/// `hookrail_verify_signature`.
pub fn verify_signature(delivery: &Delivery<'_>) -> Answer<()> {
    let pointers: Vec<_> = delivery.secrets.iter().map(|secret| text(secret)).collect();
    let lengths: Vec<_> = delivery.secrets.iter().map(Vec::len).collect();
    // SAFETY: every pointer is valid for the length that goes with it.
    let status = unsafe {
        hookrail_verify_signature(
            pointers.as_ptr(),
            lengths.as_ptr(),
            pointers.len(),
            text(delivery.header),
            delivery.header.len(),
            text(delivery.delivery_id),
            delivery.delivery_id.len(),
            text(delivery.body),
            delivery.body.len(),
            delivery.tolerance,
            delivery.now,
        )
    };
    if status == OK { Ok(()) } else { Err(status) }
}

/// `hookrail_verifier_options`.
pub struct Options(*mut Handle);

impl Options {
    pub fn new() -> Self {
        // SAFETY: no argument.
        let options = unsafe { hookrail_verifier_options_new() };
        assert!(!options.is_null());
        Options(options)
    }

    pub fn add_secret(&mut self, secret: &[u8]) -> Answer<()> {
        // SAFETY: the handle is live and this thread's alone; the secret is valid for its length.
        call(|error| unsafe {
            hookrail_verifier_options_add_secret(self.0, text(secret), secret.len(), error)
        })
    }

    pub fn set_tolerance(&mut self, seconds: i64) -> Answer<()> {
        // SAFETY: the handle is live and this thread's alone.
        call(|error| unsafe { hookrail_verifier_options_set_tolerance(self.0, seconds, error) })
    }

    /// `hookrail_verifier_new`.
    pub fn verifier(&self) -> Answer<Verifier> {
        let mut verifier = ptr::null_mut();
        // SAFETY: the handle is live, and `verifier` can be written.
        call(|error| unsafe { hookrail_verifier_new(self.0, &mut verifier, error) })?;
        assert!(!verifier.is_null());
        Ok(Verifier(verifier))
    }

    /// `hookrail_explain_signature`, with a buffer of exactly the size that it asks for.
    pub fn explain(&self, delivery: &Delivery<'_>, event_id: &[u8]) -> Vec<u8> {
        let run = |buffer: &mut [u8], needed: &mut usize| {
            // SAFETY: the handle is live; every pointer is valid for the length that goes with it.
            call(|error| unsafe {
                hookrail_explain_signature(
                    self.0,
                    text(delivery.header),
                    delivery.header.len(),
                    text(delivery.delivery_id),
                    delivery.delivery_id.len(),
                    text(event_id),
                    event_id.len(),
                    text(delivery.body),
                    delivery.body.len(),
                    delivery.now,
                    buffer.as_mut_ptr().cast(),
                    buffer.len(),
                    needed,
                    error,
                )
            })
        };
        let mut needed = 0;
        assert!(run(&mut [], &mut needed).is_err());
        let mut buffer = vec![0xff; needed];
        assert_eq!(run(&mut buffer, &mut needed), Ok(()));
        assert_eq!(buffer.pop(), Some(0), "a NUL is at the end");
        buffer
    }
}

impl Drop for Options {
    fn drop(&mut self) {
        // SAFETY: the handle is live and not used afterwards.
        unsafe { hookrail_verifier_options_free(self.0) }
    }
}

/// `hookrail_verifier`.
pub struct Verifier(*mut Handle);

impl Verifier {
    pub fn verify(&self, delivery: &Delivery<'_>) -> Answer<Success> {
        let mut success = UNTOUCHED;
        // SAFETY: the handle is live; every pointer is valid for the length that goes with it.
        let answer = call(|error| unsafe {
            hookrail_verifier_verify(
                self.0,
                text(delivery.header),
                delivery.header.len(),
                text(delivery.delivery_id),
                delivery.delivery_id.len(),
                text(delivery.body),
                delivery.body.len(),
                delivery.now,
                &mut success.secret_index,
                &mut success.signed_at,
                &mut success.skew_seconds,
                error,
            )
        });
        written_or_untouched(answer, success)
    }

    pub fn begin(&self, delivery: &Delivery<'_>, body_limit: u64) -> Answer<Verification> {
        let mut begun = ptr::null_mut();
        // SAFETY: the handle is live; every pointer is valid for the length that goes with it.
        call(|error| unsafe {
            hookrail_verifier_begin(
                self.0,
                text(delivery.header),
                delivery.header.len(),
                text(delivery.delivery_id),
                delivery.delivery_id.len(),
                body_limit,
                delivery.now,
                &mut begun,
                error,
            )
        })?;
        assert!(!begun.is_null());
        Ok(Verification(begun))
    }
}

impl Drop for Verifier {
    fn drop(&mut self) {
        // SAFETY: the handle is live and not used afterwards.
        unsafe { hookrail_verifier_free(self.0) }
    }
}

/// `hookrail_verification`.
pub struct Verification(*mut Handle);

impl Verification {
    pub fn set_content_length(&mut self, length: u64) -> Answer<()> {
        // SAFETY: the handle is live and this thread's alone.
        call(|error| unsafe { hookrail_verification_set_content_length(self.0, length, error) })
    }

    pub fn update(&mut self, chunk: &[u8]) -> Answer<()> {
        // SAFETY: the handle is live and this thread's alone; the chunk is valid for its length.
        call(|error| unsafe {
            hookrail_verification_update(self.0, text(chunk), chunk.len(), error)
        })
    }

    pub fn finish(&mut self) -> Answer<Success> {
        let mut success = UNTOUCHED;
        // SAFETY: the handle is live and this thread's alone; the places can be written.
        let answer = call(|error| unsafe {
            hookrail_verification_finish(
                self.0,
                &mut success.secret_index,
                &mut success.signed_at,
                &mut success.skew_seconds,
                error,
            )
        });
        written_or_untouched(answer, success)
    }
}

impl Drop for Verification {
    fn drop(&mut self) {
        // SAFETY: the handle is live and not used afterwards.
        unsafe { hookrail_verification_free(self.0) }
    }
}

fn written_or_untouched(answer: Answer<()>, success: Success) -> Answer<Success> {
    if answer.is_err() {
        assert_eq!(success, UNTOUCHED, "a failure writes nothing");
    }
    answer.map(|()| success)
}
