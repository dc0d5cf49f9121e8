//! The producer's locked: which events wait, which are on their way, what became of the others.
//!
//! Everything here happens under the producer's lock and takes the time as an argument.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::completion::Completion;
use super::dispatch::Dispatch;
use super::ordering::Ordering;
use super::submitted::{Finding, NextAttempt, Place, Report, SubmittedEvent, Verdict, given_up};
use super::tokens::ByToken;
use super::waiting::Waiting;
use crate::config::limits::QueueLimits;
use crate::error::{Error, Result, Status};
use crate::protocol::answer::Accepted;
use crate::protocol::prepared::Prepared;
use crate::sys::cancel::Cancel;

/// How far the closing of the client has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    Open,
    /// Nothing more is taken in; what was taken in is still sent.
    Closing,
    /// Workers leave.
    Closed,
}

#[derive(Debug)]
pub struct Queue {
    limits: QueueLimits,
    pub lifecycle: Lifecycle,
    next_token: u64,
    entries: ByToken<Box<SubmittedEvent>>,
    /// Those that wait, but for those behind another.
    dispatch: Dispatch,
    lanes: Ordering,
    completions: VecDeque<Completion>,
    queued: usize,
    in_flight: usize,
    /// Events whose completion is wanted or not, in any place: what the limit counts.
    held: usize,
    bytes: usize,
    /// Entries that are [`Place::Gone`].
    gone: usize,
    /// No entry's deadline is before this.
    earliest_deadline: Option<Instant>,
    /// An event that waited behind another became ready.
    released: bool,
}

impl Queue {
    pub fn new(limits: QueueLimits, dispatch: Dispatch) -> Self {
        Queue {
            limits,
            lifecycle: Lifecycle::Open,
            next_token: 1,
            entries: ByToken::default(),
            dispatch,
            lanes: Ordering::default(),
            completions: VecDeque::new(),
            queued: 0,
            in_flight: 0,
            held: 0,
            bytes: 0,
            gone: 0,
            earliest_deadline: None,
            released: false,
        }
    }

    /// Events that were neither sent nor given up.
    pub fn outstanding(&self) -> usize {
        self.queued + self.in_flight
    }

    pub fn queued(&self) -> usize {
        self.queued
    }

    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub fn completions(&self) -> usize {
        self.completions.len()
    }

