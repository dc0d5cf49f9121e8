//! The command: its start, output, end and ledger file.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::support::{Answer, PATIENCE, Post, Raw, control_at, get};
use serde_json::Value;

/// A running command, killed when it goes out of scope.
struct Running {
    child: Child,
    url: String,
    stdout: BufReader<std::process::ChildStdout>,
}

fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hookrail-devserver"));
    piped(&mut command, args);
    command
}

fn piped(command: &mut Command, args: &[&str]) {
    command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
}

impl Running {
    fn start(args: &[&str]) -> Self {
        let program = env!("CARGO_BIN_EXE_hookrail-devserver");
        Self::of(&mut Command::new(program), args)
    }

    fn of(command: &mut Command, args: &[&str]) -> Self {
        piped(command, &[&["--exit-with-stdin"], args].concat());
        let mut child = command.spawn().expect("the command should start");
        let mut stdout = BufReader::new(child.stdout.take().expect("stdout"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("a line");
        let url = line
            .trim_end()
            .strip_prefix("listening on ")
            .map(str::to_owned);
        Self {
            url: url.unwrap_or_else(|| panic!("unexpected first line {line:?}")),
            child,
            stdout,
        }
    }

    fn addr(&self) -> SocketAddr {
        let (_, addr) = self.url.split_once("://").expect("a scheme");
        addr.parse().expect("an address")
    }

    fn exchange(&self, request: &[u8]) -> Answer {
        let stream = TcpStream::connect(self.addr()).expect("a connection");
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Raw::over(stream).exchange(request)
    }

    /// Returns the answer to a GET of the control interface.
    fn control(&self, path: &str) -> Value {
        control_at(self.addr(), "GET", path, "").json()
    }

    /// Returns the rest of its standard output and its exit status.
    fn wait(mut self) -> (String, ExitStatus) {
        let mut rest = String::new();
        self.stdout
            .read_to_string(&mut rest)
            .expect("the end of stdout");
        (rest, self.child.wait().expect("an end"))
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &id])
                .status()
                .unwrap()
                .success()
        );
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn it_prints_one_line_and_ends_on_signals_shutdown_and_the_end_of_stdin() {
    for way in ["TERM", "INT", "shutdown", "stdin"] {
        let mut running = Running::start(&[]);
        assert!(
            running.url.starts_with("http://127.0.0.1:"),
            "{}",
            running.url
        );
        running.exchange(&Post::event("k").bytes()).event_id();
        match way {
            "shutdown" => {
                running.exchange(b"POST /_control/shutdown HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\r\n");
            }
            "stdin" => drop(running.child.stdin.take()),
            signal => running.signal(signal),
        }
        let mut stderr = running.child.stderr.take().expect("stderr");
        let (stdout, status) = {
            let status = running.child.wait().expect("an end");
            let mut rest = String::new();
            running
                .stdout
                .read_to_string(&mut rest)
                .expect("the end of stdout");
            (rest, status)
        };
        let mut noise = String::new();
        stderr.read_to_string(&mut noise).unwrap();
        assert_eq!((stdout.as_str(), noise.as_str()), ("", ""), "{way}");
        assert!(status.success(), "{way}: {status}");
    }
}

#[test]
fn without_the_option_it_outlives_its_stdin() {
    let mut child = command(&[]).spawn().unwrap();
    drop(child.stdin.take());
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    let addr = line
        .trim_end()
        .rsplit('/')
        .next()
        .unwrap()
        .parse::<SocketAddr>()
        .unwrap();
    let mut running = Raw::over(TcpStream::connect(addr).unwrap());
    running.exchange(&Post::event("k").bytes()).event_id();
    child.kill().unwrap();
    child.wait().unwrap();
}

fn ledger_args(path: &Path) -> [&str; 2] {
    ["--ledger", path.to_str().expect("a text path")]
}

#[test]
fn a_killed_server_comes_back_on_its_port_with_events_and_keys() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let running = Running::start(&ledger_args(&ledger));
    let port = running.addr().port().to_string();
    let first = running.exchange(&Post::event("a").bytes()).event_id();
    running.exchange(&Post::event("a").bytes()).event_id();
    running.exchange(&Post::event("b").bytes()).event_id();
    let before = running.control("events");
    running.signal("KILL");
    running.wait();

