//! HTTP proxies: they forward plain requests, and open tunnels for https.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use hookrail::internals::{Client, ClientOptions, ProxySetting};
use hookrail::{Error, Outcome, Status};
use hookrail_devserver::{DevServer, SelfSigned};

use crate::support::child;
use crate::support::proxy::HttpProxy;
use crate::support::raw::{RawServer, accepted, response};
use crate::support::refusing::Refusing;
use crate::support::tls::{Identity, tls_server};
use crate::support::{
    API_KEY, HUGE, TOPIC, client_at, client_with, expect_error, keyed, options,
    options_with_retries, payload_of, send, send_keyed, server,
};

fn through(proxy: &str) -> ClientOptions {
    with_proxy(options(), proxy)
}

fn with_proxy(mut options: ClientOptions, proxy: &str) -> ClientOptions {
    options.set_proxy(ProxySetting::Explicit(proxy.into()));
    options
}

#[test]
fn an_explicit_proxy_carries_every_request() {
    for server in [server(), tls_server(SelfSigned::default())] {
        let proxy = HttpProxy::start();
        let client = client_with(&server, through(&proxy.url()));
        for _ in 0..3 {
            assert_eq!(send(&client).unwrap().attempts, 1);
        }
        let target = server.addr().to_string();
        if server.ca_pem().is_some() {
            // One tunnel, which is kept.
            assert_eq!(proxy.targets(), [target]);
            assert_eq!(server.summary().connections, 1);
        } else {
            assert_eq!(proxy.targets(), [target.clone(), target.clone(), target]);
        }
        assert_eq!(proxy.connections(), 1);
        assert_eq!(server.events().len(), 3);
    }
}

#[test]
fn a_plain_request_to_a_proxy_names_the_whole_url() {
    let proxy = RawServer::start(|mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e"));
        }
    });
    for (base, origin, path) in [
        (
            "http://hooks.example.com",
            "http://hooks.example.com",
            "/v1/events",
        ),
        (
            "http://hooks.example.com:80/a/",
            "http://hooks.example.com",
            "/a/v1/events",
        ),
        (
            "http://hooks.example.com:8080",
            "http://hooks.example.com:8080",
            "/v1/events",
        ),
        ("http://[::1]:81/p", "http://[::1]:81", "/p/v1/events"),
    ] {
        let credentials = "u".repeat(4000);
        for (proxy_url, user) in [
            (proxy.url(), None),
            (
                format!("http://us%40er:p%3Aw@{}", proxy.addr()),
                Some("dXNAZXI6cDp3".to_owned()),
            ),
            (
                format!("http://{credentials}@{}", proxy.addr()),
                Some(BASE64.encode(format!("{credentials}:"))),
            ),
        ] {
            let before = proxy.requests().len();
            let client = client_at(base, &through(&proxy_url));
            // The first and the second request of a connection take different paths through the transport.
            for _ in 0..2 {
                send_keyed(&client, "k").unwrap();
            }
            client.get_event(b"e", &Default::default()).unwrap();
            let requests = proxy.requests().split_off(before);
            assert_eq!(requests[0].line(), format!("POST {origin}{path} HTTP/1.1"));
            assert_eq!(requests[0].head, requests[1].head);
            assert_eq!(requests[0].body, requests[1].body);
            assert_eq!(requests[2].line(), format!("GET {origin}{path}/e HTTP/1.1"));
            for request in &requests {
                assert_eq!(
                    request.header("host"),
                    Some(origin["http://".len()..].to_owned())
                );
                assert_eq!(
                    request.header("authorization"),
                    Some(format!("Bearer {API_KEY}"))
                );
                let expected = user.as_ref().map(|user| format!("Basic {user}"));
                assert_eq!(request.header("proxy-authorization"), expected);
            }
        }
    }
    assert_eq!(proxy.connections(), 4 * 3);
}

