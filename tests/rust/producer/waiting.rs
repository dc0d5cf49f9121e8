//! Polling, flushing, cancelling, closing.
#![allow(unsafe_code)]

use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hookrail::internals::{SendOptions, SubmitOptions};
use hookrail::{Flushed, Outcome, Purge, Status};
use hookrail_devserver::{Always, DevServer, Point, Rule, Times};

use crate::support::child;
use crate::support::queue::{PATIENCE, client, collect, in_time, server, submit};

/// A server that records events and never answers.
fn silent_server() -> DevServer {
    let server = server();
    let rule = Rule {
        times: Some(Times::Always(Always::Always)),
        ..Rule::never_answer(Point::AfterRecording)
    };
    server.add_faults([rule]).expect("good rules");
    server
}

fn readable(fd: i32, timeout: Duration) -> bool {
    let mut slot = libc::pollfd {
        fd,
        events: libc::POLLIN,
        revents: 0,
    };
    // SAFETY: the pointer is to one live pollfd.
    unsafe { libc::poll(&raw mut slot, 1, timeout.as_millis() as i32) == 1 }
}

#[test]
fn the_descriptor_is_readable_exactly_while_completions_wait() {
    let server = server();
    let client = client(&server.url(), |_| {});
    let fd = client.event_fd().expect("a descriptor").as_raw_fd();
    assert!(!readable(fd, Duration::ZERO));
    submit(&client, 1);
    submit(&client, 2);
    assert!(readable(fd, PATIENCE));
    client.flush(None).expect("flush works");
    assert_eq!(client.poll(1, None).expect("poll works").len(), 1);
    assert!(readable(fd, Duration::ZERO), "one completion is left");
    assert_eq!(client.poll(1, None).expect("poll works").len(), 1);
    assert!(!readable(fd, Duration::ZERO));
    // SAFETY: both calls only read the flags of an open descriptor.
    let (status, descriptor) = unsafe {
        (
            libc::fcntl(fd, libc::F_GETFL),
            libc::fcntl(fd, libc::F_GETFD),
        )
    };
    assert!(status & libc::O_NONBLOCK != 0 && descriptor & libc::FD_CLOEXEC != 0);
}

#[test]
fn a_descriptor_requested_late_is_readable_for_earlier_completions() {
    let server = server();
    let client = client(&server.url(), |_| {});
    submit(&client, 1);
    client.flush(None).expect("flush works");
    let fd = client.event_fd().expect("a descriptor").as_raw_fd();
    assert!(readable(fd, Duration::ZERO));
    assert_eq!(
        client.event_fd().expect("the same").as_raw_fd(),
        fd,
        "there is one for each process"
    );
    assert_eq!(client.poll(1, None).expect("poll works").len(), 1);
    assert!(!readable(fd, Duration::ZERO));
}

#[test]
fn concurrent_polls_collect_every_completion() {
    const EVENTS: u64 = 300;
    let server = server();
    let client = client(&server.url(), |_| {});
    let taken = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                // A thread that finds all completions taken wakes one that still sleeps.
                while taken.load(Ordering::SeqCst) < EVENTS {
                    let collected = client.poll(1, None).map_or(0, |taken| taken.len() as u64);
                    taken.fetch_add(collected, Ordering::SeqCst);
                }
                client.wake_up();
            });
        }
        for tag in 0..EVENTS {
            submit(&client, tag);
        }
    });
    assert_eq!(taken.into_inner(), EVENTS);
    assert_eq!(client.pending().completions, 0);
}

#[test]
fn a_wake_up_ends_the_poll_under_way_or_the_next() {
    let server = server();
    let client = client(&server.url(), |_| {});
    client.wake_up();
    let error = client.poll(1, None).expect_err("the wake-up came first");
    assert_eq!(error.status(), Status::Interrupted);
    std::thread::scope(|scope| {
        let poller = scope.spawn(|| client.poll(1, None).expect_err("woken").status());
        client.wake_up();
        assert_eq!(poller.join().expect("no panic"), Status::Interrupted);
    });
    assert!(
        client
            .poll(1, Some(Duration::ZERO))
            .expect("poll works")
            .is_empty()
    );
}

#[test]
fn no_thread_is_there_before_the_first_submit_and_none_after_close() {
    if !child::is_child() {
        // Other tests' threads must not be counted.
        child::run(
            no_thread_is_there_before_the_first_submit_and_none_after_close,
            &[("TEST", "")],
        );
        return;
    }
    let server = server();
    let client = client(&server.url(), |_| {});
    client.event_fd().expect("a descriptor");
    let threads = || {
        std::fs::read_dir("/proc/self/task")
            .expect("procfs")
            .count()
    };
    let before = threads();
    submit(&client, 1);
    assert!(threads() > before);
    collect(&client, 1);
    client.close(Some(PATIENCE)).expect("close works");
    // A joined thread may stay listed for a moment.
    in_time(|| threads() == before);
}

#[test]
fn a_cancelled_event_completes_once_wherever_it_is() {
    let server = silent_server();
    let client = client(&server.url(), |options| {
        options.set_workers(1).expect("a number of workers");
    });
    let in_flight = submit(&client, 1);
    server
        .wait_until(PATIENCE, |summary| summary.events == 1)
        .expect("the first event is sent");
    let queued = submit(&client, 2);

    client.cancel_submitted(queued);
    client.cancel_submitted(queued);
    let completion = &collect(&client, 1)[&2];
    assert_eq!(completion.status(), Status::Cancelled);
    assert_eq!(completion.outcome(), Outcome::NotSent);
    assert_eq!(completion.attempts(), 0);

    client.cancel_submitted(in_flight);
    let completion = &collect(&client, 1)[&1];
    assert_eq!(completion.status(), Status::Cancelled);
    assert_eq!(completion.outcome(), Outcome::MaybeSent);
    assert_eq!(completion.attempts(), 1);
    client.cancel_submitted(in_flight);
    assert_eq!(
        client.flush(Some(PATIENCE)).expect("flush works"),
        Flushed::All
    );
    assert!(
        client
            .poll(1, Some(Duration::ZERO))
            .expect("poll works")
            .is_empty()
    );
}

