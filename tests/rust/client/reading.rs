//! Answers with an unusual size, form or pace.

use hookrail::{Error, Outcome, Status};
use hookrail_devserver::Rule;

use crate::support::raw::{RawServer, accepted, accepted_body, response};
use crate::support::{
    SOON, client, client_at, expect_error, keyed, options, options_with_retries, payload_of, send,
    server_with, timed,
};

const MIB: usize = 1024 * 1024;

/// Returns the result of a send, and its number of requests, if the server answers each attempt with these
/// bytes and closes the connection.
fn answered(bytes: impl AsRef<[u8]>) -> (Result<String, Error>, usize) {
    let bytes = bytes.as_ref().to_vec();
    let server = RawServer::start(move |mut peer| {
        if peer.request().is_some() {
            peer.send(&bytes);
        }
        peer.close();
    });
    let result = send(&client_at(&server.url(), &options_with_retries(1)));
    (
        result.map(|accepted| accepted.event_id),
        server.requests().len(),
    )
}

/// Checks that both attempts failed, the last one with this status.
#[track_caller]
fn expect_failure(bytes: impl AsRef<[u8]>, status: Status) {
    let shown = String::from_utf8_lossy(bytes.as_ref()).into_owned();
    let (result, requests) = answered(bytes);
    let error = result.expect_err(&shown);
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::MaybeSent);
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(cause.status(), status, "{shown:?}: {cause}");
    assert_eq!(requests, 2, "{shown:?}");
}

#[test]
fn answers_that_are_not_http() {
    for garbage in [
        "SSH-2.0-OpenSSH_9.2p1\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "HTTP/2 202\r\n\r\n",
        "HTTP/1.1 9999 Many\r\n\r\n",
        "HTTP/1.1 abc Accepted\r\n\r\n",
        "\r\n\r\n\r\n\r\n220 smtp.example.com ESMTP\r\n",
        "<html></html>",
        "{\"event_id\":\"e\"}\r\n\r\n",
        "HTTP/1.1 202 Accepted\r\nContent-Length: -1\r\n\r\n",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}}",
        "HTTP/1.1 202 Accepted\r\nno colon\r\n\r\n",
        "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
    ] {
        expect_failure(garbage, Status::Protocol);
    }
}

#[test]
fn bytes_that_are_no_text() {
    let noise: Vec<u8> = (0..=255).cycle().skip(128).take(4_000).collect();
    expect_failure(noise, Status::Protocol);
}

#[test]
fn an_answer_that_ends_too_early() {
    let whole = accepted("e1");
    let head = whole.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    for end in [0, 1, 9, head, head + 3, head + 4, head + 5, whole.len() - 1] {
        expect_failure(&whole[..end], Status::Connection);
    }
    let (result, _) = answered(&whole);
    assert_eq!(result.unwrap(), "e1");
}

#[test]
fn a_chunked_answer() {
    let whole = "HTTP/1.1 202 Accepted\r\nTransfer-Encoding: chunked\r\n\r\n\
                 8\r\n{\"event_\r\n9;x=y\r\nid\":\"e1\"}\r\n0\r\nX: y\r\n\r\n";
    let (result, _) = answered(whole);
    assert_eq!(result.unwrap(), "e1");
    let last_chunk = whole.find("\r\n0\r\n").unwrap();
    for end in [last_chunk - 5, last_chunk, last_chunk + 3] {
        expect_failure(&whole[..end], Status::Connection);
    }
}

#[test]
fn a_2xx_of_more_than_a_mebibyte_is_not_read_to_its_end() {
    let padded = |bytes: usize| {
        let json = accepted_body("e1");
        format!("{json}{}", " ".repeat(bytes - json.len()))
    };
    let (result, _) = answered(response("202 Accepted", &[], padded(MIB)));
    assert_eq!(result.unwrap(), "e1");

    let (result, requests) = answered(response("202 Accepted", &[], padded(MIB + 1)));
    let error = result.unwrap_err();
    expect_error(&error, Status::Protocol, 1, Outcome::MaybeSent);
    assert!(error.message().contains("too long"), "{error}");
    assert_eq!(requests, 1);
}

