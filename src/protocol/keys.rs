//! The keys of an event. A key is checked when it is made, and its type stands for the check.

use std::fmt;

use super::hex::hex;
use super::validate;
use crate::error::{Error, Outcome, Result};

/// The key under which the service recognises an event: sent again with the same key and the same bytes, the
/// event is not recorded a second time (protocol §1).
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyKey(String);

/// The key of events that are delivered in order (protocol §1).
#[derive(Clone, PartialEq, Eq)]
pub struct OrderingKey(String);

impl IdempotencyKey {
    /// Checks a key of the caller's choice: 1 to 255 visible ASCII characters, and spaces inside.
    ///
    /// # Errors
    /// `InvalidArgument` if it has another form.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self> {
        Ok(IdempotencyKey(
            validate::idempotency_key(key.as_ref())?.to_owned(),
        ))
    }

    /// Makes the key of an event that was given none: the version 4 UUID (RFC 9562) of these random bytes.
    pub(crate) fn random(random: [u8; 16]) -> Self {
        IdempotencyKey(uuid_v4(random))
    }

    /// Returns the value of the `Idempotency-Key` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Adds the event's key and its outcome to an error.
    pub(crate) fn failed(&self, error: Error, outcome: Outcome) -> Error {
        error.with_outcome(outcome).with_idempotency_key(&self.0)
    }
}

impl OrderingKey {
    /// Checks a key: 1 to 256 visible ASCII characters, and spaces inside.
    ///
    /// # Errors
    /// `InvalidArgument` if it has another form.
    pub fn new(key: impl AsRef<[u8]>) -> Result<Self> {
        Ok(OrderingKey(
            validate::ordering_key(key.as_ref())?.to_owned(),
        ))
    }

    /// Returns the value of the `X-Hookrail-Ordering-Key` header.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for OrderingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Returns the version 4 UUID (RFC 9562) of the given random bytes.
fn uuid_v4(random: [u8; 16]) -> String {
    let mut bytes = random;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut uuid = [b'-'; 36];
    // The position of each byte's two digits: hyphens divide the digits 8-4-4-4-12.
    const PLACES: [usize; 16] = [0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34];
    for (byte, place) in bytes.into_iter().zip(PLACES) {
        [uuid[place], uuid[place + 1]] = hex(byte);
    }
    // Digits and hyphens are always UTF-8.
    std::str::from_utf8(&uuid).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uuids_have_their_version_and_variant() {
        assert_eq!(uuid_v4([0; 16]), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uuid_v4([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(
            uuid_v4(std::array::from_fn(|index| index as u8 * 0x11)),
            "00112233-4455-4677-8899-aabbccddeeff"
        );
    }
}
