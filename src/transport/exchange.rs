//! One exchange with the service: a request and its answer, as a state machine that never waits.

#[cfg(test)]
mod tests;

use std::mem;
use std::time::{Duration, Instant};

use super::answer::{Answer, NoAnswer};
use super::bounds::Bounds;
use super::connecting::{Connecting, Opened};
use super::connection::Connection;
use super::failure::Failure;
use super::http::Http;
use super::lifetime::Lifetime;
use super::readiness::{Interests, Readiness};
use super::request::Request;
use super::round_trip::{RoundTrip, RoundTripStep};
use super::state_machine::Step;
use super::stream::Stream;
use super::trace::Trace;
use crate::sys::clock::since_boot;
use crate::sys::random;

/// A pooled connection that is silent for this long makes the others that were idle suspect.
const SILENCE: Duration = Duration::from_secs(1);

/// The service knows the methods of this client, so that it answers 405 to other bytes: something between client and
/// service put them before the request. The answer to the request itself still comes, and on a connection that is used
/// again it would pass for the answer to the next request. After a malformed request, servers close the connection.
const ANSWERS_OTHER_BYTES: u16 = 405;

/// The task of an exchange. It is lent for each step, and must be the same in all of them.
#[derive(Clone, Copy)]
pub struct Task<'a> {
    /// The connections of the client.
    pub http: &'a Http,
    /// The bounds of the attempt. The exchange heeds the times; the driver watches the cancel token.
    pub bounds: &'a Bounds,
    /// The request.
    pub request: Request<'a>,
}

/// An exchange under way.
///
/// It moves only the bytes that can be moved at once. Its driver waits in its place: it calls [`Exchange::step`],
/// waits as that says, and calls it again with the readiness that the wait has found.
///
/// A pooled connection that turns out to be at its end is replaced by a new one at once; for the caller that is the
/// same attempt. So is a connection with a failure that is final unless its bytes were altered on the way: a final failure
/// takes a queued event's life, and an altered byte must not.
pub struct Exchange {
    stage: Stage,
    /// The time when the exchange began on a pooled connection, if it runs on one.
    pooled_since: Option<Duration>,
    /// Whether a connection was replaced because its failure may have been damage.
    doubted: bool,
    trace: Trace,
}

enum Stage {
    /// The flag says whether a pooled connection may be used.
    Start(bool),
    Open(Box<Connecting>),
    RoundTrip(RoundTrip),
    Over,
}

/// The result of a stage.
enum Next {
    Stage(Stage),
    Answer(Answer),
    Wait(Instant),
}

impl Exchange {
    /// Returns an exchange that has not begun. `reuse` says whether it may use a pooled connection.
    pub fn new(reuse: bool) -> Self {
        Exchange {
            stage: Stage::Start(reuse),
            pooled_since: None,
            doubted: false,
            trace: Trace::default(),
        }
    }

