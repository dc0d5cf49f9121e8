//! One thread that drives any number of machines.
//!
//! The thread is started with the first job and ends when it has had none for a while. It blocks all signals. A forked
//! child has a reactor of its own, since each process makes its own.

mod doze;
mod idle_connections;
mod jobs;
pub mod notices;
mod run;
#[cfg(test)]
mod tests;
mod timers;

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, MutexGuard, OnceLock, Weak};
use std::time::Instant;

use self::doze::Doze;
use crate::panic_injection::{Site, pass};
use crate::sys::lock::{Lock, wait};
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
    next_id: AtomicUsize,
    /// Whether a job was cancelled since the thread looked last.
    has_cancelled: AtomicBool,
    /// The idle connections that the thread looks after.
    pool: Weak<Pool>,
    doze: Doze,
    /// Notified when the thread has seen that it is to end.
    stop_seen: Condvar,
}

#[derive(Default)]
struct Inbox {
    new: Vec<NewJob>,
    /// The jobs to step although nothing that they wait for has come.
    woken: Vec<usize>,
    is_running: bool,
    /// When the thread ran out of jobs, if it has none.
    idle_since: Option<Instant>,
    /// Whether the thread is to end as soon as it has no jobs.
    is_stopped: bool,
    /// Whether the thread has seen that it is to end, and goes on because it has jobs.
    goes_on: bool,
}

struct NewJob {
    id: usize,
    control: OwnControl,
    job: Job,
}

/// What others say about a job.
#[derive(Debug, Default)]
struct Control {
    /// Whether the job was cancelled and does not know it yet.
    is_cancelled: AtomicBool,
    /// Whether the job was dropped.
    is_done: AtomicBool,
}

/// The job's own part of its control.
struct OwnControl(Arc<Control>);

impl Drop for OwnControl {
    fn drop(&mut self) {
        self.0.is_done.store(true, Ordering::Release);
    }
}

/// A job that could not be started.
pub struct NotStarted {
    pub shortage: Shortage,
    pub job: Job,
}

/// The handle of a job.
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

    /// Returns the handle of a job that is not started yet.
    pub fn new_job(&self) -> JobHandle {
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed) % RESERVED;
        JobHandle {
            id,
            control: Arc::default(),
            hub: self.0.clone(),
        }
    }

    /// Starts a job. `purpose` completes the sentence "there is no thread ...".
    ///
    /// # Errors
    /// As for [`JobHandle::start`].
    pub fn start(&self, purpose: &'static str, job: Job) -> Result<JobHandle, NotStarted> {
        let handle = self.new_job();
        handle.start(purpose, job)?;
        Ok(handle)
    }

    /// Tells the thread to end as soon as it has no jobs.
    pub fn stop(&self) {
        let mut inbox = self.0.lock();
        inbox.is_stopped = true;
        self.0.wake_up();
    }

    /// Tells the thread to end as soon as it has no jobs. If it has none, waits until it has nothing left to do but to
    /// exit.
    pub fn end(&self) {
        let mut inbox = self.0.lock();
        inbox.is_stopped = true;
        inbox.goes_on = false;
        self.0.wake_up();
        while inbox.is_running && !inbox.goes_on {
            inbox = wait(&self.0.stop_seen, inbox);
        }
    }
}

impl JobHandle {
    /// Starts the job of this handle. Call this once.
    ///
    /// # Errors
    /// A shortage if the process has no thread or descriptor for the reactor. The job comes back with it. There is none
    /// on the reactor's own thread.
    pub fn start(&self, purpose: &'static str, job: Job) -> Result<(), NotStarted> {
        let hub = &self.hub;
        if let Err(error) = hub.make_poller() {
            let shortage = Shortage::descriptor(purpose, error);
            return Err(NotStarted { shortage, job });
        }
        let mut inbox = hub.lock();
        pass(Site::Reactor);
        // The thread finds the job, as it takes the same lock.
        if !inbox.is_running
            && let Err(error) = hub.spawn(&mut inbox)
        {
            let shortage = Shortage::thread(purpose, error);
            return Err(NotStarted { shortage, job });
        }
        inbox.idle_since = None;
        inbox.new.push(NewJob {
            id: self.id,
            control: OwnControl(self.control.clone()),
            job,
        });
        drop(inbox);
        hub.wake_up();
        Ok(())
    }

    /// Steps the job, whatever it waits for. It has no effect on a job that is done.
    pub fn wake(&self) {
        self.hub.lock().woken.push(self.id);
        self.hub.wake_up();
    }

    /// Tells the job's machine that it was cancelled. Any thread and any signal handler may call this. It has no
    /// effect on a job that is done.
    pub fn cancel(&self) {
        self.control.is_cancelled.store(true, Ordering::SeqCst);
        self.hub.has_cancelled.store(true, Ordering::SeqCst);
        self.hub.wake_up();
    }

    /// Returns whether the job was done and dropped.
    pub fn is_done(&self) -> bool {
        self.control.is_done.load(Ordering::Acquire)
    }

    /// Takes a cancellation back that the job's machine does not know yet.
    pub fn withdraw_cancel(&self) {
        self.control.is_cancelled.store(false, Ordering::SeqCst);
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

    /// Ends the thread's wait. While the thread is awake, this takes no call to the system.
    fn wake_up(&self) {
        if self.doze.must_wake()
            && let Some(poller) = self.poller.get()
        {
            poller.wake_up();
        }
    }

    /// Starts the thread, under the lock: another job must not rely on a thread that does not start.
    fn spawn(self: &Arc<Self>, inbox: &mut Inbox) -> io::Result<()> {
        let hub = self.clone();
        // Nothing joins the thread. ThreadSanitizer takes one that is to be joined for a thread of a forked child, too.
        spawn_masked("hookrail-io", move || run::run(&hub))?;
        inbox.is_running = true;
        Ok(())
    }

    /// Returns whether others have given work that the thread has not taken in.
    fn has_work(&self) -> bool {
        let inbox = self.lock();
        !inbox.new.is_empty()
            || !inbox.woken.is_empty()
            || self.has_cancelled.load(Ordering::SeqCst)
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
