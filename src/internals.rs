//! Parts of the library that its own fuzzers and tests drive directly. Nothing here belongs to the API: it
//! may change with any version.

pub use crate::config::base_url::BaseUrl;
pub use crate::protocol::answer::parse_accepted;
pub use crate::protocol::retry_after::parse as parse_retry_after;
