//! Prepared events: a blob is read as it was written, and a damaged one is refused.

use std::collections::BTreeSet;

use hookrail::Prepared;
use hookrail::Status;
use ring::digest::{SHA256, digest};

use crate::model::json::Value;

const CHECKSUM_LEN: usize = 32;
const MAX_DEPTH: usize = 512;
/// The names that no header may have.
const RESERVED: [&str; 13] = [
    "accept-encoding",
    "authorization",
    "connection",
    "expect",
    "host",
    "http2-settings",
    "idempotency-key",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// The fields of a blob.
struct Fields<'a> {
    idempotency_key: &'a [u8],
    ordering_key: &'a [u8],
    body: &'a [u8],
    /// The lines of the headers; empty in version 1.
    headers: &'a [u8],
}

/// Checks a blob, which follows two bytes: the place of a change that must be found, and the bits of the
/// change. The first byte also says whether the blob's checksum is corrected before.
pub fn check(data: &[u8]) {
    let Some(([place, bits], blob)) = data.split_first_chunk::<2>() else {
        return;
    };
    let mut blob = blob.to_vec();
    if place % 2 == 1 {
        // No fuzzer guesses a checksum.
        let checksum = digest(&SHA256, &blob);
        blob.extend_from_slice(checksum.as_ref());
    }
    let read = Prepared::decode(&blob);
    let Some(fields) = intact(&blob) else {
        let error = read.expect_err("a damaged blob is refused");
        assert_eq!(error.status(), Status::DamagedBlob);
        assert!(!error.message().is_empty());
        return;
    };
    let read = read.unwrap_or_else(|error| panic!("an intact blob is refused: {error}"));
    check_fields(&read, &fields);
    assert_eq!(read.encode(), blob, "a round trip changes nothing");
    if *bits != 0 {
        let at = usize::from(*place) * blob.len() / 256;
        blob[at] ^= bits;
        assert!(Prepared::decode(&blob).is_err(), "byte {at} was changed");
    }
}

fn check_fields(read: &Prepared, fields: &Fields<'_>) {
    assert_eq!(read.idempotency_key().as_bytes(), fields.idempotency_key);
    let ordering_key = read.ordering_key().unwrap_or_default();
    assert_eq!(ordering_key.as_bytes(), fields.ordering_key);
    assert_ne!(read.ordering_key(), Some(""));
    assert_eq!(read.body(), fields.body);
    assert_eq!(read.headers().is_empty(), fields.headers.is_empty());
}

/// Takes a blob apart as docs/prepared-events.md describes; returns `None` if it is damaged.
fn intact(blob: &[u8]) -> Option<Fields<'_>> {
    let (version, rest) = blob
        .strip_prefix(b"HKRLPREP\0\0\0")?
        .split_first()
        .filter(|(version, _)| (1..=2).contains(*version))?;
    let has_headers = *version == 2;
    let header_len = if has_headers { 44 } else { 36 };
    let content = blob.get(..blob.len().checked_sub(CHECKSUM_LEN)?)?;
    if digest(&SHA256, content).as_ref() != &blob[content.len()..] {
        return None;
    }
    let mut lengths = rest.get(..header_len - 12)?.chunks(8).map(|length| {
        let length = u64::from_be_bytes(length.try_into().expect("eight bytes"));
        usize::try_from(length).ok()
    });
    let mut rest = content.get(header_len..)?;
    let mut field = || {
        let field;
        (field, rest) = rest.split_at_checked(lengths.next()??)?;
        Some(field)
    };
    let fields = Fields {
        idempotency_key: field()?,
        ordering_key: field()?,
        body: field()?,
        headers: if has_headers { field()? } else { b"" },
    };
    let visible = |key: &[u8]| {
        let at_the_ends = [key.first(), key.last()].contains(&Some(&b' '));
        !at_the_ends && key.iter().all(|byte| (b' '..=b'~').contains(byte))
    };
    let well_formed = rest.is_empty()
        && (1..=255).contains(&fields.idempotency_key.len())
        && visible(fields.idempotency_key)
        && fields.ordering_key.len() <= 256
        && visible(fields.ordering_key)
        && is_envelope(fields.body).unwrap_or(false)
        && (!has_headers || are_headers(fields.headers).unwrap_or(false));
    well_formed.then_some(fields)
}

/// Returns whether these are the lines of headers that could have been added, each with another name.
fn are_headers(lines: &[u8]) -> Option<bool> {
    let lines = std::str::from_utf8(lines).ok()?;
    let mut names = BTreeSet::new();
    for line in lines.strip_suffix("\r\n")?.split("\r\n") {
        let (name, value) = line.split_once(": ")?;
        let is_token = |char: char| {
            char.is_ascii_lowercase() || char.is_ascii_digit() || "!#$%&'*+-.^_`|~".contains(char)
        };
        let is_reserved = RESERVED.contains(&name)
            || ["content-", "proxy-", "x-hookrail-"]
                .iter()
                .any(|prefix| name.starts_with(prefix));
        let good = !name.is_empty()
            && name.chars().all(is_token)
            && !is_reserved
            && !value.is_empty()
            && value.trim_matches(' ') == value
            && value.bytes().all(|byte| (b' '..=b'~').contains(&byte))
            && names.insert(name);
        if !good {
            return None;
        }
    }
    Some(names.len() <= 32 && lines.len() <= 8192)
}

/// Returns whether a body is an object of a topic and a payload that could have been prepared.
fn is_envelope(body: &[u8]) -> Option<bool> {
    let members = Value::parse(std::str::from_utf8(body).ok()?)?.members()?;
    let member = |name: &str| members.iter().find(|(other, _)| other == name);
    let topic = member("topic")?.1.string()?;
    let payload = member("payload")?.1;
    Some(
        members.len() == 2
            && (1..=256).contains(&topic.chars().count())
            && !topic.chars().any(char::is_control)
            && payload.is_storable(MAX_DEPTH),
    )
}