#[test]
fn a_tls_request_within_a_tunnel_has_nothing_for_the_proxy() {
    let identity = Identity::new();
    let service = RawServer::start_tls(identity.server_config(), |mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e"));
        }
    });
    let proxy = HttpProxy::start();
    let mut options = through(&format!("http://user:pass@{}", proxy.addr()));
    options.add_ca_pem(&identity.ca_pem()).unwrap();
    let client = client_at(&service.url(), &options);
    for _ in 0..2 {
        send(&client).unwrap();
    }
    for request in service.requests() {
        assert_eq!(request.line(), "POST /v1/events HTTP/1.1");
        assert_eq!(request.header("proxy-authorization"), None);
    }
    assert!(proxy.heads()[0].contains("\r\nProxy-Authorization: Basic dXNlcjpwYXNz\r\n"));
}

#[test]
fn interim_answers_of_a_proxy_are_not_its_last_word() {
    let server = server();
    for interim in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
    ] {
        let proxy = HttpProxy::start_with(interim);
        let client = client_with(&server, through(&proxy.url()));
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    assert_eq!(server.events().len(), 2);
    let (error, _) = no_tunnel_with("HTTP/1.1 101 Switching Protocols\r\n\r\n", 0);
    assert!(error.to_string().contains("101"), "{error}");
}

#[test]
fn the_service_sees_the_same_request_with_and_without_a_proxy() {
    let server = server();
    let proxy = HttpProxy::start();
    send(&client_with(&server, through(&proxy.url()))).unwrap();
    send(&client_with(&server, options())).unwrap();
    let mut requests = server.requests();
    for request in &mut requests {
        // The test's proxy closes each connection to the service.
        request
            .headers
            .retain(|(name, _)| name != "idempotency-key" && name != "connection");
    }
    assert_eq!(requests[0].headers, requests[1].headers);
    assert_eq!(requests[0].path, requests[1].path);
}

#[test]
fn the_proxy_resolves_the_name_and_learns_nothing_else() {
    let server = server();
    let proxy = HttpProxy::to(server.addr());
    let url = "http://hooks.example.com/prefix";
    let error = send(&client_at(url, &through(&proxy.url()))).unwrap_err();
    // The development server has no such prefix; the test is about the way to it.
    assert_eq!(error.http_status(), Some(404));
    assert_eq!(proxy.targets(), ["hooks.example.com:80"]);
    assert_eq!(
        server.requests()[0].header("host"),
        Some("hooks.example.com")
    );

    let server = tls_server(SelfSigned::default().for_name("hooks.example.com"));
    let proxy = HttpProxy::to(server.addr());
    let mut options = through(&proxy.url());
    options
        .add_ca_pem(server.ca_pem().unwrap().as_bytes())
        .unwrap();
    send(&client_at("https://hooks.example.com", &options)).unwrap();
    assert_eq!(
        proxy.heads(),
        ["CONNECT hooks.example.com:443 HTTP/1.1\r\nHost: hooks.example.com:443\r\n\r\n"]
    );
}

#[test]
fn the_certificate_is_the_services_not_the_proxys() {
    let server = tls_server(SelfSigned::default().for_name("other.example.com"));
    let proxy = HttpProxy::start();
    let client = client_with(&server, through(&proxy.url()));
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::Tls, 1, Outcome::NotSent);
    assert_eq!(proxy.targets().len(), 1);
}

#[test]
fn credentials_go_to_the_proxy_and_nowhere_else() {
    let server = server();
    let proxy = HttpProxy::start();
    let url = format!("http://us%40er:p%3Aw@{}", proxy.addr());
    let client = client_with(&server, through(&url));
    send(&client).unwrap();
    let head = &proxy.heads()[0];
    // us@er:p:w
    assert!(
        head.contains("\r\nproxy-authorization: Basic dXNAZXI6cDp3\r\n"),
        "{head}"
    );
    assert_eq!(server.requests()[0].header("proxy-authorization"), None);
    assert!(!format!("{client:?}").contains("p%3Aw"));
}

/// Returns the error of a send to an https service through a proxy that answers this.
fn no_tunnel_with(answer: &'static str, retries: u32) -> (Error, usize) {
    refused_with("https://hooks.example.com", answer, retries)
}

