//! Waiting in the caller's thread, with `poll`.

use std::convert::Infallible;
use std::io;
use std::time::Instant;

use super::bounds::Bounds;
use super::failure::Failure;
use super::readiness::{Interests, Readiness};
use super::state_machine::{Machine, Step};
use crate::sys::out_of_resources::Shortage;
use crate::sys::poll::{Interest, Slot, poll};

/// A signal came during a wait.
#[derive(Debug)]
pub struct Signalled;

/// Drives a machine in this thread, and returns what it comes to. Signals do not end its waits.
pub fn run<M: Machine + ?Sized>(bounds: &Bounds, machine: &mut M) -> M::Output {
    match drive(bounds, machine, || Ok::<(), Infallible>(())) {
        Ok(output) => output,
    }
}

/// Drives a machine in this thread, and returns what it comes to.
///
/// # Errors
/// `Signalled` if a signal ended a wait. The machine can then go on here or with another driver.
pub fn run_until_signal<M: Machine + ?Sized>(
    bounds: &Bounds,
    machine: &mut M,
) -> Result<M::Output, Signalled> {
    drive(bounds, machine, || Err(Signalled))
}

fn drive<M: Machine + ?Sized, S>(
    bounds: &Bounds,
    machine: &mut M,
    on_signal: fn() -> Result<(), S>,
) -> Result<M::Output, S> {
    let mut now = Instant::now();
    let mut step = machine.step(&[], now);
    loop {
        let until = match step {
            Step::Done(output) => return Ok(output),
            Step::Wait(until) => until,
        };
        step = match bounds.wait(machine.interests(), until, now, on_signal) {
            Ok((ready, ended)) => {
                now = ended;
                machine.step(ready.as_slice(), now)
            }
            Err(Unready::Failure(failure)) => machine.fail(failure, now),
            Err(Unready::Signal(signal)) => return Err(signal),
        };
    }
}

/// The end of a wait without a ready descriptor and before its time.
enum Unready<S> {
    Failure(Failure),
    Signal(S),
}

impl<S, F: Into<Failure>> From<F> for Unready<S> {
    fn from(failure: F) -> Self {
        Unready::Failure(failure.into())
    }
}

/// The states of the descriptors of a wait.
enum WaitResult {
    /// Nearly all waits are for one descriptor, so this takes no memory of its own.
    One([Readiness; 1]),
    Several(Vec<Readiness>),
}

impl WaitResult {
    fn as_slice(&self) -> &[Readiness] {
        match self {
            WaitResult::One(one) => one,
            WaitResult::Several(several) => several,
        }
    }
}

impl Bounds {
    /// Waits for one of the descriptors, until `end` or until the cancel token is fired. The wait begins at `now`.
    /// Returns the states of the descriptors and the end of the wait.
    fn wait<S>(
        &self,
        interests: Interests<'_>,
        end: Instant,
        now: Instant,
        on_signal: fn() -> Result<(), S>,
    ) -> Result<(WaitResult, Instant), Unready<S>> {
        if let Interests::One(fd, interest) = interests {
            let mut slots = [Slot::new(fd, interest), self.cancel_slot()?];
            let ended = self.wait_for_slots(&mut slots, 1, end, now, on_signal)?;
            return Ok((WaitResult::One([Readiness::from(&slots[0])]), ended));
        }
        let descriptors = interests.iter();
        let mut slots: Vec<Slot<'_>> = descriptors
            .map(|(fd, interest)| Slot::new(fd, interest))
            .collect();
        let watched = slots.len();
        slots.push(self.cancel_slot()?);
        let ended = self.wait_for_slots(&mut slots, watched, end, now, on_signal)?;
        let states = slots[..watched].iter().map(Readiness::from).collect();
        Ok((WaitResult::Several(states), ended))
    }

    /// Returns the token's slot. Without a token, the slot is never ready.
    fn cancel_slot(&self) -> Result<Slot<'_>, Failure> {
        match &self.cancel {
            Some(cancel) => {
                // A token needs a descriptor of its own in a forked child.
                let wake_up = cancel
                    .wake_up()
                    .map_err(|error| Shortage::descriptor("for the cancel token", error))?;
                Ok(Slot::new(wake_up, Interest::READ))
            }
            None => Ok(Slot::disabled()),
        }
    }

    /// Waits until one of the first `watched` slots is ready or `end` has come, and returns when that was. After a
    /// signal the wait goes on if `on_signal` allows it; the signal's handler may have fired the token.
    fn wait_for_slots<S>(
        &self,
        slots: &mut [Slot<'_>],
        watched: usize,
        end: Instant,
        mut now: Instant,
        on_signal: fn() -> Result<(), S>,
    ) -> Result<Instant, Unready<S>> {
        loop {
            if self.is_cancelled() {
                return Err(Failure::Cancelled.into());
            }
            let left = end.saturating_duration_since(now);
            let polled = poll(slots, Some(left));
            now = Instant::now();
            match polled {
                Ok(_) if slots[..watched].iter().any(Slot::is_ready) => return Ok(now),
                Ok(0) if left.is_zero() || now >= end => return Ok(now),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                    on_signal().map_err(Unready::Signal)?;
                }
                Err(error) => return Err(Shortage::wait(error).into()),
            }
        }
    }
}
