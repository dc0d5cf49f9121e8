//! Forks while events are submitted and sent: the child does not get the parent's events.

use std::os::fd::AsRawFd;
use std::time::Duration;

use hookrail::Status;
use hookrail::internals::SendOptions;

use crate::support::forked::Child;
use crate::support::queue::{client, collect, key, recorded, server, submit};

const FORKS: u64 = 100;
const EVENTS: u64 = 5_000;

#[test]
fn a_wake_up_of_a_child_is_for_its_own_poll() {
    let server = server();
    let client = client(&server.url(), |_| {});
    client.wake_up();
    Child::fork(|| {
        let nothing = client.poll(1, Some(Duration::ZERO)).expect("poll works");
        assert!(nothing.is_empty(), "the parent's wake-up is the parent's");
    })
    .join();
    Child::fork(|| {
        client.wake_up();
        let error = client.poll(1, None).expect_err("the wake-up came first");
        assert_eq!(error.status(), Status::Interrupted);
    })
    .join();
    let error = client.poll(1, None).expect_err("the wake-up came first");
    assert_eq!(error.status(), Status::Interrupted);
}

#[test]
fn the_child_starts_empty_and_the_parent_sends_each_event_once() {
    let server = server();
    let client = client(&server.url(), |_| {});
    let parent_fd = client.event_fd().expect("a descriptor").as_raw_fd();
    let mut children = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for tag in 0..EVENTS {
                submit(&client, tag);
            }
        });
        let collector = scope.spawn(|| collect(&client, EVENTS as usize).len());
        for child in 0..FORKS {
            Child::fork(|| {
                let pending = client.pending();
                assert_eq!(pending.queued + pending.in_flight + pending.completions, 0);
                assert_ne!(client.event_fd().expect("its own").as_raw_fd(), parent_fd);
                client
                    .send(b"child", b"{}", &SendOptions::default())
                    .expect("the child sends");
                submit(&client, EVENTS + child);
                assert_eq!(collect(&client, 1).len(), 1);
                client
                    .close(Some(Duration::from_secs(60)))
                    .expect("close works");
            })
            .join();
            children += 1;
        }
        assert_eq!(collector.join().expect("no panic"), EVENTS as usize);
    });
    assert_eq!(children, FORKS);
    let records = recorded(&server);
    assert!(records.values().all(|times| *times == 1));
    assert_eq!(records.len() as u64, EVENTS + 2 * FORKS);
    assert!((0..EVENTS + FORKS).all(|tag| records.contains_key(&key(tag))));
    assert_eq!(server.summary().replays, 0, "nothing was sent twice");
}
