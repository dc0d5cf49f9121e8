//! A file descriptor that is readable from a signal until it is cleared.

#[cfg(any(target_os = "linux", target_os = "freebsd"))]
mod counter;
#[cfg(any(test, not(any(target_os = "linux", target_os = "freebsd"))))]
mod socket_pair;

#[cfg(any(target_os = "linux", target_os = "freebsd"))]
pub use counter::EventFd;
#[cfg(not(any(target_os = "linux", target_os = "freebsd")))]
pub use socket_pair::EventFd;

#[cfg(test)]
mod tests {
    use std::os::fd::AsFd;
    use std::time::Duration;

    use super::{EventFd, socket_pair};
    use crate::sys::poll::{Interest, Slot, poll};

    fn readable(fd: &impl AsFd) -> bool {
        let mut slots = [Slot::new(fd.as_fd(), Interest::READ)];
        poll(&mut slots, Some(Duration::ZERO)).unwrap();
        slots[0].is_readable()
    }

    fn check<E: AsFd>(fd: &E, signal: fn(&E), clear: fn(&E) -> bool) {
        assert!(!readable(fd));
        signal(fd);
        signal(fd);
        assert!(readable(fd));
        assert!(clear(fd));
        assert!(!readable(fd));
        assert!(!clear(fd));
    }

    #[test]
    fn is_readable_exactly_between_signal_and_clear() {
        check(&EventFd::new().unwrap(), EventFd::signal, EventFd::clear);
    }

    #[test]
    fn a_pair_of_sockets_is_readable_exactly_between_signal_and_clear() {
        use socket_pair::EventFd;
        check(&EventFd::new().unwrap(), EventFd::signal, EventFd::clear);
    }

    #[test]
    fn more_signals_than_a_pair_of_sockets_holds_do_not_block() {
        let fd = socket_pair::EventFd::new().unwrap();
        for _ in 0..10_000 {
            fd.signal();
        }
        assert!(fd.clear());
        assert!(!readable(&fd));
    }
}
