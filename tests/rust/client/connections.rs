//! Keep-alive: connections that the client uses again, and connections that it must not use again.

use std::sync::Barrier;

use hookrail::internals::{Client, SendOptions};
use hookrail::{Outcome, Status};
use hookrail_devserver::{DevServer, Point, Rule, SelfSigned};

use crate::support::raw::{Peer, RawServer, accepted, accepted_body, response};
use crate::support::tls::{Identity, tls_server};
use crate::support::{
    PATIENCE, TOPIC, client, client_at, client_with, expect_error, expect_sent, keyed, options,
    options_with_retries, payload_of, send, send_keyed, server, server_at, server_with,
    start_sends,
};

/// The connections of the requests, in the order of the requests.
fn connections(server: &DevServer) -> Vec<u64> {
    server.requests().iter().map(|r| r.connection).collect()
}

fn both() -> [DevServer; 2] {
    [server(), tls_server(SelfSigned::default())]
}

#[test]
fn one_connection_serves_one_request_after_the_other() {
    for server in both() {
        let client = client(&server);
        for _ in 0..20 {
            let event_id = send(&client).unwrap().event_id;
            let event_id = event_id.as_bytes();
            client.get_event(event_id, &Default::default()).unwrap();
        }
        assert_eq!(connections(&server), [1; 40]);
    }
}

#[test]
fn a_connection_is_kept_after_an_error() {
    let server = server_with([Rule::status(400), Rule::status(503), Rule::status(302)]);
    let client = client_with(&server, options_with_retries(0));
    for _ in 0..3 {
        send(&client).unwrap_err();
    }
    send(&client).unwrap();
    assert_eq!(connections(&server), [1; 4]);
}

#[test]
fn a_connection_is_not_used_again_after_an_answer_to_another_method() {
    let server = server_with([Rule::status(405)]);
    let client = client_with(&server, options_with_retries(0));
    send(&client).unwrap_err();
    send(&client).unwrap();
    assert_eq!(connections(&server), [1, 2]);
}

#[test]
fn threads_share_a_client_and_its_connections() {
    const THREADS: usize = 8;
    const SENDS: usize = 50;
    for server in both() {
        let client = client(&server);
        let start = Barrier::new(THREADS);
        std::thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    start.wait();
                    for _ in 0..SENDS {
                        assert_eq!(send(&client).unwrap().attempts, 1);
                    }
                });
            }
        });
        let summary = server.summary();
        assert_eq!(summary.events, (THREADS * SENDS) as u64);
        assert_eq!(summary.requests, (THREADS * SENDS) as u64);
        assert!(summary.connections <= THREADS as u64, "{summary:?}");
    }
}

#[test]
fn no_more_idle_connections_are_kept_than_wanted() {
    let server = server();
    let mut options = options();
    options.set_idle_connections(0);
    let client = client_with(&server, options);
    for _ in 0..5 {
        send(&client).unwrap();
    }
    assert_eq!(connections(&server), [1, 2, 3, 4, 5]);
}

#[test]
fn more_idle_connections_are_kept_while_others_are_in_use() {
    let server = server();
    server
        .add_faults([
            Rule::never_answer(Point::AfterReading).times(4),
            Rule::delay_ms(200).times(8),
        ])
        .unwrap();
    let mut options = options();
    options.set_idle_connections(1);
    let client = client_with(&server, options);
    let hanging = start_sends(&client, 4);
    server
        .wait_until(PATIENCE, |counts| counts.requests == 4)
        .unwrap();
    for _ in 0..2 {
        expect_sent(start_sends(&client, 4));
    }
    // The second four calls used the connections of the first four.
    assert_eq!(server.summary().connections, 8);
    drop(hanging);
    server
        .wait_until(PATIENCE, |counts| counts.open_connections == 1)
        .unwrap();
}

/// Sends once without a fault and once with `rule`, with a client without retries. Returns the attempts of
/// the second send.
#[track_caller]
fn send_into(server: &DevServer, rule: Rule) -> u32 {
    let client = client_with(server, options_with_retries(0));
    send(&client).unwrap();
    server.add_faults([rule]).unwrap();
    send(&client).unwrap().attempts
}

