//! No error, debug output or log contains the API key or a proxy's credentials.

use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::Mutex;
use std::time::Duration;

use hookrail::internals::{
    CallOptions, Client, ClientOptions, ProxySetting, SendOptions, SubmitOptions,
};
use hookrail::{Cancel, Error, Status};
use hookrail_devserver::{ApiKey, Config, DevServer, Point, Rule, SelfSigned, redacted};

use crate::support::child;
use crate::support::proxy::HttpProxy;
use crate::support::raw::{RawServer, response};
use crate::support::refusing::Refusing;
use crate::support::tls::tls_server;
use crate::support::{PATIENCE, PAYLOAD, TOPIC, options, options_with_retries};

const KEY: &str = "hk_7f3a9cd41b60e852";
const PASSWORD: &str = "c81e728d9d4c2f63";
/// The values of the extra headers of every client and of every send.
const CLIENTS_VALUE: &str = "eccbc87e4b5ce2fe";
const SENDS_VALUE: &str = "a87ff679a2f3e71d";
/// `hook:` and the password in base64.
const CREDENTIALS: &str = "aG9vazpjODFlNzI4ZDlkNGMyZjYz";

#[track_caller]
fn tells_nothing(what: &str, text: &str) {
    for secret in [&KEY[3..], PASSWORD, CREDENTIALS, CLIENTS_VALUE, SENDS_VALUE] {
        for at in 0..=secret.len() - 8 {
            assert!(!text.contains(&secret[at..at + 8]), "{what}: {text}");
        }
    }
}

#[track_caller]
fn debug_tells_nothing(value: &impl Debug) {
    let text = format!("{value:?}{value:#?}");
    tells_nothing("Debug", &text);
}

#[track_caller]
fn error_tells_nothing(error: &Error) {
    debug_tells_nothing(error);
    let mut next = Some(error);
    while let Some(error) = next {
        tells_nothing("the error", &format!("{error} {}", error.message()));
        if let Some(problem) = error.problem() {
            tells_nothing("the body", &String::from_utf8_lossy(problem.raw_body()));
            let members = [problem.problem_type(), problem.title(), problem.detail()];
            tells_nothing("the problem", &format!("{members:?}"));
        }
        next = error.cause();
    }
}

fn through(proxy: &str, mut options: ClientOptions) -> ClientOptions {
    let url = format!("http://hook:{PASSWORD}@{proxy}");
    options.set_proxy(ProxySetting::Explicit(url));
    options
}

fn send_options() -> SendOptions {
    let mut options = SendOptions::default();
    options
        .headers
        .add("x-token", SENDS_VALUE)
        .expect("a header");
    options
}

fn client(url: &str, options: &ClientOptions) -> Client {
    Client::new(
        Some(KEY.as_bytes()),
        Some(url.as_bytes()),
        &with_header(options),
    )
    .expect("a client")
}

fn with_header(options: &ClientOptions) -> ClientOptions {
    let mut options = options.clone();
    options
        .add_header("x-gateway", CLIENTS_VALUE)
        .expect("a header");
    options
}

fn send(client: &Client, topic: &[u8], payload: &[u8], call: CallOptions) -> Error {
    let options = SendOptions {
        call,
        ..send_options()
    };
    client.send(topic, payload, &options).expect_err("an error")
}

/// A service that accepts the key unless it must refuse it.
fn service(key: &str, rules: impl IntoIterator<Item = Rule>) -> DevServer {
    let server = DevServer::start(Config {
        api_keys: vec![key.parse::<ApiKey>().expect("a key")],
        ..Config::default()
    })
    .expect("the server should start");
    server.add_faults(rules).expect("the rules should be good");
    server
}

