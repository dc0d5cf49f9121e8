//! A driver under test: a process that answers each line with one line.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde::Deserialize;
use serde_json::{Map, Value, json};

/// The longest time for an answer. It is far more than any case needs: only a hanging driver exceeds it.
const PATIENCE: Duration = Duration::from_secs(60);

/// The variables that the library reads. A driver gets only those that a case sets.
const CONFIGURATION: [&str; 10] = [
    "HOOKRAIL_API_KEY",
    "HOOKRAIL_BASE_URL",
    "http_proxy",
    "https_proxy",
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// Environment variables that a case sets.
pub type Environment = BTreeMap<String, String>;

/// A language's folder below `drivers/`.
#[derive(Debug, Clone)]
pub struct Program {
    /// The folder's name. It is the language.
    pub name: String,
    folder: PathBuf,
    build_dir: PathBuf,
}

impl Program {
    /// Returns the driver in `folder`, which builds below `build_root`.
    pub fn new(folder: &Path, build_root: &Path) -> Option<Self> {
        let name = folder.file_name()?.to_str()?.to_owned();
        let build_dir = build_root.join(&name);
        folder.join("run").is_file().then(|| Self {
            name,
            folder: folder.to_owned(),
            build_dir,
        })
    }

    /// Builds the driver if it has a build script.
    pub fn build(&self) -> io::Result<()> {
        std::fs::create_dir_all(&self.build_dir)?;
        if !self.folder.join("build").is_file() {
            return Ok(());
        }
        let status = self.command("build").stdin(Stdio::null()).status()?;
        if !status.success() {
            return Err(io::Error::other(format!(
                "drivers/{}/build failed: {status}",
                self.name
            )));
        }
        Ok(())
    }

    fn command(&self, script: &str) -> Command {
        let mut command = Command::new(self.folder.join(script));
        command.env("HOOKRAIL_BUILD_DIR", &self.build_dir);
        for name in CONFIGURATION {
            command.env_remove(name);
        }
        command
    }
}

/// The driver's description of itself.
#[derive(Debug, Clone, Deserialize)]
pub struct Hello {
    protocol: u32,
    /// The language, as in the user agent.
    pub language: String,
    /// The library's version.
    pub version: String,
    /// The detail of a cancelled call's error.
    pub cancellation: Cancellation,
    /// The commands that the driver knows.
    pub commands: Vec<String>,
}

/// The detail of a cancelled call's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cancellation {
    /// The package's own error.
    Error,
    /// Only the fact of the cancellation: the language's own exception replaces the package's error.
    Exception,
}

/// A driver's answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// The command succeeded.
    Ok(Value),
    /// The package gave an error.
    Error(Value),
    /// The language's types cannot hold an argument.
    Inexpressible(String),
}

/// A running driver.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Receiver<io::Result<String>>,
    last_id: u64,
    hello: Hello,
}

