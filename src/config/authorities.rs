//! Certificates in PEM form.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use memchr::memmem;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

use crate::error::{Error, Result, ordinal};

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";
/// The words of a line that begins a certificate, even in a damaged form.
const BEGIN_WORDS: [&[u8]; 2] = [b"-BEGIN CERTIFICATE", b"BEGIN CERTIFICATE-"];
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";
const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];

/// Reads certificates in PEM form. Text around the certificates is ignored.
///
/// # Errors
/// `Configuration` if there is no certificate, or one that cannot be used. The error says where the certificates came
/// from (`source`), the number of the wrong one, and its fault.
pub fn parse_pem(source: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>> {
    if UTF_16.iter().any(|mark| pem.starts_with(mark)) {
        return Err(Error::configuration(format!(
            "{source} is text in UTF-16: save it as ASCII or UTF-8 without a byte order mark"
        )));
    }
    let mut certificates = Vec::new();
    let mut lines = lines(pem);
    while let Some(line) = lines.next() {
        if !BEGIN_WORDS
            .iter()
            .any(|words| memmem::find(line, words).is_some())
        {
            continue;
        }
        let certificate = read(line, &mut lines).map_err(|reason| {
            let number = ordinal(certificates.len() + 1);
            Error::configuration(format!("the {number} certificate in {source} {reason}"))
        })?;
        certificates.push(certificate);
    }
    if certificates.is_empty() {
        return Err(Error::configuration(format!(
            "{source} holds no certificate: expected PEM with BEGIN CERTIFICATE{}",
            hint(pem)
        )));
    }
    Ok(certificates)
}

/// Returns the lines of a text, without white space at their ends.
pub fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| matches!(byte, b'\n' | b'\r'))
        .map(<[u8]>::trim_ascii_end)
}

/// Reads the certificate that begins with `first`.
fn read<'a>(
    first: &[u8],
    lines: &mut impl Iterator<Item = &'a [u8]>,
) -> Result<CertificateDer<'static>, String> {
    if first.starts_with(BYTE_ORDER_MARK) {
        return Err(
            "has a byte order mark before it: save the file as UTF-8 without one (or as ASCII)"
                .into(),
        );
    }
    if first != BEGIN {
        return Err(format!(
            "does not begin with a line of its own that is just `{}`",
            String::from_utf8_lossy(BEGIN)
        ));
    }
    let mut text = Vec::new();
    loop {
        match lines.next() {
            Some(END) => break,
            Some(line) if !line.starts_with(b"-----") => {
                text.extend(line.iter().filter(|byte| !byte.is_ascii_whitespace()));
            }
            _ => {
                return Err(format!(
                    "is cut off: there is no `{}` after its beginning",
                    String::from_utf8_lossy(END)
                ));
            }
        }
    }
    let der = BASE64
        .decode(&text)
        .map_err(|_| "is damaged: what is between BEGIN and END is not base64")?;
    let certificate = CertificateDer::from(der);
    RootCertStore::empty()
        .add(certificate.clone())
        .map_err(|_| "is damaged, or is no X.509 certificate: it was not understood")?;
    Ok(certificate)
}

/// Returns a sentence about the likely kind of a file without certificates.
fn hint(pem: &[u8]) -> &'static str {
    if let Some(hint) = der_hint(pem) {
        return hint;
    }
    if memmem::find(pem, b"BEGIN TRUSTED CERTIFICATE").is_some() {
        return "; it has OpenSSL's own BEGIN TRUSTED CERTIFICATE: convert it with `openssl x509 -in FILE`";
    }
    if memmem::find(pem, b"PRIVATE KEY-----").is_some() {
        return "; it has a private key";
    }
    ""
}

/// Returns a sentence about the likely kind of a file in DER.
pub fn der_hint(file: &[u8]) -> Option<&'static str> {
    match file {
        [0x30, 0x82, _, _, 0x02, 0x01, 0x03, ..] => Some(
            "; it seems to be PKCS#12: convert it with `openssl pkcs12 -in FILE -nodes -out NEW`",
        ),
        [0x30, 0x82, _, _, 0x02, 0x01, ..]
        | [0x30, 0x77, 0x02, 0x01, ..]
        | [0x30, 0x81, _, 0x02, 0x01, ..] => Some(
            "; it seems to be a private key in DER: convert it with `openssl pkey -inform der -in FILE -out NEW`",
        ),
        [0x30, 0x82, ..] => Some(
            "; it seems to be a certificate in DER: convert it with `openssl x509 -inform der -in FILE -out NEW`",
        ),
        _ => None,
    }
}
