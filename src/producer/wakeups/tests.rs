//! Tries every order in which threads can take their steps. Everything under one lock is one step.

mod pollers;

use std::collections::HashSet;
use std::hash::Hash;

use super::*;

/// The threads of a small model, between two steps.
trait World: Clone + Eq + Hash {
    /// Returns the states after one step of a thread.
    fn steps(&self) -> Vec<Self>;

    /// Returns the states after an event that may never come: the end of a time, a signal, the end of an attempt.
    fn chances(&self) -> Vec<Self>;

    /// Returns whether a thread sleeps while there is work.
    fn is_stuck(&self) -> bool;
}

/// Fails if a state can be reached that only chance can leave.
fn explore(world: impl World) {
    let mut open = vec![world];
    let mut seen = HashSet::new();
    while let Some(world) = open.pop() {
        if !seen.insert(world.clone()) {
            continue;
        }
        let steps = world.steps();
        assert!(!steps.is_empty() || !world.is_stuck(), "a wake-up was lost");
        open.extend(steps);
        open.extend(world.chances());
    }
    assert!(seen.len() > 1_000, "only {} worlds", seen.len());
}

/// Returns the states after a step of one of the threads, for each that can take one.
fn each<T: Copy, W>(threads: &[T], step: impl Fn(usize, T) -> Option<W>) -> Vec<W> {
    let indexed = threads.iter().enumerate();
    indexed
        .filter_map(|(index, &thread)| step(index, thread))
        .collect()
}

/// Runs a step on [`SleepingThreads`] as part of a state.
fn with<T>(sleeping: &mut (usize, bool), step: impl FnOnce(&mut SleepingThreads) -> T) -> T {
    let mut real = SleepingThreads {
        asleep: sleeping.0,
        notified: sleeping.1,
    };
    let result = step(&mut real);
    *sleeping = (real.asleep, real.notified);
    result
}
