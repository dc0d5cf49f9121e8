//! All faults for a kind of send: this chooses them, plays many at a time, and judges them together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::case::{Case, Mode, Played};
use super::exchange::Exchange;
use super::fault::{Direction, Fault, Kind};
use super::lane::{self, Lane};
use super::sample;
use super::subject::Subject;
use super::table::expected;

/// The number of cases at the same time. They wait more than they compute.
const LANES: usize = 32;
/// A call that runs alone must be late this often before the library is to blame.
const LATE: usize = 3;
/// A fault without an offset. It is a race, so it is tried [`REJECTIONS`] times.
const REJECTED: Fault = Fault {
    kind: Kind::Reject,
    direction: Direction::Request,
    offset: 0,
};
const REJECTIONS: usize = 100;
/// The number of failed cases that are shown. After that many failures the other cases are not played,
/// because hanging cases take long.
const ENOUGH: usize = 20;
const NOT_PLAYED: &str = "not played, because too many others failed";

/// The kinds of fault that do not alter bytes.
pub const KEPT: [Kind; 6] = [
    Kind::Reset,
    Kind::HalfClose,
    Kind::Truncate,
    Kind::Stall,
    Kind::Trickle,
    Kind::Dribble,
];

static TURN: Mutex<()> = Mutex::new(());

/// Only one matrix runs at a time, because its cases already fill the machine.
pub fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The faults of one kind of send.
pub struct Matrix {
    pub subject: Subject,
    pub mode: Mode,
    /// One of this number of offsets is tried, unless all are.
    pub stride: usize,
    pub kinds: &'static [Kind],
}

impl Matrix {
    pub fn new(subject: Subject, mode: Mode, stride: usize) -> Self {
        Matrix {
            subject,
            mode,
            stride,
            kinds: &Kind::ALL,
        }
    }

    /// Plays the cases. Panics with the failed ones.
    pub fn run(&self) {
        let _turn = turn();
        let lanes = self.subject.lanes(LANES);
        let exchange = self.subject.measure(&lanes[0]);
        let faults = self.faults(&exchange);
        let started = Instant::now();
        let results = self.play(&lanes, &exchange, &faults);
        self.report(&exchange, &faults, &results, started.elapsed());
        let wrong: Vec<_> = faults
            .iter()
            .zip(&results)
            .filter_map(|(fault, result)| Some((fault, result.as_ref().err()?)))
            .filter(|(_, wrong)| *wrong != NOT_PLAYED)
            .map(|(fault, wrong)| format!("{fault}\n    {wrong}"))
            .collect();
        assert!(
            wrong.is_empty(),
            "{}, {:?}: {} of {} cases or more are wrong ({}):\n{}",
            self.subject,
            self.mode,
            wrong.len(),
            faults.len(),
            sample::shown(),
            wrong[..wrong.len().min(ENOUGH)].join("\n")
        );
    }

    fn play(
        &self,
        lanes: &[Lane],
        exchange: &Exchange,
        faults: &[Fault],
    ) -> Vec<Result<Played, String>> {
        let case = |fault: &Fault| Case {
            subject: self.subject,
            mode: self.mode,
            fault: *fault,
            expected: expected(self.subject, *fault, exchange),
        };
        let wrong = AtomicUsize::new(0);
        let bounded = |play: &dyn Fn() -> Result<Played, String>| {
            if wrong.load(Ordering::Relaxed) >= ENOUGH {
                return Err(NOT_PLAYED.to_owned());
            }
            play().inspect_err(|_| {
                wrong.fetch_add(1, Ordering::Relaxed);
            })
        };
        let mut results = lane::on_all(lanes, faults, |lane, fault| {
            bounded(&|| case(fault).play(lane))
        });
        for (fault, result) in faults.iter().zip(&mut results) {
            if result.as_ref().is_ok_and(Played::is_late) {
                *result = bounded(&|| play_alone(&lanes[0], &case(fault)));
            }
        }
        results
    }

    /// Faults at the first byte of every place, and at every `stride`th of the other bytes.
    pub fn faults(&self, exchange: &Exchange) -> Vec<Fault> {
        let mut faults = Vec::new();
        for kind in self.kinds {
            if *kind == Kind::Reject {
                faults.extend([REJECTED; REJECTIONS]);
                continue;
            }
            for direction in Direction::BOTH {
                if self.outlasts_retries(*kind, direction) {
                    continue;
                }
                let length = exchange.len(direction) + usize::from(kind.cuts());
                let mut offsets: Vec<usize> =
                    sample::offsets(*kind, direction, length, self.stride()).collect();
                // A large exchange has too many places, and most are like the one before.
                if !self.subject.large {
                    offsets.extend(exchange.starts(direction));
                    offsets.push(length - 1);
                }
                offsets.sort_unstable();
                offsets.dedup();
                faults.extend(offsets.into_iter().map(|offset| Fault {
                    kind: *kind,
                    direction,
                    offset,
                }));
            }
        }
        faults
    }

    fn stride(&self) -> usize {
        match (sample::is_everything(), self.subject.large) {
            (false, _) => self.stride,
            (true, false) => 1,
            (true, true) => self.stride / 8,
        }
    }

    /// Returns whether only the budget ends such an attempt, so that no retry follows: each byte of an answer in
    /// plain http restarts the read timeout. A TLS record does so only once.
    fn outlasts_retries(&self, kind: Kind, direction: Direction) -> bool {
        self.mode == Mode::Retries
            && !self.subject.https
            && (kind, direction) == (Kind::Trickle, Direction::Response)
    }

    /// Prints a summary, even if the harness hides the tests' output.
    fn report(
        &self,
        exchange: &Exchange,
        faults: &[Fault],
        results: &[Result<Played, String>],
        elapsed: Duration,
    ) {
        let again = results.iter().flatten().filter(|played| played.rounds > 1);
        let mut lines = format!(
            "{}, {:?}: {} cases in {:.1} s, {} of them again with more time, 1 of {} at {} + {} bytes, {}\n",
            self.subject,
            self.mode,
            faults.len(),
            elapsed.as_secs_f64(),
            again.count(),
            self.stride(),
            exchange.len(Direction::Request),
            exchange.len(Direction::Response),
            sample::shown(),
        );
        for kind in self.kinds {
            let mut verdicts: BTreeMap<String, usize> = BTreeMap::new();
            for (fault, result) in faults.iter().zip(results) {
                if fault.kind == *kind {
                    let name = match result {
                        Ok(played) => format!("{:?}", played.verdict),
                        Err(wrong) if wrong == NOT_PLAYED => NOT_PLAYED.to_owned(),
                        Err(_) => "WRONG".to_owned(),
                    };
                    *verdicts.entry(name).or_default() += 1;
                }
            }
            let total: usize = verdicts.values().sum();
            let verdicts: Vec<_> = verdicts
                .iter()
                .map(|(name, times)| format!("{name} {times}"))
                .collect();
            lines += &format!("    {kind:?} {total}: {}\n", verdicts.join(", "));
        }
        sample::say(&lines);
    }
}

/// Repeats a case whose call was late beside others. It counts as late only if it is late each time alone.
fn play_alone(lane: &Lane, case: &Case) -> Result<Played, String> {
    let mut overdue = Vec::new();
    while overdue.len() < LATE {
        let played = case.play(lane)?;
        if !played.is_late() {
            return Ok(played);
        }
        overdue.push(played.overdue);
    }
    Err(format!(
        "the call ended later than its budget and 250 ms, by {overdue:?}"
    ))
}
