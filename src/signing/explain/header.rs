//! The changes that receivers, and programs in between, make to a signature header before it is verified.

use std::borrow::Cow;

use super::super::header::{DeliveryId, Parts, SignatureHeader, Timestamp};
use super::super::limits::{MAX_HEADER_LEN, SIGNATURE_HEADER};
use super::super::rejection::Malformed;
use super::super::tag::{MAC_LEN, Tag};
use super::received_delivery::ReceivedDelivery;
use super::wrapping::trim_wrapping;

/// The length of a MAC in hex.
const HEX_LEN: usize = 2 * MAC_LEN;

/// The fewest digits that cannot be right by chance.
const MIN_TELLING_DIGITS: usize = 16;

/// The content of a header, or its content after a repair.
pub(super) struct Reading {
    pub(super) timestamp: Vec<u8>,
    pub(super) signed_at: i64,
    signatures: Vec<String>,
    pub(super) change: Option<Cow<'static, str>>,
}

impl Reading {
    fn new(header: &SignatureHeader<'_>, change: Option<Cow<'static, str>>) -> Self {
        Reading {
            timestamp: header.timestamp.digits.to_vec(),
            signed_at: header.timestamp.seconds,
            signatures: header
                .candidates
                .tags()
                .map(|tag| format!("{tag:x}"))
                .collect(),
            change,
        }
    }

    /// Returns whether one of the signatures, even a shortened one, is this MAC.
    pub(super) fn carries(&self, tag: &Tag) -> bool {
        let hex = format!("{tag:x}");
        self.signatures
            .iter()
            .any(|signature| hex.starts_with(signature.as_str()))
    }
}

/// Returns the content of a well-formed header, or else the contents that may have been meant.
pub(super) fn readings(header: &[u8]) -> Vec<Reading> {
    if let Ok(parsed) = SignatureHeader::parse(header) {
        return vec![Reading::new(&parsed, None)];
    }
    // The repairs are fast only for text that can be a header.
    if header.len() > MAX_HEADER_LEN {
        return Vec::new();
    }
    let (header, changes) = repair(header);
    let with = |last: Option<&'static str>| {
        let clauses: Vec<&str> = changes.iter().copied().chain(last).collect();
        (!clauses.is_empty()).then(|| Cow::Owned(clauses.join(", and if ")))
    };
    match SignatureHeader::parse(&header) {
        Ok(parsed) => vec![Reading::new(&parsed, with(None))],
        Err(Malformed::RepeatedTimestamp) => one_of_joined(&header)
            .into_iter()
            .filter_map(|(part, change)| {
                let parsed = SignatureHeader::parse(part).ok()?;
                Some(Reading::new(&parsed, with(Some(change))))
            })
            .collect(),
        Err(Malformed::UnusableSignature) => cut_short(&header, &with).into_iter().collect(),
        Err(_) => Vec::new(),
    }
}

/// Returns what stands out about a header that is not well-formed.
pub(super) fn observations(attempt: &ReceivedDelivery<'_>) -> Vec<String> {
    let header = attempt.header;
    let Err(fault) = SignatureHeader::parse(header) else {
        return Vec::new();
    };
    if DeliveryId::parse(header).is_ok() && SignatureHeader::parse(attempt.delivery_id).is_ok() {
        return vec![
            "The signature header and the delivery id are exchanged: each was given as the other."
                .to_owned(),
        ];
    }
    let trimmed = trim_wrapping(header);
    let observation = match trimmed {
        [] => "The header value is empty: it was looked up under another name, or not passed on.",
        _ if trimmed.len() == HEX_LEN && trimmed.iter().all(u8::is_ascii_hexdigit) => {
            "The header value is only the hex digits. Give the whole value, with t= and v1=: the time \
             is part of what is signed."
        }
        _ if trimmed.starts_with(b"v1,") => {
            "The header value has the form of Standard Webhooks (webhook-signature, svix-signature), \
             which is another scheme. Give the value of the hookrail-signature header."
        }
        _ if trimmed.starts_with(b"sha256=") => {
            "The header value has the form of another service's header. Give the value of the \
             hookrail-signature header."
        }
        _ => return signature_length(trimmed, fault).into_iter().collect(),
    };
    vec![observation.to_owned()]
}

fn signature_length(header: &[u8], fault: Malformed) -> Option<String> {
    if fault != Malformed::UnusableSignature {
        return None;
    }
    let value = first_signature(header)?;
    let is_hex = value.iter().all(u8::is_ascii_hexdigit);
    match value.len() {
        len if is_hex && len < HEX_LEN => Some(format!(
            "The signature has {len} hex digits instead of {HEX_LEN}: the header was cut off."
        )),
        len if is_hex => Some(format!(
            "The signature has {len} hex digits instead of {HEX_LEN}."
        )),
        43 | 44 => Some(
            "The signature is as long as a MAC in base64. The service writes it in hex.".to_owned(),
        ),
        _ => None,
    }
}

