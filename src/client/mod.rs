//! The client: events in, results or errors out.

mod background;
mod call_threads;
mod descriptors;
mod options;
mod sending;
mod shared;
mod submit;

pub use self::background::{BackgroundCall, BackgroundResult, Waited};
pub use self::options::{CallOptions, SendOptions};
pub use self::sending::Client;
pub use self::submit::SubmitOptions;
