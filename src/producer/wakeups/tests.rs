//! Every order in which threads can take their steps; what happens under the lock is one step.

mod takers;
mod workers;

use std::collections::HashSet;
use std::hash::Hash;

use super::*;

/// The threads of a small world, between two steps.
trait World: Clone + Eq + Hash {
    /// Where it can get to.
    fn steps(&self) -> Vec<Self>;

    /// Where it can get to by what may not happen: the end of a time, a signal, the end of an attempt.
    fn chances(&self) -> Vec<Self>;

    /// Whether somebody sleeps while there is something to do.
    fn is_stuck(&self) -> bool;
}

/// Fails if there is a way to a world that only chance can help.
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

/// The worlds in which one of the threads has taken its step, for each of them that can.
fn each<T: Copy, W>(threads: &[T], step: impl Fn(usize, T) -> Option<W>) -> Vec<W> {
    let indexed = threads.iter().enumerate();
    indexed
        .filter_map(|(index, &thread)| step(index, thread))
        .collect()
}

/// [`Sleepers`] as part of a world.
fn with<T>(sleepers: &mut (usize, bool), step: impl FnOnce(&mut Sleepers) -> T) -> T {
    let mut real = Sleepers {
        asleep: sleepers.0,
        called: sleepers.1,
    };
    let result = step(&mut real);
    *sleepers = (real.asleep, real.called);
    result
}
