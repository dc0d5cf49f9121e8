//! Events that the service cannot accept do not stop the others.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use hookrail::internals::{CallOptions, Client, SendOptions};
use hookrail::{Outcome, Status};
use hookrail_devserver::{DevServer, Match, Point, Rule};

use crate::support::queue::{
    attempts, client, collect, in_time, retry_interrupted, server, submit_options,
};

/// One of this number of events has the bad topic.
const NTH: u64 = 5;
const INTERVAL: Duration = Duration::from_millis(20);

/// A server with this fault for all events of the topic `bad`.
fn poisoned(rule: Rule) -> DevServer {
    let server = server();
    let rule = Rule {
        matching: Some(Match {
            topic: Some("bad".to_owned()),
            ..Match::default()
        }),
        ..rule.always()
    };
    server.add_faults([rule]).expect("good rules");
    server
}

fn submit_to(client: &Client, topic: &str, key: Option<&str>, tag: u64) {
    let options = SendOptions {
        ordering_key: key.map(|key| hookrail::internals::OrderingKey::new(key).unwrap()),
        ..SendOptions::default()
    };
    retry_interrupted(|| client.submit(topic.as_bytes(), b"{}", &options, &submit_options(tag)))
        .expect("the event is taken in");
}

/// Submits 50 events a second, a fifth of them bad. Returns the time that each good event took.
fn stream(client: &Client, events: u64) -> HashMap<u64, Duration> {
    std::thread::scope(|scope| {
        let good = events - events.div_ceil(NTH);
        let collector = scope.spawn(move || collect(client, good as usize));
        let started = Instant::now();
        for tag in 0..events {
            let next = started + INTERVAL * tag as u32;
            std::thread::sleep(next.saturating_duration_since(Instant::now()));
            let topic = if tag % NTH == 0 { "bad" } else { "good" };
            submit_to(client, topic, None, tag);
        }
        let completions = collector.join().expect("no panic");
        let times = completions.into_iter().map(|(tag, completion)| {
            assert!(completion.result.is_ok(), "{completion:?}");
            assert_ne!(tag % NTH, 0, "a bad event is completed");
            (tag, completion.total)
        });
        times.collect()
    })
}

#[test]
fn a_topic_that_is_always_refused_delays_no_other() {
    let server = poisoned(Rule::status(500));
    let client = client(&server.url(), |_| {});
    let times = stream(&client, 400);
    let longest = times.values().max().expect("there are some");
    assert!(*longest < Duration::from_secs(2), "{longest:?}");
    assert_eq!(client.pending().queued + client.pending().in_flight, 80);
    client.close(Some(Duration::ZERO)).expect("close works");
}

#[test]
fn a_burst_of_bad_events_delays_no_others() {
    const BAD: u64 = 500;
    let server = poisoned(Rule::status(500));
    let client = client(&server.url(), |_| {});
    for tag in 0..BAD {
        submit_to(&client, "bad", None, tag);
    }
    // Waits until the circuit breaker would have opened.
    in_time(|| attempts(&client) >= 5);
    let started = Instant::now();
    for tag in 0..100 {
        let next = started + INTERVAL * tag as u32;
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
        submit_to(&client, "good", None, BAD + tag);
    }
    let completions = collect(&client, 100);
    assert!(completions.values().all(|it| it.result.is_ok()));
    let longest = completions.values().map(|it| it.total).max();
    println!("the slowest took {longest:?}");
    assert!(longest < Some(Duration::from_secs(5)), "{longest:?}");
    client.close(Some(Duration::ZERO)).expect("close works");
}

#[test]
fn a_topic_that_hangs_does_not_take_every_request() {
    let server = poisoned(Rule::never_answer(Point::AfterReading));
    let client = client(&server.url(), |options| {
        // This lets each bad event hang several times.
        let timeout = Duration::from_secs(3);
        options.set_read_timeout(timeout).expect("a timeout");
    });
    let times = stream(&client, 450);
    let longest = times.values().max().expect("there are some");
    assert!(*longest < Duration::from_secs(2), "{longest:?}");
    client.close(Some(Duration::ZERO)).expect("close works");
}