    let again = Running::start(&[&ledger_args(&ledger)[..], &["--port", &port]].concat());
    assert_eq!(again.addr().port().to_string(), port);
    assert_eq!(again.control("events"), before);
    let summary = again.control("summary");
    assert_eq!(
        (&summary["events"], &summary["replays"]),
        (&2.into(), &1.into())
    );
    let replay = again.exchange(&Post::event("a").bytes());
    assert_eq!(replay.event_id(), first);
    assert_eq!(replay.header("idempotent-replay"), Some("true"));
    let other = Post::new(r#"{"topic":"t","payload":1}"#).header("Idempotency-Key", "b");
    again.exchange(&other.bytes()).problem(409);
    assert_eq!(
        again.exchange(&get(&format!("/v1/events/{first}"))).status,
        200
    );
}

#[test]
fn half_a_line_at_the_end_of_the_ledger_is_cut_off() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let running = Running::start(&ledger_args(&ledger));
    let first = running.exchange(&Post::event("a").bytes()).event_id();
    running.signal("KILL");
    running.wait();
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&ledger)
        .unwrap();
    file.write_all(br#"{"event":{"order":2,"event_id":"01"#)
        .unwrap();

    let running = Running::start(&ledger_args(&ledger));
    assert_eq!(
        running.exchange(&Post::event("a").bytes()).event_id(),
        first
    );
    running.exchange(&Post::event("b").bytes()).event_id();
    drop(running);
    let running = Running::start(&ledger_args(&ledger));
    assert_eq!(running.control("summary")["events"], 2);
}

#[test]
fn a_ledger_that_is_something_else_is_refused_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    std::fs::write(&ledger, "precious\nnotes\n").unwrap();
    let output = command(&ledger_args(&ledger)).output().unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(
        stderr.contains("line 1") && stderr.contains("ledger"),
        "{stderr}"
    );
    assert_eq!(
        std::fs::read_to_string(&ledger).unwrap(),
        "precious\nnotes\n"
    );
}

#[test]
fn what_the_ledger_file_cannot_take_is_not_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let mut limited = Command::new("bash");
    limited
        .args(["-c", r#"trap "" XFSZ; ulimit -S -f 2; exec "$0" "$@""#])
        .arg(env!("CARGO_BIN_EXE_hookrail-devserver"));
    let running = Running::of(&mut limited, &ledger_args(&ledger));
    let mut accepted = 0;
    let refused = loop {
        let answer = running.exchange(&Post::event(&accepted.to_string()).bytes());
        if answer.status != 202 {
            break answer;
        }
        accepted += 1;
    };
    assert!(accepted > 0);
    assert!(refused.problem(503).contains("durably"));
    assert_eq!(running.control("summary")["events"], accepted);

    // Half a line must not remain before the next records when there is room again.
    let pid = format!("--pid={}", running.child.id());
    let raised = Command::new("prlimit")
        .args([&pid, "--fsize=unlimited:"])
        .status();
    assert!(raised.expect("prlimit should start").success());
    running
        .exchange(&Post::event("with room").bytes())
        .event_id();
    drop(running);
    let running = Running::start(&ledger_args(&ledger));
    assert_eq!(running.control("summary")["events"], accepted + 1);
}

#[test]
fn a_reset_empties_the_ledger_file() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let running = Running::start(&ledger_args(&ledger));
    running.exchange(&Post::event("a").bytes()).event_id();
    running.exchange(b"DELETE /_control/ledger HTTP/1.1\r\nHost: localhost\r\n\r\n");
    assert_eq!(std::fs::metadata(&ledger).unwrap().len(), 0);
    running.exchange(&Post::event("b").bytes()).event_id();
    drop(running);
    let running = Running::start(&ledger_args(&ledger));
    assert_eq!(running.control("summary")["events"], 1);
}

