//! Any sequence of steps leaves the queue consistent with a model of it.

mod outage;
mod slow_start;

use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;

use super::*;
use crate::call::pace::Pace;
use crate::producer::circuit_breaker::CircuitBreaker;
use crate::producer::submitted::Submission;
use crate::reactor::Reactor;

const KEYS: u8 = 3;
const MOST_UNDER_WAY: usize = 4;
/// The length of each event's body.
const BODY_LEN: usize = r#"{"topic":"t","payload":1}"#.len();
/// The results of attempts: an answer, no answer in time, another failure.
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

/// The queue, and what is known about it from outside.
struct Model {
    queue: Queue,
    job: JobHandle,
    now: Instant,
    /// Each submitted event: its token, its key, and whether it gets a completion.
    submitted: Vec<(u64, u8, bool)>,
    in_flight: Vec<NextAttempt>,
    /// The number of other events that were recorded.
    recorded: u64,
    /// The times before which events may not be sent again.
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
        let breaker = CircuitBreaker::new(Duration::from_millis(1));
        let dispatch = Dispatch::new(breaker, MOST_UNDER_WAY, pace);
        Model {
            queue: Queue::new(limits, dispatch),
            job: Reactor::default().new_job(),
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
                    self.queue.cancel(token, self.now);
                }
            }
            Step::Purge { queued: true } => {
                self.queue.purge_queued(self.now, Status::Cancelled);
            }
            Step::Purge { queued: false } => {
                let entries = self.queue.entries.values();
                let going_on = entries
                    .filter(|entry| matches!(entry.place, Place::InFlight { stopped: false, .. }))
                    .count();
                assert_eq!(self.queue.purge_in_flight(), going_on);
            }
            Step::Collect { count } => self.collect(count.into()),
            Step::Wait { seconds } => {
                self.now += Duration::from_secs(seconds.into());
                self.queue.expire(self.now);
            }
        }
    }

    fn submit(&mut self, key: u8, wants_completion: bool, seconds: u8) {
        let ordering_key = (key < KEYS).then(|| key.to_string());
        let token = self.queue.add(Box::new(SubmittedEvent::new(Submission {
            event: Arc::new(Prepared::of_test("key", ordering_key.as_deref(), b"1")),
            tag: 0,
            wants_completion,
            submitted: self.now,
            deadline: self.now + Duration::from_secs(seconds.into()),
        })));
        self.submitted.push((token, key, wants_completion));
    }

    /// Takes an event, if one more may be in flight.
    fn take(&mut self) {
        if self.in_flight.len() == MOST_UNDER_WAY {
            return;
        }
        let Some(next) = self.queue.take(self.now, &self.job) else {
            return;
        };
        let may_be_sent_at = self.not_before.get(&next.token);
        assert!(
            may_be_sent_at.is_none_or(|at| *at <= self.now),
            "sent again before its time"
        );
        assert!(self.now < next.deadline, "sent after its time");
        let key = |token| self.submitted[token as usize - 1].1;
        if key(next.token) < KEYS {
            let same_key = |other: &NextAttempt| key(other.token) == key(next.token);
            assert!(!self.in_flight.iter().any(same_key), "two of one key");
            let earlier = self.queue.entries.iter().any(|(token, entry)| {
                *token < next.token
                    && key(*token) == key(next.token)
                    && matches!(entry.place, Place::Waiting)
            });
            assert!(!earlier, "overtaken within a key");
        }
        self.in_flight.push(next);
    }

    fn settle(&mut self, index: u8, again: bool, status: Status) {
        if self.in_flight.is_empty() {
            return;
        }
        let next = self
            .in_flight
            .remove(usize::from(index) % self.in_flight.len());
        let error = Error::new(status, "later");
        let verdict = if again {
            let at = self.now + Duration::from_secs(3);
            self.not_before.insert(next.token, at);
            Verdict::Again(at, error)
        } else {
            Verdict::Over(Err(error))
        };
        let report = Report {
            progress: *next.progress.unwrap_or_default(),
            verdict,
            recorded: self.recorded,
            random: 0.5,
        };
        self.queue.settle(next.token, report, self.now);
    }

    fn collect(&mut self, count: usize) {
        for completion in self.queue.collect(count) {
            *self.completed.entry(completion.token).or_default() += 1;
        }
    }

    fn check(&self) {
        let queue = &self.queue;
        let count = |wanted: fn(&Place) -> bool| {
            let entries = queue.entries.values();
            entries.filter(|entry| wanted(&entry.place)).count()
        };
        let in_flight = count(|place| matches!(place, Place::InFlight { .. }));
        assert_eq!(queue.queued, count(|place| matches!(place, Place::Waiting)));
        assert_eq!(queue.in_flight, in_flight);
        assert_eq!(queue.in_flight, self.in_flight.len());
        assert_eq!(queue.gone, count(|place| matches!(place, Place::Gone)));
        assert_eq!(queue.bytes, BODY_LEN * queue.outstanding());
        assert_eq!(queue.held, queue.outstanding() + queue.completions());
        let standing = queue.dispatch.len() + queue.ordering.behind();
        assert_eq!(standing + in_flight, queue.entries.len());
    }

    /// Brings all events to their end.
    fn finish(&mut self) {
        let mut rounds = 0;
        while self.queue.outstanding() > 0 {
            rounds += 1;
            assert!(rounds < 1000, "something is stuck: {:?}", self.queue);
            self.take();
            self.settle(0, false, Status::RateLimited);
            if self.in_flight.is_empty() {
                self.now += Duration::from_secs(1);
            }
        }
        // The remaining events were completed while they waited, and nothing has looked at them since.
        assert!(self.queue.take(self.now, &self.job).is_none());
        self.collect(usize::MAX);
    }
}

#[test]
fn an_event_that_is_never_recorded_is_given_up_after_half_of_its_time() {
    let mut model = Model::new();
    let start = model.now;
    for _ in 0..2 {
        model.apply(&Step::Submit {
            key: 0,
            wants_completion: true,
            seconds: 200,
        });
    }
    while model.queue.completions.is_empty() {
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
    let error = model.queue.completions[0].result.as_ref().err();
    assert_eq!(error.map(Error::status), Some(Status::RetriesExhausted));
    model.finish();
    model.check();
    assert_eq!(model.queue.held, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_steps_leaves_the_queue_consistent(
        steps in proptest::collection::vec(step(), 0..120)
    ) {
        let mut model = Model::new();
        for step in &steps {
            model.apply(step);
            model.check();
        }
        model.finish();
        model.check();
        prop_assert_eq!(model.queue.held, 0);
        prop_assert!(model.queue.ordering.is_empty());
        for (token, _, wants_completion) in &model.submitted {
            let completions = model.completed.get(token).copied().unwrap_or_default();
            prop_assert_eq!(completions, usize::from(*wants_completion));
        }
    }
}
