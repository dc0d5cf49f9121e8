//! Time limits of a call: of its phases, and of the whole call with a running attempt.

use std::time::{Duration, Instant};

use hookrail::internals::{CallOptions, Client, ClientOptions, SendOptions};
use hookrail::{Error, Outcome, Status};
use hookrail_devserver::{Point, Rule};

use crate::support::blackhole::Blackhole;
use crate::support::raw::{RawServer, accepted};
use crate::support::{
    HUGE, PATIENCE, SOON, TOPIC, client, client_at, expect_error, options, options_with_retries,
    payload_of, send, send_within, server, server_with, timed,
};

const BUDGET: Duration = Duration::from_millis(500);
const LIMIT: Duration = Duration::from_millis(60);
/// The number of tries, because a pause of the machine may change a call's number of attempts.
const TRIES: usize = 5;

/// Checks that a call ended at the end of [`BUDGET`], in its first attempt.
#[track_caller]
fn expect_end_of_budget(result: Result<(), Error>, elapsed: Duration, outcome: Outcome) {
    let error = result.expect_err("the end of the budget");
    expect_error(&error, Status::RetriesExhausted, 1, outcome);
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(cause.status(), Status::Timeout, "{cause}");
    assert!(cause.message().contains("whole call"), "{cause}");
    assert!(elapsed >= BUDGET, "{elapsed:?}");
    assert!(elapsed < SOON, "{elapsed:?}");
}

fn send_in_budget(client: &Client, payload: &[u8]) -> (Result<(), Error>, Duration) {
    let options = SendOptions {
        call: CallOptions {
            timeout: Some(BUDGET),
            ..CallOptions::default()
        },
        ..SendOptions::default()
    };
    timed(|| client.send(TOPIC, payload, &options).map(drop))
}

#[test]
fn a_service_that_never_answers() {
    let server = server_with([Rule::never_answer(Point::AfterReading).always()]);
    let (result, elapsed) = send_in_budget(&client(&server), b"{}");
    expect_end_of_budget(result, elapsed, Outcome::MaybeSent);
}

#[test]
fn an_answer_that_trickles_faster_than_the_read_timeout() {
    let server = server_with([Rule::dribble(1, 20).always()]);
    let (result, elapsed) = send_in_budget(&client(&server), b"{}");
    expect_end_of_budget(result, elapsed, Outcome::MaybeSent);
}

#[test]
fn interim_answers_that_come_slowly() {
    let server = RawServer::start(|mut peer| {
        peer.request();
        while peer.send("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n") {
            std::thread::sleep(BUDGET / 10);
        }
    });
    let (result, elapsed) = send_in_budget(&client_at(&server.url(), &options()), b"{}");
    expect_end_of_budget(result, elapsed, Outcome::MaybeSent);
}

#[test]
fn a_service_that_stops_reading() {
    let server = RawServer::start(|peer| peer.hold());
    let mut options = options();
    options.set_payload_limit(0);
    let client = client_at(&server.url(), &options);
    let (result, elapsed) = send_in_budget(&client, &payload_of(HUGE));
    expect_end_of_budget(result, elapsed, Outcome::NotSent);
}

#[test]
fn an_address_that_swallows_everything() {
    let blackhole = Blackhole::new();
    let (result, elapsed) = send_in_budget(&client_at(&blackhole.url(), &options()), b"{}");
    expect_end_of_budget(result, elapsed, Outcome::NotSent);
}

#[test]
fn a_service_that_does_not_shake_hands() {
    let server = RawServer::start(|peer| peer.hold());
    let url = format!("https://{}", server.addr());
    let (result, elapsed) = send_in_budget(&client_at(&url, &options()), b"{}");
    expect_end_of_budget(result, elapsed, Outcome::NotSent);
}

#[test]
fn retries_without_number_end_with_the_budget() {
    let mut options = options_with_retries(u32::MAX);
    options
        .set_backoff(Duration::from_millis(10), Duration::from_millis(10))
        .unwrap();
    options.set_total_timeout(Duration::from_secs(3)).unwrap();
    let try_once = |_| {
        let server = server_with([Rule::status(500).always()]);
        let client = crate::support::client_with(&server, options.clone());
        let (result, elapsed) = timed(|| send(&client));
        (result.unwrap_err(), elapsed, server)
    };
    let mut tries = (0..TRIES).map(try_once);
    let retried = tries.find(|(error, ..)| error.attempts() > 1);
    let (error, elapsed, server) = retried.expect("more than one attempt");
    assert_eq!(error.status(), Status::RetriesExhausted);
    // The budget may end the last attempt before its request has arrived.
    let unseen = u64::from(error.attempts()) - server.summary().requests;
    assert!(unseen <= 1, "{unseen} attempts made no request");
    assert!(elapsed < SOON, "{elapsed:?}");
}

#[test]
fn the_last_attempt_is_cut_to_what_is_left() {
    let budget = Duration::from_secs(4);
    let try_once = |_| {
        let server = server_with([
            Rule::status(500).header("Retry-After", "1"),
            Rule::never_answer(Point::AfterReading),
        ]);
        let (result, elapsed) = timed(|| send_within(&client(&server), budget));
        (result.unwrap_err(), elapsed)
    };
    let mut tries = (0..TRIES).map(try_once);
    let retried = tries.find(|(error, _)| error.attempts() > 1);
    let (error, elapsed) = retried.expect("more than one attempt");
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::MaybeSent);
    assert!(elapsed >= budget, "{elapsed:?}");
    assert!(elapsed < SOON, "{elapsed:?}");
}

