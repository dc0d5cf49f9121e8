//! TLS: trusted authorities. An untrusted certificate is final.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use hookrail::internals::{Client, ClientOptions};
use hookrail::{Error, Outcome, Status, TlsRoots};
use hookrail_devserver::{DevServer, Point, Rule, SelfSigned};
use rustls::ServerConfig;
use rustls::server::{ServerSessionMemoryCache, StoresServerSessions};

use crate::support::raw::{RawServer, accepted, accepted_body};
use crate::support::refusing::Refusing;
use crate::support::tls::{Identity, tls_server};
use crate::support::{
    SOON, child, client, client_at, expect_error, options, options_with_retries, send, server,
    timed,
};

fn trusting(ca_pem: &[u8]) -> ClientOptions {
    let mut options = options();
    options.add_ca_pem(ca_pem).expect("a good CA");
    options
}

/// Checks that the certificate was refused without a retry, before anything was sent.
#[track_caller]
fn expect_distrust(server: &DevServer, client: &Client) {
    let error = send(client).expect_err("a certificate that is not trusted");
    expect_error(&error, Status::Tls, 1, Outcome::NotSent);
    assert!(!error.is_retryable(), "{error}");
    assert!(error.message().contains("certificate"), "{error}");
    server
        .wait_until(SOON, |counts| counts.tls_failures == 1)
        .expect("one handshake that failed");
    let counts = server.summary();
    assert_eq!((counts.connections, counts.requests), (1, 0));
}

#[test]
fn an_authority_given_as_pem() {
    let server = tls_server(SelfSigned::default());
    assert!(server.url().starts_with("https://127.0.0.1:"));
    assert_eq!(send(&client(&server)).unwrap().attempts, 1);
}

#[test]
fn an_authority_given_as_a_file() {
    let dir = tempfile::tempdir().unwrap();
    let server = tls_server(SelfSigned::default().in_dir(dir.path()));
    let mut options = options();
    options.add_ca_file(&dir.path().join("ca.pem")).unwrap();
    assert!(send(&client_at(&server.url(), &options)).is_ok());
}

#[test]
fn several_authorities_at_once() {
    let servers = [(); 2].map(|()| tls_server(SelfSigned::default()));
    let mut options = options();
    let both = servers
        .each_ref()
        .map(|s| s.ca_pem().expect("a CA"))
        .concat();
    options.add_ca_pem(both.as_bytes()).unwrap();
    for server in &servers {
        assert!(send(&client_at(&server.url(), &options)).is_ok());
    }
}

#[test]
fn the_extra_authority_alone() {
    let server = tls_server(SelfSigned::default());
    let mut options = trusting(server.ca_pem().expect("a CA").as_bytes());
    options.set_tls_roots(TlsRoots::ExtraOnly);
    assert!(send(&client_at(&server.url(), &options)).is_ok());
}

#[test]
fn the_host_name_is_checked() {
    let server = tls_server(SelfSigned::default());
    let options = trusting(server.ca_pem().expect("a CA").as_bytes());
    let url = format!("https://localhost:{}", server.addr().port());
    assert!(send(&client_at(&url, &options)).is_ok());
}

#[test]
fn the_name_that_the_client_asks_for_is_sent_to_the_server() {
    let identity = Identity::new();
    let server = RawServer::start_tls(identity.server_config(), |mut peer| {
        while peer.request().is_some() {
            let name = peer.server_name().unwrap_or_default();
            peer.send(accepted(&name));
        }
    });
    let url = format!("https://localhost:{}", server.addr().port());
    let accepted = send(&client_at(&url, &trusting(&identity.ca_pem()))).unwrap();
    assert_eq!(accepted.event_id, "localhost");
}

#[test]
fn an_untrusted_authority() {
    for roots in [TlsRoots::Platform, TlsRoots::ExtraOnly] {
        let server = tls_server(SelfSigned::default());
        // An authority that is not the server's, so that the test does not depend on the system's authorities.
        let mut options = trusting(&Identity::new().ca_pem());
        options.set_tls_roots(roots);
        let client = client_at(&server.url(), &options);
        expect_distrust(&server, &client);
        let error = send(&client).unwrap_err();
        assert!(
            error
                .message()
                .contains("add its certificate to the client's"),
            "{error}"
        );
    }
}

#[test]
fn a_certificate_for_another_name() {
    let server = tls_server(SelfSigned::default().for_name("hooks.example.com"));
    expect_distrust(&server, &client(&server));
}

#[test]
fn a_certificate_that_has_expired() {
    let server = tls_server(SelfSigned::default().expired());
    expect_distrust(&server, &client(&server));
}

