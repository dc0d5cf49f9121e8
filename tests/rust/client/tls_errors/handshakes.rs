//! Failed handshakes: final if a retry cannot help, with an error that explains them.

use hookrail::internals::ClientOptions;
use hookrail::{Outcome, Status};

use super::chain::{authority, demanding_a_certificate, self_signed, server};
use super::openssl::{Server, issued};
use crate::support::raw::RawServer;
use crate::support::{
    HUGE, TOPIC, client_at, expect_error, keyed, options, options_with_retries, payload_of, send,
};

/// Checks that a handshake failed without a retry, before the service got anything.
#[track_caller]
fn expect_final(url: &str, options: &ClientOptions, parts: &[&str]) {
    let client = client_at(url, options);
    for payload in [b"1".to_vec(), payload_of(HUGE)] {
        let error = client
            .send(TOPIC, &payload, &keyed("k"))
            .expect_err("no handshake");
        expect_error(&error, Status::Tls, 1, Outcome::NotSent);
        assert!(!error.is_retryable(), "{error}");
        for part in parts {
            assert!(
                error.message().contains(part),
                "{part:?} is not in: {error}"
            );
        }
    }
}

fn unlimited() -> ClientOptions {
    let mut options = options();
    options.set_payload_limit(0);
    options
}

fn trusting(pem: &str) -> ClientOptions {
    let mut options = unlimited();
    options.add_ca_pem(pem.as_bytes()).expect("an authority");
    options
}

#[test]
fn a_server_that_speaks_plain_http() {
    let plain = RawServer::start(|mut peer| {
        peer.chunk();
        peer.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        peer.wait_for_close();
    });
    let url = plain.url().replace("http:", "https:");
    let parts = [
        "does not speak TLS on this port",
        "plain http",
        "would send the API key unencrypted",
    ];
    expect_final(&url, &unlimited(), &parts);
}

#[test]
fn servers_that_speak_something_else() {
    for greeting in [
        "220 smtp.example.com ESMTP\r\n",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "-ERR unknown command\r\n",
        "J\0\0\0\n8.0.36\0",
    ] {
        let other = RawServer::start(move |mut peer| {
            peer.send(greeting);
            peer.wait_for_close();
        });
        let url = other.url().replace("http:", "https:");
        expect_final(
            &url,
            &unlimited(),
            &["does not speak TLS", "check host and port"],
        );
    }
}

#[test]
fn a_server_that_closes_may_be_one_that_speaks_no_tls() {
    let closing = RawServer::start(|mut peer| {
        peer.chunk();
        peer.close();
    });
    let url = closing.url().replace("http:", "https:");
    let error = send(&client_at(&url, &options_with_retries(1))).unwrap_err();
    // A server that is being restarted does the same, so the client tries again.
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(cause.status(), Status::Connection);
    assert!(
        cause.message().contains("does the server speak TLS"),
        "{cause}"
    );
}

#[test]
fn a_server_that_speaks_only_old_versions() {
    let dir = issued("rsa:2048", "rsa:2048", "");
    let ca = std::fs::read_to_string(dir.path().join("ca.pem")).unwrap();
    for version in ["-tls1_1", "-tls1"] {
        let arguments = format!("{version} -cipher DEFAULT:@SECLEVEL=0");
        let server = Server::start(dir.path(), &arguments);
        expect_final(
            &server.url(),
            &trusting(&ca),
            &["neither TLS 1.2 nor TLS 1.3"],
        );
    }
    // Very old servers ignore the extension for versions, with the same result.
    let ancient = RawServer::start(|mut peer| {
        peer.chunk();
        let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
        hello.extend([7; 32]);
        hello.extend([0, 0xc0, 0x13, 0]);
        peer.send(&hello);
        peer.wait_for_close();
    });
    let url = ancient.url().replace("http:", "https:");
    expect_final(&url, &unlimited(), &["speaks TLS 1.1 at most", "TLS 1.2"]);
}

#[test]
fn a_client_certificate_that_is_demanded_by_openssl() {
    let dir = issued("rsa:2048", "rsa:2048", "");
    let ca = std::fs::read_to_string(dir.path().join("ca.pem")).unwrap();
    for version in ["-tls1_2", "-tls1_3"] {
        let server = Server::start(
            dir.path(),
            &format!("{version} -Verify 1 -verify_return_error"),
        );
        expect_final(
            &server.url(),
            &trusting(&ca),
            &["demands a client certificate"],
        );
    }
}

#[test]
fn a_client_certificate_that_is_demanded_by_rustls() {
    let root = self_signed(authority("Root X"));
    let leaf = root.issue(server("shop"));
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let config = demanding_a_certificate(&leaf, &root, version);
        let server = RawServer::start_tls(config, |mut peer| {
            peer.request();
        });
        expect_final(
            &server.url(),
            &trusting(&root.pem),
            &["demands a client certificate"],
        );
        assert!(server.requests().is_empty());
    }
}

#[test]
fn a_client_certificate_that_is_only_asked_for() {
    let dir = issued("rsa:2048", "rsa:2048", "");
    let ca = std::fs::read_to_string(dir.path().join("ca.pem")).unwrap();
    // The server answers with a web page. The service would not, but it proves that TLS works.
    let server = Server::start(dir.path(), "-verify 1 -www");
    let client = client_at(&server.url(), &{
        let mut options = trusting(&ca);
        options.set_max_retries(0);
        options
            .set_read_timeout(std::time::Duration::from_secs(1))
            .unwrap();
        options
    });
    let error = client.get_event(b"e", &Default::default()).unwrap_err();
    let last = error.cause().unwrap_or(&error);
    assert_ne!(last.status(), Status::Tls, "{error}");
}

#[test]
fn a_server_with_no_cipher_in_common() {
    let dir = issued("rsa:2048", "rsa:2048", "");
    let ca = std::fs::read_to_string(dir.path().join("ca.pem")).unwrap();
    let server = Server::start(dir.path(), "-tls1_2 -cipher AES128-SHA");
    let mut options = trusting(&ca);
    options.set_max_retries(1);
    let error = send(&client_at(&server.url(), &options)).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(cause.status(), Status::Tls);
    for part in ["nothing in common", "TLS 1.2 and 1.3", "ECDHE"] {
        assert!(cause.message().contains(part), "{cause}");
    }
}

#[test]
fn plain_http_to_a_port_that_speaks_tls() {
    let root = self_signed(authority("Root X"));
    let tls = root.issue(server("shop")).serve(&[]);
    let url = tls.url().replace("https:", "http:");
    let error = send(&client_at(&url, &options_with_retries(0))).unwrap_err();
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(cause.status(), Status::Protocol);
    assert!(cause.message().contains("speaks TLS"), "{cause}");
    assert!(cause.message().contains("https://"), "{cause}");
    assert_eq!(error.outcome(), Outcome::MaybeSent);
}
