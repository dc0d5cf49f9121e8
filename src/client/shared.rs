//! The state that a client and its threads share.

use std::borrow::Borrow;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::done_event::Spares;
use super::finished_calls::FinishedCalls;
use super::options::CallOptions;
use crate::call::blocking;
use crate::call::context::{Call, guard_send};
use crate::call::operation::{GetEvent, SendEvent};
use crate::call::pace::Pace;
use crate::call::request::Requests;
use crate::call::stats::Counters;
use crate::config::options::checked_timeout;
use crate::config::resolved::Config;
use crate::config::retry_policy::RetryPolicy;
use crate::error::{Error, Outcome, Result, Status};
use crate::producer::Producer;
use crate::protocol::answer::{Accepted, EventStatus};
use crate::protocol::prepared::Prepared;
use crate::reactor::Reactor;
use crate::sys::cancel::Cancel;
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
    pub stats: Counters,
    pub pace: Arc<Pace>,
    pub producer: OnceLock<Producer>,
    pub reactor: Reactor,
    pub spares: Arc<Spares>,
    pub finished_calls: Arc<FinishedCalls>,
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

    /// Sends an event, and waits in this thread.
    pub fn send(&self, event: &Prepared, options: &CallOptions) -> Result<Accepted> {
        let not_sent = |error: Error| event.failed(error, Outcome::NotSent);
        self.check_open().map_err(not_sent)?;
        let operation = self.send_event(event).map_err(not_sent)?;
        let call = self.begin(options).map_err(not_sent)?;
        guard_send(event, || blocking::run(&call, operation))?
    }

    /// Asks for an event's status, and waits in this thread.
    pub fn get_event(&self, event_id: &str, options: &CallOptions) -> Result<EventStatus> {
        self.check_open()?;
        let operation = self.get_event_status(event_id)?;
        blocking::run(&self.begin(options)?, operation)
    }

    /// Returns the operation that records an event.
    pub fn send_event<E: Borrow<Prepared>>(&self, event: E) -> Result<SendEvent<E>> {
        let head = self.requests.send(event.borrow())?;
        Ok(SendEvent { head, event })
    }

    /// Returns the operation that asks for an event's status.
    pub fn get_event_status(&self, event_id: &str) -> Result<GetEvent> {
        let head = self.requests.get_event(event_id)?;
        Ok(GetEvent { head })
    }

    pub fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::new(Status::Closed, "the client is closed"));
        }
        Ok(())
    }

    fn begin(&self, options: &CallOptions) -> Result<Call<'_>> {
        let now = Instant::now();
        let bounds = self.bounds(options.timeout, options.cancel.clone(), now)?;
        Ok(self.call(now, bounds))
    }

    /// Returns the bounds of a call that begins at `now`. Its time is `timeout`, or the client's.
    pub fn bounds(
        &self,
        timeout: Option<Duration>,
        cancel: Option<Cancel>,
        now: Instant,
    ) -> Result<Bounds> {
        let budget = match timeout {
            Some(timeout) => checked_timeout("timeout", timeout)?,
            None => self.config.retry.max_elapsed,
        };
        Ok(Bounds {
            deadline: now + budget,
            timeouts: self.config.timeouts,
            cancel,
        })
    }

    /// Returns the context of a call that began at `started`.
    pub fn call(&self, started: Instant, bounds: Bounds) -> Call<'_> {
        let local = self.local();
        Call {
            http: &local.http,
            stats: &local.stats,
            pace: &local.pace,
            policy: RetryPolicy {
                max_elapsed: bounds.deadline.saturating_duration_since(started),
                ..self.config.retry
            },
            started,
            bounds,
            retries_refused_key: false,
        }
    }
}

impl Local {
    pub fn new(config: &Config, tls: Option<&TlsSettings>) -> Self {
        let http = Http::new(
            &config.base_url,
            &config.api_key,
            config.extra_headers.clone(),
            config.way.clone(),
            tls.cloned(),
            config.keep_alive,
        );
        Local {
            reactor: Reactor::new(Arc::downgrade(http.pool())),
            http,
            stats: Counters::default(),
            pace: Arc::new(Pace::new(Instant::now())),
            producer: OnceLock::new(),
            spares: Arc::default(),
            finished_calls: Arc::default(),
        }
    }
}