/// The errors of calls, of every kind that a client can have.
fn errors_of_calls() -> Vec<Error> {
    let proxy = HttpProxy::start();
    let options = || through(&proxy.addr().to_string(), options_with_retries(1));
    let plain = |client: &Client| send(client, TOPIC, PAYLOAD, CallOptions::default());
    let mut errors = Vec::new();

    for status in [400, 403, 404, 409, 413, 418, 429, 503, 302] {
        let server = service(KEY, [Rule::status(status).always()]);
        errors.push(plain(&client(&server.url(), &options())));
    }
    let faults = [
        Rule::status(202).body("application/json", "{}"),
        Rule::garbage("SSH-2.0-OpenSSH\r\n").always(),
        Rule::reset(Point::AfterReading).always(),
    ];
    for fault in faults {
        let server = service(KEY, [fault]);
        errors.push(plain(&client(&server.url(), &options())));
    }
    errors.push(plain(&client(&service("hk_other", []).url(), &options())));
    let mut untrusting = options();
    untrusting.set_tls_roots(hookrail::TlsRoots::Platform);
    let server = tls_server(SelfSigned::default());
    errors.push(plain(&client(&server.url(), &untrusting)));

    let refusing = Refusing::new();
    let direct = client(&refusing.url(), &options_with_retries(0));
    errors.push(plain(&direct));
    let gone = through(&refusing.addr().to_string(), options_with_retries(0));
    errors.push(plain(&client("http://hooks.example.com", &gone)));

    let silent = service(KEY, [Rule::never_answer(Point::AfterReading).always()]);
    let silent = client(&silent.url(), &options());
    errors.push(send(
        &silent,
        TOPIC,
        PAYLOAD,
        CallOptions {
            timeout: Some(Duration::from_millis(50)),
            cancel: None,
        },
    ));
    let cancel = Cancel::new().expect("a token");
    cancel.fire();
    errors.push(send(
        &silent,
        TOPIC,
        PAYLOAD,
        CallOptions {
            timeout: None,
            cancel: Some(cancel),
        },
    ));
    errors.push(send(&silent, b"", PAYLOAD, CallOptions::default()));
    errors.push(send(&silent, TOPIC, b"{", CallOptions::default()));
    let damaged = hookrail::Prepared::decode(b"HKRE").expect_err("a damaged event");
    errors.push(damaged);
    silent.close(Some(PATIENCE)).expect("a close");
    errors.push(plain(&silent));
    errors
}

#[test]
fn no_error_tells_a_secret() {
    let errors = errors_of_calls();
    for error in &errors {
        error_tells_nothing(error);
    }
    let mut kinds: HashSet<Status> = errors.iter().map(Error::status).collect();
    kinds.extend(errors.iter().filter_map(Error::cause).map(Error::status));
    let expected = [
        Status::InvalidArgument,
        Status::Closed,
        Status::Cancelled,
        Status::DamagedBlob,
        Status::Connection,
        Status::Timeout,
        Status::Tls,
        Status::Protocol,
        Status::BadRequest,
        Status::Authentication,
        Status::PermissionDenied,
        Status::NotFound,
        Status::Conflict,
        Status::PayloadTooLarge,
        Status::RateLimited,
        Status::UnexpectedStatus,
        Status::ServerError,
        Status::RetriesExhausted,
    ];
    for status in expected {
        assert!(kinds.contains(&status), "{status:?} is not among {kinds:?}");
    }
}

#[test]
fn no_error_of_a_setting_tells_a_secret() {
    let url = b"http://127.0.0.1:1";
    let wrong_keys = [
        format!("{KEY}\n"),
        format!("{KEY} {KEY}"),
        format!("{KEY}\u{e9}"),
        KEY.repeat(100),
    ];
    for key in wrong_keys {
        let error = Client::new(Some(key.as_bytes()), Some(url), &options()).unwrap_err();
        assert_eq!(error.status(), Status::Configuration);
        error_tells_nothing(&error);
    }
    let wrong_proxies = [
        format!("http://hook:{PASSWORD}@proxy/path"),
        format!("https://hook:{PASSWORD}@proxy"),
        format!("http://hook:{PASSWORD}@proxy:0"),
        format!("http://hook:{PASSWORD}"),
        format!("hook:{PASSWORD}://proxy"),
        format!("http://hook:{PASSWORD}/@proxy"),
        format!("http://hook:{PASSWORD} @proxy"),
    ];
    for proxy in wrong_proxies {
        let mut options = options();
        options.set_proxy(ProxySetting::Explicit(proxy));
        debug_tells_nothing(&options);
        let error = Client::new(Some(KEY.as_bytes()), Some(url), &options).unwrap_err();
        assert_eq!(error.status(), Status::Configuration);
        error_tells_nothing(&error);
    }
    let base = format!("http://hook:{PASSWORD}@service");
    let error = Client::new(Some(KEY.as_bytes()), Some(base.as_bytes()), &options()).unwrap_err();
    error_tells_nothing(&error);
}

#[test]
fn no_error_of_a_header_tells_its_value() {
    let (mut client, mut send) = (options(), send_options());
    for (name, value) in [
        ("x", format!("{SENDS_VALUE}\n")),
        ("x", format!(" {SENDS_VALUE}")),
        ("x", format!("{SENDS_VALUE}\u{e9}")),
        ("x", SENDS_VALUE.repeat(1000)),
        ("authorization", SENDS_VALUE.to_owned()),
        (&format!("x: {SENDS_VALUE}"), "v".to_owned()),
    ] {
        error_tells_nothing(&client.add_header(name, &value).unwrap_err());
        error_tells_nothing(&send.headers.add(name, &value).unwrap_err());
    }
}

