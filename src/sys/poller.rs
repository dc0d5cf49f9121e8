//! Waiting for many descriptors at once: epoll on Linux, kqueue on BSD and macOS.

use std::io;
use std::num::NonZeroUsize;
use std::os::fd::{AsRawFd, BorrowedFd};
use std::time::Duration;

use polling::{Event, Events};

use crate::sys::errno;
use crate::sys::poll::Interest;

/// The room of a list. A short list lets new work in between.
const ROOM: NonZeroUsize = NonZeroUsize::new(256).unwrap();
/// The number of descriptors of the poller itself, which take room but are not counted: its wake-up and its timer.
const OWN: usize = 2;

/// Waits for descriptors, each of which has a key. A descriptor that was ready is not watched again until the next
/// [`Poller::watch`].
#[derive(Debug)]
pub struct Poller(polling::Poller);

/// A descriptor that was ready.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadyDescriptor {
    /// The key that it was watched with.
    pub key: usize,
    /// Whether a read would not block.
    pub readable: bool,
    /// Whether a write would not block.
    pub writable: bool,
}

/// The memory of a wait, to be used for the next one as well.
#[derive(Debug)]
pub struct ReadyList(Events);

impl ReadyList {
    /// Makes an empty list.
    pub fn new() -> Self {
        ReadyList(Events::with_capacity(ROOM))
    }

    /// Returns the number of descriptors that the last wait found ready.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the last wait may have found more descriptors than the list has room for.
    pub fn is_full(&self) -> bool {
        self.len() + OWN >= ROOM.get()
    }

    /// Returns the descriptors that the last wait found ready.
    pub fn iter(&self) -> impl Iterator<Item = ReadyDescriptor> + '_ {
        self.0.iter().map(|event| {
            let ended = event.is_interrupt() || event.is_err() == Some(true);
            ReadyDescriptor {
                key: event.key,
                readable: event.readable || ended,
                writable: event.writable || ended,
            }
        })
    }
}

impl Poller {
    /// Makes a poller that watches nothing.
    ///
    /// # Errors
    /// The system's error if the process has no descriptors left.
    pub fn new() -> io::Result<Self> {
        polling::Poller::new().map(Poller)
    }

    /// Watches a descriptor until it is ready once.
    ///
    /// # Errors
    /// The system's error if it cannot watch one more descriptor.
    pub fn watch(&self, fd: BorrowedFd<'_>, key: usize, interest: Interest) -> io::Result<()> {
        let event = Event::new(key, interest.reads(), interest.writes());
        match self.0.modify(fd, event) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                // A closed descriptor leaves the kernel's set with its last copy. A copy in a forked child may keep it
                // there, but silently, as it is watched once only (see `unwatch`).
                // SAFETY: `polling` asks that a descriptor is deleted before it is closed, since it keeps the
                // number. Nothing here uses a kept number: each call takes a descriptor that is open.
                unsafe { self.0.add(fd.as_raw_fd(), event) }
            }
            result => result,
        }
    }

    /// Stops watching a descriptor that may have been watched and was not ready yet. Call this before it is
    /// closed: a copy of it in a forked child would otherwise go on being watched.
    pub fn unwatch(&self, fd: BorrowedFd<'_>) {
        // It may not be watched at all.
        let _ = self.0.delete(fd);
    }

    /// Waits until a watched descriptor is ready, [`Poller::wake_up`] was called, or the time is over (`None`: for
    /// ever).
    ///
    /// # Errors
    /// The system's error; not for a signal, which may end the wait early.
    pub fn wait(&self, ready: &mut ReadyList, timeout: Option<Duration>) -> io::Result<()> {
        ready.0.clear();
        match self.0.wait(&mut ready.0, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            result => result.map(drop),
        }
    }

    /// Ends the wait that is under way, or the next one. A signal handler may call this.
    pub fn wake_up(&self) {
        // With a full counter, the wait ends already.
        errno::keep(|| drop(self.0.notify()));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    use super::*;

    fn wait(poller: &Poller, timeout: Duration) -> Vec<ReadyDescriptor> {
        let mut ready = ReadyList::new();
        poller.wait(&mut ready, Some(timeout)).unwrap();
        ready.iter().collect()
    }

    #[test]
    fn a_descriptor_is_reported_once_for_each_watch() {
        let poller = Poller::new().unwrap();
        let (near, mut far) = UnixStream::pair().unwrap();
        poller.watch(near.as_fd(), 7, Interest::READ).unwrap();
        assert_eq!(wait(&poller, Duration::ZERO), []);
        far.write_all(b"x").unwrap();
        let input = ReadyDescriptor {
            key: 7,
            readable: true,
            writable: false,
        };
        assert_eq!(wait(&poller, Duration::from_secs(60)), [input]);
        assert_eq!(wait(&poller, Duration::ZERO), []);
        poller.watch(near.as_fd(), 8, Interest::READ_WRITE).unwrap();
        let both = ReadyDescriptor {
            key: 8,
            readable: true,
            writable: true,
        };
        assert_eq!(wait(&poller, Duration::from_secs(60)), [both]);
    }

    #[test]
    fn the_end_of_a_stream_is_readiness_to_read() {
        let poller = Poller::new().unwrap();
        let (near, far) = UnixStream::pair().unwrap();
        poller.watch(near.as_fd(), 1, Interest::READ).unwrap();
        drop(far);
        let ready = wait(&poller, Duration::from_secs(60));
        assert!(ready.len() == 1 && ready[0].readable, "{ready:?}");
    }

    #[test]
    fn an_unwatched_descriptor_is_silent_even_if_a_copy_of_it_lives_on() {
        let poller = Poller::new().unwrap();
        let (near, mut far) = UnixStream::pair().unwrap();
        let copy = near.try_clone().unwrap();
        poller.watch(near.as_fd(), 1, Interest::READ).unwrap();
        poller.unwatch(near.as_fd());
        poller.unwatch(near.as_fd());
        drop(near);
        far.write_all(b"x").unwrap();
        assert_eq!(wait(&poller, Duration::from_millis(20)), []);
        drop(copy);
    }

    #[test]
    fn a_wake_up_ends_the_next_wait() {
        let poller = Poller::new().unwrap();
        poller.wake_up();
        poller.wake_up();
        let mut ready = ReadyList::new();
        poller.wait(&mut ready, None).unwrap();
        assert_eq!(ready.iter().count(), 0);
    }
}
