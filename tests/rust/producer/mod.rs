//! The queue against the development server, over real sockets.

mod bad_events;
mod faults;
mod limits;
mod order;
mod outage;
mod progress;
mod rate_limit;
mod refused_api_key;
mod waiting;
