//! Telling interim responses (1xx) from the answer while the request is still being written.

/// Where every status line begins, up to the minor version.
const VERSION: &[u8] = b"HTTP/1.";
/// Where the digits of the status stand.
const STATUS: std::ops::Range<usize> = 9..12;
const HEAD_END: &[u8] = b"\r\n\r\n";

/// Whether `input`, all that the peer has sent, goes beyond interim responses: an answer has begun,
/// or something that is no HTTP.
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

/// Whether a response that begins like this is, or can still become, an interim one. A change of
/// protocols (101) is none: nothing follows it.
fn may_be_interim(head: &[u8]) -> bool {
    let version = &head[..head.len().min(VERSION.len())];
    let status = head.get(STATUS.start..).unwrap_or_default();
    let status = &status[..status.len().min(STATUS.len())];
    VERSION.starts_with(version) && (status.is_empty() || status[0] == b'1') && status != b"101"
}

#[cfg(test)]
mod tests {
    use super::holds_answer;

    #[test]
    fn interim_responses_are_none_however_many_there_are() {
        let interim = "HTTP/1.1 100 Continue\r\n\r\n";
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";
        let input = [interim, hints, interim].concat();
        // Cut off anywhere, too.
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
