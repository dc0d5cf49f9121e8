//! One sender: its input, its journal, and its runs.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use fastrand::Rng;
use hookrail_devserver::DevServer;

use crate::Failure;
use crate::check::{self, Finding, Recorded};
use crate::figures::Figures;
use crate::fleet::Memory;
use crate::journal::Journal;
use crate::moment::{MOST_MARKS, Moment};
use crate::outbox::{End, Program, Run};
use crate::source::Source;
use crate::witness::Witness;

/// At each start the input has this number of lines more than are marked, which is more than one run sends.
const AHEAD: usize = MOST_MARKS + 50;

/// The data that all senders share.
#[derive(Debug, Clone, Copy)]
pub struct World<'a> {
    pub program: &'a Program,
    pub server: &'a DevServer,
    pub witness: &'a Witness,
    pub memory: Memory,
}

/// A sender between two runs.
#[derive(Debug)]
pub struct Sender<'a> {
    world: World<'a>,
    folder: PathBuf,
    topic: String,
    source: Source,
    journal: Journal,
    random: Rng,
    figures: Figures,
}

impl<'a> Sender<'a> {
    /// Makes a sender, not yet started, in its own folder.
    pub fn new(
        world: World<'a>,
        folder: PathBuf,
        number: usize,
        random: Rng,
    ) -> Result<Self, Failure> {
        fs::create_dir(&folder)?;
        Ok(Self {
            world,
            topic: format!("kill.sender-{number}"),
            source: Source::new(&folder, number)?,
            journal: Journal::new(&folder),
            folder,
            random,
            figures: Figures::default(),
        })
    }

    pub fn topic(&self) -> &str {
        &self.topic
    }

    pub fn journal(&self) -> &Journal {
        &self.journal
    }

    pub fn figures(&self) -> &Figures {
        &self.figures
    }

    /// Starts and kills it this number of times, and then lets it finish.
    pub fn live(&mut self, kills: usize) -> Result<(), Failure> {
        let start = self.time_a_start()?;
        while self.figures.kills < kills {
            let unmarked = self.journal.events().len() - self.journal.marks()?;
            let moment = Moment::random(&mut self.random, start, unmarked);
            let end = self.start()?.kill_at(moment)?;
            self.note(end)?;
        }
        loop {
            let end = self.start()?.finish()?;
            self.note(end)?;
            if end == End::Finished {
                return Ok(());
            }
        }
    }

    /// Measures the time from a start to the first mark, in a first run.
    fn time_a_start(&mut self) -> Result<Duration, Failure> {
        let started = Instant::now();
        let mut run = self.start()?;
        run.wait_for_marks(1)?;
        let taken = started.elapsed();
        let end = run.kill_at(Moment::AfterStart(Duration::ZERO))?;
        self.note(end)?;
        Ok(taken)
    }

    fn start(&mut self) -> Result<Run, Failure> {
        let marks = self.journal.marks()?;
        self.source.grow(marks + AHEAD, &mut self.random)?;
        self.world
            .program
            .start(&self.folder, &self.topic, self.world.server)
    }

    /// Records the state after a run.
    fn note(&mut self, end: End) -> Result<(), Failure> {
        self.journal.refresh()?;
        match end {
            End::Finished => return Ok(()),
            End::TryAgain => {
                self.figures.tries_again += 1;
                return Ok(());
            }
            End::Failed => {
                let messages = fs::read_to_string(self.folder.join("messages"))?;
                let last = messages.lines().last().unwrap_or("it said nothing");
                return Err(format!("{} has failed: {last}", self.topic).into());
            }
            End::Killed => self.figures.kills += 1,
        }
        if self.journal.torn() > 0 {
            self.figures.torn += 1;
        }
        match self.journal.events().get(self.journal.marks()?) {
            None => self.figures.idle += 1,
            Some(event) if self.world.witness.has_seen(self.world.server, &event.key) => {
                self.figures.on_the_way.push(event.key.clone());
            }
            Some(_) => self.figures.unsent += 1,
        }
        if self.world.memory == Memory::Lost {
            self.journal.forget_unmarked()?;
        }
        Ok(())
    }

    /// Returns the differences between its journal and the service's events.
    pub fn compare(&self, recorded: &[Recorded]) -> Result<Vec<Finding>, Failure> {
        let sender = check::Sender {
            topic: &self.topic,
            lines: self.source.lines(),
            journal: self.journal.events(),
            marks: self.journal.marks()?,
        };
        Ok(check::compare(&sender, recorded))
    }
}
