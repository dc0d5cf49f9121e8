//! A client whose process forks: parent and child both continue to use it, independently.
#![allow(unsafe_code)]

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};

use hookrail::internals::{CallOptions, Client, SendOptions};
use hookrail::{Cancel, Status};
use hookrail_devserver::{DevServer, Point, Rule, SelfSigned};

use crate::support::forked::Child;
use crate::support::tls::tls_server;
use crate::support::{PATIENCE, client, client_with, options, options_with_retries, send, server};

fn both() -> [DevServer; 2] {
    [server(), tls_server(SelfSigned::default())]
}

fn send_to(client: &Client, topic: &str) {
    let sent = client.send(topic.as_bytes(), b"{}", &SendOptions::default());
    assert_eq!(sent.expect("the event is sent").attempts, 1);
}

/// The connections that brought events of a topic.
fn connections_of(server: &DevServer, topic: &str) -> HashSet<u64> {
    let marker = format!(r#"{{"topic":"{topic}","#);
    server
        .requests()
        .iter()
        .filter(|request| {
            let body = request.body_bytes().unwrap_or_default();
            body.starts_with(marker.as_bytes())
        })
        .map(|request| request.connection)
        .collect()
}

#[test]
fn a_child_uses_its_parents_client_over_connections_of_its_own() {
    for server in both() {
        let client = client_with(&server, options_with_retries(0));
        send_to(&client, "parent");
        let child = Child::fork(|| {
            for _ in 0..20 {
                send_to(&client, "child");
            }
        });
        for _ in 0..20 {
            send_to(&client, "parent");
        }
        child.join();
        send_to(&client, "parent");

        let summary = server.summary();
        assert_eq!(summary.events, 42);
        assert_eq!(summary.distinct_keys, 42);
        assert_eq!(summary.requests, 42);
        let parents = connections_of(&server, "parent");
        let childs = connections_of(&server, "child");
        assert_eq!(parents.len(), 1);
        assert_eq!(childs.len(), 1);
        assert!(parents.is_disjoint(&childs));
    }
}

#[test]
fn a_fork_before_the_first_use_of_a_client() {
    for server in both() {
        let client = client(&server);
        let child = Child::fork(|| send_to(&client, "child"));
        child.join();
        send_to(&client, "parent");
        assert_eq!(server.events().len(), 2);
    }
}

#[test]
fn children_and_their_children_never_repeat_a_key() {
    let server = server();
    let client = client(&server);
    send_to(&client, "parent");
    let children: Vec<Child> = (0..4)
        .map(|_| {
            Child::fork(|| {
                send_to(&client, "child");
                Child::fork(|| send_to(&client, "grandchild")).join();
                send_to(&client, "child");
            })
        })
        .collect();
    send_to(&client, "parent");
    for child in children {
        child.join();
    }
    let summary = server.summary();
    assert_eq!((summary.events, summary.distinct_keys), (14, 14));
    assert_eq!(summary.replays, 0);
}

#[test]
fn a_child_that_drops_the_client_leaves_the_parents_connections_alone() {
    for server in both() {
        let client = client_with(&server, options_with_retries(0));
        send_to(&client, "parent");
        let inherited = &client;
        let child = Child::fork(|| {
            // SAFETY: a copy whose original is never used nor dropped in this process.
            drop(unsafe { std::ptr::read(inherited) });
        });
        child.join();
        send_to(&client, "parent");
        assert_eq!(connections_of(&server, "parent").len(), 1);
    }
}

#[test]
fn a_child_that_drops_a_client_it_has_used() {
    for server in both() {
        let client = client_with(&server, options_with_retries(0));
        send_to(&client, "parent");
        let inherited = &client;
        Child::fork(|| {
            // SAFETY: as above.
            let own = unsafe { std::ptr::read(inherited) };
            send_to(&own, "child");
        })
        .join();
        send_to(&client, "parent");
        assert_eq!(connections_of(&server, "parent").len(), 1);
    }
}

#[test]
fn a_fork_in_the_middle_of_other_threads_calls() {
    // At that moment other threads may hold locks, and the child does not have these threads. New
    // connections for every send take the most locks.
    for server in both() {
        let mut options = options();
        options.set_idle_connections(0);
        let client = client_with(&server, options);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        send_to(&client, "parent");
                    }
                });
            }
            for _ in 0..40 {
                Child::fork(|| {
                    send_to(&client, "child");
                    send_to(&client, "child");
                })
                .join();
            }
            done.store(true, Ordering::Relaxed);
        });
        let events = server.events();
        assert_eq!(
            events.iter().filter(|event| event.topic == "child").count(),
            80
        );
        let summary = server.summary();
        assert_eq!(summary.events, summary.distinct_keys);
        assert_eq!(summary.requests, summary.events);
    }
}

#[test]
fn a_fork_does_not_affect_a_call_in_flight() {
    let server = server();
    let client = client(&server);
    server
        .add_faults([Rule::delay_ms(500)])
        .expect("a good rule");
    std::thread::scope(|scope| {
        let sending = scope.spawn(|| send(&client).expect("an answer"));
        server
            .wait_until(PATIENCE, |counts| counts.requests == 1)
            .expect("the request is under way");
        Child::fork(|| send_to(&client, "child")).join();
        assert_eq!(sending.join().expect("no panic").attempts, 1);
    });
    assert_eq!(server.events().len(), 2);
}

#[test]
fn each_process_has_its_own_token() {
    let server = server();
    let client = client(&server);
    let cancel = Cancel::new().expect("a token");
    let options = || SendOptions {
        call: CallOptions {
            cancel: Some(cancel.clone()),
            ..CallOptions::default()
        },
        ..SendOptions::default()
    };
    // Firing the token in the child ends only the child's calls.
    Child::fork(|| {
        cancel.fire();
        let error = client.send(b"child", b"{}", &options()).unwrap_err();
        assert_eq!(error.status(), Status::Cancelled);
    })
    .join();
    assert!(!cancel.is_fired());
    client
        .send(b"parent", b"{}", &options())
        .expect("not cancelled");

    // Firing it in the parent does not end the call of the child.
    server
        .add_faults([Rule::delay_ms(300)])
        .expect("a good rule");
    let child = Child::fork(|| {
        client
            .send(b"child", b"{}", &options())
            .expect("not cancelled");
    });
    server
        .wait_until(PATIENCE, |counts| counts.requests == 2)
        .expect("the child's request is under way");
    cancel.fire();
    child.join();
    assert_eq!(server.events().len(), 2);
}

#[test]
fn a_childs_counters_start_at_zero() {
    let server = server();
    let client = client(&server);
    send_to(&client, "parent");
    Child::fork(|| {
        send_to(&client, "child");
        assert!(client.stats().to_json().contains(r#""requests":1,"#));
    })
    .join();
    send_to(&client, "parent");
    assert!(client.stats().to_json().contains(r#""requests":2,"#));
}

#[test]
fn an_idle_connection_that_ends_after_the_fork_is_replaced_in_the_parent() {
    let server = server();
    server
        .add_faults([Rule::close(Point::AfterAnswer)])
        .expect("a good rule");
    let client = client_with(&server, options_with_retries(0));
    send_to(&client, "parent");
    Child::fork(|| send_to(&client, "child")).join();
    server
        .wait_until(PATIENCE, |counts| counts.open_connections == 0)
        .expect("both connections have ended");
    send_to(&client, "parent");
    assert_eq!(server.events().len(), 3);
}
