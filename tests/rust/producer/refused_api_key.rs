//! The service refuses every key while its database is away.

use std::time::Duration;

use hookrail::internals::{CallOptions, Client, SendOptions, SubmitOptions};
use hookrail::{Outcome, Status};
use hookrail_devserver::{DevServer, Rule};

use crate::support::queue::{attempts, client, collect, in_time, server, submit};

const EVENTS: u64 = 200;

/// A client whose key has worked once, and its server, which refuses every key from then on.
fn refused_after_an_event() -> (DevServer, Client) {
    let server = server();
    let client = client(&server.url(), |_| {});
    submit(&client, 0);
    collect(&client, 1);
    server
        .add_faults([Rule::status(401).always()])
        .expect("good rules");
    (server, client)
}

#[test]
fn events_survive_a_401_if_the_key_has_worked() {
    let (server, client) = refused_after_an_event();
    for tag in 1..=EVENTS {
        submit(&client, tag);
    }
    std::thread::sleep(Duration::from_secs(4));
    let asked = attempts(&client) - 1;
    // The first four requests until the fifth answer, some at growing intervals, then one every two seconds.
    assert!((5..30).contains(&asked), "{asked} attempts in 4 s");
    assert_eq!(client.pending().completions, 0);
    server.clear_faults();
    let completions = collect(&client, EVENTS as usize);
    assert!(completions.values().all(|it| it.result.is_ok()));
    assert_eq!(server.summary().events, EVENTS + 1);
}

#[test]
fn an_event_ends_with_its_time_and_has_the_last_answer() {
    let (_server, client) = refused_after_an_event();
    let options = SendOptions {
        call: CallOptions {
            timeout: Some(Duration::from_millis(700)),
            cancel: None,
        },
        ..SendOptions::default()
    };
    let at_once = SubmitOptions {
        tag: 1,
        wants_completion: true,
        wait: None,
    };
    client
        .submit(b"t", b"{}", &options, &at_once)
        .expect("the event is taken in");
    let error = collect(&client, 1)
        .remove(&1)
        .and_then(|completion| completion.result.err())
        .expect("its time is over");
    assert!(
        matches!(error.status(), Status::Timeout | Status::RetriesExhausted),
        "{error}"
    );
    assert_eq!(error.outcome(), Outcome::Rejected);
    let last = error.cause().expect("the last error");
    assert_eq!(last.status(), Status::Authentication);
    assert!(
        error
            .message()
            .contains("the last error: the service answered 401")
    );
}

#[test]
fn a_key_that_never_worked_is_final_at_once() {
    let server = server();
    server
        .add_faults([Rule::status(401).always()])
        .expect("good rules");
    let client = client(&server.url(), |_| {});
    for tag in 0..20 {
        submit(&client, tag);
    }
    for (_, completion) in collect(&client, 20) {
        let error = completion.result.expect_err("the key is refused");
        assert_eq!(error.status(), Status::Authentication);
        assert_eq!(error.attempts(), 1);
        assert!(!error.is_retryable());
    }
    in_time(|| server.summary().finished == 20);
}
