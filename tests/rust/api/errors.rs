//! The source chains of errors.

use std::error::Error as _;
use std::io;

use hookrail::{Error, Outcome, Status};
use hookrail_devserver::{Rule, SelfSigned};

use super::builder;
use crate::support::tls::tls_server;
use crate::support::{server, server_with};

/// The errors of a chain as text, the outermost first.
fn chain(error: &Error) -> Vec<String> {
    let mut texts = Vec::new();
    let mut next = Some(error as &dyn std::error::Error);
    while let Some(error) = next {
        texts.push(error.to_string());
        next = error.source();
    }
    texts
}

fn failed(url: &str) -> Error {
    let client = builder(url).max_retries(0).build().unwrap();
    client.send("t", &1).expect_err("it fails")
}

#[test]
fn a_refused_connection_leads_to_the_systems_error() {
    let error = failed("http://127.0.0.1:1");
    assert_eq!(chain(&error).len(), 3, "{error:?}");
    let attempt = error.source().unwrap().downcast_ref::<Error>().unwrap();
    assert_eq!(attempt.status(), Status::Connection);
    let system = attempt
        .source()
        .unwrap()
        .downcast_ref::<io::Error>()
        .unwrap();
    assert_eq!(system.kind(), io::ErrorKind::ConnectionRefused);
}

#[test]
fn a_distrusted_certificate_leads_to_the_error_of_rustls() {
    let server = tls_server(SelfSigned::default());
    let error = failed(&server.url());
    assert_eq!(error.status(), Status::Tls, "{error}");
    let source = error.source().unwrap().downcast_ref::<rustls::Error>();
    assert!(
        matches!(source, Some(rustls::Error::InvalidCertificate(_))),
        "{source:?}"
    );
}

#[test]
fn a_payload_that_cannot_be_written_leads_to_the_error_of_serde_json() {
    let server = server();
    let client = builder(&server.url()).build().unwrap();
    let map = std::collections::BTreeMap::from([((1, 2), 3)]);
    let error = client.send("t", &map).unwrap_err();
    assert_eq!(
        (error.status(), error.outcome()),
        (Status::InvalidArgument, Outcome::NotSent)
    );
    assert!(error.source().unwrap().is::<serde_json::Error>());
}

#[test]
fn an_answer_of_the_service_has_no_source() {
    let server = server_with([Rule::status(400)]);
    let error = failed(&server.url());
    assert_eq!(
        (error.status(), error.http_status()),
        (Status::BadRequest, Some(400))
    );
    assert!(error.source().is_none());
    assert!(error.problem().is_some());
}

#[test]
fn a_clone_of_an_error_has_all_of_it() {
    let error = failed("http://127.0.0.1:1");
    let clone = error.clone();
    assert_eq!(chain(&clone), chain(&error));
    assert_eq!(clone.idempotency_key(), error.idempotency_key());
    assert_eq!(clone.attempt_records(), error.attempt_records());
}
