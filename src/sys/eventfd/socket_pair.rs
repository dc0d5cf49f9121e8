//! A pair of sockets that does the work of an eventfd, for systems without it.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use crate::sys::errno;

/// A close-on-exec, non-blocking pair of sockets. Bytes that wait in it are signals.
#[derive(Debug)]
pub struct EventFd {
    input: UnixStream,
    output: UnixStream,
}

impl EventFd {
    /// Makes a pair that is not signalled.
    pub fn new() -> io::Result<Self> {
        let (input, output) = UnixStream::pair()?;
        input.set_nonblocking(true)?;
        output.set_nonblocking(true)?;
        Ok(EventFd { input, output })
    }

    /// Makes the descriptor readable. A signal handler may call this: it is async-signal-safe and keeps `errno`.
    pub fn signal(&self) {
        // The result is of no use: if the socket is full, the descriptor is readable already.
        errno::keep(|| drop((&self.output).write(&[1])));
    }

    /// Makes the descriptor unreadable again. Returns whether it was readable.
    pub fn clear(&self) -> bool {
        let mut bytes = [0; 256];
        let mut was_readable = false;
        // An error (EAGAIN) means that no signal is left.
        while (&self.input).read(&mut bytes).is_ok_and(|count| count > 0) {
            was_readable = true;
        }
        was_readable
    }
}

impl AsFd for EventFd {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.input.as_fd()
    }
}
