//! Reads the arguments that C passes, and writes to its places.

use std::ffi::{OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::slice;
use std::time::Duration;

use crate::config::base_url::MAX_LENGTH;
use crate::error::{Error, Outcome, Result};
use crate::protocol::extra_headers;
use crate::protocol::prepared::Prepared;

/// Longer than any URL that a server accepts.
pub const MAX_URL: usize = MAX_LENGTH;

/// The longest path that the operating system accepts.
const MAX_PATH: usize = libc::PATH_MAX as usize;

/// A day: beyond any sensible wait, and far from overflow.
const MAX_MILLISECONDS: u64 = 24 * 60 * 60 * 1000;

/// Returns the `length` bytes at `pointer`. NULL with 0 is empty.
///
/// # Safety
/// `pointer` is NULL or valid for reads of `length` bytes for as long as `'a`.
pub unsafe fn bytes<'a>(name: &str, pointer: *const c_char, length: usize) -> Result<&'a [u8]> {
    if length == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() || isize::try_from(length).is_err() {
        return Err(no_bytes(name, pointer.is_null(), length));
    }
    // SAFETY: not NULL and not too large (checked above); valid for reads by the caller's contract.
    Ok(unsafe { slice::from_raw_parts(pointer.cast(), length) })
}

/// Like [`bytes`], but refuses more than `most` bytes without reading them: the length is then a mistake, and
/// the bytes may not exist.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn short_bytes<'a>(
    name: &str,
    pointer: *const c_char,
    length: usize,
    most: usize,
) -> Result<&'a [u8]> {
    if length > most {
        return Err(Error::invalid_argument(format!(
            "the length of {name} is {length}: at most {most} bytes are possible"
        )));
    }
    // SAFETY: the same contract.
    unsafe { bytes(name, pointer, length) }
}

/// Like [`bytes`], but NULL with 0 is absent.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn optional_bytes<'a>(
    name: &str,
    pointer: *const c_char,
    length: usize,
) -> Result<Option<&'a [u8]>> {
    if pointer.is_null() && length == 0 {
        return Ok(None);
    }
    // SAFETY: the same contract.
    unsafe { bytes(name, pointer, length) }.map(Some)
}

/// Like [`short_bytes`] with the limit of a URL, but NULL with 0 is absent.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn optional_url<'a>(
    name: &str,
    pointer: *const c_char,
    length: usize,
) -> Result<Option<&'a [u8]>> {
    if pointer.is_null() && length == 0 {
        return Ok(None);
    }
    // SAFETY: the same contract.
    unsafe { short_bytes(name, pointer, length, MAX_URL) }.map(Some)
}

/// Returns a path, which is not empty.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn path<'a>(name: &str, pointer: *const c_char, length: usize) -> Result<&'a Path> {
    // SAFETY: the same contract.
    match unsafe { short_bytes(name, pointer, length, MAX_PATH) }? {
        b"" => Err(Error::invalid_argument(format!("{name} is empty"))),
        path => Ok(Path::new(OsStr::from_bytes(path))),
    }
}

/// Like [`path`], but NULL with 0 is absent.
///
/// # Safety
/// As for [`bytes`].
pub unsafe fn optional_path<'a>(
    name: &str,
    pointer: *const c_char,
    length: usize,
) -> Result<Option<&'a Path>> {
    if pointer.is_null() && length == 0 {
        return Ok(None);
    }
    // SAFETY: the same contract.
    unsafe { path(name, pointer, length) }.map(Some)
}

/// Returns the name and the value of a header.
///
/// # Safety
/// As for [`bytes`], for both.
pub unsafe fn header<'a>(
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
) -> Result<(&'a [u8], &'a [u8])> {
    const MOST: usize = extra_headers::MAX_BYTES;
    // SAFETY: the same contract.
    unsafe {
        Ok((
            short_bytes("name", name, name_len, MOST)?,
            short_bytes("value", value, value_len, MOST)?,
        ))
    }
}