#[test]
fn unfinished_deliveries_go_on_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let ledger = dir.path().join("ledger");
    let hook = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook", hook.local_addr().unwrap());
    let endpoint = ["--endpoint", &url, "--endpoint-secret", "whsec_a"];
    let args = [&ledger_args(&ledger)[..], &endpoint].concat();
    let running = Running::start(&args);
    let accepted = running.exchange(&Post::event("a").bytes()).json();
    // The first attempt is under way, unanswered, when the server is killed.
    let _first = hook.accept().unwrap();
    running.signal("KILL");
    running.wait();

    let running = Running::start(&args);
    let (mut stream, _) = hook.accept().unwrap();
    let mut request = BufReader::new(stream.try_clone().unwrap());
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(request.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let delivery_id = accepted["delivery_ids"][0].as_str().unwrap();
    assert!(
        head.contains(&format!("hookrail-delivery-id: {delivery_id}\r\n")),
        "{head}"
    );
    let mut body = [0; 8];
    request.read_exact(&mut body).unwrap();
    assert_eq!(&body, br#"{"a": 1}"#);
    stream
        .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
        .unwrap();
    let summary = running.control("wait?succeeded=1&timeout_ms=20000");
    assert_eq!(summary["succeeded"], 1);
}

#[test]
fn keys_scopes_and_prefix_come_from_the_command_line() {
    let running = Running::start(&["--api-key", "hk_a=order.*", "--api-key", "hk_b"]);
    let with = |token: &str, topic: &str| {
        let body = format!(r#"{{"topic":"{topic}","payload":1}}"#);
        let request = Post::new(body)
            .without_headers()
            .header("Authorization", token);
        running.exchange(&request.bytes()).status
    };
    assert_eq!(with("Bearer hk_a", "order.x"), 202);
    assert_eq!(with("Bearer hk_a", "user.x"), 403);
    assert_eq!(with("Bearer hk_b", "user.x"), 202);
    assert_eq!(with("Bearer hk_dev", "user.x"), 401);
}

#[test]
fn https_is_announced_and_served() {
    let dir = tempfile::tempdir().unwrap();
    let tls = dir.path().join("tls");
    let running = Running::start(&["--tls-self-signed", tls.to_str().unwrap()]);
    assert!(
        running.url.starts_with("https://127.0.0.1:"),
        "{}",
        running.url
    );
    for name in ["ca.pem", "cert.pem", "key.pem"] {
        let pem = std::fs::read_to_string(tls.join(name)).unwrap();
        assert!(pem.starts_with("-----BEGIN "), "{name}");
    }
}

#[test]
fn verbose_logs_to_stderr_without_secrets() {
    let mut running = Running::start(&["--verbose"]);
    running.exchange(&Post::event("k").bytes()).event_id();
    let mut stderr = running.child.stderr.take().unwrap();
    drop(running.child.stdin.take());
    let (stdout, _) = running.wait();
    let mut log = String::new();
    stderr.read_to_string(&mut log).unwrap();
    assert!(
        log.contains("POST /v1/events") && log.contains("202"),
        "{log}"
    );
    assert!(!log.contains("hk_dev"), "{log}");
    assert_eq!(stdout, "");
}

#[test]
fn help_and_mistakes_are_explained() {
    let help = command(&["--help"]).output().unwrap();
    assert!(help.status.success());
    let help = String::from_utf8(help.stdout).unwrap();
    for word in [
        "--api-key",
        "--ledger-requests",
        "_control/faults",
        "127.0.0.1",
    ] {
        assert!(help.contains(word), "{word} is missing in {help}");
    }
    for (args, named) in [
        (&["--api-key", "sk_secret"][..], "hk_"),
        (&["--endpoint", "http://a/"], "--endpoint-secret"),
        (
            &["--endpoint", "ftp://a/", "--endpoint-secret", "whsec_x"],
            "http://",
        ),
        (&["--path-prefix", "a"], "path prefix"),
        (&["--tls-cert", "c.pem"], "--tls-key"),
        (&["--delivery-max-attempts", "0"], "attempt"),
    ] {
        let output = command(args).output().unwrap();
        assert!(!output.status.success(), "{args:?}");
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(stderr.contains(named), "{args:?}: {stderr}");
    }
}
