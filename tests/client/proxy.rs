//! HTTP proxies: tunnels by CONNECT, for http and https alike.

use std::time::Duration;

use hookrail::client::Client;
use hookrail::config::ClientOptions;
use hookrail::error::{Error, Outcome, Status};
use hookrail::proxy::ProxySetting;
use hookrail_devserver::{DevServer, SelfSigned};

use crate::common::child;
use crate::common::proxy::ConnectProxy;
use crate::common::raw::RawServer;
use crate::common::refusing::Refusing;
use crate::common::tls::tls_server;
use crate::common::{
    API_KEY, client_at, client_with, expect_error, options, options_with_retries, send, server,
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
        let proxy = ConnectProxy::start();
        let client = client_with(&server, through(&proxy.url()));
        for _ in 0..3 {
            assert_eq!(send(&client).unwrap().attempts, 1);
        }
        // One tunnel, which is kept.
        assert_eq!(proxy.targets(), [server.addr().to_string()]);
        assert_eq!(server.events().len(), 3);
        assert_eq!(server.summary().connections, 1);
    }
}

#[test]
fn interim_answers_of_a_proxy_are_not_its_last_word() {
    let server = server();
    for interim in [
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
    ] {
        let proxy = ConnectProxy::start_with(interim);
        let client = client_with(&server, through(&proxy.url()));
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    assert_eq!(server.events().len(), 2);
    let (error, _) = refused_with("HTTP/1.1 101 Switching Protocols\r\n\r\n", 0);
    assert!(error.to_string().contains("101"), "{error}");
}

#[test]
fn the_service_sees_the_request_that_it_would_see_without() {
    let server = server();
    let proxy = ConnectProxy::start();
    send(&client_with(&server, through(&proxy.url()))).unwrap();
    send(&client_with(&server, options())).unwrap();
    let mut requests = server.requests();
    for request in &mut requests {
        request
            .headers
            .retain(|(name, _)| name != "idempotency-key");
    }
    assert_eq!(requests[0].headers, requests[1].headers);
    assert_eq!(requests[0].path, requests[1].path);
}

#[test]
fn the_proxy_resolves_the_name_and_learns_nothing_else() {
    let server = server();
    let proxy = ConnectProxy::to(server.addr());
    let url = "http://hooks.example.com/prefix";
    let error = send(&client_at(url, &through(&proxy.url()))).unwrap_err();
    // The stand-in has no such prefix; what counts is how it was reached.
    assert_eq!(error.http_status(), Some(404));
    assert_eq!(
        proxy.heads(),
        ["CONNECT hooks.example.com:80 HTTP/1.1\r\nHost: hooks.example.com:80\r\n\r\n"]
    );
    assert_eq!(
        server.requests()[0].header("host"),
        Some("hooks.example.com")
    );
}

#[test]
fn the_certificate_is_the_services_not_the_proxys() {
    let server = tls_server(SelfSigned::default().for_name("other.example.com"));
    let proxy = ConnectProxy::start();
    let client = client_with(&server, through(&proxy.url()));
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::Tls, 1, Outcome::NotSent);
    assert_eq!(proxy.targets().len(), 1);
}

#[test]
fn credentials_go_to_the_proxy_and_nowhere_else() {
    let server = server();
    let proxy = ConnectProxy::start();
    let url = format!("http://us%40er:p%3Aw@{}", proxy.addr());
    let client = client_with(&server, through(&url));
    send(&client).unwrap();
    let head = &proxy.heads()[0];
    // us@er:p:w
    assert!(
        head.contains("\r\nProxy-Authorization: Basic dXNAZXI6cDp3\r\n"),
        "{head}"
    );
    assert!(!head.contains(API_KEY), "{head}");
    assert_eq!(server.requests()[0].header("proxy-authorization"), None);
    assert!(!format!("{client:?}").contains("p%3Aw"));
}

