//! The limits of the queue, and events that it refuses at once.

use std::time::Duration;

use hookrail::internals::{SendOptions, SubmitOptions};
use hookrail::{Outcome, Status};
use hookrail_devserver::{Point, Rule};

use crate::support::queue::{client, collect, server, submit};

const AT_ONCE: SubmitOptions = SubmitOptions {
    tag: 0,
    wants_completion: true,
    wait: None,
};

#[test]
fn the_queue_is_full_at_its_number_of_events_until_completions_are_collected() {
    let server = server();
    let client = client(&server.url(), |options| {
        options.set_queue_max_events(3).expect("a limit");
    });
    for tag in 0..3 {
        submit(&client, tag);
    }
    client.flush(None).expect("flush works");
    let error = client
        .submit(b"t", b"{}", &SendOptions::default(), &AT_ONCE)
        .expect_err("the completions count");
    assert_eq!(error.status(), Status::QueueFull);
    assert!(error.is_retryable());
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert!(error.message().contains("3 of 3 events"), "{error}");
    collect(&client, 3);
    submit(&client, 3);
    collect(&client, 1);
}

#[test]
fn the_queue_is_full_at_its_number_of_bytes() {
    let server = server();
    server
        .add_faults([Rule::never_answer(Point::AfterReading)])
        .expect("good rules");
    let client = client(&server.url(), |options| {
        options.set_queue_max_bytes(1_000).expect("a limit");
    });
    let payload = format!("\"{}\"", "x".repeat(700));
    let submit = || client.submit(b"t", payload.as_bytes(), &SendOptions::default(), &AT_ONCE);
    submit().expect("there is room for the first");
    let error = submit().expect_err("there is none for the second");
    assert_eq!(error.status(), Status::QueueFull);
    let waiting = SubmitOptions {
        wait: Some(Duration::from_millis(50)),
        ..AT_ONCE
    };
    let error = client
        .submit(b"t", payload.as_bytes(), &SendOptions::default(), &waiting)
        .expect_err("nor is there after a wait");
    assert_eq!(error.status(), Status::QueueFull);
}

#[test]
fn wrong_arguments_are_refused_at_once() {
    let server = server();
    let client = client(&server.url(), |_| {});
    let options = SendOptions::default();
    let error = client
        .submit(b"", b"{}", &options, &AT_ONCE)
        .expect_err("no topic");
    assert_eq!(error.status(), Status::InvalidArgument);
    let error = client
        .submit(b"t", b"{", &options, &AT_ONCE)
        .expect_err("no JSON");
    assert_eq!(error.status(), Status::InvalidArgument);
    let large = format!("\"{}\"", "x".repeat(262_144));
    let error = client
        .submit(b"t", large.as_bytes(), &options, &AT_ONCE)
        .expect_err("too large");
    assert_eq!(error.status(), Status::PayloadTooLarge);
    assert_eq!(client.pending().queued, 0);
    assert!(
        client
            .poll(1, Some(Duration::ZERO))
            .expect("poll works")
            .is_empty()
    );
}

#[test]
fn an_event_without_completion_is_sent_and_makes_none() {
    let server = server();
    let client = client(&server.url(), |options| {
        options.set_queue_max_events(1).expect("a limit");
    });
    for _ in 0..10 {
        let submit = SubmitOptions {
            wants_completion: false,
            wait: Some(crate::support::PATIENCE),
            ..AT_ONCE
        };
        client
            .submit(b"t", b"{}", &SendOptions::default(), &submit)
            .expect("the room is free again by itself");
    }
    client.flush(None).expect("flush works");
    assert_eq!(server.summary().events, 10);
    assert!(
        client
            .poll(1, Some(Duration::ZERO))
            .expect("poll works")
            .is_empty()
    );
}
