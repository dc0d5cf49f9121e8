//! A request on a connection that is open already, with an answer of the usual kind.
//!
//! That is what nearly every event is: a request of few headers and a short 202. The HTTP library takes ten
//! times the instructions that are needed here, for maps of headers, timers and a pool of its own.
//! Everything else is left to it: the first request of a connection, and each answer that has something
//! special about it.

use httparse::{EMPTY_HEADER, Header, Status};
use ureq::http::header::{CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, TRANSFER_ENCODING};
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Request, Uri};
use ureq::unversioned::transport::Buffers;

use super::Answer;
use super::connection::Connection;
use super::failure::Failure;

/// The one header of a success that has a meaning (protocol section 1).
const IDEMPOTENT_REPLAY: HeaderName = HeaderName::from_static("idempotent-replay");
/// More headers than usual.
const MAX_HEADERS: usize = 32;

/// Sends a request and reads what comes first of the answer: all of it if it is a usual one, and then it is
/// taken out of the connection's input. `None`: another answer, whose beginning the input holds.
pub fn exchange(
    connection: &mut Connection,
    head: &Request<()>,
    body: Option<&[u8]>,
) -> Result<Option<Answer>, Failure> {
    write_request(connection, head, body)?;
    if !connection.await_input()? {
        return Err(Failure::closed_early());
    }
    let input = connection.buffers().input();
    let length = input.len();
    let answer = usual_answer(input);
    if answer.is_some() {
        connection.buffers().input_consume(length);
    }
    Ok(answer)
}

/// Writes what the HTTP library would write, byte for byte: the attempts at an event are all the same.
fn write_request(
    connection: &mut Connection,
    head: &Request<()>,
    body: Option<&[u8]>,
) -> Result<(), Failure> {
    let uri = head.uri();
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let additions = connection.additions();
    let method = head.method().as_str();
    for part in [method, " ", &additions.origin, target, " HTTP/1.1\r\n"] {
        connection.write(part.as_bytes())?;
    }
    connection.write(additions.authorization.lines())?;
    if let Some(body) = body {
        let length = body.len().to_string();
        for part in [CONTENT_LENGTH.as_str(), ": ", &length, "\r\n"] {
            connection.write(part.as_bytes())?;
        }
    }
    for part in ["host: ", host(uri), "\r\n"] {
        connection.write(part.as_bytes())?;
    }
    for (name, value) in head.headers() {
        connection.write(name.as_str().as_bytes())?;
        connection.write(b": ")?;
        connection.write(value.as_bytes())?;
        connection.write(b"\r\n")?;
    }
    connection.write(b"\r\n")?;
    connection.write_rest(body.unwrap_or_default())
}

/// The value of `Host`: without a port that goes without saying. User info is not in it, as a base URL can
/// have none.
fn host(uri: &Uri) -> &str {
    let default_port = match uri.scheme_str() {
        Some("https") => 443,
        _ => 80,
    };
    match uri.authority() {
        Some(authority) if uri.port_u16() == Some(default_port) => authority.host(),
        Some(authority) => authority.as_str(),
        None => "",
    }
}

/// The answer that `input` consists of, if it is a complete 200 or 202 of HTTP/1.1 with a
/// `Content-Length`, after which the connection stays open.
fn usual_answer(input: &[u8]) -> Option<Answer> {
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
    for field in response.headers {
        if is(field, &CONTENT_LENGTH) {
            if length.replace(content_length(field.value)?).is_some() {
                return None;
            }
        } else if is(field, &IDEMPOTENT_REPLAY) {
            headers.append(
                IDEMPOTENT_REPLAY,
                HeaderValue::from_bytes(field.value).ok()?,
            );
        } else if is(field, &TRANSFER_ENCODING)
            || is(field, &CONTENT_ENCODING)
            || (is(field, &CONNECTION) && !field.value.eq_ignore_ascii_case(b"keep-alive"))
        {
            return None;
        }
    }
    let body = &input[head_len..];
    (length == Some(body.len())).then(|| Answer {
        status,
        headers,
        body: body.to_vec(),
        truncated: false,
        forwarder: None,
    })
}

fn is(field: &Header<'_>, name: &HeaderName) -> bool {
    field.name.eq_ignore_ascii_case(name.as_str())
}

/// A length of at most six digits.
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
    fn a_port_that_goes_without_saying_is_not_said() {
        for (url, expected) in [
            ("http://a.example/v1", "a.example"),
            ("http://a.example:80/v1", "a.example"),
            ("https://a.example:443/v1", "a.example"),
            ("http://a.example:443/v1", "a.example:443"),
            ("https://a.example:80/v1", "a.example:80"),
            ("http://[::1]:80/v1", "[::1]"),
            ("http://[::1]:8080/v1", "[::1]:8080"),
        ] {
            assert_eq!(host(&url.parse().unwrap()), expected, "{url}");
        }
    }

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
                let value = answer.headers.get(IDEMPOTENT_REPLAY);
                assert_eq!(value.map(HeaderValue::as_bytes), replay.map(str::as_bytes));
            }
        }
    }

    #[test]
    fn every_other_answer_is_the_librarys_business() {
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
