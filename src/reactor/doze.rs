//! Whether the reactor's thread has to be woken up.
//!
//! A wake-up is a call to the system, and most work comes while the thread is awake. So those that give work ask first.
//! No wake-up is lost: they ask after they have given the work, and the thread looks for work after it has said that it
//! dozes.

use std::sync::atomic::{AtomicBool, Ordering};

/// Says whether a thread waits, or is about to.
#[derive(Debug, Default)]
pub struct Doze(AtomicBool);

impl Doze {
    /// Says that the thread is about to wait. It must look for work after this, and must not wait if there is some.
    pub fn begin(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Says that the thread is awake. It will look for work before it waits again.
    pub fn end(&self) {
        self.0.store(false, Ordering::SeqCst);
    }

    /// Returns whether the caller, which has given work, must end the thread's wait. A signal handler may call this.
    pub fn must_wake(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const GIVERS: usize = 2;

    /// The state of the threads between two of their steps.
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    struct World {
        dozes: bool,
        work: usize,
        is_notified: bool,
        thread: Thread,
        givers: [Giver; GIVERS],
    }

    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    enum Thread {
        Takes,
        Begins,
        Looks,
        Waits,
        Ends,
    }

    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    enum Giver {
        Gives,
        Asks,
        Wakes,
        IsDone,
    }

    impl World {
        /// Runs a step on a real [`Doze`].
        fn on_doze<T>(&mut self, step: impl FnOnce(&Doze) -> T) -> T {
            let doze = Doze(AtomicBool::new(self.dozes));
            let result = step(&doze);
            self.dozes = doze.0.into_inner();
            result
        }

        /// Returns the state after the thread's step, unless it waits.
        fn after_thread(mut self) -> Option<World> {
            self.thread = match self.thread {
                Thread::Takes => {
                    self.work = 0;
                    Thread::Begins
                }
                Thread::Begins => {
                    self.on_doze(Doze::begin);
                    Thread::Looks
                }
                Thread::Looks if self.work > 0 => Thread::Ends,
                Thread::Looks => Thread::Waits,
                Thread::Waits if !self.is_notified => return None,
                Thread::Waits => {
                    self.is_notified = false;
                    Thread::Ends
                }
                Thread::Ends => {
                    self.on_doze(Doze::end);
                    Thread::Takes
                }
            };
            Some(self)
        }

        fn after_giver(mut self, index: usize) -> Option<World> {
            self.givers[index] = match self.givers[index] {
                Giver::Gives => {
                    self.work += 1;
                    Giver::Asks
                }
                Giver::Asks => match self.on_doze(Doze::must_wake) {
                    true => Giver::Wakes,
                    false => Giver::IsDone,
                },
                Giver::Wakes => {
                    self.is_notified = true;
                    Giver::IsDone
                }
                Giver::IsDone => return None,
            };
            Some(self)
        }
    }

    #[test]
    fn no_order_of_the_steps_leaves_work_to_a_thread_that_waits() {
        let start = World {
            dozes: false,
            work: 0,
            is_notified: false,
            thread: Thread::Takes,
            givers: [Giver::Gives; GIVERS],
        };
        let (mut open, mut seen) = (vec![start], HashSet::new());
        while let Some(world) = open.pop() {
            if !seen.insert(world) {
                continue;
            }
            let before = open.len();
            open.extend(world.after_thread());
            open.extend((0..GIVERS).filter_map(|index| world.after_giver(index)));
            let is_stuck = open.len() == before;
            assert!(!is_stuck || world.work == 0, "a wake-up was lost");
        }
        assert!(seen.len() > 100, "only {} states", seen.len());
    }
}
