//! The error number of the calling thread.

#[cfg(target_os = "linux")]
use libc::__errno_location as location;
#[cfg(not(target_os = "linux"))]
use libc::__error as location;

/// Runs `body`, which may make system calls, and keeps `errno`. A signal handler must do so.
pub fn keep(body: impl FnOnce()) {
    // SAFETY: errno is a thread-local integer that is always there.
    let saved = unsafe { *location() };
    body();
    // SAFETY: as above.
    unsafe { *location() = saved };
}
