//! Takers of completions sleep on a descriptor that is readable from a call until a taker clears it.

use super::*;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Worker {
    /// Is to complete so many events.
    Complete(u8),
    /// Is to write to the descriptor before that.
    Call(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Taker {
    Look,
    Asleep,
    /// Wants the lock. `heard`: it has seen the descriptor readable.
    Woken {
        heard: bool,
    },
    Call,
    Gone,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Taking {
    sleepers: (usize, bool),
    readable: bool,
    completions: usize,
    workers: Vec<Worker>,
    takers: Vec<Taker>,
}

impl Taking {
    fn must_call(&mut self) -> bool {
        let completions = self.completions;
        with(&mut self.sleepers, |it| it.must_be_called(completions > 0))
    }

    /// Takes one completion, or goes to sleep.
    fn look(&mut self) -> Taker {
        if self.completions == 0 {
            with(&mut self.sleepers, Sleepers::sleep);
            return Taker::Asleep;
        }
        self.completions -= 1;
        match self.must_call() {
            true => Taker::Call,
            false => Taker::Look,
        }
    }

    fn wake(&mut self, heard: bool) {
        self.readable &= !heard;
        with(&mut self.sleepers, |it| it.wake(heard));
    }

    fn worker(&self, index: usize, worker: Worker) -> Option<Self> {
        let mut next = self.clone();
        next.workers[index] = match worker {
            Worker::Complete(0) => return None,
            Worker::Complete(left) => {
                next.completions += 1;
                match next.must_call() {
                    true => Worker::Call(left - 1),
                    false => Worker::Complete(left - 1),
                }
            }
            Worker::Call(left) => {
                next.readable = true;
                Worker::Complete(left)
            }
        };
        Some(next)
    }

    fn taker(&self, index: usize, taker: Taker) -> Option<Self> {
        let mut next = self.clone();
        next.takers[index] = match taker {
            Taker::Look => next.look(),
            Taker::Asleep if self.readable => Taker::Woken { heard: true },
            Taker::Woken { heard } => {
                next.wake(heard);
                next.look()
            }
            Taker::Call => {
                next.readable = true;
                Taker::Look
            }
            Taker::Asleep | Taker::Gone => return None,
        };
        Some(next)
    }

    /// Its time is over, or a signal comes, after which it leaves without a look.
    fn disturbed(&self, index: usize, taker: Taker) -> Option<Self> {
        let mut next = self.clone();
        next.takers[index] = match taker {
            Taker::Asleep => Taker::Woken { heard: false },
            Taker::Woken { heard: false } => {
                next.wake(false);
                match next.must_call() {
                    true => Taker::Call,
                    false => Taker::Gone,
                }
            }
            _ => return None,
        };
        Some(next)
    }
}

impl World for Taking {
    fn steps(&self) -> Vec<Self> {
        let mut steps = each(&self.workers, |index, worker| self.worker(index, worker));
        steps.extend(each(&self.takers, |index, taker| self.taker(index, taker)));
        steps
    }

    fn chances(&self) -> Vec<Self> {
        each(&self.takers, |index, taker| self.disturbed(index, taker))
    }

    fn is_stuck(&self) -> bool {
        self.completions > 0 && self.takers.contains(&Taker::Asleep)
    }
}

#[test]
fn no_taker_sleeps_while_completions_wait() {
    explore(Taking {
        sleepers: (0, false),
        readable: false,
        completions: 0,
        workers: vec![Worker::Complete(2), Worker::Complete(1)],
        takers: vec![Taker::Look; 3],
    });
}