#[test]
fn a_connection_that_ends_as_the_request_arrives_is_replaced_at_no_cost() {
    for point in [
        Point::BeforeReading,
        Point::AfterHeaders,
        Point::AfterReading,
        Point::AfterRecording,
    ] {
        for rule in [Rule::close(point), Rule::reset(point)] {
            for server in both() {
                assert_eq!(send_into(&server, rule.clone()), 1, "{rule:?}");
                assert_eq!(connections(&server), [1, 1, 2], "{rule:?}");
                assert_eq!(server.events().len(), 2, "{rule:?}");
            }
        }
    }
}

#[test]
fn a_connection_that_ends_while_idle_is_replaced_at_no_cost() {
    for end in [Rule::close, Rule::reset] {
        for server in both() {
            let client = client_with(&server, options_with_retries(0));
            for sent in 1..=5 {
                server.add_faults([end(Point::AfterAnswer)]).unwrap();
                send(&client).unwrap();
                // The next send finds a connection that has ended, or that ends while it uses it.
                server
                    .wait_until(PATIENCE, |counts| counts.finished == sent)
                    .unwrap();
            }
            assert_eq!(send(&client).unwrap().attempts, 1);
            assert_eq!(connections(&server), [1, 2, 3, 4, 5, 6]);
            assert_eq!(server.events().len(), 6);
        }
    }
}

#[test]
fn a_large_event_on_a_connection_that_ends_in_the_middle_of_it() {
    for server in both() {
        let client = client_with(&server, options_with_retries(0));
        send(&client).unwrap();
        server
            .add_faults([Rule::reset(Point::AfterHeaders)])
            .unwrap();
        let payload = payload_of(262_144);
        let accepted = client.send(TOPIC, &payload, &keyed("large")).unwrap();
        assert_eq!(accepted.attempts, 1);
        assert_eq!(server.events().len(), 2);
        assert_eq!(server.events()[1].payload.as_bytes(), payload);
    }
}

#[test]
fn a_fresh_connection_that_ends_is_a_failed_attempt() {
    let server = server_with([Rule::close(Point::AfterReading)]);
    let client = client_with(&server, options_with_retries(0));
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::MaybeSent);
    assert_eq!(server.summary().requests, 1);
}

#[test]
fn a_lost_replacement_connection_is_a_failed_attempt() {
    let server = server();
    let client = client_with(&server, options_with_retries(0));
    send(&client).unwrap();
    server
        .add_faults([Rule::close(Point::AfterReading).times(2)])
        .unwrap();
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::MaybeSent);
    assert_eq!(connections(&server), [1, 1, 2]);
}

#[test]
fn a_whole_pool_of_dead_connections_costs_no_attempt() {
    const THREADS: usize = 6;
    // The answers come after all requests have arrived, so that each request has its own connection.
    let all_there = Barrier::new(THREADS);
    let first = RawServer::start(move |mut peer| {
        while peer.request().is_some() {
            all_there.wait();
            peer.send(accepted("e1"));
        }
    });
    let client = client_at(&first.url(), &options_with_retries(0));
    in_parallel(THREADS, &client);
    assert_eq!(first.connections(), THREADS);
    let port = first.addr().port();
    drop(first);

    let second = server_at(port);
    in_parallel(THREADS, &client);
    assert_eq!(second.summary().requests, THREADS as u64);
}

fn in_parallel(threads: usize, client: &Client) {
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| assert_eq!(send(client).unwrap().attempts, 1));
        }
    });
}

#[test]
fn a_connection_that_the_service_says_it_closes_is_not_used_again() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            let close = [("Connection", "close")];
            peer.send(response("202 Accepted", &close, accepted_body("e")));
        }
    });
    let client = client_at(&server.url(), &options());
    for _ in 0..3 {
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    assert_eq!(server.connections(), 3);
}

#[test]
fn an_answer_of_http_1_0_ends_with_its_connection() {
    let server = RawServer::start(|mut peer| {
        peer.request();
        peer.send(format!("HTTP/1.0 202 OK\r\n\r\n{}", accepted_body("e")));
        peer.close();
    });
    let client = client_at(&server.url(), &options_with_retries(0));
    for _ in 0..3 {
        assert_eq!(send(&client).unwrap().event_id, "e");
    }
    assert_eq!(server.connections(), 3);
}

