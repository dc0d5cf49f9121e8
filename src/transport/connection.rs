//! One connection to the service as the HTTP library uses it.

use std::fmt;

use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use super::buffers::ConnectionBuffers;
use super::context::{self, PooledUse};
use super::failure::{Failure, Phase};
use super::stream::{Progress, Stream};
use super::sys::poll::Interest;

/// A [`Stream`] with its buffers.
pub struct Connection {
    stream: Stream,
    buffers: ConnectionBuffers,
    /// The peer stopped reading before it had everything. Its answer may still be read; after that
    /// the connection is of no more use.
    half_dead: bool,
}

impl Connection {
    pub fn new(stream: Stream) -> Self {
        Connection {
            stream,
            buffers: ConnectionBuffers::new(),
            half_dead: false,
        }
    }

    /// Writes out what was collected.
    fn flush(&mut self) -> Result<(), Failure> {
        let result = self.write_pending();
        self.buffers.clear_output();
        result
    }

    fn write_pending(&mut self) -> Result<(), Failure> {
        if self.half_dead || self.buffers.pending_output().is_empty() {
            return Ok(());
        }
        let bounds = context::bounds()?;
        let mut rest = self.buffers.pending_output();
        while !rest.is_empty() || self.stream.wants_flush() {
            match self.stream.write(rest) {
                Ok(Progress::Done(amount)) => {
                    rest = &rest[amount..];
                    context::note(|trace| trace.bytes_sent += amount as u64);
                }
                Ok(Progress::Blocked(interest)) => {
                    let until = bounds.until(Phase::Write);
                    let (readable, writable) = bounds.wait(self.stream.fd(), interest, until)?;
                    if readable && !writable && self.stream.has_answer()? {
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

    fn receive(&mut self) -> Result<usize, Failure> {
        let bounds = context::bounds()?;
        let until = bounds.until(Phase::Read);
        // A wait first: right after the request went out there is nothing to read yet.
        if !self.stream.has_buffered_input() {
            bounds.wait(self.stream.fd(), Interest::READ, until)?;
        }
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

impl Transport for Connection {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, _: NextTimeout) -> Result<(), ureq::Error> {
        if amount > 0 {
            // Only the last flush can complete a request, and until it has, the peer cannot act on it.
            context::note(|trace| trace.request_complete = false);
        }
        if self.buffers.output_added(amount) {
            self.flush()?;
        }
        Ok(())
    }

    fn await_input(&mut self, _: NextTimeout) -> Result<bool, ureq::Error> {
        self.flush()?;
        if self.buffers.input_append_buf().is_empty() {
            return Ok(false);
        }
        let amount = self.receive()?;
        self.buffers.input_appended(amount);
        if amount > 0 {
            context::note(|trace| {
                trace.answered = true;
                trace.bytes_received += amount as u64;
            });
        }
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        match context::pooled_connection() {
            _ if self.half_dead => false,
            PooledUse::Refuse => false,
            PooledUse::Trust => true,
            PooledUse::Probe => self.stream.is_quiet(),
        }
    }

    fn is_tls(&self) -> bool {
        self.stream.is_tls()
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("tls", &self.stream.is_tls())
            .finish_non_exhaustive()
    }
}
