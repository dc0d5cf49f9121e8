//! Order on ordered endpoints, and the effect of dead letters.

use std::net::TcpListener;

use crate::support::hook::{Hook, SECRET, quick, server_for, status_of};
use crate::support::{PATIENCE, Post, control, exchange};
use hookrail_devserver::{Config, DeliveryState, DevServer, Endpoint, NotDead};
use serde_json::{Value, json};

fn config_for(hooks: &[&Hook]) -> Config {
    let endpoint = |hook: &&Hook| Endpoint::new(&hook.url(), SECRET).unwrap().ordered();
    Config {
        endpoints: hooks.iter().map(endpoint).collect(),
        delivery: quick(),
        ..Config::default()
    }
}

fn ordered_server_for(hooks: &[&Hook]) -> DevServer {
    DevServer::start(config_for(hooks)).unwrap()
}

/// Posts an event with the payload `n`. Returns its ids.
fn post(server: &DevServer, ordering_key: &str, n: u32) -> (String, String) {
    let body = format!(r#"{{"topic":"t","payload":{n}}}"#);
    let request = Post::new(body).header("X-Hookrail-Ordering-Key", ordering_key);
    let answer = exchange(server, &request.bytes());
    let delivery_id = answer.json()["delivery_ids"][0]
        .as_str()
        .unwrap()
        .to_owned();
    (answer.event_id(), delivery_id)
}

fn await_dead_letters(server: &DevServer, count: u64) {
    server
        .wait_until(PATIENCE, |summary| summary.dead_lettered == count)
        .expect("the dead letters");
}

fn await_successes(server: &DevServer, count: u64) {
    server
        .wait_until(PATIENCE, |summary| summary.succeeded == count)
        .expect("the successes");
}

fn state(server: &DevServer, event_id: &str) -> Value {
    status_of(server, event_id)["deliveries"][0]["state"].clone()
}

#[test]
fn one_ordering_key_is_delivered_in_order_whatever_fails() {
    let hook = Hook::new(&[500, 204, 500, 500, 204, 204]);
    let server = ordered_server_for(&[&hook]);
    for n in 0..4 {
        post(&server, "account-7", n);
    }
    server
        .wait_until(PATIENCE, |summary| summary.succeeded == 4)
        .expect("success");
    let order = [(); 7].map(|()| hook.next().body);
    let expected = [0, 0, 1, 1, 1, 2, 3].map(|n| n.to_string());
    assert_eq!(order, expected);
    assert!(hook.deliveries.try_recv().is_err());
}

#[test]
fn other_ordering_keys_do_not_wait_behind_a_stuck_one() {
    let stuck = TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = Hook::new(&[]);
    let server = ordered_server_for(&[&hook]);
    let endpoint = Endpoint::new(&format!("http://{}/", stuck.local_addr().unwrap()), SECRET);
    server.add_endpoint(endpoint.unwrap().ordered());
    for (key, n) in [("a", 1), ("a", 2), ("b", 3)] {
        post(&server, key, n);
    }
    server
        .wait_until(PATIENCE, |summary| summary.succeeded == 3)
        .expect("the good endpoint's");
    // The stuck endpoint gets the first event of each lane, and no other. An attempt with a closed connection
    // would no longer be in flight.
    let _attempts = [(); 2].map(|()| stuck.accept().expect("an attempt"));
    let states = |state| {
        let events = server.events();
        let deliveries = events.into_iter().flat_map(|event| event.deliveries);
        deliveries
            .filter(|delivery| delivery.state == state)
            .count()
    };
    assert_eq!(states(DeliveryState::InFlight), 2);
    assert_eq!(states(DeliveryState::Pending), 1);
}

#[test]
fn an_endpoint_that_is_not_ordered_lets_events_overtake_each_other() {
    let hook = Hook::new(&[404]);
    let server = server_for(&[&hook]);
    let (first, _) = post(&server, "a", 1);
    await_dead_letters(&server, 1);
    let (second, _) = post(&server, "a", 2);
    await_successes(&server, 1);
    assert_eq!(state(&server, &first), "dead_lettered");
    assert_eq!(state(&server, &second), "succeeded");
}

#[test]
fn events_without_an_ordering_key_do_not_wait_on_an_ordered_endpoint() {
    let hook = Hook::new(&[404]);
    let server = ordered_server_for(&[&hook]);
    exchange(&server, &Post::event("a").bytes()).event_id();
    await_dead_letters(&server, 1);
    exchange(&server, &Post::event("b").bytes()).event_id();
    await_successes(&server, 1);
}

#[test]
fn a_dead_letter_holds_up_its_key_until_it_is_skipped() {
    let hook = Hook::new(&[404]);
    let server = ordered_server_for(&[&hook]);
    let (first, dead) = post(&server, "a", 1);
    await_dead_letters(&server, 1);
    let (second, _) = post(&server, "a", 2);
    let (third, _) = post(&server, "a", 3);
    let (other, _) = post(&server, "b", 4);
    await_successes(&server, 1);
    assert_eq!(state(&server, &first), "dead_lettered");
    assert_eq!(state(&server, &second), "pending");
    assert_eq!(state(&server, &other), "succeeded");

    let skipped = control(&server, "POST", &format!("deliveries/{dead}/skip"), "");
    assert_eq!(skipped.status, 204);
    await_successes(&server, 3);
    assert_eq!(state(&server, &first), "skipped");
    assert_eq!(state(&server, &third), "succeeded");
    let bodies = [(); 4].map(|()| hook.next().body);
    assert_eq!(bodies, ["1", "4", "2", "3"]);
    let summary = server.summary();
    assert_eq!((summary.dead_lettered, summary.skipped), (0, 1));
}

#[test]
fn a_replayed_dead_letter_goes_before_what_waited_for_it() {
    let hook = Hook::new(&[404, 410, 500]);
    let server = ordered_server_for(&[&hook]);
    let (first, dead) = post(&server, "a", 1);
    await_dead_letters(&server, 1);
    let (second, _) = post(&server, "a", 2);

    // The endpoint refuses it again, and it stops its key again.
    let replay = || control(&server, "POST", &format!("deliveries/{dead}/replay"), "");
    assert_eq!(replay().status, 204);
    server
        .wait_until(PATIENCE, |summary| summary.attempts == 2)
        .expect("another attempt");
    assert_eq!(state(&server, &second), "pending");

    assert_eq!(replay().status, 204);
    await_successes(&server, 2);
    let bodies = [(); 5].map(|()| hook.next().body);
    assert_eq!(bodies, ["1", "1", "1", "1", "2"]);
    let attempts = status_of(&server, &first)["deliveries"][0]["attempts"].clone();
    let words: Vec<_> = attempts
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| {
            json!([
                attempt["attempt_no"],
                attempt["status"],
                attempt["error_class"]
            ])
        })
        .collect();
    assert_eq!(
        words,
        [
            json!([1, "permanent_failure", "http_404"]),
            json!([2, "permanent_failure", "http_410"]),
            json!([3, "retryable_failure", "http_500"]),
            json!([4, "success", null]),
        ]
    );
}

