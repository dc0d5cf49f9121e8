use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use super::*;
use crate::sys::poll::Interest;
use crate::transport::failure::Failure;
use crate::transport::readiness::{Interests, Readiness};
use crate::transport::state_machine::Step;

/// What a job tells the test.
#[derive(Debug, PartialEq, Eq)]
enum Event {
    Read(u8),
    TimedOut,
    Stepped,
    Cancelled,
    Dropped,
}

/// Reads single bytes until a zero, and tells each.
struct Bytes {
    stream: UnixStream,
    until: Instant,
    events: Sender<Event>,
}

impl Machine for Bytes {
    type Output = ();

    fn step(&mut self, ready: &[Readiness], now: Instant) -> Step<()> {
        if now >= self.until {
            self.events.send(Event::TimedOut).unwrap();
            return Step::Done(());
        }
        if ready.is_empty() {
            self.events.send(Event::Stepped).unwrap();
        }
        let mut byte = [0];
        while let Ok(1) = self.stream.read(&mut byte) {
            match byte[0] {
                0 => return Step::Done(()),
                b'!' => panic!("deliberate"),
                byte => self.events.send(Event::Read(byte)).unwrap(),
            }
        }
        Step::Wait(self.until)
    }

    fn interests(&self) -> Interests<'_> {
        Interests::One(self.stream.as_fd(), Interest::READ)
    }

    fn fail(&mut self, failure: Failure, _: Instant) -> Step<()> {
        assert!(matches!(failure, Failure::Cancelled), "{failure}");
        self.events.send(Event::Cancelled).unwrap();
        Step::Done(())
    }
}

impl Drop for Bytes {
    fn drop(&mut self) {
        let _ = self.events.send(Event::Dropped);
    }
}

const LONG: Duration = Duration::from_secs(600);

fn job(time: Duration) -> (Job, UnixStream, Receiver<Event>) {
    let (near, far) = UnixStream::pair().unwrap();
    near.set_nonblocking(true).unwrap();
    let (events, heard) = channel();
    let job = Bytes {
        stream: near,
        until: Instant::now() + time,
        events,
    };
    (Box::new(job), far, heard)
}

fn start(reactor: &Reactor, job: Job) -> Result<JobHandle, Shortage> {
    let started = reactor.start("for tests", job);
    started.map_err(|not_started| not_started.shortage)
}

fn next(events: &Receiver<Event>) -> Event {
    events.recv_timeout(Duration::from_secs(60)).unwrap()
}

#[test]
fn a_job_goes_on_with_each_input_until_it_is_done() {
    let reactor = Reactor::default();
    let (job, mut far, events) = job(LONG);
    start(&reactor, job).unwrap();
    assert_eq!(next(&events), Event::Stepped);
    for byte in *b"abc" {
        far.write_all(&[byte]).unwrap();
        assert_eq!(next(&events), Event::Read(byte));
    }
    far.write_all(&[0]).unwrap();
    assert_eq!(next(&events), Event::Dropped);
}

#[test]
fn a_job_hears_of_the_end_of_its_time_and_of_its_cancellation() {
    let reactor = Reactor::default();
    let (short, _short_far, short_events) = job(Duration::from_millis(20));
    start(&reactor, short).unwrap();
    assert_eq!(next(&short_events), Event::Stepped);
    assert_eq!(next(&short_events), Event::TimedOut);
    assert_eq!(next(&short_events), Event::Dropped);

    let (long, _long_far, long_events) = job(LONG);
    let handle = start(&reactor, long).unwrap();
    assert_eq!(next(&long_events), Event::Stepped);
    handle.cancel();
    assert_eq!(next(&long_events), Event::Cancelled);
    assert_eq!(next(&long_events), Event::Dropped);
    // A job that is done hears nothing more.
    handle.cancel();
}

#[test]
fn a_job_that_panics_is_dropped_and_the_others_go_on() {
    let reactor = Reactor::default();
    let (bad, mut bad_far, bad_events) = job(LONG);
    let (good, mut good_far, good_events) = job(LONG);
    start(&reactor, bad).unwrap();
    start(&reactor, good).unwrap();
    bad_far.write_all(b"!").unwrap();
    assert_eq!(next(&bad_events), Event::Stepped);
    assert_eq!(next(&bad_events), Event::Dropped);
    assert_eq!(next(&good_events), Event::Stepped);
    good_far.write_all(b"a").unwrap();
    assert_eq!(next(&good_events), Event::Read(b'a'));
}

#[test]
fn many_jobs_share_the_thread() {
    let reactor = Reactor::default();
    let jobs: Vec<_> = (0..200)
        .map(|_| {
            let (job, far, events) = job(LONG);
            (start(&reactor, job).unwrap(), far, events)
        })
        .collect();
    for (_, far, _) in &jobs {
        let mut far = far;
        far.write_all(b"x\0").unwrap();
    }
    for (_, _, events) in &jobs {
        assert_eq!(next(events), Event::Stepped);
        assert_eq!(next(events), Event::Read(b'x'));
        assert_eq!(next(events), Event::Dropped);
    }
}

