//! The queue: the events that wait, those in flight, and the completions.
//!
//! All of it happens under the producer's lock and takes the time as an argument.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use super::completion::Completion;
use super::deadlines::Deadlines;
use super::dispatch::Dispatch;
use super::ordering::Ordering;
use super::submitted::{Finding, NextAttempt, Place, Report, SubmittedEvent, Verdict, given_up};
use super::token_map::ByToken;
use super::waiting::Waiting;
use crate::config::limits::QueueLimits;
use crate::error::{Error, Result, Status};
use crate::protocol::answer::Accepted;
use crate::protocol::prepared::Prepared;
use crate::reactor::JobHandle;

/// The progress of the client's closing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifecycle {
    Open,
    /// No event is accepted; the accepted ones are still sent.
    Closing,
    /// Nothing is sent any more.
    Closed,
}

#[derive(Debug)]
pub struct Queue {
    limits: QueueLimits,
    pub lifecycle: Lifecycle,
    next_token: u64,
    entries: ByToken<Box<SubmittedEvent>>,
    /// The waiting events, except those that wait behind another one of their ordering key.
    dispatch: Dispatch,
    ordering: Ordering,
    completions: VecDeque<Completion>,
    queued: usize,
    in_flight: usize,
    /// The number that the limit counts: events that wait, are in flight, or have a completion to collect.
    held: usize,
    bytes: usize,
    /// The number of entries that are [`Place::Gone`].
    gone: usize,
    /// Those of the waiting events, and of others.
    deadlines: Deadlines,
    /// Whether an event that waited behind another one became ready.
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
            ordering: Ordering::default(),
            completions: VecDeque::new(),
            queued: 0,
            in_flight: 0,
            held: 0,
            bytes: 0,
            gone: 0,
            deadlines: Deadlines::default(),
            released: false,
        }
    }

    /// Returns the number of events that were neither sent nor given up.
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

    /// Returns whether there is room for another event of this size. A single event always fits: otherwise one larger
    /// than the limit could never be sent.
    pub fn has_room(&self, bytes: usize) -> bool {
        self.held < self.limits.events
            && (self.bytes == 0 || self.bytes.saturating_add(bytes) <= self.limits.bytes)
    }

    /// Makes the error for a full queue.
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

    /// Accepts an event and returns its token.
    pub fn add(&mut self, mut entry: Box<SubmittedEvent>) -> u64 {
        let token = self.next_token;
        self.next_token += 1;
        self.bytes += entry.event.as_ref().map_or(0, |event| event.size());
        self.held += 1;
        self.queued += 1;
        self.deadlines.add(entry.deadline, token);
        entry.behind = match &entry.ordering_key {
            Some(key) => self.ordering.enter(key, token),
            None => false,
        };
        if !entry.behind {
            self.dispatch.add(Waiting::new(token, entry.topic));
        }
        self.entries.insert(token, entry);
        let entries = &self.entries;
        self.deadlines
            .tidy(entries.len(), |token| entries.contains_key(&token));
        token
    }

    /// Removes an event that cannot be sent, because the process has no thread for it.
    pub fn remove(&mut self, token: u64) {
        if let Some(entry) = self.entries.get_mut(&token)
            && matches!(entry.place, Place::Waiting)
        {
            entry.wants_completion = false;
            self.complete_waiting(token, Instant::now(), Err(given_up(Status::OutOfResources)));
        }
    }

    /// Returns the next event to send. `job` is the job that sends it.
    pub fn take(&mut self, now: Instant, job: &JobHandle) -> Option<NextAttempt> {
        self.expire(now);
        if self.lifecycle == Lifecycle::Closed || self.in_flight >= self.dispatch.limit(now) {
            return None;
        }
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
                job: job.clone(),
                stopped: false,
            };
            entry.first_attempt.get_or_insert(now);
            let next = NextAttempt {
                token,
                event,
                progress: entry.progress.take(),
                turn,
                submitted: entry.submitted,
                deadline: entry.deadline,
            };
            self.queued -= 1;
            self.in_flight += 1;
            self.dispatch.begin(waiting, now);
            return Some(next);
        }
        None
    }

    /// Returns whether an event that waited behind another one became ready since the last call.
    pub fn take_released(&mut self) -> bool {
        std::mem::take(&mut self.released)
    }

    /// Returns the time at which [`Queue::take`] may have an event or an event may expire: `now` or earlier means at
    /// once, `None` only after a submit or an attempt.
    pub fn wake_at(&self, now: Instant) -> Option<Instant> {
        let next = match self.in_flight < self.dispatch.limit(now) {
            true => self.dispatch.wake_at(now),
            false => self.dispatch.next_room(now),
        };
        next.into_iter().chain(self.earliest_deadline()).min()
    }

    /// Processes the report about an attempt. Returns the event if it is completed.
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
        let holds_up = |key: &Arc<str>| self.ordering.has_followers(key);
        if error.status() == Status::ServerError {
            entry.lone_failures.note(report.recorded);
        }
        let is_hopeless = entry.lone_failures.is_hopeless()
            && entry.has_had_its_chance(now)
            && entry.ordering_key.as_ref().is_some_and(holds_up);
        entry.place = Place::Waiting;
        entry.progress = Some(Box::new(report.progress));
        entry.last_error = Some(error);
        if stopped {
            // It was given up during an attempt that failed anyway.
            return self.end(token, now, Err(given_up(Status::Cancelled)));
        }
        if is_hopeless {
            return self.end(token, now, Err(given_up(Status::RetriesExhausted)));
        }
        if entry.deadline <= now {
            // It has passed while the event was in flight.
            self.deadlines.add(entry.deadline, token);
        }
        self.queued += 1;
        let waiting = Waiting {
            tried: Some(now),
            timed_out: finding == Finding::Failed { timed_out: true },
            ..Waiting::new(token, entry.topic)
        };
        self.dispatch.delay(at, waiting);
        None
    }

    /// Completes an event that was in flight.
    fn end(&mut self, token: u64, now: Instant, result: Result<Accepted>) -> Option<Arc<Prepared>> {
        let event = self.finish(token, now, result);
        self.retire(token);
        if self.outstanding() == 0 {
            self.dispatch.rest(now);
        }
        event
    }

    /// Gives one event up: at once if it waits, through its job if it is in flight.
    pub fn cancel(&mut self, token: u64, now: Instant) {
        let Some(entry) = self.entries.get_mut(&token) else {
            return;
        };
        match &mut entry.place {
            Place::Waiting => {
                self.complete_waiting(token, now, Err(given_up(Status::Cancelled)));
                self.sweep_if_many();
            }
            Place::InFlight { job, stopped } => {
                *stopped = true;
                job.cancel();
            }
            Place::Gone => {}
        }
    }

    /// Gives up all waiting events, with this status. Returns how many.
    pub fn purge_queued(&mut self, now: Instant, status: Status) -> usize {
        let waiting = self.tokens(|entry| matches!(entry.place, Place::Waiting));
        for token in &waiting {
            self.complete_waiting(*token, now, Err(given_up(status)));
        }
        self.sweep();
        waiting.len()
    }

    /// Interrupts all attempts in flight that were not interrupted before. Returns how many.
    pub fn purge_in_flight(&mut self) -> usize {
        let mut count = 0;
        for entry in self.entries.values_mut() {
            if let Place::InFlight { job, stopped } = &mut entry.place
                && !std::mem::replace(stopped, true)
            {
                job.cancel();
                count += 1;
            }
        }
        count
    }

    /// Gives up the waiting events whose time is over.
    pub fn expire(&mut self, now: Instant) {
        let mut late = Vec::new();
        while let Some(token) = self.deadlines.passed(now) {
            // Attempts in flight watch their deadlines themselves.
            let entry = self.entries.get(&token);
            if entry.is_some_and(|entry| matches!(entry.place, Place::Waiting)) {
                late.push(token);
            }
        }
        // In the order of submission, in which the completions are read.
        late.sort_unstable();
        late.dedup();
        for token in late {
            self.complete_waiting(token, now, Err(given_up(Status::Timeout)));
        }
        self.sweep_if_many();
    }

    /// Returns the earliest time at which [`Queue::expire`] may give up an event.
    pub fn earliest_deadline(&self) -> Option<Instant> {
        self.deadlines.earliest().filter(|_| self.queued > 0)
    }

    /// Returns up to `count` completions and removes them.
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
        // In the order of submission, in which the completions are read.
        tokens.sort_unstable();
        tokens
    }

    /// Completes a waiting event. Its token stays in the schedule or in the ordering for now.
    fn complete_waiting(&mut self, token: u64, now: Instant, result: Result<Accepted>) {
        self.queued -= 1;
        self.finish(token, now, result);
        let Some(entry) = self.entries.get_mut(&token) else {
            return;
        };
        entry.place = Place::Gone;
        self.gone += 1;
        // Its token may stay for long, for example until the time of a retry. The events behind it must not wait.
        if !entry.behind
            && let Some(key) = entry.ordering_key.take()
        {
            self.advance(&key);
        }
    }

    /// Removes the tokens of completed events if they are many. Giving many events up one by one would take quadratic time
    /// otherwise.
    fn sweep_if_many(&mut self) {
        if self.gone > self.entries.len() / 2 {
            self.sweep();
        }
    }

    /// Removes the tokens of completed events from the schedule and the ordering.
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
        self.ordering.retain(stays);
        self.gone = 0;
    }

    /// Completes an event. Returns it, unless it was completed before.
    fn finish(
        &mut self,
        token: u64,
        now: Instant,
        result: Result<Accepted>,
    ) -> Option<Arc<Prepared>> {
        let entry = self.entries.get_mut(&token)?;
        let event = entry.event.take()?;
        self.bytes -= event.size();
        if !entry.wants_completion {
            self.held -= 1;
            return Some(event);
        }
        let result = result.map_err(|error| entry.complete_error(error, &event));
        self.completions.push_back(Completion {
            tag: entry.tag,
            token,
            topic: event.topic(),
            ordering_key: entry.ordering_key.clone(),
            queued: entry.first_attempt.unwrap_or(now) - entry.submitted,
            total: now - entry.submitted,
            result,
        });
        Some(event)
    }

    /// Forgets an event that was completed in flight, and releases the next one of its ordering key.
    fn retire(&mut self, token: u64) {
        if let Some(key) = self.forget(token) {
            self.advance(&key);
        }
    }

    /// Releases the next event of an ordering key.
    fn advance(&mut self, key: &str) {
        while let Some(next) = self.ordering.advance(key) {
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

    /// Forgets a completed event. Returns its ordering key.
    fn forget(&mut self, token: u64) -> Option<Arc<str>> {
        let entry = self.entries.remove(&token)?;
        if matches!(entry.place, Place::Gone) {
            self.gone -= 1;
        }
        entry.ordering_key
    }
}
