//! SOCKS5 proxies: microsocks, which others wrote, and proxies whose every byte a test decides.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use hookrail::internals::{Client, ClientOptions, ProxySetting, SendOptions};
use hookrail::{Outcome, Status};
use hookrail_devserver::SelfSigned;

use crate::support::child;
use crate::support::names;
use crate::support::raw::{Peer, RawServer, accepted};
use crate::support::refusing::Refusing;
use crate::support::tls::tls_server;
use crate::support::{
    AT_ONCE, PATIENCE, PAYLOAD, TOPIC, client_at, client_with, expect_error, options,
    options_with_retries, send, send_in_each_way, server,
};

struct MicroSocks {
    process: Child,
    addr: SocketAddr,
}

impl MicroSocks {
    fn start(arguments: &[&str]) -> Self {
        // Another process may take the free port before the proxy does.
        for _ in 0..10 {
            let addr = TcpListener::bind("127.0.0.1:0")
                .and_then(|listener| listener.local_addr())
                .expect("a free port");
            let mut process = Command::new("microsocks")
                .args(["-i", "127.0.0.1", "-p", &addr.port().to_string()])
                .args(arguments)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("microsocks is installed");
            let started = Instant::now();
            while process.try_wait().expect("its state").is_none() {
                if TcpStream::connect(addr).is_ok() {
                    return MicroSocks { process, addr };
                }
                assert!(started.elapsed() < PATIENCE, "microsocks does not listen");
                thread::sleep(Duration::from_millis(2));
            }
        }
        panic!("microsocks does not start");
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.addr)
    }
}

impl Drop for MicroSocks {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        ended.expect("microsocks ends");
    }
}

fn through(proxy: &str, mut options: ClientOptions) -> ClientOptions {
    options.set_proxy(ProxySetting::Explicit(proxy.to_owned()));
    options
}

#[test]
fn every_kind_of_call_goes_through_one_connection() {
    let socks = MicroSocks::start(&[]);
    for server in [server(), tls_server(SelfSigned::default())] {
        for scheme in ["socks5", "socks5h"] {
            let before = server.summary().connections;
            let client = client_with(&server, through(&socks.url(scheme), options()));
            let event_id = send(&client).unwrap().event_id;
            client
                .get_event(event_id.as_bytes(), &Default::default())
                .unwrap();
            send_in_each_way(&client);
            assert_eq!(server.summary().connections, before + 1);
        }
    }
}

