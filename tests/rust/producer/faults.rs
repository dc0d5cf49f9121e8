//! With any fault on the wire there is one completion for each submit, and one record for each event.

use std::collections::HashMap;

use hookrail::Outcome;
use hookrail_devserver::{Point, Rule};

use crate::support::queue::{client, collect, key, recorded, server, submit};

const THREADS: u64 = 8;
const EVENTS: u64 = 100_000;

/// Faults on a fifth of the requests: lost before or after they took effect, refused, cut off, slow.
fn faults() -> Vec<Rule> {
    // This 429 limits an ordering key. A 429 for the producer's key would pause all events.
    let backlog = r#"{"title":"backlog full"}"#;
    let retry_later = Rule {
        headers: [("Retry-After".to_owned(), "1".to_owned())].into(),
        ..Rule::status(429).body("application/problem+json", backlog)
    };
    let recorded_but_refused = Rule {
        record: true,
        ..Rule::status(502)
    };
    let faults = [
        (0.03, Rule::reset(Point::AfterReading)),
        (0.03, Rule::reset(Point::AfterRecording)),
        (0.02, Rule::close(Point::AfterHeaders)),
        (0.04, Rule::status(503)),
        (0.02, recorded_but_refused),
        (0.01, retry_later),
        (0.03, Rule::truncate(10)),
        (0.03, Rule::delay_ms(5)),
    ];
    (1..)
        .zip(faults)
        .map(|(seed, (probability, rule))| Rule {
            probability: Some(probability),
            seed: Some(seed),
            ..rule
        })
        .collect()
}

#[test]
fn every_event_has_one_completion_and_one_record() {
    let server = server();
    server.add_faults(faults()).expect("good rules");
    let client = client(&server.url(), |options| {
        options.set_workers(8).expect("a number of workers");
        // The collecting thread may be slower than the submitting threads.
        options
            .set_queue_max_events(EVENTS as usize)
            .expect("room for all");
    });

    let completions = std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let client = &client;
            scope.spawn(move || {
                for index in 0..EVENTS / THREADS {
                    submit(client, thread * (EVENTS / THREADS) + index);
                }
            });
        }
        collect(&client, EVENTS as usize)
    });

    let records = recorded(&server);
    let mut outcomes: HashMap<Outcome, u64> = HashMap::new();
    for (tag, completion) in &completions {
        let times = records.get(&key(*tag)).copied().unwrap_or(0);
        *outcomes.entry(completion.outcome()).or_default() += 1;
        match completion.outcome() {
            Outcome::Delivered => assert_eq!(times, 1, "{completion:?}"),
            Outcome::MaybeSent => assert!(times <= 1, "{completion:?}"),
            _ => assert_eq!(times, 0, "{completion:?}"),
        }
    }
    assert_eq!(
        outcomes.get(&Outcome::Delivered),
        Some(&EVENTS),
        "{outcomes:?}"
    );
    let pending = client.pending();
    assert_eq!(
        (pending.queued, pending.in_flight, pending.completions),
        (0, 0, 0)
    );
    let summary = server.summary();
    assert!(
        summary.replays > 0,
        "no fault struck after recording: {summary:?}"
    );
    assert_eq!(summary.conflicts, 0);
}