fn refused_with(service: &str, answer: &'static str, retries: u32) -> (Error, usize) {
    let proxy = RawServer::start(move |mut peer| {
        peer.head();
        peer.send(answer);
        peer.close();
    });
    let url = format!("http://user:hunter2@{}", proxy.addr());
    let options = with_proxy(options_with_retries(retries), &url);
    let error = send(&client_at(service, &options)).unwrap_err();
    for text in [format!("{error}"), format!("{error:?}")] {
        assert!(!text.contains("hunter2") && !text.contains("dXNlcjpodW50ZXIy"));
    }
    (error, proxy.connections())
}

#[test]
fn credentials_that_are_missing_or_wrong_are_final() {
    let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
    for service in ["http://hooks.example.com", "https://hooks.example.com"] {
        let (error, connections) = refused_with(service, answer, 3);
        expect_error(&error, Status::Connection, 1, Outcome::NotSent);
        for part in ["407", "did not accept", "password in its URL", "Basic"] {
            assert!(error.message().contains(part), "{part}: {error}");
        }
        assert!(!error.is_retryable());
        assert_eq!((connections, error.http_status()), (1, None));
    }
}

#[test]
fn a_proxy_that_wants_credentials_where_there_are_none_says_so() {
    let proxy = RawServer::start(|mut peer| {
        while peer.head().is_some() {
            peer.send("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n");
        }
    });
    for service in ["http://hooks.example.com", "https://hooks.example.com"] {
        let error = send(&client_at(service, &through(&proxy.url()))).unwrap_err();
        expect_error(&error, Status::Connection, 1, Outcome::NotSent);
        for part in ["407", "wants a user name", "http://user:password@host:port"] {
            assert!(error.message().contains(part), "{part}: {error}");
        }
    }
}

#[test]
fn credentials_that_a_proxy_repeats_are_hidden() {
    let proxy = RawServer::start(|mut peer| {
        while let Some(request) = peer.request() {
            peer.send(response("403 Forbidden", &[], request.head));
        }
    });
    let url = format!("http://user:hunter2@{}", proxy.addr());
    let client = client_at("http://hooks.example.com", &through(&url));
    for _ in 0..2 {
        let error = send(&client).unwrap_err();
        let body = error.problem().expect("the body").raw_body();
        let body = String::from_utf8_lossy(body);
        assert!(body.contains("proxy-authorization: Basic ****"), "{body}");
        assert!(
            !body.contains("dXNlcjpodW50ZXIy") && !body.contains(API_KEY),
            "{body}"
        );
    }
}

#[test]
fn an_answer_that_may_be_the_proxys_names_it() {
    for (answer, status, outcome) in [
        ("403 Forbidden", Status::PermissionDenied, Outcome::Rejected),
        ("502 Bad Gateway", Status::ServerError, Outcome::MaybeSent),
        (
            "504 Gateway Timeout",
            Status::ServerError,
            Outcome::MaybeSent,
        ),
    ] {
        let proxy = RawServer::start(move |mut peer| {
            while peer.request().is_some() {
                peer.send(response(answer, &[("Content-Type", "text/html")], "<html>"));
            }
        });
        let options = with_proxy(options_with_retries(0), &proxy.url());
        let client = client_at("http://hooks.example.com", &options);
        for _ in 0..2 {
            let error = send(&client).unwrap_err();
            let last = error.cause().unwrap_or(&error);
            assert_eq!(last.status(), status);
            assert_eq!(error.outcome(), outcome);
            let name = format!("the proxy {} may have answered", proxy.addr());
            assert!(last.message().contains(&name), "{last}");
        }
    }
}

