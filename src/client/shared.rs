//! The state that a client and its threads share.

use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::call_threads::CallThreads;
use super::descriptors::Spares;
use super::options::CallOptions;
use crate::call::pace::Pace;
use crate::call::request::Requests;
use crate::call::retrying::{Call, guard_send};
use crate::call::stats::Stats;
use crate::config::options::checked_timeout;
use crate::config::resolved::Config;
use crate::config::retry_policy::RetryPolicy;
use crate::error::{Error, Outcome, Result, Status};
use crate::producer::Producer;
use crate::protocol::answer::{Accepted, EventStatus};
use crate::protocol::prepared::Prepared;
use crate::sys::fork::PerProcess;
use crate::transport::Http;
use crate::transport::bounds::Bounds;
use crate::transport::tls::TlsSettings;

/// The state that a client and its threads share.
pub struct Shared {
    pub config: Config,
    pub tls: Option<TlsSettings>,
    pub requests: Requests,
    pub closed: AtomicBool,
    /// The id of the process whose next [`Client::poll`](super::Client::poll) must end, if it has no producer yet;
    /// otherwise 0.
    pub early_wake_up: AtomicU32,
    /// The state of this process.
    pub local: PerProcess<Local>,
}

/// The connections, counters, queue and threads of one process.
#[derive(Debug)]
pub struct Local {
    pub http: Http,
    pub stats: Stats,
    pub pace: Arc<Pace>,
    pub producer: OnceLock<Producer>,
    pub calls: Arc<CallThreads>,
    pub spares: Arc<Spares>,
}

impl Shared {
    pub fn local(&self) -> &Local {
        let renewed = self
            .local
            .get_or_renew(|| Ok::<_, Infallible>(Local::new(&self.config, self.tls.as_ref())));
        match renewed {
            Ok(local) => local,
        }
    }

    pub fn send(&self, event: &Prepared, options: &CallOptions) -> Result<Accepted> {
        let not_sent = |error: Error| event.failed(error, Outcome::NotSent);
        self.check_open().map_err(not_sent)?;
        let head = self.requests.send(event).map_err(not_sent)?;
        let call = self.call(options).map_err(not_sent)?;
        guard_send(event, || call.send(&head, event))?
    }

    pub fn get_event(&self, event_id: &str, options: &CallOptions) -> Result<EventStatus> {
        self.check_open()?;
        let head = self.requests.get_event(event_id)?;
        self.call(options)?.get(&head)
    }

    pub fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::new(Status::Closed, "the client is closed"));
        }
        Ok(())
    }

    pub fn call(&self, options: &CallOptions) -> Result<Call<'_>> {
        let budget = match options.timeout {
            Some(timeout) => checked_timeout("timeout", timeout)?,
            None => self.config.retry.max_elapsed,
        };
        let local = self.local();
        let started = Instant::now();
        Ok(Call {
            http: &local.http,
            stats: &local.stats,
            pace: &local.pace,
            policy: RetryPolicy {
                max_elapsed: budget,
                ..self.config.retry
            },
            started,
            bounds: Bounds {
                deadline: started + budget,
                timeouts: self.config.timeouts,
                cancel: options.cancel.clone(),
            },
            retries_refused_key: false,
        })
    }
}

impl Local {
    pub fn new(config: &Config, tls: Option<&TlsSettings>) -> Self {
        Local {
            http: Http::new(
                &config.base_url,
                &config.api_key,
                config.proxy.clone(),
                tls.cloned(),
                config.keep_alive,
            ),
            stats: Stats::default(),
            pace: Arc::new(Pace::new(Instant::now())),
            producer: OnceLock::new(),
            calls: Arc::default(),
            spares: Arc::default(),
        }
    }
}
