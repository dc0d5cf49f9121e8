//! A private key in PEM form.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use memchr::memmem;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::SigningKey;
use zeroize::Zeroizing;

use super::authorities::{der_hint, lines};

/// The beginnings and ends of the lines that begin and end a private key.
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const KEY: &[u8] = b"PRIVATE KEY-----";

const NONE: &str = "holds no private key: expected PEM with BEGIN PRIVATE KEY, BEGIN RSA PRIVATE KEY or BEGIN EC \
                    PRIVATE KEY";
const SEVERAL: &str = "holds several private keys: leave only the one of the client certificate";
const ENCRYPTED: &str = "holds a private key that is encrypted, which is not supported: decrypt it with `openssl pkey -in \
                         FILE -out NEW`, and let only this program's user read the new file";
const OPENSSH: &str = "holds a private key in OpenSSH's own form: convert a copy of it with `ssh-keygen -p -m PKCS8 -f \
                       COPY`";
const CUT_OFF: &str =
    "holds a private key that is cut off: there is no END PRIVATE KEY after its beginning";
const NO_BASE64: &str =
    "holds a private key that is damaged: what is between BEGIN and END is not base64";
const OTHER_KIND: &str = "holds a private key of another kind than RSA, P-256, P-384 and Ed25519";

/// The reason for a key that cannot be used.
pub const UNSUPPORTED: &str = "is damaged, or of a kind that is not supported: RSA with 2048 to 4096 bits, P-256, P-384 and \
                               Ed25519 are";

/// Reads the one private key in a text in PEM form. The rest of the text is ignored. An error continues the name of the
/// text, and quotes nothing of it.
pub fn parse_pem(pem: &[u8]) -> Result<Zeroizing<PrivateKeyDer<'static>>, String> {
    let mut found = None;
    let mut lines = lines(pem);
    while let Some(line) = lines.next() {
        let label = line
            .strip_prefix(BEGIN)
            .and_then(|rest| rest.strip_suffix(KEY));
        if let Some(label) = label {
            let key = read(label.trim_ascii_end(), &mut lines, pem.len())?;
            if found.replace(key).is_some() {
                return Err(SEVERAL.to_owned());
            }
        }
    }
    found.ok_or_else(|| [NONE, hint(pem)].concat())
}

/// Reads the key whose first line has this label. `most` is the length of the whole text.
fn read<'a>(
    label: &[u8],
    lines: &mut impl Iterator<Item = &'a [u8]>,
    most: usize,
) -> Result<Zeroizing<PrivateKeyDer<'static>>, &'static str> {
    let wrap: fn(Vec<u8>) -> PrivateKeyDer<'static> = match label {
        b"" => |der| PrivateKeyDer::Pkcs8(der.into()),
        b"RSA" => |der| PrivateKeyDer::Pkcs1(der.into()),
        b"EC" => |der| PrivateKeyDer::Sec1(der.into()),
        b"ENCRYPTED" => return Err(ENCRYPTED),
        b"OPENSSH" => return Err(OPENSSH),
        _ => return Err(OTHER_KIND),
    };
    // Large enough for all: a buffer that grew would leave parts of the key in freed memory.
    let mut text = Zeroizing::new(Vec::with_capacity(most));
    loop {
        match lines.next() {
            Some(line) if line.starts_with(END) => break,
            // The other header, DEK-Info, follows this one.
            Some(line) if line.starts_with(b"Proc-Type:") => return Err(ENCRYPTED),
            Some(line) if !line.starts_with(b"-----") => {
                text.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
            }
            _ => return Err(CUT_OFF),
        }
    }
    let der = BASE64.decode(&*text).map_err(|_| NO_BASE64)?;
    Ok(Zeroizing::new(wrap(der)))
}

/// The version and the algorithm of a key in PKCS#8, for P-256 and for P-384.
const PKCS8_STARTS: [&[u8]; 2] = [
    b"\x02\x01\x00\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07",
    b"\x02\x01\x00\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22",
];

/// Returns the key that signs; `None` if it is damaged or not supported. A key of SEC1 is converted to PKCS#8 here, because
/// rustls would do so in memory that it does not wipe.
pub fn signing_key(der: &PrivateKeyDer<'_>) -> Option<Arc<dyn SigningKey>> {
    let PrivateKeyDer::Sec1(sec1) = der else {
        return any_supported_type(der).ok();
    };
    PKCS8_STARTS.iter().find_map(|start| {
        let pkcs8 = pkcs8(start, sec1.secret_sec1_der())?;
        let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.as_slice()));
        any_supported_type(&der).ok()
    })
}

/// Returns a key of SEC1 in PKCS#8. The supported keys have less than 256 bytes.
fn pkcs8(start: &[u8], sec1: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    const OCTET_STRING: u8 = 0x04;
    const SEQUENCE: u8 = 0x30;

    let head = |tag, length: usize| match u8::try_from(length) {
        Ok(short @ ..0x80) => Some(vec![tag, short]),
        Ok(long) => Some(vec![tag, 0x81, long]),
        Err(_) => None,
    };
    let key_head = head(OCTET_STRING, sec1.len())?;
    let whole_head = head(SEQUENCE, start.len() + key_head.len() + sec1.len())?;
    let parts = [&whole_head, start, &key_head, sec1];
    Some(Zeroizing::new(parts.concat()))
}

/// Returns a sentence about the likely kind of a file without a private key.
fn hint(pem: &[u8]) -> &'static str {
    if memmem::find(pem, b"BEGIN CERTIFICATE-----").is_some() {
        return "; it has a certificate";
    }
    if memmem::find(pem, b"PUBLIC KEY-----").is_some() {
        return "; it has a public key";
    }
    der_hint(pem).unwrap_or_default()
}
