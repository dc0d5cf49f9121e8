//! `hookrail_join_headers`, `hookrail_find_headers`.

use std::borrow::Cow;
use std::ffi::c_char;

use super::argument;
use super::error::hookrail_error;
use super::fallible::guard_computation;
use super::status::hookrail_status;
use super::text::write_text;
use crate::error::Result;
use crate::signing::find_headers::{self, Found};
use crate::signing::{Malformed, Rejection, SIGNATURE_HEADER};

/// Finds the two headers that a verification needs, and joins a signature that arrived as a list.
///
/// Gateways that split headers at their commas make such lists.
///
/// @param names,name_lens,values,value_lens,count The header fields: `count` pairs of a name and a value. A header
///   with several values has one pair for each, in their order. Names match without regard to case, with
///   `_` for `-`, and with HTTP_ in front, as CGI, Rack and PHP write them (HTTP_HOOKRAIL_SIGNATURE).
/// @param buffer,buffer_size Take the signature and a NUL; HOOKRAIL_SIGNATURE_SIZE bytes are always enough. NULL
///   with 0 only asks for the size.
/// @param needed NULL, or set to the size of the signature with the NUL, also when the buffer is too small.
/// @param delivery_id,delivery_id_len Set to the delivery id, also when the buffer is too small. It points into
///   `values`.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_SIGNATURE_MISSING (one of the headers is absent: answer 400, the request is no webhook);
/// HOOKRAIL_SIGNATURE_MALFORMED (the delivery id is repeated, or the signature is longer than 4096 bytes);
/// HOOKRAIL_BUFFER_TOO_SMALL; HOOKRAIL_INVALID_ARGUMENT.
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

/// Finds the two headers that a verification needs, without a buffer: the signature must be one value.
///
/// Receivers behind gateways need hookrail_join_headers().
///
/// @param names,name_lens,values,value_lens,count The header fields: `count` pairs of a name and a value. A header
///   with several values has one pair for each, in their order. Names match without regard to case, with
///   `_` for `-`, and with HTTP_ in front, as CGI, Rack and PHP write them (HTTP_HOOKRAIL_SIGNATURE).
/// @param signature,signature_len Set to the signature. It points into `values`.
/// @param delivery_id,delivery_id_len Set to the delivery id. It points into `values`.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_SIGNATURE_MISSING (one of the headers is absent: answer 400, the request is no webhook);
/// HOOKRAIL_SIGNATURE_MALFORMED (one of them is repeated); HOOKRAIL_INVALID_ARGUMENT.
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

/// Finds the headers among the caller's arrays.
///
/// # Safety
/// The arrays are as [`argument::byte_list`] needs them; their elements are valid for `'a`.
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
