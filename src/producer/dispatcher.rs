//! The dispatcher: a job of the reactor that starts senders and keeps the time of the waiting events.
//!
//! It is there while events wait. A sender that is done takes the next event itself, so under load the dispatcher only
//! adds senders when there is room for more.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attempts::SendEvents;
use super::queue::Lifecycle;
use super::sender::Sender;
use super::shared::SharedQueue;
use crate::panic_injection::{Site, pass};
use crate::reactor::Job;
use crate::transport::failure::Failure;
use crate::transport::readiness::{Interests, Readiness};
use crate::transport::state_machine::{Machine, Step};

/// The wait if only a submit or the end of an attempt gives the dispatcher something to do. They wake it.
const LONG: Duration = Duration::from_secs(3600);
/// The time after which the dispatcher looks at the queue again if it panicked.
const AFTER_PANIC: Duration = Duration::from_millis(10);

/// Starts senders for the events of a queue until no event waits.
pub struct Dispatcher {
    shared: Arc<SharedQueue>,
    client: Arc<dyn SendEvents>,
}

impl Dispatcher {
    /// Makes the job.
    pub fn make(shared: Arc<SharedQueue>, client: Arc<dyn SendEvents>) -> Job {
        Box::new(Dispatcher { shared, client })
    }

    fn dispatch(&self) -> Step<()> {
        pass(Site::Dispatcher);
        let mut senders = Vec::new();
        let mut locked = self.shared.lock();
        let now = Instant::now();
        locked.queue.expire(now);
        loop {
            let job = self.shared.reactor.new_job();
            let Some(next) = locked.queue.take(now, &job) else {
                break;
            };
            locked.senders += 1;
            let sender = Sender::new(self.shared.clone(), self.client.clone(), job, next);
            senders.push(sender);
        }
        let step = if locked.queue.queued() == 0 || locked.queue.lifecycle == Lifecycle::Closed {
            self.shared.end_dispatcher(&mut locked);
            Step::Done(())
        } else {
            let until = locked.queue.wake_at(now).unwrap_or(now + LONG);
            locked.dispatcher_waits(until);
            Step::Wait(until)
        };
        self.shared.release(locked);
        for sender in senders {
            sender.start();
        }
        step
    }
}

impl Machine for Dispatcher {
    type Output = ();

    fn step(&mut self, _: &[Readiness], _: Instant) -> Step<()> {
        catch_unwind(AssertUnwindSafe(|| self.dispatch()))
            .unwrap_or_else(|_| Step::Wait(Instant::now() + AFTER_PANIC))
    }

    fn interests(&self) -> Interests<'_> {
        Interests::Connecting(&[])
    }

    fn fail(&mut self, _: Failure, now: Instant) -> Step<()> {
        Step::Wait(now)
    }
}
