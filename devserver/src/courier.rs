//! Attempts at deliveries: signed requests to endpoints.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::Request;
use hyper::header::{CONTENT_TYPE, USER_AGENT};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::sync::Semaphore;

use crate::config::{DeliveryPolicy, Secret};
use crate::job::Job;
use crate::lanes::Lanes;
use crate::signature::sign;
use crate::verdict::Verdict;

/// The number of attempts at the same time.
const CONCURRENT_ATTEMPTS: usize = 32;
/// The bytes of an endpoint's answer that are read so that its connection can be reused.
const ANSWER_LIMIT: usize = 64 * 1024;

/// Attempts deliveries.
pub(crate) struct Courier {
    pub(crate) client: Client<HttpConnector, Full<Bytes>>,
    pub(crate) policy: DeliveryPolicy,
    pub(crate) slots: Semaphore,
    pub(crate) lanes: Lanes,
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

    /// Makes one attempt.
    pub(crate) async fn attempt(&self, job: &Job, secret: &Secret) -> Verdict {
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
    pub(crate) fn wait_after(&self, attempt_no: u32) -> Duration {
        self.policy.retry * 2_u32.pow(attempt_no.saturating_sub(1).min(10))
    }
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
