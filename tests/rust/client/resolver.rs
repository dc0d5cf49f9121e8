//! Looking up names and connecting to their addresses, with a resolver that the test controls.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use hookrail::internals::{CallOptions, Client, ClientOptions, ProxySetting, SendOptions};
use hookrail::{Cancel, Error, Outcome, Status};

use crate::support::blackhole::Blackhole;
use crate::support::child;
use crate::support::forked::Child;
use crate::support::names;
use crate::support::proxy::HttpProxy;
use crate::support::raw::{Peer, RawServer, accepted, listen, wait_until};
use crate::support::refusing::Refusing;
use crate::support::{
    PAYLOAD, SOON, TOPIC, client_at, expect_error, options, options_with_retries, send,
    send_within, server, timed,
};

fn accepting(listener: TcpListener) -> RawServer {
    RawServer::on(listener, |mut peer: Peer| {
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    })
}

/// A client of the service at `name`, which stands for an address of `server`.
fn client_of(name: &str, server: &RawServer, options: &ClientOptions) -> Client {
    client_at(&format!("http://{name}:{}", server.addr().port()), options)
}

/// The ids of the threads that look names up.
fn lookups() -> Vec<String> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("the list of threads");
    tasks
        .flatten()
        .filter(|task| {
            let name = std::fs::read_to_string(task.path().join("comm"));
            name.is_ok_and(|name| name.trim() == "hookrail-dns")
        })
        .filter_map(|task| task.file_name().into_string().ok())
        .collect()
}

#[test]
fn the_first_address_that_accepts_is_taken() {
    for (number, addresses) in [
        &["127.0.0.1"][..],
        &["127.0.0.2", "127.0.0.1"],
        &["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.1"],
        &["::1", "127.0.0.1"],
        &["127.0.0.2", "::1", "127.0.0.1"],
        &["127.0.0.1", "::1", "127.0.0.2"],
    ]
    .into_iter()
    .enumerate()
    {
        let name = format!("several-{number}.test");
        names::set(&name, addresses);
        let server = accepting(listen("127.0.0.1:0"));
        let client = client_of(&name, &server, &options_with_retries(0));
        assert_eq!(send(&client).unwrap().attempts, 1, "{addresses:?}");
        let host = server.requests()[0].header("host");
        assert_eq!(host, Some(format!("{name}:{}", server.addr().port())));
    }
}

#[test]
fn ipv6_is_taken_where_it_accepts() {
    let Ok(listener) = TcpListener::bind("[::1]:0") else {
        // This machine has no IPv6.
        return;
    };
    names::set("both.test", &["127.0.0.2", "::1"]);
    let server = accepting(listener);
    let client = client_of("both.test", &server, &options_with_retries(0));
    assert_eq!(send(&client).unwrap().attempts, 1);
}

#[test]
fn an_address_that_swallows_everything_does_not_keep_the_others_waiting() {
    let server = accepting(listen("127.0.0.1:0"));
    let port = server.addr().port();
    let _first = Blackhole::at(&format!("127.0.0.2:{port}"));
    let _second = Blackhole::at(&format!("127.0.0.3:{port}"));
    names::set("swallowed.test", &["127.0.0.2", "127.0.0.3", "127.0.0.1"]);
    // The two dead addresses would use up the connect timeout, which is the tests' patience.
    let client = client_of("swallowed.test", &server, &options_with_retries(0));
    let (result, elapsed) = timed(|| send(&client));
    assert_eq!(result.unwrap().attempts, 1);
    assert!(elapsed < SOON, "{elapsed:?}");
}

#[test]
fn the_connect_timeout_is_one_for_all_addresses() {
    let first = Blackhole::at("127.0.0.2:0");
    let port = first.addr().port();
    let _others = ["127.0.0.3", "127.0.0.4"].map(|ip| Blackhole::at(&format!("{ip}:{port}")));
    names::set("nowhere.test", &["127.0.0.2", "127.0.0.3", "127.0.0.4"]);
    let limit = Duration::from_millis(700);
    let mut options = options_with_retries(0);
    options.set_connect_timeout(limit).unwrap();
    let client = client_at(&format!("http://nowhere.test:{port}"), &options);
    let (result, elapsed) = timed(|| send(&client));
    let error = result.unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::NotSent);
    assert_eq!(error.cause().map(Error::status), Some(Status::Timeout));
    assert!(error.message().contains("700 ms"), "{error}");
    assert!(elapsed >= limit, "{elapsed:?}");
    assert!(elapsed < SOON, "{elapsed:?}");
}

#[test]
fn addresses_that_all_refuse() {
    let refusing = Refusing::new();
    let port = refusing.addr().port();
    names::set("refusing.test", &["127.0.0.2", "127.0.0.1"]);
    let url = format!("http://refusing.test:{port}");
    let error = send(&client_at(&url, &options_with_retries(1))).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(cause.status(), Status::Connection);
    let named = format!("refusing.test:{port}");
    assert!(cause.message().contains(&named), "{cause}");
    // A refused address may be out of date, so the name is looked up again.
    assert_eq!(names::asked("refusing.test"), 2);
}

