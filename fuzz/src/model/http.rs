//! Responses by RFC 9112, read strictly: every response that it reads has one meaning only.

/// The meaning of the bytes of a peer that closes its side after them.
#[derive(Debug)]
pub enum Reading<'a> {
    /// Interim responses, then a response with its whole body, then possibly more.
    Whole(Answer<'a>),
    /// The same, but the end of the body is missing.
    Partial(Answer<'a>),
    /// Nothing, or a response with an incomplete or contradictory head.
    Nothing,
    /// Bytes that a strict reader does not read, or that another reader may read differently.
    Odd,
}

/// A response.
#[derive(Debug)]
pub struct Answer<'a> {
    pub status: u16,
    headers: Vec<(String, &'a [u8])>,
    /// The available part of the body.
    pub body: Vec<u8>,
    /// Whether only the end of the connection ends the body.
    pub until_close: bool,
}

impl<'a> Answer<'a> {
    /// Returns the values of a header field; the name is in lower case.
    pub fn header(&self, name: &str) -> Vec<&'a [u8]> {
        let fields = self.headers.iter().filter(|(other, _)| other == name);
        fields.map(|(_, value)| *value).collect()
    }
}

/// Every reader must read responses within these limits.
const MAX_HEAD: usize = 32 * 1024;
const MAX_FIELDS: usize = 64;
const MAX_INTERIM: usize = 4;
const MAX_BODY: u64 = 1024 * 1024;

/// Reads the bytes of a peer.
pub fn read(bytes: &[u8]) -> Reading<'_> {
    let mut rest = bytes;
    for _ in 0..=MAX_INTERIM {
        let Some(end) = find(rest, b"\r\n\r\n") else {
            return if begins_a_head(rest) {
                Reading::Nothing
            } else {
                Reading::Odd
            };
        };
        let is_1_1 = rest.starts_with(b"HTTP/1.1");
        let Some((status, headers)) = head(&rest[..end + 2]) else {
            return Reading::Odd;
        };
        rest = &rest[end + 4..];
        match status {
            101 => return Reading::Odd,
            100..200 => {}
            _ => return body(is_1_1, status, headers, rest),
        }
    }
    Reading::Odd
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Returns whether bytes without an empty line can still become a head: complete, valid lines, and an
/// incomplete one, whose beginning alone is checked.
fn begins_a_head(bytes: &[u8]) -> bool {
    let lines_end = bytes
        .windows(2)
        .rposition(|window| window == b"\r\n")
        .map_or(0, |at| at + 2);
    let (lines, last) = bytes.split_at(lines_end);
    let plain = |byte: &u8| matches!(byte, b' '..=b'~');
    if lines.is_empty() {
        let start = b"HTTP/1.1 ";
        let known = last.len().min(start.len());
        return last[..known] == start[..known] && last[known..].is_empty();
    }
    head(lines).is_some() && last.iter().all(plain) && last.first() != Some(&b' ') && {
        let name_end = last.iter().position(|byte| !is_token(*byte));
        name_end.is_none_or(|at| at > 0 && last[at] == b':')
    }
}

type Head<'a> = (u16, Vec<(String, &'a [u8])>);

/// Reads a status line and fields, each with its line end.
fn head(lines: &[u8]) -> Option<Head<'_>> {
    if lines.len() > MAX_HEAD {
        return None;
    }
    let mut lines = split_lines(lines)?.into_iter();
    let line = lines.next()?;
    let line = line
        .strip_prefix(b"HTTP/1.1 ")
        .or_else(|| line.strip_prefix(b"HTTP/1.0 "))?;
    let (status, reason) = line.split_at_checked(3)?;
    let is_text = |bytes: &[u8]| bytes.iter().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    if reason.first() != Some(&b' ') || !is_text(reason) {
        return None;
    }
    let status = number(status, 10).filter(|status| (100..=999).contains(status))? as u16;
    let headers: Vec<_> = lines
        .map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            let (name, value) = (&line[..colon], &line[colon + 1..]);
            let well_formed =
                !name.is_empty() && name.iter().all(|byte| is_token(*byte)) && is_text(value);
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            well_formed.then(|| (name, value.trim_ascii()))
        })
        .collect::<Option<_>>()?;
    (headers.len() <= MAX_FIELDS).then_some((status, headers))
}

