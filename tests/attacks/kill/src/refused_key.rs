//! A service that refuses the key: for good, or while its database is away.

use std::fs;

use hookrail_devserver::{Config, DevServer, Rule};

use crate::Failure;
use crate::outbox::{End, Program};

const TOPIC: &str = "kill.refused_key";

/// A key that has never worked needs an operator.
pub fn from_the_start(program: &Program) -> Result<(), Failure> {
    expect(program, Rule::status(401).always(), End::Failed, 0)
}

/// A key that has worked before works again after the outage.
pub fn for_a_while(program: &Program) -> Result<(), Failure> {
    expect(program, Rule::status(401).nth(2), End::Finished, 3)
}

fn expect(program: &Program, rule: Rule, expected: End, events: u64) -> Result<(), Failure> {
    let server = DevServer::start(Config::default())?;
    server.add_faults([rule])?;
    let folder = tempfile::tempdir()?;
    fs::write(folder.path().join("input"), "1\n2\n3\n")?;
    let end = program.start(folder.path(), TOPIC, &server)?.finish()?;
    let counts = server.summary();
    if end != expected || counts.events != events || counts.replays != 0 {
        return Err(format!("it should have ended as {expected:?}: {end:?}, {counts:?}").into());
    }
    Ok(())
}
