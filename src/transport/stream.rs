//! A connected socket, plain or under TLS, that never blocks.

use std::io::{self, IoSlice, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};

use rustls::ClientConnection;
use socket2::Socket;

use super::failure::Failure;
use super::tls::greeting::Greeting;
use crate::sys::poll::Interest;

/// What an operation that cannot go on waits for.
#[derive(Clone, Copy, Debug)]
pub enum Progress {
    /// This many bytes were moved; 0 at the end of the input.
    Done(usize),
    /// Wait, then try again.
    Blocked(Interest),
}

/// A stream of bytes to the service.
pub struct Stream {
    socket: Socket,
    /// Boxed: most connections of most hosts have none, and it is large.
    tls: Option<Box<ClientConnection>>,
    greeting: Greeting,
}

impl Stream {
    pub fn new(socket: Socket) -> Self {
        Stream {
            socket,
            tls: None,
            greeting: Greeting::default(),
        }
    }

    /// Puts TLS over the socket; [`Stream::handshake`] does the rest.
    pub fn start_tls(&mut self, connection: ClientConnection, tunnelled: bool) {
        self.greeting = Greeting::expected(tunnelled);
        self.tls = Some(Box::new(connection));
    }

    pub fn is_tls(&self) -> bool {
        self.tls.is_some()
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    /// One step of the TLS handshake.
    pub fn handshake(&mut self) -> Result<Progress, Failure> {
        let Some(tls) = &mut self.tls else {
            return Ok(Progress::Done(0));
        };
        loop {
            while tls.wants_write() {
                match retry(|| tls.write_tls(&mut Quiet(&self.socket))) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        return Ok(Progress::Blocked(Interest::WRITE));
                    }
                    Err(error) => return Err(Failure::from_io(error)),
                }
            }
            if !tls.is_handshaking() {
                return Ok(Progress::Done(0));
            }
            let mut source = Overheard {
                socket: &self.socket,
                greeting: &mut self.greeting,
            };
            let received = receive_records(tls, &mut source, &self.socket);
            match received.map_err(|failure| self.greeting.judge(failure))? {
                Some(0) => return Err(Failure::closed_early()),
                Some(_) => {}
                None => return Ok(Progress::Blocked(Interest::READ)),
            }
        }
    }

    /// Reads what is there.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<Progress, Failure> {
        let Some(tls) = &mut self.tls else {
            return match retry(|| (&self.socket).read(buffer)) {
                Ok(amount) => Ok(Progress::Done(amount)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    Ok(Progress::Blocked(Interest::READ))
                }
                Err(error) => Err(Failure::from_io(error)),
            };
        };
        loop {
            match tls.reader().read(buffer) {
                Ok(amount) => return Ok(Progress::Done(amount)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                // Without a close_notify the end may have been cut off by an attacker: not an end
                // of input but an error.
                Err(error) => return Err(Failure::from_io(error)),
            }
            if tls.wants_write() {
                // Answers of the TLS layer, to a key update for example. They do not hold up input, not
                // even on a connection that the peer has reset: its answer (413) may still be there.
                let _ = retry(|| tls.write_tls(&mut Quiet(&self.socket)));
            }
            match receive_records(tls, &mut &self.socket, &self.socket)? {
                Some(_) if tls_has_plaintext(tls)? => {}
                Some(0) => {}
                // Not on to the next records at once: a wait in between looks at the clock.
                _ => return Ok(Progress::Blocked(Interest::READ)),
            }
        }
    }

    /// Writes as much as goes.
    pub fn write(&mut self, bytes: &[u8]) -> Result<Progress, Failure> {
        let Some(tls) = &mut self.tls else {
            return match retry(|| Quiet(&self.socket).write(bytes)) {
                Ok(amount) => Ok(Progress::Done(amount)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    Ok(Progress::Blocked(Interest::READ_WRITE))
                }
                Err(error) => Err(Failure::from_io(error)),
            };
        };
        let mut accepted = 0;
        loop {
            while tls.wants_write() {
                match retry(|| tls.write_tls(&mut Quiet(&self.socket))) {
                    Ok(_) => {}
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        return Ok(if accepted > 0 {
                            Progress::Done(accepted)
                        } else {
                            Progress::Blocked(Interest::READ_WRITE)
                        });
                    }
                    Err(error) => return Err(Failure::from_io(error)),
                }
            }
            if accepted == bytes.len() {
                return Ok(Progress::Done(accepted));
            }
            let amount = tls
                .writer()
                .write(&bytes[accepted..])
                .map_err(Failure::from_io)?;
            accepted += amount;
        }
    }

    /// Whether output that was accepted still waits inside the TLS layer.
    pub fn wants_flush(&self) -> bool {
        self.tls.as_ref().is_some_and(|tls| tls.wants_write())
    }

    /// Whether decrypted input is at hand without a look at the socket.
    pub fn has_buffered_input(&mut self) -> bool {
        self.tls
            .as_mut()
            .is_some_and(|tls| tls_has_plaintext(tls).unwrap_or(true))
    }

    /// Whether the peer has neither closed the connection nor sent something out of turn.
    pub fn is_quiet(&mut self) -> bool {
        match &mut self.tls {
            None => {
                let mut byte = [std::mem::MaybeUninit::uninit()];
                matches!(
                    retry(|| self.socket.peek(&mut byte)),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock
                )
            }
            Some(tls) => {
                // What came with the last answer and was not part of it would pass for the next one.
                let mut has_input = tls_has_plaintext(tls).unwrap_or(true);
                // Session tickets may wait to be read, so a peek would not do.
                while !has_input {
                    match receive_records(tls, &mut &self.socket, &self.socket) {
                        Ok(None) => return true,
                        Ok(Some(0)) | Err(_) => return false,
                        Ok(Some(_)) => has_input = tls_has_plaintext(tls).unwrap_or(true),
                    }
                }
                false
            }
        }
    }
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

/// Reads and decrypts records: `None` when the socket has none, `Some(0)` at the end of the stream.
fn receive_records(
    tls: &mut ClientConnection,
    source: &mut impl Read,
    socket: &Socket,
) -> Result<Option<usize>, Failure> {
    match retry(|| tls.read_tls(source)) {
        Ok(amount) => {
            if let Err(error) = tls.process_new_packets() {
                // The peer is told why, as far as that goes without waiting.
                let _ = tls.write_tls(&mut Quiet(socket));
                return Err(Failure::tls(error));
            }
            Ok(Some(amount))
        }
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(Failure::from_io(error)),
    }
}

fn tls_has_plaintext(tls: &mut ClientConnection) -> Result<bool, Failure> {
    match tls.process_new_packets() {
        Ok(state) => Ok(state.plaintext_bytes_to_read() > 0 || state.peer_has_closed()),
        Err(error) => Err(Failure::tls(error)),
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
