//! Interim answers (1xx): the client accepts a limited number of them.

use std::time::Duration;

use hookrail::{Error, Outcome, Status};

use crate::support::raw::{Peer, RawServer, accepted};
use crate::support::tls::Identity;
use crate::support::{SOON, client_at, expect_error, options_with_retries, send, timed};

const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n";
/// The number that the client accepts before an answer.
const MOST: usize = 32;

/// Answers each request after this number of interim answers, sent in one piece or one by one.
fn hinting(count: usize, pieces: bool) -> impl Fn(Peer) {
    move |mut peer| {
        while peer.request().is_some() {
            if pieces {
                for _ in 0..count {
                    peer.send(HINTS);
                    std::thread::sleep(Duration::from_millis(1));
                }
            } else {
                peer.send(HINTS.repeat(count));
            }
            peer.send(accepted("e"));
        }
    }
}

#[test]
fn interim_answers_are_skipped_on_each_request_of_a_connection() {
    for pieces in [true, false] {
        let server = RawServer::start(hinting(MOST, pieces));
        let client = client_at(&server.url(), &options_with_retries(0));
        for _ in 0..3 {
            assert_eq!(send(&client).unwrap().attempts, 1);
        }
        assert_eq!(server.connections(), 1);
    }
}

#[test]
fn one_interim_answer_too_many_is_an_error_that_says_so() {
    for pieces in [true, false] {
        let server = RawServer::start(hinting(MOST + 1, pieces));
        let client = client_at(&server.url(), &options_with_retries(1));
        let error = send(&client).unwrap_err();
        expect_error(&error, Status::RetriesExhausted, 2, Outcome::MaybeSent);
        let cause = error.cause().expect("the attempt's error");
        assert_eq!(cause.status(), Status::Protocol);
        assert!(cause.message().contains("interim"), "{cause}");
        assert_eq!(server.connections(), 2);
    }
}

/// All time limits are the tests' patience, so only the number can end this.
#[test]
fn an_endless_stream_of_interim_answers_ends_at_once() {
    let identity = Identity::new();
    let endless = |mut peer: Peer| {
        peer.request();
        // The first answer on the connection is a normal one: the next request reuses the connection.
        if peer.connection() == 0 {
            peer.send(accepted("e"));
            peer.request();
        }
        let many = HINTS.repeat(10_000);
        while peer.send(&many) {}
    };
    let plain = RawServer::start(endless);
    let tls = RawServer::start_tls(identity.server_config(), endless);
    for server in [plain, tls] {
        let mut options = options_with_retries(0);
        options.add_ca_pem(&identity.ca_pem()).unwrap();
        let client = client_at(&server.url(), &options);
        send(&client).unwrap();
        for _ in 0..2 {
            let (result, elapsed) = timed(|| send(&client));
            let error = result.unwrap_err();
            expect_error(&error, Status::RetriesExhausted, 1, Outcome::MaybeSent);
            assert_eq!(error.cause().map(Error::status), Some(Status::Protocol));
            assert!(elapsed < SOON, "{elapsed:?}");
            let stats: serde_json::Value = serde_json::from_str(&client.stats().to_json()).unwrap();
            let read = stats["bytes_received"].as_u64().expect("a number");
            assert!(read < 1_000_000, "{stats}");
        }
    }
}
