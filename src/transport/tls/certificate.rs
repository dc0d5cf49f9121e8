//! The contents of a certificate, for messages about one that was refused.
//!
//! The verifier, which decides about trust, reads the certificate itself. A part that is not understood here is only
//! missing from a message.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::date;
use super::der::{
    BIT_STRING, BOOLEAN, DerReader, GENERALIZED_TIME, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING,
    SEQUENCE, UTC_TIME, context,
};

/// The longest name that a message shows, in characters.
const LONGEST_NAME: usize = 64;

const COMMON_NAME: &[u8] = &[0x55, 4, 3];
const ORGANIZATION: &[u8] = &[0x55, 4, 10];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
const ANY_PURPOSE: &[u8] = &[0x55, 0x1d, 37, 0];

/// A certificate, as far as it was understood.
#[derive(Debug)]
pub struct Certificate<'a> {
    /// From 1.
    pub version: u8,
    /// Its subject, in DER.
    pub subject: &'a [u8],
    /// The name of its issuer, in DER.
    pub issuer: &'a [u8],
    /// The beginning of its validity, in seconds since 1970.
    pub not_before: Option<i64>,
    /// The end of its validity.
    pub not_after: Option<i64>,
    /// Its public key.
    pub key: PublicKey,
    /// The kind of its signature, if that has a name in [`signature_name`].
    pub signature: Option<&'static str>,
    /// Whether it may issue certificates.
    pub is_authority: bool,
    /// The names and addresses of its hosts.
    pub hosts: Vec<String>,
    /// Whether a server may use it.
    pub is_for_servers: bool,
}

/// A public key, as far as messages need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublicKey {
    /// RSA, with its length in bits.
    Rsa(usize),
    /// Another kind that is supported, or one that was not understood.
    Other,
    /// A kind that is not supported.
    Unsupported(&'static str),
}

impl<'a> Certificate<'a> {
    /// Reads a certificate in DER. Returns `None` if it is none.
    pub fn parse(der: &'a [u8]) -> Option<Self> {
        let mut certificate = DerReader::new(der).enter(SEQUENCE)?;
        let mut body = certificate.enter(SEQUENCE)?;
        let version = match body.optional(context(0))? {
            Some(version) => DerReader::new(version)
                .expect(INTEGER)?
                .last()?
                .saturating_add(1),
            None => 1,
        };
        body.expect(INTEGER)?;
        let signature = body.enter(SEQUENCE)?.expect(OBJECT_IDENTIFIER)?;
        let issuer = body.whole(SEQUENCE)?;
        let mut validity = body.enter(SEQUENCE)?;
        let (not_before, not_after) = (time(validity.next()?), time(validity.next()?));
        let subject = body.whole(SEQUENCE)?;
        let key = key(body.enter(SEQUENCE)?);
        let mut parsed = Certificate {
            version,
            subject,
            issuer,
            not_before,
            not_after,
            key: key.unwrap_or(PublicKey::Other),
            signature: signature_name(signature),
            is_authority: false,
            hosts: Vec::new(),
            is_for_servers: true,
        };
        while !body.is_empty() {
            if let (tag, contents) = body.next()?
                && tag == context(3)
            {
                parsed.read_extensions(contents);
            }
        }
        Some(parsed)
    }

    /// Returns whether it names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    fn read_extensions(&mut self, extensions: &[u8]) -> Option<()> {
        let mut extensions = DerReader::new(extensions).enter(SEQUENCE)?;
        while !extensions.is_empty() {
            let mut extension = extensions.enter(SEQUENCE)?;
            let kind = extension.expect(OBJECT_IDENTIFIER)?;
            extension.optional(BOOLEAN)?;
            let mut value = DerReader::new(extension.expect(OCTET_STRING)?);
            match kind {
                SUBJECT_ALT_NAME => self.hosts = hosts(value.enter(SEQUENCE)?),
                BASIC_CONSTRAINTS => {
                    let flag = value.enter(SEQUENCE)?.optional(BOOLEAN)?;
                    self.is_authority = flag.is_some_and(|flag| flag != [0]);
                }
                EXTENDED_KEY_USAGE => {
                    let mut purposes = value.enter(SEQUENCE)?;
                    self.is_for_servers = false;
                    while let Some(purpose) = purposes.expect(OBJECT_IDENTIFIER) {
                        self.is_for_servers |= matches!(purpose, SERVER_AUTH | ANY_PURPOSE);
                    }
                }
                _ => {}
            }
        }
        Some(())
    }
}

