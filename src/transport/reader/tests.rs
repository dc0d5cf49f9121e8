use super::*;
use crate::transport::interim_responses::MOST_INTERIM;

/// What an answer comes to: status, body, and whether it keeps the connection.
type Read = (u16, Vec<u8>, bool);

/// Reads `bytes` in pieces of this size, and then the end of the input if the answer is still unfinished.
fn read(bytes: &[u8], piece: usize) -> Result<Read, NoAnswer> {
    read_answer(bytes, piece)
        .map(|(answer, keeps_connection)| (answer.status, answer.body, keeps_connection))
}

fn read_answer(bytes: &[u8], piece: usize) -> Result<(Answer, bool), NoAnswer> {
    let mut reader = Reader::new()?;
    let mut input = InputBuffer::default();
    for piece in bytes.chunks(piece) {
        let mut rest = piece;
        while !rest.is_empty() {
            let room = input.room();
            let amount = rest.len().min(room.len());
            room[..amount].copy_from_slice(&rest[..amount]);
            input.added(amount);
            rest = &rest[amount..];
            if let ReadResult::Finished { keeps_connection } = reader.advance(&mut input)? {
                return Ok((reader.into_answer(), keeps_connection));
            }
        }
    }
    let ReadResult::Finished { keeps_connection } = reader.end(&mut input)? else {
        panic!("the end leaves nothing open");
    };
    Ok((reader.into_answer(), keeps_connection))
}

const PIECES: [usize; 6] = [1, 2, 3, 7, 64, 1_000_000];

#[test]
fn an_answer_has_its_request_id() {
    for input in [
        "HTTP/1.1 500 S\r\nCF-Ray: 2\r\nX-Request-Id: 1\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 202 A\r\nX-REQUEST-ID: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
        "HTTP/1.1 103 E\r\nX-Request-Id: 2\r\n\r\nHTTP/1.1 404 N\r\nx-request-id:  1 \r\nContent-Length: 0\r\n\r\n",
    ] {
        let (answer, _) = read_answer(input.as_bytes(), 7).expect(input);
        assert_eq!(answer.request_id.as_deref(), Some(&b"1"[..]), "{input}");
    }
}

#[test]
fn answers_are_read_in_any_pieces() {
    let interim = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(MOST_INTERIM);
    for (answer, status, body, keeps_connection) in [
        (
            "HTTP/1.1 202 A\r\nContent-Length: 2\r\n\r\n{}",
            202,
            "{}",
            true,
        ),
        ("HTTP/1.1 503 U\r\nContent-Length: 0\r\n\r\n", 503, "", true),
        (
            "HTTP/1.1 302 F\r\nContent-Length: 1\r\nLocation: /\r\n\r\nx",
            302,
            "x",
            true,
        ),
        ("HTTP/1.1 204 N\r\n\r\n", 204, "", true),
        ("HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\n", 304, "", true),
        (
            "HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;x=y\r\nbc\r\n0\r\nT: t\r\n\r\n",
            200,
            "abc",
            true,
        ),
        (
            "HTTP/1.1 202 A\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
            202,
            "x",
            false,
        ),
        (
            "HTTP/1.0 202 A\r\nContent-Length: 1\r\n\r\nx",
            202,
            "x",
            false,
        ),
        ("HTTP/1.1 202 A\r\n\r\nto the end", 202, "to the end", false),
        (
            "HTTP/1.1 200 O\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n",
            200,
            "a",
            false,
        ),
        ("HTTP/1.1 101 S\r\n\r\n", 101, "", false),
    ] {
        for piece in PIECES {
            for before in ["", "HTTP/1.1 100 Continue\r\n\r\n", &interim] {
                let bytes = format!("{before}{answer}");
                let read = read(bytes.as_bytes(), piece).expect(answer);
                assert_eq!(
                    read,
                    (status, body.into(), keeps_connection),
                    "{bytes} {piece}"
                );
            }
        }
    }
}

#[test]
fn an_answer_that_is_cut_off_is_a_connection_that_was_closed() {
    for answer in [
        "HTTP/1.1 202 A\r\nContent-Length: 2\r\n\r\n{}",
        "HTTP/1.1 202 A\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
    ] {
        for end in 0..answer.len() {
            let read = read(&answer.as_bytes()[..end], 7);
            let closed = matches!(&read, Err(NoAnswer::Transport(Failure::Closed(_))));
            assert!(closed, "{}: {read:?}", &answer[..end]);
        }
    }
}