/// Splits at line ends; each line must be complete.
fn split_lines(mut text: &[u8]) -> Option<Vec<&[u8]>> {
    let mut lines = Vec::new();
    while !text.is_empty() {
        let end = find(text, b"\r\n")?;
        let line = &text[..end];
        if line.contains(&b'\r') || line.contains(&b'\n') {
            return None;
        }
        lines.push(line);
        text = &text[end + 2..];
    }
    Some(lines)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Returns a number that every reader can hold.
fn number(digits: &[u8], radix: u32) -> Option<u64> {
    let all_digits = digits.iter().all(|byte| char::from(*byte).is_digit(radix));
    if !(1..=15).contains(&digits.len()) || !all_digits {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

fn body<'a>(
    is_1_1: bool,
    status: u16,
    headers: Vec<(String, &'a [u8])>,
    rest: &[u8],
) -> Reading<'a> {
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
        until_close: false,
    };
    let lengths = answer.header("content-length");
    let encodings = answer.header("transfer-encoding");
    // Neither may have a body, but some readers still give a meaning to a length there.
    let bodiless = matches!(status, 204 | 304);
    match (&lengths[..], &encodings[..]) {
        ([], []) if bodiless => Reading::Whole(answer),
        _ if bodiless => Reading::Odd,
        ([], []) => {
            answer.body = rest.to_vec();
            answer.until_close = true;
            Reading::Whole(answer)
        }
        ([length], []) => {
            let Some(length) = number(length, 10).filter(|length| *length < MAX_BODY) else {
                return Reading::Odd;
            };
            let length = length as usize;
            answer.body = rest[..length.min(rest.len())].to_vec();
            if rest.len() < length {
                Reading::Partial(answer)
            } else {
                Reading::Whole(answer)
            }
        }
        // The encoding overrides a length; but a length that is no number is an error for some readers.
        (lengths, [encoding])
            if is_1_1
                && encoding.eq_ignore_ascii_case(b"chunked")
                && lengths.iter().all(|length| number(length, 10).is_some()) =>
        {
            chunked(answer, rest)
        }
        ([one, others @ ..], []) if contradict(one, others) => Reading::Nothing,
        _ => Reading::Odd,
    }
}

/// Returns whether the lengths contradict each other. Readers may treat a repeated equal length in either
/// way.
fn contradict(one: &[u8], others: &[&[u8]]) -> bool {
    let one = number(one, 10);
    one.is_some()
        && others
            .iter()
            .any(|other| number(other, 10).is_some_and(|other| Some(other) != one))
}

/// Reads chunks without extensions, and no trailers.
fn chunked<'a>(mut answer: Answer<'a>, mut rest: &[u8]) -> Reading<'a> {
    loop {
        let Some(end) = find(rest, b"\r\n") else {
            let cut_off = rest.strip_suffix(b"\r").unwrap_or(rest);
            let may_go_on = cut_off.is_empty() && rest.is_empty() || number(cut_off, 16).is_some();
            return if may_go_on {
                Reading::Partial(answer)
            } else {
                Reading::Odd
            };
        };
        let Some(length) = number(&rest[..end], 16).filter(|length| *length < MAX_BODY) else {
            return Reading::Odd;
        };
        rest = &rest[end + 2..];
        let length = length as usize;
        let data = &rest[..length.min(rest.len())];
        answer.body.extend_from_slice(data);
        rest = &rest[data.len()..];
        let line_end = &rest[..rest.len().min(2)];
        if !b"\r\n".starts_with(line_end) {
            return Reading::Odd;
        }
        if data.len() < length || line_end.len() < 2 {
            return Reading::Partial(answer);
        }
        if length == 0 {
            return Reading::Whole(answer);
        }
        rest = &rest[2..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn responses_are_read_with_their_bodies() {
        for (bytes, expected) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabrest", "ab"),
            ("HTTP/1.1 200 \r\n\r\nabc", "abc"),
            (
                "HTTP/1.1 100 C\r\n\r\nHTTP/1.0 200 OK\r\nA: b\r\n\r\nx",
                "x",
            ),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n",
                "abc",
            ),
            ("HTTP/1.1 204 None\r\n\r\nrest", ""),
        ] {
            match read(bytes.as_bytes()) {
                Reading::Whole(answer) => assert_eq!(answer.body, expected.as_bytes()),
                other => panic!("{bytes}: {other:?}"),
            }
        }
    }

    #[test]
    fn what_is_cut_off_is_partial_or_nothing() {
        let whole = "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\n\r\nab";
        let head = whole.len() - 2;
        for end in 0..whole.len() {
            let reading = read(&whole.as_bytes()[..end]);
            match reading {
                // An incomplete status line or line end is not examined.
                Reading::Nothing | Reading::Odd => assert!(end < head, "{end}"),
                Reading::Partial(_) => assert!(end >= head, "{end}"),
                Reading::Whole(_) => panic!("{end}: {reading:?}"),
            }
        }
    }

    #[test]
    fn what_has_two_meanings_is_odd() {
        for bytes in [
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nab",
            "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nContent-Length: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            "HTTP/1.1 200 OK\nContent-Length: 2\n\nab\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n",
            "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
            "HTTP/1.1 101 Switching\r\n\r\n",
            "HTTP/2 200 OK\r\n\r\n",
        ] {
            let reading = read(bytes.as_bytes());
            assert!(matches!(reading, Reading::Odd), "{bytes}: {reading:?}");
        }
    }
}
