//! When somebody who waits for completions has to be woken up.
//!
//! Those who wait sleep on a descriptor. It is written to after the lock is let go, as whoever is woken up
//! wants the lock, and only when somebody sleeps and no call is on its way to them. It is emptied under the
//! lock, right before a look at the completions. Hence no wake-up is lost: a call that is swallowed was
//! noted before this look, which finds what it was for; and whoever leaves the lock with completions left
//! and others asleep calls again.

/// Who sleeps until there are completions. Kept under the producer's lock.
#[derive(Debug, Default)]
pub struct Takers {
    asleep: usize,
    /// The descriptor is readable, or is about to be.
    called: bool,
}

impl Takers {
    /// Somebody has found no completion and goes to sleep.
    pub fn sleep(&mut self) {
        self.asleep += 1;
    }

    /// Somebody is awake; `heard`: by a call, and the descriptor has been emptied.
    pub fn wake(&mut self, heard: bool) {
        self.asleep -= 1;
        self.called &= !heard;
    }

    /// Whether whoever lets go of the lock now must write to the descriptor.
    pub fn must_be_called(&mut self, completions: usize) -> bool {
        let must = completions > 0 && self.asleep > 0 && !self.called;
        self.called |= must;
        must
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// What a taker does next.
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    enum Taker {
        /// Takes the lock and looks.
        Look,
        /// Sleeps on the descriptor.
        Asleep,
        /// Was woken up, by a call or by something else, and wants the lock.
        Woken {
            heard: bool,
        },
        /// Has left the lock and is to write to the descriptor.
        Call,
        Gone,
    }

    /// What a worker does next.
    #[derive(Clone, Copy, PartialEq, Eq, Hash)]
    enum Worker {
        Complete(u8),
        /// Has left the lock and is to write to the descriptor; so many events are left.
        Call(u8),
    }

    /// Between two steps of threads that run in any order. What happens under the lock is one step.
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct World {
        asleep: usize,
        called: bool,
        readable: bool,
        completions: usize,
        workers: Vec<Worker>,
        takers: Vec<Taker>,
    }

    impl World {
        fn with_takers<T>(&mut self, step: impl FnOnce(&mut Takers) -> T) -> T {
            let mut takers = Takers {
                asleep: self.asleep,
                called: self.called,
            };
            let result = step(&mut takers);
            (self.asleep, self.called) = (takers.asleep, takers.called);
            result
        }

        fn must_call(&mut self) -> bool {
            let completions = self.completions;
            self.with_takers(|takers| takers.must_be_called(completions))
        }

        /// Under the lock: takes one completion, or goes to sleep.
        fn look(&mut self) -> Taker {
            if self.completions == 0 {
                self.with_takers(Takers::sleep);
                return Taker::Asleep;
            }
            self.completions -= 1;
            if self.must_call() {
                Taker::Call
            } else {
                Taker::Look
            }
        }

        fn step_worker(&self, index: usize) -> Option<World> {
            let mut next = self.clone();
            next.workers[index] = match self.workers[index] {
                Worker::Complete(0) => return None,
                Worker::Complete(left) => {
                    next.completions += 1;
                    if next.must_call() {
                        Worker::Call(left - 1)
                    } else {
                        Worker::Complete(left - 1)
                    }
                }
                Worker::Call(left) => {
                    next.readable = true;
                    Worker::Complete(left)
                }
            };
            Some(next)
        }

        /// `disturbed`: a sleeper is woken up by its time or a signal, and may then leave.
        fn step_taker(&self, index: usize, disturbed: bool) -> Option<World> {
            let mut next = self.clone();
            next.takers[index] = match self.takers[index] {
                Taker::Look if disturbed => return None,
                Taker::Look => next.look(),
                Taker::Asleep if disturbed => Taker::Woken { heard: false },
                Taker::Asleep if self.readable => Taker::Woken { heard: true },
                Taker::Woken { heard } => {
                    next.readable &= !heard;
                    next.with_takers(|takers| takers.wake(heard));
                    match disturbed {
                        true if heard => return None,
                        // It is interrupted: it leaves without a look.
                        true if next.must_call() => Taker::Call,
                        true => Taker::Gone,
                        false => next.look(),
                    }
                }
                Taker::Call if !disturbed => {
                    next.readable = true;
                    Taker::Look
                }
                _ => return None,
            };
            Some(next)
        }
    }

    #[test]
    fn whatever_the_order_nobody_sleeps_while_completions_wait() {
        let mut open = vec![World {
            asleep: 0,
            called: false,
            readable: false,
            completions: 0,
            workers: vec![Worker::Complete(2), Worker::Complete(1)],
            takers: vec![Taker::Look; 3],
        }];
        let mut seen = HashSet::new();
        while let Some(world) = open.pop() {
            if !seen.insert(world.clone()) {
                continue;
            }
            let workers = (0..world.workers.len()).filter_map(|index| world.step_worker(index));
            let takers = (0..world.takers.len()).filter_map(|index| world.step_taker(index, false));
            let steps: Vec<World> = workers.chain(takers).collect();
            // Nothing goes on without a disturbance.
            if steps.is_empty() {
                let asleep = world.takers.contains(&Taker::Asleep);
                assert!(world.completions == 0 || !asleep, "a wake-up was lost");
            }
            open.extend(steps);
            open.extend((0..world.takers.len()).filter_map(|index| world.step_taker(index, true)));
        }
        assert!(seen.len() > 1_000);
    }
}
