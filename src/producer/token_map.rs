//! Maps by token.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// A map by token. For each event it is read several times under the producer's lock. The producer itself counts the
/// tokens up, so a user cannot choose colliding ones, and the standard hasher's protection is not needed.
pub type ByToken<T> = HashMap<u64, T, BuildHasherDefault<TokenHasher>>;

/// Multiplies by the golden ratio (Fibonacci hashing), which spreads consecutive numbers over all bits.
#[derive(Default)]
pub struct TokenHasher(u64);

impl Hasher for TokenHasher {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u64(u64::from(*byte));
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = (self.0.rotate_left(5) ^ number).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
