//! The reactor's thread.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Hub;
use super::idle_connections::IdleConnections;
use super::jobs::Jobs;
use super::notices;
use crate::sys::poller::{Poller, ReadyList};

/// How long the thread stays without jobs.
const IDLE: Duration = Duration::from_secs(10);

/// Drives the jobs of `hub` until it has had none for a while.
pub fn run(hub: &Hub) {
    notices::put_off();
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let Some(poller) = hub.poller.get() else {
            return;
        };
        let mut connections = IdleConnections::new(hub.pool.clone(), Instant::now());
        let mut jobs = Jobs::default();
        let mut ready = ReadyList::new();
        while !turn(hub, poller, &mut jobs, &mut connections, &mut ready) {}
    }));
    if ended.is_err() {
        // The jobs are dropped by now; new ones are dropped as well, which tells their owners. The next one gets a new
        // thread.
        let mut inbox = hub.lock();
        inbox.is_running = false;
        let new = mem::take(&mut inbox.new);
        drop(inbox);
        hub.stop_seen.notify_all();
        drop(new);
    }
    notices::give();
}

/// Takes new jobs in, waits, and steps the jobs that can go on. Returns whether the thread is to end.
fn turn(
    hub: &Hub,
    poller: &Poller,
    jobs: &mut Jobs,
    connections: &mut IdleConnections,
    ready: &mut ReadyList,
) -> bool {
    take_in(hub, poller, jobs);
    notices::give();
    let now = Instant::now();
    let left = match jobs.next_timeout() {
        Some(at) => at.saturating_duration_since(now),
        None if !jobs.is_empty() => Duration::MAX,
        None => match idle_time(hub) {
            Some(time) => time,
            None => return true,
        },
    };
    hub.doze.begin();
    let timeout = match hub.has_work() {
        true => Duration::ZERO,
        false => left.min(connections.time_left(now)),
    };
    let waited = poller.wait(ready, Some(timeout));
    hub.doze.end();
    if waited.is_err() {
        // Nothing can be waited for; the jobs' own times still end them.
        std::thread::sleep(Duration::from_millis(10));
    }
    jobs.ready(poller, ready.iter());
    if let Some(looked_at) = jobs.looked_at(now, ready) {
        jobs.expire(poller, looked_at);
    }
    notices::give();
    connections.look_after(Instant::now());
    false
}

/// Starts new jobs, steps those that were woken, and tells those that were cancelled.
fn take_in(hub: &Hub, poller: &Poller, jobs: &mut Jobs) {
    let mut inbox = hub.lock();
    let new = mem::take(&mut inbox.new);
    let woken = mem::take(&mut inbox.woken);
    if inbox.is_stopped && !(jobs.is_empty() && new.is_empty()) {
        inbox.goes_on = true;
        hub.stop_seen.notify_all();
    }
    drop(inbox);
    let now = Instant::now();
    for job in new {
        jobs.start(poller, job, now);
    }
    for id in woken {
        jobs.wake(poller, id, now);
    }
    if hub.has_cancelled.swap(false, Ordering::SeqCst) {
        jobs.tell_cancelled(poller, now);
    }
}

/// Returns how long a thread without jobs waits for the next one; `None` if it ends now.
fn idle_time(hub: &Hub) -> Option<Duration> {
    let mut inbox = hub.lock();
    if !inbox.new.is_empty() {
        return Some(Duration::ZERO);
    }
    let now = Instant::now();
    let since = *inbox.idle_since.get_or_insert(now);
    let left = IDLE.saturating_sub(now.saturating_duration_since(since));
    if inbox.is_stopped || left.is_zero() {
        inbox.is_running = false;
        inbox.idle_since = None;
        hub.stop_seen.notify_all();
        return None;
    }
    Some(left)
}
