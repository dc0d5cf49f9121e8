//! The requests, and the one place that writes them.

use super::authorization::Authorization;
use crate::config::base_url::BaseUrl;
use crate::config::proxy::Proxy;
use crate::protocol::extra_headers::ExtraHeaders;

/// The room for the headers of a usual request, in bytes.
const USUAL_FIELDS: usize = 256;

/// The part of a request's head that differs between calls. The client's [`RequestWriter`] adds the rest.
#[derive(Clone, Debug)]
pub struct RequestHead {
    method: &'static str,
    target: String,
    fields: Vec<u8>,
}

/// A request.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// Its head.
    pub head: &'a RequestHead,
    /// The extra headers of the call, which replace those of the client.
    pub extra_headers: Option<&'a ExtraHeaders>,
    /// Its body, if it has one.
    pub body: Option<&'a [u8]>,
}

impl RequestHead {
    /// Returns the head of a request for `target`, a path.
    pub fn new(method: &'static str, target: String) -> Self {
        RequestHead {
            method,
            target,
            fields: Vec::with_capacity(USUAL_FIELDS),
        }
    }

    /// Adds a header. Returns `None` if its value would end the line.
    pub fn add(&mut self, name: &str, value: &[u8]) -> Option<()> {
        let may_stand = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
        if !value.iter().all(may_stand) {
            return None;
        }
        for part in [name.as_bytes(), b": ", value, b"\r\n"] {
            self.fields.extend_from_slice(part);
        }
        Some(())
    }
}

/// Writes the heads of a client's requests.
#[derive(Debug)]
pub struct RequestWriter {
    /// The beginning of the target: the service's scheme and authority if a proxy forwards the request, else
    /// nothing.
    origin: String,
    authorization: Authorization,
    /// The line with the service's host; the scheme's default port is left out.
    host: String,
    /// The extra headers of the client.
    extra_headers: ExtraHeaders,
}

impl RequestWriter {
    /// Returns a writer of requests to the service, each with the API key and the client's extra headers. `forwarder`
    /// is the proxy that forwards them, if there is one.
    pub fn new(
        base_url: &BaseUrl,
        api_key: &str,
        extra_headers: ExtraHeaders,
        forwarder: Option<&Proxy>,
    ) -> Self {
        let authority = base_url.authority();
        RequestWriter {
            origin: match forwarder {
                Some(_) => format!("{}://{authority}", base_url.scheme().name()),
                None => String::new(),
            },
            authorization: Authorization::new(api_key, forwarder.and_then(Proxy::authorization)),
            host: format!("host: {authority}\r\n"),
            extra_headers,
        }
    }

    /// The extra headers of the client.
    pub fn extra_headers(&self) -> &ExtraHeaders {
        &self.extra_headers
    }

    /// The secrets in the requests.
    pub fn authorization(&self) -> &Authorization {
        &self.authorization
    }

