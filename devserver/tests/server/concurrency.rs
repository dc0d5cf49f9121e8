//! Many clients at once, with an HTTP client that pools its connections.

use std::collections::HashSet;
use std::sync::Arc;

use bytes::Bytes;
use hookrail_devserver::{DevServer, Point, Rule};
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

const TASKS: usize = 16;
const EVENTS_PER_TASK: usize = 50;

type HttpClient = Client<HttpConnector, Full<Bytes>>;

fn event(server: &DevServer, key: &str) -> Request<Full<Bytes>> {
    let body = format!(r#"{{"topic":"load","payload":{{"key":"{key}"}}}}"#);
    Request::post(format!("{}/v1/events", server.url()))
        .header("authorization", "Bearer hk_dev")
        .header("idempotency-key", key)
        .body(Full::new(Bytes::from(body)))
        .expect("a request")
}

/// Sends an event until it is accepted. Returns its id.
async fn send(server: &DevServer, client: &HttpClient, key: &str) -> String {
    loop {
        let Ok(response) = client.request(event(server, key)).await else {
            continue;
        };
        let accepted = response.status() == 202;
        match response.into_body().collect().await {
            Ok(body) if accepted => {
                let json: serde_json::Value =
                    serde_json::from_slice(&body.to_bytes()).expect("JSON");
                return json["event_id"].as_str().expect("an id").to_owned();
            }
            _ => {}
        }
    }
}

#[test]
fn one_key_is_one_event_whatever_fails_in_between() {
    let server = crate::support::server();
    let often = |rule: Rule, seed| rule.with_probability(0.1, seed).always();
    server
        .add_faults([
            often(Rule::status(503), 1),
            often(Rule::status(500).recorded(), 2),
            often(Rule::reset(Point::BeforeReading), 3),
            often(Rule::reset(Point::AfterRecording), 4),
            often(Rule::close(Point::AfterBytes(30)), 5),
            often(Rule::close(Point::AfterAnswer), 6),
            often(Rule::truncate(10), 7),
        ])
        .expect("good rules");
    let server = Arc::new(server);
    let client: HttpClient = Client::builder(TokioExecutor::new()).build_http();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let answered = runtime.block_on(async {
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let (server, client) = (Arc::clone(&server), client.clone());
                tokio::spawn(async move {
                    let mut ids = Vec::new();
                    for n in 0..EVENTS_PER_TASK {
                        ids.push(send(&server, &client, &format!("{task}-{n}")).await);
                    }
                    ids
                })
            })
            .collect();
        let mut ids = HashSet::new();
        for task in tasks {
            ids.extend(task.await.expect("the task should end"));
        }
        ids
    });
    let events = server.events();
    let recorded: HashSet<String> = events.iter().map(|event| event.event_id.clone()).collect();
    assert_eq!(events.len(), TASKS * EVENTS_PER_TASK);
    assert_eq!(recorded, answered);
    assert!(
        events
            .iter()
            .zip(1..)
            .all(|(event, order)| event.order == order)
    );
    let summary = server.summary();
    assert!(summary.replays > 0 && summary.connections < summary.requests);
    for pending in server.faults() {
        assert!(pending.acted > 0, "{pending:?}");
    }
}