fn time((tag, text): (u8, &[u8])) -> Option<i64> {
    match tag {
        UTC_TIME => date::parse(text, 2),
        GENERALIZED_TIME => date::parse(text, 4),
        _ => None,
    }
}

fn hosts(mut names: DerReader<'_>) -> Vec<String> {
    const DNS_NAME: u8 = 0x82;
    const ADDRESS: u8 = 0x87;

    let mut hosts = Vec::new();
    while let Some((tag, value)) = names.next() {
        match tag {
            DNS_NAME => hosts.push(printable(&String::from_utf8_lossy(value))),
            ADDRESS => {
                if let Ok(address) = <[u8; 4]>::try_from(value) {
                    hosts.push(Ipv4Addr::from(address).to_string());
                } else if let Ok(address) = <[u8; 16]>::try_from(value) {
                    hosts.push(Ipv6Addr::from(address).to_string());
                }
            }
            _ => {}
        }
    }
    hosts
}

fn key(mut info: DerReader<'_>) -> Option<PublicKey> {
    const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
    const DSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
    const EC: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1];
    const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7];
    const P384: &[u8] = &[0x2b, 0x81, 4, 0, 34];
    const ED25519: &[u8] = &[0x2b, 0x65, 112];
    const ED448: &[u8] = &[0x2b, 0x65, 113];

    let mut algorithm = info.enter(SEQUENCE)?;
    Some(match algorithm.expect(OBJECT_IDENTIFIER)? {
        RSA => {
            // The first byte of a bit string counts its unused bits.
            let (_, key) = info.expect(BIT_STRING)?.split_first()?;
            let modulus = DerReader::new(key).enter(SEQUENCE)?.expect(INTEGER)?;
            let zeros = modulus.iter().take_while(|byte| **byte == 0).count();
            let leading = modulus.get(zeros)?.leading_zeros() as usize;
            PublicKey::Rsa((modulus.len() - zeros) * 8 - leading)
        }
        EC => match algorithm.expect(OBJECT_IDENTIFIER) {
            Some(P256 | P384) => PublicKey::Other,
            _ => PublicKey::Unsupported("an elliptic curve other than P-256 and P-384"),
        },
        RSA_PSS => PublicKey::Unsupported("RSASSA-PSS"),
        DSA => PublicKey::Unsupported("DSA"),
        ED448 => PublicKey::Unsupported("Ed448"),
        ED25519 => PublicKey::Other,
        _ => PublicKey::Unsupported("an unknown kind"),
    })
}

/// Returns the name of a kind of signature that is not accepted.
fn signature_name(algorithm: &[u8]) -> Option<&'static str> {
    match algorithm {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4] => Some("MD5"),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5]
        | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]
        | [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] => Some("SHA-1"),
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14]
        | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1] => Some("SHA-224"),
        [0x2b, 0x65, 113] => Some("Ed448"),
        _ => None,
    }
}

/// Returns the name of a subject or an issuer that people know: its common name, else its organization.
pub fn name_of(name: &[u8]) -> Option<String> {
    let mut found = None;
    let mut sets = DerReader::new(name).enter(SEQUENCE)?;
    while let Some((_, set)) = sets.next() {
        let mut attributes = DerReader::new(set);
        while let Some(mut attribute) = attributes.enter(SEQUENCE) {
            let kind = attribute.expect(OBJECT_IDENTIFIER)?;
            let (_, value) = attribute.next()?;
            let text = || printable(&String::from_utf8_lossy(value));
            if kind == COMMON_NAME {
                return Some(text());
            }
            if kind == ORGANIZATION {
                found = Some(text());
            }
        }
    }
    found
}

/// Returns a text of the peer in a form that can neither break a line nor fill a log.
fn printable(text: &str) -> String {
    let shown = |char: char| if char.is_control() { '?' } else { char };
    let mut short: String = text.chars().take(LONGEST_NAME).map(shown).collect();
    if short.len() < text.len() && text.chars().nth(LONGEST_NAME).is_some() {
        short.push('…');
    }
    short
}
