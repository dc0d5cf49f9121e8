//! `hookrail_find_headers`.

use std::ffi::c_char;

use super::argument;
use super::error::hookrail_error;
use super::guard::guard_computation;
use super::status::hookrail_status;
use crate::signing::lookup;

/// Finds the two headers that verifying takes among a request's header fields.
///
/// `names`, `name_lens`, `values`, `value_lens`: `count` pairs. Names match without regard to case, and
/// also in the form in which CGI, Rack and PHP have them (HTTP_HOOKRAIL_SIGNATURE).
/// `signature`, `signature_len`, `delivery_id`, `delivery_id_len`: set to the values found.
///
/// Ownership: what is found points into `values`.
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_SIGNATURE_MISSING (one of the headers is absent: answer 400, it is no webhook),
/// HOOKRAIL_SIGNATURE_MALFORMED (one of them is repeated: which one would count?),
/// HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_find_headers(
    names: *const *const c_char,
    name_lens: *const usize,
    values: *const *const c_char,
    value_lens: *const usize,
    count: usize,
    signature: *mut *const c_char,
    signature_len: *mut usize,
    delivery_id: *mut *const c_char,
    delivery_id_len: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let (names, values) = unsafe {
            (
                argument::byte_list(("names", "name_lens"), names, name_lens, count)?,
                argument::byte_list(("values", "value_lens"), values, value_lens, count)?,
            )
        };
        // SAFETY: the caller's contract.
        let (signature, signature_len, delivery_id, delivery_id_len) = unsafe {
            (
                argument::place("signature", signature)?,
                argument::place("signature_len", signature_len)?,
                argument::place("delivery_id", delivery_id)?,
                argument::place("delivery_id_len", delivery_id_len)?,
            )
        };
        let found = lookup::find(names.into_iter().zip(values))?;
        *signature = found.signature.as_ptr().cast();
        *signature_len = found.signature.len();
        *delivery_id = found.delivery_id.as_ptr().cast();
        *delivery_id_len = found.delivery_id.len();
        Ok(())
    })
}
