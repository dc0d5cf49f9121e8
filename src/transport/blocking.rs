//! Waiting in the caller's thread, with `poll`.

use std::io;
use std::time::Instant;

use super::bounds::Bounds;
use super::failure::Failure;
use super::readiness::{Interests, Readiness};
use super::state_machine::{Machine, Step};
use crate::sys::out_of_resources::Shortage;
use crate::sys::poll::{Interest, Slot, poll};

/// Drives a machine in this thread, and returns what it comes to.
pub fn run<M: Machine>(bounds: &Bounds, machine: &mut M) -> M::Output {
    let mut now = Instant::now();
    let mut step = machine.step(&[], now);
    loop {
        let until = match step {
            Step::Done(output) => return output,
            Step::Wait(until) => until,
        };
        step = match bounds.wait(machine.interests(), until, now) {
            Ok((ready, ended)) => {
                now = ended;
                machine.step(ready.as_slice(), now)
            }
            Err(failure) => machine.fail(failure, now),
        };
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
    fn wait(
        &self,
        interests: Interests<'_>,
        end: Instant,
        now: Instant,
    ) -> Result<(WaitResult, Instant), Failure> {
        if let Interests::One(fd, interest) = interests {
            let mut slots = [Slot::new(fd, interest), self.cancel_slot()?];
            let ended = self.wait_for_slots(&mut slots, 1, end, now)?;
            return Ok((WaitResult::One([Readiness::from(&slots[0])]), ended));
        }
        let descriptors = interests.iter();
        let mut slots: Vec<Slot<'_>> = descriptors
            .map(|(fd, interest)| Slot::new(fd, interest))
            .collect();
        let watched = slots.len();
        slots.push(self.cancel_slot()?);
        let ended = self.wait_for_slots(&mut slots, watched, end, now)?;
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

    /// Waits until one of the first `watched` slots is ready or `end` has come, and returns when that was. A
    /// signal does not end the wait: its handler may have fired the token, which does.
    fn wait_for_slots(
        &self,
        slots: &mut [Slot<'_>],
        watched: usize,
        end: Instant,
        mut now: Instant,
    ) -> Result<Instant, Failure> {
        loop {
            if self.is_cancelled() {
                return Err(Failure::Cancelled);
            }
            let left = end.saturating_duration_since(now);
            let polled = poll(slots, Some(left));
            now = Instant::now();
            match polled {
                Ok(_) if slots[..watched].iter().any(Slot::is_ready) => return Ok(now),
                Ok(0) if left.is_zero() || now >= end => return Ok(now),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Shortage::wait(error).into()),
            }
        }
    }
}
