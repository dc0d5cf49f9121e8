//! A connected socket, plain or under TLS, that never blocks.

use std::io::{self, IoSlice, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};

use rustls::ClientConnection;
use socket2::Socket;

use super::failure::Failure;
use super::tls::greeting::Greeting;
use super::tls::session::Session;
use crate::sys::poll::Interest;

/// The result of an operation.
#[derive(Clone, Copy, Debug)]
pub enum Io {
    /// This many bytes were moved; 0 at the end of the input.
    Done(usize),
    /// Wait, then try again.
    Blocked(Interest),
}

/// A stream of bytes to the service.
pub struct Stream {
    socket: Socket,
    /// Boxed, as most connections of most hosts have none, and it is large.
    tls: Option<Box<Tls>>,
}

struct Tls {
    session: Session,
    greeting: Greeting,
}

impl Stream {
    pub fn new(socket: Socket) -> Self {
        Stream { socket, tls: None }
    }

    /// Puts TLS over the socket; [`Stream::handshake`] does the rest.
    pub fn start_tls(&mut self, session: Session, tunnelled: bool) {
        self.tls = Some(Box::new(Tls {
            session,
            greeting: Greeting::expected(tunnelled),
        }));
    }

    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// Goes on with the TLS handshake, as far as that is possible.
    pub fn handshake(&mut self) -> Result<Io, Failure> {
        let Some(tls) = &mut self.tls else {
            return Ok(Io::Done(0));
        };
        let Tls { session, greeting } = &mut **tls;
        loop {
            if let Some(blocked) = write_records(&mut session.connection, &self.socket)? {
                return Ok(blocked);
            }
            if !session.connection.is_handshaking() {
                session.end_handshake();
                return Ok(Io::Done(0));
            }
            let mut source = Overheard {
                socket: &self.socket,
                greeting,
            };
            let received = receive_records(session, &mut source, &self.socket);
            match received.map_err(|failure| greeting.judge(failure))? {
                Some(0) => return Err(Failure::closed_early()),
                Some(_) => {}
                None => return Ok(Io::Blocked(Interest::READ)),
            }
        }
    }

    /// Reads the input that is there.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<Io, Failure> {
        let Some(tls) = &mut self.tls else {
            return match retry(|| (&self.socket).read(buffer)) {
                Ok(amount) => Ok(Io::Done(amount)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    Ok(Io::Blocked(Interest::READ))
                }
                Err(error) => Err(Failure::from_io(error)),
            };
        };
        let session = &mut tls.session;
        loop {
            match session.connection.reader().read(buffer) {
                Ok(amount) => return Ok(Io::Done(amount)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Without a close_notify an attacker may have cut off the end, so this is an error and not the
                // end of the input.
                Err(error) => return Err(Failure::from_io(error)),
            }
            if session.connection.wants_write() {
                // Answers of the TLS layer, to a key update for example. They do not hold up input, not
                // even on a connection that the peer has reset: its answer (413) may still be there.
                let _ = retry(|| session.connection.write_tls(&mut Quiet(&self.socket)));
            }
            match receive_records(session, &mut &self.socket, &self.socket)? {
                Some(_) if has_plaintext(session)? => {}
                Some(0) => {}
                // The next records are left for later, as a wait in between looks at the clock.
                _ => return Ok(Io::Blocked(Interest::READ)),
            }
        }
    }

    /// Writes as much of `first` and then of `second` as goes.
    pub fn write(&mut self, first: &[u8], second: &[u8]) -> Result<Io, Failure> {
        let Some(tls) = &mut self.tls else {
            let parts = [IoSlice::new(first), IoSlice::new(second)];
            return match retry(|| Quiet(&self.socket).write_vectored(&parts)) {
                Ok(amount) => Ok(Io::Done(amount)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    Ok(Io::Blocked(Interest::READ_WRITE))
                }
                Err(error) => Err(Failure::from_io(error)),
            };
        };
        let connection = &mut tls.session.connection;
        let mut accepted = 0;
        loop {
            if write_records(connection, &self.socket)?.is_some() {
                return Ok(match accepted {
                    0 => Io::Blocked(Interest::READ_WRITE),
                    _ => Io::Done(accepted),
                });
            }
            if accepted == first.len() + second.len() {
                return Ok(Io::Done(accepted));
            }
            let rest = [
                IoSlice::new(first.get(accepted..).unwrap_or_default()),
                IoSlice::new(&second[accepted.saturating_sub(first.len())..]),
            ];
            accepted += connection
                .writer()
                .write_vectored(&rest)
                .map_err(Failure::from_io)?;
        }
    }

