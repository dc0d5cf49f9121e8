//! Writes the details of a successful verification.

use super::argument;
use crate::signing::Verified;

/// The caller's places for the details. Each is NULL or valid for a write.
pub struct Places {
    pub secret_index: *mut usize,
    pub signed_at: *mut i64,
    pub skew_seconds: *mut i64,
}

impl Places {
    /// Fills the places that are not NULL.
    ///
    /// # Safety
    /// Each place is NULL or valid for a write.
    pub unsafe fn fill(self, verified: Verified) {
        // SAFETY: the caller's contract.
        unsafe {
            argument::fill(self.secret_index, verified.secret_index);
            argument::fill(self.signed_at, verified.signed_at);
            argument::fill(self.skew_seconds, verified.skew_seconds);
        }
    }
}
