//! Prepared events. One holds everything that a send needs besides the API key. Its bytes can be stored, and sent
//! later from another process or language as the same event.
//!
//! `docs/prepared-events.md` describes the format.

#[cfg(test)]
mod tests;

use std::fmt;

use sha2::{Digest, Sha256};

use crate::error::{Error, Outcome, Result, Status};
use crate::protocol::event::Envelope;
use crate::protocol::json::{self, object::Object};
use crate::protocol::keys::{IdempotencyKey, OrderingKey};
use crate::protocol::validate;

const MAGIC: &[u8; 8] = b"HKRLPREP";
const VERSION: u32 = 1;
/// Magic, version, and the lengths of the three fields.
const HEADER_LEN: usize = 8 + 4 + 3 * 8;
const CHECKSUM_LEN: usize = 32;

/// An event ready to be sent: everything that stays the same on every attempt.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    idempotency_key: IdempotencyKey,
    ordering_key: Option<OrderingKey>,
    envelope: Envelope,
}

impl Prepared {
    /// Makes an event of checked parts.
    pub(crate) fn new(
        idempotency_key: IdempotencyKey,
        ordering_key: Option<OrderingKey>,
        envelope: Envelope,
    ) -> Self {
        Prepared {
            idempotency_key,
            ordering_key,
            envelope,
        }
    }

    /// Makes an event of the topic `t` for tests.
    #[cfg(test)]
    pub(crate) fn of_test(key: &str, ordering_key: Option<&str>, payload: &[u8]) -> Self {
        let ordering_key = ordering_key.map(|key| OrderingKey::new(key).unwrap());
        let envelope = Envelope::new(b"t", payload, 0).unwrap();
        Prepared::new(IdempotencyKey::new(key).unwrap(), ordering_key, envelope)
    }

    /// Returns the value of `Idempotency-Key`.
    pub fn idempotency_key(&self) -> &str {
        self.idempotency_key.as_str()
    }

    /// Returns the value of `X-Hookrail-Ordering-Key`, if it is sent.
    pub fn ordering_key(&self) -> Option<&str> {
        self.ordering_key.as_ref().map(OrderingKey::as_str)
    }

    /// Returns the request's body.
    pub fn body(&self) -> &[u8] {
        &self.envelope.body
    }

    /// Returns the key by which the service orders the event: the header's, or else the payload's own.
    pub(crate) fn order(&self) -> Option<&str> {
        self.ordering_key()
            .or(self.envelope.ordering_key.as_deref())
    }

    /// Adds the event's idempotency key and its outcome to an error.
    pub(crate) fn failed(&self, error: Error, outcome: Outcome) -> Error {
        self.idempotency_key.failed(error, outcome)
    }

    /// Encodes the event as bytes.
    pub fn encode(&self) -> Vec<u8> {
        // An ordering key is never empty, so an empty field means that there is none.
        let ordering_key = self.ordering_key().unwrap_or_default().as_bytes();
        encode_fields([self.idempotency_key().as_bytes(), ordering_key, self.body()])
    }

    /// Decodes an event, with the same checks as when it was prepared.
    ///
    /// # Errors
    /// `DamagedBlob` if the bytes are not an intact prepared event, or of an unknown format version.
    pub fn decode(blob: &[u8]) -> Result<Prepared> {
        let [idempotency_key, ordering_key, body] = fields(blob)?;
        let envelope = read_body(body)?;
        Ok(Prepared {
            idempotency_key: IdempotencyKey::new(idempotency_key).map_err(invalid_field)?,
            ordering_key: match ordering_key {
                b"" => None,
                key => Some(OrderingKey::new(key).map_err(invalid_field)?),
            },
            envelope,
        })
    }
}

/// Leaves the body out: it is large, and payloads do not belong in logs.
impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Prepared")
            .field("idempotency_key", &self.idempotency_key)
            .field("ordering_key", &self.ordering_key)
            .field("body_len", &self.body().len())
            .finish()
    }
}

/// Encodes an idempotency key, an ordering key and a body as a blob.
fn encode_fields(fields: [&[u8]; 3]) -> Vec<u8> {
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

/// Reads a body, and checks that its topic and its payload could be sent.
fn read_body(body: &[u8]) -> Result<Envelope> {
    let object = std::str::from_utf8(body)
        .ok()
        .and_then(|text| Object::parse(text).ok())
        .filter(|object| object.len() == 2);
    let members = object.and_then(|object| Some((object.text("topic")?, object.raw("payload")?)));
    let Some((topic, payload)) = members else {
        return Err(damaged(
            "its body is not an object of a topic and a payload",
        ));
    };
    validate::topic(topic.as_bytes()).map_err(invalid_field)?;
    let ordering_key = json::read_payload(payload.as_bytes()).map_err(invalid_field)?;
    Ok(Envelope {
        body: body.to_owned(),
        ordering_key,
    })
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
