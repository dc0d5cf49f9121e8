//! Limits, outages, and connections that the service closes.

use std::time::{Duration, Instant};

use crate::support::hook::{Hook, SECRET};
use crate::support::{Answer, End, PATIENCE, Post, Raw, control, exchange, get, server};
use hookrail_devserver::{Config, DevServer, Endpoint, RateLimit, Rule, Summary};
use serde_json::json;

fn limited(burst: u32) -> DevServer {
    DevServer::start(Config {
        api_keys: ["hk_dev", "hk_other"]
            .map(|key| key.parse().unwrap())
            .into(),
        rate_limit: Some(RateLimit::new(0.001, burst).unwrap()),
        ..Config::default()
    })
    .unwrap()
}

fn title(answer: &Answer) -> String {
    answer.json()["title"].as_str().expect("a title").to_owned()
}

#[test]
fn the_rate_limit_is_the_key_s_and_comes_before_the_body() {
    let server = limited(2);
    exchange(&server, &Post::event("a").bytes()).event_id();
    // A replay counts as well.
    exchange(&server, &Post::event("a").bytes()).event_id();
    for body in ["nonsense", r#"{"topic":"t","payload":1}"#] {
        let refused = exchange(&server, &Post::new(body).bytes());
        refused.problem(429);
        assert_eq!(title(&refused), "rate limited");
        assert_eq!(refused.header("retry-after"), None);
    }
    let other = Post::event("b")
        .without_headers()
        .header("Authorization", "Bearer hk_other");
    exchange(&server, &other.bytes()).event_id();
    // An unknown key gets a 401, and a GET takes no token.
    let unknown = Post::event("c")
        .without_headers()
        .header("Authorization", "Bearer hk_unknown");
    exchange(&server, &unknown.bytes()).problem(401);
    exchange(&server, &get("/v1/events/01ARZ3NDEKTSV4RRFFQ69G5FAV")).problem(404);
    assert_eq!(server.summary().events, 2);
}

#[test]
fn without_being_asked_for_there_is_no_rate_limit() {
    let server = server();
    let mut connection = Raw::connect(&server);
    for n in 0..500 {
        connection
            .exchange(&Post::event(&n.to_string()).bytes())
            .event_id();
    }
}

