//! One request and its answer, on a connection that is open.

use std::time::Instant;

use super::answer::{Answer, NoAnswer, usual_answer};
use super::bounds::{Bounds, Until};
use super::connection::{Connection, Received};
use super::failure::Phase;
use super::reader::{ReadResult, Reader};
use super::readiness::{Interests, Readiness, is_timeout};
use super::request::{Request, RequestWriter};
use super::trace::Trace;
use crate::panic_injection::{Site, pass};
use crate::sys::poll::Interest;

/// The writing of a request and the reading of its answer.
pub struct RoundTrip {
    connection: Box<Connection>,
    /// The end of the writing of the request.
    request_left: Option<Instant>,
    /// Whether input came while the request was being written. The reading begins with it.
    early_input: bool,
    /// The reader of an answer that is not a usual one.
    reader: Option<Box<Reader>>,
    interest: Interest,
    until: Until,
}

/// The result of a step.
pub enum RoundTripStep {
    /// The answer is complete. The flag says whether the connection may serve another request.
    Answer(Answer, bool),
    /// The connection has to be ready, or this instant has to come.
    Wait(Instant),
}

impl RoundTrip {
    /// Prepares a request. Nothing of it leaves yet.
    pub fn new(
        mut connection: Box<Connection>,
        writer: &RequestWriter,
        request: &Request<'_>,
        bounds: &Bounds,
        now: Instant,
    ) -> Self {
        connection.begin(writer, request);
        RoundTrip {
            connection,
            request_left: None,
            early_input: false,
            reader: None,
            interest: Interest::WRITE,
            until: bounds.until(Phase::Write, now),
        }
    }

    /// The descriptor to wait for.
    pub fn interests(&self) -> Interests<'_> {
        Interests::One(self.connection.fd(), self.interest)
    }

    /// Notes how long the answer has taken to come, as long as nothing of it has come.
    pub fn note_time(&self, trace: &mut Trace, now: Instant) {
        if let Some(left) = self.request_left
            && !trace.answered
        {
            trace.timings.waiting = now.saturating_duration_since(left);
        }
    }

    /// Goes on as far as possible after a wait, which has found the descriptor in this state.
    pub fn step(
        &mut self,
        body: &[u8],
        bounds: &Bounds,
        trace: &mut Trace,
        ready: &[Readiness],
        now: Instant,
    ) -> Result<RoundTripStep, NoAnswer> {
        self.note_time(trace, now);
        if is_timeout(ready) && now >= self.until.end() {
            return Err(self.until.timed_out().into());
        }
        let ready = ready.first().copied().unwrap_or_default();
        if self.request_left.is_some() {
            return self.read(bounds, trace, ready.is_any(), now);
        }
        if ready.readable && !ready.writable {
            self.early_input = true;
            if self.connection.receive_early(trace)? {
                self.connection.give_up_writing();
                self.request_left = Some(trace.time_of_step(now));
            }
        }
        if self.request_left.is_none()
            && let Some(interest) = self.connection.write(body, trace)?
        {
            self.until = bounds.until(Phase::Write, now);
            return self.wait(interest, bounds, now);
        }
        self.request_left = Some(trace.time_of_step(now));
        self.until = bounds.until(Phase::Read, now);
        self.read(bounds, trace, false, now)
    }

    /// Reads the answer. `may_read` says whether a wait has found input.
    fn read(
        &mut self,
        bounds: &Bounds,
        trace: &mut Trace,
        mut may_read: bool,
        now: Instant,
    ) -> Result<RoundTripStep, NoAnswer> {
        loop {
            let has_input = if std::mem::take(&mut self.early_input)
                && !self.connection.input().bytes().is_empty()
            {
                true
            } else {
                // There is no input right after the request has left, so the wait comes before the read.
                if !may_read && !self.connection.has_buffered_input() {
                    return self.wait(Interest::READ, bounds, now);
                }
                may_read = false;
                pass(Site::Answer);
                match self.connection.receive(trace)? {
                    Received::Bytes => true,
                    Received::End => false,
                    Received::Blocked(interest) => return self.wait(interest, bounds, now),
                }
            };
            if let Some(talked) = self.parse(has_input)? {
                return Ok(talked);
            }
            self.until = bounds.until(Phase::Read, now);
        }
    }

    /// Reads the new input, or the end of the input. Returns the answer if it is complete.
    fn parse(&mut self, has_input: bool) -> Result<Option<RoundTripStep>, NoAnswer> {
        let input = self.connection.input();
        let reader = match &mut self.reader {
            Some(reader) => reader,
            None => {
                if let Some(answer) = usual_answer(input.bytes()) {
                    input.consume(input.bytes().len());
                    return Ok(Some(RoundTripStep::Answer(answer, true)));
                }
                self.reader.insert(Box::new(Reader::new()?))
            }
        };
        let reading = match has_input {
            true => reader.advance(input)?,
            false => reader.end(input)?,
        };
        match reading {
            ReadResult::Unfinished => Ok(None),
            ReadResult::Finished { keeps_connection } => Ok(self
                .reader
                .take()
                .map(|reader| RoundTripStep::Answer(reader.into_answer(), keeps_connection))),
        }
    }

    fn wait(
        &mut self,
        interest: Interest,
        bounds: &Bounds,
        now: Instant,
    ) -> Result<RoundTripStep, NoAnswer> {
        self.interest = interest;
        Ok(RoundTripStep::Wait(bounds.wait_until(self.until, now)?))
    }

    /// Returns the connection after the answer.
    pub fn into_connection(self) -> Box<Connection> {
        self.connection
    }

    /// Returns the result of an answer that is cut off for this reason.
    pub fn cut_off(self, reason: NoAnswer) -> Result<Answer, NoAnswer> {
        match self.reader {
            Some(reader) => reader.cut_off(reason),
            None => Err(reason),
        }
    }
}
