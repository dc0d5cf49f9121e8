//! Every fault from the client's view on the wire.

use std::io::Write;

use crate::support::{End, PATIENCE, Post, Raw, dial, exchange, get, server, server_with};
use hookrail_devserver::{Outcome, Point, Rule};

/// Returns the bytes and the end that a new connection gets for an event with these rules.
fn bytes_and_end(rule: Rule) -> (hookrail_devserver::DevServer, Vec<u8>, End) {
    let server = server_with([rule]);
    let mut connection = Raw::connect(&server);
    connection.send(&Post::event("k").bytes());
    let (bytes, end) = connection.rest();
    (server, bytes, end)
}

fn last_outcome(server: &hookrail_devserver::DevServer) -> Outcome {
    server.requests().last().expect("a request").outcome
}

#[test]
fn a_status_takes_the_place_of_the_answer_before_or_after_recording() {
    let server = server_with([
        Rule::status(503),
        Rule::status(429).header("Retry-After", "1").recorded(),
        Rule::pass(),
    ]);
    let mut connection = Raw::connect(&server);
    connection.exchange(&Post::event("a").bytes()).problem(503);
    assert_eq!(server.summary().events, 0);
    let limited = connection.exchange(&Post::event("a").bytes());
    limited.problem(429);
    assert_eq!(limited.header("retry-after"), Some("1"));
    assert_eq!(server.summary().events, 1);
    let passed = connection.exchange(&Post::event("a").bytes());
    assert_eq!(passed.header("idempotent-replay"), Some("true"));
    assert!(server.faults().is_empty());
    let faults: Vec<_> = server
        .requests()
        .into_iter()
        .map(|request| (request.fault.and_then(|rule| rule.status), request.status))
        .collect();
    assert_eq!(
        faults,
        [
            (Some(503), Some(503)),
            (Some(429), Some(429)),
            (None, Some(202))
        ]
    );
}

