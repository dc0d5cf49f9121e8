//! Threads that wait for completions sleep on a descriptor. It is readable from a notification until one of them clears
//! it.

use super::*;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Worker {
    /// Completes this many events.
    Complete(u8),
    /// Writes to the descriptor before that.
    Notify(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Poller {
    Look,
    Asleep,
    /// Waits for the lock. `was_notified`: it has seen the descriptor readable.
    Woken {
        was_notified: bool,
    },
    Notify,
    Gone,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Polling {
    sleeping: (usize, bool),
    readable: bool,
    completions: usize,
    workers: Vec<Worker>,
    pollers: Vec<Poller>,
}

impl Polling {
    fn must_notify(&mut self) -> bool {
        let completions = self.completions;
        with(&mut self.sleeping, |it| it.must_notify(completions > 0))
    }

    /// Takes one completion, or goes to sleep.
    fn look(&mut self) -> Poller {
        if self.completions == 0 {
            with(&mut self.sleeping, SleepingThreads::sleep);
            return Poller::Asleep;
        }
        self.completions -= 1;
        match self.must_notify() {
            true => Poller::Notify,
            false => Poller::Look,
        }
    }

    fn wake(&mut self, was_notified: bool) {
        self.readable &= !was_notified;
        with(&mut self.sleeping, |it| it.wake(was_notified));
    }

    fn worker(&self, index: usize, worker: Worker) -> Option<Self> {
        let mut next = self.clone();
        next.workers[index] = match worker {
            Worker::Complete(0) => return None,
            Worker::Complete(left) => {
                next.completions += 1;
                match next.must_notify() {
                    true => Worker::Notify(left - 1),
                    false => Worker::Complete(left - 1),
                }
            }
            Worker::Notify(left) => {
                next.readable = true;
                Worker::Complete(left)
            }
        };
        Some(next)
    }

    fn poller(&self, index: usize, poller: Poller) -> Option<Self> {
        let mut next = self.clone();
        next.pollers[index] = match poller {
            Poller::Look => next.look(),
            Poller::Asleep if self.readable => Poller::Woken { was_notified: true },
            Poller::Woken { was_notified } => {
                next.wake(was_notified);
                next.look()
            }
            Poller::Notify => {
                next.readable = true;
                Poller::Look
            }
            Poller::Asleep | Poller::Gone => return None,
        };
        Some(next)
    }

    /// Wakes a thread whose time is over or that got a signal, after which it leaves without a look.
    fn disturbed(&self, index: usize, poller: Poller) -> Option<Self> {
        let mut next = self.clone();
        next.pollers[index] = match poller {
            Poller::Asleep => Poller::Woken {
                was_notified: false,
            },
            Poller::Woken {
                was_notified: false,
            } => {
                next.wake(false);
                match next.must_notify() {
                    true => Poller::Notify,
                    false => Poller::Gone,
                }
            }
            _ => return None,
        };
        Some(next)
    }
}

impl World for Polling {
    fn steps(&self) -> Vec<Self> {
        let mut steps = each(&self.workers, |index, worker| self.worker(index, worker));
        steps.extend(each(&self.pollers, |index, poller| {
            self.poller(index, poller)
        }));
        steps
    }

    fn chances(&self) -> Vec<Self> {
        each(&self.pollers, |index, poller| self.disturbed(index, poller))
    }

    fn is_stuck(&self) -> bool {
        self.completions > 0 && self.pollers.contains(&Poller::Asleep)
    }
}

#[test]
fn no_thread_sleeps_while_completions_wait() {
    explore(Polling {
        sleeping: (0, false),
        readable: false,
        completions: 0,
        workers: vec![Worker::Complete(2), Worker::Complete(1)],
        pollers: vec![Poller::Look; 3],
    });
}
