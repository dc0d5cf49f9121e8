//! The threads of background calls.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::panic_injection::{Site, pass};
use crate::sys::signals::spawn_masked;

/// A thread without a call ends after this time.
const IDLE: Duration = Duration::from_secs(10);

pub type Job = Box<dyn FnOnce() + Send>;

/// The threads of detached calls: as many as there are calls, kept for a while for the next ones.
#[derive(Default)]
pub struct CallPool {
    state: Mutex<PoolState>,
    work: Condvar,
}

#[derive(Default)]
struct PoolState {
    jobs: VecDeque<Job>,
    idle: usize,
    stopped: bool,
}

impl CallPool {
    /// Runs a job on a thread that is idle, or on a new one.
    pub fn run(pool: &Arc<Self>, job: Job) -> io::Result<()> {
        let mut state = pool.lock();
        pass(Site::CallPool);
        if state.idle > state.jobs.len() {
            state.jobs.push_back(job);
            drop(state);
            pool.work.notify_one();
            return Ok(());
        }
        drop(state);
        let pool = pool.clone();
        spawn_masked("hookrail-call", move || {
            job();
            pool.serve();
        })
        .map(drop)
    }

    /// Runs jobs until there is none for a while.
    fn serve(&self) {
        let mut state = self.lock();
        loop {
            if let Some(job) = state.jobs.pop_front() {
                drop(state);
                job();
                state = self.lock();
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
                // No signal is delivered to this thread and nobody waits for it, so it need not poll.
                (state, _) = self
                    .work
                    .wait_timeout(state, left)
                    .unwrap_or_else(PoisonError::into_inner);
            }
            state.idle -= 1;
            if state.jobs.is_empty() {
                return;
            }
        }
    }

    /// Tells the threads to leave when they have nothing to do.
    pub fn stop(&self) {
        self.lock().stopped = true;
        self.work.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, PoolState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for CallPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CallPool").finish_non_exhaustive()
    }
}