    /// Returns whether output that was accepted still waits inside the TLS layer.
    pub fn wants_flush(&self) -> bool {
        self.tls
            .as_ref()
            .is_some_and(|tls| tls.session.connection.wants_write())
    }

    /// Returns whether decrypted input is at hand without a look at the socket.
    pub fn has_buffered_input(&mut self) -> bool {
        self.tls
            .as_mut()
            .is_some_and(|tls| has_plaintext(&mut tls.session).unwrap_or(true))
    }

    /// Returns whether the peer has neither closed the connection nor sent something out of turn.
    pub fn is_quiet(&mut self) -> bool {
        let Some(tls) = &mut self.tls else {
            let mut byte = [std::mem::MaybeUninit::uninit()];
            return matches!(
                retry(|| self.socket.peek(&mut byte)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock
            );
        };
        let session = &mut tls.session;
        // Input behind the last answer would pass for the next one.
        let mut has_input = has_plaintext(session).unwrap_or(true);
        // Session tickets may wait to be read, so a peek would not do.
        while !has_input {
            match receive_records(session, &mut &self.socket, &self.socket) {
                Ok(None) => return true,
                Ok(Some(0)) | Err(_) => return false,
                Ok(Some(_)) => has_input = has_plaintext(session).unwrap_or(true),
            }
        }
        false
    }
}

/// Writes the records that wait. Returns what to wait for if the socket takes no more.
fn write_records(
    connection: &mut ClientConnection,
    socket: &Socket,
) -> Result<Option<Io>, Failure> {
    while connection.wants_write() {
        match retry(|| connection.write_tls(&mut Quiet(socket))) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                return Ok(Some(Io::Blocked(Interest::WRITE)));
            }
            Err(error) => return Err(Failure::from_io(error)),
        }
    }
    Ok(None)
}

/// Writes that never raise SIGPIPE: the host may not ignore it.
struct Quiet<'a>(&'a Socket);

impl Write for Quiet<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.send_with_flags(bytes, libc::MSG_NOSIGNAL)
    }

    fn write_vectored(&mut self, parts: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.send_vectored_with_flags(parts, libc::MSG_NOSIGNAL)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The input of a handshake, of which the beginning is kept.
struct Overheard<'a> {
    socket: &'a Socket,
    greeting: &'a mut Greeting,
}

impl Read for Overheard<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut socket = self.socket;
        let amount = socket.read(buffer)?;
        self.greeting.add(&buffer[..amount]);
        Ok(amount)
    }
}

/// Reads and decrypts records. Returns `None` if the socket has none, and `Some(0)` at the end of the stream.
fn receive_records(
    session: &mut Session,
    source: &mut impl Read,
    socket: &Socket,
) -> Result<Option<usize>, Failure> {
    match retry(|| session.connection.read_tls(source)) {
        Ok(amount) => {
            if let Err(error) = session.connection.process_new_packets() {
                // The peer is told why, as far as that goes without waiting.
                let _ = session.connection.write_tls(&mut Quiet(socket));
                return Err(session.failure(error));
            }
            Ok(Some(amount))
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(Failure::from_io(error)),
    }
}

fn has_plaintext(session: &mut Session) -> Result<bool, Failure> {
    match session.connection.process_new_packets() {
        Ok(state) => Ok(state.plaintext_bytes_to_read() > 0 || state.peer_has_closed()),
        Err(error) => Err(session.failure(error)),
    }
}

/// Repeats a system call that a signal interrupted before it moved anything.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