#[test]
fn a_forwarding_proxys_connections_are_replaced_when_stale_and_read_when_early() {
    // The proxy closes each connection after its first answer, and answers large requests early.
    let proxy = RawServer::start(|mut peer| {
        let Some(head) = peer.head() else { return };
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        if length.is_some_and(|length| length.len() > 6) {
            peer.send(response(
                "413 Payload Too Large",
                &[("Connection", "close")],
                "{}",
            ));
            return peer.hold();
        }
        let body = length.map_or(0, |length| length.parse().expect("a length"));
        peer.skip(body);
        peer.send(accepted("e"));
        peer.close();
    });
    let mut options = with_proxy(options_with_retries(0), &proxy.url());
    options.set_payload_limit(0);
    let client = client_at("http://hooks.example.com", &options);
    for _ in 0..5 {
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    assert_eq!(proxy.connections(), 5);
    let error = client
        .send(TOPIC, &payload_of(HUGE), &keyed("large"))
        .unwrap_err();
    expect_error(&error, Status::PayloadTooLarge, 1, Outcome::Rejected);
    assert_eq!(send(&client).unwrap().attempts, 1);
}

#[test]
fn a_tunnel_that_the_proxy_forbids_is_final() {
    let (error, tunnels) = no_tunnel_with("HTTP/1.1 403 Forbidden\r\n\r\n", 3);
    expect_error(&error, Status::Connection, 1, Outcome::NotSent);
    assert!(error.message().contains("403"), "{error}");
    assert_eq!(tunnels, 1);
}

#[test]
fn a_service_that_the_proxy_cannot_reach_is_tried_again() {
    for answer in [
        "HTTP/1.1 502 Bad Gateway\r\n\r\n",
        "HTTP/1.0 503 Busy\r\n\r\n",
        "HTTP/1.1 504 Timeout\r\n\r\n",
    ] {
        let (error, tunnels) = no_tunnel_with(answer, 2);
        expect_error(&error, Status::RetriesExhausted, 3, Outcome::NotSent);
        let cause = error.cause().expect("the attempt's error");
        assert_eq!(cause.status(), Status::Connection);
        assert!(cause.message().contains("proxy 127.0.0.1:"), "{cause}");
        // The proxy said so, not the service.
        assert_eq!(error.http_status(), None);
        assert_eq!(tunnels, 3);
    }
}

#[test]
fn a_tunnel_in_which_the_proxy_answers_itself_is_tried_again() {
    let proxy = RawServer::start(|mut peer| {
        peer.head();
        peer.send("HTTP/1.1 200 Connection established\r\n\r\n");
        peer.chunk();
        peer.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
        peer.wait_for_close();
    });
    let options = with_proxy(options_with_retries(1), &proxy.url());
    let error = send(&client_at("https://service.test", &options)).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    let last = error.cause().expect("the last error");
    assert_eq!(last.status(), Status::Tls);
    assert!(last.message().contains("the proxy itself"), "{last}");
}

#[test]
fn a_server_that_is_no_proxy() {
    for answer in [
        "",
        "HTTP/1.1 2",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
    ] {
        let (error, tunnels) = no_tunnel_with(answer, 1);
        expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
        assert_eq!(error.cause().map(Error::status), Some(Status::Connection));
        assert_eq!(tunnels, 2);
    }
}

#[test]
fn a_proxy_whose_reply_has_no_end() {
    let proxy = RawServer::start(|mut peer| {
        peer.head();
        peer.send("HTTP/1.1 200 OK\r\n");
        while peer.send("X-Filling: xxxxxxxxxxxxxxxxxxxxxxxxxxxxx\r\n".repeat(100)) {}
    });
    let options = with_proxy(options_with_retries(0), &proxy.url());
    let error = send(&client_at("https://hooks.example.com", &options)).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::NotSent);
    assert_eq!(error.cause().map(Error::status), Some(Status::Connection));
}

#[test]
fn a_proxy_that_says_nothing_runs_into_the_connect_timeout() {
    let proxy = RawServer::start(|peer| peer.hold());
    let mut options = with_proxy(options_with_retries(0), &proxy.url());
    options
        .set_connect_timeout(Duration::from_millis(50))
        .unwrap();
    let error = send(&client_at("https://hooks.example.com", &options)).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::NotSent);
    assert_eq!(error.cause().map(Error::status), Some(Status::Timeout));
}

