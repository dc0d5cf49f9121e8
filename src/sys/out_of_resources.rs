//! Shortages of what the operating system limits: threads, descriptors, memory for sockets.
//!
//! A shortage is no defect of the library and no fault of the service. It passes, so the call can be tried again.

use std::fmt;
use std::io;

use crate::error::{Error, Status};
use crate::sys::eventfd::EventFd;

/// The kind of resource that is short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resource {
    Thread,
    Descriptor,
    Socket,
    Wait,
}

/// A resource that could not be made.
#[derive(Debug)]
pub struct Shortage {
    resource: Resource,
    purpose: &'static str,
    source: io::Error,
}

impl Shortage {
    /// Makes the error for a missing thread; `purpose` is for example "for the call".
    pub fn thread(purpose: &'static str, source: io::Error) -> Self {
        Shortage::new(Resource::Thread, purpose, source)
    }

    /// Makes the error for a missing file descriptor.
    pub fn descriptor(purpose: &'static str, source: io::Error) -> Self {
        Shortage::new(Resource::Descriptor, purpose, source)
    }

    /// Makes the error for a missing socket.
    pub fn socket(purpose: &'static str, source: io::Error) -> Self {
        Shortage::new(Resource::Socket, purpose, source)
    }

    /// Makes the error for a failed wait for descriptors.
    pub fn wait(source: io::Error) -> Self {
        Shortage::new(Resource::Wait, "", source)
    }

    fn new(resource: Resource, purpose: &'static str, source: io::Error) -> Self {
        Shortage {
            resource,
            purpose,
            source,
        }
    }

    /// Returns whether the shortage may be over by the next attempt. What the system forbids stays forbidden.
    pub fn may_pass(&self) -> bool {
        is_shortage(&self.source) || self.source.raw_os_error() == Some(libc::EAGAIN)
    }

    /// Returns the system's error.
    pub fn into_source(self) -> io::Error {
        self.source
    }

    /// Returns the limit at which the reader of the message should look.
    fn advice(&self) -> &'static str {
        match (self.source.raw_os_error(), self.resource) {
            (Some(libc::EMFILE), _) => {
                "; the process has as many descriptors open as RLIMIT_NOFILE (ulimit -n) allows"
            }
            (Some(libc::ENFILE), _) => {
                "; the system has as many files open as it can (sysctl fs.file-max)"
            }
            (Some(libc::EAGAIN), Resource::Thread) => {
                "; look at RLIMIT_NPROC (ulimit -u) and at the pids limit of the container or service"
            }
            (Some(libc::EINVAL), Resource::Wait) => {
                "; RLIMIT_NOFILE (ulimit -n) is below the number of descriptors to wait for"
            }
            (Some(libc::ENOMEM | libc::ENOBUFS), _) => {
                "; look at the memory of the system, of the container and at RLIMIT_AS (ulimit -v)"
            }
            _ => "",
        }
    }
}

/// Returns the error if the process can make no descriptor now. For callers whose own error does not say so.
pub fn of_descriptors() -> Option<io::Error> {
    EventFd::new().err().filter(is_shortage)
}

/// Returns whether the system has run out of descriptors or of memory.
pub fn is_shortage(error: &io::Error) -> bool {
    matches!(
        error.raw_os_error(),
        Some(libc::EMFILE | libc::ENFILE | libc::ENOMEM | libc::ENOBUFS)
    )
}

impl fmt::Display for Shortage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.resource {
            Resource::Thread => "cannot start a thread",
            Resource::Descriptor => "cannot make a file descriptor",
            Resource::Socket => "cannot make a socket",
            Resource::Wait => "cannot wait for file descriptors",
        };
        f.write_str(what)?;
        if !self.purpose.is_empty() {
            write!(f, " {}", self.purpose)?;
        }
        write!(f, ": {}{}", self.source, self.advice())
    }
}

impl std::error::Error for Shortage {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

impl From<Shortage> for Error {
    fn from(shortage: Shortage) -> Self {
        Error::new(Status::OutOfResources, shortage.to_string())
            .with_retryable(shortage.may_pass())
            .with_source(Some(shortage.into_source().into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os_error(number: i32) -> io::Error {
        io::Error::from_raw_os_error(number)
    }

    #[test]
    fn the_message_names_the_missing_resource_and_the_limit() {
        for (shortage, parts) in [
            (
                Shortage::thread("for the call", os_error(libc::EAGAIN)),
                ["thread for the call", "RLIMIT_NPROC", "pids limit"],
            ),
            (
                Shortage::descriptor("for the token", os_error(libc::EMFILE)),
                ["descriptor for the token", "Too many open", "RLIMIT_NOFILE"],
            ),
            (
                Shortage::socket("for the connection", os_error(libc::ENFILE)),
                ["socket for the connection", "Too many open", "fs.file-max"],
            ),
            (
                Shortage::socket("for the connection", os_error(libc::ENOBUFS)),
                ["socket for the connection", "No buffer", "memory"],
            ),
            (
                Shortage::wait(os_error(libc::EINVAL)),
                ["cannot wait", "Invalid argument", "RLIMIT_NOFILE"],
            ),
        ] {
            let error = Error::from(shortage);
            assert_eq!(error.status(), Status::OutOfResources);
            for part in parts {
                assert!(error.message().contains(part), "{error}");
            }
        }
    }

    #[test]
    fn a_shortage_is_retryable_and_a_prohibition_is_not() {
        let used_up = Shortage::thread("for the call", os_error(libc::EAGAIN));
        assert!(Error::from(used_up).is_retryable());
        let forbidden = Shortage::thread("for the call", os_error(libc::EPERM));
        assert!(!Error::from(forbidden).is_retryable());
    }
}
