//! One call: its request, its attempts, the waits between them, and the pace that all calls of a client keep.

pub mod attempt;
pub mod blocking;
pub mod context;
mod failed_attempt;
pub mod latency;
pub mod operation;
pub mod pace;
pub mod policy;
pub mod progress;
mod record;
pub mod request;
pub mod state_machine;
pub mod stats;
mod turns;
