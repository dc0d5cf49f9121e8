//! The operator's two actions on a dead letter: replay and skip.

use std::sync::Arc;

use crate::dead_letter_error::NotDead;
use crate::delivery;
use crate::job::Job;
use crate::record::DeliveryState;
use crate::shared::Shared;

/// Delivers a dead letter again, with as many attempts as a new delivery.
pub(crate) fn replay(shared: &Arc<Shared>, delivery_id: &str) -> Result<(), NotDead> {
    let job = dead_letter(shared, delivery_id)?;
    shared.ledger.resolve(delivery_id, DeliveryState::Pending)?;
    delivery::resume(shared, job);
    Ok(())
}

/// Skips a dead letter, so that the deliveries behind it continue.
pub(crate) fn skip(shared: &Arc<Shared>, delivery_id: &str) -> Result<(), NotDead> {
    let job = dead_letter(shared, delivery_id);
    shared.ledger.resolve(delivery_id, DeliveryState::Skipped)?;
    // Without the endpoint no delivery waits behind the dead letter.
    if let Ok(job) = job {
        delivery::let_go_on(shared, &job);
    }
    Ok(())
}

fn dead_letter(shared: &Shared, delivery_id: &str) -> Result<Job, NotDead> {
    let event = shared
        .ledger
        .event_of_delivery(delivery_id)
        .ok_or_else(|| NotDead::Unknown(delivery_id.to_owned()))?;
    let record = event
        .deliveries
        .iter()
        .find(|record| record.delivery_id == delivery_id);
    record
        .and_then(|record| Job::of(&shared.endpoints(), &event, record))
        .ok_or_else(|| NotDead::Endpoint(delivery_id.to_owned()))
}
