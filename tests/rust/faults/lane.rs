//! A lane: a service, a proxy before it, and their clients. Cases on different lanes are independent.

use std::fmt::Display;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use hookrail::internals::{Client, ClientOptions};
use hookrail_devserver::{Config, DevServer, EventRecord, Summary, Tls};

use super::certificate::Certificate;
use super::proxy::FaultProxy;
use super::sample::say;
use crate::support::{PATIENCE, client_at, options_with_retries};

/// Longer than the longest case with all its permitted delays.
const STUCK: Duration = Duration::from_secs(240);

pub struct Lane {
    options: ClientOptions,
    scheme: &'static str,
    pub server: DevServer,
    pub proxy: FaultProxy,
}

impl Lane {
    /// A lane for https with this certificate; for http without one.
    pub fn start(certificate: Option<&Certificate>) -> Self {
        let tls = certificate.map(|certificate| Tls::Files {
            cert: certificate.chain_file(),
            key: certificate.key_file(),
        });
        let server = DevServer::start(Config {
            tls,
            ledger_requests: 0,
            ..Config::default()
        })
        .expect("the server should start");
        Lane {
            options: certificate.map_or_else(
                || options_with_retries(0),
                |certificate| certificate.options().clone(),
            ),
            scheme: certificate.map_or("http", |_| "https"),
            proxy: FaultProxy::start(server.addr()),
            server,
        }
    }

    /// Options without retries that trust the lane's service.
    pub fn options(&self) -> ClientOptions {
        self.options.clone()
    }

    /// A client whose calls have this total timeout.
    pub fn client(&self, options: ClientOptions, budget: Duration) -> Client {
        self.client_of("127.0.0.1", options, budget)
    }

    /// A client that uses this name for the lane.
    pub fn client_of(&self, name: &str, mut options: ClientOptions, budget: Duration) -> Client {
        options
            .set_total_timeout(budget)
            .expect("the time should be good");
        let url = format!("{}://{name}:{}", self.scheme, self.proxy.addr().port());
        client_at(&url, &options)
    }

    pub fn events(&self) -> Vec<EventRecord> {
        self.server.events()
    }

    /// Waits until this number of requests have arrived, and all of them were answered.
    pub fn await_answers(&self, requests: u64) {
        let answered =
            |counts: &Summary| counts.requests >= requests && counts.finished == counts.requests;
        let summary = self
            .server
            .wait_until(PATIENCE, answered)
            .expect("the requests should come in and be answered");
        self.proxy.await_answers(summary.finished);
    }

    /// Waits until all requests have ended, which takes that all clients are gone, and returns and empties
    /// the ledger. It is then complete.
    pub fn settle(&self) -> (Vec<EventRecord>, Summary) {
        let dialled = self.proxy.settle();
        let summary = self
            .server
            .wait_until(PATIENCE, |counts| {
                counts.connections == dialled && counts.open_connections == 0
            })
            .expect("all connections to the service should end");
        let events = self.events();
        self.server.reset_ledger().expect("the ledger is in memory");
        (events, summary)
    }
}

/// Plays on all lanes at the same time. The results are in the order of the items. If no case ends for
/// long, the whole process ends, because a hanging thread can neither be joined nor be abandoned.
pub fn on_all<I: Sync + Display, R: Send>(
    lanes: &[Lane],
    items: &[I],
    play: impl Fn(&Lane, &I) -> R + Sync,
) -> Vec<R> {
    let (next, play) = (&AtomicUsize::new(0), &play);
    let mut results: Vec<Option<R>> = items.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        let (done, finished) = mpsc::channel();
        for lane in lanes {
            let done = done.clone();
            scope.spawn(move || {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(index) else { return };
                    // The receiver exists until the last result.
                    let _ = done.send((index, play(lane, item)));
                }
            });
        }
        drop(done);
        loop {
            match finished.recv_timeout(STUCK) {
                Ok((index, result)) => results[index] = Some(result),
                Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {
                    let begun = items
                        .iter()
                        .zip(&results)
                        .take(next.load(Ordering::Relaxed));
                    for (item, _) in begun.filter(|(_, result)| result.is_none()) {
                        say(&format!("never ended: {item}\n"));
                    }
                    std::process::exit(101);
                }
            }
        }
    });
    results.into_iter().flatten().collect()
}