#[test]
fn names_are_looked_up_here_or_by_the_proxy() {
    let socks = MicroSocks::start(&[]);
    let server = server();
    let url = format!("http://localhost:{}", server.addr().port());
    for scheme in ["socks5", "socks5h"] {
        // `localhost` may be ::1 first, where nothing listens.
        let client = client_at(&url, &through(&socks.url(scheme), options_with_retries(0)));
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
}

#[test]
fn user_and_password_are_missing_wrong_and_right() {
    let socks = MicroSocks::start(&["-u", "hook", "-P", "rail:p@ss"]);
    let server = server();
    for (user, part) in [
        ("", "it wants a user name and a password"),
        ("hook:wrong@", "did not accept the user name"),
        ("other:rail%3Ap%40ss@", "did not accept the user name"),
    ] {
        let proxy = format!("socks5h://{user}{}", socks.addr);
        refused(&client_with(&server, through(&proxy, options())), &[part]);
    }
    let proxy = format!("socks5h://hook:rail%3Ap%40ss@{}", socks.addr);
    send(&client_with(&server, through(&proxy, options()))).unwrap();
}

#[test]
fn each_address_of_a_name_is_tried() {
    names::set("many.socks.test", &["10.1.0.1", "10.1.0.2", "2001:db8::3"]);
    let requests = Arc::new(Mutex::new(Vec::new()));
    let noted = requests.clone();
    let proxy = RawServer::start(move |mut peer| {
        let code = [5, 8, 0][peer.connection().min(2)];
        let request = reply(&mut peer, code).expect("a request");
        noted.lock().expect("the list").push(request);
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    });
    let url = format!("socks5://{}", proxy.addr());
    let client = client_at(
        "http://many.socks.test:8080",
        &through(&url, options_with_retries(0)),
    );
    assert_eq!(send(&client).unwrap().attempts, 1);
    let requests = requests.lock().expect("the list");
    let port = 8080_u16.to_be_bytes();
    assert_eq!(
        requests[0][..],
        [&[5, 1, 0, 1, 10, 1, 0, 1][..], &port].concat()
    );
    assert_eq!(
        requests[1][..],
        [&[5, 1, 0, 1, 10, 1, 0, 2][..], &port].concat()
    );
    let last: std::net::Ipv6Addr = "2001:db8::3".parse().unwrap();
    assert_eq!(
        requests[2][..],
        [&[5, 1, 0, 4][..], &last.octets(), &port].concat()
    );
    assert_eq!(requests.len(), 3);
}

#[test]
fn a_name_for_the_proxy_is_not_looked_up_here() {
    names::set("far.socks.test", &["10.1.0.1"]);
    let proxy = RawServer::start(|mut peer| {
        let request = reply(&mut peer, 0).expect("a request");
        assert_eq!(request, b"\x05\x01\0\x03\x0efar.socks.test\0\x50");
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    });
    let url = format!("socks5h://{}", proxy.addr());
    send(&client_at(
        "http://far.socks.test",
        &through(&url, options()),
    ))
    .unwrap();
    assert_eq!(names::asked("far.socks.test"), 0);
}

#[test]
fn a_name_that_cannot_be_looked_up_here_is_told() {
    names::fail("none.socks.test", libc::EAI_NONAME);
    let socks = MicroSocks::start(&[]);
    let options = through(&socks.url("socks5"), options_with_retries(0));
    let error = send(&client_at("http://none.socks.test", &options)).unwrap_err();
    let cause = error.cause().expect("the attempt's error");
    assert!(cause.message().contains("none.socks.test"), "{cause}");
    assert_eq!(error.outcome(), Outcome::NotSent);
}

#[test]
fn the_environment_may_name_a_socks_proxy() {
    if child::is_child() {
        let mut options = options();
        options.set_proxy(ProxySetting::Environment);
        send(&client_at(&std::env::var("TEST_URL").unwrap(), &options)).unwrap();
        return;
    }
    let server = server();
    for variable in ["http_proxy", "ALL_PROXY"] {
        let proxy = answering_service();
        let url = format!("socks5h://{}", proxy.addr());
        child::run(
            the_environment_may_name_a_socks_proxy,
            &[("TEST_URL", "http://hooks.example.com"), (variable, &url)],
        );
        assert_eq!(proxy.requests().len(), 1);
        let exempt = [
            ("TEST_URL", server.url()),
            (variable, url),
            ("no_proxy", "127.0.0.1".to_owned()),
        ];
        let exempt = exempt
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        child::run(the_environment_may_name_a_socks_proxy, &exempt);
        assert_eq!(proxy.requests().len(), 1);
    }
}

/// A proxy that is the service as well.
fn answering_service() -> RawServer {
    RawServer::start(|mut peer| {
        reply(&mut peer, 0);
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    })
}

/// Checks that a send ends with a final error before the service got anything, and the queue gives the event up.
#[track_caller]
fn refused(client: &Client, parts: &[&str]) {
    let sent = send(client).expect_err("no connection");
    client
        .submit(TOPIC, PAYLOAD, &SendOptions::default(), &AT_ONCE)
        .unwrap();
    let mut completions = client.poll(1, Some(PATIENCE)).unwrap();
    let queued = completions.remove(0).result.expect_err("no connection");
    for error in [sent, queued] {
        expect_error(&error, Status::Connection, 1, Outcome::NotSent);
        assert!(!error.is_retryable(), "{error}");
        for part in parts {
            assert!(
                error.message().contains(part),
                "{part:?} is not in: {error}"
            );
        }
        assert!(!error.message().contains("rail"), "{error}");
    }
}

#[test]
fn a_service_that_refuses_connections_behind_the_proxy() {
    let socks = MicroSocks::start(&[]);
    let refusing = Refusing::new();
    let options = through(&socks.url("socks5"), options_with_retries(1));
    let error = send(&client_at(&refusing.url(), &options)).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    let cause = error.cause().expect("the attempt's error");
    for part in [
        &socks.addr.to_string(),
        "connection was refused",
        &refusing.addr().to_string(),
    ] {
        assert!(cause.message().contains(part), "{cause}");
    }
}

/// Reads the greeting and the request, and answers the latter with this code.
fn reply(peer: &mut Peer, code: u8) -> Option<Vec<u8>> {
    assert_eq!(peer.body(3)?, [5, 1, 0]);
    peer.send([5, 0]);
    let mut request = peer.body(4)?;
    let rest = match request[3] {
        1 => 6,
        4 => 18,
        _ => {
            let length = peer.body(1)?;
            let name = usize::from(length[0]);
            request.extend(length);
            name + 2
        }
    };
    request.extend(peer.body(rest)?);
    peer.send([5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
    Some(request)
}

fn answering(code: u8) -> RawServer {
    RawServer::start(move |mut peer| {
        reply(&mut peer, code);
    })
}

#[test]
fn every_code_has_words() {
    for (code, is_final, part) in [
        (1, false, "general failure"),
        (2, true, "its rules do not allow"),
        (3, false, "cannot reach the network"),
        (4, false, "cannot reach the host"),
        (5, false, "connection was refused"),
        (6, false, "TTL expired"),
        (7, true, "opens no connections"),
        (8, true, "socks5h://"),
        (99, false, "code 99"),
    ] {
        let proxy = answering(code);
        let url = format!("socks5h://{}", proxy.addr());
        let options = through(&url, options_with_retries(1));
        let client = client_at("http://hooks.example.com", &options);
        if is_final {
            refused(
                &client,
                &[part, "hooks.example.com:80", &proxy.addr().to_string()],
            );
        } else {
            let error = send(&client).unwrap_err();
            expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
            let cause = error.cause().expect("the attempt's error");
            assert!(cause.message().contains(part), "{cause}");
        }
    }
}

#[test]
fn a_final_code_that_comes_once_may_be_damage_and_costs_no_event() {
    for code in [2, 7, 8] {
        let proxy = RawServer::start(move |mut peer| {
            let code = if peer.connection() == 0 { code } else { 0 };
            reply(&mut peer, code);
            while peer.request().is_some() {
                peer.send(accepted("e1"));
            }
        });
        let url = format!("socks5h://{}", proxy.addr());
        let client = client_at("http://hooks.example.com", &through(&url, options()));
        client
            .submit(TOPIC, PAYLOAD, &SendOptions::default(), &AT_ONCE)
            .unwrap();
        let completions = client.poll(1, Some(PATIENCE)).unwrap();
        assert_eq!(completions[0].result.as_ref().unwrap().attempts, 1);
        assert_eq!(proxy.connections(), 2);
    }
}

#[test]
fn what_is_no_socks_proxy_is_told() {
    let http = RawServer::start(|mut peer| {
        peer.chunk();
        peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
        peer.wait_for_close();
    });
    let closing = RawServer::start(|mut peer| {
        peer.chunk();
    });
    for (proxy, parts) in [
        (&http, ["[48, 54]", "begin the URL with http://"]),
        (
            &closing,
            ["it closed the connection", "did not open a connection"],
        ),
    ] {
        let url = format!("socks5://{}", proxy.addr());
        let options = through(&url, options_with_retries(0));
        let error = send(&client_at("http://10.0.0.1", &options)).unwrap_err();
        let cause = error.cause().expect("the attempt's error");
        assert_eq!(
            (cause.status(), error.outcome()),
            (Status::Connection, Outcome::NotSent)
        );
        for part in parts {
            assert!(cause.message().contains(part), "{cause}");
        }
    }
}

#[test]
fn a_proxy_may_tell_any_address_of_itself_and_the_next_bytes_are_the_services() {
    for bound in [
        &b"\x01\x7f\0\0\x01\0\x50"[..],
        b"\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x50",
        b"\x03\x05proxy\0\x50",
        b"\x03\0\0\0",
    ] {
        let proxy = RawServer::start(move |mut peer| {
            peer.body(3);
            peer.send([5, 0]);
            peer.body(10);
            // An answer of the service that comes before its request would be out of turn.
            for byte in [b"\x05\0\0", bound].concat() {
                peer.send([byte]);
            }
            while peer.request().is_some() {
                peer.send(accepted("e1"));
            }
        });
        let url = format!("socks5://{}", proxy.addr());
        let client = client_at("http://10.0.0.1", &through(&url, options()));
        send(&client).unwrap();
        assert_eq!(send(&client).unwrap().attempts, 1);
        assert_eq!(proxy.requests()[0].line(), "POST /v1/events HTTP/1.1");
        assert_eq!(
            proxy.requests()[0].header("host").as_deref(),
            Some("10.0.0.1")
        );
        assert_eq!(proxy.connections(), 1);
    }
}

#[test]
fn the_connect_timeout_bounds_the_handshake() {
    let silent = RawServer::start(|mut peer| peer.wait_for_close());
    let url = format!("socks5://{}", silent.addr());
    let mut options = through(&url, options_with_retries(0));
    options
        .set_connect_timeout(Duration::from_millis(50))
        .unwrap();
    let error = send(&client_at("http://10.0.0.1", &options)).unwrap_err();
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(
        (cause.status(), error.outcome()),
        (Status::Timeout, Outcome::NotSent)
    );
}
