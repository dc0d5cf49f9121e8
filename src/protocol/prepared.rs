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
use crate::protocol::extra_headers::ExtraHeaders;
use crate::protocol::json::{self, object::Object};
use crate::protocol::keys::{IdempotencyKey, OrderingKey};
use crate::protocol::validate;

const MAGIC: &[u8; 8] = b"HKRLPREP";
/// The version of an event without extra headers, and of one with them.
const VERSIONS: [u32; 2] = [1, 2];
/// The magic and the version.
const START_LEN: usize = 8 + 4;
/// The length of a length.
const LENGTH_LEN: usize = 8;
const CHECKSUM_LEN: usize = 32;

/// An event ready to be sent: everything that stays the same on every attempt.
#[derive(Clone, PartialEq, Eq)]
pub struct Prepared {
    idempotency_key: IdempotencyKey,
    ordering_key: Option<OrderingKey>,
    headers: ExtraHeaders,
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
            headers: ExtraHeaders::default(),
            envelope,
        }
    }

    /// Returns the event with these headers in place of its own.
    pub(crate) fn with_headers(self, headers: ExtraHeaders) -> Self {
        Prepared { headers, ..self }
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

    /// Returns the event's own extra headers. The client's are added when the event is sent.
    pub fn headers(&self) -> &ExtraHeaders {
        &self.headers
    }

    /// Returns the request's body.
    pub fn body(&self) -> &[u8] {
        &self.envelope.body
    }

    /// Returns the event's topic.
    pub fn topic(&self) -> String {
        self.envelope.topic()
    }

    /// Returns the key by which the service orders the event: the header's, or else the payload's own.
    pub(crate) fn order(&self) -> Option<&str> {
        self.ordering_key()
            .or(self.envelope.ordering_key.as_deref())
    }

    /// Returns the bytes that the event takes of a queue's limit.
    pub(crate) fn size(&self) -> usize {
        self.body().len() + self.headers.lines().len()
    }

    /// Adds the event's idempotency key and its outcome to an error.
    pub(crate) fn failed(&self, error: Error, outcome: Outcome) -> Error {
        self.idempotency_key.failed(error, outcome)
    }

    /// Encodes the event as bytes.
    pub fn encode(&self) -> Vec<u8> {
        // An ordering key is never empty, so an empty field means that there is none.
        let ordering_key = self.ordering_key().unwrap_or_default().as_bytes();
        let fields = [
            self.idempotency_key().as_bytes(),
            ordering_key,
            self.body(),
            self.headers.lines().as_bytes(),
        ];
        encode_fields(if self.headers.is_empty() {
            &fields[..3]
        } else {
            &fields
        })
    }

    /// Decodes an event, with the same checks as when it was prepared.
    ///
    /// # Errors
    /// `DamagedBlob` if the bytes are not an intact prepared event, or of an unknown format version.
    pub fn decode(blob: &[u8]) -> Result<Prepared> {
        let [idempotency_key, ordering_key, body, headers] = fields(blob)?;
        let envelope = read_body(body)?;
        Ok(Prepared {
            idempotency_key: IdempotencyKey::new(idempotency_key).map_err(invalid_field)?,
            ordering_key: match ordering_key {
                b"" => None,
                key => Some(OrderingKey::new(key).map_err(invalid_field)?),
            },
            headers: ExtraHeaders::parse(headers).map_err(invalid_field)?,
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
            .field("headers", &self.headers)
            .field("body_len", &self.body().len())
            .finish()
    }
}

/// Encodes an idempotency key, an ordering key, a body, and extra headers if there are some, as a blob.
fn encode_fields(fields: &[&[u8]]) -> Vec<u8> {
    let [without_headers, with_headers] = VERSIONS;
    let version = match fields.len() {
        ..4 => without_headers,
        _ => with_headers,
    };
    let fields_len: usize = fields.iter().map(|field| LENGTH_LEN + field.len()).sum();
    // The room suffices for all: a buffer that grew would leave the headers' values in freed memory.
    let mut blob = Vec::with_capacity(START_LEN + fields_len + CHECKSUM_LEN);
    blob.extend_from_slice(MAGIC);
    blob.extend_from_slice(&version.to_be_bytes());
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

/// Splits the blob into idempotency key, ordering key, body, and extra headers.
fn fields(blob: &[u8]) -> Result<[&[u8]; 4]> {
    let magic = &blob[..blob.len().min(MAGIC.len())];
    if !MAGIC.starts_with(magic) {
        return Err(damaged("it does not begin with the mark of one"));
    }
    let too_short = |least: usize| {
        damaged(format!(
            "it is cut short: it has {} bytes, the least possible is {least}",
            blob.len(),
        ))
    };
    let [without_headers, with_headers] = VERSIONS;
    let least_of_all = START_LEN + 3 * LENGTH_LEN + CHECKSUM_LEN;
    let rest = &blob[magic.len()..];
    let (version, _) = rest
        .split_first_chunk::<4>()
        .ok_or_else(|| too_short(least_of_all))?;
    let count = match u32::from_be_bytes(*version) {
        version if version == without_headers => 3,
        version if version == with_headers => 4,
        version => {
            return Err(damaged(format!(
                "its format version {version} is not supported: this library reads the versions \
                 {without_headers} and {with_headers}"
            )));
        }
    };
    let header_len = START_LEN + count * LENGTH_LEN;
    if blob.len() < header_len + CHECKSUM_LEN {
        return Err(too_short(header_len + CHECKSUM_LEN));
    }
    let (content, checksum) = blob.split_at(blob.len() - CHECKSUM_LEN);
    let (header, content_fields) = content.split_at(header_len);
    let fields = split_fields(content_fields, &header[START_LEN..])?;
    if Sha256::digest(content)[..] != *checksum {
        return Err(damaged("its checksum does not match its content"));
    }
    if count == 4 && fields[3].is_empty() {
        return Err(damaged(
            "its format version is that of one with headers, and it has none",
        ));
    }
    Ok(fields)
}

/// Splits `fields` at the lengths that the header states. A field without a length is empty.
fn split_fields<'a>(fields: &'a [u8], lengths: &[u8]) -> Result<[&'a [u8]; 4]> {
    let (lengths, _) = lengths.as_chunks::<LENGTH_LEN>();
    let mut rest = fields;
    let mut split = [&[][..]; 4];
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
