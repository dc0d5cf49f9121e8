//! The service goes away and comes back.

use std::io::{BufRead, BufReader, ErrorKind};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hookrail::Outcome;
use hookrail_devserver::{Config, DevServer};

use crate::support::queue::{
    PATIENCE, attempts, client, collect, key, recorded, retry_interrupted, submit,
};

const LEDGER: &str = "HOOKRAIL_TEST_LEDGER";
const PORT: &str = "HOOKRAIL_TEST_PORT";

/// The server process of the test below, which starts this program again. It tests nothing itself.
#[test]
fn server_process() {
    let Some(ledger) = std::env::var_os(LEDGER) else {
        return;
    };
    let server = start(
        Path::new(&ledger),
        std::env::var(PORT).map_or(0, |p| p.parse().unwrap()),
    );
    println!("\nlistening {}", server.addr().port());
    loop {
        std::thread::park();
    }
}

/// A server at a port that another server may have just left. A process that is being started may hold a
/// copy of that server's listener for a moment.
fn start(ledger: &Path, port: u16) -> DevServer {
    let end = Instant::now() + PATIENCE;
    loop {
        let config = Config {
            ledger_file: Some(ledger.to_owned()),
            ledger_requests: 0,
            port,
            ..Config::default()
        };
        match DevServer::start(config) {
            Err(error) if error.kind() == ErrorKind::AddrInUse && Instant::now() < end => {
                std::thread::sleep(Duration::from_millis(1));
            }
            started => return started.expect("the server starts"),
        }
    }
}

struct ServerProcess {
    child: Child,
    port: u16,
}

impl ServerProcess {
    fn start(ledger: &Path, port: u16) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "producer::outage::server_process", "--nocapture"])
            .env(LEDGER, ledger)
            .env(PORT, port.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server process starts");
        let port = BufReader::new(child.stdout.take().expect("a pipe"))
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("listening ")?.parse().ok())
            .expect("the server says its port");
        ServerProcess { child, port }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // The process may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_service_that_is_killed_and_restarted_loses_and_doubles_nothing() {
    const EVENTS: u64 = 20_000;
    let directory = tempfile::tempdir().expect("a directory");
    let ledger = directory.path().join("ledger");
    let first = ServerProcess::start(&ledger, 0);
    let port = first.port;
    let client = client(&format!("http://127.0.0.1:{port}"), |options| {
        options.set_queue_max_events(2_000).expect("a limit");
    });

    let completions = std::thread::scope(|scope| {
        let submitting = scope.spawn(|| {
            for tag in 0..EVENTS {
                submit(&client, tag);
            }
        });
        scope.spawn(|| {
            let early = Instant::now() + PATIENCE;
            while client.stats().to_json().contains("\"successes\":0,") {
                assert!(Instant::now() < early, "nothing was ever sent");
                std::thread::yield_now();
            }
            drop(first);
            let attempts_at_the_start = attempts(&client);
            std::thread::sleep(Duration::from_secs(10));
            let attempts = attempts(&client) - attempts_at_the_start;
            assert!(
                attempts < 1_000,
                "{attempts} attempts at a dead service in 10 s: it spins"
            );
            let pending = client.pending();
            let held = pending.queued + pending.in_flight + pending.completions;
            assert!(held <= 2_000, "{held} events are held");
            let second = ServerProcess::start(&ledger, port);
            submitting.join().expect("no panic");
            retry_interrupted(|| client.flush(Some(PATIENCE))).expect("flush works");
            drop(second);
        });
        collect(&client, EVENTS as usize)
    });

    assert!(
        completions
            .values()
            .all(|c| c.outcome() == Outcome::Delivered)
    );
    let records = recorded(&start(&ledger, 0));
    assert_eq!(records.len() as u64, EVENTS);
    assert!((0..EVENTS).all(|tag| records.get(&key(tag)) == Some(&1)));
}

#[test]
fn a_dead_service_is_tried_less_and_less_and_found_again() {
    let directory = tempfile::tempdir().expect("a directory");
    let ledger = directory.path().join("ledger");
    let port = start(&ledger, 0).addr().port();
    let client = client(&format!("http://127.0.0.1:{port}"), |_| {});
    for tag in 0..500 {
        submit(&client, tag);
    }
    std::thread::sleep(Duration::from_secs(3));
    let asked = attempts(&client);
    assert!(
        asked < 100,
        "{asked} attempts in 3 s for 500 events: each backs off for itself"
    );
    let server = start(&ledger, port);
    assert_eq!(collect(&client, 500).len(), 500);
    assert_eq!(recorded(&server).len(), 500);
}
