//! The client: events in, results or errors out.

mod background;
mod call_job;
mod done_event;
mod finished_calls;
mod interruptible;
mod metrics;
mod options;
mod running;
mod sending;
mod shared;
mod submit;

pub use self::background::{BackgroundCall, Waited};
pub use self::interruptible::InterruptibleResult;
pub use self::options::{CallOptions, SendOptions};
pub use self::running::BackgroundResult;
pub use self::sending::Client;
pub use self::submit::SubmitOptions;
