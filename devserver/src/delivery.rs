//! Deliveries: signed, at least once, retried, and in order on ordered endpoints.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Semaphore;

use crate::config::{DeliveryPolicy, Endpoint, Secret};
use crate::ids::new_ulid;
use crate::jsonb::normalise;
use crate::lanes::{Lane, Lanes};
use crate::record::{DeliveryRecord, DeliveryState, EventRecord};
use crate::shared::Shared;
use crate::signature::sign;
use crate::verdict::Verdict;

/// The number of attempts at the same time.
const CONCURRENT_ATTEMPTS: usize = 32;
/// The bytes of an endpoint's answer that are read so that its connection can be reused.
const ANSWER_LIMIT: usize = 64 * 1024;

/// A delivery that is not finished.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    event_id: String,
    pub(crate) delivery_id: String,
    topic: String,
    endpoint: usize,
    url: Uri,
    /// The lane of an event with an ordering key at an ordered endpoint.
    lane: Option<Lane>,
    body: Bytes,
}

/// The deliveries of one event.
#[derive(Debug)]
pub(crate) struct Jobs(Vec<Job>);

/// Attempts deliveries.
pub(crate) struct Courier {
    client: Client<HttpConnector, Full<Bytes>>,
    policy: DeliveryPolicy,
    slots: Semaphore,
    lanes: Lanes,
}

impl Job {
    fn new(
        (index, endpoint): (usize, &Endpoint),
        event_id: &str,
        delivery_id: String,
        topic: &str,
        ordering_key: Option<&str>,
        body: Bytes,
    ) -> Self {
        let ordering_key = ordering_key.filter(|_| endpoint.ordered);
        Self {
            event_id: event_id.to_owned(),
            delivery_id,
            topic: topic.to_owned(),
            endpoint: index,
            url: endpoint.url.clone(),
            lane: ordering_key.map(|key| (index, key.to_owned())),
            body,
        }
    }

    /// Returns a delivery from the ledger if its endpoint is one of these.
    pub(crate) fn of(
        endpoints: &[Endpoint],
        event: &EventRecord,
        delivery: &DeliveryRecord,
    ) -> Option<Self> {
        // After a restart the endpoints may be in another order.
        let is_it = |(_, endpoint): &(usize, &Endpoint)| endpoint.url == delivery.endpoint.as_str();
        let mut numbered = endpoints.iter().enumerate();
        let same_place = numbered.clone().nth(delivery.endpoint_index);
        let found = same_place.filter(is_it).or_else(|| numbered.find(is_it))?;
        // Only payloads that can be stored are recorded, so the payload always normalises.
        let body = Bytes::from(normalise(&event.payload).ok()?);
        Some(Self::new(
            found,
            &event.event_id,
            delivery.delivery_id.clone(),
            &event.topic,
            event.ordering_key.as_deref(),
            body,
        ))
    }
}

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

impl Courier {
    pub(crate) fn new(policy: DeliveryPolicy) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build(HttpConnector::new()),
            policy,
            slots: Semaphore::new(CONCURRENT_ATTEMPTS),
            lanes: Lanes::default(),
        }
    }

    async fn attempt(&self, job: &Job, secret: &Secret) -> Verdict {
        let unix = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs());
        let signature = sign(secret, unix, &job.delivery_id, &job.body);
        let request = Request::post(job.url.clone())
            .header(CONTENT_TYPE, "application/json")
            .header(USER_AGENT, "hookrail/0.1")
            .header("hookrail-event-id", &job.event_id)
            .header("hookrail-delivery-id", &job.delivery_id)
            .header("hookrail-topic", &job.topic)
            .header("hookrail-signature", signature)
            .body(Full::new(job.body.clone()));
        let Ok(request) = request else {
            // A topic may be any text, but a header field may not.
            return Verdict::NoAnswer("invalid_request");
        };
        let exchange = async {
            let response = self.client.request(request).await.ok()?;
            let status = response.status();
            let _ = Limited::new(response.into_body(), ANSWER_LIMIT)
                .collect()
                .await;
            Some(status)
        };
        match tokio::time::timeout(self.policy.timeout, exchange).await {
            Err(_) => Verdict::NoAnswer("timeout"),
            Ok(None) => Verdict::NoAnswer("connection"),
            Ok(Some(status)) => Verdict::of(status),
        }
    }

    /// The wait after a failed attempt, counted from 1: doubled each time, up to 2^10.
    fn wait_after(&self, attempt_no: u32) -> Duration {
        self.policy.retry * 2_u32.pow(attempt_no.saturating_sub(1).min(10))
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_stays_finite() {
        let courier = Courier::new(DeliveryPolicy {
            retry: Duration::from_millis(10),
            ..DeliveryPolicy::default()
        });
        let waits: Vec<_> = [1, 2, 3].map(|n| courier.wait_after(n).as_millis()).into();
        assert_eq!(waits, [10, 20, 40]);
        assert_eq!(courier.wait_after(u32::MAX), courier.wait_after(11));
    }
}