#[test]
fn a_proxy_that_is_not_there() {
    let refusing = Refusing::new();
    let server = server();
    let options = with_proxy(options_with_retries(1), &refusing.url());
    let error = send(&client_with(&server, options)).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    let name = format!("cannot connect to the proxy {}: ", refusing.addr());
    assert!(error.message().contains(&name), "{error}");
    // A direct connection would evade the operator's proxy.
    assert_eq!(server.summary().connections, 0);
}

#[test]
fn a_proxy_given_without_a_scheme() {
    let server = server();
    let proxy = HttpProxy::start();
    let client = client_with(&server, through(&proxy.addr().to_string()));
    send(&client).unwrap();
    assert_eq!(proxy.targets().len(), 1);
}

#[test]
fn proxies_that_cannot_be_used() {
    for (url, names) in [
        ("socks4://127.0.0.1:1080", "socks4"),
        ("https://127.0.0.1:1080", "https"),
        ("http://127.0.0.1:99999", "port"),
        ("", "empty"),
        ("http://127.0.0.1/path", "path"),
    ] {
        let error = Client::new(Some(b"hk_dev"), Some(b"http://a"), &through(url)).unwrap_err();
        assert_eq!(error.status(), Status::Configuration, "{error}");
        assert!(error.message().contains(names), "{error}");
    }
}

#[test]
fn the_environments_proxy() {
    if child::is_child() {
        let mut options = options();
        options.set_proxy(ProxySetting::Environment);
        if let Ok(ca) = std::env::var("TEST_CA") {
            options.add_ca_pem(ca.as_bytes()).unwrap();
        }
        send(&client_at(&std::env::var("TEST_URL").unwrap(), &options)).unwrap();
        return;
    }
    let plain = server();
    let tls = tls_server(SelfSigned::default());
    let run = |server: &DevServer, variable: &str, no_proxy: (&str, &str)| -> bool {
        let proxy = HttpProxy::start();
        let (url, proxy_url) = (server.url(), proxy.url());
        let mut variables = vec![("TEST_URL", url.as_str()), (variable, &proxy_url), no_proxy];
        variables.extend(server.ca_pem().map(|ca| ("TEST_CA", ca)));
        child::run(the_environments_proxy, &variables);
        !proxy.targets().is_empty()
    };
    let none = ("NO_PROXY", "");

    for variable in ["http_proxy", "all_proxy", "ALL_PROXY"] {
        assert!(run(&plain, variable, none), "{variable}");
    }
    for variable in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        assert!(run(&tls, variable, none), "{variable}");
    }
    // HTTP_PROXY may come from a CGI program's client (httpoxy); the others are for the other scheme.
    for variable in ["HTTP_PROXY", "https_proxy", "HTTPS_PROXY"] {
        assert!(!run(&plain, variable, none), "{variable}");
    }
    assert!(!run(&tls, "http_proxy", none));

    let port = plain.addr().port();
    for (exceptions, used) in [
        ("*", false),
        ("127.0.0.1", false),
        ("example.com, 127.0.0.0/8", false),
        (&*format!("127.0.0.1:{port}"), false),
        ("127.0.0.1:1", true),
        ("example.com", true),
    ] {
        for variable in ["no_proxy", "NO_PROXY"] {
            let used_here = run(&plain, "http_proxy", (variable, exceptions));
            assert_eq!(used_here, used, "{variable}={exceptions}");
        }
    }
}

#[test]
fn an_explicit_setting_overrides_the_environment() {
    if child::is_child() {
        let url = std::env::var("TEST_URL").unwrap();
        let proxy = std::env::var("TEST_PROXY").unwrap();
        // Neither client uses the environment's proxy, which refuses connections.
        send(&client_at(&url, &options())).unwrap();
        send(&client_at(&url, &through(&proxy))).unwrap();
        return;
    }
    let server = server();
    let proxy = HttpProxy::start();
    let refusing = Refusing::new();
    child::run(
        an_explicit_setting_overrides_the_environment,
        &[
            ("http_proxy", refusing.url().as_str()),
            ("no_proxy", "*"),
            ("TEST_URL", &server.url()),
            ("TEST_PROXY", &proxy.url()),
        ],
    );
    assert_eq!(proxy.targets().len(), 1);
    assert_eq!(server.events().len(), 2);
}