#[test]
fn a_name_without_an_address() {
    names::set("empty.test", &[]);
    let error = send(&client_at("http://empty.test", &options_with_retries(0))).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::NotSent);
    assert_eq!(error.cause().map(Error::status), Some(Status::Connection));
    assert!(error.message().contains("empty.test"), "{error}");
}

#[test]
fn a_look_up_that_fails_is_tried_again() {
    let server = accepting(listen("127.0.0.1:0"));
    names::fail("failing.test", libc::EAI_AGAIN);
    let client = client_of("failing.test", &server, &options_with_retries(u32::MAX));
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(&client));
        names::wait_until_asked("failing.test", 3);
        names::set("failing.test", &["127.0.0.1"]);
        assert!(sending.join().unwrap().unwrap().attempts >= 3);
    });
}

#[test]
fn an_answer_serves_the_connections_of_the_next_moments() {
    let server = accepting(listen("127.0.0.1:0"));
    names::set("kept.test", &["127.0.0.1"]);
    let mut options = options_with_retries(0);
    options.set_idle_connections(0);
    let client = client_of("kept.test", &server, &options);
    let started = Instant::now();
    for _ in 0..5 {
        send(&client).unwrap();
    }
    assert_eq!(server.connections(), 5);
    // On a slow machine the answer may have expired.
    if started.elapsed() < Duration::from_secs(4) {
        assert_eq!(names::asked("kept.test"), 1);
    }
}

#[test]
fn requests_on_a_kept_connection_look_up_no_name() {
    let server = accepting(listen("127.0.0.1:0"));
    names::set("once.test", &["127.0.0.1"]);
    let client = client_of("once.test", &server, &options_with_retries(0));
    for _ in 0..50 {
        send(&client).unwrap();
    }
    assert_eq!(names::asked("once.test"), 1);
}

#[test]
fn a_service_that_moves_is_found_again() {
    let server = accepting(listen("127.0.0.1:0"));
    let port = server.addr().port();
    names::set("moving.test", &["127.0.0.1"]);
    let client = client_of("moving.test", &server, &options());
    send(&client).unwrap();
    drop(server);
    let server = accepting(listen(&format!("127.0.0.2:{port}")));
    names::set("moving.test", &["127.0.0.2"]);
    assert!(send(&client).is_ok());
    assert_eq!(server.requests().len(), 1);
}

#[test]
fn threads_share_one_look_up() {
    const THREADS: usize = 8;
    let server = accepting(listen("127.0.0.1:0"));
    names::set("shared.test", &["127.0.0.1"]);
    names::hold("shared.test");
    let client = client_of("shared.test", &server, &options_with_retries(0));
    let started = Instant::now();
    std::thread::scope(|scope| {
        let sending: Vec<_> = (0..THREADS)
            .map(|_| scope.spawn(|| send(&client)))
            .collect();
        names::wait_until_asked("shared.test", 1);
        names::release("shared.test");
        for thread in sending {
            assert_eq!(thread.join().unwrap().unwrap().attempts, 1);
        }
    });
    // On a slow machine the answer may have expired for a late thread.
    if started.elapsed() < Duration::from_secs(4) {
        assert_eq!(names::asked("shared.test"), 1);
    }
    assert_eq!(server.requests().len(), THREADS);
}

#[test]
fn a_look_up_is_bounded_by_the_budget_and_by_the_connect_timeout() {
    names::hold("slow.test");
    let limit = Duration::from_millis(100);

    let client = client_at("http://slow.test", &options());
    let (result, elapsed) = timed(|| send_within(&client, limit));
    let error = result.unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 1, Outcome::NotSent);
    assert!(error.message().contains("whole call"), "{error}");
    assert!(elapsed >= limit && elapsed < SOON, "{elapsed:?}");

    let mut options = options_with_retries(1);
    options.set_connect_timeout(limit).unwrap();
    let client = client_at("http://slow.test", &options);
    let (result, elapsed) = timed(|| send(&client));
    let error = result.unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::NotSent);
    assert_eq!(error.cause().map(Error::status), Some(Status::Timeout));
    assert!(error.message().contains("100 ms"), "{error}");
    assert!(elapsed >= limit * 2 && elapsed < SOON, "{elapsed:?}");
    // The second attempt joined the look-up of the first: one for each client.
    names::wait_until_asked("slow.test", 2);
    assert_eq!(names::asked("slow.test"), 2);
    names::release("slow.test");
}

