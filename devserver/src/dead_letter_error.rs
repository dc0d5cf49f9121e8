//! The error of the actions on dead letters.

use thiserror::Error;

use crate::record::DeliveryState;

/// The reason why a delivery could not be replayed or skipped.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum NotDead {
    /// The ledger holds no such delivery.
    #[error("there is no delivery {0:?}")]
    Unknown(String),
    /// It is no dead letter.
    #[error("delivery {0:?} is {1}; only a dead_lettered one can be replayed or skipped")]
    State(String, DeliveryState),
    /// This server no longer has the endpoint of the delivery.
    #[error("delivery {0:?} is for an endpoint that this server does not have")]
    Endpoint(String),
}
