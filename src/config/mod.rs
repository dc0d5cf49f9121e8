//! The settings of a client: its options, and their values after arguments and environment were read.

mod authorities;
pub mod base_url;
pub mod client_certificate;
pub mod environment;
mod gateway_options;
pub mod limits;
pub mod options;
mod private_key;
pub mod proxy;
pub mod resolved;
pub mod retry_policy;
pub mod tls_options;
pub mod unix_socket;
pub mod way;
