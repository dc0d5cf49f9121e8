//! Workers sleep on a condition variable: a call reaches one of those that sleep then, or nobody.

use super::*;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Submitter {
    /// Is to submit so many events.
    Submit(u8),
    /// Is to call a worker before that.
    Call(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Worker {
    Look,
    Asleep,
    /// Wants the lock.
    Woken,
    /// Has an event and is to call another worker before it sends it.
    Call,
    /// Sends an event, which may take any time.
    Sending,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Working {
    sleepers: (usize, bool),
    ready: usize,
    submitters: Vec<Submitter>,
    workers: Vec<Worker>,
}

impl Working {
    fn must_call(&mut self) -> bool {
        let ready = self.ready;
        with(&mut self.sleepers, |it| it.must_be_called(ready > 0))
    }

    /// Takes an event, or goes to sleep.
    fn look(&mut self) -> Worker {
        if self.ready == 0 {
            with(&mut self.sleepers, Sleepers::sleep);
            return Worker::Asleep;
        }
        self.ready -= 1;
        match self.must_call() {
            true => Worker::Call,
            false => Worker::Sending,
        }
    }

    /// Whom a call may reach.
    fn call(&self) -> Vec<Self> {
        let reached = each(&self.workers, |index, worker| {
            let mut next = self.clone();
            next.workers[index] = Worker::Woken;
            (worker == Worker::Asleep).then_some(next)
        });
        match reached.is_empty() {
            true => vec![self.clone()],
            false => reached,
        }
    }

    fn submitter(&self, index: usize, submitter: Submitter) -> Vec<Self> {
        let mut next = self.clone();
        match submitter {
            Submitter::Submit(0) => vec![],
            Submitter::Submit(left) => {
                next.ready += 1;
                next.submitters[index] = match next.must_call() {
                    true => Submitter::Call(left - 1),
                    false => Submitter::Submit(left - 1),
                };
                vec![next]
            }
            Submitter::Call(left) => {
                next.submitters[index] = Submitter::Submit(left);
                next.call()
            }
        }
    }

    fn worker(&self, index: usize, worker: Worker) -> Vec<Self> {
        let mut next = self.clone();
        match worker {
            Worker::Look => next.workers[index] = next.look(),
            Worker::Woken => {
                with(&mut next.sleepers, |it| it.wake(true));
                next.workers[index] = next.look();
            }
            Worker::Call => {
                next.workers[index] = Worker::Sending;
                return next.call();
            }
            Worker::Asleep | Worker::Sending => return vec![],
        }
        vec![next]
    }

    /// Its time is over, or its attempt.
    fn chance(&self, index: usize, worker: Worker) -> Option<Self> {
        let mut next = self.clone();
        next.workers[index] = match worker {
            Worker::Asleep => Worker::Woken,
            Worker::Sending => Worker::Look,
            _ => return None,
        };
        Some(next)
    }
}

impl World for Working {
    fn steps(&self) -> Vec<Self> {
        let submitters = self.submitters.iter().enumerate();
        let workers = self.workers.iter().enumerate();
        submitters
            .flat_map(|(index, &submitter)| self.submitter(index, submitter))
            .chain(workers.flat_map(|(index, &worker)| self.worker(index, worker)))
            .collect()
    }

    fn chances(&self) -> Vec<Self> {
        each(&self.workers, |index, worker| self.chance(index, worker))
    }

    fn is_stuck(&self) -> bool {
        self.ready > 0 && self.workers.contains(&Worker::Asleep)
    }
}

#[test]
fn no_worker_sleeps_while_events_are_ready() {
    explore(Working {
        sleepers: (0, false),
        ready: 0,
        submitters: vec![Submitter::Submit(3), Submitter::Submit(2)],
        workers: vec![Worker::Look; 3],
    });
}