#[test]
fn an_outage_answers_every_key_as_if_it_were_unknown() {
    let server = server();
    let event_id = exchange(&server, &Post::event("a").bytes()).event_id();
    let mut unknown = Post::event("a").without_headers();
    unknown = unknown.header("Authorization", "Bearer hk_unknown");
    let unknown = exchange(&server, &unknown.bytes());
    assert_eq!(title(&unknown), "invalid credentials");
    assert_eq!(exchange(&server, &get("/readyz")).status, 200);

    let begun = control(&server, "PUT", "outage", r#"{"on":true}"#);
    assert_eq!(begun.json(), json!({"on": true}));
    let refused = exchange(&server, &Post::event("b").bytes());
    refused.problem(401);
    assert_eq!(refused.json(), unknown.json());
    let status = get(&format!("/v1/events/{event_id}"));
    exchange(&server, &status).problem(401);
    exchange(&server, &get("/readyz")).problem(503);
    assert_eq!(exchange(&server, &get("/healthz")).status, 200);
    assert_eq!(
        control(&server, "GET", "outage", "").json(),
        json!({"on": true})
    );

    control(&server, "PUT", "outage", r#"{"on":false}"#);
    assert_eq!(exchange(&server, &get("/readyz")).status, 200);
    exchange(&server, &Post::event("b").bytes()).event_id();
    assert_eq!(exchange(&server, &status).status, 200);
    assert_eq!(server.summary().events, 2);
    for wrong in ["", "{}", r#"{"on":1}"#, r#"{"on":true,"of":1}"#] {
        let detail = control(&server, "PUT", "outage", wrong).problem(400);
        assert!(detail.contains(r#"{"on":true}"#), "{detail}");
    }
}

#[test]
fn nothing_is_delivered_during_an_outage() {
    let hook = Hook::new(&[404]);
    let server = DevServer::start(Config {
        endpoints: vec![Endpoint::new(&hook.url(), SECRET).unwrap()],
        ..Config::default()
    })
    .unwrap();
    let accepted = exchange(&server, &Post::event("a").bytes()).json();
    server
        .wait_until(PATIENCE, |summary| summary.dead_lettered == 1)
        .expect("a dead letter");
    server.set_outage(true);
    let dead = accepted["delivery_ids"][0].as_str().unwrap();
    server.replay_delivery(dead).expect("a dead letter");
    let attempted = |summary: &Summary| summary.attempts == 2;
    let early = server.wait_until(Duration::from_millis(300), attempted);
    assert!(early.is_err(), "it was delivered without a database");
    server.set_outage(false);
    server.wait_until(PATIENCE, attempted).expect("an attempt");
}

#[test]
fn a_server_may_start_without_its_database() {
    let server = DevServer::start(Config {
        outage: true,
        path_prefix: "/rail".into(),
        ..Config::default()
    })
    .unwrap();
    exchange(&server, &get("/rail/readyz")).problem(503);
    exchange(&server, &get("/readyz")).problem(404);
    server.set_outage(false);
    assert_eq!(exchange(&server, &get("/rail/readyz")).status, 200);
}

#[test]
fn probes_need_no_key_meet_no_faults_and_are_in_no_ledger() {
    let server = server();
    let rule = Rule::status(500).always();
    server.add_faults([rule.on_path("/")]).unwrap();
    for path in ["/healthz", "/readyz"] {
        let bare = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!(exchange(&server, bare.as_bytes()).status, 200);
        exchange(&server, &Post::event("k").path(path).bytes()).problem(405);
    }
    assert!(server.requests().is_empty());
    let summary = server.summary();
    assert_eq!((summary.requests, summary.connections), (0, 0));
}

#[test]
fn idle_connections_are_closed_and_busy_ones_are_not() {
    let idle_timeout = Duration::from_millis(300);
    let server = DevServer::start(Config {
        idle_timeout,
        ..Config::default()
    })
    .unwrap();
    // A connection with a slow answer is not idle.
    server.add_faults([Rule::delay_ms(900)]).unwrap();
    let mut used = Raw::connect(&server);
    used.exchange(&Post::event("a").bytes()).event_id();
    let begun = Instant::now();
    assert_eq!(used.rest(), (Vec::new(), End::Fin));
    assert!(begun.elapsed() >= idle_timeout / 2, "{:?}", begun.elapsed());
    let mut unused = Raw::connect(&server);
    assert_eq!(unused.rest(), (Vec::new(), End::Fin));
}

#[test]
fn a_lost_answer_to_commit_leaves_the_event_recorded() {
    let server = server();
    server.add_faults([Rule::status(503).recorded()]).unwrap();
    let lost = exchange(&server, &Post::event("a").bytes());
    lost.problem(503);
    assert_eq!(title(&lost), "ingest unavailable");
    let again = exchange(&server, &Post::event("a").bytes());
    assert_eq!(again.header("idempotent-replay"), Some("true"));
    assert_eq!(server.summary().events, 1);
}

#[test]
fn after_the_retention_of_its_key_the_same_event_is_a_new_one() {
    let server = DevServer::start(Config {
        idempotency_retention: Duration::from_millis(20),
        ..Config::default()
    })
    .unwrap();
    let first = exchange(&server, &Post::event("a").bytes()).event_id();
    let begun = Instant::now();
    loop {
        let again = exchange(&server, &Post::event("a").bytes());
        let is_replay = again.header("idempotent-replay") == Some("true");
        assert_eq!(is_replay, again.event_id() == first);
        if !is_replay {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "the key never ends");
    }
    let other = Post::new(r#"{"topic":"t","payload":2}"#).header("Idempotency-Key", "a");
    let status = exchange(&server, &other.bytes()).status;
    assert!([202, 409].contains(&status), "{status}");
}
