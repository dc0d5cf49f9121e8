//! Strings that are lent to C.

use std::ffi::c_char;
use std::ptr;

/// A string with a NUL behind it. It may hold others: C gets its length, too.
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

    /// Its length without the NUL behind it.
    pub fn len(&self) -> usize {
        self.0.len() - 1
    }
}

/// The pointer to a string that may be absent.
pub fn pointer_or_null(text: Option<&Text>) -> *const c_char {
    text.map_or(ptr::null(), Text::as_ptr)
}