/// A 202 with the key as its event id, padded to at least `length` bytes.
fn answer_of(length: usize, key: &str) -> Vec<u8> {
    let plain = accepted(key);
    let filling = length.saturating_sub(plain.len() + "X-Filling: \r\n".len());
    if filling == 0 {
        return plain;
    }
    let filling = "x".repeat(filling);
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Filling", &filling),
    ];
    response("202 Accepted", &headers, accepted_body(key))
}

/// Answers the first request with `length` bytes and `extra`, and the others with their answer only.
fn out_of_turn(length: usize, extra: Vec<u8>) -> impl Fn(Peer) {
    move |mut peer| {
        let mut first = peer.connection() == 0;
        while let Some(request) = peer.request() {
            let key = request.header("idempotency-key").expect("a key");
            let mut answer = answer_of(length, &key);
            if std::mem::take(&mut first) {
                answer.extend(&extra);
            }
            peer.send(answer);
        }
    }
}

#[test]
fn unexpected_bytes_are_never_taken_for_the_next_answer() {
    let identity = Identity::new();
    // An answer of 4 KiB fills the client's buffer, and the next bytes stay in the layers below.
    for length in [0, 4_096] {
        for extra in [
            accepted("wrong"),
            response("408 Request Timeout", &[], "bye"),
        ] {
            let plain = RawServer::start(out_of_turn(length, extra.clone()));
            let tls = RawServer::start_tls(identity.server_config(), out_of_turn(length, extra));
            for server in [plain, tls] {
                let mut options = options_with_retries(0);
                options.add_ca_pem(&identity.ca_pem()).unwrap();
                let client = client_at(&server.url(), &options);
                for key in ["k0", "k1", "k2"] {
                    assert_eq!(send_keyed(&client, key).unwrap().event_id, key);
                }
                assert_eq!(server.connections(), 2);
            }
        }
    }
}

#[test]
fn a_request_is_the_same_on_a_new_connection_and_on_an_open_one() {
    let server = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e"));
        }
    });
    let mut ordered = keyed("k");
    ordered.ordering_key = Some(hookrail::internals::OrderingKey::new(b"o").unwrap());
    let calls: [&dyn Fn(&Client); 3] = [
        &|client| drop(client.send(TOPIC, b"{}", &keyed("k")).unwrap()),
        &|client| drop(client.send(TOPIC, &payload_of(100_000), &ordered).unwrap()),
        &|client| drop(client.get_event(b"e/1", &Default::default())),
    ];
    for call in calls {
        let client = client_at(&server.url(), &options_with_retries(0));
        call(&client);
        call(&client);
        let requests = server.requests();
        let [.., first, second] = requests.as_slice() else {
            panic!("two requests");
        };
        assert_eq!(first.connection, second.connection);
        assert_eq!(first.head, second.head);
        assert_eq!(first.body, second.body);
    }
}

#[test]
fn an_answer_that_was_not_read_to_its_end_costs_the_connection() {
    let server = RawServer::start(|mut peer| {
        while let Some(request) = peer.request() {
            if request.line().starts_with("GET") {
                peer.send(response("500 Oops", &[], vec![b'x'; 2_000_000]));
            } else {
                peer.send(accepted("e1"));
            }
        }
    });
    let client = client_at(&server.url(), &options_with_retries(0));
    let error = client.get_event(b"e1", &Default::default()).unwrap_err();
    assert_eq!(error.http_status(), Some(500));
    assert_eq!(send(&client).unwrap().event_id, "e1");
    assert_eq!(server.connections(), 2);
}

#[test]
fn keys_are_the_same_when_a_connection_is_replaced() {
    let server = server();
    let client = client_with(&server, options_with_retries(0));
    send(&client).unwrap();
    server
        .add_faults([Rule::close(Point::AfterRecording)])
        .unwrap();
    let accepted = client.send(TOPIC, b"{}", &SendOptions::default()).unwrap();
    // The service recorded the event on the connection that ended, and found it on the replacement.
    assert!(accepted.replayed);
    assert_eq!(accepted.attempts, 1);
    assert_eq!(server.events().len(), 2);
}
