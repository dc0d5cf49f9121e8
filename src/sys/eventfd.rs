//! A counter with a file descriptor that is readable from a signal until the counter is cleared.

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::poll::{Interest, Slot, poll};
    use std::time::Duration;

    fn readable(fd: &EventFd) -> bool {
        let mut slots = [Slot::new(fd.as_fd(), Interest::READ)];
        poll(&mut slots, Some(Duration::ZERO)).unwrap();
        slots[0].is_readable()
    }

    #[test]
    fn is_readable_exactly_between_signal_and_clear() {
        let fd = EventFd::new().unwrap();
        assert!(!readable(&fd));
        fd.signal();
        fd.signal();
        assert!(readable(&fd));
        assert!(fd.clear());
        assert!(!readable(&fd));
        assert!(!fd.clear());
    }
}
