//! The bounds of what a peer may send.

/// The longest head of a response that is read.
pub const MAX_RESPONSE_HEAD: usize = 64 * 1024;
/// The longest body of a response that is read.
pub const MAX_RESPONSE_BODY: usize = 1024 * 1024;
