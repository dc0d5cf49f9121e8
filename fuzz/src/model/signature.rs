//! Signed deliveries by section 5 of the protocol and the rules of the test vectors.

use ring::hmac;

/// A MAC.
pub type Tag = [u8; 32];

/// The verdicts other than success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    InvalidArgument,
    Malformed,
    TooOld,
    TooNew,
    Mismatch,
}

/// A success: the secret and the time of the signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Success {
    pub secret_index: usize,
    pub signed_at: i64,
    pub skew_seconds: i64,
}

/// A header's time and signatures.
#[derive(Debug, PartialEq, Eq)]
pub struct Header {
    pub time: i64,
    pub tags: Vec<Tag>,
}

/// Reads a header; returns `None` if it is malformed.
pub fn header(bytes: &[u8]) -> Option<Header> {
    let text = std::str::from_utf8(bytes).ok()?;
    let printable = |c: char| c == '\t' || (' '..='~').contains(&c);
    if text.len() > 4096 || !text.chars().all(printable) {
        return None;
    }
    let mut times = Vec::new();
    let mut tags = Vec::new();
    for part in text.split(',') {
        match part.trim_matches([' ', '\t']).split_once('=') {
            Some(("t", value)) => times.push(value),
            Some(("v1", value)) => tags.extend(tag(value)),
            _ => {}
        }
    }
    let [time] = times[..] else { return None };
    let seconds: i64 = time.parse().ok()?;
    // A number has one spelling: the one in which it is printed.
    let well_formed = seconds >= 0 && seconds.to_string() == time && (1..=16).contains(&tags.len());
    well_formed.then_some(Header {
        time: seconds,
        tags,
    })
}

fn tag(hex: &str) -> Option<Tag> {
    let all_digits = hex.len() == 64 && hex.chars().all(|c| c.is_ascii_hexdigit());
    all_digits.then(|| {
        std::array::from_fn(|byte| {
            u8::from_str_radix(&hex[2 * byte..2 * byte + 2], 16).expect("two digits")
        })
    })
}

/// Returns whether the delivery id may be signed.
pub fn is_delivery_id(id: &[u8]) -> bool {
    let in_alphabet = |byte: &u8| byte.is_ascii_alphanumeric() || b"_-".contains(byte);
    (1..=128).contains(&id.len()) && id.iter().all(in_alphabet)
}

/// Returns whether a secret may be used: it is not empty, and has the form of the service's secrets.
pub fn is_secret(secret: &[u8]) -> bool {
    let ends_are_clean = match std::str::from_utf8(secret) {
        Ok(text) => !text.starts_with(char::is_whitespace) && !text.ends_with(char::is_whitespace),
        Err(_) => [secret.first(), secret.last()]
            .into_iter()
            .all(|end| end.is_some_and(|byte| !byte.is_ascii_whitespace())),
    };
    let is_control = |byte: &u8| *byte < 0x20 || *byte == 0x7f;
    ends_are_clean
        && !secret.iter().any(is_control)
        && ![b"".as_slice(), b"whsec_"].contains(&secret)
}

/// Returns the MAC of a delivery.
pub fn mac(secret: &[u8], time: i64, delivery_id: &[u8], body: &[u8]) -> Tag {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let mut context = hmac::Context::with_key(&key);
    context.update(format!("{time}.").as_bytes());
    context.update(delivery_id);
    context.update(b".");
    context.update(body);
    context.sign().as_ref().try_into().expect("32 bytes")
}

/// Returns a MAC in the form of a header.
pub fn hex(tag: &Tag) -> String {
    tag.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The receiver's settings and input.
pub struct Delivery<'a> {
    pub secrets: &'a [Vec<u8>],
    pub header: &'a [u8],
    pub delivery_id: &'a [u8],
    pub body: &'a [u8],
    pub tolerance: i64,
    pub now: i64,
}

impl Delivery<'_> {
    /// Returns the verdict.
    pub fn verdict(&self) -> Result<Success, Refusal> {
        let count = self.secrets.len();
        let all_usable = self.secrets.iter().all(|secret| is_secret(secret));
        if count == 0 || count > 16 || !all_usable || self.tolerance < 0 {
            return Err(Refusal::InvalidArgument);
        }
        let header = self.judge_without_body()?;
        let secret_index = self.secrets.iter().position(|secret| {
            let mac = mac(secret, header.time, self.delivery_id, self.body);
            header.tags.contains(&mac)
        });
        Ok(Success {
            secret_index: secret_index.ok_or(Refusal::Mismatch)?,
            signed_at: header.time,
            skew_seconds: self.now - header.time,
        })
    }

    /// Returns the verdict that is possible without the body.
    pub fn judge_without_body(&self) -> Result<Header, Refusal> {
        let header = header(self.header).ok_or(Refusal::Malformed)?;
        if !is_delivery_id(self.delivery_id) {
            return Err(Refusal::Malformed);
        }
        let skew = i128::from(self.now) - i128::from(header.time);
        if skew > i128::from(self.tolerance) {
            return Err(Refusal::TooOld);
        }
        if -skew > i128::from(self.tolerance) {
            return Err(Refusal::TooNew);
        }
        Ok(header)
    }
}
