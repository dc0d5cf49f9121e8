//! Faults before a connection exists: in the look-up, and on the way to the address.

use std::time::Duration;

use hookrail::internals::Client;
use hookrail::{Outcome, Status};

use super::case::PROMISED;
use super::lane::Lane;
use super::subject::{Event, HTTP, HTTPS, Subject};
use super::table::Verdict;
use crate::support::blackhole::Blackhole;
use crate::support::names;
use crate::support::raw::{Peer, RawServer, listen, response, wait_until};
use crate::support::{PATIENCE, client_at, expect_error, timed};

const BUDGET: Duration = Duration::from_millis(400);
/// A call must be late this often before the library is to blame, and not the machine.
const LATE: usize = 3;

const HERE: &str = "127.0.0.1";
/// An address of this machine at which none of the lanes listens.
const ELSEWHERE: &str = "127.0.0.2";

const NOT_CONNECTED: Verdict = Verdict::Failed(Status::Connection, Outcome::NotSent);
const TIMED_OUT: Verdict = Verdict::Failed(Status::Timeout, Outcome::NotSent);

fn lane_of(subject: Subject) -> Lane {
    subject.lanes(1).remove(0)
}

/// A name that the certificate covers, only for this test and scheme.
fn name_for(test: &str, subject: Subject) -> String {
    format!("{test}-{}.wire.test", if subject.https { "s" } else { "p" })
}

/// Makes one attempt during the fault, which must have the result `expected` in time and leave no record.
/// Then calls `heal`, and sends the same event and another one.
fn struck_then_healed(
    lane: &Lane,
    name: &str,
    expected: Verdict,
    strike: impl Fn(),
    heal: impl Fn(),
) {
    let mut overdue = Vec::new();
    while overdue.len() < LATE {
        strike();
        let client = lane.client_of(name, lane.options(), BUDGET);
        let (sent, elapsed) = timed(|| HTTP.event().send(&client));
        let verdict = Verdict::of(&sent);
        let was_stalled = verdict == TIMED_OUT && expected != TIMED_OUT;
        assert!(verdict == expected || was_stalled, "{sent:?}");
        assert!(lane.events().is_empty(), "{:?}", lane.events());
        heal();
        sends_both(lane, &client);
        drop(client);
        assert_two_events(lane);
        if elapsed <= BUDGET + PROMISED && !was_stalled {
            return;
        }
        overdue.push(elapsed);
    }
    panic!("with a budget of {BUDGET:?} the calls took {overdue:?}");
}

/// Makes a call with retries, and heals the fault after some of them have failed.
fn healed_meanwhile(lane: &Lane, name: &str, strike: impl Fn(), heal: impl Fn()) {
    strike();
    let mut options = lane.options();
    options.set_max_retries(u32::MAX);
    options
        .set_connect_timeout(Duration::from_millis(50))
        .expect("a good limit");
    let client = lane.client_of(name, options, PATIENCE);
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| HTTP.event().send(&client));
        wait_until("attempts in vain", || attempts(&client) > 1);
        heal();
        let accepted = sending.join().expect("no panic").expect("a success");
        assert!(accepted.attempts > 2, "{accepted:?}");
        assert!(!accepted.replayed, "{accepted:?}");
    });
    Event::next().send(&client).expect("the next event");
    drop(client);
    assert_two_events(lane);
}

/// The attempts of a client that have ended.
fn attempts(client: &Client) -> u64 {
    let stats: serde_json::Value =
        serde_json::from_str(&client.stats().to_json()).expect("an object");
    stats["attempts"].as_u64().expect("a number")
}

fn sends_both(lane: &Lane, client: &Client) {
    for event in [HTTP.event(), Event::next()] {
        let accepted = event.send_patiently(client).expect("nothing is in the way");
        assert!(!accepted.replayed && accepted.attempts == 1, "{accepted:?}");
    }
    assert_eq!(lane.events().len(), 2);
}

fn assert_two_events(lane: &Lane) {
    let (events, summary) = lane.settle();
    let keys: Vec<_> = events
        .iter()
        .filter_map(|e| e.idempotency_key.as_deref())
        .collect();
    assert_eq!(keys, [HTTP.event().key, Event::next().key]);
    assert_eq!((summary.replays, summary.conflicts), (0, 0));
}

#[test]
fn a_look_up_that_fails() {
    for subject in [HTTP, HTTPS] {
        let lane = lane_of(subject);
        for code in [libc::EAI_AGAIN, libc::EAI_NONAME, libc::EAI_FAIL] {
            let name = name_for(&format!("failing{code}"), subject);
            let strike = || names::fail(&name, code);
            let heal = || names::set(&name, &[HERE]);
            struck_then_healed(&lane, &name, NOT_CONNECTED, strike, heal);
            healed_meanwhile(&lane, &name, strike, heal);
        }
    }
}

#[test]
fn a_look_up_without_an_address() {
    for subject in [HTTP, HTTPS] {
        let lane = lane_of(subject);
        let name = name_for("empty", subject);
        let strike = || names::set(&name, &[]);
        let heal = || names::set(&name, &[HERE]);
        struck_then_healed(&lane, &name, NOT_CONNECTED, strike, heal);
        healed_meanwhile(&lane, &name, strike, heal);
    }
}

