//! One call: its request, its attempts, the waits between them, and the pace that all calls of a client keep.

pub mod asks;
mod attempt;
pub mod attempting;
pub mod blocking;
pub mod machine;
pub mod pace;
pub mod policy;
pub mod progress;
pub mod request;
pub mod retrying;
pub mod stats;
mod turns;
