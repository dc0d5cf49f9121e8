//! Signals interrupt system calls but no call of the client. The client does not change the host's signal
//! handlers and masks.
#![allow(unsafe_code)]

use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use hookrail::internals::{CallOptions, Client, SendOptions};
use hookrail::{Cancel, Error, Outcome, Status};
use hookrail_devserver::{Point, Rule, SelfSigned};

use crate::support::blackhole::Blackhole;
use crate::support::raw::{RawServer, accepted};
use crate::support::tls::tls_server;
use crate::support::{
    HUGE, PATIENCE, SOON, TOPIC, child, client, client_at, client_with, expect_error, keyed,
    options, options_with_retries, payload_of, send, send_within, server, server_with, timed,
};

/// Signals with handlers: the kernel restarts system calls after the first, and not after the second.
const RESTARTING: libc::c_int = libc::SIGUSR1;
const INTERRUPTING: libc::c_int = libc::SIGUSR2;
/// A signal whose handler fires [`FIRED_BY_HANDLER`].
const FIRING: libc::c_int = libc::SIGWINCH;

static HANDLED: [AtomicU32; 2] = [const { AtomicU32::new(0) }; 2];
static FIRED_BY_HANDLER: OnceLock<Cancel> = OnceLock::new();

extern "C" fn count(signal: libc::c_int) {
    HANDLED[usize::from(signal == INTERRUPTING)].fetch_add(1, Ordering::Relaxed);
}

extern "C" fn fire(_: libc::c_int) {
    if let Some(cancel) = FIRED_BY_HANDLER.get() {
        cancel.fire();
    }
}

fn install(signal: libc::c_int, handler: extern "C" fn(libc::c_int), flags: libc::c_int) {
    // SAFETY: a zeroed action is one without flags and mask; the handlers above touch only atomics and
    // a token whose `fire` is safe in a handler.
    let result = unsafe {
        let mut action: libc::sigaction = MaybeUninit::zeroed().assume_init();
        action.sa_sigaction = handler as *const () as libc::sighandler_t;
        action.sa_flags = flags;
        libc::sigaction(signal, &raw const action, std::ptr::null_mut())
    };
    assert_eq!(result, 0, "the handler should be installed");
}

/// Names the calling thread. On musl, its name is a pointer, which could not go to another thread.
fn own_thread() -> usize {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::pthread_self() as usize }
}