/// Returns `count` byte strings, given as an array of pointers and an array of lengths.
///
/// # Safety
/// Each array is NULL or holds `count` elements; each element is as [`bytes`] needs it.
pub unsafe fn byte_list<'a>(
    (name, lengths_name): (&str, &str),
    pointers: *const *const c_char,
    lengths: *const usize,
    count: usize,
) -> Result<Vec<&'a [u8]>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    for (name, is_null) in [
        (name, pointers.is_null()),
        (lengths_name, lengths.is_null()),
    ] {
        if is_null {
            return Err(Error::invalid_argument(format!(
                "{name} is NULL, but the count is {count}: pass the array, or 0"
            )));
        }
    }
    if count > isize::MAX as usize / size_of::<*const c_char>() {
        return Err(Error::invalid_argument(format!(
            "the count of {name} is {count}: no array can be that large"
        )));
    }
    // SAFETY: the arrays are neither NULL nor too large, and hold `count` elements by the caller's contract.
    let (pointers, lengths) = unsafe {
        (
            slice::from_raw_parts(pointers, count),
            slice::from_raw_parts(lengths, count),
        )
    };
    let element = format!("an element of {name}");
    pointers
        .iter()
        .zip(lengths)
        // SAFETY: the caller's contract for each element.
        .map(|(pointer, length)| unsafe { bytes(&element, *pointer, *length) })
        .collect()
}

/// Returns the handle at `pointer`.
///
/// # Safety
/// `pointer` is NULL or a live handle of this library.
pub unsafe fn handle<'a, T>(name: &str, pointer: *const T) -> Result<&'a T> {
    // SAFETY: the caller's contract.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// Returns the handle at `pointer`, for a change.
///
/// # Safety
/// As for [`handle`], and no other thread uses the handle.
pub unsafe fn handle_mut<'a, T>(name: &str, pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: the caller's contract.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// Returns the place for a handle.
///
/// # Safety
/// `pointer` is NULL or valid for writes.
pub unsafe fn out<'a, T>(name: &str, pointer: *mut *mut T) -> Result<&'a mut *mut T> {
    // SAFETY: the caller's contract; a pointer variable of C is always initialised enough to be
    // overwritten.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// Returns the place for a number or a pointer.
///
/// # Safety
/// `pointer` is NULL or valid for writes.
pub unsafe fn place<'a, T: Copy>(name: &str, pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: the caller's contract; a number of C is initialised enough to be overwritten.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// Writes to a place that may be NULL.
///
/// # Safety
/// `place` is NULL or valid for a write.
pub unsafe fn fill<T>(place: *mut T, value: T) {
    // SAFETY: the caller's contract.
    if let Some(place) = unsafe { place.as_mut() } {
        *place = value;
    }
}

/// Returns a number of milliseconds that must be positive.
pub fn milliseconds(name: &str, value: i64) -> Result<Duration> {
    match u64::try_from(value) {
        Ok(positive @ 1..=MAX_MILLISECONDS) => Ok(Duration::from_millis(positive)),
        _ => Err(Error::invalid_argument(format!(
            "{name} must be 1 to {MAX_MILLISECONDS} milliseconds (a day), not {value}"
        ))),
    }
}

/// Returns the time for a wait: none for a negative number, which waits without end.
pub fn wait(milliseconds: i64) -> Option<Duration> {
    u64::try_from(milliseconds).ok().map(Duration::from_millis)
}

/// Returns the time for a call: none for 0, which is the client's own.
pub fn optional_milliseconds(value: i64) -> Result<Option<Duration>> {
    match value {
        0 => Ok(None),
        1.. => milliseconds("timeout_ms", value).map(Some),
        _ => Err(Error::invalid_argument(format!(
            "timeout_ms must be 0 for the client's own time, or 1 to {MAX_MILLISECONDS} \
             milliseconds (a day), not {value}"
        ))),
    }
}

/// Returns the time for sending an event, as [`optional_milliseconds`].
pub fn sending_time(value: i64) -> Result<Option<Duration>> {
    optional_milliseconds(value).map_err(|error| error.with_outcome(Outcome::NotSent))
}

/// Returns the event in a blob. The outcome of a damaged one is NOT_SENT.
pub fn prepared_event(blob: &[u8]) -> Result<Prepared> {
    Prepared::decode(blob).map_err(|error| error.with_outcome(Outcome::NotSent))
}

/// Says why a pointer and a length cannot be bytes.
#[cold]
fn no_bytes(name: &str, is_null: bool, length: usize) -> Error {
    Error::invalid_argument(if is_null {
        format!("{name} is NULL, but its length is {length}: pass the bytes, or 0")
    } else {
        format!("the length of {name} is {length}: no object can be that large")
    })
}

fn null(name: &str) -> Error {
    Error::invalid_argument(format!("{name} is NULL"))
}
