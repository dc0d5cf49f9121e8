//! Interim responses (1xx). They are distinguished from an early answer, which comes while the request is still
//! being written, and they are counted: a peer that sends them without end would keep a processor busy until the
//! end of the call.

/// The beginning of every status line, up to the minor version.
const VERSION: &[u8] = b"HTTP/1.";
/// The position of the status's digits.
const STATUS: std::ops::Range<usize> = 9..12;
const HEAD_END: &[u8] = b"\r\n\r\n";

/// Returns whether `input`, which is everything that the peer has sent, has more than interim responses: the
/// beginning of an answer, or something that is not HTTP.
pub fn holds_answer(input: &[u8]) -> bool {
    let mut rest = input;
    while !rest.is_empty() {
        if !may_be_interim(rest) {
            return true;
        }
        let Some(end) = memchr::memmem::find(rest, HEAD_END) else {
            return false;
        };
        rest = &rest[end + HEAD_END.len()..];
    }
    false
}

/// Returns whether a response with this beginning is an interim one, or can still become one. A change of
/// protocols (101) is not interim: no answer follows it.
fn may_be_interim(head: &[u8]) -> bool {
    let version = &head[..head.len().min(VERSION.len())];
    let status = head.get(STATUS.start..).unwrap_or_default();
    let status = &status[..status.len().min(STATUS.len())];
    VERSION.starts_with(version) && (status.is_empty() || status[0] == b'1') && status != b"101"
}

/// The most interim responses that may come before an answer. Usually there are none to two.
pub const MOST_INTERIM: usize = 32;

/// Counts the interim responses before an answer. They may come in pieces of any size.
#[derive(Debug, Default)]
pub struct InterimCount {
    /// The number of complete interim responses.
    complete: usize,
    /// Whether the answer has begun.
    is_over: bool,
    /// The beginning of the present head.
    start: [u8; STATUS.end],
    length: usize,
    /// The number of bytes in the present line.
    line: usize,
}

impl InterimCount {
    /// Adds the next input. Returns whether there are too many interim responses.
    pub fn add(&mut self, input: &[u8]) -> bool {
        // Nearly always the first piece shows that the answer has begun.
        if !self.is_over
            && self.complete == 0
            && self.length == 0
            && let Some(start) = input.get(..STATUS.end)
        {
            self.is_over = !may_be_interim(start);
        }
        for &byte in input {
            if self.is_over {
                break;
            }
            self.add_byte(byte);
        }
        self.complete > MOST_INTERIM
    }

    fn add_byte(&mut self, byte: u8) {
        if self.length < STATUS.end {
            self.start[self.length] = byte;
            self.length += 1;
            self.is_over = !may_be_interim(&self.start[..self.length]);
        }
        match byte {
            b'\r' => {}
            // An empty line ends a head. Readers of HTTP accept a line feed alone.
            b'\n' if self.line == 0 => {
                self.complete += 1;
                self.length = 0;
            }
            b'\n' => self.line = 0,
            _ => self.line += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns whether these responses, in pieces of this size, are too many.
    fn is_too_many(responses: &str, piece: usize) -> bool {
        let mut count = InterimCount::default();
        let mut pieces = responses.as_bytes().chunks(piece);
        pieces.any(|piece| count.add(piece))
    }

    #[test]
    fn interim_responses_are_counted_in_any_pieces() {
        for head in [
            "HTTP/1.1 100 Continue\r\n\r\n",
            "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nLink: </b>\r\n\r\n",
            "HTTP/1.1 102 Processing\nA: b\n\n",
        ] {
            for piece in [1, 2, 3, 7, 11, 100, 10_000] {
                let most = head.repeat(MOST_INTERIM);
                assert!(!is_too_many(&most, piece), "{piece} {head}");
                assert!(is_too_many(&(most + head), piece), "{piece} {head}");
            }
        }
    }

    #[test]
    fn what_looks_like_one_within_an_answer_is_not_counted() {
        let head = "HTTP/1.1 100 Continue\r\n\r\n";
        for answer in [
            "HTTP/1.1 202 A\r\n\r\n",
            "HTTP/1.1 101 S\r\n\r\n",
            "SSH-2.0\r\n\r\n",
        ] {
            let whole = answer.to_owned() + &head.repeat(100);
            for piece in [1, 5, 13, 1000] {
                assert!(!is_too_many(&whole, piece), "{answer} {piece}");
            }
            let mut count = InterimCount::default();
            assert!(!count.add(answer.as_bytes()));
            assert!((0..100).all(|_| !count.add(head.as_bytes())), "{answer}");
        }
    }

    #[test]
    fn interim_responses_are_none_however_many_there_are() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\n";
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        let input = [interim, hints, interim].concat();
        // This holds wherever they are cut off.
        for end in 0..=input.len() {
            assert!(!holds_answer(&input.as_bytes()[..end]), "{end}");
        }
    }

    #[test]
    fn an_answer_is_one_from_the_first_digit_of_its_status_on() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\n";
        let answer = "HTTP/1.1 413 Payload Too Large\r\n\r\n";
        for before in ["", interim] {
            for end in 0..=answer.len() {
                let input = format!("{before}{}", &answer[..end]);
                assert_eq!(holds_answer(input.as_bytes()), end > 9, "{input}");
            }
        }
        assert!(holds_answer(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"));
    }

    #[test]
    fn what_is_not_http_is_no_interim_response() {
        for input in ["SSH-2.0", "<html>", "\0", "HTTP/2 100\r\n\r\n"] {
            assert!(holds_answer(input.as_bytes()), "{input}");
        }
    }
}
