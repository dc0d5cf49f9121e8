use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use super::*;
use crate::config::base_url::BaseUrl;
use crate::config::limits::{KeepAlive, PhaseTimeouts};
use crate::config::way::Way;
use crate::sys::poll::{Slot, poll};
use crate::transport::failure::Phase;
use crate::transport::request::RequestHead;
use crate::transport::trace::Timings;

const CONNECT: Duration = Duration::from_secs(3);
const WRITE: Duration = Duration::from_secs(5);
const READ: Duration = Duration::from_secs(7);
const BUDGET: Duration = Duration::from_secs(1_000);

/// A service, and a client of it whose clock is the test's.
struct Bench {
    listener: TcpListener,
    http: Http,
    bounds: Bounds,
    head: RequestHead,
    body: Vec<u8>,
    now: Instant,
}

impl Bench {
    fn new(body: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let keep_alive = KeepAlive {
            connections: 4,
            max_age: None,
        };
        let now = Instant::now();
        Bench {
            http: Http::new(
                &BaseUrl::parse(&url).unwrap(),
                "k",
                Default::default(),
                Way::Direct,
                None,
                keep_alive,
            ),
            bounds: Bounds {
                deadline: now + BUDGET,
                timeouts: PhaseTimeouts {
                    connect: CONNECT,
                    read: READ,
                    write: WRITE,
                },
                cancel: None,
            },
            head: RequestHead::new("POST", "/".to_owned()),
            body: vec![b'x'; body],
            listener,
            now,
        }
    }

    fn task(&self) -> Task<'_> {
        Task {
            http: &self.http,
            bounds: &self.bounds,
            request: Request {
                head: &self.head,
                extra_headers: None,
                body: Some(&self.body),
            },
        }
    }

    /// Steps until the exchange waits in vain, with the clock standing still. Returns until when.
    #[track_caller]
    fn settle(&self, exchange: &mut Exchange) -> Instant {
        let mut ready = Vec::new();
        loop {
            let until = match exchange.step(&self.task(), &ready, self.now) {
                Step::Wait(until) => until,
                Step::Done(result) => panic!("{result:?}"),
            };
            ready = readiness(exchange);
            if !ready.iter().any(|ready| ready.is_any()) {
                return until;
            }
        }
    }

    /// Steps once with the states of the descriptors as they are, and expects the end.
    #[track_caller]
    fn end(&self, exchange: &mut Exchange) -> Result<Answer, NoAnswer> {
        let ready = readiness(exchange);
        match exchange.step(&self.task(), &ready, self.now) {
            Step::Done(result) => result,
            Step::Wait(_) => panic!("the exchange goes on"),
        }
    }

    fn accept(&self) -> TcpStream {
        self.listener.accept().unwrap().0
    }
}

/// The states of the descriptors, looked at for long enough for loopback to deliver.
fn readiness(exchange: &Exchange) -> Vec<Readiness> {
    let descriptors = exchange.interests().iter();
    let mut slots: Vec<_> = descriptors
        .map(|(fd, interest)| Slot::new(fd, interest))
        .collect();
    poll(&mut slots, Some(Duration::from_millis(50))).unwrap();
    slots.iter().map(Readiness::from).collect()
}

#[track_caller]
fn expect_timeout(result: Result<Answer, NoAnswer>, expected: Phase, is_budget: bool) {
    match result {
        Err(NoAnswer::Transport(Failure::Timeout { phase, limit })) => {
            assert_eq!((phase, limit.is_none()), (expected, is_budget));
        }
        other => panic!("{other:?}"),
    }
}

const ANSWER: &[u8] = b"HTTP/1.1 202 A\r\nContent-Length: 2\r\n\r\n{}";

#[test]
fn an_exchange_ends_when_its_answer_is_there() {
    let bench = Bench::new(10);
    let mut first = Exchange::new(true);
    assert_eq!(bench.settle(&mut first), bench.now + READ);
    let mut peer = bench.accept();
    let mut request = vec![0; 1000];
    let length = peer.read(&mut request).unwrap();
    assert!(request[..length].ends_with(b"\r\n\r\nxxxxxxxxxx"));
    peer.write_all(ANSWER).unwrap();
    assert_eq!(bench.end(&mut first).unwrap().body, b"{}");
    let trace = first.trace();
    assert_eq!((trace.opened, trace.bytes_sent), (1, length as u64));
    assert!(trace.request_complete && trace.answered);

    // The connection serves the next one, unless a new one is wanted.
    let mut second = Exchange::new(true);
    bench.settle(&mut second);
    assert_eq!(peer.read(&mut request).unwrap(), length);
    peer.write_all(ANSWER).unwrap();
    bench.end(&mut second).unwrap();
    assert_eq!(second.trace().opened, 0);
    let mut third = Exchange::new(false);
    bench.settle(&mut third);
    assert_eq!(third.trace().opened, 1);
}

#[test]
fn time_passes_only_as_the_driver_says() {
    let mut bench = Bench::new(10);
    let mut exchange = Exchange::new(true);
    let until = bench.settle(&mut exchange);
    bench.now = until - Duration::from_nanos(1);
    assert_eq!(bench.settle(&mut exchange), until);
    bench.now = until;
    expect_timeout(bench.end(&mut exchange), Phase::Read, false);
}

