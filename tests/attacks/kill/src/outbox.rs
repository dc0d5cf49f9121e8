//! One run of the program under test.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread;

use hookrail_devserver::{Config, DevServer};

use crate::Failure;
use crate::moment::Moment;

const SIGKILL: i32 = 9;
/// EX_TEMPFAIL: the program asks for another start.
const TRY_AGAIN: i32 = 75;

/// The program.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
}

/// The end of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It was killed.
    Killed,
    /// All events are sent.
    Finished,
    /// The service accepted nothing for too long.
    TryAgain,
    /// An operator must look at it.
    Failed,
}

impl Program {
    pub fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Starts the program in a folder that has the file `input` and will have the journal. Its messages are
    /// added to the file `messages` there.
    pub fn start(&self, folder: &Path, topic: &str, server: &DevServer) -> Result<Run, Failure> {
        let messages = OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join("messages"))?;
        let mut child = Command::new(&self.path)
            .arg(folder)
            .arg(topic)
            // Neither a proxy nor a key from this environment may reach it.
            .env_clear()
            .env("HOOKRAIL_API_KEY", Config::DEFAULT_API_KEY)
            .env("HOOKRAIL_BASE_URL", server.url())
            .stdin(File::open(folder.join("input"))?)
            .stdout(Stdio::piped())
            .stderr(messages)
            .spawn()
            .map_err(|error| format!("{}: {error}", self.path.display()))?;
        let output = child.stdout.take().map(BufReader::new);
        Ok(Run { child, output })
    }
}

/// A running process.
#[derive(Debug)]
pub struct Run {
    child: Child,
    output: Option<BufReader<ChildStdout>>,
}

impl Run {
    /// Waits until it has marked this number of events; returns false if it has ended before.
    pub fn wait_for_marks(&mut self, marks: usize) -> Result<bool, Failure> {
        let mut line = String::new();
        for _ in 0..marks {
            line.clear();
            let output = self.output.as_mut().ok_or("its output is not read")?;
            if output.read_line(&mut line)? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Kills it at this moment, unless it has ended before.
    pub fn kill_at(mut self, moment: Moment) -> Result<End, Failure> {
        let delay = match moment {
            Moment::AfterStart(delay) => Some(delay),
            Moment::AfterMarks(marks, delay) => self.wait_for_marks(marks)?.then_some(delay),
        };
        if let Some(delay) = delay {
            thread::sleep(delay);
            self.child.kill()?;
        }
        end(self.child.wait()?)
    }

    /// Waits for it to finish.
    pub fn finish(mut self) -> Result<End, Failure> {
        self.wait_for_marks(usize::MAX)?;
        end(self.child.wait()?)
    }
}

fn end(status: ExitStatus) -> Result<End, Failure> {
    match (status.signal(), status.code()) {
        (Some(SIGKILL), _) => Ok(End::Killed),
        (_, Some(0)) => Ok(End::Finished),
        (_, Some(1)) => Ok(End::Failed),
        (_, Some(TRY_AGAIN)) => Ok(End::TryAgain),
        _ => Err(format!("the sender ended with {status}").into()),
    }
}
