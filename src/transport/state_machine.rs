//! Work that never waits, and its contract with the driver that waits in its place.

use std::time::Instant;

use super::failure::Failure;
use super::readiness::{Interests, Readiness};

/// The result of a step.
#[derive(Debug)]
pub enum Step<T> {
    /// The work is done.
    Done(T),
    /// One of the descriptors has to be ready, or this instant has to come.
    Wait(Instant),
}

/// Work that moves on whenever it can.
///
/// Its driver calls [`Machine::step`], waits as that says, and calls it again with the readiness that the wait has
/// found. There are two drivers: the caller's thread, and the reactor's thread, which drives many machines.
pub trait Machine {
    /// What the work comes to.
    type Output;

    /// Goes on as far as possible at the time `now`. `ready` is the state of the descriptors after the wait, in the
    /// order of [`Machine::interests`], and empty in the first step.
    fn step(&mut self, ready: &[Readiness], now: Instant) -> Step<Self::Output>;

    /// Returns the descriptors to wait for.
    fn interests(&self) -> Interests<'_>;

    /// Tells the machine that its driver cannot go on waiting: its cancel token was fired, or the wait has failed.
    fn fail(&mut self, failure: Failure, now: Instant) -> Step<Self::Output>;
}