#[test]
fn flush_counts_the_remaining_events_and_purge_cancels_them() {
    let server = silent_server();
    let client = client(&server.url(), |options| {
        options.set_workers(1).expect("a number of workers");
    });
    for tag in 0..5 {
        submit(&client, tag);
    }
    server
        .wait_until(PATIENCE, |summary| summary.events == 1)
        .expect("the first event is sent");
    let flushed = client.flush(Some(Duration::from_millis(20)));
    assert_eq!(flushed.expect("flush works"), Flushed::TimedOut(5));
    let queued = Purge {
        queued: true,
        in_flight: false,
    };
    assert_eq!(client.purge(queued), 4);
    let in_flight = Purge {
        queued: false,
        in_flight: true,
    };
    assert_eq!(client.purge(in_flight), 1);
    let completions = collect(&client, 5);
    assert!(
        completions
            .values()
            .all(|c| c.status() == Status::Cancelled)
    );
}

#[test]
fn close_sends_what_it_can_and_counts_the_rest() {
    let server = server();
    let client_of_server = client(&server.url(), |_| {});
    for tag in 0..100 {
        submit(&client_of_server, tag);
    }
    assert_eq!(
        client_of_server.close(Some(PATIENCE)).expect("close works"),
        0
    );
    assert_eq!(server.summary().events, 100);
    assert_eq!(collect(&client_of_server, 100).len(), 100);
    let at_once = SubmitOptions {
        tag: 0,
        wants_completion: true,
        wait: None,
    };
    let error = client_of_server
        .submit(b"t", b"{}", &SendOptions::default(), &at_once)
        .expect_err("it is closed");
    assert_eq!(error.status(), Status::Closed);
    let error = client_of_server
        .send(b"t", b"{}", &SendOptions::default())
        .expect_err("it is closed");
    assert_eq!(error.status(), Status::Closed);

    let silent = silent_server();
    let stuck = client(&silent.url(), |options| {
        options.set_workers(2).expect("a number of workers");
    });
    for tag in 0..10 {
        submit(&stuck, tag);
    }
    silent
        .wait_until(PATIENCE, |summary| summary.events == 2)
        .expect("both requests are under way");
    let unsent = stuck
        .close(Some(Duration::from_millis(50)))
        .expect("close works");
    assert_eq!(unsent, 10);
    let completions = collect(&stuck, 10);
    for completion in completions.values() {
        let expected = match completion.attempts() {
            0 => Outcome::NotSent,
            _ => Outcome::MaybeSent,
        };
        assert_eq!(completion.outcome(), expected, "{completion:?}");
    }
    assert_eq!(stuck.close(None).expect("a second close is fine"), 0);
}

#[test]
fn a_waiting_event_ends_in_time_while_all_requests_hang_and_no_thread_polls() {
    let server = silent_server();
    let client = client(&server.url(), |options| {
        options.set_workers(1).expect("a number of workers");
    });
    submit(&client, 1);
    server
        .wait_until(PATIENCE, |summary| summary.events == 1)
        .expect("the first event is sent");
    let short = SendOptions {
        call: hookrail::internals::CallOptions {
            timeout: Some(Duration::from_millis(100)),
            cancel: None,
        },
        ..SendOptions::default()
    };
    let at_once = SubmitOptions {
        tag: 2,
        wants_completion: true,
        wait: None,
    };
    client
        .submit(b"t", b"{}", &short, &at_once)
        .expect("the event is taken in");
    let fd = client.event_fd().expect("a descriptor").as_raw_fd();
    // This is less than the read timeout, which keeps the request under way.
    assert!(readable(fd, Duration::from_secs(8)));
    assert_eq!(collect(&client, 1)[&2].status(), Status::Timeout);
    assert_eq!(client.pending().in_flight, 1);
}

#[test]
fn an_event_ends_with_its_time() {
    let server = silent_server();
    let client = client(&server.url(), |options| {
        options.set_workers(1).expect("a number of workers");
    });
    let within = |timeout| SendOptions {
        call: hookrail::internals::CallOptions {
            timeout: Some(timeout),
            cancel: None,
        },
        ..SendOptions::default()
    };
    let at_once = |tag| SubmitOptions {
        tag,
        wants_completion: true,
        wait: None,
    };
    // This is enough for an attempt that starts late, and less than the read timeout.
    let long = Duration::from_secs(9);
    let started = Instant::now();
    client
        .submit(b"t", b"{}", &within(long), &at_once(0))
        .expect("the event is taken in");
    server
        .wait_until(PATIENCE, |summary| summary.events == 1)
        .expect("the only request is under way");
    let short = within(Duration::from_millis(300));
    client
        .submit(b"t", b"{}", &short, &at_once(1))
        .expect("the event is taken in");
    let completions = collect(&client, 2);
    assert!(started.elapsed() >= long);
    assert_eq!(completions[&0].status(), Status::RetriesExhausted);
    assert_eq!(completions[&0].outcome(), Outcome::MaybeSent);
    assert_eq!(completions[&1].status(), Status::Timeout);
    assert_eq!(completions[&1].outcome(), Outcome::NotSent);
    assert!(completions[&1].queued >= Duration::from_millis(300));
}
