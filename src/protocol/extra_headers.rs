//! Headers that a program adds to its requests, such as `traceparent` or those of a gateway before the service.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// The most headers of one set.
pub const MAX_HEADERS: usize = 32;
/// The most bytes of a set, with a colon, a space and a line end for each header.
pub const MAX_BYTES: usize = 8192;

const SEPARATOR: &str = ": ";
const LINE_END: &str = "\r\n";

/// The names that the library writes itself, that describe its body, or that ask for an answer which it does not
/// read.
const OF_PROTOCOL: [&str; 5] = [
    "accept-encoding",
    "authorization",
    "host",
    "idempotency-key",
    "user-agent",
];
const PREFIXES_OF_PROTOCOL: [&str; 2] = ["content-", "x-hookrail-"];
/// The names that are for the next program on the way, and not for the service.
const OF_CONNECTION: [&str; 8] = [
    "connection",
    "expect",
    "http2-settings",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];
const PREFIX_OF_CONNECTION: &str = "proxy-";

/// Headers that a program adds to its requests: those of a client, or those of one send.
///
/// Their values may be credentials: they are wiped when this is dropped, and its `Debug` form has only the names.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ExtraHeaders {
    /// The lines with their line ends, as they stand in a request. A name stands in one line only. Nearly all requests
    /// have none, and pay only for this pointer.
    lines: Option<Arc<Zeroizing<String>>>,
}

impl ExtraHeaders {
    /// Adds a header, or gives a header that was added before another value. The name is written in lower case.
    ///
    /// # Errors
    /// `InvalidArgument` if the name is no header name, or one of the protocol or of the connection; if the value is
    /// empty, or not of visible ASCII characters and spaces inside; and if there are more than 32 headers or 8,192 bytes.
    pub fn add(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<()> {
        let name = checked_name(name.as_ref())?;
        let value = checked_value(&name, value.as_ref())?;
        let kept = self.without(|other| other == name);
        let count = kept.matches(LINE_END).count() + 1;
        if count > MAX_HEADERS {
            return Err(Error::invalid_argument(format!(
                "the header `{name}` is one too many: at most {MAX_HEADERS} headers can be added"
            )));
        }
        // The string is built in one piece. If it grew, it would leave values in freed memory.
        let lines = Zeroizing::new([&kept, &*name, SEPARATOR, value, LINE_END].concat());
        if lines.len() > MAX_BYTES {
            return Err(Error::invalid_argument(format!(
                "the added headers have {} bytes with the header `{name}`: at most {MAX_BYTES} are possible",
                lines.len()
            )));
        }
        self.lines = Some(Arc::new(lines));
        Ok(())
    }

    /// Reads the lines of headers. Only what [`ExtraHeaders::lines`] returns is accepted.
    ///
    /// # Errors
    /// Those of [`ExtraHeaders::add`].
    pub(crate) fn parse(lines: &[u8]) -> Result<Self> {
        let malformed = || Error::invalid_argument("the headers are not written as lines");
        if lines.len() > MAX_BYTES {
            return Err(Error::invalid_argument(format!(
                "the headers have {} bytes: at most {MAX_BYTES} are possible",
                lines.len()
            )));
        }
        let mut headers = ExtraHeaders::default();
        let text = std::str::from_utf8(lines).map_err(|_| malformed())?;
        for line in text.split_inclusive(LINE_END) {
            let (name, value) = line.split_once(SEPARATOR).ok_or_else(malformed)?;
            headers.add(name, value.strip_suffix(LINE_END).ok_or_else(malformed)?)?;
        }
        if headers.lines() != text {
            return Err(malformed());
        }
        Ok(headers)
    }

    /// Returns whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lines.is_none()
    }

    /// Returns the lines as they stand in a request.
    pub(crate) fn lines(&self) -> &str {
        self.lines.as_ref().map_or("", |lines| lines.as_str())
    }

    /// Returns the names and the values.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.lines()
            .split_terminator(LINE_END)
            .filter_map(|line| line.split_once(SEPARATOR))
    }

    /// Returns these headers and those of `others` that they do not replace, which come first.
    pub(crate) fn over(&self, others: &ExtraHeaders) -> ExtraHeaders {
        if self.is_empty() || others.is_empty() {
            return if self.is_empty() { others } else { self }.clone();
        }
        let kept = others.without(|name| self.iter().any(|(own, _)| own == name));
        // As above, the string is built in one piece.
        let lines = [&kept, self.lines()].concat();
        ExtraHeaders {
            lines: Some(Arc::new(Zeroizing::new(lines))),
        }
    }

    /// Returns the lines of the headers whose names are not left out.
    fn without(&self, is_left_out: impl Fn(&str) -> bool) -> Zeroizing<String> {
        let mut kept = Zeroizing::new(String::with_capacity(self.lines().len()));
        for (name, value) in self.iter().filter(|(name, _)| !is_left_out(name)) {
            for part in [name, SEPARATOR, value, LINE_END] {
                kept.push_str(part);
            }
        }
        kept
    }
}

