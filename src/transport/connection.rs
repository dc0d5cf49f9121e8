//! One connection to the service.

use std::fmt;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use zeroize::Zeroize;

use super::failure::Failure;
use super::input::InputBuffer;
use super::interim_responses::{InterimCount, holds_answer};
use super::lifetime::Lifetime;
use super::request::{Request, RequestWriter};
use super::stream::{Io, Stream};
use super::tls::greeting::begins_with_record;
use super::trace::Trace;
use crate::sys::poll::Interest;

/// A [`Stream`] with its buffers.
pub struct Connection {
    stream: Stream,
    input: InputBuffer,
    output: Output,
    lifetime: Lifetime,
    /// The peer stopped reading before it had everything. Its answer may still be read; after that
    /// the connection is of no more use.
    half_dead: bool,
    /// Counts the interim responses before the answer to the present request.
    interim: InterimCount,
    /// Counts the connection among the open ones, for as long as it lives.
    _mark: OpenMark,
}

/// The copies of a pool's mark are its open connections.
pub type OpenMark = Arc<()>;

/// The request that is being written.
#[derive(Default)]
struct Output {
    /// Its head, until that has left. It holds the API key, so it is wiped then.
    head: Vec<u8>,
    head_length: usize,
    /// How much of head and body has left.
    written: usize,
}

/// The result of a read.
#[derive(Clone, Copy, Debug)]
pub enum Received {
    /// Some input.
    Bytes,
    /// The end of the input.
    End,
    /// Nothing: wait, then try again.
    Blocked(Interest),
}

impl Connection {
    pub fn new(stream: Stream, lifetime: Lifetime, mark: OpenMark) -> Self {
        Connection {
            stream,
            input: InputBuffer::default(),
            output: Output::default(),
            lifetime,
            half_dead: false,
            interim: InterimCount::default(),
            _mark: mark,
        }
    }

    /// The descriptor to wait for.
    pub fn fd(&self) -> BorrowedFd<'_> {
        self.stream.fd()
    }

    /// The input that was not consumed yet.
    pub fn input(&mut self) -> &mut InputBuffer {
        &mut self.input
    }

    /// The end of its use.
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// Returns whether another request can be made after an answer that was read to its end.
    pub fn is_reusable(&mut self) -> bool {
        // Bytes that came behind the answer would pass for the next one.
        !self.half_dead && self.input.bytes().is_empty() && !self.stream.has_buffered_input()
    }

    /// Returns whether the peer has neither closed the connection nor sent something out of turn.
    pub fn is_quiet(&mut self) -> bool {
        self.stream.is_quiet()
    }

    /// Returns whether decrypted input is at hand without a look at the socket.
    pub fn has_buffered_input(&mut self) -> bool {
        self.stream.has_buffered_input()
    }

    /// Prepares a request. Nothing of it leaves yet.
    pub fn begin(&mut self, writer: &RequestWriter, request: &Request<'_>) {
        self.output.wipe();
        writer.write(request, &mut self.output.head);
        self.output.head_length = self.output.head.len();
        self.output.written = 0;
        self.interim = InterimCount::default();
    }

    /// Writes as much of the request as goes. Returns what to wait for, or `None` if the rest of the request
    /// need not be written: all of it has left, or the peer takes no more.
    pub fn write(&mut self, body: &[u8], trace: &mut Trace) -> Result<Option<Interest>, Failure> {
        let length = self.output.head_length + body.len();
        while self.output.written < length || self.stream.wants_flush() {
            let (head, body) = self.output.rest(body);
            match self.stream.write(head, body) {
                Ok(Io::Done(amount)) => {
                    trace.bytes_sent += amount as u64;
                    self.output.written += amount;
                    if self.output.written >= self.output.head_length {
                        self.output.wipe();
                    }
                }
                Ok(Io::Blocked(interest)) => return Ok(Some(interest)),
                // The peer has closed its side, maybe after an answer (413) that is still to be read.
                Err(Failure::Closed(_)) => {
                    self.give_up_writing();
                    return Ok(None);
                }
                Err(failure) => return Err(failure),
            }
        }
        trace.request_complete = true;
        Ok(None)
    }

    /// Ends the writing of a request before its end, because the peer does not read it.
    pub fn give_up_writing(&mut self) {
        self.output.wipe();
        self.half_dead = true;
    }

    /// Takes in input that comes before the whole request was written. Returns whether that is the answer
    /// already, or the end of the input.
    pub fn receive_early(&mut self, trace: &mut Trace) -> Result<bool, Failure> {
        match self.receive(trace)? {
            Received::Bytes => Ok(holds_answer(self.input.bytes())),
            Received::End => Ok(true),
            // Records of the TLS layer (session tickets) are no answer.
            Received::Blocked(_) => Ok(false),
        }
    }

    /// Takes in the input that is there. A buffer that is full counts as its end.
    pub fn receive(&mut self, trace: &mut Trace) -> Result<Received, Failure> {
        let room = self.input.room();
        if room.is_empty() {
            return Ok(Received::End);
        }
        match self.stream.read(room)? {
            Io::Done(0) => Ok(Received::End),
            Io::Done(amount) => {
                self.input.added(amount);
                self.check_input(amount, trace)?;
                Ok(Received::Bytes)
            }
            Io::Blocked(interest) => Ok(Received::Blocked(interest)),
        }
    }

    /// Checks the last `amount` bytes of input, which are new.
    fn check_input(&mut self, amount: usize, trace: &mut Trace) -> Result<(), Failure> {
        let is_first = !trace.answered;
        trace.received(amount);
        let input = self.input.bytes();
        if is_first && !self.stream.is_tls() && begins_with_record(input) {
            return Err(Failure::SpeaksTls);
        }
        if self.interim.add(&input[input.len() - amount..]) {
            return Err(Failure::EndlessInterim);
        }
        Ok(())
    }
}

impl Output {
    /// Returns the rest of the head and of the body that has not left yet.
    fn rest<'a>(&'a self, body: &'a [u8]) -> (&'a [u8], &'a [u8]) {
        match self.written.checked_sub(self.head_length) {
            Some(written) => (&[], &body[written..]),
            None => (&self.head[self.written..], body),
        }
    }

    /// Wipes the head. The rest of the capacity holds nothing.
    fn wipe(&mut self) {
        self.head.as_mut_slice().zeroize();
        self.head.clear();
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.wipe();
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("tls", &self.stream.is_tls())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_a_request_is_what_has_not_left() {
        let mut output = Output {
            head: b"head".to_vec(),
            head_length: 4,
            written: 0,
        };
        for (written, head, body) in [(0, "head", "body"), (3, "d", "body"), (4, "", "body")] {
            output.written = written;
            let rest = output.rest(b"body");
            assert_eq!(rest, (head.as_bytes(), body.as_bytes()), "{written}");
        }
        output.wipe();
        output.written = 7;
        assert_eq!(output.rest(b"body"), (&b""[..], &b"y"[..]));
    }
}
