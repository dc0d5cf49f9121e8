//! Detects answers of a gateway that wants another client certificate, or https. nginx completes the TLS handshake and
//! answers 400.

use memchr::memmem;

use crate::transport::Answer;

/// A part of the page, and the note for the error.
const PAGES: [(&[u8], &str); 4] = [
    (
        b"No required SSL certificate was sent",
        "; a gateway (nginx) demands a client certificate, and got none: set one, with its key, in the client's options",
    ),
    (
        b"The SSL certificate error",
        "; a gateway (nginx) did not accept the client certificate: its error log says why",
    ),
    // nginx, and Go's net/http
    (b"HTTP request was sent to HTTPS", PLAIN_HTTP),
    (b"HTTP request to an HTTPS server", PLAIN_HTTP),
];

const PLAIN_HTTP: &str =
    "; it came as plain http to a port for https: begin base_url with https://";

/// Returns a note for the error, if a gateway wants another client certificate, or https.
pub fn complaint(answer: &Answer) -> Option<&'static str> {
    let is_in_answer = |(page, _): &(&[u8], &str)| memmem::find(&answer.body, page).is_some();
    let found = PAGES.into_iter().find(is_in_answer);
    found.filter(|_| answer.status == 400).map(|(_, note)| note)
}
