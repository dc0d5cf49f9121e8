//! Deliveries: signed, at least once, retried, and in order where an ordering key asks for it.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Semaphore;

use crate::config::{DeliveryPolicy, Secret};
use crate::ids::new_ulid;
use crate::jsonb::normalise;
use crate::record::{Attempt, DeliveryRecord, DeliveryState};
use crate::shared::Shared;
use crate::signature::sign;

/// Attempts that are under way at the same time.
const CONCURRENT_ATTEMPTS: usize = 32;
/// How much of an endpoint's answer is read, so that its connection can be used again.
const ANSWER_LIMIT: usize = 64 * 1024;

/// One delivery that is still to be made.
#[derive(Debug, Clone)]
struct Job {
    event_id: String,
    delivery_id: String,
    topic: String,
    endpoint: usize,
    url: Uri,
    ordering_key: Option<String>,
    body: Bytes,
    attempts_made: u32,
}

/// The deliveries of one event.
#[derive(Debug)]
pub(crate) struct Jobs(Vec<Job>);

/// Deliveries that must not overtake each other: of one ordering key to one endpoint.
type Lane = (usize, String);

/// What attempts deliveries.
pub(crate) struct Courier {
    client: Client<HttpConnector, Full<Bytes>>,
    policy: DeliveryPolicy,
    slots: Semaphore,
    // A lane exists while a task works it; what waits in it is behind the delivery under way.
    lanes: Mutex<HashMap<Lane, VecDeque<Job>>>,
}

