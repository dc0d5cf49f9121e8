//! The message authentication code over a delivery.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::MAX_DELIVERY_ID_LEN;
use super::header::{DeliveryId, MAX_TIMESTAMP_LEN};

/// The length of an HMAC-SHA256 in bytes.
pub(super) const MAC_LEN: usize = 32;

/// A finished MAC.
#[derive(Clone, Copy, Default)]
pub(super) struct Tag(pub(super) [u8; MAC_LEN]);

impl Tag {
    fn words(&self) -> [u128; MAC_LEN / 16] {
        let (chunks, _) = self.0.as_chunks();
        std::array::from_fn(|index| u128::from_ne_bytes(chunks[index]))
    }
}

impl ConstantTimeEq for Tag {
    fn ct_eq(&self, other: &Self) -> Choice {
        // Byte by byte, the comparison would take a quarter of the time of a short body's MAC.
        self.words().ct_eq(&other.words())
    }
}

impl fmt::LowerHex for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// A secret, kept as the two SHA-256 states that follow the padded key's block: using it costs
/// neither the secret's own text nor any key set-up. The states are wiped when they are dropped.
#[derive(Clone)]
pub(super) struct Key(Hmac<Sha256>);

impl Key {
    pub(super) fn new(secret: &[u8]) -> Self {
        Key(Hmac::new_from_slice(secret).expect("HMAC takes a key of any length"))
    }

    /// Starts the MAC of a delivery whose body follows.
    pub(super) fn begin(&self, prefix: &Prefix) -> RunningMac {
        let mut mac = self.0.clone();
        mac.update(prefix.as_bytes());
        RunningMac(mac)
    }

    pub(super) fn mac(&self, prefix: &Prefix, body: &[u8]) -> Tag {
        let mut mac = self.0.clone();
        mac.update(prefix.as_bytes());
        mac.update(body);
        Tag(mac.finalize().into_bytes().into())
    }
}

/// A MAC that has taken the prefix and part of the body.
pub(super) struct RunningMac(Hmac<Sha256>);

impl RunningMac {
    pub(super) fn update(&mut self, chunk: &[u8]) {
        self.0.update(chunk);
    }

    pub(super) fn finish(self) -> Tag {
        Tag(self.0.finalize().into_bytes().into())
    }
}

const MAX_PREFIX_LEN: usize = MAX_TIMESTAMP_LEN + MAX_DELIVERY_ID_LEN + "..".len();

/// What the MAC takes before the body: `<t>.<delivery id>.`
pub(super) struct Prefix {
    bytes: [u8; MAX_PREFIX_LEN],
    len: usize,
}

impl Prefix {
    /// `digits` is the canonical decimal form of a non-negative `i64`.
    pub(super) fn new(digits: &[u8], delivery_id: DeliveryId<'_>) -> Self {
        let mut prefix = Prefix {
            bytes: [b'.'; MAX_PREFIX_LEN],
            len: digits.len() + delivery_id.as_bytes().len() + 2,
        };
        let (timestamp, rest) = prefix.bytes.split_at_mut(digits.len());
        timestamp.copy_from_slice(digits);
        rest[1..][..delivery_id.as_bytes().len()].copy_from_slice(delivery_id.as_bytes());
        prefix
    }

    fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

#[cfg(test)]
mod tests {
    use zeroize::ZeroizeOnDrop;

    use super::*;

    #[test]
    fn the_states_of_a_key_are_wiped_on_drop() {
        fn wiped_on_drop<T: ZeroizeOnDrop>() {}

        // The bound holds only with the `zeroize` feature of `sha2`. `Hmac` has no such promise of its
        // own: it consists of these states and a buffer from the same crate.
        wiped_on_drop::<sha2::block_api::Sha256VarCore>();
        wiped_on_drop::<Sha256>();
    }

    #[test]
    fn tags_differ_wherever_one_bit_does() {
        let tag = Tag([0xa5; MAC_LEN]);
        assert!(bool::from(tag.ct_eq(&tag)));
        for bit in 0..8 * MAC_LEN {
            let mut other = tag;
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!bool::from(tag.ct_eq(&other)), "bit {bit}");
        }
    }
}