#[test]
fn a_look_up_that_is_slow() {
    for subject in [HTTP, HTTPS] {
        let lane = lane_of(subject);
        let name = name_for("slow", subject);
        names::set(&name, &[HERE]);
        let strike = || names::hold(&name);
        let heal = || names::release(&name);
        struck_then_healed(&lane, &name, TIMED_OUT, strike, heal);
        // Each attempt waits for the look-up that the first one began.
        healed_meanwhile(&lane, &name, strike, heal);
    }
}

#[test]
fn an_address_that_refuses() {
    for subject in [HTTP, HTTPS] {
        let lane = lane_of(subject);
        let name = name_for("refused", subject);
        let strike = || names::set(&name, &[ELSEWHERE]);
        let heal = || names::set(&name, &[HERE]);
        struck_then_healed(&lane, &name, NOT_CONNECTED, strike, heal);
        healed_meanwhile(&lane, &name, strike, heal);
    }
}

#[test]
fn an_address_that_swallows_everything() {
    for subject in [HTTP, HTTPS] {
        let lane = lane_of(subject);
        let port = lane.proxy.addr().port();
        let _hole = Blackhole::at(&format!("{ELSEWHERE}:{port}"));
        let name = name_for("swallowed", subject);
        let strike = || names::set(&name, &[ELSEWHERE]);
        let heal = || names::set(&name, &[HERE]);
        struck_then_healed(&lane, &name, TIMED_OUT, strike, heal);
        healed_meanwhile(&lane, &name, strike, heal);
    }
}

#[test]
fn an_address_that_swallows_everything_before_the_right_one() {
    for subject in [HTTP, HTTPS] {
        let lane = lane_of(subject);
        let port = lane.proxy.addr().port();
        let _hole = Blackhole::at(&format!("{ELSEWHERE}:{port}"));
        let name = name_for("second", subject);
        names::set(&name, &[ELSEWHERE, HERE]);
        let client = lane.client_of(&name, lane.options(), PATIENCE);
        sends_both(&lane, &client);
        drop(client);
        assert_two_events(&lane);
    }
}

/// Another service at the address gives its own answers. The right service sees nothing.
#[test]
fn an_address_of_another_service() {
    let other = |answer: &'static [u8]| {
        move |mut peer: Peer| {
            if peer.chunk().is_some() {
                peer.send(answer);
            }
            peer.close();
        }
    };
    let not_found: &[u8] = response("404 Not Found", &[], "").leak();
    let ssh: &[u8] = b"SSH-2.0-OpenSSH_9.9\r\n";
    let rejected = Verdict::Failed(Status::NotFound, Outcome::Rejected);
    let no_http = Verdict::Failed(Status::Protocol, Outcome::MaybeSent);
    let no_tls = Verdict::Failed(Status::Tls, Outcome::NotSent);
    for (number, (subject, answer, verdict)) in [
        (HTTP, not_found, rejected),
        (HTTP, ssh, no_http),
        (HTTPS, not_found, no_tls),
        (HTTPS, ssh, no_tls),
    ]
    .into_iter()
    .enumerate()
    {
        let lane = lane_of(subject);
        let addr = format!("{ELSEWHERE}:{}", lane.proxy.addr().port());
        let _other = RawServer::on(listen(&addr), other(answer));
        let name = name_for(&format!("other{number}"), subject);
        expect_wrong_service(&lane, &name, verdict);
    }
}

/// Sends with a client whose name leads to another service, and then with a new client after the name was
/// corrected. A new client is needed: a look-up's result is used for some seconds, and a connection until it
/// ends.
fn expect_wrong_service(lane: &Lane, name: &str, expected: Verdict) {
    names::set(name, &[ELSEWHERE]);
    let client = lane.client_of(name, lane.options(), PATIENCE);
    let sent = HTTP.event().send(&client);
    assert_eq!(Verdict::of(&sent), expected, "{sent:?}");
    assert!(lane.events().is_empty(), "{:?}", lane.events());

    names::set(name, &[HERE]);
    let client = lane.client_of(name, lane.options(), PATIENCE);
    sends_both(lane, &client);
    drop(client);
    assert_two_events(lane);
}

/// The other service may use the right port and speak TLS. Its certificate is refused, without a retry.
#[test]
fn an_address_of_another_service_with_a_certificate() {
    let (lane, other) = (lane_of(HTTPS), lane_of(HTTPS));
    let mut options = lane.options();
    options.set_max_retries(8);
    let client = client_at(&format!("https://{}", other.proxy.addr()), &options);
    let error = HTTP.event().send(&client).expect_err("a stranger");
    expect_error(&error, Status::Tls, 1, Outcome::NotSent);
    drop(client);
    let (events, summary) = other.settle();
    assert!(events.is_empty(), "{events:?}");
    // The proxy makes one of these connections, to find out that nothing is under way.
    assert_eq!(summary.tls_failures, 2, "{summary:?}");
}