#[test]
fn an_answer_can_carry_any_body_and_media_type() {
    let server = server_with([
        Rule::status(502).body("text/html", "<h1>Bad Gateway</h1>"),
        Rule::status(202).body("application/json", "not json"),
        serde_json::from_str(r#"{"status":200,"body":{"state":"new"},"match":{"method":"GET"}}"#)
            .unwrap(),
        Rule::status(302).header("Location", "http://127.0.0.1:1/"),
    ]);
    let html = exchange(&server, &Post::event("a").bytes());
    assert_eq!(
        (html.status, html.header("content-type")),
        (502, Some("text/html"))
    );
    assert_eq!(html.body, b"<h1>Bad Gateway</h1>");
    assert_eq!(
        exchange(&server, &Post::event("a").bytes()).body,
        b"not json"
    );
    let status = exchange(&server, &get("/v1/events/x"));
    assert_eq!(status.header("content-type"), Some("application/json"));
    assert_eq!(status.json()["state"], "new");
    let redirect = exchange(&server, &Post::event("a").bytes());
    assert_eq!(redirect.header("location"), Some("http://127.0.0.1:1/"));
}

#[test]
fn rules_meet_methods_paths_and_topics() {
    let server = server_with([
        Rule::status(500).on_method("GET").on_path("/v1/events/"),
        Rule::status(503).on_topic("user.*"),
    ]);
    exchange(&server, &Post::event("a").bytes()).event_id();
    let user = Post::new(r#"{"topic":"user.created","payload":1}"#);
    exchange(&server, &user.bytes()).problem(503);
    exchange(&server, &get("/v1/events/x")).problem(500);
    exchange(&server, &user.bytes()).event_id();
}

#[test]
fn nth_and_times_and_always() {
    let server = server_with([
        Rule::status(503).nth(2).times(2),
        Rule::status(500).always(),
    ]);
    let mut connection = Raw::connect(&server);
    let statuses: Vec<u16> = (0..5)
        .map(|i| {
            connection
                .exchange(&Post::event(&i.to_string()).bytes())
                .status
        })
        .collect();
    assert_eq!(statuses, [500, 503, 503, 500, 500]);
    server.clear_faults();
    connection.exchange(&Post::event("a").bytes()).event_id();
}

#[test]
fn a_connection_is_reset_at_every_point() {
    for (point, events) in [
        (Point::OnAccept, 0),
        (Point::BeforeReading, 0),
        (Point::AfterHeaders, 0),
        (Point::AfterReading, 0),
        (Point::AfterRecording, 1),
        (Point::AfterBytes(0), 1),
    ] {
        let server = server_with([Rule::reset(point)]);
        let mut connection = Raw::connect(&server);
        // The RST on accept can arrive before the request is written, and the write would then fail.
        if point != Point::OnAccept {
            connection
                .stream
                .write_all(&Post::event("k").bytes())
                .unwrap();
        }
        let (bytes, end) = connection.rest();
        assert_eq!((bytes.len(), end), (0, End::Reset), "{point:?}");
        assert_eq!(server.summary().events, events, "{point:?}");
        if point != Point::OnAccept {
            assert_eq!(last_outcome(&server), Outcome::Reset, "{point:?}");
        }
        exchange(&server, &Post::event("k").bytes()).event_id();
    }
}

#[test]
fn a_connection_is_closed_at_every_point() {
    for (point, events) in [
        (Point::OnAccept, 0),
        (Point::BeforeReading, 0),
        (Point::AfterHeaders, 0),
        (Point::AfterReading, 0),
        (Point::AfterRecording, 1),
        (Point::AfterBytes(0), 1),
    ] {
        let (server, bytes, end) = bytes_and_end(Rule::close(point));
        assert_eq!((bytes.len(), end), (0, End::Fin), "{point:?}");
        assert_eq!(server.summary().events, events, "{point:?}");
        exchange(&server, &Post::event("k").bytes()).event_id();
    }
}

#[test]
fn after_headers_does_not_wait_for_the_body() {
    let server = server_with([
        Rule::reset(Point::AfterHeaders),
        Rule::close(Point::AfterHeaders),
    ]);
    for expected in [End::Reset, End::Fin] {
        let mut connection = Raw::connect(&server);
        connection.send(&Post::event("k").head());
        assert_eq!(connection.rest().1, expected);
    }
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.body.is_none())
    );
}

#[test]
fn a_close_is_no_reset_even_for_a_client_that_goes_on_writing() {
    let server = server_with([Rule::close(Point::AfterHeaders)]);
    let mut connection = Raw::connect(&server);
    let request = Post::new(vec![b'x'; 4 << 20]);
    connection.send(&request.head());
    server
        .wait_until(PATIENCE, |summary| summary.finished == 1)
        .expect("the connection should be closed");
    connection.send(&request.bytes()[request.head().len()..]);
    assert_eq!(connection.rest(), (Vec::new(), End::Fin));
}

#[test]
fn before_reading_does_not_wait_for_the_head() {
    let server = server_with([Rule::reset(Point::BeforeReading)]);
    let mut connection = Raw::connect(&server);
    connection.send(b"POST /v1/events HTTP/1.1\r\nHost:");
    assert_eq!(connection.rest().1, End::Reset);
    let request = &server.requests()[0];
    assert_eq!(
        (request.path.as_str(), request.headers.len()),
        ("/v1/events", 0)
    );
}

#[test]
fn an_answer_is_cut_after_so_many_bytes() {
    for wanted in [1, 20] {
        let (server, bytes, end) = bytes_and_end(Rule::close(Point::AfterBytes(wanted as u64)));
        assert_eq!(end, End::Fin);
        assert_eq!(bytes, b"HTTP/1.1 202 Accepted"[..wanted]);
        assert_eq!(last_outcome(&server), Outcome::Closed);
        assert_eq!(server.summary().events, 1);
    }
    let (server, _, end) = bytes_and_end(Rule::reset(Point::AfterBytes(20)));
    assert_eq!(end, End::Reset);
    assert_eq!(server.summary().events, 1);
}