/// Runs `body` in this thread, and sends `signal` to the thread at this interval. Returns the number of
/// signals.
fn pestered(signal: libc::c_int, interval: Duration, body: impl FnOnce()) -> u32 {
    install(RESTARTING, count, libc::SA_RESTART);
    install(INTERRUPTING, count, 0);
    let sent = AtomicU32::new(0);
    let done = AtomicBool::new(false);
    let target = own_thread();
    let result = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                std::thread::sleep(interval);
                // SAFETY: the target is waiting for this thread's end at the latest, so it exists.
                let result = unsafe { libc::pthread_kill(target as libc::pthread_t, signal) };
                assert_eq!(result, 0, "the signal should go out");
                sent.fetch_add(1, Ordering::Relaxed);
            }
        });
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(body));
        done.store(true, Ordering::Relaxed);
        result
    });
    match result {
        Ok(()) => sent.into_inner(),
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Repeats `body` until one run got `signal` more than `least` times, because the sending thread may be
/// late. Returns the number of runs.
fn pestered_enough(signal: libc::c_int, interval: Duration, least: u32, body: impl Fn()) -> u64 {
    const MOST_RUNS: u64 = 20;
    (1..=MOST_RUNS)
        .find(|_| pestered(signal, interval, &body) > least)
        .expect("no run was hit often enough to test anything")
}

const BOTH: [libc::c_int; 2] = [RESTARTING, INTERRUPTING];

#[test]
fn a_signal_every_5_ms_for_a_thousand_sends() {
    const SENDS: u64 = 1_000;
    for signal in BOTH {
        for server in [server(), tls_server(SelfSigned::default())] {
            let client = client_with(&server, options_with_retries(0));
            let runs = pestered_enough(signal, Duration::from_millis(5), 10, || {
                for _ in 0..SENDS {
                    assert_eq!(send(&client).expect("no error").attempts, 1);
                }
            });
            let summary = server.summary();
            assert_eq!(summary.events, SENDS * runs);
            assert_eq!(summary.requests, SENDS * runs);
            assert_eq!(summary.connections, 1);
        }
    }
    let handled = HANDLED
        .each_ref()
        .map(|count| count.load(Ordering::Relaxed));
    assert!(handled.iter().all(|count| *count > 10), "{handled:?}");
}

/// Runs `body` under frequent signals of each kind. Returns the number of runs.
fn in_the_rain(body: impl Fn()) -> u64 {
    BOTH.map(|signal| pestered_enough(signal, Duration::from_millis(1), 5, &body))
        .into_iter()
        .sum()
}

#[test]
fn no_wait_ends_early_and_none_begins_anew() {
    let limit = Duration::from_millis(300);
    // Each has the server that does not answer, and the outcome.
    let blackhole = Blackhole::new();
    let silent = RawServer::start(|peer| peer.hold());
    let unanswered = server_with([Rule::never_answer(Point::AfterReading).always()]);
    let waits = [
        (blackhole.url(), Outcome::NotSent),
        (silent.url().replace("http:", "https:"), Outcome::NotSent),
        (unanswered.url(), Outcome::MaybeSent),
    ];
    let runs = in_the_rain(|| {
        for (url, outcome) in &waits {
            let client = client_at(url, &options_with_retries(0));
            let (result, elapsed) = timed(|| send_within(&client, limit));
            let error = result.expect_err("nothing answers");
            expect_error(&error, Status::RetriesExhausted, 1, *outcome);
            assert_eq!(error.cause().map(Error::status), Some(Status::Timeout));
            assert!(elapsed >= limit && elapsed < SOON, "{elapsed:?}");
        }
    });
    let seen = unanswered.wait_until(PATIENCE, |counts| counts.finished == runs);
    assert_eq!(seen.expect("one request for each run").requests, runs);
}

#[test]
fn the_wait_for_a_retry_has_its_full_length() {
    in_the_rain(|| {
        let server = server_with([Rule::status(503).header("Retry-After", "1")]);
        let (result, elapsed) = timed(|| send(&client(&server)));
        assert_eq!(result.expect("an answer").attempts, 2);
        assert!(
            elapsed >= Duration::from_secs(1) && elapsed < SOON,
            "{elapsed:?}"
        );
        assert_eq!(server.summary().requests, 2);
    });
}

#[test]
fn a_name_is_looked_up_to_the_end() {
    in_the_rain(|| {
        let server = server();
        let mut options = options_with_retries(0);
        options.set_idle_connections(0);
        let url = format!("http://localhost:{}", server.addr().port());
        let client = client_at(&url, &options);
        for _ in 0..50 {
            assert_eq!(send(&client).expect("no error").attempts, 1);
        }
        assert_eq!(server.summary().requests, 50);
    });
}

#[test]
fn a_large_event_goes_out_piece_by_piece() {
    let size = HUGE;
    let server = RawServer::start(move |mut peer| {
        while peer.head().is_some() {
            let envelope = br#"{"topic":"order.created","payload":}"#.len();
            for _ in 0..4 {
                if peer.skip((envelope + size) / 4).is_none() {
                    return;
                }
                // This is long enough to block the client.
                std::thread::sleep(Duration::from_millis(20));
            }
            peer.send(accepted("e1"));
        }
    });
    let mut options = options_with_retries(0);
    options.set_payload_limit(0);
    let client = client_at(&server.url(), &options);
    let payload = payload_of(size);
    in_the_rain(|| {
        let sent = client.send(TOPIC, &payload, &keyed("k")).expect("no error");
        assert_eq!(sent.attempts, 1);
    });
    assert_eq!(server.connections(), 1);
}

#[test]
fn an_answer_comes_piece_by_piece() {
    let server = server_with([Rule::dribble(4, 2).always()]);
    let client = client_with(&server, options_with_retries(0));
    let runs = in_the_rain(|| assert_eq!(send(&client).expect("no error").attempts, 1));
    assert_eq!(server.summary().requests, runs);
}

#[test]
fn a_handler_may_fire_a_token() {
    let cancel = FIRED_BY_HANDLER.get_or_init(|| Cancel::new().expect("a token"));
    install(FIRING, fire, libc::SA_RESTART);
    let server = server_with([Rule::never_answer(Point::AfterReading)]);
    let client = client(&server);
    let options = SendOptions {
        call: CallOptions {
            cancel: Some(cancel.clone()),
            ..CallOptions::default()
        },
        ..SendOptions::default()
    };
    let target = own_thread();
    let started = Instant::now();
    let error = std::thread::scope(|scope| {
        scope.spawn(|| {
            server
                .wait_until(PATIENCE, |counts| counts.finished == 1)
                .expect("the request is under way");
            // SAFETY: the target is in the scope that waits for this thread.
            unsafe { libc::pthread_kill(target as libc::pthread_t, FIRING) }
        });
        client.send(TOPIC, b"{}", &options).expect_err("cancelled")
    });
    expect_error(&error, Status::Cancelled, 1, Outcome::MaybeSent);
    assert!(started.elapsed() < SOON);
}

/// The process's action for each signal, and whether this thread blocks the signal.
fn dispositions() -> (Vec<(libc::sighandler_t, libc::c_int)>, Vec<bool>) {
    let signals = (1..=64).filter(|signal| !matches!(signal, 32 | 33));
    let mut blocked = MaybeUninit::<libc::sigset_t>::uninit();
    // SAFETY: without a new mask the call only writes the old one.
    let blocked = unsafe {
        libc::pthread_sigmask(0, std::ptr::null(), blocked.as_mut_ptr());
        blocked.assume_init()
    };
    signals
        .map(|signal| {
            let mut action = MaybeUninit::<libc::sigaction>::uninit();
            // SAFETY: the number is that of a signal; without a new action the call only writes the
            // old one, and the set was filled in above.
            unsafe {
                libc::sigaction(signal, std::ptr::null(), action.as_mut_ptr());
                let action = action.assume_init();
                let blocked = libc::sigismember(&raw const blocked, signal) == 1;
                ((action.sa_sigaction, action.sa_flags), blocked)
            }
        })
        .unzip()
}

fn use_all_of(client: &Client) {
    send(client).expect("an event is sent");
    let unknown = client.get_event(b"unknown", &CallOptions::default());
    assert!(unknown.is_err());
}

#[test]
fn the_hosts_handlers_and_masks_stay_as_they_are() {
    if !child::is_child() {
        // In its own process, because other tests install handlers.
        child::run(
            the_hosts_handlers_and_masks_stay_as_they_are,
            &[("TEST", "")],
        );
        return;
    }
    let before = dispositions();
    for server in [server(), tls_server(SelfSigned::default())] {
        let client = client(&server);
        use_all_of(&client);
        let url = server.url().replace("127.0.0.1", "localhost");
        let mut options = options();
        if let Some(ca) = server.ca_pem() {
            options.add_ca_pem(ca.as_bytes()).expect("a good CA");
        }
        use_all_of(&client_at(&url, &options));
    }
    assert_eq!(dispositions(), before);
}

#[test]
fn a_peer_that_is_gone_raises_no_sigpipe() {
    if !child::is_child() {
        child::run(a_peer_that_is_gone_raises_no_sigpipe, &[("TEST", "")]);
        return;
    }
    // Rust's runtime ignores this signal; other hosts do not.
    // SAFETY: the default action needs no handler.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    // Far more than the sockets hold, so that the client writes to a closed connection. A RST, alone or
    // after a FIN, closes it, and the next write raises the signal.
    let payload = payload_of(HUGE);
    for server in [server(), tls_server(SelfSigned::default())] {
        let mut options = options_with_retries(0);
        options.set_payload_limit(0);
        let client = client_with(&server, options);
        for rule in [Rule::reset(Point::AfterHeaders), Rule::early_413()] {
            for _ in 0..5 {
                server.add_faults([rule.clone()]).expect("a good rule");
                let sent = client.send(TOPIC, &payload, &SendOptions::default());
                assert_ne!(sent.expect_err("a fault").outcome(), Outcome::MaybeSent);
            }
        }
        assert!(send(&client).is_ok());
    }
}
