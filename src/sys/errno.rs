//! The error number of the calling thread.

/// Runs `body`, which may make system calls, and keeps `errno`. A signal handler must do so.
pub fn keep(body: impl FnOnce()) {
    // SAFETY: errno is a thread-local integer that is always there.
    let saved = unsafe { *libc::__errno_location() };
    body();
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = saved };
}
