//! Prepared events. One holds everything that a send needs besides the API key. Its bytes can be stored, and sent
//! later from another process or language as the same event.
//!
//! `docs/prepared-events.md` describes the format.

#[cfg(test)]
mod tests;

use std::fmt;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result, Status};
use crate::protocol::json::{self, object::Object};
use crate::protocol::validate;

const MAGIC: &[u8; 8] = b"HKRLPREP";
const VERSION: u32 = 1;
/// Magic, version, and the lengths of the three fields.
const HEADER_LEN: usize = 8 + 4 + 3 * 8;
const CHECKSUM_LEN: usize = 32;

/// An event ready to be sent: everything that stays the same on every attempt.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    idempotency_key: String,
    ordering_key: Option<String>,
    body: Vec<u8>,
}

impl Prepared {
    /// Makes an event of checked parts.
    pub fn new(idempotency_key: String, ordering_key: Option<String>, body: Vec<u8>) -> Self {
        Prepared {
            idempotency_key,
            ordering_key,
            body,
        }
    }

    /// Returns the value of `Idempotency-Key`.
    pub fn idempotency_key(&self) -> &str {
        &self.idempotency_key
    }

    /// Returns the value of `X-Hookrail-Ordering-Key`, if it is sent.
    pub fn ordering_key(&self) -> Option<&str> {
        self.ordering_key.as_deref()
    }

    /// Returns the request's body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Encodes the event as bytes.
    pub fn encode(&self) -> Vec<u8> {
        let fields = [
            self.idempotency_key.as_bytes(),
            // An ordering key is never empty, so an empty field means that there is none.
            self.ordering_key.as_deref().unwrap_or("").as_bytes(),
            &self.body,
        ];
        let fields_len: usize = fields.iter().map(|field| field.len()).sum();
        let mut blob = Vec::with_capacity(HEADER_LEN + fields_len + CHECKSUM_LEN);
        blob.extend_from_slice(MAGIC);
        blob.extend_from_slice(&VERSION.to_be_bytes());
        for field in fields {
            blob.extend_from_slice(&(field.len() as u64).to_be_bytes());
        }
        for field in fields {
            blob.extend_from_slice(field);
        }
        let checksum = Sha256::digest(&blob);
        blob.extend_from_slice(&checksum);
        blob
    }

    /// Decodes an event, with the same checks as when it was prepared.
    ///
    /// # Errors
    /// `DamagedBlob` if the bytes are not an intact prepared event, or of an unknown format version.
    pub fn decode(blob: &[u8]) -> Result<Prepared> {
        let [idempotency_key, ordering_key, body] = fields(blob)?;
        check_body(body)?;
        Ok(Prepared {
            idempotency_key: validate::idempotency_key(idempotency_key)
                .map_err(invalid_field)?
                .to_owned(),
            ordering_key: if ordering_key.is_empty() {
                None
            } else {
                let key = validate::ordering_key(ordering_key).map_err(invalid_field)?;
                Some(key.to_owned())
            },
            body: body.to_owned(),
        })
    }
}

/// Leaves the body out: it is large, and payloads do not belong in logs.
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("idempotency_key", &self.idempotency_key)
            .field("ordering_key", &self.ordering_key)
            .field("body_len", &self.body.len())
            .finish()
    }
}

/// Splits the blob into idempotency key, ordering key and body.
fn fields(blob: &[u8]) -> Result<[&[u8]; 3]> {
    let magic = &blob[..blob.len().min(MAGIC.len())];
    if !MAGIC.starts_with(magic) {
        return Err(damaged("it does not begin with the mark of one"));
    }
    let too_short = || {
        damaged(format!(
            "it is cut short: it has {} bytes, the least possible is {}",
            blob.len(),
            HEADER_LEN + CHECKSUM_LEN
        ))
    };
    let rest = &blob[magic.len()..];
    let (version, rest) = rest.split_first_chunk::<4>().ok_or_else(too_short)?;
    let version = u32::from_be_bytes(*version);
    if version != VERSION {
        return Err(damaged(format!(
            "its format version {version} is not supported: this library reads version {VERSION}"
        )));
    }
    if blob.len() < HEADER_LEN + CHECKSUM_LEN {
        return Err(too_short());
    }
    let (lengths, _) = rest.split_first_chunk::<24>().ok_or_else(too_short)?;
    let (content, checksum) = blob.split_at(blob.len() - CHECKSUM_LEN);
    let fields = split_fields(&content[HEADER_LEN..], lengths)?;
    if Sha256::digest(content)[..] != *checksum {
        return Err(damaged("its checksum does not match its content"));
    }
    Ok(fields)
}

/// Splits `fields` at the lengths that the header states.
fn split_fields<'a>(fields: &'a [u8], lengths: &[u8; 24]) -> Result<[&'a [u8]; 3]> {
    let (lengths, _) = lengths.as_chunks::<8>();
    let mut rest = fields;
    let mut split = [&[][..]; 3];
    for (field, length) in split.iter_mut().zip(lengths) {
        let length = u64::from_be_bytes(*length);
        (*field, rest) = usize::try_from(length)
            .ok()
            .and_then(|length| rest.split_at_checked(length))
            .ok_or_else(|| {
                damaged(format!(
                    "its lengths do not match: a field of {length} bytes where {} are left",
                    rest.len()
                ))
            })?;
    }
    if !rest.is_empty() {
        return Err(damaged(format!(
            "its lengths do not match: {} trailing bytes",
            rest.len()
        )));
    }
    Ok(split)
}

/// Checks that `body` is an envelope with a topic and a payload that could be sent.
fn check_body(body: &[u8]) -> Result<()> {
    let envelope = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Object::parse(text).ok())
        .filter(|envelope| envelope.len() == 2);
    let members =
        envelope.and_then(|envelope| Some((envelope.text("topic")?, envelope.raw("payload")?)));
    let Some((topic, payload)) = members else {
        return Err(damaged(
            "its body is not an object of a topic and a payload",
        ));
    };
    validate::topic(topic.as_bytes()).map_err(invalid_field)?;
    json::check_payload(payload.as_bytes()).map_err(invalid_field)
}

fn invalid_field(error: Error) -> Error {
    damaged(error.message())
}

fn damaged(reason: impl AsRef<str>) -> Error {
    Error::new(
        Status::DamagedBlob,
        format!("this is no intact prepared event: {}", reason.as_ref()),
    )
}
