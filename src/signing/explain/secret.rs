//! The changes that receivers make to a secret before they use it.

use base64::Engine;
use base64::engine::general_purpose::{
    GeneralPurpose, STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD,
};
use zeroize::Zeroizing;

use super::super::limits::MAX_SECRETS;
use super::super::mac::Key;
use super::super::secret::PREFIX;
use super::search::SecretForm;
use super::wrapping::{BYTE_ORDER_MARK, trim_wrapping};

type Secret = Zeroizing<Vec<u8>>;

/// Returns every secret as it was given, and as it may have been before a change.
pub(super) fn forms(secrets: &[&[u8]]) -> Vec<SecretForm> {
    let mut forms = Vec::new();
    for (secret, number) in secrets.iter().take(MAX_SECRETS).zip(1..) {
        let mut tried: Vec<Secret> = Vec::new();
        let as_given = (None, Zeroizing::new(secret.to_vec()));
        let changed = changed(secret).into_iter().map(|(c, s)| (Some(c), s));
        for (change, value) in std::iter::once(as_given).chain(changed) {
            if value.is_empty() || tried.contains(&value) {
                continue;
            }
            forms.push(SecretForm {
                key: Key::new(&value),
                number,
                change,
            });
            tried.push(value);
        }
    }
    forms
}

/// Returns what stands out about the secrets. It tells nothing of their text.
pub(super) fn observations(secrets: &[&[u8]]) -> Vec<String> {
    let unlike_the_services = |secret: &[u8]| !secret.starts_with(PREFIX);
    secrets
        .iter()
        .zip(1..)
        .filter(|(secret, _)| !secret.is_empty() && unlike_the_services(secret))
        .map(|(_, number)| {
            format!(
                "Secret {number} does not begin with whsec_, as the service's secrets do: is it the \
                 secret of the endpoint?"
            )
        })
        .collect()
}

fn changed(secret: &[u8]) -> Vec<(&'static str, Secret)> {
    let mut forms: Vec<(&'static str, Secret)> = vec![
        (
            "white space is removed from the ends of the secret",
            owned(secret.trim_ascii()),
        ),
        (
            "quotes and white space are removed from the ends of the secret",
            owned(trim_wrapping(secret)),
        ),
        (
            "whsec_ is put back in front of the secret (it is part of it)",
            concat(PREFIX, secret),
        ),
    ];
    if let Some(rest) = secret.strip_prefix(PREFIX) {
        forms.push((
            "whsec_ is removed from the front of the secret (the signer did not take it as part of it)",
            owned(rest),
        ));
    }
    if let Some(rest) = secret.strip_prefix(BYTE_ORDER_MARK) {
        forms.push((
            "the byte order mark is removed from the front of the secret",
            owned(rest.trim_ascii()),
        ));
    }
    forms.extend(parts_of_a_list(secret));
    forms.extend(reencoded(secret));
    forms.extend(decoded(secret));
    forms
}

/// Returns the pieces of a value that may hold several secrets, as an environment variable does during a rotation.
fn parts_of_a_list(secret: &[u8]) -> Vec<(&'static str, Secret)> {
    let pieces: Vec<&[u8]> = secret
        .split(|byte| matches!(byte, b',' | b';' | b'|' | b' ' | b'\n'))
        .map(trim_wrapping)
        .filter(|piece| !piece.is_empty())
        .collect();
    if pieces.len() < 2 {
        return Vec::new();
    }
    let change = "the value is split at its separators into one secret each";
    pieces
        .into_iter()
        .map(|piece| (change, owned(piece)))
        .collect()
}

/// Returns the texts that would become `secret` if a receiver decoded them.
fn reencoded(secret: &[u8]) -> Vec<(&'static str, Secret)> {
    let mut forms = Vec::new();
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        let text = Zeroizing::new(engine.encode(secret).into_bytes());
        forms.push((
            "the secret is used as text with whsec_ in front, instead of base64-decoding what follows \
             whsec_",
            concat(PREFIX, &text),
        ));
        forms.push((
            "the secret is used as text instead of being base64-decoded",
            text,
        ));
    }
    let mut text: Secret = Zeroizing::new(Vec::with_capacity(2 * secret.len()));
    text.extend(secret.iter().flat_map(|byte| hex_digits(*byte)));
    forms.push((
        "the secret is used as text with whsec_ in front, instead of hex-decoding what follows whsec_",
        concat(PREFIX, &text),
    ));
    forms.push((
        "the secret is used as text instead of being hex-decoded",
        text,
    ));
    forms
}

/// Returns the secret that a store hands out in base64, as Kubernetes does.
fn decoded(secret: &[u8]) -> Vec<(&'static str, Secret)> {
    let text = secret.trim_ascii();
    let mut forms = Vec::new();
    for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
        if let Some(bytes) = from_base64(engine, text) {
            forms.push((
                "the secret is base64-decoded once, as the store of the secret has encoded it",
                owned(bytes.trim_ascii()),
            ));
        }
    }
    let behind_prefix = text.strip_prefix(PREFIX);
    if let Some(bytes) = behind_prefix.and_then(|rest| from_base64(&STANDARD, rest)) {
        forms.push((
            "what follows whsec_ in the secret is base64-decoded (the signer did so; the service does not)",
            bytes,
        ));
    }
    forms
}

/// Decodes into a buffer that is wiped even if the text turns out not to be base64.
fn from_base64(engine: &GeneralPurpose, text: &[u8]) -> Option<Secret> {
    let mut bytes: Secret = Zeroizing::new(vec![0; base64::decoded_len_estimate(text.len())]);
    let length = engine.decode_slice(text, &mut bytes).ok()?;
    bytes.truncate(length);
    Some(bytes)
}

fn hex_digits(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 0x0f)],
    ]
}

fn owned(bytes: &[u8]) -> Secret {
    Zeroizing::new(bytes.to_vec())
}

fn concat(front: &[u8], back: &[u8]) -> Secret {
    Zeroizing::new([front, back].concat())
}
