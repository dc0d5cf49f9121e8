//! Strings for C.

use std::ffi::c_char;
use std::ptr;

use crate::error::{Error, Result, Status};

/// A string with a NUL behind it. It may hold other NULs: C gets its length, too.
pub struct Text(Box<[u8]>);

impl Text {
    pub fn new(bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        let mut terminated = Vec::with_capacity(bytes.len() + 1);
        terminated.extend_from_slice(bytes);
        terminated.push(0);
        Text(terminated.into_boxed_slice())
    }

    pub fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }

    /// Returns its length without the NUL behind it.
    pub fn len(&self) -> usize {
        self.0.len() - 1
    }
}

/// Returns the pointer to a string; NULL if there is none.
pub fn pointer_or_null(text: Option<&Text>) -> *const c_char {
    text.map_or(ptr::null(), Text::as_ptr)
}

/// Writes `text` and a NUL into a buffer of C.
///
/// # Safety
/// `buffer` is NULL or valid for writes of `size` bytes, `needed` NULL or valid for a write.
pub unsafe fn write_text(
    text: &[u8],
    buffer: *mut c_char,
    size: usize,
    needed: *mut usize,
) -> Result<()> {
    if buffer.is_null() && size > 0 {
        return Err(Error::invalid_argument(format!(
            "buffer is NULL, but its size is {size}: pass the buffer, or 0 to ask for the size"
        )));
    }
    let takes = text.len() + 1;
    // SAFETY: the caller's contract.
    if let Some(needed) = unsafe { needed.as_mut() } {
        *needed = takes;
    }
    if size < takes {
        return Err(Error::new(
            Status::BufferTooSmall,
            format!("the buffer has {size} bytes, but {takes} are needed"),
        ));
    }
    // SAFETY: the buffer has room for `takes` bytes, as was just checked; `text` is memory of the library and does
    // not overlap it.
    unsafe {
        ptr::copy_nonoverlapping(text.as_ptr().cast(), buffer, text.len());
        buffer.add(text.len()).write(0);
    }
    Ok(())
}