impl fmt::Debug for ExtraHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(self.iter().map(|(name, _)| name))
            .finish()
    }
}

/// Returns the name in lower case. An error does not quote what is no name: it may be a value in the wrong place.
fn checked_name(name: &[u8]) -> Result<String> {
    let is_token = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    if name.is_empty() || name.len() > MAX_BYTES {
        return Err(Error::invalid_argument(
            "the name of an added header is empty or longer than all headers may be",
        ));
    }
    if let Some(at) = name.iter().position(|byte| !is_token(byte)) {
        return Err(Error::invalid_argument(format!(
            "the name of an added header has the byte 0x{:02x} at byte offset {at}: only letters, digits and \
             hyphens are usual, and the value is an argument of its own",
            name[at]
        )));
    }
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    // For CGI, WSGI, Rack and PHP a name with underscores is the same as one with hyphens, and may replace it.
    let as_seen = name.replace('_', "-");
    let begins_with = |prefix: &&str| as_seen.starts_with(*prefix);
    if OF_PROTOCOL.contains(&&*as_seen) || PREFIXES_OF_PROTOCOL.iter().any(begins_with) {
        let own = match &*as_seen {
            "user-agent" => ": set the user-agent suffix instead",
            "authorization" => ": it has the API key",
            _ => "",
        };
        return Err(Error::invalid_argument(format!(
            "the header `{name}` cannot be added, because it is part of the protocol{own}"
        )));
    }
    if OF_CONNECTION.contains(&&*as_seen) || begins_with(&PREFIX_OF_CONNECTION) {
        return Err(Error::invalid_argument(format!(
            "the header `{name}` cannot be added, because it concerns the connection and not the service"
        )));
    }
    Ok(name)
}

