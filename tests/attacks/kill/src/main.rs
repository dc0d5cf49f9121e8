//! Kills senders at random moments and starts them again, and then checks that the service has each line of
//! their input exactly once.

mod check;
mod figures;
mod fleet;
mod journal;
mod moment;
mod outbox;
mod refused_key;
mod report;
mod sender;
mod source;
mod torn;
mod witness;

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::fleet::{Fleet, Memory};
use crate::outbox::Program;
use crate::report::Totals;

/// An error in the test itself.
type Failure = Box<dyn Error + Send + Sync>;

/// Kills senders at random moments, starts them again, and compares their journals with the ledger.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The program built from examples/c/outbox.c
    #[arg(long, value_name = "FILE")]
    outbox: PathBuf,
    /// The number of kills
    #[arg(long, value_name = "N", default_value = "1000")]
    kills: NonZeroUsize,
    /// The number of senders at the same time
    #[arg(long, value_name = "N", default_value = "16")]
    senders: NonZeroUsize,
    /// The seed of the random moments; random if it is not given
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// This number of kills reveals a sender that takes a new key for an event whose recording is unknown.
const KILLS_OF_THE_FORGETFUL: usize = 64;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..));
    println!("# seed {seed}");
    println!("planned 5");
    let mut totals = Totals::default();
    let program = Program::new(&arguments.outbox);
    totals.add(
        "a torn event of every length is dropped and prepared again",
        torn::every_length(&program),
    );
    totals.add(
        "a key that never worked ends the sender",
        refused_key::from_the_start(&program),
    );
    totals.add(
        "a key that worked is tried again until the outage is over",
        refused_key::for_a_while(&program),
    );
    totals.add(
        "every event is recorded exactly once",
        exactly_once(&program, &arguments, seed),
    );
    totals.add(
        "forgotten keys lead to duplicated events, and the test finds them",
        is_caught(&program, &arguments, seed),
    );
    println!("{totals}");
    if totals.is_success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn exactly_once(program: &Program, arguments: &Arguments, seed: u64) -> Result<(), Failure> {
    let fleet = Fleet {
        program,
        // Every sender is killed at least once.
        senders: arguments.senders.min(arguments.kills).get(),
        kills: arguments.kills.get(),
        seed,
        memory: Memory::Kept,
    };
    let outcome = fleet.run()?;
    println!("{}", outcome.summary);
    if !outcome.findings.is_empty() {
        return Err(report::list(&outcome.findings).into());
    }
    outcome.summary.expect_hits()
}

/// The test can fail: without their keys, events that were under way at a kill are recorded twice.
fn is_caught(program: &Program, arguments: &Arguments, seed: u64) -> Result<(), Failure> {
    let fleet = Fleet {
        program,
        senders: arguments.senders.get().min(KILLS_OF_THE_FORGETFUL),
        kills: KILLS_OF_THE_FORGETFUL,
        seed,
        memory: Memory::Lost,
    };
    let outcome = fleet.run()?;
    let doubled = outcome
        .findings
        .iter()
        .filter(|finding| matches!(finding, check::Finding::Doubled { .. }))
        .count();
    println!("# {doubled} events are doubled");
    if doubled == 0 {
        return Err("no event was found to be doubled, though keys were forgotten".into());
    }
    Ok(())
}
