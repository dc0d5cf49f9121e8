//! The answer to a request, and how an answer of the usual kind is read.
//!
//! The answer to nearly every event is a short 202. It is read here, in one go and with few instructions. The
//! [`reader`](super::reader) reads every other answer.

use http::{HeaderMap, HeaderName, HeaderValue};
use httparse::{EMPTY_HEADER, Header, Status};

use super::failure::Failure;
use super::request_id::RequestIdSearch;

/// A response that was read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers. Those of a success may be limited to the ones that have a meaning.
    pub headers: HeaderMap,
    /// The body, cut off at [`super::response_limits::MAX_RESPONSE_BODY`].
    pub body: Vec<u8>,
    /// Whether the body was cut off.
    pub truncated: bool,
    /// The id that it gives the request, as it was sent.
    pub request_id: Option<Box<[u8]>>,
    /// The host and port of a proxy that forwards plain requests and may have answered itself.
    pub forwarder: Option<String>,
}

/// The reason why there is no [`Answer`].
#[derive(Debug)]
pub enum NoAnswer {
    /// The transport failed.
    Transport(Failure),
    /// The response is not HTTP as in RFC 9112.
    NotHttp(String),
}

impl From<Failure> for NoAnswer {
    fn from(failure: Failure) -> Self {
        NoAnswer::Transport(failure)
    }
}

/// The one header of a success that has a meaning (protocol section 1).
const IDEMPOTENT_REPLAY: &str = "idempotent-replay";
/// The most headers of a usual answer.
const MAX_HEADERS: usize = 32;

/// Returns the answer that `input` consists of, if it is a complete 200 or 202 of HTTP/1.1 with a
/// `Content-Length`, after which the connection stays open.
pub fn usual_answer(input: &[u8]) -> Option<Answer> {
    let mut fields = [EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut fields);
    let Ok(Status::Complete(head_len)) = response.parse(input) else {
        return None;
    };
    let status = response.code.filter(|code| matches!(code, 200 | 202))?;
    if response.version != Some(1) {
        return None;
    }
    let mut length = None;
    let mut headers = HeaderMap::new();
    let mut request_id = RequestIdSearch::default();
    for field in response.headers {
        if is(field, "content-length") {
            if length.replace(content_length(field.value)?).is_some() {
                return None;
            }
        } else if is(field, IDEMPOTENT_REPLAY) {
            headers.append(
                HeaderName::from_static(IDEMPOTENT_REPLAY),
                HeaderValue::from_bytes(field.value).ok()?,
            );
        } else if is(field, "transfer-encoding")
            || is(field, "content-encoding")
            || (is(field, "connection") && !field.value.eq_ignore_ascii_case(b"keep-alive"))
        {
            return None;
        } else {
            request_id.look_at(field.name, field.value);
        }
    }
    let body = &input[head_len..];
    (length == Some(body.len())).then(|| Answer {
        status,
        headers,
        body: body.to_vec(),
        truncated: false,
        request_id: request_id.into_bytes(),
        forwarder: None,
    })
}

fn is(field: &Header<'_>, name: &str) -> bool {
    field.name.eq_ignore_ascii_case(name)
}

/// Reads a length of at most six digits.
fn content_length(value: &[u8]) -> Option<usize> {
    let plain = (1..=6).contains(&value.len()) && value.iter().all(u8::is_ascii_digit);
    plain.then(|| {
        value
            .iter()
            .fold(0, |length, digit| length * 10 + usize::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_usual_answer_is_taken_as_it_stands() {
        for (headers, replay) in [
            ("Content-Length: 2", None),
            (
                "content-length: 2\r\nConnection: Keep-Alive\r\nDate: x",
                None,
            ),
            (
                "Idempotent-Replay: true\r\nContent-Length: 02",
                Some("true"),
            ),
        ] {
            for status in [200, 202] {
                let input = format!("HTTP/1.1 {status} Fine\r\n{headers}\r\n\r\n{{}}");
                let answer = usual_answer(input.as_bytes()).expect(&input);
                assert_eq!(answer.status, status);
                assert_eq!(answer.body, b"{}");
                assert!(!answer.truncated);
                assert!(answer.request_id.is_none());
                let value = answer.headers.get(IDEMPOTENT_REPLAY);
                assert_eq!(value.map(HeaderValue::as_bytes), replay.map(str::as_bytes));
            }
        }
    }

    #[test]
    fn a_usual_answer_has_its_request_id() {
        let input = "HTTP/1.1 202 A\r\nCF-Ray: 2\r\nX-Request-ID:  1 \r\nContent-Length: 0\r\n\r\n";
        let answer = usual_answer(input.as_bytes()).expect(input);
        assert_eq!(answer.request_id.as_deref(), Some(&b"1"[..]));
    }

    #[test]
    fn every_other_answer_is_left_to_the_reader() {
        let many = format!(
            "HTTP/1.1 202 A\r\n{}Content-Length: 0\r\n\r\n",
            "A: b\r\n".repeat(32)
        );
        for input in [
            "",
            "HTTP/1.1 202 A\r\nContent-Length: 2\r\n\r\n{",
            "HTTP/1.1 202 A\r\nContent-Length: 2\r\n\r\n{}{",
            "HTTP/1.1 202 A\r\nContent-Length: 2\r\n",
            "HTTP/1.1 202 A\r\n\r\n{}",
            "HTTP/1.1 202 A\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 202 A\r\nContent-Length: +2\r\n\r\n{}",
            "HTTP/1.1 202 A\r\nContent-Length: 2, 2\r\n\r\n{}",
            "HTTP/1.1 202 A\r\nContent-Length: \r\n\r\n",
            "HTTP/1.1 202 A\r\nContent-Length: 0000002\r\n\r\n{}",
            "HTTP/1.1 202 A\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 202 A\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 202 A\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 202 A\r\nConnection: keep-alive, close\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.0 202 A\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 202 A\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 201 A\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 204 A\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 503 A\r\nContent-Length: 2\r\n\r\n{}",
            "HTTP/1.1 202 A\r\nIdempotent-Replay: a\u{1}b\r\nContent-Length: 2\r\n\r\n{}",
            " HTTP/1.1 202 A\r\nContent-Length: 2\r\n\r\n{}",
            &many,
        ] {
            assert!(usual_answer(input.as_bytes()).is_none(), "{input}");
        }
    }
}
