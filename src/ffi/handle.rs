//! Gives values to C as handles, and takes them back.

use super::guard::guard_value;

/// Makes a handle, which C gives back to [`free`].
pub fn into_raw<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// Frees a handle. NULL is allowed.
///
/// # Safety
/// `handle` is NULL, or came from [`into_raw`] and is not used again.
pub unsafe fn free<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: the caller's contract.
        guard_value((), || drop(unsafe { Box::from_raw(handle) }));
    }
}
