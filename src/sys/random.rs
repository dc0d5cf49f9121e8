//! Randomness from the operating system, per use.
//!
//! A generator with a state in this process would repeat itself in forked children, and a repeated
//! idempotency key is an event that the service takes for another one.

use std::io;

use crate::error::{Error, Result, Status};
use crate::sys::shortage::{Shortage, is_shortage};

/// Sixteen random bytes.
pub fn bytes() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        // Old kernels have it in a file.
        match error.raw_os_error().map(io::Error::from_raw_os_error) {
            Some(error) if is_shortage(&error) => {
                Shortage::descriptor("for random numbers", error).into()
            }
            _ => Error::new(
                Status::Internal,
                format!("the system's random number generator failed: {error}"),
            ),
        }
    })?;
    Ok(bytes)
}

/// A number in [0, 1) for jitter. Without randomness jitter is not worth a failure: then it is 0.5.
pub fn fraction() -> f64 {
    getrandom::u64().map_or(0.5, |random| (random >> 11) as f64 / (1u64 << 53) as f64)
}

#[cfg(test)]
mod tests {
    #[test]
    fn fractions_are_in_range_and_differ() {
        let fractions: Vec<f64> = (0..100).map(|_| super::fraction()).collect();
        assert!(fractions.iter().all(|f| (0.0..1.0).contains(f)));
        assert!(fractions.windows(2).any(|pair| pair[0] != pair[1]));
    }
}
