//! The state after a kill in the middle of a write, made by hand, for every length.

use std::fs;
use std::path::Path;

use hookrail_devserver::{Config, DevServer, Rule};

use crate::Failure;
use crate::check::body;
use crate::journal::Journal;
use crate::outbox::{End, Program};

const TOPIC: &str = "kill.torn";
const LINES: [&str; 2] = ["1", "2"];

/// Tests a journal of two events whose second event is cut off, at every length, and one whose second event
/// is all zeros. The first event must be sent under its key, and the second one prepared again.
pub fn every_length(program: &Program) -> Result<(), Failure> {
    let server = DevServer::start(Config::default())?;
    let folder = tempfile::tempdir()?;
    let whole = folder.path().join("whole");
    journal_two(program, &server, &whole)?;
    let written = fs::read(whole.join("events"))?;
    let first = first_end(&written)?;
    let mut expected = 0;
    for length in first..written.len() {
        let copy = folder.path().join(length.to_string());
        copy_with(&whole, &copy, &written[..length])?;
        expected += 1;
        resume(program, &server, &copy, expected)?;
    }
    let mut zeros = written[..first].to_vec();
    zeros.resize(written.len(), 0);
    let copy = folder.path().join("zeros");
    copy_with(&whole, &copy, &zeros)?;
    resume(program, &server, &copy, expected + 1)
}

/// Writes two events to a journal. The service refuses the first one, so the second one is not sent.
fn journal_two(program: &Program, server: &DevServer, folder: &Path) -> Result<(), Failure> {
    fs::create_dir(folder)?;
    fs::write(
        folder.join("input"),
        LINES.map(|line| format!("{line}\n")).concat(),
    )?;
    server.add_faults([Rule::status(400)])?;
    let end = program.start(folder, TOPIC, server)?.finish()?;
    let counts = server.summary();
    if end != End::Failed || counts.requests != 1 || counts.events != 0 {
        return Err(format!("a refused event should stop the sender: {end:?}, {counts:?}").into());
    }
    Ok(())
}

/// Returns the end of a journal's first event.
fn first_end(journal: &[u8]) -> Result<usize, Failure> {
    let prefix = journal.first_chunk::<4>().ok_or("the journal is empty")?;
    Ok(prefix.len() + usize::try_from(u32::from_be_bytes(*prefix))?)
}

fn copy_with(from: &Path, to: &Path, events: &[u8]) -> Result<(), Failure> {
    fs::create_dir(to)?;
    fs::copy(from.join("input"), to.join("input"))?;
    fs::write(to.join("events"), events)?;
    Ok(())
}

/// Starts a sender again. After the `times`th time the service has the first event once, and the second one
/// once for each time it was prepared.
fn resume(
    program: &Program,
    server: &DevServer,
    folder: &Path,
    times: usize,
) -> Result<(), Failure> {
    let end = program.start(folder, TOPIC, server)?.finish()?;
    let mut journal = Journal::new(folder);
    journal.refresh()?;
    let bodies: Vec<_> = journal.events().iter().map(|event| &event.body).collect();
    let expected = LINES.map(|line| body(TOPIC, line));
    let counts = server.summary();
    let good = end == End::Finished
        && journal.torn() == 0
        && journal.marks()? == LINES.len()
        && bodies == expected.each_ref()
        && counts.events as usize == 1 + times
        && counts.replays as usize == times - 1;
    good.then_some(()).ok_or_else(|| {
        let bytes = folder.file_name().unwrap_or_default().display();
        format!(
            "cut off at {bytes}: {end:?}, {} events in the journal, {counts:?}",
            bodies.len()
        )
        .into()
    })
}