#[test]
fn what_is_no_http_is_told() {
    for answer in [
        "SSH-2.0\r\n",
        "HTTP/1.1 099 A\r\n\r\n",
        "HTTP/1.1 202 A\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 202 A\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 202 A\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
    ] {
        for piece in PIECES {
            let read = read(answer.as_bytes(), piece);
            assert!(
                matches!(read, Err(NoAnswer::NotHttp(_))),
                "{answer}: {read:?}"
            );
        }
    }
}

#[test]
fn a_head_has_a_limit() {
    let start = "HTTP/1.1 202 A\r\nContent-Length: 0\r\nA: ";
    let head = |length: usize| {
        let filling = "x".repeat(length - start.len() - "\r\n\r\n".len());
        format!("{start}{filling}\r\n\r\n")
    };
    let longest = read(head(MAX_RESPONSE_HEAD).as_bytes(), 10_000);
    assert_eq!(longest.unwrap(), (202, Vec::new(), true));
    let too_long = read(head(MAX_RESPONSE_HEAD + 1).as_bytes(), 10_000);
    assert!(
        matches!(too_long, Err(NoAnswer::NotHttp(_))),
        "{too_long:?}"
    );
    let endless = read(
        "x".repeat(MAX_RESPONSE_HEAD + 1)
            .replacen("x", start, 1)
            .as_bytes(),
        10_000,
    );
    assert!(matches!(endless, Err(NoAnswer::NotHttp(_))), "{endless:?}");
}

#[test]
fn bytes_behind_an_answer_stay_in_the_input() {
    let mut reader = Reader::new().unwrap();
    let mut input = InputBuffer::default();
    let bytes = b"HTTP/1.1 400 B\r\nContent-Length: 1\r\n\r\nxrest";
    input.room()[..bytes.len()].copy_from_slice(bytes);
    input.added(bytes.len());
    let finished = ReadResult::Finished {
        keeps_connection: true,
    };
    assert_eq!(reader.advance(&mut input).unwrap(), finished);
    assert_eq!(input.bytes(), b"rest");
}

#[test]
fn a_body_without_end_is_cut_at_its_limit() {
    let head = b"HTTP/1.1 400 B\r\n\r\n".to_vec();
    for (length, is_cut) in [(MAX_RESPONSE_BODY, false), (MAX_RESPONSE_BODY + 1, true)] {
        let bytes = [head.clone(), vec![b'x'; length]].concat();
        let (status, body, keeps_connection) = read(&bytes, 10_000).unwrap();
        assert_eq!((status, body.len()), (400, MAX_RESPONSE_BODY));
        assert!(!keeps_connection);
        // An open end is waited for only as long as there is room.
        let mut reader = Reader::new().unwrap();
        let mut input = InputBuffer::default();
        let mut last = ReadResult::Unfinished;
        for piece in bytes.chunks(1_000) {
            let room = input.room();
            room[..piece.len()].copy_from_slice(piece);
            input.added(piece.len());
            last = reader.advance(&mut input).unwrap();
        }
        assert_eq!(last != ReadResult::Unfinished, is_cut);
        assert_eq!(reader.into_answer().truncated, is_cut);
    }
}

#[test]
fn only_a_status_that_is_no_success_survives_being_cut_off() {
    let cut_off = |status: u16, reason: NoAnswer| {
        let mut reader = Reader::new().unwrap();
        let mut input = InputBuffer::default();
        let bytes = format!("HTTP/1.1 {status} S\r\nContent-Length: 9\r\n\r\nabc");
        input.room()[..bytes.len()].copy_from_slice(bytes.as_bytes());
        input.added(bytes.len());
        assert_eq!(reader.advance(&mut input).unwrap(), ReadResult::Unfinished);
        reader.cut_off(reason)
    };
    let closed = || NoAnswer::Transport(Failure::closed_early());
    assert_eq!(cut_off(500, closed()).unwrap().body, b"abc");
    assert!(cut_off(202, closed()).is_err());
    let cancelled = cut_off(500, NoAnswer::Transport(Failure::Cancelled));
    assert!(matches!(
        cancelled,
        Err(NoAnswer::Transport(Failure::Cancelled))
    ));
    let nothing_read = Reader::new().unwrap().cut_off(closed());
    assert!(nothing_read.is_err());
}