#[test]
fn an_error_without_end_is_still_that_error() {
    let server = RawServer::start(|mut peer| {
        peer.request();
        peer.send("HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\n\r\n");
        while peer.send([b'x'; 64 * 1024]) {}
    });
    let (result, elapsed) = timed(|| send(&client_at(&server.url(), &options())));
    let error = result.unwrap_err();
    expect_error(&error, Status::BadRequest, 1, Outcome::Rejected);
    let kept = error.problem().expect("the body").raw_body().len();
    assert_eq!(kept, 64 * 1024);
    assert!(elapsed < SOON, "{elapsed:?}");
}

#[test]
fn a_length_that_is_announced_and_never_comes() {
    // The client must not allocate this much in advance.
    let head = format!(
        "HTTP/1.1 202 Accepted\r\nContent-Length: {}\r\n\r\n",
        u64::MAX / 2
    );
    expect_failure(head, Status::Connection);
}

#[test]
fn a_head_of_more_than_64_kib() {
    let head = |bytes: usize| {
        let filling = "x".repeat(bytes);
        response(
            "202 Accepted",
            &[("X-Filling", &filling)],
            accepted_body("e1"),
        )
    };
    let (result, _) = answered(head(60 * 1024));
    assert_eq!(result.unwrap(), "e1");
    expect_failure(head(66 * 1024), Status::Protocol);
    expect_failure(head(3 * MIB), Status::Protocol);
}

#[test]
fn headers_without_end() {
    let server = RawServer::start(|mut peer| {
        peer.request();
        peer.send("HTTP/1.1 202 Accepted\r\n");
        while peer.send("X-Filling: xxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n".repeat(100)) {}
    });
    let client = client_at(&server.url(), &options_with_retries(0));
    let (result, elapsed) = timed(|| send(&client));
    let error = result.unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::MaybeSent);
    assert_eq!(error.cause().map(Error::status), Some(Status::Protocol));
    assert!(elapsed < SOON, "{elapsed:?}");
}

#[test]
fn an_answer_that_comes_byte_by_byte() {
    let server = server_with([Rule::dribble(1, 1)]);
    assert_eq!(send(&client(&server)).unwrap().attempts, 1);
    assert_eq!(server.summary().requests, 1);
}

#[test]
fn interim_answers_are_passed_over() {
    let interim = [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\n\r\n",
    ];
    let server = RawServer::start(move |mut peer| {
        while peer.request().is_some() {
            for part in interim {
                peer.send(part);
            }
            // All parts and the answer in one write.
            peer.send([interim.concat().as_bytes(), &accepted("e1")].concat());
        }
    });
    let client = client_at(&server.url(), &options_with_retries(0));
    for _ in 0..3 {
        assert_eq!(send(&client).unwrap().event_id, "e1");
    }
    assert_eq!(server.connections(), 1);
}

#[test]
fn interim_answers_before_the_request_is_complete() {
    let payload_length = 200_000;
    let server = RawServer::start(move |mut peer| {
        while peer.head().is_some() {
            peer.send("HTTP/1.1 100 Continue\r\n\r\n");
            peer.skip(br#"{"topic":"t","payload":}"#.len() + payload_length);
            peer.send(accepted("e1"));
        }
    });
    let client = client_at(&server.url(), &options_with_retries(0));
    let payload = payload_of(payload_length);
    let accepted = client.send(b"t", &payload, &keyed("k")).unwrap();
    assert_eq!(accepted.event_id, "e1");
}

#[test]
fn an_unrequested_switch_of_protocols() {
    let server = RawServer::start(|mut peer| {
        peer.request();
        peer.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
        peer.close();
    });
    let client = client_at(&server.url(), &options());
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::UnexpectedStatus, 1, Outcome::MaybeSent);
    assert_eq!(error.http_status(), Some(101));
}
