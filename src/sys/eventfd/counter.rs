//! The counter of the kernel that is a file descriptor: `eventfd`.

use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

use crate::sys::errno;

/// An eventfd: close-on-exec, non-blocking, owned.
#[derive(Debug)]
pub struct EventFd(OwnedFd);

impl EventFd {
    /// Makes an eventfd that is not signalled.
    pub fn new() -> io::Result<Self> {
        // SAFETY: eventfd takes two integers and touches no memory of ours.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the call above returned a descriptor that is open and that nothing else owns.
        Ok(EventFd(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Makes the descriptor readable. A signal handler may call this: it is async-signal-safe and keeps `errno`.
    pub fn signal(&self) {
        let one: u64 = 1;
        errno::keep(|| {
            // The result is of no use: with a full counter (EAGAIN), the descriptor is readable already.
            // SAFETY: the pointer and the length describe `one`, which outlives the call.
            unsafe {
                libc::write(
                    self.0.as_raw_fd(),
                    (&raw const one).cast(),
                    size_of::<u64>(),
                )
            };
        });
    }

    /// Makes the descriptor unreadable again. Returns whether it was readable.
    pub fn clear(&self) -> bool {
        let mut count: u64 = 0;
        // An error (EAGAIN) means that the eventfd was not signalled.
        // SAFETY: the pointer and the length describe `count`, which outlives the call.
        let read = unsafe {
            libc::read(
                self.0.as_raw_fd(),
                (&raw mut count).cast(),
                size_of::<u64>(),
            )
        };
        read > 0
    }
}

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}
