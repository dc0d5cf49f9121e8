//! The queue against the development server, over real sockets.

mod faults;
mod limits;
mod order;
mod outage;
mod poison;
mod progress;
mod rate_limit;
mod refused_key;
mod waiting;
