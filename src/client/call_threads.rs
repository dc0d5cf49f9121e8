//! The threads of background calls.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar};
use std::time::{Duration, Instant};

use crate::panic_injection::{Site, pass};
use crate::sys::lock::{Lock, wait_timeout};
use crate::sys::signals::spawn_masked;

/// A thread without a call ends after this time.
const IDLE: Duration = Duration::from_secs(10);

pub type Job = Box<dyn FnOnce() + Send>;

/// The threads of background calls: one per running call. An idle one waits for the next call for a while.
#[derive(Default)]
pub struct CallThreads {
    state: Lock<CallQueue>,
    work: Condvar,
}

#[derive(Default)]
struct CallQueue {
    jobs: VecDeque<Job>,
    idle: usize,
    stopped: bool,
}

impl CallThreads {
    /// Runs a job on an idle thread, or on a new one.
    pub fn run(threads: &Arc<Self>, job: Job) -> io::Result<()> {
        let mut state = threads.state.lock();
        pass(Site::CallThreads);
        if state.idle > state.jobs.len() {
            state.jobs.push_back(job);
            drop(state);
            threads.work.notify_one();
            return Ok(());
        }
        drop(state);
        let threads = threads.clone();
        spawn_masked("hookrail-call", move || {
            job();
            threads.serve();
        })
        .map(drop)
    }

    /// Runs jobs until none has come for a while.
    fn serve(&self) {
        let mut state = self.state.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.state.lock();
                continue;
            }
            if state.stopped {
                return;
            }
            state.idle += 1;
            let until = Instant::now() + IDLE;
            while state.jobs.is_empty() && !state.stopped {
                let left = until.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    break;
                }
                (state, _) = wait_timeout(&self.work, state, left);
            }
            state.idle -= 1;
            if state.jobs.is_empty() {
                return;
            }
        }
    }

    /// Tells the threads to end once they have no job.
    pub fn stop(&self) {
        self.state.lock().stopped = true;
        self.work.notify_all();
    }
}

impl std::fmt::Debug for CallThreads {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallThreads").finish_non_exhaustive()
    }
}