type RepairStep = (&'static str, fn(&[u8]) -> Vec<u8>);

/// The repairs in the order in which they are made, each on the result of the one before.
const REPAIRS: [RepairStep; 7] = [
    (
        "white space, quotes and brackets are removed from the ends of the header value",
        |header| trim_wrapping(header).to_vec(),
    ),
    ("the header's name is left out of its value", without_name),
    (
        "the percent-encoding of the header value is undone",
        |header| percent_encoding::percent_decode(header).collect(),
    ),
    (
        "the parts of the header are separated by commas",
        |header| {
            with_each(header, |byte| {
                if matches!(byte, b';' | b'&' | b'\r' | b'\n') {
                    b','
                } else {
                    byte
                }
            })
        },
    ),
    (
        "the names t and v1 in the header are in lower case",
        |header| map_parts(header, lower_case_name),
    ),
    (
        "there is no white space around the equals signs of the header",
        |header| map_parts(header, without_inner_space),
    ),
    (
        "the header's time is written without sign or leading zeros",
        |header| map_parts(header, canonical_time),
    ),
];

/// Repairs the header until it is well-formed or nothing is left to repair.
fn repair(header: &[u8]) -> (Vec<u8>, Vec<&'static str>) {
    let mut header = header.to_vec();
    let mut changes = Vec::new();
    for (change, step) in REPAIRS {
        if SignatureHeader::parse(&header).is_ok() {
            break;
        }
        let repaired = step(&header);
        if repaired != header {
            header = repaired;
            changes.push(change);
        }
    }
    (header, changes)
}

fn without_name(header: &[u8]) -> Vec<u8> {
    let value = header
        .split_at_checked(SIGNATURE_HEADER.len())
        .filter(|(name, _)| name.eq_ignore_ascii_case(SIGNATURE_HEADER.as_bytes()))
        .and_then(|(_, rest)| rest.trim_ascii().strip_prefix(b":"));
    trim_wrapping(value.unwrap_or(header)).to_vec()
}

fn lower_case_name(name: &[u8], value: &[u8]) -> Vec<u8> {
    let name: &[u8] = match name {
        b"T" => b"t",
        b"V1" => b"v1",
        _ => name,
    };
    [name, b"=", value].concat()
}

fn without_inner_space(name: &[u8], value: &[u8]) -> Vec<u8> {
    [name.trim_ascii(), b"=", value.trim_ascii()].concat()
}

fn canonical_time(name: &[u8], value: &[u8]) -> Vec<u8> {
    let digits = value.strip_prefix(b"+").unwrap_or(value);
    let zeros = digits.iter().take_while(|&&byte| byte == b'0').count();
    match name {
        b"t" if !digits.is_empty() => [b"t=", &digits[zeros.min(digits.len() - 1)..]].concat(),
        _ => [name, b"=", value].concat(),
    }
}

fn with_each(header: &[u8], change: fn(u8) -> u8) -> Vec<u8> {
    header.iter().copied().map(change).collect()
}

/// Changes every part that has a name.
fn map_parts(header: &[u8], change: fn(&[u8], &[u8]) -> Vec<u8>) -> Vec<u8> {
    let changed: Vec<Vec<u8>> = header
        .split(|&byte| byte == b',')
        .map(|part| match part.iter().position(|&byte| byte == b'=') {
            Some(equals) => change(part[..equals].trim_ascii_start(), &part[equals + 1..]),
            None => part.to_vec(),
        })
        .collect();
    changed.join(&b',')
}

/// Returns the two halves of a header that was joined from two.
fn one_of_joined(header: &[u8]) -> Vec<(&[u8], &'static str)> {
    let starts: Vec<usize> = header
        .windows(2)
        .enumerate()
        .filter(|(at, window)| {
            *window == b"t=" && (*at == 0 || matches!(header[at - 1], b',' | b' ' | b'\t'))
        })
        .map(|(at, _)| at)
        .collect();
    match starts[..] {
        [_, second, ..] => vec![
            (
                &header[..second],
                "only the first of two joined headers is taken (a proxy or a copied request has added \
                 another)",
            ),
            (
                &header[second..],
                "only the second of two joined headers is taken (a proxy or a copied request has added \
                 another)",
            ),
        ],
        _ => Vec::new(),
    }
}

/// Returns the content of a header whose signature is too short or too long, as far as it can be compared.
fn cut_short(
    header: &[u8],
    with: &dyn Fn(Option<&'static str>) -> Option<Cow<'static, str>>,
) -> Option<Reading> {
    let timestamp = Parts::of(header)
        .find_map(|part| part.strip_prefix(b"t="))
        .and_then(|digits| Timestamp::parse(digits).ok())?;
    let value = first_signature(header)?;
    let hex = value.len().min(HEX_LEN);
    let telling = hex >= MIN_TELLING_DIGITS && value[..hex].iter().all(u8::is_ascii_hexdigit);
    let change = match value.len() {
        ..HEX_LEN => "the missing end of the signature is put back (what is there of it is right)",
        _ => "what follows the 64 hex digits of the signature is removed",
    };
    telling.then(|| Reading {
        timestamp: timestamp.digits.to_vec(),
        signed_at: timestamp.seconds,
        signatures: vec![String::from_utf8_lossy(&value[..hex]).to_ascii_lowercase()],
        change: with(Some(change)),
    })
}

fn first_signature(header: &[u8]) -> Option<&[u8]> {
    Parts::of(header).find_map(|part| part.strip_prefix(b"v1="))
}
