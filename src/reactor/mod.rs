//! One thread that drives any number of machines.
//!
//! The thread is started with the first job and ends when it has had none for a while. It blocks all signals. A forked
//! child has a reactor of its own, since each process makes its own.

mod idle_connections;
mod jobs;
mod run;
#[cfg(test)]
mod tests;
mod timers;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, OnceLock, Weak};
use std::time::Instant;

use crate::panic_injection::{Site, pass};
use crate::sys::lock::Lock;
use crate::sys::out_of_resources::Shortage;
use crate::sys::poller::Poller;
use crate::sys::signals::spawn_masked;
use crate::transport::pool::Pool;
use crate::transport::state_machine::Machine;

/// The poller has a use of its own for the highest number.
const RESERVED: usize = usize::MAX;

/// Work for the reactor. It must not panic, and its drop is the only notice that it gets if it does.
pub type Job = Box<dyn Machine<Output = ()> + Send>;

/// The handle of the thread.
#[derive(Clone, Default)]
pub struct Reactor(Arc<Hub>);

/// What the thread shares with the threads that give it work.
#[derive(Default)]
struct Hub {
    /// There once a job was started.
    poller: OnceLock<Poller>,
    inbox: Lock<Inbox>,
    /// Whether a job was cancelled since the thread looked last.
    has_cancelled: AtomicBool,
    /// The idle connections that the thread looks after.
    pool: Weak<Pool>,
}

#[derive(Default)]
struct Inbox {
    new: Vec<NewJob>,
    next_id: usize,
    is_running: bool,
    /// When the thread ran out of jobs, if it has none.
    idle_since: Option<Instant>,
    /// Whether the thread is to end as soon as it has no jobs.
    is_stopped: bool,
}

struct NewJob {
    id: usize,
    control: Arc<Control>,
    job: Job,
}

/// What others say about a job.
#[derive(Debug, Default)]
struct Control {
    is_cancelled: AtomicBool,
}

/// A job that could not be started.
pub struct NotStarted {
    pub shortage: Shortage,
    pub job: Job,
}

/// A started job.
#[derive(Clone)]
pub struct JobHandle {
    id: usize,
    control: Arc<Control>,
    hub: Arc<Hub>,
}

impl Reactor {
    /// Returns a reactor whose thread looks after the idle connections of `pool`.
    pub fn new(pool: Weak<Pool>) -> Self {
        Reactor(Arc::new(Hub {
            pool,
            ..Hub::default()
        }))
    }

    /// Starts a job.
    ///
    /// # Errors
    /// A shortage if the process has no thread or descriptor for the reactor. The job comes back with it.
    pub fn start(&self, job: Job) -> Result<JobHandle, NotStarted> {
        let hub = &self.0;
        if let Err(error) = hub.make_poller() {
            let shortage = Shortage::descriptor("for background calls", error);
            return Err(NotStarted { shortage, job });
        }
        let control = Arc::<Control>::default();
        let mut inbox = hub.lock();
        pass(Site::Reactor);
        let was_running = inbox.is_running;
        // The thread finds the job, as it takes the same lock.
        if !was_running && let Err(error) = hub.spawn(&mut inbox) {
            let shortage = Shortage::thread("for background calls", error);
            return Err(NotStarted { shortage, job });
        }
        let id = inbox.next_id;
        inbox.next_id = inbox.next_id.wrapping_add(1) % RESERVED;
        inbox.idle_since = None;
        inbox.new.push(NewJob {
            id,
            control: control.clone(),
            job,
        });
        drop(inbox);
        if was_running {
            hub.wake_up();
        }
        Ok(JobHandle {
            id,
            control,
            hub: hub.clone(),
        })
    }

    /// Tells the thread to end as soon as it has no jobs.
    pub fn stop(&self) {
        let mut inbox = self.0.lock();
        inbox.is_stopped = true;
        let is_running = inbox.is_running;
        drop(inbox);
        if is_running {
            self.0.wake_up();
        }
    }
}

impl JobHandle {
    /// Tells the job's machine that it was cancelled. Any thread and any signal handler may call this. It has no
    /// effect on a job that is done.
    pub fn cancel(&self) {
        self.control.is_cancelled.store(true, Ordering::SeqCst);
        self.hub.has_cancelled.store(true, Ordering::SeqCst);
        self.hub.wake_up();
    }
}

impl Hub {
    fn make_poller(&self) -> io::Result<()> {
        if self.poller.get().is_none() {
            let poller = Poller::new()?;
            // Another thread may have been faster; its poller is used then.
            let _ = self.poller.set(poller);
        }
        Ok(())
    }

    fn wake_up(&self) {
        if let Some(poller) = self.poller.get() {
            poller.wake_up();
        }
    }

    /// Starts the thread, under the lock: another job must not rely on a thread that does not start.
    fn spawn(self: &Arc<Self>, inbox: &mut Inbox) -> io::Result<()> {
        let hub = self.clone();
        spawn_masked("hookrail-io", move || run::run(&hub))?;
        inbox.is_running = true;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Inbox> {
        self.inbox.lock()
    }
}

impl fmt::Debug for Reactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reactor").finish_non_exhaustive()
    }
}

impl fmt::Debug for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotStarted")
            .field("shortage", &self.shortage)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for JobHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobHandle")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
