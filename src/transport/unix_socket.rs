//! Connecting to a unix socket.

use std::io;
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket};

use super::failure::Failure;
use crate::config::unix_socket::UnixSocket;
use crate::sys::out_of_resources::{Shortage, is_shortage};
use crate::sys::socket;

/// The wait before another try if the socket's queue of connections is full. The system does not tell of room in it.
pub const QUEUE_IS_FULL: Duration = Duration::from_millis(10);

/// Connects at once. Returns `None` if the socket's queue of connections is full.
pub fn connect(to: &UnixSocket) -> Result<Option<Socket>, Failure> {
    let address = SockAddr::unix(to.path()).map_err(|error| failure(to, error))?;
    let socket = socket::stream(Domain::UNIX, None).map_err(|error| failure(to, error))?;
    loop {
        match socket.connect(&address) {
            Ok(()) => return Ok(Some(socket)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            Err(error) => return Err(failure(to, error)),
        }
    }
}

fn failure(to: &UnixSocket, error: io::Error) -> Failure {
    if is_shortage(&error) {
        return Shortage::socket("for the connection", error).into();
    }
    let hint = match error.kind() {
        io::ErrorKind::NotFound => " (does the program that makes it run?)",
        io::ErrorKind::ConnectionRefused => {
            " (no program listens on it: the file of a socket stays when its program ends)"
        }
        io::ErrorKind::PermissionDenied => {
            " (this program's user has to be allowed to write to it, and to enter its folders)"
        }
        _ => "",
    };
    Failure::Connect {
        peer: format!("the unix socket {}{hint}", to.path().display()),
        source: error,
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn an_error_names_the_path_and_the_likely_cause() {
        let to = UnixSocket::new(Path::new("/run/h.sock")).unwrap();
        for (number, part) in [
            (libc::ENOENT, "does the program that makes it run?"),
            (libc::ECONNREFUSED, "no program listens on it"),
            (libc::EACCES, "allowed to write to it"),
            (libc::EPROTOTYPE, "/run/h.sock: "),
        ] {
            let text = failure(&to, io::Error::from_raw_os_error(number)).to_string();
            assert!(
                text.contains("/run/h.sock") && text.contains(part),
                "{text}"
            );
        }
        let shortage = failure(&to, io::Error::from_raw_os_error(libc::EMFILE));
        assert!(matches!(shortage, Failure::OutOfResources(_)));
    }
}