#[test]
fn a_stopped_reactor_ends_after_its_last_job_and_starts_again_for_another() {
    let reactor = Reactor::default();
    let is_running = || reactor.0.lock().is_running;
    let (first, mut far, events) = job(LONG);
    start(&reactor, first).unwrap();
    reactor.stop();
    assert_eq!(next(&events), Event::Stepped);
    assert!(is_running());
    far.write_all(&[0]).unwrap();
    assert_eq!(next(&events), Event::Dropped);
    while is_running() {
        std::thread::yield_now();
    }
    let (second, mut far, events) = job(LONG);
    start(&reactor, second).unwrap();
    assert_eq!(next(&events), Event::Stepped);
    far.write_all(b"y").unwrap();
    assert_eq!(next(&events), Event::Read(b'y'));
}

#[test]
fn a_job_that_was_cancelled_before_it_began_makes_no_step() {
    /// Keeps the thread busy until the test lets it go on.
    struct Busy(Receiver<()>);

    impl Machine for Busy {
        type Output = ();

        fn step(&mut self, _: &[Readiness], _: Instant) -> Step<()> {
            let _ = self.0.recv();
            Step::Done(())
        }

        fn interests(&self) -> Interests<'_> {
            Interests::Connecting(&[])
        }

        fn fail(&mut self, _: Failure, _: Instant) -> Step<()> {
            Step::Done(())
        }
    }

    let reactor = Reactor::default();
    let (go_on, busy) = channel();
    start(&reactor, Box::new(Busy(busy))).unwrap();
    let (job, _far, events) = job(LONG);
    start(&reactor, job).unwrap().cancel();
    go_on.send(()).unwrap();
    assert_eq!(next(&events), Event::Cancelled);
    assert_eq!(next(&events), Event::Dropped);
}

#[test]
fn a_job_that_is_woken_makes_a_step_and_waits_again() {
    let reactor = Reactor::default();
    let (job, mut far, events) = job(LONG);
    let handle = start(&reactor, job).unwrap();
    assert_eq!(next(&events), Event::Stepped);
    handle.wake();
    assert_eq!(next(&events), Event::Stepped);
    far.write_all(b"a").unwrap();
    assert_eq!(next(&events), Event::Read(b'a'));
    far.write_all(&[0]).unwrap();
    assert_eq!(next(&events), Event::Dropped);
    while !handle.is_done() {
        std::thread::yield_now();
    }
    // It has no effect any more.
    handle.wake();
}

#[test]
fn a_cancellation_that_was_taken_back_is_not_told() {
    let reactor = Reactor::default();
    let (job, mut far, events) = job(LONG);
    let handle = reactor.new_job();
    handle.cancel();
    handle.withdraw_cancel();
    assert!(handle.start("for tests", job).is_ok());
    assert_eq!(next(&events), Event::Stepped);
    far.write_all(b"a").unwrap();
    assert_eq!(next(&events), Event::Read(b'a'));
}

#[test]
fn the_end_of_a_reactor_waits_for_a_thread_without_jobs_only() {
    let reactor = Reactor::default();
    reactor.end();
    let (job, mut far, events) = job(LONG);
    let handle = start(&reactor, job).unwrap();
    assert_eq!(next(&events), Event::Stepped);
    reactor.end();
    assert!(reactor.0.lock().is_running);
    far.write_all(&[0]).unwrap();
    assert_eq!(next(&events), Event::Dropped);
    reactor.end();
    assert!(!reactor.0.lock().is_running && handle.is_done());
}

#[test]
fn the_time_of_a_job_ends_while_many_others_have_input_without_an_end() {
    /// Never reads its input.
    struct Hungry(UnixStream);

    impl Machine for Hungry {
        type Output = ();

        fn step(&mut self, _: &[Readiness], now: Instant) -> Step<()> {
            Step::Wait(now + LONG)
        }

        fn interests(&self) -> Interests<'_> {
            Interests::One(self.0.as_fd(), Interest::READ)
        }

        fn fail(&mut self, _: Failure, _: Instant) -> Step<()> {
            Step::Done(())
        }
    }

    let reactor = Reactor::default();
    let (near, mut far) = UnixStream::pair().unwrap();
    far.write_all(b"x").unwrap();
    let hungry: Vec<_> = (0..400)
        .map(|_| start(&reactor, Box::new(Hungry(near.try_clone().unwrap()))).unwrap())
        .collect();
    let (short, _short_far, events) = job(Duration::from_millis(20));
    start(&reactor, short).unwrap();
    assert_eq!(next(&events), Event::Stepped);
    assert_eq!(next(&events), Event::TimedOut);
    for job in hungry {
        job.cancel();
    }
}