#[test]
fn a_connection_can_end_after_an_answer_that_promised_more() {
    for (rule, end) in [
        (Rule::close(Point::AfterAnswer), End::Fin),
        (Rule::reset(Point::AfterAnswer), End::Reset),
        (Rule::close(Point::AfterBytes(100_000)), End::Fin),
    ] {
        let server = server_with([rule]);
        let mut connection = Raw::connect(&server);
        let answer = connection.exchange(&Post::event("k").bytes());
        answer.event_id();
        assert_eq!(answer.header("connection"), None);
        assert_eq!(connection.rest(), (Vec::new(), end));
    }
}

#[test]
fn a_truncated_answer_announces_more_than_it_sends() {
    for (asked, sent) in [(0, 0), (5, 5), (1_000_000, 60)] {
        let (server, bytes, end) = bytes_and_end(Rule::truncate(asked));
        assert_eq!(end, End::Fin);
        let text = String::from_utf8(bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").expect("a whole head");
        assert!(head.contains("content-length: 61"), "{head}");
        assert_eq!(body.len(), sent);
        assert_eq!(last_outcome(&server), Outcome::Truncated);
        assert_eq!(server.summary().events, 1);
    }
}

#[test]
fn garbage_comes_instead_of_http() {
    let (server, bytes, end) = bytes_and_end(Rule::garbage("SSH-2.0-OpenSSH\r\n"));
    assert_eq!((&bytes[..], end), (&b"SSH-2.0-OpenSSH\r\n"[..], End::Fin));
    assert_eq!(server.summary().events, 0);
    assert_eq!(last_outcome(&server), Outcome::Garbage);
    let (server, _, _) = bytes_and_end(Rule::garbage("\0\u{1}").recorded());
    assert_eq!(server.summary().events, 1);
}

#[test]
fn a_dribbled_answer_arrives_whole() {
    let server = server_with([Rule::dribble(7, 1)]);
    let mut connection = Raw::connect(&server);
    connection.exchange(&Post::event("k").bytes()).event_id();
    let begun = std::time::Instant::now();
    server.add_faults([Rule::dribble(10, 5)]).unwrap();
    connection.exchange(&Post::event("k").bytes()).event_id();
    // More than 150 bytes, 10 at a time, cannot take less than 14 waits.
    assert!(begun.elapsed().as_millis() >= 70);
}

#[test]
fn a_delay_comes_after_recording_and_before_the_answer() {
    let server = server_with([Rule::delay_ms(150)]);
    let begun = std::time::Instant::now();
    let mut connection = Raw::connect(&server);
    connection.send(&Post::event("k").bytes());
    server
        .wait_until(PATIENCE, |summary| summary.events == 1)
        .expect("the event should be recorded");
    connection.answer().unwrap().event_id();
    assert!(begun.elapsed().as_millis() >= 150);
}

#[test]
fn a_client_that_gives_up_during_a_delay_is_noted() {
    let server = server_with([Rule::delay_ms(600_000)]);
    let mut connection = Raw::connect(&server);
    connection.send(&Post::event("k").bytes());
    server
        .wait_until(PATIENCE, |summary| summary.events == 1)
        .expect("the event should be recorded");
    drop(connection);
    server
        .wait_until(PATIENCE, |summary| summary.finished == 1)
        .expect("the end should be noted");
    assert_eq!(last_outcome(&server), Outcome::ClientGone);
}

#[test]
fn a_client_that_gives_up_in_the_middle_of_its_body_is_noted() {
    let server = server();
    let mut connection = Raw::connect(&server);
    let request = Post::event("k").bytes();
    connection.send(&request[..request.len() - 3]);
    server
        .wait_until(PATIENCE, |summary| summary.requests == 1)
        .expect("the head should arrive");
    drop(connection);
    server
        .wait_until(PATIENCE, |summary| summary.finished == 1)
        .expect("the end should be noted");
    let request = server.requests().remove(0);
    assert_eq!(request.outcome, Outcome::ClientGone);
    assert!(!request.body.expect("the part that came").complete);
}

#[test]
fn a_client_can_be_left_waiting_at_every_point() {
    for (point, events) in [
        (Point::OnAccept, 0),
        (Point::BeforeReading, 0),
        (Point::AfterHeaders, 0),
        (Point::AfterReading, 0),
        (Point::AfterRecording, 1),
        (Point::AfterBytes(8), 1),
    ] {
        let server = server_with([Rule::never_answer(point)]);
        let mut connection = Raw::connect(&server);
        connection.send(&Post::event("k").bytes());
        if point == Point::OnAccept {
            server.wait_until(PATIENCE, |summary| summary.connections == 1)
        } else {
            server.wait_until(PATIENCE, |summary| summary.finished == 1)
        }
        .expect("the client should be held");
        assert_eq!(server.summary().events, events, "{point:?}");
        assert_eq!(server.summary().open_connections, 1, "{point:?}");
        drop(connection);
        server
            .wait_until(PATIENCE, |summary| summary.open_connections == 0)
            .expect("the server should notice that the client went");
    }
}

#[test]
fn never_answer_records_when_told_to() {
    for (rule, events) in [
        (r#"{"never_answer":true}"#, 0),
        (r#"{"never_answer":true,"record":true}"#, 1),
    ] {
        let server = server_with([serde_json::from_str(rule).unwrap()]);
        let mut connection = Raw::connect(&server);
        connection.send(&Post::event("k").bytes());
        let summary = server.wait_until(PATIENCE, |summary| summary.finished == 1);
        assert_eq!(summary.expect("the client should be held").events, events);
        assert_eq!(last_outcome(&server), Outcome::Held);
    }
}

#[test]
fn a_server_that_reads_nothing_lets_a_large_body_stall() {
    let server = server_with([Rule::never_answer(Point::AfterHeaders)]);
    let mut stream = dial(&server);
    let body = vec![b'x'; 64 << 20];
    stream.write_all(&Post::new(body.clone()).head()).unwrap();
    server
        .wait_until(PATIENCE, |summary| summary.finished == 1)
        .expect("the client should be held");
    stream.set_nonblocking(true).unwrap();
    let stalled = stream.write_all(&body).expect_err("so much is not read");
    assert_eq!(stalled.kind(), std::io::ErrorKind::WouldBlock);
}

#[test]
fn an_early_413_does_not_read_the_body() {
    let server = server_with([Rule::early_413()]);
    let mut connection = Raw::connect(&server);
    connection.send(&Post::event("k").head());
    let answer = connection.answer().expect("an answer to the head alone");
    answer.problem(413);
    assert_eq!(answer.header("connection"), Some("close"));
    assert_eq!(connection.rest().1, End::Fin);
    assert_eq!(server.summary().events, 0);
}

#[test]
fn scripts_are_played_across_connections_and_on_kept_ones() {
    let server = server_with([
        Rule::status(503),
        Rule::reset(Point::BeforeReading),
        Rule::close(Point::AfterRecording),
        Rule::pass(),
    ]);
    let mut connection = Raw::connect(&server);
    connection.exchange(&Post::event("k").bytes()).problem(503);
    connection.send(&Post::event("k").bytes());
    assert_eq!(connection.rest().1, End::Reset);
    let mut connection = Raw::connect(&server);
    connection.send(&Post::event("k").bytes());
    assert_eq!(connection.rest().1, End::Fin);
    let last = exchange(&server, &Post::event("k").bytes());
    assert_eq!(last.header("idempotent-replay"), Some("true"));
    let connections: Vec<u64> = server.requests().iter().map(|r| r.connection).collect();
    assert_eq!(connections[0], connections[1]);
    assert_eq!(connections.len(), 4);
}

#[test]
fn contradictory_rules_are_refused() {
    let server = server();
    let mut rule = Rule::reset(Point::AfterHeaders);
    rule.close = Some(Point::AfterHeaders);
    let error = server.add_faults([rule]).unwrap_err();
    assert!(error.to_string().contains("only one of"), "{error}");
}
