//! Whatever happens to events in whatever order: the locked agree with what they stand for.

mod outage;

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::call::pace::Pace;
use crate::producer::circuit_breaker::CircuitBreaker;
use crate::producer::submitted::Submission;

const KEYS: u8 = 3;
const WORKERS: usize = 4;
/// The length of each event's body.
const BODY_LEN: usize = r#"{"topic":"t","payload":1}"#.len();
/// What attempts end with: an answer, no answer in time, another failure.
const STATUSES: [Status; 3] = [Status::RateLimited, Status::Timeout, Status::ServerError];

#[derive(Clone, Debug)]
enum Step {
    Submit {
        key: u8,
        wants_completion: bool,
        seconds: u8,
    },
    Take,
    Settle {
        index: u8,
        again: bool,
        status: Status,
        others: u8,
    },
    Cancel {
        index: u8,
    },
    Purge {
        queued: bool,
    },
    Collect {
        count: u8,
    },
    Wait {
        seconds: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..=KEYS, any::<bool>(), 1..40_u8).prop_map(|(key, wants_completion, seconds)| {
            Step::Submit { key, wants_completion, seconds }
        }),
        4 => Just(Step::Take),
        4 => (any::<u8>(), any::<bool>(), 0..STATUSES.len(), 0..2_u8).prop_map(|(index, again, status, others)| {
            Step::Settle { index, again, status: STATUSES[status], others }
        }),
        3 => any::<u8>().prop_map(|index| Step::Cancel { index }),
        1 => any::<bool>().prop_map(|queued| Step::Purge { queued }),
        2 => (0..5_u8).prop_map(|count| Step::Collect { count }),
        2 => (0..10_u8).prop_map(|seconds| Step::Wait { seconds }),
    ]
}

/// The state, and what is known of it from outside.
struct Model {
    state: Queue,
    cancel: Cancel,
    now: Instant,
    /// Each event that was taken in: its key and whether it is to have a completion.
    submitted: Vec<(u64, u8, bool)>,
    in_flight: Vec<NextAttempt>,
    /// How many other events were recorded.
    recorded: u64,
    /// When an event may be sent again.
    not_before: HashMap<u64, Instant>,
    completed: HashMap<u64, usize>,
}

impl Model {
    fn new() -> Self {
        let limits = QueueLimits {
            events: usize::MAX,
            bytes: usize::MAX,
        };
        let pace = Arc::new(Pace::new(Instant::now()));
        let health = CircuitBreaker::new(Duration::from_millis(1));
        let dispatch = Dispatch::new(health, WORKERS, pace);
        Model {
            state: Queue::new(limits, dispatch),
            cancel: Cancel::new().unwrap(),
            now: Instant::now(),
            submitted: Vec::new(),
            in_flight: Vec::new(),
            recorded: 0,
            not_before: HashMap::new(),
            completed: HashMap::new(),
        }
    }

    fn apply(&mut self, step: &Step) {
        match *step {
            Step::Submit {
                key,
                wants_completion,
                seconds,
            } => self.submit(key, wants_completion, seconds),
            Step::Take => self.take(),
            Step::Settle {
                index,
                again,
                status,
                others,
            } => {
                self.recorded += u64::from(others);
                self.settle(index, again, status);
            }
            Step::Cancel { index } => {
                if !self.submitted.is_empty() {
                    let (token, ..) = self.submitted[usize::from(index) % self.submitted.len()];
                    self.state.cancel(token, self.now);
                }
            }
            Step::Purge { queued: true } => {
                self.state.purge_queued(self.now, Status::Cancelled);
            }
            Step::Purge { queued: false } => {
                let entries = self.state.entries.values();
                let going_on = entries
                    .filter(|entry| matches!(entry.place, Place::InFlight { stopped: false, .. }))
                    .count();
                assert_eq!(self.state.purge_in_flight(), going_on);
            }
            Step::Collect { count } => self.collect(count.into()),
            Step::Wait { seconds } => {
                self.now += Duration::from_secs(seconds.into());
                self.state.expire(self.now);
            }
        }
    }

    fn submit(&mut self, key: u8, wants_completion: bool, seconds: u8) {
        let ordering_key = (key < KEYS).then(|| key.to_string());
        let token = self.state.add(Box::new(SubmittedEvent::new(Submission {
            event: Arc::new(Prepared::of_test("key", ordering_key.as_deref(), b"1")),
            tag: 0,
            wants_completion,
            submitted: self.now,
            deadline: self.now + Duration::from_secs(seconds.into()),
        })));
        self.submitted.push((token, key, wants_completion));
    }