impl Driver {
    /// Starts a driver and reads its description of itself.
    pub fn start(program: &Program, environment: &Environment) -> Result<Self, String> {
        let mut child = program
            .command("run")
            .envs(environment)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("drivers/{}/run does not start: {error}", program.name))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or("the driver has no output")?;
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut driver = Self {
            child,
            stdin,
            lines,
            last_id: 0,
            hello: Hello {
                protocol: 0,
                language: String::new(),
                version: String::new(),
                cancellation: Cancellation::Error,
                commands: Vec::new(),
            },
        };
        driver.greet(&program.name)?;
        Ok(driver)
    }

    fn greet(&mut self, language: &str) -> Result<(), String> {
        let Answer::Ok(hello) = self.ask("hello", Map::new())? else {
            return Err("`hello` was answered with an error".into());
        };
        self.hello = serde_json::from_value(hello.clone())
            .map_err(|error| format!("`hello` was answered with {hello}: {error}"))?;
        if self.hello.protocol != 1 {
            return Err(format!(
                "the driver's protocol is {}, not 1",
                self.hello.protocol
            ));
        }
        if self.hello.language != language {
            return Err(format!(
                "the driver in the folder {language} calls its language {}",
                self.hello.language
            ));
        }
        Ok(())
    }

    /// Returns the driver's description of itself.
    pub fn hello(&self) -> &Hello {
        &self.hello
    }

    /// Sends a request and waits for its answer.
    pub fn ask(&mut self, command: &str, arguments: Map<String, Value>) -> Result<Answer, String> {
        self.post(command, arguments)?;
        self.answer()
    }

    /// Sends a request.
    pub fn post(&mut self, command: &str, mut arguments: Map<String, Value>) -> Result<(), String> {
        self.last_id += 1;
        arguments.insert("id".into(), json!(self.last_id));
        arguments.insert("command".into(), json!(command));
        let mut line = Value::Object(arguments).to_string();
        line.push('\n');
        let stdin = self.stdin.as_mut().ok_or("the driver's input is closed")?;
        let written = stdin
            .write_all(line.as_bytes())
            .and_then(|()| stdin.flush());
        written.map_err(|error| format!("the driver does not take `{command}`: {error}"))
    }

    /// Waits for the answer to the last request.
    pub fn answer(&mut self) -> Result<Answer, String> {
        let line = match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => line.map_err(|error| format!("the driver's answer: {error}"))?,
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!("the driver did not answer within {PATIENCE:?}"));
            }
            Err(RecvTimeoutError::Disconnected) => {
                let end = self
                    .child
                    .wait()
                    .map_or_else(|e| e.to_string(), |end| end.to_string());
                return Err(format!("the driver ended without an answer: {end}"));
            }
        };
        parse_answer(&line, self.last_id)
            .map_err(|problem| format!("{problem}: {}", abridged(&line)))
    }

    /// Sends SIGUSR1. The driver then cancels the running call.
    pub fn signal(&self) -> Result<(), String> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or("the driver has no process id")?;
        kill_process(pid, Signal::USR1)
            .map_err(|error| format!("cannot signal the driver: {error}"))
    }

    /// Closes the driver's input and checks its exit.
    pub fn finish(mut self) -> Result<(), String> {
        self.stdin = None;
        match self.lines.recv_timeout(PATIENCE) {
            Err(RecvTimeoutError::Disconnected) => {}
            Err(RecvTimeoutError::Timeout) => {
                return Err(format!(
                    "the driver goes on {PATIENCE:?} after its input ended"
                ));
            }
            Ok(_) => return Err("the driver writes after its last answer".into()),
        }
        let end: ExitStatus = self.child.wait().map_err(|error| error.to_string())?;
        if end.success() {
            Ok(())
        } else {
            Err(format!("the driver ended with {end}"))
        }
    }
}

impl Drop for Driver {
    /// An abandoned driver may hang. For one that has ended, this does nothing.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn parse_answer(line: &str, id: u64) -> Result<Answer, String> {
    let Ok(Value::Object(mut answer)) = serde_json::from_str(line) else {
        return Err("the answer is not a JSON object".into());
    };
    if answer.remove("id") != Some(json!(id)) {
        return Err(format!("the answer's id is not {id}"));
    }
    if answer.len() != 1 {
        return Err("the answer must have one of ok, error, unsupported, inexpressible".into());
    }
    match answer.into_iter().next() {
        Some((kind, value @ Value::Object(_))) if kind == "ok" => Ok(Answer::Ok(value)),
        Some((kind, value @ Value::Object(_))) if kind == "error" => Ok(Answer::Error(value)),
        Some((kind, Value::String(reason))) if kind == "inexpressible" => {
            Ok(Answer::Inexpressible(reason))
        }
        Some((kind, Value::String(reason))) if kind == "unsupported" => {
            Err(format!("the driver does not run this: {reason}"))
        }
        _ => Err("the answer must have one of ok, error, unsupported, inexpressible".into()),
    }
}

fn abridged(line: &str) -> String {
    const SHOWN: usize = 300;
    match line.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}… ({} bytes)", &line[..end], line.len()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_apart() {
        let parse = |line| parse_answer(line, 7);
        assert_eq!(parse(r#"{"id":7,"ok":{}}"#), Ok(Answer::Ok(json!({}))));
        assert_eq!(
            parse(r#"{"id":7,"error":{"status":"timeout"}}"#),
            Ok(Answer::Error(json!({"status": "timeout"})))
        );
        assert_eq!(
            parse(r#"{"id":7,"inexpressible":"too long"}"#),
            Ok(Answer::Inexpressible("too long".into()))
        );
    }

    #[test]
    fn a_case_that_is_not_run_is_a_failure() {
        let unsupported = parse_answer(r#"{"id":1,"unsupported":"no such command"}"#, 1);
        assert!(unsupported.unwrap_err().contains("no such command"));
    }

    #[test]
    fn anything_but_one_answer_to_this_request_is_refused() {
        for line in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"ok":{}}"#,
            r#"{"id":2,"ok":{}}"#,
            r#"{"id":1}"#,
            r#"{"id":1,"ok":1}"#,
            r#"{"id":1,"ok":{},"error":{}}"#,
            r#"{"id":1,"okay":{}}"#,
        ] {
            assert!(parse_answer(line, 1).is_err(), "{line}");
        }
    }
}