#[test]
fn each_part_of_an_exchange_has_its_time() {
    const SECOND: Duration = Duration::from_secs(1);
    let mut bench = Bench::new(10);
    // The clock is ahead of the real one, so only the steps of the test move it.
    bench.now += BUDGET / 2;
    let mut first = Exchange::new(true);
    let step = first.step(&bench.task(), &[], bench.now);
    assert!(matches!(step, Step::Wait(_)));
    bench.now += 2 * SECOND;
    bench.settle(&mut first);
    let mut peer = bench.accept();
    assert!(peer.read(&mut [0; 1000]).unwrap() > 0);
    bench.now += 4 * SECOND;
    peer.write_all(&ANSWER[..20]).unwrap();
    bench.settle(&mut first);
    bench.now += SECOND;
    peer.write_all(&ANSWER[20..]).unwrap();
    bench.end(&mut first).unwrap();
    let mut timings = Timings {
        connect: 2 * SECOND,
        waiting: 4 * SECOND,
        ..Timings::default()
    };
    assert_eq!(first.trace().timings, timings);

    // The second one waits in vain, on the same connection.
    let mut second = Exchange::new(true);
    bench.settle(&mut second);
    bench.now += 3 * SECOND;
    let failed = second.fail(&bench.task(), Failure::Cancelled, bench.now);
    assert!(failed.is_err());
    timings.connect = Duration::ZERO;
    timings.waiting = 3 * SECOND;
    assert_eq!(second.trace().timings, timings);

    // The third one ends before it has a connection.
    let mut third = Exchange::new(true);
    let step = third.step(&bench.task(), &[], bench.now);
    assert!(matches!(step, Step::Wait(_)));
    let failed = third.fail(&bench.task(), Failure::Cancelled, bench.now + SECOND);
    assert!(failed.is_err());
    timings.connect = SECOND;
    timings.waiting = Duration::ZERO;
    assert_eq!(third.trace().timings, timings);
}

#[test]
fn what_a_peer_does_not_read_waits_for_the_write_timeout() {
    let mut bench = Bench::new(20_000_000);
    let mut exchange = Exchange::new(true);
    assert_eq!(bench.settle(&mut exchange), bench.now + WRITE);
    bench.now += WRITE;
    expect_timeout(bench.end(&mut exchange), Phase::Write, false);
    assert!(!exchange.trace().request_complete);
}

#[test]
fn an_answer_that_is_there_is_read_after_the_end_of_the_time() {
    let mut bench = Bench::new(10);
    let mut exchange = Exchange::new(true);
    bench.settle(&mut exchange);
    bench.accept().write_all(ANSWER).unwrap();
    bench.now += 2 * BUDGET;
    assert_eq!(bench.end(&mut exchange).unwrap().status, 202);
}

#[test]
fn no_wait_begins_long_after_the_end_of_the_time() {
    let mut bench = Bench::new(10);
    let mut exchange = Exchange::new(true);
    bench.settle(&mut exchange);
    bench.accept().write_all(&ANSWER[..20]).unwrap();
    bench.now += 2 * BUDGET;
    expect_timeout(bench.end(&mut exchange), Phase::Read, true);
}

#[test]
fn an_exchange_that_fails_while_it_reads_keeps_the_status() {
    let bench = Bench::new(10);
    for (status, is_kept) in [(500, true), (200, false)] {
        let mut exchange = Exchange::new(false);
        bench.settle(&mut exchange);
        let mut peer = bench.accept();
        write!(peer, "HTTP/1.1 {status} S\r\nContent-Length: 9\r\n\r\n").unwrap();
        bench.settle(&mut exchange);
        let failed = exchange.fail(&bench.task(), Failure::closed_early(), Instant::now());
        assert_eq!(failed.is_ok(), is_kept);
    }
}

#[test]
fn one_thread_can_drive_many_exchanges() {
    const EXCHANGES: usize = 100;
    let mut bench = Bench::new(10);
    let listener = bench.listener.try_clone().unwrap();
    let service = std::thread::spawn(move || {
        // No answer comes before all requests are there, so the exchanges overlap.
        let mut peers = Vec::new();
        for _ in 0..EXCHANGES {
            let mut peer = listener.accept().unwrap().0;
            assert!(peer.read(&mut [0; 1000]).unwrap() > 0);
            peers.push(peer);
        }
        for mut peer in peers {
            peer.write_all(ANSWER).unwrap();
        }
    });
    let mut exchanges: Vec<Exchange> = (0..EXCHANGES).map(|_| Exchange::new(true)).collect();
    let mut ready = vec![Vec::new(); EXCHANGES];
    loop {
        bench.now = Instant::now();
        let steps = exchanges.iter_mut().zip(&ready);
        let goes_on: Vec<bool> = steps
            .map(
                |(exchange, ready)| match exchange.step(&bench.task(), ready, bench.now) {
                    Step::Wait(_) => true,
                    Step::Done(result) => {
                        assert_eq!(result.unwrap().status, 202);
                        false
                    }
                },
            )
            .collect();
        let mut goes_on = goes_on.into_iter();
        exchanges.retain(|_| goes_on.next() == Some(true));
        if exchanges.is_empty() {
            break;
        }
        let descriptors = exchanges
            .iter()
            .flat_map(|exchange| exchange.interests().iter());
        let mut slots: Vec<_> = descriptors
            .map(|(fd, interest)| Slot::new(fd, interest))
            .collect();
        poll(&mut slots, Some(READ)).unwrap();
        // Each of them waits for one descriptor, as the peer has one address.
        ready = slots
            .iter()
            .map(|slot| vec![Readiness::from(slot)])
            .collect();
    }
    service.join().unwrap();
}

#[test]
fn an_exchange_is_of_no_thread() {
    fn is_send<T: Send + 'static>() {}
    is_send::<Exchange>();
}
