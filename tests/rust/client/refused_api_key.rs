//! A 401: a key that is wrong, or a service without its database.

use hookrail::internals::{CallOptions, Client};
use hookrail::{Error, Outcome, Status};
use hookrail_devserver::{Match, Rule};

use crate::support::{client, expect_error, send, server, server_with};

/// A fault that refuses the key of every request.
fn refuse_every_key() -> Rule {
    Rule {
        matching: Some(Match::default()),
        ..Rule::status(401).always()
    }
}

/// Checks the error of a 401 that may be an outage: the call ends, but another one may succeed.
#[track_caller]
fn expect_doubt(error: &Error) {
    assert_eq!(error.status(), Status::Authentication);
    assert_eq!(error.attempts(), 1);
    assert!(error.is_retryable());
    let says_why = "; the key has worked before: the service answers this to any key while its \
                    database is away";
    assert!(error.message().ends_with(says_why), "{error}");
    assert_eq!(error.message().matches("the key has worked").count(), 1);
}

fn get(client: &Client) -> Result<(), Error> {
    let accepted = client.get_event(b"e1", &CallOptions::default());
    accepted.map(drop)
}

#[test]
fn a_key_that_never_worked_is_final() {
    let server = server_with([refuse_every_key()]);
    let client = client(&server);
    for _ in 0..2 {
        let error = send(&client).expect_err("the key is refused");
        expect_error(&error, Status::Authentication, 1, Outcome::Rejected);
        assert!(!error.is_retryable());
        assert!(!error.message().contains("worked"), "{error}");
    }
    assert!(!get(&client).expect_err("the key is refused").is_retryable());
}

#[test]
fn an_answer_that_is_no_success_does_not_prove_that_the_key_works() {
    let server = server_with([Rule::status(403), Rule::status(401)]);
    let client = client(&server);
    send(&client).expect_err("the topic is refused");
    let error = send(&client).expect_err("the key is refused");
    assert!(!error.is_retryable());
}

#[test]
fn a_401_for_a_key_that_has_worked_may_be_an_outage() {
    let server = server();
    let client = client(&server);
    let event = send(&client).expect("it is recorded");
    server.add_faults([refuse_every_key()]).unwrap();
    let error = send(&client).expect_err("the key is refused");
    expect_doubt(&error);
    assert_eq!(error.outcome(), Outcome::Rejected);
    expect_doubt(&get(&client).expect_err("the key is refused"));
    let call = client
        .prepare(b"t", b"{}", &Default::default())
        .and_then(|event| client.start_send(event, None))
        .expect("the call starts");
    match call.take().expect("the call ends") {
        hookrail::internals::BackgroundResult::Sent(Err(error)) => expect_doubt(&error),
        other => panic!("{other:?}"),
    }
    assert_eq!(server.summary().requests, 4);
    server.clear_faults();

    // A successful status query proves the key, too.
    let other = crate::support::client(&server);
    let status = other.get_event(event.event_id.as_bytes(), &CallOptions::default());
    status.expect("it is known");
    server.add_faults([Rule::status(401)]).unwrap();
    expect_doubt(&send(&other).expect_err("the key is refused"));
}
