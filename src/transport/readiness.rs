//! The descriptors that an exchange waits for, and their states after the wait.

use std::os::fd::{AsFd, BorrowedFd};

use socket2::Socket;

use crate::sys::poll::{Interest, Slot};

/// The state of a descriptor after a wait.
#[derive(Clone, Copy, Debug, Default)]
pub struct Readiness {
    /// Whether a read would not block.
    pub readable: bool,
    /// Whether a write would not block.
    pub writable: bool,
}

impl Readiness {
    /// Returns whether anything happened.
    pub fn is_any(self) -> bool {
        self.readable || self.writable
    }
}

impl From<&Slot<'_>> for Readiness {
    fn from(slot: &Slot<'_>) -> Self {
        Readiness {
            readable: slot.is_readable(),
            writable: slot.is_writable(),
        }
    }
}

/// The descriptors that an exchange waits for. One of them has to be ready.
#[derive(Clone, Copy, Debug)]
pub enum Interests<'a> {
    /// One descriptor.
    One(BorrowedFd<'a>, Interest),
    /// Sockets that are being connected: a connection is there once one is writable.
    Connecting(&'a [Socket]),
}

impl<'a> Interests<'a> {
    /// The descriptors, in the order in which [`Exchange::step`](super::exchange::Exchange::step) expects their states.
    pub fn iter(self) -> impl Iterator<Item = (BorrowedFd<'a>, Interest)> {
        let (one, connecting) = match self {
            Interests::One(fd, interest) => (Some((fd, interest)), &[][..]),
            Interests::Connecting(sockets) => (None, sockets),
        };
        let connecting = connecting.iter();
        one.into_iter()
            .chain(connecting.map(|socket| (socket.as_fd(), Interest::WRITE)))
    }
}

/// Returns whether a wait has ended with no descriptor ready. Before the first wait there are no states.
pub fn is_timeout(ready: &[Readiness]) -> bool {
    !ready.is_empty() && !ready.iter().any(|ready| ready.is_any())
}