/// Checks that each of two attempts reached `LIMIT`, and that the error says so.
#[track_caller]
fn expect_timeouts(client: &Client, payload: &[u8], while_: &str, outcome: Outcome) {
    let (result, elapsed) = timed(|| client.send(TOPIC, payload, &SendOptions::default()));
    let error = result.expect_err("a timeout");
    expect_error(&error, Status::RetriesExhausted, 2, outcome);
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(cause.status(), Status::Timeout, "{cause}");
    assert!(cause.message().contains("60 ms"), "{cause}");
    assert!(cause.message().contains(while_), "{cause}");
    assert!(elapsed >= LIMIT * 2, "{elapsed:?}");
    assert!(elapsed < SOON, "{elapsed:?}");
}

fn limited(set: impl FnOnce(&mut ClientOptions) -> hookrail::Result<()>) -> ClientOptions {
    let mut options = options_with_retries(1);
    options.set_payload_limit(0);
    set(&mut options).expect("a good limit");
    options
}

#[test]
fn the_connect_timeout_covers_an_address_that_swallows_everything() {
    let options = limited(|options| options.set_connect_timeout(LIMIT));
    let blackhole = Blackhole::new();
    let client = client_at(&blackhole.url(), &options);
    expect_timeouts(&client, b"{}", "connecting", Outcome::NotSent);
}

#[test]
fn the_connect_timeout_covers_the_handshake() {
    let options = limited(|options| options.set_connect_timeout(LIMIT));
    let server = RawServer::start(|peer| peer.hold());
    let client = client_at(&format!("https://{}", server.addr()), &options);
    expect_timeouts(&client, b"{}", "connecting", Outcome::NotSent);
}

#[test]
fn the_read_timeout_covers_the_wait_for_an_answer() {
    let options = limited(|options| options.set_read_timeout(LIMIT));
    let server = RawServer::start(|mut peer| {
        peer.request();
        peer.hold();
    });
    let client = client_at(&server.url(), &options);
    expect_timeouts(&client, b"{}", "waiting for the answer", Outcome::MaybeSent);
}

#[test]
fn the_read_timeout_covers_an_answer_that_breaks_off() {
    let options = limited(|options| options.set_read_timeout(LIMIT));
    for part in [
        "HTTP/1.1 202 Acc",
        "HTTP/1.1 202 Accepted\r\nContent-Length: 9\r\n\r\n{\"e",
    ] {
        let server = RawServer::start(move |mut peer| {
            peer.request();
            peer.send(part);
            peer.hold();
        });
        let client = client_at(&server.url(), &options);
        expect_timeouts(&client, b"{}", "waiting for the answer", Outcome::MaybeSent);
    }
}

#[test]
fn the_write_timeout_covers_a_service_that_stops_reading() {
    let options = limited(|options| options.set_write_timeout(LIMIT));
    let server = RawServer::start(|peer| peer.hold());
    let client = client_at(&server.url(), &options);
    let payload = payload_of(HUGE);
    expect_timeouts(&client, &payload, "writing the request", Outcome::NotSent);
}

#[test]
fn each_wait_has_the_read_timeout_anew() {
    let mut options = options();
    let limit = Duration::from_secs(3);
    options.set_read_timeout(limit).unwrap();
    let try_once = |_| {
        let server = RawServer::start(|mut peer| {
            while peer.request().is_some() {
                peer.dribble(accepted("e1"), Duration::from_millis(30));
            }
        });
        timed(|| send(&client_at(&server.url(), &options)))
    };
    let mut tries = (0..TRIES).map(try_once);
    let at_once = tries.find(|(result, _)| result.as_ref().is_ok_and(|sent| sent.attempts == 1));
    let (_, elapsed) = at_once.expect("an answer to the first attempt");
    assert!(elapsed > limit, "{elapsed:?}");
}

#[test]
fn a_calls_own_timeout_may_be_longer_than_the_clients() {
    let server = server_with([Rule::delay_ms(400)]);
    let mut options = options();
    options
        .set_total_timeout(Duration::from_millis(100))
        .unwrap();
    let client = crate::support::client_with(&server, options);
    let accepted = send_within(&client, PATIENCE).unwrap();
    assert_eq!(accepted.attempts, 1);
}

#[test]
fn a_calls_own_timeout_is_positive_and_at_most_a_day() {
    let server = server();
    let client = client(&server);
    let day = Duration::from_secs(24 * 60 * 60);
    for wrong in [Duration::ZERO, day + Duration::from_nanos(1), Duration::MAX] {
        let error = send_within(&client, wrong).unwrap_err();
        expect_error(&error, Status::InvalidArgument, 0, Outcome::NotSent);
        assert!(error.message().contains("timeout"), "{error}");
        let options = CallOptions {
            timeout: Some(wrong),
            ..CallOptions::default()
        };
        let error = client.get_event(b"e1", &options).unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument, "{error}");
    }
    assert_eq!(server.summary().connections, 0);
    assert!(send_within(&client, day).is_ok());
}

#[test]
fn a_status_query_has_the_limits_of_a_send() {
    let server = server_with([Rule::never_answer(Point::AfterReading).on_method("GET")]);
    let options = CallOptions {
        timeout: Some(BUDGET),
        ..CallOptions::default()
    };
    let started = Instant::now();
    let error = client(&server).get_event(b"e1", &options).unwrap_err();
    assert_eq!(error.status(), Status::RetriesExhausted, "{error}");
    assert_eq!(error.outcome(), Outcome::None);
    assert!(started.elapsed() >= BUDGET);
    assert!(started.elapsed() < SOON);
}