    /// The descriptors to wait for.
    pub fn interests(&self) -> Interests<'_> {
        match &self.stage {
            Stage::Open(opening) => opening.interests(),
            Stage::RoundTrip(talk) => talk.interests(),
            Stage::Start(_) | Stage::Over => Interests::Connecting(&[]),
        }
    }

    /// What happened on the wire so far.
    pub fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Goes on as far as possible at the time `now`. `ready` is the state of the descriptors after the wait, in
    /// the order of [`Exchange::interests`], and empty in the first step.
    pub fn step(
        &mut self,
        task: &Task<'_>,
        mut ready: &[Readiness],
        now: Instant,
    ) -> Step<Result<Answer, NoAnswer>> {
        loop {
            match self.advance(task, ready, now) {
                Ok(Next::Stage(stage)) => self.stage = stage,
                Ok(Next::Wait(until)) => return Step::Wait(until),
                Ok(Next::Answer(answer)) => return Step::Done(self.finish(task, Ok(answer))),
                Err(reason) => {
                    let result = self.cut_off(reason);
                    if !self.replace_connection(task, &result) && !self.doubt(&result) {
                        return Step::Done(self.finish(task, result));
                    }
                }
            }
            ready = &[];
        }
    }

    /// Ends the exchange at the time `now`, because its driver has failed, or has been told to stop. Returns the result.
    pub fn fail(
        &mut self,
        task: &Task<'_>,
        failure: Failure,
        now: Instant,
    ) -> Result<Answer, NoAnswer> {
        match &mut self.stage {
            Stage::Open(opening) => {
                opening.note_time(&mut self.trace.timings, now);
                opening.abandon(&task.http.route);
            }
            Stage::RoundTrip(talk) => talk.note_time(&mut self.trace, now),
            Stage::Start(_) | Stage::Over => {}
        }
        let result = self.cut_off(failure.into());
        self.finish(task, result)
    }

    fn advance(
        &mut self,
        task: &Task<'_>,
        ready: &[Readiness],
        now: Instant,
    ) -> Result<Next, NoAnswer> {
        let Task {
            http,
            bounds,
            request,
        } = task;
        match &mut self.stage {
            Stage::Start(reuse) => {
                let since = since_boot();
                let pooled = if *reuse { http.pool.take(since) } else { None };
                let Some(connection) = pooled else {
                    let opening = Box::new(Connecting::new(&http.route, bounds, now)?);
                    return Ok(Next::Stage(Stage::Open(opening)));
                };
                self.pooled_since = Some(since);
                Ok(Next::Stage(talk(connection, task, now)))
            }
            Stage::Open(opening) => {
                let timings = &mut self.trace.timings;
                let opened = opening.step(&http.route, bounds, timings, ready, now)?;
                Ok(match opened {
                    Opened::Wait(until) => Next::Wait(until),
                    Opened::Stream(stream, at) => {
                        self.trace.opened += 1;
                        self.trace.opened_at = Some(at);
                        let connection = Box::new(connection(stream, http));
                        Next::Stage(talk(connection, task, now))
                    }
                })
            }
            Stage::RoundTrip(talk) => {
                let body = request.body.unwrap_or_default();
                match talk.step(body, bounds, &mut self.trace, ready, now)? {
                    RoundTripStep::Wait(until) => Ok(Next::Wait(until)),
                    RoundTripStep::Answer(answer, keeps_connection) => {
                        if let Stage::RoundTrip(talk) = mem::replace(&mut self.stage, Stage::Over)
                            && keeps_connection
                            && answer.status != ANSWERS_OTHER_BYTES
                        {
                            http.pool.put(talk.into_connection(), since_boot());
                        } else {
                            http.pool.trim(since_boot());
                        }
                        Ok(Next::Answer(answer))
                    }
                }
            }
            Stage::Over => Err(Failure::closed_early().into()),
        }
    }

    /// Ends the present stage for this reason. Returns the result.
    fn cut_off(&mut self, reason: NoAnswer) -> Result<Answer, NoAnswer> {
        match mem::replace(&mut self.stage, Stage::Over) {
            Stage::RoundTrip(talk) => talk.cut_off(reason),
            _ => Err(reason),
        }
    }

    /// Judges the result of an exchange on a pooled connection. If the connection ended before a byte of the answer
    /// came, the exchange goes back to its start, without the pool, and this returns true.
    fn replace_connection(&mut self, task: &Task<'_>, result: &Result<Answer, NoAnswer>) -> bool {
        let Err(NoAnswer::Transport(failure)) = result else {
            return false;
        };
        let Some(since) = self.pooled_since.filter(|_| !self.trace.answered) else {
            return false;
        };
        if failure.is_timeout() {
            self.trace.went_silent = true;
            // A call with less time than the service usually takes says nothing of other connections.
            if since_boot().saturating_sub(since) >= SILENCE {
                task.http.pool.drop_older_than(since);
            }
        }
        if !failure.ends_connection() {
            return false;
        }
        self.pooled_since = None;
        self.trace.replace_connection();
        self.stage = Stage::Start(false);
        true
    }

    /// Judges a result that may come from a byte that was altered on the way. At the first time, the exchange goes back
    /// to its start, without the pool, and this returns true.
    fn doubt(&mut self, result: &Result<Answer, NoAnswer>) -> bool {
        let may_be_damage = matches!(
            result,
            Err(NoAnswer::Transport(failure)) if failure.may_be_damage()
        );
        if !may_be_damage || self.trace.answered || mem::replace(&mut self.doubted, true) {
            return false;
        }
        // The failure says that the service does not have the request.
        self.trace.request_complete = false;
        self.trace.replace_connection();
        self.stage = Stage::Start(false);
        true
    }

    /// Completes the trace and the result.
    fn finish(
        &mut self,
        task: &Task<'_>,
        result: Result<Answer, NoAnswer>,
    ) -> Result<Answer, NoAnswer> {
        self.trace.request_complete |= self.trace.request_lost;
        if result.is_err() {
            // The connection is closed, and those that were kept only beside it may go.
            task.http.pool.trim(since_boot());
        }
        let result = result.and_then(|answer| task.http.heed(answer));
        if matches!(&result, Err(NoAnswer::Transport(failure)) if failure.withheld_request()) {
            self.trace.request_complete = false;
        }
        result
    }
}

fn connection(stream: Stream, http: &Http) -> Connection {
    let lifetime = Lifetime::new(since_boot(), http.route.max_age, random::fraction());
    Connection::new(stream, lifetime, http.pool.open_mark())
}

fn talk(connection: Box<Connection>, task: &Task<'_>, now: Instant) -> Stage {
    let writer = &task.http.writer;
    Stage::RoundTrip(RoundTrip::new(
        connection,
        writer,
        &task.request,
        task.bounds,
        now,
    ))
}
