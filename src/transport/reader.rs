//! ReadResult answers of every kind, by the HTTP engine of ureq.

#[cfg(test)]
mod tests;

use std::mem;

use http::{HeaderMap, Request, StatusCode};
use ureq_proto::client::state::{RecvBody, RecvResponse};
use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};
use ureq_proto::{BodyMode, Error};

use super::answer::{Answer, NoAnswer};
use super::failure::Failure;
use super::input::InputBuffer;
use super::request_id::request_id_in;
use super::response_limits::{MAX_RESPONSE_BODY, MAX_RESPONSE_HEAD};

/// A reader of one answer. It knows no connection: it consumes the input that it is given.
pub struct Reader {
    stage: Stage,
    status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

enum Stage {
    Head(Call<RecvResponse>),
    Body(Call<RecvBody>),
    Over,
}

/// The progress of reading an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadResult {
    /// There is more to come.
    Unfinished,
    /// It was read to its end, or to the limit of its body.
    Finished {
        /// Whether the connection may serve another request.
        keeps_connection: bool,
    },
}

impl Reader {
    /// Returns a reader of an answer of which nothing was read yet.
    pub fn new() -> Result<Self, NoAnswer> {
        Ok(Reader {
            stage: Stage::Head(receiving()?),
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Vec::new(),
        })
    }

    /// Reads as much as the input holds.
    pub fn advance(&mut self, input: &mut InputBuffer) -> Result<ReadResult, NoAnswer> {
        loop {
            let reading = match &mut self.stage {
                Stage::Head(_) => self.read_head(input)?,
                Stage::Body(_) => self.read_body(input)?,
                Stage::Over => return Err(Failure::closed_early().into()),
            };
            if let Some(reading) = reading {
                return Ok(reading);
            }
        }
    }

    /// Ends the answer with the input: no more will come.
    pub fn end(&mut self, input: &mut InputBuffer) -> Result<ReadResult, NoAnswer> {
        let Stage::Body(call) = &self.stage else {
            return Err(Failure::closed_early().into());
        };
        let is_whole = call.can_proceed() || call.is_ended_chunked();
        if !is_whole || !input.bytes().is_empty() {
            return Err(Failure::closed_early().into());
        }
        Ok(ReadResult::Finished {
            keeps_connection: false,
        })
    }

    /// Returns the answer, as far as it was read.
    pub fn into_answer(mut self) -> Answer {
        let truncated = self.body.len() > MAX_RESPONSE_BODY;
        self.body.truncate(MAX_RESPONSE_BODY);
        Answer {
            request_id: request_id_in(&self.headers),
            status: self.status.as_u16(),
            headers: self.headers,
            body: self.body,
            truncated,
            forwarder: None,
        }
    }

    /// Returns the result of an answer that was cut off for this reason. A success counts only as a whole. For any
    /// other answer the status is enough.
    pub fn cut_off(self, reason: NoAnswer) -> Result<Answer, NoAnswer> {
        let has_head = !matches!(self.stage, Stage::Head(_));
        let is_cancelled = matches!(reason, NoAnswer::Transport(Failure::Cancelled));
        if has_head && !self.status.is_success() && !is_cancelled {
            return Ok(self.into_answer());
        }
        Err(reason)
    }

    /// Reads the heads of interim responses and of the answer. Returns `None` if the body is next.
    fn read_head(&mut self, input: &mut InputBuffer) -> Result<Option<ReadResult>, NoAnswer> {
        let Stage::Head(call) = &mut self.stage else {
            return Ok(None);
        };
        let (length, response) = call.try_response(input.bytes(), false).map_err(not_http)?;
        let head = if response.is_some() {
            length
        } else {
            input.bytes().len()
        };
        if head > MAX_RESPONSE_HEAD {
            return Err(NoAnswer::NotHttp(format!(
                "response header is too big: {} > {MAX_RESPONSE_HEAD}",
                input.bytes().len()
            )));
        }
        input.consume(length);
        let Some(response) = response else {
            // Behind an interim response there may be another one.
            let is_stuck = length == 0 || input.bytes().is_empty();
            return Ok(is_stuck.then_some(ReadResult::Unfinished));
        };
        let (parts, ()) = response.into_parts();
        self.status = parts.status;
        self.headers = parts.headers;
        let Stage::Head(call) = mem::replace(&mut self.stage, Stage::Over) else {
            return Ok(None);
        };
        let must_close = match call.proceed() {
            Some(RecvResponseResult::RecvBody(call)) => {
                self.expect_body(&call);
                self.stage = Stage::Body(call);
                return Ok(None);
            }
            Some(RecvResponseResult::Redirect(call)) => call.must_close_connection(),
            Some(RecvResponseResult::Cleanup(call)) => call.must_close_connection(),
            None => true,
        };
        Ok(Some(ReadResult::Finished {
            keeps_connection: !must_close,
        }))
    }

    /// Reserves room for a body of a known length.
    fn expect_body(&mut self, call: &Call<RecvBody>) {
        if let BodyMode::LengthDelimited(length) = call.body_mode() {
            // A peer need not send as much as it announces.
            let length = usize::try_from(length).unwrap_or(MAX_RESPONSE_BODY);
            self.body.reserve(length.min(MAX_RESPONSE_BODY));
        }
    }

    /// Reads a piece of the body. Returns `None` if there may be another piece in the input.
    fn read_body(&mut self, input: &mut InputBuffer) -> Result<Option<ReadResult>, NoAnswer> {
        let Stage::Body(call) = &mut self.stage else {
            return Ok(None);
        };
        if self.body.len() > MAX_RESPONSE_BODY {
            return Ok(Some(ReadResult::Finished {
                keeps_connection: false,
            }));
        }
        let is_open_ended = call.body_mode() == BodyMode::CloseDelimited;
        if !is_open_ended && call.can_proceed() {
            return Ok(Some(self.finish()));
        }
        let length = self.body.len();
        let room = input.bytes().len().min(MAX_RESPONSE_BODY + 1 - length);
        self.body.resize(length + room, 0);
        let read = call.read(input.bytes(), &mut self.body[length..]);
        let (consumed, added) = read.map_err(not_http)?;
        self.body.truncate(length + added);
        input.consume(consumed);
        Ok((consumed == 0).then_some(ReadResult::Unfinished))
    }

    /// Ends the answer behind its last byte.
    fn finish(&mut self) -> ReadResult {
        let Stage::Body(call) = mem::replace(&mut self.stage, Stage::Over) else {
            return ReadResult::Unfinished;
        };
        let must_close = match call.proceed() {
            Some(RecvBodyResult::Redirect(call)) => call.must_close_connection(),
            Some(RecvBodyResult::Cleanup(call)) => call.must_close_connection(),
            None => true,
        };
        ReadResult::Finished {
            keeps_connection: !must_close,
        }
    }
}

/// Returns the engine where it waits for the answer to a request. The engine gets there only by way of a
/// request, but reads the answers to all of ours alike: only HEAD and CONNECT make a difference to it.
fn receiving() -> Result<Call<RecvResponse>, NoAnswer> {
    /// Holds `GET / HTTP/1.1` and the line end.
    const HEAD_LENGTH: usize = 32;

    let mut call = Call::new(Request::new(())).map_err(not_http)?.proceed();
    call.write(&mut [0; HEAD_LENGTH]).map_err(not_http)?;
    match call.proceed().map_err(not_http)? {
        Some(SendRequestResult::RecvResponse(call)) => Ok(call),
        _ => Err(Failure::closed_early().into()),
    }
}

fn not_http(error: Error) -> NoAnswer {
    NoAnswer::NotHttp(format!("protocol: {error}"))
}