/// How an attempt went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Done(StatusCode),
    Refused(StatusCode, &'static str),
    Retry(Option<StatusCode>, &'static str),
}

impl Jobs {
    /// The deliveries of a new event, whose payload is `stored` as jsonb.
    pub(crate) fn plan(
        shared: &Shared,
        now: SystemTime,
        event_id: &str,
        topic: &str,
        ordering_key: Option<&str>,
        stored: String,
    ) -> Self {
        let endpoints = shared
            .endpoints
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let wanted = endpoints
            .iter()
            .enumerate()
            .filter(|(_, endpoint)| endpoint.wants(topic));
        let body = Bytes::from(stored);
        let job = |(index, endpoint): (usize, &crate::config::Endpoint)| Job {
            event_id: event_id.to_owned(),
            delivery_id: new_ulid(now),
            topic: topic.to_owned(),
            endpoint: index,
            url: endpoint.url.clone(),
            ordering_key: ordering_key.map(str::to_owned),
            body: body.clone(),
            attempts_made: 0,
        };
        Self(wanted.map(job).collect())
    }

    /// The deliveries that a reloaded ledger holds unfinished, in the order of their events.
    pub(crate) fn unfinished(shared: &Shared) -> Self {
        let endpoints = shared
            .endpoints
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let mut jobs = Vec::new();
        for event in shared.ledger.events(0, usize::MAX) {
            for delivery in event.deliveries.iter().filter(|d| !d.state.is_final()) {
                let found = endpoints
                    .iter()
                    .position(|endpoint| endpoint.url == delivery.endpoint.as_str());
                // An event that was recorded can be stored, so the payload always normalises.
                let (Some(endpoint), Ok(stored)) = (found, normalise(&event.payload)) else {
                    continue;
                };
                jobs.push(Job {
                    event_id: event.event_id.clone(),
                    delivery_id: delivery.delivery_id.clone(),
                    topic: event.topic.clone(),
                    endpoint,
                    url: endpoints[endpoint].url.clone(),
                    ordering_key: event.ordering_key.clone(),
                    body: Bytes::from(stored),
                    attempts_made: u32::try_from(delivery.attempts.len()).unwrap_or(u32::MAX),
                });
            }
        }
        Self(jobs)
    }

    pub(crate) fn records(&self) -> Vec<DeliveryRecord> {
        let record = |job: &Job| DeliveryRecord {
            delivery_id: job.delivery_id.clone(),
            endpoint: job.url.to_string(),
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
    let shared = Arc::clone(shared);
    let Some(key) = &job.ordering_key else {
        tokio::spawn(async move { deliver(&shared, job).await });
        return;
    };
    let lane = (job.endpoint, key.clone());
    {
        let mut lanes = shared.courier.lanes();
        if let Some(waiting) = lanes.get_mut(&lane) {
            waiting.push_back(job);
            return;
        }
        lanes.insert(lane.clone(), VecDeque::new());
    }
    tokio::spawn(async move {
        let mut next = Some(job);
        while let Some(job) = next {
            deliver(&shared, job).await;
            next = shared.courier.next_in(&lane);
        }
    });
}

impl Courier {
    pub(crate) fn new(policy: DeliveryPolicy) -> Self {
        Self {
            client: Client::builder(TokioExecutor::new()).build(HttpConnector::new()),
            policy,
            slots: Semaphore::new(CONCURRENT_ATTEMPTS),
            lanes: Mutex::default(),
        }
    }

    fn lanes(&self) -> MutexGuard<'_, HashMap<Lane, VecDeque<Job>>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_in(&self, lane: &Lane) -> Option<Job> {
        let mut lanes = self.lanes();
        let next = lanes.get_mut(lane).and_then(VecDeque::pop_front);
        if next.is_none() {
            lanes.remove(lane);
        }
        next
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
            // A topic is any text, a header field is not.
            return Verdict::Retry(None, "invalid_request");
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
            Err(_) => Verdict::Retry(None, "timeout"),
            Ok(None) => Verdict::Retry(None, "connection"),
            Ok(Some(status)) => classify(status),
        }
    }

    /// The wait after a failed attempt, counted from 1: doubled each time, up to 2^10.
    fn wait_after(&self, attempt_no: u32) -> Duration {
        self.policy.retry * 2_u32.pow(attempt_no.saturating_sub(1).min(10))
    }
}

/// What the service makes of an endpoint's answer.
fn classify(status: StatusCode) -> Verdict {
    match status.as_u16() {
        200..=299 => Verdict::Done(status),
        408 | 425 | 429 => Verdict::Retry(Some(status), "http_4xx"),
        500.. => Verdict::Retry(Some(status), "http_5xx"),
        300..=399 => Verdict::Refused(status, "redirect"),
        _ => Verdict::Refused(status, "http_4xx"),
    }
}

async fn deliver(shared: &Shared, job: Job) {
    let courier = &shared.courier;
    let mut attempt_no = job.attempts_made;
    loop {
        attempt_no += 1;
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
        let out_of_attempts = attempt_no >= courier.policy.max_attempts;
        let state = match verdict {
            Verdict::Done(_) => DeliveryState::Succeeded,
            Verdict::Retry(..) if !out_of_attempts => DeliveryState::RetryScheduled,
            Verdict::Retry(..) | Verdict::Refused(..) => DeliveryState::DeadLettered,
        };
        shared.log(format_args!(
            "delivery {} attempt {attempt_no}: {verdict} -> {state:?}",
            job.delivery_id
        ));
        let attempt = verdict.attempt(attempt_no, latency_ms);
        let known = shared
            .ledger
            .update_delivery(&job.delivery_id, state, Some(attempt));
        if !known || state.is_final() {
            return;
        }
        tokio::time::sleep(courier.wait_after(attempt_no)).await;
    }
}

fn signing_secret(shared: &Shared, endpoint: usize) -> Secret {
    let endpoints = shared
        .endpoints
        .read()
        .unwrap_or_else(PoisonError::into_inner);
    endpoints[endpoint].signing_secret().clone()
}

impl Verdict {
    fn attempt(self, attempt_no: u32, latency_ms: u64) -> Attempt {
        let (status, http_status, error_class) = match self {
            Self::Done(http) => ("succeeded", Some(http), None),
            Self::Refused(http, class) => ("failed", Some(http), Some(class)),
            Self::Retry(http, class) => ("failed", http, Some(class)),
        };
        Attempt {
            attempt_no,
            claim_version: attempt_no,
            status: status.to_owned(),
            latency_ms,
            http_status: http_status.map(|http| http.as_u16()),
            error_class: error_class.map(str::to_owned),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done(http) | Self::Refused(http, _) | Self::Retry(Some(http), _) => {
                write!(f, "{}", http.as_u16())
            }
            Self::Retry(None, class) => f.write_str(class),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_classified_as_the_service_does() {
        let of = |status: u16| classify(StatusCode::from_u16(status).unwrap());
        for status in [200, 201, 204, 299] {
            assert!(matches!(of(status), Verdict::Done(_)), "{status}");
        }
        for status in [408, 425, 429, 500, 503, 599] {
            assert!(matches!(of(status), Verdict::Retry(..)), "{status}");
        }
        for status in [301, 302, 307, 400, 401, 404, 409, 410, 413, 422] {
            assert!(matches!(of(status), Verdict::Refused(..)), "{status}");
        }
    }

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