#[test]
fn an_event_is_not_given_up_because_a_status_was_asked_for() {
    const TIME: Duration = Duration::from_secs(6);
    let server = poisoned(Rule::status(500));
    let client = client(&server.url(), |options| {
        options.set_delivery_timeout(TIME).expect("a timeout");
        let short = Duration::from_millis(20);
        options.set_backoff(short, short * 2).expect("a backoff");
    });
    submit_to(&client, "good", None, 0);
    let recorded = collect(&client, 1).remove(&0).expect("it is completed");
    let recorded = recorded.result.expect("it is recorded");
    submit_to(&client, "bad", Some("key"), 1);
    submit_to(&client, "good", Some("key"), 2);
    let completion = loop {
        let status = client.get_event(recorded.event_id.as_bytes(), &CallOptions::default());
        status.expect("it has a status");
        let some = retry_interrupted(|| client.poll(1, Some(Duration::ZERO)));
        if let Some(completion) = some.expect("poll works").pop() {
            break completion;
        }
    };
    assert_eq!(completion.tag, 1);
    assert!(completion.total > TIME * 3 / 4, "{completion:?}");
}

#[test]
fn an_event_that_the_service_never_records_does_not_hold_up_its_ordering_key() {
    const TIME: Duration = Duration::from_secs(16);
    let server = poisoned(Rule::status(500));
    let client = client(&server.url(), |options| {
        options.set_delivery_timeout(TIME).expect("a timeout");
        let short = Duration::from_millis(20);
        options.set_backoff(short, short * 2).expect("a backoff");
    });
    let mut tag = 10;
    // The service records other events all the time.
    let mut send_other = || {
        tag += 1;
        submit_to(&client, "good", None, tag);
    };
    submit_to(&client, "bad", Some("key"), 1);
    for _ in 0..100 {
        send_other();
        collect(&client, 1);
    }
    in_time(|| client.pending().in_flight == 0);
    let waiting = client.pending();
    assert_eq!(waiting.queued, 1, "it holds nothing up, and is kept");

    submit_to(&client, "good", Some("key"), 2);
    let started = Instant::now();
    let mut completions = HashMap::new();
    while completions.len() < 2 {
        assert!(started.elapsed() < Duration::from_secs(100), "it is stuck");
        send_other();
        let some = collect(&client, 1);
        completions.extend(some.into_iter().filter(|(tag, _)| *tag < 10));
    }
    assert!(completions[&2].result.is_ok());
    let time = completions[&1].total;
    assert!(
        time >= TIME / 2,
        "it may be an outage of one topic: {time:?}"
    );
    let error = completions.remove(&1).and_then(|it| it.result.err());
    let error = error.expect("it was never recorded");
    assert_eq!(error.status(), Status::RetriesExhausted);
    assert_eq!(error.outcome(), Outcome::MaybeSent);
    assert!(error.attempts() > 8, "{}", error.attempts());
    assert_eq!(
        error.cause().map(|last| last.status()),
        Some(Status::ServerError)
    );
    let says_why =
        "events of the same ordering key wait behind it; the last error: the service answered 500";
    assert!(error.message().contains(says_why), "{error}");
}

#[test]
fn an_outage_gives_no_event_up() {
    let server = poisoned(Rule::status(500));
    let client = client(&server.url(), |options| {
        let short = Duration::from_millis(10);
        options.set_backoff(short, short * 2).expect("a backoff");
    });
    submit_to(&client, "bad", Some("key"), 1);
    submit_to(&client, "bad", Some("key"), 2);
    in_time(|| server.summary().finished > 20);
    server.clear_faults();
    let completions = collect(&client, 2);
    assert!(completions.values().all(|it| it.result.is_ok()));
}
