//! Events of one ordering key arrive in the order of their submission, also with retries.

use std::collections::HashMap;

use hookrail::internals::SendOptions;
use hookrail_devserver::{Point, Rule};

use crate::support::queue::{client, collect, key, retry_interrupted, server, submit_options};

const KEYS: u64 = 10;
const EVENTS: u64 = 1_000;

#[test]
fn an_ordering_key_keeps_its_order_under_faults() {
    let server = server();
    let fault = |probability, seed, rule| Rule {
        probability: Some(probability),
        seed: Some(seed),
        ..rule
    };
    server
        .add_faults([
            fault(0.1, 1, Rule::status(503)),
            fault(0.1, 2, Rule::reset(Point::AfterRecording)),
            fault(0.1, 3, Rule::delay_ms(3)),
        ])
        .expect("good rules");
    let client = client(&server.url(), |options| {
        options.set_workers(8).expect("a number of workers");
        let short = std::time::Duration::from_millis(5);
        options.set_backoff(short, short * 4).expect("a backoff");
    });
    for tag in 0..EVENTS {
        let options = SendOptions {
            idempotency_key: Some(hookrail::internals::IdempotencyKey::new(key(tag)).unwrap()),
            ordering_key: Some(
                hookrail::internals::OrderingKey::new(format!("order-{}", tag % KEYS)).unwrap(),
            ),
            ..SendOptions::default()
        };
        let submit = submit_options(tag);
        retry_interrupted(|| client.submit(b"producer.order", b"{}", &options, &submit))
            .expect("the event is taken in");
    }
    collect(&client, EVENTS as usize);

    let mut last: HashMap<String, u64> = HashMap::new();
    let events = server.events();
    assert_eq!(events.len() as u64, EVENTS);
    for event in events {
        let lane = event.ordering_key.expect("an ordering key");
        let key = event.idempotency_key.expect("an idempotency key");
        let tag: u64 = key.trim_start_matches("key-").parse().expect("a tag");
        if let Some(before) = last.insert(lane, tag) {
            assert!(before < tag, "{before} was recorded before {tag}");
        }
    }
}

#[test]
fn a_key_in_the_payload_keeps_the_order_as_well() {
    let server = server();
    let busy = Rule::status(503).header("Retry-After", "1");
    server.add_faults([busy]).expect("good rules");
    let client = client(&server.url(), |_| {});
    let payloads = [
        r#"{"ordering_key":"k","n":0}"#,
        r#"{"n":1,"ordering\u005fkey":"k"}"#,
        // The last of two equal members counts, and "\u006b" is "k".
        r#"{"ordering_key":"other","n":2,"ordering_key":"\u006b"}"#,
    ];
    let nothing = SendOptions::default();
    let submit = |tag: u64, payload: &str, options: &SendOptions| {
        client
            .submit(b"t", payload.as_bytes(), options, &submit_options(tag))
            .expect("the event is taken in");
    };
    submit(0, payloads[0], &nothing);
    let prepared = client
        .prepare(b"t", payloads[1].as_bytes(), &nothing)
        .expect("the event is acceptable");
    client
        .submit_prepared(prepared, None, &submit_options(1))
        .expect("the event is taken in");
    submit(2, payloads[2], &nothing);
    let option = SendOptions {
        ordering_key: Some(hookrail::internals::OrderingKey::new(b"k").unwrap()),
        ..SendOptions::default()
    };
    submit(3, "3", &option);
    collect(&client, 4);
    let recorded: Vec<String> = server
        .events()
        .into_iter()
        .map(|event| event.payload)
        .collect();
    assert_eq!(recorded, [payloads[0], payloads[1], payloads[2], "3"]);
}

#[test]
fn different_keys_do_not_wait_for_each_other() {
    let server = server();
    let stuck = Rule {
        matching: Some(hookrail_devserver::Match {
            topic: Some("stuck".to_owned()),
            ..Default::default()
        }),
        times: Some(hookrail_devserver::Times::Always(
            hookrail_devserver::Always::Always,
        )),
        ..Rule::never_answer(Point::AfterReading)
    };
    server.add_faults([stuck]).expect("good rules");
    let client = client(&server.url(), |_| {});
    let submit = |topic: &[u8], lane: &str, tag| {
        let options = SendOptions {
            ordering_key: Some(hookrail::internals::OrderingKey::new(lane).unwrap()),
            ..SendOptions::default()
        };
        client
            .submit(topic, b"{}", &options, &submit_options(tag))
            .expect("the event is taken in")
    };
    submit(b"stuck", "a", 0);
    submit(b"free", "a", 1);
    submit(b"free", "b", 2);
    let completions = collect(&client, 1);
    assert!(completions.contains_key(&2));
    assert_eq!(
        client.pending().queued,
        1,
        "the event behind the stuck one waits"
    );
}
