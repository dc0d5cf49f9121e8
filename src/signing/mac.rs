//! The message authentication code over a delivery.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::MAX_DELIVERY_ID_LEN;
use super::header::{DeliveryId, MAX_TIMESTAMP_LEN};
use super::tag::Tag;

/// More stack than setting up keys, computing MACs and comparing them takes in an optimised build, with
/// or without the processor's instructions for SHA-256.
pub(super) const MAC_STACK: usize = 2 * 1024;

/// A secret, kept as the two SHA-256 states that follow the padded key's block: using it costs
/// neither the secret's own text nor any key set-up. The states are wiped when they are dropped, and
/// boxed, since what moves leaves a copy behind.
pub(super) struct Key(Box<Hmac<Sha256>>);

impl Key {
    pub(super) fn new(secret: &[u8]) -> Self {
        let mac = Hmac::new_from_slice(secret).expect("HMAC takes a key of any length");
        Key(Box::new(mac))
    }

    /// Starts the MAC of a delivery whose body follows.
    pub(super) fn begin(&self, prefix: &Prefix) -> RunningMac {
        let mut mac = self.0.clone();
        mac.update(prefix.as_bytes());
        RunningMac(mac)
    }

    pub(super) fn mac(&self, prefix: &Prefix, body: &[u8]) -> Tag {
        let mut mac = Hmac::clone(&self.0);
        mac.update(prefix.as_bytes());
        mac.update(body);
        Tag(mac.finalize().into_bytes().into())
    }
}

/// A MAC that has taken the prefix and part of the body.
pub(super) struct RunningMac(Box<Hmac<Sha256>>);

impl RunningMac {
    pub(super) fn update(&mut self, chunk: &[u8]) {
        self.0.update(chunk);
    }

    /// Of a copy: the state itself stays where it is wiped.
    pub(super) fn finish(&self) -> Tag {
        let mac = Hmac::clone(&self.0);
        Tag(mac.finalize().into_bytes().into())
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
    use subtle::ConstantTimeEq;
    use zeroize::ZeroizeOnDrop;

    use super::super::tag::MAC_LEN;
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
