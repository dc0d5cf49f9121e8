//! One connection to the service.

use std::sync::Arc;
use std::{fmt, io};

use ureq::unversioned::transport::Buffers;

use super::authorization::Authorization;
use super::buffers::ConnectionBuffers;
use super::context;
use super::failure::{Failure, Phase};
use super::idle::Lifetime;
use super::interim::{InterimCount, holds_answer};
use super::stream::{Progress, Stream};
use super::tls::greeting::begins_with_record;
use crate::panic_injection::{Site, pass};
use crate::sys::poll::Interest;

/// What each request on a connection has besides what the HTTP library writes.
#[derive(Clone, Debug)]
pub struct Additions {
    /// What the target of the request begins with: the service's scheme and authority where a proxy is to
    /// forward the request, else nothing.
    pub origin: Arc<str>,
    /// The API key, and the proxy's credentials where it forwards.
    pub authorization: Authorization,
}

/// A [`Stream`] with its buffers.
pub struct Connection {
    stream: Stream,
    buffers: ConnectionBuffers,
    additions: Additions,
    lifetime: Lifetime,
    /// The peer stopped reading before it had everything. Its answer may still be read; after that
    /// the connection is of no more use.
    half_dead: bool,
    /// There is input that nobody has waited for: it came before the request was written to its end, or
    /// with what was read before.
    early_input: bool,
    /// What has come of the answer to the present request, as far as it may be interim.
    interim: InterimCount,
    /// The request has left already; the HTTP library writes it once more, to nobody.
    written: bool,
}

impl Connection {
    pub fn new(stream: Stream, additions: Additions, lifetime: Lifetime) -> Self {
        let extra = additions.origin.len() + additions.authorization.lines().len();
        Connection {
            stream,
            buffers: ConnectionBuffers::new(extra),
            additions,
            lifetime,
            half_dead: false,
            early_input: false,
            interim: InterimCount::default(),
            written: false,
        }
    }

    pub fn buffers(&mut self) -> &mut ConnectionBuffers {
        &mut self.buffers
    }

    pub fn is_tls(&self) -> bool {
        self.stream.is_tls()
    }

    /// How long it may be used.
    pub fn lifetime(&self) -> Lifetime {
        self.lifetime
    }

    /// Whether another request can be made after an answer that was read to its end.
    pub fn is_reusable(&mut self) -> bool {
        // What came with the answer and was not part of it would pass for the next one.
        !self.half_dead && self.buffers.input().is_empty() && !self.stream.has_buffered_input()
    }

    /// Whether the peer has neither closed the connection nor sent something out of turn.
    pub fn is_quiet(&mut self) -> bool {
        self.stream.is_quiet()
    }

    /// What is to be part of each request.
    pub fn additions(&self) -> Additions {
        self.additions.clone()
    }

    /// Collects part of a request.
    pub fn write(&mut self, mut bytes: &[u8]) -> Result<(), Failure> {
        while !bytes.is_empty() {
            let room = self.buffers.output();
            let amount = bytes.len().min(room.len());
            room[..amount].copy_from_slice(&bytes[..amount]);
            self.output_added(amount)?;
            bytes = &bytes[amount..];
        }
        Ok(())
    }

    /// Takes the rest of a request. What there is no room for is written out from where it is.
    pub fn write_rest(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let room = self.buffers.output().len();
        let (collected, rest) = bytes.split_at(bytes.len().min(room));
        self.write(collected)?;
        if rest.is_empty() {
            return Ok(());
        }
        self.flush()?;
        context::note(|trace| trace.request_complete = false);
        self.write_out(Some(rest))
    }

    /// Takes in what the HTTP library has written into the buffer; the API key goes into what begins a
    /// request.
    pub fn transmit(&mut self, mut amount: usize, begins_request: bool) -> Result<(), Failure> {
        if self.written {
            self.buffers.output_added(amount);
            self.buffers.clear_output();
            return Ok(());
        }
        if begins_request {
            let origin = self.additions.origin.as_bytes();
            let lines = self.additions.authorization.lines();
            let completed = self.buffers.complete_request(amount, origin, lines);
            amount = completed.ok_or_else(|| {
                Failure::Io(io::Error::other("the request does not begin with a line"))
            })?;
        }
        self.output_added(amount)
    }

