//! The producer against the stand-in service, over real sockets.
#![allow(
    unsafe_code,
    reason = "the tests fork, and look at descriptors as a host does"
)]

#[path = "../common/mod.rs"]
mod common;
mod faults;
mod fork;
mod limits;
mod order;
mod outage;
mod poison;
mod progress;
mod rate_limit;
mod refused_key;
mod support;
mod waiting;
