//! Unix sockets: every kind of call through one, and errors that name its path.

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::thread;
use std::time::Duration;

use hookrail::internals::{
    BackgroundResult, CallOptions, Client, ClientOptions, ProxySetting, SendOptions,
};
use hookrail::{Cancel, Outcome, Status};
use hookrail_devserver::SelfSigned;

use crate::support::raw::{RawServer, accepted};
use crate::support::tls::tls_server;
use crate::support::unix_socket::{UnixRelay, full_listener, pass_on};
use crate::support::{
    API_KEY, PAYLOAD, TOPIC, client_at, expect_error, options, options_with_retries, send,
    send_in_each_way, server,
};

fn through(path: &Path) -> ClientOptions {
    with_socket(options(), path)
}

fn with_socket(mut options: ClientOptions, path: &Path) -> ClientOptions {
    options.set_unix_socket(Some(path)).expect("a path");
    options
}

#[test]
fn every_kind_of_call_shares_one_connection() {
    let server = server();
    let socket = UnixRelay::to(server.addr());
    let client = client_at("http://hooks.example.com/", &through(&socket.path()));
    let event_id = send(&client).unwrap().event_id;
    client
        .get_event(event_id.as_bytes(), &Default::default())
        .unwrap();
    send_in_each_way(&client);
    assert_eq!(server.events().len(), 4);
    assert_eq!(server.summary().connections, 1);
    for request in server.requests() {
        assert_eq!(request.header("host"), Some("hooks.example.com"));
    }
}

#[test]
fn the_base_url_gives_host_and_path_or_is_the_socket_itself() {
    let service = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    });
    let socket = UnixRelay::to(service.addr());
    send(&client_at("http://[::1]:81/a/b/", &through(&socket.path()))).unwrap();
    let url = format!("unix:{}", socket.path().display());
    send(&client_at(&url, &ClientOptions::default())).unwrap();
    let requests = service.requests();
    assert_eq!(requests[0].line(), "POST /a/b/v1/events HTTP/1.1");
    assert_eq!(requests[0].header("host").as_deref(), Some("[::1]:81"));
    assert_eq!(requests[1].line(), "POST /v1/events HTTP/1.1");
    assert_eq!(requests[1].header("host").as_deref(), Some("localhost"));
}

#[test]
fn tls_goes_through_a_socket_as_well() {
    let server = tls_server(SelfSigned::default());
    let socket = UnixRelay::to(server.addr());
    let mut options = through(&socket.path());
    options
        .add_ca_pem(server.ca_pem().unwrap().as_bytes())
        .unwrap();
    send(&client_at("https://localhost", &options)).unwrap();
    let error = send(&client_at("https://other.example.com", &options)).unwrap_err();
    expect_error(&error, Status::Tls, 1, Outcome::NotSent);
}

#[test]
fn http_through_a_socket_is_local_and_uses_no_proxy() {
    let server = server();
    let socket = UnixRelay::to(server.addr());
    let mut options = ClientOptions::default();
    options.set_require_https(true);
    options.set_proxy(ProxySetting::None);
    let remote = b"http://hooks.example.com";
    let key = API_KEY.as_bytes();
    let error = Client::new(Some(key), Some(remote), &options).unwrap_err();
    assert_eq!(error.status(), Status::Configuration);
    let options = with_socket(options, &socket.path());
    send(&Client::new(Some(key), Some(remote), &options).unwrap()).unwrap();
}

#[test]
fn a_socket_that_is_missing_or_unused_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let unused = dir.path().join("unused.sock");
    drop(UnixListener::bind(&unused).unwrap());
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    for (path, part) in [
        (dir.path().join("missing.sock"), "No such file"),
        (dir.path().join("no/folder.sock"), "No such file"),
        (unused, "no program listens on it"),
        (file, "no program listens on it"),
    ] {
        let options = with_socket(options_with_retries(1), &path);
        let error = send(&client_at("http://localhost", &options)).unwrap_err();
        expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
        let cause = error.cause().expect("the attempt's error");
        assert_eq!(cause.status(), Status::Connection);
        for part in [part, path.to_str().unwrap()] {
            assert!(cause.message().contains(part), "{cause}");
        }
    }
}

#[test]
fn a_socket_without_room_is_tried_until_it_has_some() {
    let server = server();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("full.sock");
    let (listener, waiting) = full_listener(&path);
    let mut options = with_socket(options_with_retries(0), &path);
    options
        .set_connect_timeout(Duration::from_millis(50))
        .unwrap();
    let error = send(&client_at("http://localhost", &options)).unwrap_err();
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(
        (cause.status(), error.outcome()),
        (Status::Timeout, Outcome::NotSent)
    );
    assert!(
        cause.message().contains("50 ms while connecting"),
        "{cause}"
    );

    // In the background as well, where the reactor waits.
    let client = client_at("http://localhost", &through(&path));
    let event = client
        .prepare(TOPIC, PAYLOAD, &SendOptions::default())
        .unwrap();
    let call = client.start_send(event, None).unwrap();
    let addr = server.addr();
    let passing = thread::spawn(move || {
        drop(waiting);
        // The connections that waited are at their ends; the client's one brings a request.
        for client in listener.incoming() {
            pass_on(client.expect("a connection"), addr);
        }
    });
    let BackgroundResult::Sent(sent) = call.take().unwrap() else {
        panic!("another result");
    };
    assert_eq!(sent.unwrap().attempts, 1);
    assert!(!passing.is_finished());
}

#[test]
fn a_call_through_a_socket_ends_in_time_and_when_it_is_cancelled() {
    let silent = RawServer::start(|mut peer| {
        peer.request();
        peer.hold();
    });
    let socket = UnixRelay::to(silent.addr());
    let mut impatient = with_socket(options_with_retries(0), &socket.path());
    impatient
        .set_read_timeout(Duration::from_millis(50))
        .unwrap();
    let error = send(&client_at("http://localhost", &impatient)).unwrap_err();
    assert_eq!(error.cause().expect("a cause").status(), Status::Timeout);
    assert_eq!(error.outcome(), Outcome::MaybeSent);

    let client = client_at("http://localhost", &through(&socket.path()));
    let cancel = Cancel::new().unwrap();
    let call = CallOptions {
        timeout: None,
        cancel: Some(cancel.clone()),
    };
    let sending = thread::spawn(move || {
        client.send(
            TOPIC,
            PAYLOAD,
            &SendOptions {
                call,
                ..SendOptions::default()
            },
        )
    });
    silent.wait_for_requests(2);
    cancel.fire();
    let error = sending.join().unwrap().unwrap_err();
    assert_eq!(error.status(), Status::Cancelled);
}
