//! `hookrail_find_headers`.

use std::ffi::c_char;

use super::argument;
use super::error::hookrail_error;
use super::guard::guard;
use super::status::hookrail_status;
use crate::error::{Error, Result};
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
    guard(error, || {
        // SAFETY: the caller's contract.
        let (names, values) = unsafe {
            (
                argument::byte_list("names", names, name_lens, count)?,
                argument::byte_list("values", values, value_lens, count)?,
            )
        };
        let found = lookup::find(names.into_iter().zip(values))?;
        // SAFETY: the caller's contract.
        unsafe {
            lend(found.signature, "signature", signature, signature_len)?;
            lend(
                found.delivery_id,
                "delivery_id",
                delivery_id,
                delivery_id_len,
            )
        }
    })
}

/// Hands out a piece of the caller's own memory.
///
/// # Safety
/// `pointer` and `length` are NULL or valid for a write.
unsafe fn lend(
    value: &[u8],
    name: &str,
    pointer: *mut *const c_char,
    length: *mut usize,
) -> Result<()> {
    // SAFETY: the caller's contract.
    let (pointer, length) = unsafe { (pointer.as_mut(), length.as_mut()) };
    let (Some(pointer), Some(length)) = (pointer, length) else {
        return Err(Error::invalid_argument(format!(
            "{name} or {name}_len is NULL"
        )));
    };
    *pointer = value.as_ptr().cast();
    *length = value.len();
    Ok(())
}