    /// Whether there is room for another event of this size. A lone event always fits: otherwise one
    /// larger than the limit could never be sent.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.held < self.limits.events
            && (self.bytes == 0 || self.bytes.saturating_add(bytes) <= self.limits.bytes)
    }

    /// Why there is none.
    pub fn full(&self) -> Error {
        Error::new(
            Status::QueueFull,
            format!(
                "the queue is full: {} of {} events (completions that were not collected count), \
                 {} of {} bytes",
                self.held, self.limits.events, self.bytes, self.limits.bytes
            ),
        )
        .with_retryable(true)
    }

    /// Takes an event in and returns its token.
    pub fn add(&mut self, mut entry: Box<SubmittedEvent>) -> u64 {
        let token = self.next_token;
        self.next_token += 1;
        self.bytes += entry.event.as_ref().map_or(0, |event| event.body().len());
        self.held += 1;
        self.queued += 1;
        self.earliest_deadline = earlier(self.earliest_deadline, entry.deadline);
        entry.behind = match &entry.lane {
            Some(key) => self.lanes.enter(key, token),
            None => false,
        };
        if !entry.behind {
            self.dispatch.add(Waiting::new(token, entry.topic));
        }
        self.entries.insert(token, entry);
        token
    }

    /// Takes an event back that no worker can be had for.
    pub fn remove(&mut self, token: u64) {
        if let Some(entry) = self.entries.get_mut(&token)
            && matches!(entry.place, Place::Waiting)
        {
            entry.wants_completion = false;
            self.complete_waiting(token, Instant::now(), Err(given_up(Status::OutOfResources)));
        }
    }

    /// The next event to send, for a worker that `cancel` can interrupt.
    pub fn take(&mut self, now: Instant, cancel: &Cancel) -> Option<NextAttempt> {
        self.expire(now);
        let turn = self.dispatch.turn(now)?;
        while let Some(waiting) = self.dispatch.next(now) {
            let token = waiting.token;
            let Some(entry) = self.entries.get_mut(&token) else {
                continue;
            };
            let Some(event) = entry.event.clone() else {
                self.forget(token);
                continue;
            };
            entry.place = Place::InFlight {
                cancel: cancel.clone(),
                stopped: false,
            };
            entry.first_attempt.get_or_insert(now);
            let job = NextAttempt {
                token,
                event,
                progress: entry.progress.take().unwrap_or_default(),
                turn,
                submitted: entry.submitted,
                deadline: entry.deadline,
            };
            self.queued -= 1;
            self.in_flight += 1;
            self.dispatch.begin(waiting, now);
            return Some(job);
        }
        None
    }

    /// How many events could be sent if the service allows it (or a few more: some may be completed).
    pub fn ready(&self) -> usize {
        self.dispatch.ready()
    }

    /// Whether, when one worker has taken an event, there is something for another to do.
    pub fn wants_another_worker(&self, now: Instant) -> bool {
        self.dispatch.wants_another_worker(now)
    }

    /// Whether an event that waited behind another became ready since this was last asked.
    pub fn take_released(&mut self) -> bool {
        std::mem::take(&mut self.released)
    }

    /// When [`Queue::take`] may have something that it has not now; `None`: only after a submit, or an attempt.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        let times = [self.dispatch.wake_at(now), self.earliest_deadline];
        times.into_iter().flatten().min()
    }

    /// Takes a worker's report of an attempt in; returns the event if it is over.
    pub fn settle(&mut self, token: u64, report: Report, now: Instant) -> Option<Arc<Prepared>> {
        let entry = self.entries.get_mut(&token)?;
        self.in_flight -= 1;
        let finding = report.verdict.finding();
        self.dispatch.end(token, entry, finding, report.random, now);
        let (at, error) = match report.verdict {
            Verdict::Over(result) => return self.end(token, now, result),
            Verdict::Again(at, error) => (at, error),
        };
        let stopped = matches!(entry.place, Place::InFlight { stopped: true, .. });
        let holds_up = |key: &Arc<str>| self.lanes.has_followers(key);
        if error.status() == Status::ServerError {
            entry.futile.note(report.recorded);
        }
        let is_hopeless = entry.futile.is_hopeless()
            && entry.has_had_its_chance(now)
            && entry.lane.as_ref().is_some_and(holds_up);
        entry.place = Place::Waiting;
        entry.progress = Some(report.progress);
        entry.last_error = Some(error);
        if stopped {
            // It was given up just when its attempt had failed anyway.
            return self.end(token, now, Err(given_up(Status::Cancelled)));
        }
        if is_hopeless {
            return self.end(token, now, Err(given_up(Status::RetriesExhausted)));
        }
        self.earliest_deadline = earlier(self.earliest_deadline, entry.deadline);
        self.queued += 1;
        let waiting = Waiting {
            tried: Some(now),
            timed_out: finding == Finding::Failed { timed_out: true },
            ..Waiting::new(token, entry.topic)
        };
        self.dispatch.delay(at, waiting);
        None
    }

    /// Completes an event that was on its way.
    fn end(&mut self, token: u64, now: Instant, result: Result<Accepted>) -> Option<Arc<Prepared>> {
        let event = self.finish(token, now, result);
        self.retire(token);
        event
    }

    /// Gives one event up: one that waits at once, one in flight by its worker.
    pub fn cancel(&mut self, token: u64, now: Instant) {
        let Some(entry) = self.entries.get_mut(&token) else {
            return;
        };
        match &mut entry.place {
            Place::Waiting => {
                self.complete_waiting(token, now, Err(given_up(Status::Cancelled)));
                // Not after each: that would make many of them quadratic.
                if self.gone > self.entries.len() / 2 {
                    self.sweep();
                }
            }
            Place::InFlight { cancel, stopped } => {
                *stopped = true;
                cancel.fire();
            }
            Place::Gone => {}
        }
    }

    /// Gives up all events that wait, with this status; returns how many.
    pub fn purge_queued(&mut self, now: Instant, status: Status) -> usize {
        let waiting = self.tokens(|entry| matches!(entry.place, Place::Waiting));
        for token in &waiting {
            self.complete_waiting(*token, now, Err(given_up(status)));
        }
        self.sweep();
        waiting.len()
    }

    /// Interrupts all attempts under way that were not interrupted before; returns how many.
    pub fn purge_in_flight(&mut self) -> usize {
        let mut count = 0;
        for entry in self.entries.values_mut() {
            if let Place::InFlight { cancel, stopped } = &mut entry.place
                && !std::mem::replace(stopped, true)
            {
                cancel.fire();
                count += 1;
            }
        }
        count
    }

    /// Gives up the events whose time is over.
    pub fn expire(&mut self, now: Instant) {
        if self.earliest_deadline.is_none_or(|deadline| now < deadline) {
            return;
        }
        let late =
            self.tokens(|entry| matches!(entry.place, Place::Waiting) && entry.deadline <= now);
        for token in late {
            self.complete_waiting(token, now, Err(given_up(Status::Timeout)));
        }
        self.sweep();
        // Those in flight watch their deadline themselves.
        self.earliest_deadline = self
            .entries
            .values()
            .filter(|entry| matches!(entry.place, Place::Waiting))
            .map(|entry| entry.deadline)
            .min();
    }

    /// The earliest time at which [`Queue::expire`] may have something to do.
    pub fn earliest_deadline(&self) -> Option<Instant> {
        self.earliest_deadline
    }

    /// Hands out up to `count` completions.
    pub fn collect(&mut self, count: usize) -> Vec<Completion> {
        let count = count.min(self.completions.len());
        self.held -= count;
        self.completions.drain(..count).collect()
    }

    fn tokens(&self, wanted: impl Fn(&SubmittedEvent) -> bool) -> Vec<u64> {
        let mut tokens: Vec<u64> = self
            .entries
            .iter()
            .filter(|(_, entry)| wanted(entry))
            .map(|(token, _)| *token)
            .collect();
        // In the order of submission, for whoever reads the completions.
        tokens.sort_unstable();
        tokens
    }

    /// Completes an event whose token still stands in a queue.
    fn complete_waiting(&mut self, token: u64, now: Instant, result: Result<Accepted>) {
        self.queued -= 1;
        self.finish(token, now, result);
        let Some(entry) = self.entries.get_mut(&token) else {
            return;
        };
        entry.place = Place::Gone;
        self.gone += 1;
        // Its token may stand there for long (it may be waiting for a retry): those behind it do not.
        if !entry.behind
            && let Some(key) = entry.lane.take()
        {
            self.advance(&key);
        }
    }

    /// Takes the tokens of completed events out of the queues.
    fn sweep(&mut self) {
        let entries = &mut self.entries;
        let mut stays = |token: &u64| {
            let gone = entries
                .get(token)
                .is_some_and(|entry| matches!(entry.place, Place::Gone));
            if gone {
                entries.remove(token);
            }
            !gone
        };
        self.dispatch.retain(|token| stays(&token));
        self.lanes.retain(stays);
        self.gone = 0;
    }

    /// Completes an event; returns it, unless it was completed before.
    fn finish(
        &mut self,
        token: u64,
        now: Instant,
        result: Result<Accepted>,
    ) -> Option<Arc<Prepared>> {
        let entry = self.entries.get_mut(&token)?;
        let event = entry.event.take()?;
        self.bytes -= event.body().len();
        if !entry.wants_completion {
            self.held -= 1;
            return Some(event);
        }
        let result = result.map_err(|error| entry.complete_error(error, &event));
        self.completions.push_back(Completion {
            tag: entry.tag,
            token,
            queued: entry.first_attempt.unwrap_or(now) - entry.submitted,
            total: now - entry.submitted,
            result,
        });
        Some(event)
    }

    /// Forgets an event that was completed on its way and lets the next one of its ordering key go.
    fn retire(&mut self, token: u64) {
        if let Some(key) = self.forget(token) {
            self.advance(&key);
        }
    }

    /// Lets the next event of an ordering key go.
    fn advance(&mut self, key: &str) {
        while let Some(next) = self.lanes.advance(key) {
            if let Some(entry) = self.entries.get_mut(&next)
                && !matches!(entry.place, Place::Gone)
            {
                entry.behind = false;
                self.dispatch.add(Waiting::new(next, entry.topic));
                self.released = true;
                return;
            }
            self.forget(next);
        }
    }

    /// Forgets a completed event; returns its ordering key.
    fn forget(&mut self, token: u64) -> Option<Arc<str>> {
        let entry = self.entries.remove(&token)?;
        if matches!(entry.place, Place::Gone) {
            self.gone -= 1;
        }
        entry.lane
    }
}

fn earlier(a: Option<Instant>, b: Instant) -> Option<Instant> {
    Some(a.map_or(b, |a| a.min(b)))
}
