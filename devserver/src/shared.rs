//! The data that all tasks of one server share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::{Duration, Instant};
use std::{fmt, io};

use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::config::{ApiKey, Config, ConfigError, Endpoint};
use crate::courier::Courier;
use crate::faults::Faults;
use crate::ledger::Ledger;
use crate::limits::Bucket;
use crate::record::sha256_hex;
use crate::redaction::FINGERPRINT;

/// A producer key and the name under which the ledger knows it.
#[derive(Debug)]
pub(crate) struct Producer {
    pub(crate) key: ApiKey,
    pub(crate) id: String,
    /// Its remaining tokens, if there is a limit.
    pub(crate) bucket: Option<Bucket>,
}

pub(crate) struct Shared {
    pub(crate) producers: HashMap<String, Producer>,
    endpoints: RwLock<Vec<Endpoint>>,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Faults,
    pub(crate) courier: Courier,
    pub(crate) path_prefix: String,
    pub(crate) allowed_hosts: Vec<String>,
    pub(crate) backlog_max: Option<usize>,
    pub(crate) idle_timeout: Duration,
    pub(crate) runtime: Handle,
    pub(crate) stop: watch::Sender<bool>,
    outage: watch::Sender<bool>,
    started: Instant,
    connections: AtomicU64,
    verbose: bool,
}

impl Shared {
    /// Makes the data for the tasks on `runtime`.
    pub(crate) fn new(config: Config, runtime: Handle) -> io::Result<Self> {
        let started = Instant::now();
        let producer = |key: ApiKey| {
            let id = sha256_hex(key.token.expose().as_bytes())[..FINGERPRINT].to_owned();
            let bucket = config.rate_limit.map(|limit| Bucket::new(limit, started));
            (key.token.expose().to_owned(), Producer { key, id, bucket })
        };
        Ok(Self {
            ledger: Ledger::open(&config)?,
            producers: config.api_keys.iter().cloned().map(producer).collect(),
            endpoints: RwLock::new(config.endpoints),
            faults: Faults::default(),
            courier: Courier::new(config.delivery),
            path_prefix: config.path_prefix,
            allowed_hosts: config.allowed_hosts,
            backlog_max: config.backlog_max,
            idle_timeout: config.idle_timeout,
            runtime,
            stop: watch::Sender::new(false),
            outage: watch::Sender::new(config.outage),
            started,
            connections: AtomicU64::new(0),
            verbose: config.verbose,
        })
    }

    pub(crate) fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    pub(crate) fn next_connection(&self) -> u64 {
        self.connections.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Returns whether the service is without its database.
    pub(crate) fn is_in_outage(&self) -> bool {
        *self.outage.borrow()
    }

    /// Takes the service's database away, or gives it back.
    pub(crate) fn set_outage(&self, outage: bool) {
        self.outage.send_replace(outage);
    }

    /// Waits until the service has its database, because nothing is delivered without it.
    pub(crate) async fn until_database_is_there(&self) {
        let mut outage = self.outage.subscribe();
        // The sender lives as long as `self`, so this cannot fail.
        let _ = outage.wait_for(|outage| !outage).await;
    }

    pub(crate) fn endpoints(&self) -> RwLockReadGuard<'_, Vec<Endpoint>> {
        self.endpoints
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds an endpoint and returns its number.
    pub(crate) fn add_endpoint(&self, endpoint: Endpoint) -> usize {
        let mut endpoints = self
            .endpoints
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        endpoints.push(endpoint);
        endpoints.len() - 1
    }

    /// Gives an endpoint a newer secret, with which its deliveries are signed from now on.
    pub(crate) fn rotate_secret(&self, endpoint: usize, secret: &str) -> Result<(), ConfigError> {
        let mut endpoints = self
            .endpoints
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let count = endpoints.len();
        match endpoints.get_mut(endpoint) {
            Some(endpoint) => endpoint.rotate(secret),
            None => Err(ConfigError(format!(
                "there is no endpoint {endpoint}; there are {count}, counted from 0"
            ))),
        }
    }

    /// Writes a line to standard error if the server is verbose.
    pub(crate) fn log(&self, line: fmt::Arguments<'_>) {
        if self.verbose {
            eprintln!("[{:>8} ms] {line}", self.elapsed_ms());
        }
    }
}
