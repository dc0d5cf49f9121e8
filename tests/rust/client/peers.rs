//! Peers that break the protocol: the call ends in time, with one result that says what happened.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use hookrail::internals::{Client, ClientOptions, SendOptions};
use hookrail::{Outcome, Status, TlsRoots};
use hookrail_devserver::{Config, DevServer, SelfSigned, Tls};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The end of every request that these tests send.
const END_OF_REQUEST: &[u8] = br#""payload":{"n":1}}"#;

/// Serves connections with `serve`, which gets the number of the connection, from 1. Returns the port and a
/// counter of the connections.
fn peer(serve: impl Fn(TcpStream, u32) + Send + Sync + 'static) -> (u16, Arc<AtomicU32>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let connections = Arc::new(AtomicU32::new(0));
    let counted = connections.clone();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let number = counted.fetch_add(1, Ordering::SeqCst) + 1;
            serve(stream, number);
        }
    });
    (port, connections)
}

fn client(url: &str, change: impl FnOnce(&mut ClientOptions)) -> Client {
    let mut options = ClientOptions::default();
    change(&mut options);
    Client::new(Some(b"hk_test"), Some(url.as_bytes()), &options).expect("the client is made")
}

fn send(client: &Client) -> Result<hookrail::Accepted, hookrail::Error> {
    client.send(b"t", br#"{"n":1}"#, &SendOptions::default())
}

fn read_request(stream: &mut impl Read) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    while !request.ends_with(END_OF_REQUEST) {
        let amount = stream.read(&mut chunk).expect("the request");
        assert!(amount > 0, "the client has gone");
        request.extend_from_slice(&chunk[..amount]);
    }
}

#[test]
fn a_handshake_that_is_cut_off_is_one_connection_per_attempt() {
    let (port, connections) = peer(|mut stream, _| {
        let _ = stream.read(&mut [0; 4096]);
    });
    let client = client(&format!("https://127.0.0.1:{port}"), |options| {
        options.set_max_retries(0);
    });
    let error = send(&client).expect_err("there is no service");
    assert_eq!(error.cause().map(|c| c.status()), Some(Status::Connection));
    assert_eq!(error.outcome(), Outcome::NotSent);
    assert_eq!(error.attempts(), 1);
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[test]
fn a_status_is_reported_even_if_its_body_is_cut_off() {
    let (port, connections) = peer(|mut stream, _| {
        read_request(&mut stream);
        let head = "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/problem+json\r\n\
                    Content-Length: 1000\r\n\r\n{\"title\":";
        stream.write_all(head.as_bytes()).expect("an answer");
    });
    let client = client(&format!("http://127.0.0.1:{port}"), |_| {});
    let error = send(&client).expect_err("the key is refused");
    assert_eq!(error.status(), Status::Authentication);
    assert_eq!(error.outcome(), Outcome::Rejected);
    assert_eq!(
        error.problem().map(|p| p.raw_body()),
        Some(b"{\"title\":".as_slice())
    );
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[test]
fn a_success_counts_only_as_a_whole() {
    let (port, connections) = peer(|mut stream, number| {
        read_request(&mut stream);
        let body = r#"{"event_id":"e"}"#;
        let head = format!(
            "HTTP/1.1 202 Accepted\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        let sent = if number == 1 { 5 } else { body.len() };
        let answer = head + &body[..sent];
        stream.write_all(answer.as_bytes()).expect("an answer");
    });
    let client = client(&format!("http://127.0.0.1:{port}"), |_| {});
    let accepted = send(&client).expect("the second attempt succeeds");
    assert_eq!(accepted.attempts, 2);
    assert_eq!(connections.load(Ordering::SeqCst), 2);
}

#[test]
fn a_peer_that_never_stops_sending_does_not_outlast_the_budget() {
    let (port, _) = peer(|mut stream, _| {
        read_request(&mut stream);
        // Each read of the client gets a part of a long answer that never ends.
        let head = "HTTP/1.1 202 Accepted\r\nContent-Length: 1000000\r\n\r\n";
        let mut sent = stream.write_all(head.as_bytes());
        while sent.is_ok() {
            sent = stream.write_all(&[b' '; 100]);
            thread::sleep(Duration::from_millis(1));
        }
    });
    let client = client(&format!("http://127.0.0.1:{port}"), |options| {
        let short = Duration::from_millis(200);
        options.set_total_timeout(short).expect("a timeout");
    });
    let error = send(&client).expect_err("no answer comes");
    assert_eq!(error.cause().map(|c| c.status()), Some(Status::Timeout));
    assert_eq!(error.outcome(), Outcome::MaybeSent);
}

/// Bytes behind an answer, in the same TLS record and just behind the client's buffer, are not the answer to
/// the next request.
#[test]
fn bytes_behind_an_answer_are_not_the_next_answer() {
    let certificates = tempfile::tempdir().expect("a directory");
    let made_by = DevServer::start(Config {
        tls: Some(Tls::SelfSigned(
            SelfSigned::default().in_dir(certificates.path()),
        )),
        ..Config::default()
    })
    .expect("the server starts");
    let file = |name: &str| certificates.path().join(name);
    let config =
        ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("protocol versions")
            .with_no_client_auth()
            .with_single_cert(
                CertificateDer::pem_file_iter(file("cert.pem"))
                    .expect("a certificate")
                    .map(|certificate| certificate.expect("a certificate"))
                    .collect(),
                PrivateKeyDer::from_pem_file(file("key.pem")).expect("a key"),
            )
            .expect("a configuration");
    let config = Arc::new(config);

    let (port, _) = peer(move |stream, number| {
        let session = ServerConnection::new(config.clone()).expect("a session");
        let mut stream = StreamOwned::new(session, stream);
        // The first connection stays open beside the second.
        thread::spawn(move || {
            read_request(&mut stream);
            let answer = if number == 1 {
                answer_of_size("first", 4096) + &answer_of_size("stale", 200)
            } else {
                answer_of_size("second", 200)
            };
            stream.write_all(answer.as_bytes()).expect("an answer");
            let _ = stream.read(&mut [0; 4096]);
        });
    });
    let client = client(&format!("https://127.0.0.1:{port}"), |options| {
        options.set_tls_roots(TlsRoots::ExtraOnly);
        let ca = made_by.ca_pem().expect("an authority");
        options.add_ca_pem(ca.as_bytes()).expect("a certificate");
    });
    assert_eq!(send(&client).expect("an answer").event_id, "first");
    assert_eq!(send(&client).expect("an answer").event_id, "second");
}

/// A 202 of exactly `size` bytes with its head.
fn answer_of_size(event_id: &str, size: usize) -> String {
    let head =
        |length: usize| format!("HTTP/1.1 202 Accepted\r\nContent-Length: {length:4}\r\n\r\n");
    let length = size - head(0).len();
    let body = format!(r#"{{"event_id":"{event_id}"}}"#);
    let padding = " ".repeat(length - body.len());
    head(length) + &body + &padding
}
