//! The states of deliveries.

use crate::error::numbered_enum;

numbered_enum! {
    /// The state of a delivery (protocol section 2).
    #[non_exhaustive]
    pub enum DeliveryState {
        /// A state that this version does not know. Its text is there.
        Unknown = 0 "unknown",
        /// Waiting for its first attempt.
        Pending = 1 "pending",
        /// An attempt is running.
        InFlight = 2 "in_flight",
        /// Waiting for another attempt.
        RetryScheduled = 3 "retry_scheduled",
        /// The receiver accepted it.
        Succeeded = 4 "succeeded",
        /// Given up.
        DeadLettered = 5 "dead_lettered",
        /// Cancelled before it succeeded.
        Cancelled = 6 "cancelled",
        /// Skipped.
        Skipped = 7 "skipped",
    }
}

impl DeliveryState {
    /// Returns the state with the service's name `name`; `Unknown` if there is none.
    pub fn from_name(name: &str) -> DeliveryState {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == name)
            .unwrap_or(DeliveryState::Unknown)
    }
}
