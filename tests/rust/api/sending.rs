//! Sending, submitting and asking, with payloads of serialisable types.

use std::collections::BTreeMap;
use std::time::Duration;

use hookrail::{CallOptions, Cancel, Client, Flushed, Outcome, Prepared, Status, SubmitOptions};
use hookrail_devserver::DevServer;
use serde::Serialize;
use serde_json::value::RawValue;

use super::client;
use crate::support::{PATIENCE, complete_requests, server};

#[derive(Serialize)]
struct Order {
    order_id: &'static str,
    amount: f64,
    tags: Vec<&'static str>,
    note: Option<String>,
}

const ORDER: Order = Order {
    order_id: "o_1",
    amount: 4.5,
    tags: Vec::new(),
    note: None,
};

/// The bodies of the requests, as text.
fn bodies(server: &DevServer) -> Vec<String> {
    let requests = complete_requests(server).into_iter();
    let bytes = requests.filter_map(|request| request.body?.bytes);
    bytes
        .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
        .collect()
}

#[test]
fn a_payload_is_sent_as_compact_json() {
    let server = server();
    let client = client(&server);
    client.send("t", &ORDER).unwrap();
    client.send("t", "a \"text\"").unwrap();
    client.send("t", &[1, 2]).unwrap();
    client.send("t", &serde_json::json!({"a": [null]})).unwrap();
    let raw = RawValue::from_string("{ \"b\" : 1.0 }".to_owned()).unwrap();
    client.send("t", &raw).unwrap();
    client.raw_event("t", "[ 1 ]").send().unwrap();
    client.raw_event("t", b"{}").send().unwrap();
    let payloads = [
        r#"{"order_id":"o_1","amount":4.5,"tags":[],"note":null}"#,
        r#""a \"text\"""#,
        "[1,2]",
        r#"{"a":[null]}"#,
        "{ \"b\" : 1.0 }",
        "[ 1 ]",
        "{}",
    ];
    let expected = payloads.map(|payload| format!(r#"{{"topic":"t","payload":{payload}}}"#));
    assert_eq!(bodies(&server), expected);
}

#[test]
fn the_settings_of_an_event_reach_the_service() {
    let server = server();
    let client = client(&server);
    let accepted = client
        .event("t", &1)
        .idempotency_key("key")
        .ordering_key(String::from("order"))
        .header("x-trace", "abc")
        .timeout(PATIENCE)
        .send()
        .unwrap();
    assert_eq!(accepted.idempotency_key, "key");
    let request = &server.requests()[0];
    let header = |name: &str| request.header(name);
    assert_eq!(header("idempotency-key"), Some("key"));
    assert_eq!(header("x-hookrail-ordering-key"), Some("order"));
    assert_eq!(header("x-trace"), Some("abc"));
}

#[test]
fn a_fault_of_an_event_is_reported_at_its_end_and_nothing_is_sent() {
    let server = server();
    let client = client(&server);
    let cancel = Cancel::new().unwrap();
    cancel.fire();
    let unserialisable = BTreeMap::from([(vec![1], 1)]);
    let failed = [
        (client.send("", &1), "topic"),
        (
            client.event("t", &1).idempotency_key("").send(),
            "idempotency key",
        ),
        (
            client.event("t", &1).ordering_key("\u{e9}").send(),
            "ordering key",
        ),
        (client.event("t", &1).header("host", "x").send(), "`host`"),
        (
            client.event("t", &1).timeout(Duration::ZERO).send(),
            "timeout",
        ),
        (
            client.send("t", &unserialisable),
            "the payload cannot be written as JSON",
        ),
        (client.raw_event("t", "{").send(), "payload"),
        (
            client
                .event("t", &1)
                .header("host", "x")
                .idempotency_key("")
                .send(),
            "`host`",
        ),
    ];
    for (result, named) in failed {
        let error = result.unwrap_err();
        assert_eq!(error.status(), Status::InvalidArgument, "{error}");
        assert_eq!(error.outcome(), Outcome::NotSent, "{error}");
        assert!(error.message().contains(named), "{error}");
    }
    let error = client.event("t", &1).cancel(&cancel).send().unwrap_err();
    assert_eq!(
        (error.status(), error.outcome()),
        (Status::Cancelled, Outcome::NotSent)
    );
    assert!(client.event("t", &1).header("host", "x").prepare().is_err());
    assert!(client.event("t", &1).header("host", "x").submit().is_err());
    assert!(server.requests().is_empty());
}

#[test]
fn a_prepared_event_is_sent_in_each_way_and_recorded_once() {
    let server = server();
    let client = client(&server);
    let event = client.event("t", &ORDER).prepare().unwrap();
    let event = Prepared::decode(&event.encode()).unwrap();
    assert!(!client.send_prepared(&event).unwrap().replayed);
    let options = CallOptions::new().timeout(PATIENCE);
    assert!(
        client
            .send_prepared_with(&event, &options)
            .unwrap()
            .replayed
    );
    client
        .submit_prepared(event, &SubmitOptions::new().tag(7).timeout(PATIENCE))
        .unwrap();
    let completions = client.poll(10, PATIENCE).unwrap();
    let [completion] = completions.as_slice() else {
        panic!("{completions:?}");
    };
    assert_eq!(
        (completion.tag, completion.outcome()),
        (7, Outcome::Delivered)
    );
    assert_eq!(server.events().len(), 1);
}

#[test]
fn the_status_of_an_event_is_asked_for() {
    let server = server();
    let client = client(&server);
    let id = client.send("t", &ORDER).unwrap().event_id;
    assert_eq!(client.get_event(&id).unwrap().topic, "t");
    let cancel = Cancel::new().unwrap();
    cancel.fire();
    let cancelled = client.get_event_with(&id, &CallOptions::new().cancel(&cancel));
    assert_eq!(cancelled.unwrap_err().status(), Status::Cancelled);
    let unknown = client.get_event("01JXAMPLEEVENTID00000000AA").unwrap_err();
    assert_eq!(unknown.status(), Status::NotFound);
}

#[test]
fn submits_have_completions_unless_they_want_none() {
    let server = server();
    let client = client(&server);
    client.submit("t", &ORDER).unwrap();
    client
        .event("t", &ORDER)
        .submit_with(&SubmitOptions::new().without_completion())
        .unwrap();
    assert_eq!(client.flush(PATIENCE).unwrap(), Flushed::All);
    assert_eq!(client.poll(10, Duration::ZERO).unwrap().len(), 1);
    assert_eq!(client.close(PATIENCE).unwrap(), 0);
    let error = client.submit("t", &ORDER).unwrap_err();
    assert_eq!(
        (error.status(), error.outcome()),
        (Status::Closed, Outcome::NotSent)
    );
    assert_eq!(server.events().len(), 2);
}

#[test]
fn a_clone_is_the_same_client() {
    let server = server();
    let client = client(&server);
    let clone = client.clone();
    std::thread::spawn(move || clone.send("t", &1).unwrap())
        .join()
        .unwrap();
    client.send("t", &2).unwrap();
    let stats = client.stats();
    assert_eq!(
        (stats.successes, stats.connections_opened),
        (2, 1),
        "{stats:?}"
    );
    assert!(
        client
            .metrics()
            .contains("hookrail_client_successes_total 2")
    );
}

#[test]
fn clients_futures_and_errors_can_go_to_other_threads() {
    fn shared<T: Send + Sync + 'static>() {}
    fn sent<T: Send + Unpin + 'static>() {}
    shared::<Client>();
    shared::<hookrail::Error>();
    shared::<hookrail::Verifier>();
    shared::<hookrail::Cancel>();
    shared::<Prepared>();
    shared::<hookrail::Completion>();
    sent::<hookrail::SendFuture>();
    sent::<hookrail::GetEventFuture>();
    sent::<hookrail::Verification>();
}
