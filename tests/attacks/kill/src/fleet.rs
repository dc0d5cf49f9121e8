//! Several senders at the same time against one unreliable service.

use std::collections::{HashMap, HashSet};
use std::thread;
use std::time::Duration;

use fastrand::Rng;
use hookrail_devserver::{Config, DevServer, EventRecord, Point, RequestRecord, Rule};

use crate::Failure;
use crate::check::{Finding, Recorded, altered};
use crate::figures::{Figures, Summary};
use crate::outbox::Program;
use crate::sender::{Sender, World};
use crate::witness::{Witness, key_of};

/// The longest time in which the service finishes the requests of killed senders.
const PATIENCE: Duration = Duration::from_secs(60);

/// Whether senders keep their journals after a kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// They keep them.
    Kept,
    /// Unmarked events, and thus their keys, are removed from the journals.
    Lost,
}

/// The parameters of a run.
#[derive(Debug)]
pub struct Fleet<'a> {
    pub program: &'a Program,
    pub senders: usize,
    pub kills: usize,
    pub seed: u64,
    pub memory: Memory,
}

/// The results of a run.
#[derive(Debug)]
pub struct Outcome {
    pub findings: Vec<Finding>,
    pub summary: Summary,
}

impl Fleet<'_> {
    pub fn run(&self) -> Result<Outcome, Failure> {
        let server = DevServer::start(Config {
            ledger_requests: usize::MAX,
            ledger_bytes: u64::MAX,
            ..Config::default()
        })?;
        server.add_faults(faults(self.seed))?;
        let folder = tempfile::tempdir()?;
        let witness = Witness::default();
        let world = World {
            program: self.program,
            server: &server,
            witness: &witness,
            memory: self.memory,
        };
        let mut random = Rng::with_seed(self.seed);
        let mut senders = Vec::new();
        for number in 0..self.senders {
            let folder = folder.path().join(number.to_string());
            senders.push(Sender::new(world, folder, number, random.fork())?);
        }
        thread::scope(|scope| {
            let lives: Vec<_> = senders
                .iter_mut()
                .enumerate()
                .map(|(number, sender)| {
                    let kills = share(self.kills, self.senders, number);
                    scope.spawn(move || sender.live(kills))
                })
                .collect();
            lives
                .into_iter()
                .try_for_each(|life| life.join().map_err(|_| "a sender's thread has panicked")?)
        })?;
        outcome(&server, &senders)
    }
}

/// Returns this sender's share of the kills.
fn share(kills: usize, senders: usize, number: usize) -> usize {
    kills / senders + usize::from(number < kills % senders)
}

/// A tenth of the requests fails in one of several ways, and many answers are late: this leaves time for a
/// kill between the recording of an event and its answer.
fn faults(seed: u64) -> Vec<Rule> {
    let rules = [
        (Rule::status(503), 0.03),
        (Rule::reset(Point::AfterRecording), 0.03),
        (Rule::reset(Point::AfterReading), 0.02),
        (Rule::close(Point::BeforeReading), 0.01),
        (Rule::truncate(10), 0.01),
        (Rule::delay_ms(2), 0.3),
    ];
    let mut random = Rng::with_seed(seed);
    let mut seeded = |(rule, probability): (Rule, f64)| Rule {
        probability: Some(probability),
        seed: Some(random.u64(..)),
        ..rule
    };
    rules.into_iter().map(&mut seeded).collect()
}

fn outcome(server: &DevServer, senders: &[Sender<'_>]) -> Result<Outcome, Failure> {
    let counts = server
        .wait_until(PATIENCE, |counts| {
            counts.finished == counts.requests && counts.open_connections == 0
        })
        .map_err(|counts| format!("the service is not done with its requests: {counts:?}"))?;
    let (events, requests) = (server.events(), server.requests());
    let mut recorded: HashMap<&str, Vec<Recorded>> = HashMap::new();
    for event in &events {
        recorded.entry(&event.topic).or_default().push(Recorded {
            key: event.idempotency_key.clone(),
            payload: event.payload.clone(),
        });
    }
    let mut findings = Vec::new();
    let mut figures = Figures::default();
    let mut journalled = HashMap::new();
    for sender in senders {
        let of_topic = recorded.remove(sender.topic()).unwrap_or_default();
        findings.extend(sender.compare(&of_topic)?);
        figures += sender.figures();
        let stored = sender.journal().events().iter();
        journalled.extend(stored.map(|event| (event.key.as_str(), event.body.as_slice())));
    }
    findings.extend(altered(&journalled, complete(&requests)));
    Ok(Outcome {
        findings,
        summary: Summary {
            replayed_after_kill: replayed(&events, &figures.on_the_way),
            senders: figures,
            events: events.len(),
            requests: counts.requests,
            faults: requests
                .iter()
                .filter(|request| has_failed(request))
                .count(),
            replays: counts.replays,
        },
    })
}

/// Returns the keys and bodies of the requests that the service has read completely.
fn complete(requests: &[RequestRecord]) -> impl Iterator<Item = (&str, &[u8])> {
    requests
        .iter()
        .filter(|request| request.body.as_ref().is_some_and(|body| body.complete))
        .filter_map(|request| Some((key_of(request)?, request.body_bytes()?)))
}

fn has_failed(request: &RequestRecord) -> bool {
    let fault = request.fault.as_ref();
    fault.is_some_and(|rule| rule.delay_ms.is_none())
}

fn replayed(events: &[EventRecord], keys: &[String]) -> usize {
    let keys: HashSet<&String> = keys.iter().collect();
    let is_replayed = |event: &&EventRecord| {
        event.replays > 0
            && event
                .idempotency_key
                .as_ref()
                .is_some_and(|key| keys.contains(key))
    };
    events.iter().filter(is_replayed).count()
}
