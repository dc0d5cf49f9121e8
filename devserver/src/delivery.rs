//! Deliveries: signed, at least once, retried, and in order on ordered endpoints.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use bytes::Bytes;

use crate::config::Secret;
use crate::ids::new_ulid;
use crate::job::{Job, Lane};
use crate::record::{DeliveryRecord, DeliveryState};
use crate::shared::Shared;
use crate::verdict::Verdict;

/// The deliveries of one event.
#[derive(Debug)]
pub(crate) struct Jobs(Vec<Job>);

impl Jobs {
    /// Returns the deliveries of a new event; its payload as jsonb is `stored`.
    pub(crate) fn plan(
        shared: &Shared,
        now: SystemTime,
        event_id: &str,
        topic: &str,
        ordering_key: Option<&str>,
        stored: String,
    ) -> Self {
        let body = Bytes::from(stored);
        let endpoints = shared.endpoints();
        let wanted = endpoints
            .iter()
            .enumerate()
            .filter(|(_, endpoint)| endpoint.wants(topic));
        let job = |endpoint| {
            let delivery_id = new_ulid(now);
            Job::new(
                endpoint,
                event_id,
                delivery_id,
                topic,
                ordering_key,
                body.clone(),
            )
        };
        Self(wanted.map(job).collect())
    }

    /// Returns the unfinished deliveries of a reloaded ledger, in the order of their events, with the dead
    /// letters that stop their ordering keys.
    pub(crate) fn unfinished(shared: &Shared) -> Self {
        let endpoints = shared.endpoints();
        let mut jobs = Vec::new();
        for event in shared.ledger.events(0, usize::MAX) {
            for delivery in &event.deliveries {
                let is_dead = delivery.state == DeliveryState::DeadLettered;
                if delivery.state.is_final() && !is_dead {
                    continue;
                }
                let job = Job::of(&endpoints, &event, delivery);
                jobs.extend(job.filter(|job| job.lane.is_some() || !is_dead));
            }
        }
        Self(jobs)
    }

    pub(crate) fn records(&self) -> Vec<DeliveryRecord> {
        let record = |job: &Job| DeliveryRecord {
            delivery_id: job.delivery_id.clone(),
            endpoint: job.url.to_string(),
            endpoint_index: job.endpoint,
            state: DeliveryState::Pending,
            attempts: Vec::new(),
        };
        self.0.iter().map(record).collect()
    }

    pub(crate) fn start(self, shared: &Arc<Shared>) {
        for job in self.0 {
            start(shared, job);
        }
    }
}

fn start(shared: &Arc<Shared>, job: Job) {
    let Some(lane) = job.lane.clone() else {
        let task = Arc::clone(shared);
        shared
            .runtime
            .spawn(async move { deliver(&task, job).await });
        return;
    };
    if shared.courier.lanes.enter(&lane, job) {
        work(shared, lane);
    }
}

/// Starts the task that works a lane.
fn work(shared: &Arc<Shared>, lane: Lane) {
    let task = Arc::clone(shared);
    shared.runtime.spawn(async move {
        let state_of = |delivery_id: &str| task.ledger.delivery_state(delivery_id);
        while let Some(job) = task.courier.lanes.next(&lane, state_of) {
            deliver(&task, job).await;
        }
    });
}

/// Delivers a replayed dead letter.
pub(crate) fn resume(shared: &Arc<Shared>, job: Job) {
    if job.lane.is_some() {
        let_go_on(shared, &job);
    } else {
        start(shared, job);
    }
}

/// Continues the lane of a dead letter if nothing stops it.
pub(crate) fn let_go_on(shared: &Arc<Shared>, job: &Job) {
    if let Some(lane) = &job.lane
        && shared.courier.lanes.wake(lane)
    {
        work(shared, lane.clone());
    }
}

/// Returns the number of deliveries of an ordering key that wait or are under way, at the ordered endpoint with the
/// most of them.
pub(crate) fn backlog(shared: &Shared, ordering_key: &str) -> usize {
    let state_of = |delivery_id: &str| shared.ledger.delivery_state(delivery_id);
    let endpoints = shared.endpoints().len();
    let lanes = &shared.courier.lanes;
    lanes.backlog(ordering_key, endpoints, state_of)
}

async fn deliver(shared: &Shared, job: Job) {
    let courier = &shared.courier;
    let Some((state, mut attempt_no)) = shared.ledger.progress(&job.delivery_id) else {
        return;
    };
    // A delivery that is pending after attempts was replayed. Its earlier attempts do not count.
    let mut spent = match state {
        DeliveryState::Pending => 0,
        _ => attempt_no,
    };
    loop {
        shared.until_database_is_there().await;
        attempt_no += 1;
        spent += 1;
        let slot = courier.slots.acquire().await;
        let in_flight = DeliveryState::InFlight;
        if !shared
            .ledger
            .update_delivery(&job.delivery_id, in_flight, None)
        {
            return;
        }
        let secret = signing_secret(shared, job.endpoint);
        let begun = Instant::now();
        let verdict = courier.attempt(&job, &secret).await;
        drop(slot);
        let latency_ms = u64::try_from(begun.elapsed().as_millis()).unwrap_or(u64::MAX);
        let state = match verdict {
            Verdict::Done(_) => DeliveryState::Succeeded,
            _ if verdict.is_retryable() && spent < courier.policy.max_attempts => {
                DeliveryState::RetryScheduled
            }
            _ => DeliveryState::DeadLettered,
        };
        shared.log(format_args!(
            "delivery {} attempt {attempt_no}: {verdict} -> {state}",
            job.delivery_id
        ));
        let attempt = verdict.attempt(attempt_no, latency_ms);
        let known = shared
            .ledger
            .update_delivery(&job.delivery_id, state, Some(attempt));
        if !known || state.is_final() {
            return;
        }
        tokio::time::sleep(courier.wait_after(spent)).await;
    }
}

fn signing_secret(shared: &Shared, endpoint: usize) -> Secret {
    shared.endpoints()[endpoint].signing_secret().clone()
}
