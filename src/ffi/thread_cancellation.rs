//! Holds `pthread_cancel()` off while a thread of the host is in the library.
//!
//! The C library acts on a cancellation in the thread's next system call that may wait: it unwinds the stack.
//! Rust frames cannot be unwound in this way: the process would abort. So cancellation is disabled inside the
//! library, and acts once the thread has left it.

use std::ffi::c_int;
use std::ptr;

/// `PTHREAD_CANCEL_DISABLE` of glibc, musl and the BSDs.
const DISABLE: c_int = 1;

unsafe extern "C" {
    // The libc crate does not declare it.
    fn pthread_setcancelstate(state: c_int, previous: *mut c_int) -> c_int;
}

/// Holds cancellation of this thread off for as long as the value lives. Async-signal-safe.
pub struct HeldOff {
    previous: c_int,
}

impl HeldOff {
    pub fn new() -> Self {
        let mut previous = DISABLE;
        // SAFETY: the place is that of a live integer; the state concerns this thread only.
        unsafe { pthread_setcancelstate(DISABLE, &raw mut previous) };
        HeldOff { previous }
    }
}

impl Drop for HeldOff {
    fn drop(&mut self) {
        // SAFETY: the state came from the same function; NULL: the state before it is not needed.
        unsafe { pthread_setcancelstate(self.previous, ptr::null_mut()) };
    }
}