    fn output_added(&mut self, amount: usize) -> Result<(), Failure> {
        // Only the last flush can complete a request, and until it has, the peer cannot act on it.
        context::note(|trace| trace.request_complete = false);
        if self.buffers.output_added(amount) {
            self.flush()?;
        }
        Ok(())
    }

    /// Writes out the rest of the request and waits for input; tells whether some came.
    pub fn await_input(&mut self) -> Result<bool, Failure> {
        self.flush()?;
        self.written = false;
        if std::mem::take(&mut self.early_input) {
            return Ok(true);
        }
        if self.buffers.input_append_buf().is_empty() {
            return Ok(false);
        }
        let amount = self.receive()?;
        self.buffers.input_appended(amount);
        if amount > 0 {
            self.note_input(amount)?;
        }
        Ok(amount > 0)
    }

    /// Has the HTTP library make a request that has left already, and read its answer, of which the input
    /// holds the beginning.
    pub fn replay(&mut self) {
        self.written = true;
        self.early_input = true;
        self.buffers.input_came_early(0);
    }

    /// Writes out what was collected.
    fn flush(&mut self) -> Result<(), Failure> {
        let result = self.write_out(None);
        self.buffers.clear_output();
        result
    }

    /// Writes out `bytes`, or what was collected where there are none.
    fn write_out(&mut self, bytes: Option<&[u8]>) -> Result<(), Failure> {
        let length = bytes.unwrap_or(self.buffers.pending_output()).len();
        if self.half_dead || length == 0 {
            return Ok(());
        }
        let bounds = context::bounds()?;
        let mut written = 0;
        while written < length || self.stream.wants_flush() {
            let all = bytes.unwrap_or(self.buffers.pending_output());
            match self.stream.write(&all[written..]) {
                Ok(Progress::Done(amount)) => {
                    written += amount;
                    context::note(|trace| trace.bytes_sent += amount as u64);
                }
                Ok(Progress::Blocked(interest)) => {
                    let until = bounds.until(Phase::Write);
                    let (readable, writable) = bounds.wait(self.stream.fd(), interest, until)?;
                    if readable && !writable && self.receive_early()? {
                        self.half_dead = true;
                        return Ok(());
                    }
                }
                // The peer has closed its side, maybe after an answer (413) that is still to be read.
                Err(Failure::Closed(_)) => {
                    self.half_dead = true;
                    return Ok(());
                }
                Err(failure) => return Err(failure),
            }
        }
        context::note(|trace| trace.request_complete = true);
        Ok(())
    }

    /// Takes in what the peer sends although it has not read the whole request; tells whether that is
    /// its answer already, or the end of what it will say.
    fn receive_early(&mut self) -> Result<bool, Failure> {
        let room = self.buffers.input_append_buf();
        if room.is_empty() {
            return Ok(true);
        }
        match self.stream.read(room)? {
            Progress::Done(0) => Ok(true),
            Progress::Done(amount) => {
                self.buffers.input_came_early(amount);
                self.early_input = true;
                self.note_input(amount)?;
                Ok(holds_answer(self.buffers.input()))
            }
            // Records of the TLS layer (session tickets) are no answer.
            Progress::Blocked(_) => Ok(false),
        }
    }

    /// Takes note of input, which is the last in the buffer.
    fn note_input(&mut self, amount: usize) -> Result<(), Failure> {
        let mut is_first = false;
        context::note(|trace| {
            is_first = !trace.answered;
            trace.answered = true;
            trace.bytes_received += amount as u64;
        });
        let input = self.buffers.input();
        if is_first {
            self.interim = InterimCount::default();
            if !self.stream.is_tls() && begins_with_record(input) {
                return Err(Failure::SpeaksTls);
            }
        }
        if self.interim.add(&input[input.len() - amount..]) {
            return Err(Failure::EndlessInterim);
        }
        Ok(())
    }

    fn receive(&mut self) -> Result<usize, Failure> {
        let bounds = context::bounds()?;
        let until = bounds.until(Phase::Read);
        // A wait first: right after the request went out there is nothing to read yet.
        if !self.stream.has_buffered_input() {
            bounds.wait(self.stream.fd(), Interest::READ, until)?;
        }
        pass(Site::Answer);
        loop {
            match self.stream.read(self.buffers.input_append_buf())? {
                Progress::Done(amount) => return Ok(amount),
                Progress::Blocked(interest) => {
                    bounds.wait(self.stream.fd(), interest, until)?;
                }
            }
        }
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("tls", &self.stream.is_tls())
            .finish_non_exhaustive()
    }
}