/// What sending through a proxy that answers this comes to.
fn refused_with(answer: &'static str, retries: u32) -> (Error, usize) {
    let proxy = RawServer::start(move |mut peer| {
        peer.head();
        peer.send(answer);
        peer.close();
    });
    let url = format!("http://user:hunter2@{}", proxy.addr());
    let options = with_proxy(options_with_retries(retries), &url);
    let error = send(&client_at("http://hooks.example.com", &options)).unwrap_err();
    for text in [format!("{error}"), format!("{error:?}")] {
        assert!(!text.contains("hunter2") && !text.contains("dXNlcjpodW50ZXIy"));
    }
    (error, proxy.connections())
}

#[test]
fn credentials_that_are_missing_or_wrong_are_final() {
    let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n";
    let (error, tunnels) = refused_with(answer, 3);
    expect_error(&error, Status::Connection, 1, Outcome::NotSent);
    assert!(error.message().contains("407"), "{error}");
    assert!(error.message().contains("password"), "{error}");
    assert!(!error.is_retryable());
    assert_eq!(tunnels, 1);
}

#[test]
fn a_tunnel_that_the_proxy_forbids_is_final() {
    let (error, tunnels) = refused_with("HTTP/1.1 403 Forbidden\r\n\r\n", 3);
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
        let (error, tunnels) = refused_with(answer, 2);
        expect_error(&error, Status::RetriesExhausted, 3, Outcome::NotSent);
        let cause = error.cause().expect("the attempt's error");
        assert_eq!(cause.status(), Status::Connection);
        assert!(cause.message().contains("proxy 127.0.0.1:"), "{cause}");
        // It is the proxy that said so, not the service.
        assert_eq!(error.http_status(), None);
        assert_eq!(tunnels, 3);
    }
}

#[test]
fn a_proxy_that_is_none() {
    for answer in [
        "",
        "HTTP/1.1 2",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 abc\r\n\r\n",
    ] {
        let (error, tunnels) = refused_with(answer, 1);
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
    let error = send(&client_at("http://hooks.example.com", &options)).unwrap_err();
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
    let error = send(&client_at("http://hooks.example.com", &options)).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::NotSent);
    assert_eq!(error.cause().map(Error::status), Some(Status::Timeout));
}

#[test]
fn a_proxy_that_is_not_there() {
    let nobody = Refusing::new();
    let server = server();
    let options = with_proxy(options_with_retries(1), &nobody.url());
    let error = send(&client_with(&server, options)).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    assert!(
        error.message().contains(&nobody.addr().to_string()),
        "{error}"
    );
    // Going direct would pass by what the operator wanted.
    assert_eq!(server.summary().connections, 0);
}

#[test]
fn a_proxy_given_without_a_scheme() {
    let server = server();
    let proxy = ConnectProxy::start();
    let client = client_with(&server, through(&proxy.addr().to_string()));
    send(&client).unwrap();
    assert_eq!(proxy.targets().len(), 1);
}

#[test]
fn proxies_that_cannot_be_used() {
    for (url, names) in [
        ("socks5://127.0.0.1:1080", "socks5"),
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
        let proxy = ConnectProxy::start();
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
    // What a CGI program's client says (httpoxy), and what is for the other scheme.
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
        // Neither asks the environment, whose proxy is not there.
        send(&client_at(&url, &options())).unwrap();
        send(&client_at(&url, &through(&proxy))).unwrap();
        return;
    }
    let server = server();
    let proxy = ConnectProxy::start();
    let nobody = Refusing::new();
    child::run(
        an_explicit_setting_overrides_the_environment,
        &[
            ("http_proxy", nobody.url().as_str()),
            ("no_proxy", "*"),
            ("TEST_URL", &server.url()),
            ("TEST_PROXY", &proxy.url()),
        ],
    );
    assert_eq!(proxy.targets().len(), 1);
    assert_eq!(server.events().len(), 2);
}