    /// Has a worker take an event, as long as there is a worker.
    fn take(&mut self) {
        if self.in_flight.len() == WORKERS {
            return;
        }
        let Some(job) = self.state.take(self.now, &self.cancel) else {
            return;
        };
        let may_be_sent_at = self.not_before.get(&job.token);
        assert!(
            may_be_sent_at.is_none_or(|at| *at <= self.now),
            "sent again before its time"
        );
        assert!(self.now < job.deadline, "sent after its time");
        let key = |token| self.submitted[token as usize - 1].1;
        if key(job.token) < KEYS {
            let same_key = |other: &NextAttempt| key(other.token) == key(job.token);
            assert!(!self.in_flight.iter().any(same_key), "two of one key");
            let earlier = self.state.entries.iter().any(|(token, entry)| {
                *token < job.token
                    && key(*token) == key(job.token)
                    && matches!(entry.place, Place::Waiting)
            });
            assert!(!earlier, "overtaken within a key");
        }
        self.in_flight.push(job);
    }

    fn settle(&mut self, index: u8, again: bool, status: Status) {
        if self.in_flight.is_empty() {
            return;
        }
        let job = self
            .in_flight
            .remove(usize::from(index) % self.in_flight.len());
        let error = Error::new(status, "later");
        let verdict = if again {
            let at = self.now + Duration::from_secs(3);
            self.not_before.insert(job.token, at);
            Verdict::Again(at, error)
        } else {
            Verdict::Over(Err(error))
        };
        let report = Report {
            progress: job.progress,
            verdict,
            recorded: self.recorded,
            random: 0.5,
        };
        self.state.settle(job.token, report, self.now);
    }

    fn collect(&mut self, count: usize) {
        for completion in self.state.collect(count) {
            *self.completed.entry(completion.token).or_default() += 1;
        }
    }

    fn check(&self) {
        let state = &self.state;
        let count = |wanted: fn(&Place) -> bool| {
            let entries = state.entries.values();
            entries.filter(|entry| wanted(&entry.place)).count()
        };
        let in_flight = count(|place| matches!(place, Place::InFlight { .. }));
        assert_eq!(state.queued, count(|place| matches!(place, Place::Waiting)));
        assert_eq!(state.in_flight, in_flight);
        assert_eq!(state.in_flight, self.in_flight.len());
        assert_eq!(state.gone, count(|place| matches!(place, Place::Gone)));
        assert_eq!(state.bytes, BODY_LEN * state.outstanding());
        assert_eq!(state.held, state.outstanding() + state.completions());
        let standing = state.dispatch.len() + state.lanes.behind();
        assert_eq!(standing + in_flight, state.entries.len());
    }

    /// Lets everything come to its end.
    fn finish(&mut self) {
        let mut rounds = 0;
        while self.state.outstanding() > 0 {
            rounds += 1;
            assert!(rounds < 1000, "something is stuck: {:?}", self.state);
            self.take();
            self.settle(0, false, Status::RateLimited);
            if self.in_flight.is_empty() {
                self.now += Duration::from_secs(1);
            }
        }
        // What is left was completed while it waited, and nobody has looked at it since.
        assert!(self.state.take(self.now, &self.cancel).is_none());
        self.collect(usize::MAX);
    }
}

#[test]
fn what_is_never_recorded_is_given_up_after_half_of_its_time() {
    let mut model = Model::new();
    let start = model.now;
    for _ in 0..2 {
        model.apply(&Step::Submit {
            key: 0,
            wants_completion: true,
            seconds: 200,
        });
    }
    while model.state.completions.is_empty() {
        model.apply(&Step::Take);
        model.check();
        model.apply(&Step::Settle {
            index: 0,
            again: true,
            status: Status::ServerError,
            others: 1,
        });
        model.check();
        model.apply(&Step::Wait { seconds: 1 });
    }
    let time = model.now - start;
    let half = Duration::from_secs(100);
    assert!(time >= half && time < half * 11 / 10, "{time:?}");
    let error = model.state.completions[0].result.as_ref().err();
    assert_eq!(error.map(Error::status), Some(Status::RetriesExhausted));
    model.finish();
    model.check();
    assert_eq!(model.state.held, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_books_agree_with_what_they_stand_for(
        steps in proptest::collection::vec(step(), 0..120)
    ) {
        let mut model = Model::new();
        for step in &steps {
            model.apply(step);
            model.check();
        }
        model.finish();
        model.check();
        prop_assert_eq!(model.state.held, 0);
        prop_assert!(model.state.lanes.is_empty());
        for (token, _, wants_completion) in &model.submitted {
            let completions = model.completed.get(token).copied().unwrap_or_default();
            prop_assert_eq!(completions, usize::from(*wants_completion));
        }
    }
}