#[test]
fn a_look_up_can_be_cancelled() {
    names::hold("cancelled.test");
    let client = client_at("http://cancelled.test", &options());
    let cancel = Cancel::new().unwrap();
    let options = SendOptions {
        call: CallOptions {
            cancel: Some(cancel.clone()),
            ..CallOptions::default()
        },
        ..SendOptions::default()
    };
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| client.send(TOPIC, PAYLOAD, &options));
        names::wait_until_asked("cancelled.test", 1);
        let fired = Instant::now();
        cancel.fire();
        let error = sending.join().unwrap().unwrap_err();
        expect_error(&error, Status::Cancelled, 1, Outcome::NotSent);
        assert!(fired.elapsed() < SOON);
    });
    names::release("cancelled.test");
}

#[test]
fn the_thread_of_a_look_up_takes_no_signals_and_does_not_stay() {
    if !child::is_child() {
        // In its own process, because other tests look names up as well.
        child::run(
            the_thread_of_a_look_up_takes_no_signals_and_does_not_stay,
            &[("TEST", "")],
        );
        return;
    }
    names::hold("masked.test");
    let mut options = options_with_retries(0);
    options
        .set_connect_timeout(Duration::from_millis(20))
        .unwrap();
    let client = client_at("http://masked.test", &options);
    send(&client).unwrap_err();
    send(&client).unwrap_err();
    names::wait_until_asked("masked.test", 1);

    let threads = lookups();
    assert_eq!(threads.len(), 1);
    let path = format!("/proc/self/task/{}/status", threads[0]);
    let status = std::fs::read_to_string(path).unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigBlk:"));
    let mask = u64::from_str_radix(mask.expect("a mask").trim(), 16).unwrap();
    for signal in [
        libc::SIGHUP,
        libc::SIGINT,
        libc::SIGTERM,
        libc::SIGALRM,
        libc::SIGCHLD,
        libc::SIGUSR1,
        libc::SIGPROF,
        libc::SIGVTALRM,
    ] {
        assert!(mask & (1 << (signal - 1)) != 0, "signal {signal}");
    }
    drop(client);
    names::release("masked.test");
    wait_until("end of the look-up's thread", || lookups().is_empty());
}

#[test]
fn the_result_of_an_abandoned_look_up_is_not_used() {
    if !child::is_child() {
        child::run(
            the_result_of_an_abandoned_look_up_is_not_used,
            &[("TEST", "")],
        );
        return;
    }
    let server = accepting(listen("127.0.0.1:0"));
    names::hold("stale.test");
    names::fail("stale.test", libc::EAI_AGAIN);
    let mut options = options_with_retries(0);
    options.set_idle_connections(0);
    let client = client_of("stale.test", &server, &options);
    send_within(&client, Duration::from_millis(20)).unwrap_err();
    // The look-up fails without a waiting caller, and later the name exists.
    names::release("stale.test");
    wait_until("end of the look-up", || lookups().is_empty());
    names::set("stale.test", &["127.0.0.1"]);

    assert_eq!(send(&client).unwrap().attempts, 1);
}

#[test]
fn a_fork_waits_for_no_name_server() {
    if !child::is_child() {
        child::run(a_fork_waits_for_no_name_server, &[("TEST", "")]);
        return;
    }
    let server = accepting(listen("127.0.0.1:0"));
    names::set("forking.test", &["127.0.0.1"]);
    names::hold("forking.test");
    let client = client_of("forking.test", &server, &options_with_retries(0));
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(&client));
        names::wait_until_asked("forking.test", 1);
        let (child, elapsed) = timed(|| {
            Child::fork(|| {
                names::release("forking.test");
                send(&client).expect("the child looks the name up for itself");
                Child::fork(|| drop(send(&client).expect("its child, too"))).join();
            })
        });
        assert!(elapsed < SOON, "{elapsed:?}");
        child.join();
        names::release("forking.test");
        assert_eq!(sending.join().unwrap().unwrap().attempts, 1);
    });
    assert_eq!(server.requests().len(), 3);
}

#[test]
fn with_a_proxy_only_its_name_is_looked_up() {
    let server = server();
    let proxy = HttpProxy::to(server.addr());
    names::set("proxy.test", &["127.0.0.2", "127.0.0.1"]);
    let mut options = options();
    let port = proxy.addr().port();
    options.set_proxy(ProxySetting::Explicit(format!("http://proxy.test:{port}")));
    let client = client_at("http://service.test", &options);
    assert_eq!(send(&client).unwrap().attempts, 1);
    assert_eq!(proxy.targets(), ["service.test:80"]);
    assert_eq!(names::asked("proxy.test"), 1);
    assert_eq!(names::asked("service.test"), 0);
}

#[test]
fn an_address_is_not_looked_up() {
    let server = accepting(listen("127.0.0.1:0"));
    let client = client_of("127.0.0.1", &server, &options());
    send(&client).unwrap();
    assert_eq!(names::asked("127.0.0.1"), 0);
}
