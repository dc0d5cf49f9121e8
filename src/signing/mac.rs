//! The message authentication code over a delivery.

use hmac::KeyInit;
use hmac::block_api::HmacCore;
use hmac::digest::block_api::{Buffer, FixedOutputCore, UpdateCore};
use sha2::Sha256;

use super::header::DeliveryId;
use super::tag::Tag;

/// More stack than an optimised build needs to set up keys, to compute MACs and to compare them, with or without the
/// processor's instructions for SHA-256.
pub(super) const MAC_STACK: usize = 2 * 1024;

type HmacSha256 = HmacCore<Sha256>;

/// A secret, kept as the two SHA-256 states after the block of the padded key. Using them needs neither the secret's
/// text nor any key set-up. The states are wiped when they are dropped. They are boxed, since a move leaves a copy
/// behind.
pub(super) struct Key(Box<HmacSha256>);

impl Key {
    pub(super) fn new(secret: &[u8]) -> Self {
        let core = HmacSha256::new_from_slice(secret).expect("HMAC takes a key of any length");
        Key(Box::new(core))
    }

    /// Starts the MAC of a delivery whose body follows in pieces.
    pub(super) fn begin(&self, prefix: Prefix<'_>) -> RunningMac {
        RunningMac(Box::new(self.start(prefix)))
    }

    pub(super) fn mac(&self, prefix: Prefix<'_>, body: &[u8]) -> Tag {
        let mut state = self.start(prefix);
        state.update(body);
        state.finish()
    }

    #[inline]
    fn start(&self, prefix: Prefix<'_>) -> HmacState {
        let mut state = HmacState {
            core: HmacSha256::clone(&self.0),
            buffer: Buffer::<HmacSha256>::default(),
        };
        state.update(prefix.digits);
        state.update(b".");
        state.update(prefix.delivery_id.as_bytes());
        state.update(b".");
        state
    }
}

/// The same as [`hmac::Hmac`], but `Hmac` takes itself by value at the end, and that move costs a tenth of a short
/// body's MAC.
#[derive(Clone)]
struct HmacState {
    core: HmacSha256,
    buffer: Buffer<HmacSha256>,
}

impl HmacState {
    #[inline]
    fn update(&mut self, bytes: &[u8]) {
        let HmacState { core, buffer } = self;
        buffer.digest_blocks(bytes, |blocks| core.update_blocks(blocks));
    }

    #[inline]
    fn finish(&mut self) -> Tag {
        let mut tag = Tag::default();
        self.core
            .finalize_fixed_core(&mut self.buffer, (&mut tag.0).into());
        tag
    }
}

/// A MAC of the prefix and a part of the body.
pub(super) struct RunningMac(Box<HmacState>);

impl RunningMac {
    pub(super) fn update(&mut self, chunk: &[u8]) {
        self.0.update(chunk);
    }

    pub(super) fn finish(mut self) -> Tag {
        self.0.finish()
    }
}

/// The MAC's input before the body: `<t>.<delivery id>.`
#[derive(Clone, Copy)]
pub(super) struct Prefix<'a> {
    digits: &'a [u8],
    delivery_id: DeliveryId<'a>,
}

impl<'a> Prefix<'a> {
    /// Makes a prefix; `digits` is the canonical decimal form of a non-negative `i64`.
    pub(super) fn new(digits: &'a [u8], delivery_id: DeliveryId<'a>) -> Self {
        Prefix {
            digits,
            delivery_id,
        }
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

        // The bound holds only with the `zeroize` feature of `sha2`. `Hmac` does not promise it itself, but
        // consists of these states and a buffer of the same crate.
        wiped_on_drop::<sha2::block_api::Sha256VarCore>();
        wiped_on_drop::<Sha256>();
    }

    #[test]
    fn tags_differ_if_any_bit_differs() {
        let tag = Tag([0xa5; MAC_LEN]);
        assert!(bool::from(tag.ct_eq(&tag)));
        for bit in 0..8 * MAC_LEN {
            let mut other = tag;
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!bool::from(tag.ct_eq(&other)), "bit {bit}");
        }
    }
}
