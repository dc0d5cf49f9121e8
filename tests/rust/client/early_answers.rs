//! Answers that arrive while the client still writes the request, mainly the 413.

use hookrail::internals::{Client, ClientOptions};
use hookrail::{Error, Outcome, Status};
use hookrail_devserver::{DevServer, Point, Rule, SelfSigned};

use crate::support::raw::{Peer, RawServer, accepted, response};
use crate::support::tls::{Identity, tls_server};
use crate::support::{
    HUGE, TOPIC, client_at, client_with, expect_error, keyed, options, options_with_retries,
    payload_of, send, server,
};

/// Above the service's limit, and far more than the sockets hold.
const SIZES: [usize; 2] = [300_000, 5_000_000];
/// The number of tries for a test that depends on the order of packets.
const TRIES: usize = 10;

fn unlimited(mut options: ClientOptions) -> ClientOptions {
    options.set_payload_limit(0);
    options
}

fn both() -> [DevServer; 2] {
    [server(), tls_server(SelfSigned::default())]
}

#[track_caller]
fn send_sized(client: &Client, bytes: usize) -> Result<(), Error> {
    client
        .send(TOPIC, &payload_of(bytes), &keyed("k"))
        .map(drop)
}

#[track_caller]
fn expect_413(client: &Client, bytes: usize) {
    let error = send_sized(client, bytes).expect_err("too large");
    expect_error(&error, Status::PayloadTooLarge, 1, Outcome::Rejected);
    assert_eq!(error.http_status(), Some(413));
}

#[test]
fn a_413_at_the_services_own_limit() {
    for server in both() {
        let client = client_with(&server, unlimited(options()));
        for size in SIZES {
            expect_413(&client, size);
        }
        assert_eq!(server.summary().requests, 2);
        assert_eq!(server.events().len(), 0);
    }
}

#[test]
fn a_413_before_the_body_is_read() {
    for server in both() {
        server.add_faults([Rule::early_413().always()]).unwrap();
        let client = client_with(&server, unlimited(options()));
        for size in SIZES {
            for _ in 0..TRIES {
                expect_413(&client, size);
            }
        }
        assert_eq!(server.summary().requests, 2 * TRIES as u64);
        // The client did not hide a failed connection.
        server.clear_faults();
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
}

#[test]
fn a_413_from_a_service_that_then_neither_reads_nor_closes() {
    let identity = Identity::new();
    let handler = |mut peer: Peer| {
        peer.head();
        peer.send(response(
            "413 Payload Too Large",
            &[("Connection", "close")],
            "{}",
        ));
        peer.hold();
    };
    let plain = RawServer::start(handler);
    let tls = RawServer::start_tls(identity.server_config(), handler);
    for server in [plain, tls] {
        let mut options = unlimited(options());
        options.add_ca_pem(&identity.ca_pem()).unwrap();
        let client = client_at(&server.url(), &options);
        for size in SIZES {
            expect_413(&client, size);
        }
    }
}

#[test]
fn a_413_on_a_connection_that_was_used_before() {
    for server in both() {
        let client = client_with(&server, unlimited(options()));
        for size in SIZES {
            send(&client).unwrap();
            server.add_faults([Rule::early_413()]).unwrap();
            expect_413(&client, size);
        }
    }
}

#[test]
fn a_connection_with_half_a_request_is_not_reused() {
    // The service would read the next request as the rest of this one.
    let server = RawServer::start(|mut peer| {
        if peer.connection() == 0 {
            peer.head();
            peer.send(response("413 Payload Too Large", &[], "{}"));
            return peer.hold();
        }
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    });
    let client = client_at(&server.url(), &unlimited(options_with_retries(0)));
    expect_413(&client, HUGE);
    assert_eq!(send(&client).unwrap().event_id, "e1");
    assert_eq!(server.connections(), 2);
}

#[test]
fn an_early_401() {
    let server = RawServer::start(|mut peer| {
        peer.head();
        peer.send(response(
            "401 Unauthorized",
            &[("Connection", "close")],
            "{}",
        ));
        peer.close();
    });
    let client = client_at(&server.url(), &unlimited(options()));
    for size in SIZES {
        let error = send_sized(&client, size).unwrap_err();
        expect_error(&error, Status::Authentication, 1, Outcome::Rejected);
    }
}

#[test]
fn a_reset_in_the_middle_of_the_body_is_a_failed_attempt_that_recorded_nothing() {
    for server in both() {
        server
            .add_faults([Rule::reset(Point::AfterHeaders).always()])
            .unwrap();
        let client = client_with(&server, unlimited(options_with_retries(1)));
        let error = send_sized(&client, HUGE).unwrap_err();
        expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
        assert_eq!(error.cause().map(Error::status), Some(Status::Connection));
        assert_eq!(server.events().len(), 0);
    }
}

#[test]
fn an_interim_answer_does_not_stop_the_body() {
    let size = 5_000_000;
    let server = RawServer::start(move |mut peer| {
        while peer.head().is_some() {
            peer.send("HTTP/1.1 100 Continue\r\n\r\n");
            let envelope = br#"{"topic":"order.created","payload":}"#.len();
            if peer.skip(envelope + size).is_none() {
                return;
            }
            peer.send(accepted("e1"));
        }
    });
    let client = client_at(&server.url(), &unlimited(options_with_retries(0)));
    for _ in 0..TRIES {
        send_sized(&client, size).unwrap();
    }
}
