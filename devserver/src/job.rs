//! A delivery under way.

use bytes::Bytes;
use hyper::Uri;

use crate::config::Endpoint;
use crate::jsonb::normalise;
use crate::record::{DeliveryRecord, EventRecord};

/// Names a lane, whose deliveries must not overtake each other: an ordering key and an endpoint.
pub(crate) type Lane = (usize, String);

/// A delivery that is not finished.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) event_id: String,
    pub(crate) delivery_id: String,
    pub(crate) topic: String,
    pub(crate) endpoint: usize,
    pub(crate) url: Uri,
    /// The lane of an event with an ordering key at an ordered endpoint.
    pub(crate) lane: Option<Lane>,
    pub(crate) body: Bytes,
}

impl Job {
    pub(crate) fn new(
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