    /// Writes the head of a request into `output`, which is empty. All room is reserved before the first byte is
    /// written: a buffer that grew later would leave the API key in freed memory.
    pub fn write(&self, request: &Request<'_>, output: &mut Vec<u8>) {
        let head = request.head;
        let length = request.body.map(|body| body.len().to_string());
        let length_line = match &length {
            Some(length) => ["content-length: ", length, "\r\n"],
            None => [""; 3],
        };
        let [length_name, length, line_end] = length_line.map(str::as_bytes);
        let extra = match request.extra_headers {
            Some(calls) => calls.over(&self.extra_headers),
            None => self.extra_headers.clone(),
        };
        let parts = [
            head.method.as_bytes(),
            b" ",
            self.origin.as_bytes(),
            head.target.as_bytes(),
            b" HTTP/1.1\r\n",
            self.authorization.lines(),
            length_name,
            length,
            line_end,
            self.host.as_bytes(),
            &head.fields,
            extra.lines().as_bytes(),
            b"\r\n",
        ];
        output.reserve(parts.iter().map(|part| part.len()).sum());
        for part in parts {
            output.extend_from_slice(part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::proxy::{ProxySetting, resolve};

    fn written(url: &str, proxy: Option<&str>, head: &RequestHead, body: Option<&[u8]>) -> String {
        let base_url = BaseUrl::parse(url).unwrap();
        let proxy = proxy.map(|proxy| {
            let setting = ProxySetting::Explicit(proxy.to_owned());
            resolve(&setting, &base_url, &|_| None).unwrap().unwrap()
        });
        let writer = RequestWriter::new(&base_url, "k", ExtraHeaders::default(), proxy.as_ref());
        let mut output = Vec::new();
        let request = Request {
            head,
            extra_headers: None,
            body,
        };
        writer.write(&request, &mut output);
        String::from_utf8(output).unwrap()
    }

    #[test]
    fn a_request_is_written_with_its_key_its_length_and_its_headers() {
        let mut head = RequestHead::new("POST", "/v1/events".to_owned());
        head.add("user-agent", b"a/1").unwrap();
        head.add("x", b"\tb \xc3\xa9").unwrap();
        assert_eq!(
            written("http://h:1/", None, &head, Some(b"{}")),
            "POST /v1/events HTTP/1.1\r\nauthorization: Bearer k\r\ncontent-length: 2\r\nhost: h:1\r\n\
             user-agent: a/1\r\nx: \tb \u{e9}\r\n\r\n"
        );
        assert_eq!(
            written(
                "https://h",
                None,
                &RequestHead::new("GET", "/".into()),
                None
            ),
            "GET / HTTP/1.1\r\nauthorization: Bearer k\r\nhost: h\r\n\r\n"
        );
    }

    #[test]
    fn extra_headers_of_a_call_replace_those_of_the_client() {
        let headers = |list: &[(&str, &str)]| {
            let mut headers = ExtraHeaders::default();
            for (name, value) in list {
                headers.add(name, value).unwrap();
            }
            headers
        };
        let none = headers(&[]);
        let clients = headers(&[("a", "1"), ("b", "2")]);
        let calls = headers(&[("b", "3"), ("c", "4")]);
        for (clients, calls, expected) in [
            (&none, None, ""),
            (&none, Some(&calls), "b: 3\r\nc: 4\r\n"),
            (&clients, None, "a: 1\r\nb: 2\r\n"),
            (&clients, Some(&none), "a: 1\r\nb: 2\r\n"),
            (&clients, Some(&calls), "a: 1\r\nb: 3\r\nc: 4\r\n"),
        ] {
            let base_url = BaseUrl::parse("http://h").unwrap();
            let writer = RequestWriter::new(&base_url, "k", clients.clone(), None);
            let mut output = Vec::new();
            let request = Request {
                head: &RequestHead::new("GET", "/".into()),
                extra_headers: calls,
                body: None,
            };
            writer.write(&request, &mut output);
            let start = "GET / HTTP/1.1\r\nauthorization: Bearer k\r\nhost: h\r\n";
            let expected = [start, expected, "\r\n"].concat();
            assert_eq!(String::from_utf8(output).unwrap(), expected);
        }
    }

    #[test]
    fn a_proxy_that_forwards_gets_the_whole_url_and_its_credentials() {
        let head = RequestHead::new("GET", "/p".to_owned());
        assert_eq!(
            written("http://h:8080", Some("http://u:p@proxy"), &head, None),
            "GET http://h:8080/p HTTP/1.1\r\nauthorization: Bearer k\r\n\
             proxy-authorization: Basic dTpw\r\nhost: h:8080\r\n\r\n"
        );
    }

    #[test]
    fn the_default_port_is_left_out_of_the_host() {
        for (url, expected) in [
            ("http://a.example/v1", "a.example"),
            ("http://a.example:80/v1", "a.example"),
            ("https://a.example:443/v1", "a.example"),
            ("http://a.example:443/v1", "a.example:443"),
            ("https://a.example:80/v1", "a.example:80"),
            ("http://[::1]:80/v1", "[::1]"),
            ("http://[::1]:8080/v1", "[::1]:8080"),
        ] {
            let request = written(url, None, &RequestHead::new("GET", "/".into()), None);
            let host = request.lines().find_map(|line| line.strip_prefix("host: "));
            assert_eq!(host, Some(expected), "{url}");
        }
    }

    #[test]
    fn a_value_that_would_end_its_line_is_refused() {
        for value in ["a\r\nb: c", "\n", "\0", "\x7f"] {
            let mut head = RequestHead::new("GET", "/".to_owned());
            assert_eq!(head.add("a", value.as_bytes()), None, "{value:?}");
            assert!(head.fields.is_empty());
        }
    }
}
