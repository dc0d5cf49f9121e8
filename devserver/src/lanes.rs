//! Order on ordered endpoints: the deliveries of an ordering key wait for each other, and a dead
//! letter stops its key until an operator replays or skips it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::job::{Job, Lane};
use crate::record::DeliveryState;

/// The lanes with waiting or running deliveries.
#[derive(Debug, Default)]
pub(crate) struct Lanes(Mutex<HashMap<Lane, Queue>>);

#[derive(Debug, Default)]
struct Queue {
    /// The first one is under way or dead-lettered.
    jobs: VecDeque<Job>,
    /// True while a task works the lane. While a dead letter stops the lane, none does.
    worked: bool,
}

impl Queue {
    /// Removes finished deliveries from the front.
    fn settle(&mut self, state_of: impl Fn(&str) -> Option<DeliveryState>) {
        while let Some(job) = self.jobs.front() {
            match state_of(&job.delivery_id) {
                None | Some(DeliveryState::Succeeded | DeliveryState::Skipped) => {
                    self.jobs.pop_front();
                }
                Some(_) => return,
            }
        }
    }

    /// Returns whether the caller must start a task for the lane.
    fn start(&mut self) -> bool {
        !std::mem::replace(&mut self.worked, true)
    }
}

impl Lanes {
    fn lock(&self) -> MutexGuard<'_, HashMap<Lane, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a delivery at the end of its lane. Returns whether the caller must start a task for the lane.
    pub(crate) fn enter(&self, lane: &Lane, job: Job) -> bool {
        let mut lanes = self.lock();
        let queue = lanes.entry(lane.clone()).or_default();
        queue.jobs.push_back(job);
        queue.start()
    }

    /// Updates a lane after a dead letter in it was replayed or skipped. Returns whether the caller must start
    /// a task for the lane.
    pub(crate) fn wake(&self, lane: &Lane) -> bool {
        self.lock().get_mut(lane).is_some_and(Queue::start)
    }

    /// Returns the next delivery for the task of a lane. With `None` the task ends, because the lane is empty or
    /// a dead letter stops it.
    pub(crate) fn next(
        &self,
        lane: &Lane,
        state_of: impl Fn(&str) -> Option<DeliveryState>,
    ) -> Option<Job> {
        let mut lanes = self.lock();
        let queue = lanes.get_mut(lane)?;
        queue.settle(&state_of);
        let Some(job) = queue.jobs.front() else {
            lanes.remove(lane);
            return None;
        };
        if state_of(&job.delivery_id) == Some(DeliveryState::DeadLettered) {
            queue.worked = false;
            return None;
        }
        Some(job.clone())
    }

    /// Returns the number of deliveries of an ordering key that wait or are under way, at the endpoint with the most.
    pub(crate) fn backlog(
        &self,
        ordering_key: &str,
        endpoints: usize,
        state_of: impl Fn(&str) -> Option<DeliveryState>,
    ) -> usize {
        let mut lanes = self.lock();
        let mut waiting = |endpoint| {
            let queue = lanes.get_mut(&(endpoint, ordering_key.to_owned()))?;
            queue.settle(&state_of);
            Some(queue.jobs.len())
        };
        (0..endpoints)
            .filter_map(&mut waiting)
            .max()
            .unwrap_or_default()
    }
}
