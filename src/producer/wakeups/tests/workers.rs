//! Workers sleep on a condition variable. A notification reaches one that sleeps at that moment, or none.

use super::*;

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Submitter {
    /// Submits this many events.
    Submit(u8),
    /// Notifies a worker before that.
    Notify(u8),
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Worker {
    Look,
    Asleep,
    /// Waits for the lock.
    Woken,
    /// Has an event and notifies another worker before it sends it.
    Notify,
    /// Sends an event, which may take any time.
    Sending,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Working {
    sleeping: (usize, bool),
    ready: usize,
    submitters: Vec<Submitter>,
    workers: Vec<Worker>,
}

impl Working {
    fn must_notify(&mut self) -> bool {
        let ready = self.ready;
        with(&mut self.sleeping, |it| it.must_notify(ready > 0))
    }

    /// Takes an event, or goes to sleep.
    fn look(&mut self) -> Worker {
        if self.ready == 0 {
            with(&mut self.sleeping, SleepingThreads::sleep);
            return Worker::Asleep;
        }
        self.ready -= 1;
        match self.must_notify() {
            true => Worker::Notify,
            false => Worker::Sending,
        }
    }

    /// Returns the states in which the notification has reached one of the workers.
    fn notify(&self) -> Vec<Self> {
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
                next.submitters[index] = match next.must_notify() {
                    true => Submitter::Notify(left - 1),
                    false => Submitter::Submit(left - 1),
                };
                vec![next]
            }
            Submitter::Notify(left) => {
                next.submitters[index] = Submitter::Submit(left);
                next.notify()
            }
        }
    }

    fn worker(&self, index: usize, worker: Worker) -> Vec<Self> {
        let mut next = self.clone();
        match worker {
            Worker::Look => next.workers[index] = next.look(),
            Worker::Woken => {
                with(&mut next.sleeping, |it| it.wake(true));
                next.workers[index] = next.look();
            }
            Worker::Notify => {
                next.workers[index] = Worker::Sending;
                return next.notify();
            }
            Worker::Asleep | Worker::Sending => return vec![],
        }
        vec![next]
    }

    /// Ends the worker's time, or its attempt.
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
        sleeping: (0, false),
        ready: 0,
        submitters: vec![Submitter::Submit(3), Submitter::Submit(2)],
        workers: vec![Worker::Look; 3],
    });
}