#[test]
fn nothing_that_can_be_shown_tells_a_secret() {
    let proxy = HttpProxy::start();
    let server = service(KEY, [Rule::status(503)]);
    let options = with_header(&through(&proxy.addr().to_string(), options()));
    debug_tells_nothing(&options);
    debug_tells_nothing(&send_options());
    let client = client(&server.url(), &options);
    debug_tells_nothing(&client);
    let prepared = client.prepare(TOPIC, PAYLOAD, &send_options());
    let prepared = prepared.expect("an event");
    debug_tells_nothing(&prepared);
    let accepted = client.send_prepared(&prepared, &CallOptions::default());
    let accepted = accepted.expect("a promise");
    debug_tells_nothing(&accepted);
    let status = client.get_event(accepted.event_id.as_bytes(), &CallOptions::default());
    debug_tells_nothing(&status);
    let call = client.start_send(prepared, None).expect("a call");
    debug_tells_nothing(&call);
    debug_tells_nothing(&call.take());
    let submitted = client.submit(
        TOPIC,
        PAYLOAD,
        &send_options(),
        &SubmitOptions {
            tag: 1,
            wants_completion: true,
            wait: None,
        },
    );
    submitted.expect("room in the queue");
    debug_tells_nothing(&client.poll(1, Some(PATIENCE)));
    debug_tells_nothing(client.stats());
    tells_nothing("the statistics", &client.stats().to_json());
    // The proxy and the service did get the secrets.
    let heads = proxy.heads();
    for secret in [CREDENTIALS, CLIENTS_VALUE, SENDS_VALUE] {
        assert!(heads[0].contains(secret));
    }
    let sent_key = redacted(&format!("Bearer {KEY}"));
    assert!(
        server
            .requests()
            .iter()
            .all(|request| request.header("authorization") == Some(&sent_key))
    );
}

/// Collects everything that is logged.
struct Log(Mutex<String>);

impl log::Log for Log {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }

    fn log(&self, record: &log::Record) {
        let mut log = self.0.lock().expect("the log");
        log.push_str(&format!("{} {}\n", record.target(), record.args()));
    }

    fn flush(&self) {}
}

static LOG: Log = Log(Mutex::new(String::new()));

/// The HTTP engine logs the bytes that pass it in lines of 16 bytes, so one line could contain half of the key.
#[test]
fn no_log_tells_a_secret() {
    if !child::is_child() {
        return child::run(no_log_tells_a_secret, &[("", ""); 0]);
    }
    log::set_logger(&LOG).expect("the first logger");
    log::set_max_level(log::LevelFilter::Trace);
    let proxy = HttpProxy::start();
    let server = service(KEY, [Rule::status(503)]);
    let options = through(&proxy.addr().to_string(), options());
    let client = client(&server.url(), &options);
    let accepted = client.send(TOPIC, PAYLOAD, &send_options());
    let event_id = accepted.expect("a promise").event_id;
    let status = client.get_event(event_id.as_bytes(), &CallOptions::default());
    status.expect("an answer");
    let text = LOG.0.lock().expect("the log");
    assert!(text.contains("HTTP/1.1.503"), "{text}");
    tells_nothing("the log", &text);
}

#[test]
fn an_answer_that_repeats_the_request_does_not_bring_the_key_back() {
    let echo = RawServer::start(|mut peer| {
        while let Some(request) = peer.request() {
            let headers = format!("{:?}{:?}", request.headers(), request.headers());
            let body = format!(r#"{{"title":{headers:?},"detail":{headers:?}}}"#);
            peer.send(response(
                "400 Bad Request",
                &[("Content-Type", "application/problem+json")],
                body,
            ));
        }
    });
    let client = client(&echo.url(), &options());
    let error = send(&client, TOPIC, PAYLOAD, CallOptions::default());
    assert_eq!(error.status(), Status::BadRequest);
    error_tells_nothing(&error);
    let title = error.problem().and_then(|problem| problem.title());
    assert!(title.expect("a title").contains("Bearer *****"));

    // A key that equals its own redaction, and a key that is too short to be a secret.
    for key in ["********", "e"] {
        let client = Client::new(
            Some(key.as_bytes()),
            Some(echo.url().as_bytes()),
            &options(),
        );
        let error = send(&client.unwrap(), TOPIC, PAYLOAD, CallOptions::default());
        let title = error.problem().and_then(|problem| problem.title());
        assert!(title.expect("a title").contains("Bearer"));
    }
}
