//! `poll(2)`: every wait of this library is one.

use std::io;
use std::marker::PhantomData;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::sys::out_of_resources::Shortage;

/// The readiness to wait for on a descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interest(libc::c_short);

impl Interest {
    /// Input, or its end.
    pub const READ: Interest = Interest(libc::POLLIN);
    /// Room for output.
    pub const WRITE: Interest = Interest(libc::POLLOUT);
    /// Either.
    pub const READ_WRITE: Interest = Interest(libc::POLLIN | libc::POLLOUT);

    /// Returns whether it is about input.
    pub fn reads(self) -> bool {
        self.0 & libc::POLLIN != 0
    }

    /// Returns whether it is about room for output.
    pub fn writes(self) -> bool {
        self.0 & libc::POLLOUT != 0
    }
}

/// One descriptor of a wait, with its readiness after the wait.
#[repr(transparent)]
pub struct Slot<'fd> {
    raw: libc::pollfd,
    _fd: PhantomData<BorrowedFd<'fd>>,
}

impl<'fd> Slot<'fd> {
    /// Makes a slot that waits for a descriptor.
    pub fn new(fd: BorrowedFd<'fd>, interest: Interest) -> Self {
        Slot {
            raw: libc::pollfd {
                fd: fd.as_raw_fd(),
                events: interest.0,
                revents: 0,
            },
            _fd: PhantomData,
        }
    }

    /// Makes a slot that `poll` ignores: it is never ready.
    pub fn disabled() -> Self {
        Slot {
            raw: libc::pollfd {
                fd: -1,
                events: 0,
                revents: 0,
            },
            _fd: PhantomData,
        }
    }

    /// Returns whether a read would not block: there is data, the end of input, or an error to collect.
    pub fn is_readable(&self) -> bool {
        self.raw.revents & (libc::POLLIN | libc::POLLHUP | libc::POLLERR) != 0
    }

    /// Returns whether a write would not block: there is room, or an error to collect.
    pub fn is_writable(&self) -> bool {
        self.raw.revents & (libc::POLLOUT | libc::POLLHUP | libc::POLLERR) != 0
    }

    /// Returns whether anything happened.
    pub fn is_ready(&self) -> bool {
        self.raw.revents != 0
    }
}

/// Waits until a slot is ready or the time is over (`None`: for ever). Returns how many slots are ready.
///
/// The time is rounded up to the next millisecond, so that a caller that waits for a deadline does not spin through
/// the last fraction. `EINTR` is returned as [`io::ErrorKind::Interrupted`].
pub fn poll(slots: &mut [Slot<'_>], timeout: Option<Duration>) -> io::Result<usize> {
    let timeout = timeout.map_or(-1, |timeout| {
        let millis = timeout.as_nanos().div_ceil(1_000_000);
        libc::c_int::try_from(millis).unwrap_or(libc::c_int::MAX)
    });
    // SAFETY: `Slot` is `repr(transparent)` over `pollfd`, so pointer and length describe a valid
    // array of them; the borrowed descriptors are open for as long as the slots live.
    let ready = unsafe {
        libc::poll(
            slots.as_mut_ptr().cast(),
            slots.len() as libc::nfds_t,
            timeout,
        )
    };
    if ready < 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(ready as usize)
}

/// The end of a wait for descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A descriptor is ready.
    Ready,
    /// The time was over.
    TimedOut,
    /// A signal came.
    Interrupted,
}

/// Waits until one of the descriptors is ready, until the time is over (`None`: for ever), or until a signal comes.
///
/// # Errors
/// `OutOfResources` if the system cannot wait for the descriptors.
pub fn wait(slots: &mut [Slot<'_>], timeout: Option<Duration>) -> Result<Wait> {
    match poll(slots, timeout) {
        Ok(0) => Ok(Wait::TimedOut),
        Ok(_) => Ok(Wait::Ready),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Wait::Interrupted),
        Err(error) => Err(Shortage::wait(error).into()),
    }
}

/// The same as [`wait`], with the end of the time.
pub fn wait_until(slots: &mut [Slot<'_>], end: Option<Instant>) -> Result<Wait> {
    let left = end.map(|end| end.saturating_duration_since(Instant::now()));
    wait(slots, left)
}
