//! The parts beneath the API that the library's own tests and fuzzers drive. They need what the API cannot express and the C
//! ABI can: topics, keys and ids that are no text, payloads that are no JSON, settings one by one, calls that a signal
//! interrupts. Nothing here belongs to the API: it may change with any version.

pub use crate::client::{
    BackgroundCall, BackgroundResult, CallOptions, Client, InterruptibleResult, SendOptions,
    SubmitOptions, Waited,
};
pub use crate::config::base_url::BaseUrl;
pub use crate::config::options::ClientOptions;
pub use crate::config::proxy::ProxySetting;
pub use crate::protocol::answer::parse_accepted;
pub use crate::protocol::extra_headers::ExtraHeaders;
pub use crate::protocol::keys::{IdempotencyKey, OrderingKey};
pub use crate::protocol::retry_after::parse as parse_retry_after;

/// Signatures in bytes.
pub mod signing {
    pub use crate::signing::explain::ReceivedDelivery;
    pub use crate::signing::find_headers::{Found, find};
    pub use crate::signing::{
        DELIVERY_ID_HEADER, Incremental, MAX_CANDIDATES, MAX_DELIVERY_ID_LEN, MAX_HEADER_LEN,
        MAX_SECRETS, MAX_SIGNATURE_LEN, Malformed, Rejection, SIGNATURE_HEADER, Verified, Verifier,
        explain, sign, verify_signature,
    };
}
