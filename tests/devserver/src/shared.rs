//! What all the tasks of one server share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock};
use std::time::Instant;
use std::{fmt, io};

use tokio::sync::watch;

use crate::config::{ApiKey, Config, ConfigError, Endpoint};
use crate::delivery::Courier;
use crate::faults::Faults;
use crate::ledger::Ledger;
use crate::record::sha256_hex;

/// A producer key and the name under which the ledger knows it.
#[derive(Debug)]
pub(crate) struct Producer {
    pub(crate) key: ApiKey,
    pub(crate) id: String,
}

pub(crate) struct Shared {
    pub(crate) producers: HashMap<String, Producer>,
    pub(crate) endpoints: RwLock<Vec<Endpoint>>,
    pub(crate) ledger: Ledger,
    pub(crate) faults: Faults,
    pub(crate) courier: Courier,
    pub(crate) path_prefix: String,
    pub(crate) stop: watch::Sender<bool>,
    started: Instant,
    connections: AtomicU64,
    verbose: bool,
}

impl Shared {
    pub(crate) fn new(config: Config) -> io::Result<Self> {
        let producer = |key: ApiKey| {
            let id = sha256_hex(key.token.expose().as_bytes())[..16].to_owned();
            (key.token.expose().to_owned(), Producer { key, id })
        };
        Ok(Self {
            ledger: Ledger::open(config.ledger_requests, config.ledger_file.as_deref())?,
            producers: config.api_keys.into_iter().map(producer).collect(),
            endpoints: RwLock::new(config.endpoints),
            faults: Faults::default(),
            courier: Courier::new(config.delivery),
            path_prefix: config.path_prefix,
            stop: watch::Sender::new(false),
            started: Instant::now(),
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
