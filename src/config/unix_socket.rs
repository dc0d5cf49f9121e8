//! A unix socket on which the service, or a proxy of this machine, listens.

use std::mem::{offset_of, size_of};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The longest path of a socket in bytes. The system keeps a NUL behind it.
const MAX_PATH: usize =
    size_of::<libc::sockaddr_un>() - offset_of!(libc::sockaddr_un, sun_path) - 1;

/// The path of a unix socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnixSocket(PathBuf);

impl UnixSocket {
    /// Checks a path.
    ///
    /// # Errors
    /// `InvalidArgument` if no socket can have it, or if it depends on the present directory.
    pub fn new(path: &Path) -> Result<Self> {
        let bytes = path.as_os_str().as_bytes();
        let refuse = |reason: &str| {
            Err(Error::invalid_argument(format!(
                "the path of the unix socket {reason}: {}",
                path.display()
            )))
        };
        if bytes.contains(&0) {
            return refuse("has a NUL");
        }
        if !path.is_absolute() {
            return refuse("does not begin with `/`, so it would depend on the present directory");
        }
        if bytes.len() > MAX_PATH {
            return refuse(&format!(
                "is {} bytes long, and at most {MAX_PATH} are possible",
                bytes.len()
            ));
        }
        Ok(UnixSocket(path.to_owned()))
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    #[test]
    fn paths_that_no_socket_can_have_are_refused() {
        let longest = format!("/{}", "a".repeat(MAX_PATH - 1));
        assert_eq!(MAX_PATH, 107);
        assert!(UnixSocket::new(Path::new(&longest)).is_ok());
        for (path, part) in [
            ("", "does not begin"),
            ("run/x.sock", "does not begin"),
            ("@abstract", "does not begin"),
            ("/run/\0x", "NUL"),
            (&format!("{longest}a"), "108 bytes"),
        ] {
            let error = UnixSocket::new(Path::new(path)).unwrap_err();
            assert_eq!(error.status(), Status::InvalidArgument);
            assert!(error.message().contains(part), "{error}");
        }
    }
}
