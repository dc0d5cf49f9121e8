//! `hookrail_signature_constants`.

/// Constants for arguments of the functions that sign and verify.
#[repr(C)]
#[allow(dead_code, reason = "constants for C, which Rust has elsewhere")]
pub enum hookrail_signature_constants {
    /// For `tolerance_seconds`: 5 minutes, which the service recommends.
    HOOKRAIL_DEFAULT_TOLERANCE = 300,
    /// For `now_unix`: the time of the system's clock.
    HOOKRAIL_NOW = -1,
    /// The largest number of secrets.
    HOOKRAIL_MAX_SECRETS = 16,
    /// The size of a buffer that holds any value of hookrail-signature, with its NUL.
    HOOKRAIL_SIGNATURE_SIZE = 4097,
}