/// Returns the value. An error quotes nothing of it.
fn checked_value<'a>(name: &str, value: &'a [u8]) -> Result<&'a str> {
    if value.is_empty() {
        return Err(Error::invalid_argument(format!(
            "the value of the header `{name}` is empty: leave the header out"
        )));
    }
    if let Some(at) = value
        .iter()
        .position(|byte| !(byte.is_ascii_graphic() || *byte == b' '))
    {
        let kind = match value[at] {
            0x80.. => "a byte that is not ASCII",
            _ => "a tab, a line end or another control byte",
        };
        return Err(Error::invalid_argument(format!(
            "the value of the header `{name}` has {kind} at byte offset {at}: only visible ASCII characters and \
             spaces inside are possible"
        )));
    }
    if value.first() == Some(&b' ') || value.last() == Some(&b' ') {
        return Err(Error::invalid_argument(format!(
            "the value of the header `{name}` begins or ends with a space, which HTTP does not keep: leave it out"
        )));
    }
    std::str::from_utf8(value).map_err(|_| Error::invalid_argument("the value is not ASCII"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Status;

    fn headers(list: &[(&str, &str)]) -> ExtraHeaders {
        let mut headers = ExtraHeaders::default();
        for (name, value) in list {
            headers.add(name, value).unwrap();
        }
        headers
    }

    #[track_caller]
    fn refused(name: &[u8], value: &[u8]) -> String {
        let mut headers = headers(&[("a", "1")]);
        let error = headers.add(name, value).expect_err("the header is refused");
        assert_eq!(error.status(), Status::InvalidArgument);
        assert_eq!(
            headers.lines(),
            "a: 1\r\n",
            "a refused header changes nothing"
        );
        error.message().to_owned()
    }

    #[test]
    fn headers_are_lines_and_a_name_stands_once() {
        let mut headers = headers(&[("Traceparent", "00-ab-01"), ("x", "a b")]);
        assert_eq!(headers.lines(), "traceparent: 00-ab-01\r\nx: a b\r\n");
        headers.add("TRACEPARENT", "00-cd-01").unwrap();
        assert_eq!(headers.lines(), "x: a b\r\ntraceparent: 00-cd-01\r\n");
    }

    #[test]
    fn the_protocols_headers_and_the_connections_are_refused() {
        for name in [
            "Authorization",
            "host",
            "content-length",
            "Content-Type",
            "Content-Encoding",
            "Idempotency-Key",
            "X-Hookrail-Ordering-Key",
            "x-hookrail-anything",
            "User-Agent",
            "Accept-Encoding",
            "Idempotency_Key",
            "content_length",
            "x_hookrail-ordering_key",
        ] {
            let message = refused(name.as_bytes(), b"1");
            assert!(message.contains("part of the protocol"), "{message}");
            assert!(message.contains(&name.to_lowercase()), "{message}");
        }
        for name in [
            "Connection",
            "Keep-Alive",
            "Proxy-Authorization",
            "proxy-connection",
            "TE",
            "Trailer",
            "Transfer-Encoding",
            "Upgrade",
            "Expect",
            "HTTP2-Settings",
            "Transfer_Encoding",
            "proxy_authorization",
        ] {
            let message = refused(name.as_bytes(), b"1");
            assert!(message.contains("concerns the connection"), "{message}");
        }
        assert!(refused(b"user-agent", b"x").contains("suffix"));
    }

    #[test]
    fn names_and_values_that_would_leave_their_line_are_refused() {
        for name in ["", "a b", "a:", "a\r\nb", "\u{e9}", "a\0", "(a)"] {
            assert!(refused(name.as_bytes(), b"s3cret").contains("name"));
        }
        for value in [
            "",
            " a",
            "a ",
            "a\tb",
            "a\r\nb: c",
            "a\n",
            "\0",
            "\x7f",
            "\u{e9}",
        ] {
            let message = refused(b"x-token", value.as_bytes());
            assert!(message.contains("`x-token`"), "{message}");
        }
    }

    #[test]
    fn no_message_and_no_debug_form_has_a_value() {
        for value in ["s3cret\n", " s3cret", "s3cret\u{e9}"] {
            assert!(!refused(b"x", value.as_bytes()).contains("s3cret"));
        }
        let swapped = refused(b"x: s3cret", b"x");
        assert!(!swapped.contains("s3cret"), "{swapped}");
        let debug = format!("{:?}", headers(&[("x-token", "s3cret")]));
        assert_eq!(debug, r#"["x-token"]"#);
    }

    #[test]
    fn number_and_size_are_bounded() {
        let mut headers = ExtraHeaders::default();
        for number in 0..MAX_HEADERS {
            headers.add(format!("x-{number}"), "1").unwrap();
        }
        let error = headers.add("one-more", "1").unwrap_err();
        assert!(error.message().contains("32"), "{error}");
        headers.add("x-0", "2").unwrap();

        let mut headers = ExtraHeaders::default();
        headers.add("x", "v".repeat(MAX_BYTES - 5)).unwrap();
        let error = headers.add("x", "v".repeat(MAX_BYTES - 4)).unwrap_err();
        assert!(error.message().contains("8193"), "{error}");
        assert!(!error.message().contains("vvv"), "{error}");
    }

    #[test]
    fn headers_replace_those_below_them() {
        let client = headers(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let send = headers(&[("B", "x"), ("d", "4")]);
        let none = ExtraHeaders::default();
        assert_eq!(
            send.over(&client).lines(),
            "a: 1\r\nc: 3\r\nb: x\r\nd: 4\r\n"
        );
        assert_eq!(send.over(&none), send);
        assert_eq!(none.over(&client), client);
    }

    #[test]
    fn only_lines_that_were_written_here_are_read() {
        for wrong in [
            "a: 1",
            "a: 1\n",
            "a:1\r\n",
            "A: 1\r\n",
            "a: 1\r\na: 1\r\n",
            "a: 1\r\n\r\n",
            "\r\n",
            "host: x\r\n",
            "a: 1\r\n b: 2\r\n",
            "a: \r\n",
        ] {
            assert!(ExtraHeaders::parse(wrong.as_bytes()).is_err(), "{wrong:?}");
        }
        assert!(ExtraHeaders::parse(b"").unwrap().is_empty());
        let long = b"a: 1\r\n".repeat(MAX_BYTES / 6 + 1);
        let error = ExtraHeaders::parse(&long).unwrap_err();
        assert!(error.message().contains("8196 bytes"), "{error}");
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_is_written_is_read_again(list in prop::collection::vec(("[!-~]{1,12}", "[ -~]{1,20}"), 0..6)) {
            let mut headers = ExtraHeaders::default();
            let mut expected = std::collections::BTreeMap::new();
            for (name, value) in &list {
                if headers.add(name, value).is_ok() {
                    expected.insert(name.to_ascii_lowercase(), value.as_str());
                }
            }
            let read = ExtraHeaders::parse(headers.lines().as_bytes()).unwrap();
            prop_assert_eq!(&read, &headers);
            let read: std::collections::BTreeMap<String, &str> =
                read.iter().map(|(name, value)| (name.to_owned(), value)).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