#[test]
fn the_systems_authorities_are_trusted_by_default() {
    if child::is_child() {
        // SSL_CERT_FILE names the system's authorities.
        let url = std::env::var("TEST_URL").unwrap();
        assert!(send(&client_at(&url, &options())).is_ok());

        let mut extra_only = trusting(&Identity::new().ca_pem());
        extra_only.set_tls_roots(TlsRoots::ExtraOnly);
        let error = send(&client_at(&url, &extra_only)).unwrap_err();
        expect_error(&error, Status::Tls, 1, Outcome::NotSent);
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let server = tls_server(SelfSigned::default().in_dir(dir.path()));
    let ca = dir.path().join("ca.pem").display().to_string();
    child::run(
        the_systems_authorities_are_trusted_by_default,
        &[("SSL_CERT_FILE", &ca), ("TEST_URL", &server.url())],
    );
    assert_eq!(server.events().len(), 1);
}

#[test]
fn tls_to_a_service_that_speaks_plain_http() {
    let server = server();
    let url = server.url().replace("http:", "https:");
    let error = send(&client_at(&url, &options_with_retries(1))).unwrap_err();
    expect_error(&error, Status::Tls, 1, Outcome::NotSent);
    assert!(error.message().contains("plain http"), "{error}");
    assert_eq!(server.summary().requests, 0);
}

#[test]
fn plain_http_to_a_service_that_speaks_tls() {
    let server = tls_server(SelfSigned::default());
    let url = server.url().replace("https:", "http:");
    let error = send(&client_at(&url, &options_with_retries(1))).unwrap_err();
    // The request was sent in plain text, so another server may have received it.
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::MaybeSent);
    let status = error.cause().map(Error::status);
    assert!(
        matches!(status, Some(Status::Protocol | Status::Connection)),
        "{error}"
    );
    assert_eq!(server.summary().requests, 0);
}

#[test]
fn a_handshake_that_is_cut_off_is_tried_again() {
    for rule in [Rule::reset(Point::OnAccept), Rule::close(Point::OnAccept)] {
        let server = tls_server(SelfSigned::default());
        server.add_faults([rule.clone(), rule]).unwrap();
        let accepted = send(&client(&server)).unwrap();
        assert_eq!(accepted.attempts, 3);
        assert_eq!(server.summary().requests, 1);
    }
}

#[test]
fn an_end_without_close_notify_is_not_the_end_of_an_answer() {
    // An attacker on the network can cut the connection, but cannot forge close_notify.
    let identity = Identity::new();
    let server = RawServer::start_tls(identity.server_config(), |mut peer| {
        peer.request();
        peer.send(format!(
            "HTTP/1.1 202 Accepted\r\n\r\n{}",
            accepted_body("e1")
        ));
        peer.close();
    });
    let mut options = options_with_retries(1);
    options.add_ca_pem(&identity.ca_pem()).unwrap();
    let error = send(&client_at(&server.url(), &options)).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::MaybeSent);
    assert_eq!(error.cause().map(Error::status), Some(Status::Connection));
}

#[test]
fn a_tls_port_without_a_listener() {
    let refusing = Refusing::new();
    let url = refusing.url().replace("http:", "https:");
    let client = client_at(&url, &options_with_retries(1));
    let (result, elapsed) = timed(|| send(&client));
    let error = result.unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    assert_eq!(error.cause().map(Error::status), Some(Status::Connection));
    assert!(elapsed < SOON, "{elapsed:?}");
}

/// The sessions of a server, which counts those that are resumed.
#[derive(Debug)]
struct Resumed {
    sessions: Arc<ServerSessionMemoryCache>,
    count: AtomicUsize,
}

impl StoresServerSessions for Resumed {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.sessions.put(key, value)
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.sessions.get(key)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        let session = self.sessions.take(key);
        self.count
            .fetch_add(usize::from(session.is_some()), Ordering::SeqCst);
        session
    }

    fn can_cache(&self) -> bool {
        true
    }
}

#[test]
fn a_new_connection_resumes_the_session_of_the_last_one() {
    const SENDS: usize = 5;
    let identity = Identity::new();
    let resumed = Arc::new(Resumed {
        sessions: ServerSessionMemoryCache::new(100),
        count: AtomicUsize::new(0),
    });
    let mut config = ServerConfig::clone(&identity.server_config());
    config.session_storage = resumed.clone();
    let server = RawServer::start_tls(Arc::new(config), |mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    });
    let mut options = trusting(&identity.ca_pem());
    options.set_idle_connections(0);
    let client = client_at(&server.url(), &options);
    for _ in 0..SENDS {
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    assert_eq!(server.connections(), SENDS);
    assert_eq!(resumed.count.load(Ordering::SeqCst), SENDS - 1);
}
