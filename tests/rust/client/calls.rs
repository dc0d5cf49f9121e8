//! Refused calls, calls on a closed client, and results that were taken already.

use std::time::Duration;

use hookrail::internals::{
    BackgroundResult, CallOptions, Client, ClientOptions, SendOptions, SubmitOptions,
};
use hookrail::{Outcome, Status};
use hookrail_devserver::{Config, DevServer};

fn client(server: &DevServer) -> Client {
    let key = Config::DEFAULT_API_KEY.as_bytes();
    let url = server.url();
    Client::new(Some(key), Some(url.as_bytes()), &ClientOptions::default()).expect("a client")
}

fn server() -> DevServer {
    DevServer::start(Config::default()).expect("the server starts")
}

const SUBMIT: SubmitOptions = SubmitOptions {
    tag: 0,
    wants_completion: true,
    wait: Some(Duration::MAX),
};

#[test]
fn a_time_that_no_clock_can_hold_is_refused() {
    let server = server();
    let client = client(&server);
    for timeout in [Duration::ZERO, Duration::MAX] {
        let options = SendOptions {
            idempotency_key: Some(hookrail::internals::IdempotencyKey::new(b"key").unwrap()),
            call: CallOptions {
                timeout: Some(timeout),
                cancel: None,
            },
            ..SendOptions::default()
        };
        let sent = client.send(b"t", b"{}", &options).map(drop);
        let submitted = client.submit(b"t", b"{}", &options, &SUBMIT).map(drop);
        for refused in [sent, submitted] {
            let error = refused.expect_err("the time is refused");
            assert_eq!(error.status(), Status::InvalidArgument);
            assert_eq!(error.outcome(), Outcome::NotSent);
            assert_eq!(error.idempotency_key(), Some("key"));
        }
        let asked = client.get_event(b"id", &options.call).map(drop);
        let error = asked.expect_err("the time is refused");
        assert_eq!(error.status(), Status::InvalidArgument);
    }
    assert_eq!(server.summary().requests, 0);
}

#[test]
fn a_closed_client_refuses_events_and_names_their_key() {
    let server = server();
    let client = client(&server);
    assert_eq!(client.close(None).expect("close works"), 0);
    let options = SendOptions {
        idempotency_key: Some(hookrail::internals::IdempotencyKey::new(b"key").unwrap()),
        ..SendOptions::default()
    };
    let sent = client.send(b"t", b"{}", &options).map(drop);
    let submitted = client.submit(b"t", b"{}", &options, &SUBMIT).map(drop);
    for refused in [sent, submitted] {
        let error = refused.expect_err("the client is closed");
        assert_eq!(error.status(), Status::Closed);
        assert_eq!(error.outcome(), Outcome::NotSent);
        assert_eq!(error.idempotency_key(), Some("key"));
    }
    assert_eq!(client.pending().queued, 0);
}

#[test]
fn the_result_of_a_background_call_can_be_taken_once() {
    let server = server();
    let client = client(&server);
    let event = client
        .prepare(b"t", b"{}", &SendOptions::default())
        .expect("an event");
    let call = client.start_send(event, None).expect("a call");
    assert!(call.is_send());
    assert!(matches!(call.take(), Ok(BackgroundResult::Sent(Ok(_)))));
    let error = call.take().expect_err("it was taken");
    assert_eq!(error.status(), Status::InvalidArgument);
}

#[test]
fn background_calls_that_share_a_name_look_up_all_go_on() {
    let server = server();
    let key = Config::DEFAULT_API_KEY.as_bytes();
    let url = format!("http://localhost:{}", server.addr().port());
    let client = Client::new(Some(key), Some(url.as_bytes()), &ClientOptions::default());
    let client = client.expect("a client");
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let event = client
                .prepare(b"t", b"{}", &SendOptions::default())
                .unwrap();
            client.start_send(event, None).expect("a call")
        })
        .collect();
    for call in calls {
        match call.take().expect("the call ends") {
            BackgroundResult::Sent(sent) => drop(sent.expect("the event is recorded")),
            BackgroundResult::Status(_) => unreachable!("only sends were started"),
        }
    }
    // A call that was forgotten would have timed out and tried again.
    let stats: serde_json::Value = serde_json::from_str(&client.stats().to_json()).unwrap();
    assert_eq!(stats["attempts"], 20, "{stats}");
}
