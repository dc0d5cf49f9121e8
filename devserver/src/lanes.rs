//! Order on ordered endpoints: the deliveries of an ordering key wait for each other, and a dead
//! letter holds its key up until an operator replays or skips it.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::delivery::Job;
use crate::record::DeliveryState;

/// Deliveries that must not overtake each other: of one ordering key to one endpoint.
pub(crate) type Lane = (usize, String);

/// The lanes in which something waits or is under way.
#[derive(Debug, Default)]
pub(crate) struct Lanes(Mutex<HashMap<Lane, Queue>>);

#[derive(Debug, Default)]
struct Queue {
    /// The first one is under way or dead-lettered.
    jobs: VecDeque<Job>,
    /// Whether a task works the lane. None does while a dead letter holds it up.
    worked: bool,
}

impl Queue {
    /// Drops those at the front that nothing more is to be done for.
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

    /// Whether a task has to be started, which from now on works the lane.
    fn start(&mut self) -> bool {
        !std::mem::replace(&mut self.worked, true)
    }
}

impl Lanes {
    fn lock(&self) -> MutexGuard<'_, HashMap<Lane, Queue>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a delivery at the end of its lane; true where a task has to be started for the lane.
    pub(crate) fn enter(&self, lane: &Lane, job: Job) -> bool {
        let mut lanes = self.lock();
        let queue = lanes.entry(lane.clone()).or_default();
        queue.jobs.push_back(job);
        queue.start()
    }

    /// Has a lane looked at again after a dead letter in it was replayed or skipped; true where a task
    /// has to be started for it.
    pub(crate) fn wake(&self, lane: &Lane) -> bool {
        self.lock().get_mut(lane).is_some_and(Queue::start)
    }

    /// What the task of a lane delivers next. With `None` the task ends: the lane is empty, or a dead
    /// letter holds it up.
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

    /// How many deliveries of an ordering key wait or are under way, at the endpoint with the most.
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
