//! Detects answers that a program between client and service has compressed. The client never asks for that.

use http::header::CONTENT_ENCODING;

use crate::transport::Answer;

/// The first bytes of compressed bodies.
const MAGIC: [(&[u8], &str); 5] = [
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\x78\x01", "deflate"),
    (b"\x78\x9c", "deflate"),
    (b"\x78\xda", "deflate"),
];
/// The codings that a message quotes from the header.
const KNOWN: [&str; 6] = ["gzip", "x-gzip", "deflate", "br", "zstd", "compress"];

/// Returns a note for the error about an unreadable body, if the body is compressed.
pub fn complaint(answer: &Answer) -> Option<String> {
    let coding = declared(answer).or_else(|| begins(&answer.body))?;
    Some(format!(
        "; the body is compressed ({coding}), which this client never asks for: a proxy or gateway on the way \
         does it, and has to leave the service's answers alone"
    ))
}

fn declared(answer: &Answer) -> Option<&'static str> {
    let value = answer.headers.get(CONTENT_ENCODING)?.to_str().ok()?.trim();
    if value.is_empty() || value.eq_ignore_ascii_case("identity") {
        return None;
    }
    let is_named = |known: &&str| value.eq_ignore_ascii_case(known);
    Some(
        KNOWN
            .into_iter()
            .find(is_named)
            .unwrap_or("Content-Encoding"),
    )
}

fn begins(body: &[u8]) -> Option<&'static str> {
    let is_it = |(magic, _): &(&[u8], &str)| body.starts_with(magic);
    MAGIC.into_iter().find(is_it).map(|(_, name)| name)
}
