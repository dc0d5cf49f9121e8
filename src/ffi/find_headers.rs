//! `hookrail_join_headers`, `hookrail_find_headers`.

use std::borrow::Cow;
use std::ffi::c_char;

use super::argument;
use super::error::hookrail_error;
use super::guard::guard_computation;
use super::status::hookrail_status;
use super::text::write_text;
use crate::error::Result;
use crate::signing::find_headers::{self, Found};
use crate::signing::{Malformed, Rejection, SIGNATURE_HEADER};

/// Finds the two headers that verifying takes among a request's header fields, and joins a signature that
/// arrived as a list, as it does behind gateways that split headers at their commas.
///
/// `names`, `name_lens`, `values`, `value_lens`: `count` pairs, a header of several values once for each
/// of them, in their order. Names match without regard to case, with `_` for `-`, and with HTTP_ in front,
/// as CGI, Rack and PHP have them (HTTP_HOOKRAIL_SIGNATURE).
/// `buffer`, `buffer_size`: take the signature, with a NUL behind it; HOOKRAIL_SIGNATURE_SIZE are always
/// enough. NULL with 0 only asks for the size. `needed` (NULL if of no interest): set to the size it takes
/// with the NUL, also when the buffer is too small. `delivery_id`, `delivery_id_len`: set to the value
/// found, also when the buffer is too small.
///
/// Ownership: the delivery id points into `values`.
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_SIGNATURE_MISSING (one of the headers is absent: answer 400, it is no webhook),
/// HOOKRAIL_SIGNATURE_MALFORMED (the delivery id is repeated: which one would count? or the signature is
/// longer than 4096 bytes), HOOKRAIL_BUFFER_TOO_SMALL, HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_join_headers(
    names: *const *const c_char,
    name_lens: *const usize,
    values: *const *const c_char,
    value_lens: *const usize,
    count: usize,
    buffer: *mut c_char,
    buffer_size: usize,
    needed: *mut usize,
    delivery_id: *mut *const c_char,
    delivery_id_len: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard_computation(error, || {
        // SAFETY: the caller's contract.
        let (delivery_id, delivery_id_len) = unsafe {
            (
                argument::place("delivery_id", delivery_id)?,
                argument::place("delivery_id_len", delivery_id_len)?,
            )
        };
        // SAFETY: the caller's contract.
        let found = unsafe { find(names, name_lens, values, value_lens, count) }?;
        *delivery_id = found.delivery_id.as_ptr().cast();
        *delivery_id_len = found.delivery_id.len();
        // SAFETY: the caller's contract for the buffer and `needed`.
        unsafe { write_text(&found.signature, buffer, buffer_size, needed) }
    })
}

/// What hookrail_join_headers() does for a request whose signature is one value, without a buffer.
///
/// `signature`, `signature_len`, `delivery_id`, `delivery_id_len`: set to the values found. The rest as for
/// hookrail_join_headers(), which receivers behind gateways need.
///
/// Ownership: what is found points into `values`.
/// Thread-safety: any thread.
/// Errors: HOOKRAIL_SIGNATURE_MISSING (one of the headers is absent: answer 400, it is no webhook),
/// HOOKRAIL_SIGNATURE_MALFORMED (one of them is repeated), HOOKRAIL_INVALID_ARGUMENT.
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
        let (signature, signature_len, delivery_id, delivery_id_len) = unsafe {
            (
                argument::place("signature", signature)?,
                argument::place("signature_len", signature_len)?,
                argument::place("delivery_id", delivery_id)?,
                argument::place("delivery_id_len", delivery_id_len)?,
            )
        };
        // SAFETY: the caller's contract.
        let found = unsafe { find(names, name_lens, values, value_lens, count) }?;
        let Cow::Borrowed(sole) = found.signature else {
            let name = SIGNATURE_HEADER;
            return Err(Rejection::from(Malformed::RepeatedHeader { name }).into());
        };
        *signature = sole.as_ptr().cast();
        *signature_len = sole.len();
        *delivery_id = found.delivery_id.as_ptr().cast();
        *delivery_id_len = found.delivery_id.len();
        Ok(())
    })
}

/// # Safety
/// The arrays are as [`argument::byte_list`] wants them, and what they point to is valid for `'a`.
unsafe fn find<'a>(
    names: *const *const c_char,
    name_lens: *const usize,
    values: *const *const c_char,
    value_lens: *const usize,
    count: usize,
) -> Result<Found<'a>> {
    // SAFETY: the caller's contract.
    let (names, values) = unsafe {
        (
            argument::byte_list(("names", "name_lens"), names, name_lens, count)?,
            argument::byte_list(("values", "value_lens"), values, value_lens, count)?,
        )
    };
    Ok(find_headers::find(names.into_iter().zip(values))?)
}
