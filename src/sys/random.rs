//! Randomness from the operating system, asked for at each use.
//!
//! A generator with a state in this process would repeat itself in forked children, and with a repeated idempotency
//! key the service takes two events for one.

use std::io;

use crate::error::{Error, Result, Status};
use crate::sys::out_of_resources::{Shortage, is_shortage};

/// Returns sixteen random bytes.
pub fn bytes() -> Result<[u8; 16]> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|error| {
        // On old kernels, random numbers come from a file, which takes a descriptor.
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

/// Returns a number in [0, 1) for jitter; 0.5 if the system has no randomness: jitter is not worth failing a send.
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
