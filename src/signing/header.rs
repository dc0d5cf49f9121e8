//! The form of the signature header and of the delivery id.
//!
//! Stricter than the reference verifier wherever two readers could take one header for two different
//! things: a timestamp has exactly one spelling and occurs once.

use super::rejection::{DeliveryIdFault, Malformed};
use super::tag::{MAC_LEN, Tag};
use super::{MAX_CANDIDATES, MAX_DELIVERY_ID_LEN, MAX_HEADER_LEN};

/// The digits of `i64::MAX`.
pub(super) const MAX_TIMESTAMP_LEN: usize = 19;

/// A well-formed signature header.
pub(super) struct SignatureHeader<'a> {
    pub(super) timestamp: Timestamp<'a>,
    pub(super) candidates: Candidates<'a>,
}

/// The `t` of a header: the digits, which are what was signed, and their value.
#[derive(Clone, Copy)]
pub(super) struct Timestamp<'a> {
    pub(super) digits: &'a [u8],
    pub(super) seconds: i64,
}

/// The well-formed `v1` signatures of a header, in its order and still in hex: a few pointers are
/// cheaper to hand around than sixteen MACs, of which almost every header fills one.
#[derive(Clone, Copy)]
pub(super) struct Candidates<'a> {
    hex: [&'a HexTag; MAX_CANDIDATES],
    len: usize,
}

type HexTag = [u8; 2 * MAC_LEN];

impl<'a> Candidates<'a> {
    fn none() -> Self {
        Candidates {
            hex: [&[b'0'; 2 * MAC_LEN]; MAX_CANDIDATES],
            len: 0,
        }
    }

    fn push(&mut self, hex: &'a HexTag) -> Result<(), Malformed> {
        let slot = self.hex.get_mut(self.len);
        *slot.ok_or(Malformed::TooManyCandidates)? = hex;
        self.len += 1;
        Ok(())
    }

    pub(super) fn tags(self) -> impl Iterator<Item = Tag> + Clone {
        self.hex.into_iter().take(self.len).map(decode_tag)
    }
}

impl<'a> SignatureHeader<'a> {
    pub(super) fn parse(header: &'a [u8]) -> Result<Self, Malformed> {
        if header.len() > MAX_HEADER_LEN {
            return Err(Malformed::HeaderTooLong { len: header.len() });
        }
        if let Some((offset, byte)) = find_byte_outside(header, is_header_byte) {
            return Err(Malformed::HeaderByte { offset, byte });
        }
        let mut timestamp = None;
        let mut candidates = Candidates::none();
        let mut any_v1 = false;
        for part in parts(header) {
            if let Some(value) = part.strip_prefix(b"v1=") {
                any_v1 = true;
                if let Ok(hex) = value.try_into()
                    && is_hex(hex)
                {
                    candidates.push(hex)?;
                }
            } else if let Some(value) = part.strip_prefix(b"t=") {
                if timestamp.is_some() {
                    return Err(Malformed::RepeatedTimestamp);
                }
                timestamp = Some(Timestamp::parse(value)?);
            }
        }
        let timestamp = timestamp.ok_or(Malformed::MissingTimestamp)?;
        match (candidates.len, any_v1) {
            (0, false) => Err(Malformed::MissingSignature),
            (0, true) => Err(Malformed::UnusableSignature),
            _ => Ok(SignatureHeader {
                timestamp,
                candidates,
            }),
        }
    }
}

impl<'a> Timestamp<'a> {
    pub(super) fn parse(digits: &'a [u8]) -> Result<Self, Malformed> {
        let canonical = (1..=MAX_TIMESTAMP_LEN).contains(&digits.len())
            && digits.iter().all(u8::is_ascii_digit)
            && (digits[0] != b'0' || digits.len() == 1);
        if !canonical {
            return Err(Malformed::InvalidTimestamp);
        }
        // Nineteen digits always fit into 64 bits without a sign.
        let seconds = digits.iter().fold(0, |seconds: u64, digit| {
            seconds * 10 + u64::from(digit - b'0')
        });
        i64::try_from(seconds)
            .map(|seconds| Timestamp { digits, seconds })
            .map_err(|_| Malformed::InvalidTimestamp)
    }
}

/// A delivery id that may be signed: no dot, so that the MAC's input can be read in one way only.
#[derive(Clone, Copy)]
pub(super) struct DeliveryId<'a>(&'a [u8]);

impl<'a> DeliveryId<'a> {
    pub(super) fn parse(id: &'a [u8]) -> Result<Self, DeliveryIdFault> {
        if id.is_empty() {
            return Err(DeliveryIdFault::Empty);
        }
        if id.len() > MAX_DELIVERY_ID_LEN {
            return Err(DeliveryIdFault::TooLong { len: id.len() });
        }
        match find_byte_outside(id, is_delivery_id_byte) {
            Some((offset, byte)) => Err(DeliveryIdFault::Byte { offset, byte }),
            None => Ok(DeliveryId(id)),
        }
    }

    pub(super) fn as_bytes(self) -> &'a [u8] {
        self.0
    }
}

fn is_header_byte(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~')
}

fn is_delivery_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The first byte that `allowed` refuses, with its offset.
fn find_byte_outside(bytes: &[u8], allowed: impl Fn(u8) -> bool) -> Option<(usize, u8)> {
    // A fold without an early exit is what the compiler turns into vector instructions; almost every
    // input has nothing to find.
    if bytes.iter().fold(true, |all, &byte| all & allowed(byte)) {
        return None;
    }
    bytes
        .iter()
        .copied()
        .enumerate()
        .find(|&(_, byte)| !allowed(byte))
}

/// What is between the commas, without the spaces and tabs around it.
pub(super) fn parts(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut commas = memchr::memchr_iter(b',', header);
    let mut next = Some(0);
    std::iter::from_fn(move || {
        let start = next?;
        let end = commas.next();
        next = end.map(|comma| comma + 1);
        Some(trim_spaces_and_tabs(
            &header[start..end.unwrap_or(header.len())],
        ))
    })
}

/// `trim_ascii` would also take line breaks, which are not allowed to be there.
fn trim_spaces_and_tabs(mut part: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = part {
        part = rest;
    }
    part
}

fn is_hex(hex: &HexTag) -> bool {
    hex.iter()
        .fold(true, |all, byte| all & byte.is_ascii_hexdigit())
}

/// Decodes digits that [`is_hex`] has passed, in either case.
fn decode_tag(hex: &HexTag) -> Tag {
    let nibbles = hex.map(|byte| match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte & 0x0f) + 9,
    });
    let mut tag = Tag::default();
    for (byte, pair) in tag.0.iter_mut().zip(nibbles.chunks_exact(2)) {
        *byte = (pair[0] << 4) | pair[1];
    }
    tag
}
