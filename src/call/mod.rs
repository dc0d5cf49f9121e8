//! One call: its request, its attempts, the waits between them, and the pace that all calls of a client keep.

mod attempt;
pub mod pace;
pub mod policy;
pub mod request;
pub mod retrying;
pub mod stats;
mod turns;