#[test]
fn a_replayed_delivery_has_as_many_attempts_as_a_new_one() {
    let hook = Hook::new(&[500, 500, 500, 500, 500]);
    let server = server_for(&[&hook]);
    let (_, dead) = post(&server, "a", 1);
    await_dead_letters(&server, 1);
    server.replay_delivery(&dead).expect("a dead letter");
    await_successes(&server, 1);
    assert_eq!(server.summary().attempts, 6);
}

#[test]
fn only_dead_letters_can_be_replayed_or_skipped() {
    let hook = Hook::new(&[]);
    let server = ordered_server_for(&[&hook]);
    let (_, id) = post(&server, "a", 1);
    await_successes(&server, 1);
    for verb in ["replay", "skip"] {
        let refused = control(&server, "POST", &format!("deliveries/{id}/{verb}"), "");
        assert!(refused.problem(409).contains("succeeded"));
        control(&server, "POST", &format!("deliveries/unknown/{verb}"), "").problem(404);
    }
    let refused = NotDead::State(id.clone(), DeliveryState::Succeeded);
    assert_eq!(server.skip_delivery(&id), Err(refused));
}

#[test]
fn a_dead_letter_holds_up_its_key_after_a_restart_too() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = Some(dir.path().join("ledger"));
    let hook = Hook::new(&[404]);
    let config = Config {
        ledger_file: ledger,
        ..config_for(&[&hook])
    };
    let server = DevServer::start(config.clone()).unwrap();
    let (_, dead) = post(&server, "a", 1);
    await_dead_letters(&server, 1);
    let (second, _) = post(&server, "a", 2);
    drop(server);

    let server = DevServer::start(config).unwrap();
    let (third, _) = post(&server, "a", 3);
    post(&server, "b", 4);
    await_successes(&server, 1);
    assert_eq!(state(&server, &second), "pending");
    assert_eq!(server.summary().dead_lettered, 1);
    server.replay_delivery(&dead).expect("a dead letter");
    await_successes(&server, 4);
    assert_eq!(state(&server, &third), "succeeded");
    let bodies = [(); 5].map(|()| hook.next().body);
    assert_eq!(bodies, ["1", "4", "1", "2", "3"]);
}

#[test]
fn a_full_backlog_refuses_new_events_of_its_ordering_key() {
    let hook = Hook::new(&[404]);
    let server = DevServer::start(Config {
        backlog_max: Some(2),
        ..config_for(&[&hook])
    })
    .unwrap();
    let event = |key: &str, idempotency_key: &str| {
        let request = Post::event(idempotency_key).header("X-Hookrail-Ordering-Key", key);
        exchange(&server, &request.bytes())
    };
    let dead = event("a", "1").json()["delivery_ids"][0].clone();
    await_dead_letters(&server, 1);
    let waiting = event("a", "2").event_id();

    let refused = event("a", "3");
    refused.problem(429);
    assert_eq!(refused.json()["title"], "backlog full");
    assert_eq!(refused.header("retry-after"), Some("30"));
    // A replay needs no room.
    assert_eq!(event("a", "2").event_id(), waiting);
    event("b", "4").event_id();
    exchange(&server, &Post::event("5").bytes()).event_id();

    server
        .skip_delivery(dead.as_str().unwrap())
        .expect("a dead letter");
    await_successes(&server, 3);
    event("a", "3").event_id();
}
