//! The form of the signature header and of the delivery id.
//!
//! It is stricter than the reference verifier wherever two readers could understand one header differently: a
//! timestamp has exactly one spelling and occurs once.

use std::iter;

use super::limits::{MAX_CANDIDATES, MAX_DELIVERY_ID_LEN, MAX_HEADER_LEN};
use super::rejection::{DeliveryIdFault, Malformed};
use super::tag::{MAC_LEN, Tag};

const V1: &[u8] = b"v1=";

/// The digits of `i64::MAX`.
pub(super) const MAX_TIMESTAMP_LEN: usize = 19;

/// A well-formed signature header.
pub(super) struct SignatureHeader<'a> {
    pub(super) timestamp: Timestamp<'a>,
    pub(super) candidates: Candidates<'a>,
}

/// The `t` of a header: the digits, which are signed, and their value.
#[derive(Clone, Copy)]
pub(super) struct Timestamp<'a> {
    pub(super) digits: &'a [u8],
    pub(super) seconds: i64,
}

/// The well-formed `v1` signatures of a header, in its order: the first one, and the parts behind it. Almost every
/// header has one, and this is cheaper to pass on than room for sixteen.
#[derive(Clone, Copy)]
pub(super) struct Candidates<'a> {
    first: &'a HexTag,
    rest: Parts<'a>,
}

type HexTag = [u8; 2 * MAC_LEN];

impl<'a> Candidates<'a> {
    pub(super) fn tags(self) -> impl Iterator<Item = Tag> + Clone {
        let more = self.rest.filter_map(|part| hex_tag(part.strip_prefix(V1)?));
        iter::once(self.first).chain(more).map(decode_tag)
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
        let mut first = None;
        let mut any_v1 = false;
        let mut count = 0;
        let mut parts = Parts::of(header);
        while let Some(part) = parts.next() {
            if let Some(value) = part.strip_prefix(V1) {
                any_v1 = true;
                if let Some(hex) = hex_tag(value) {
                    count += 1;
                    if count > MAX_CANDIDATES {
                        return Err(Malformed::TooManyCandidates);
                    }
                    first.get_or_insert(Candidates {
                        first: hex,
                        rest: parts,
                    });
                }
            } else if let Some(value) = part.strip_prefix(b"t=") {
                if timestamp.is_some() {
                    return Err(Malformed::RepeatedTimestamp);
                }
                timestamp = Some(Timestamp::parse(value)?);
            }
        }
        let timestamp = timestamp.ok_or(Malformed::MissingTimestamp)?;
        match first {
            Some(candidates) => Ok(SignatureHeader {
                timestamp,
                candidates,
            }),
            None if any_v1 => Err(Malformed::UnusableSignature),
            None => Err(Malformed::MissingSignature),
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

/// A delivery id that may be signed. It has no dot, so that the MAC's input can be read in one way only.
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

/// Returns the first byte that `allowed` refuses, with its offset.
fn find_byte_outside(bytes: &[u8], allowed: impl Fn(u8) -> bool) -> Option<(usize, u8)> {
    // A fold without an early exit, which the compiler turns into vector instructions: almost every input has
    // only allowed bytes.
    if bytes.iter().fold(true, |all, &byte| all & allowed(byte)) {
        return None;
    }
    bytes
        .iter()
        .copied()
        .enumerate()
        .find(|&(_, byte)| !allowed(byte))
}

/// The parts of a header between its commas, without the spaces and tabs around them.
#[derive(Clone, Copy)]
pub(super) struct Parts<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Parts<'a> {
    pub(super) fn of(header: &'a [u8]) -> Self {
        Parts { rest: Some(header) }
    }
}

impl<'a> Iterator for Parts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let comma = memchr::memchr(b',', rest);
        self.rest = comma.map(|comma| &rest[comma + 1..]);
        Some(trim_spaces_and_tabs(&rest[..comma.unwrap_or(rest.len())]))
    }
}

/// Removes spaces and tabs at both ends. `trim_ascii` would also remove line breaks, which are not allowed.
fn trim_spaces_and_tabs(mut part: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = part {
        part = rest;
    }
    part
}

/// Returns the digits of a `v1` if they are well-formed: as many hex digits as a MAC has.
fn hex_tag(value: &[u8]) -> Option<&HexTag> {
    let hex: &HexTag = value.try_into().ok()?;
    let is_hex = hex
        .iter()
        .fold(true, |all, byte| all & byte.is_ascii_hexdigit());
    is_hex.then_some(hex)
}

/// Decodes hex digits of either case that [`hex_tag`] has checked.
fn decode_tag(hex: &HexTag) -> Tag {
    let nibbles = hex.map(|byte| match byte {
        b'0'..=b'9' => byte - b'0',
        _ => (byte & 0x0f) + 9,
    });
    let (pairs, _) = nibbles.as_chunks();
    // 16 bits at a time, which the compiler turns into vector instructions.
    Tag(std::array::from_fn(|index| {
        let pair = u16::from_le_bytes(pairs[index]);
        (pair << 4 | pair >> 8) as u8
    }))
}
