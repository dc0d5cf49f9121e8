//! The client: events in, results or errors out.

mod background;
mod descriptors;
mod submit;

use std::convert::Infallible;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::call::pace::Pace;
use crate::call::stats::Stats;
use crate::config::environment::Environment;
use crate::config::options::{ClientOptions, checked_timeout};
use crate::config::resolved::Config;
use crate::config::retry_policy::RetryPolicy;
use crate::error::{Error, Outcome, Result, Status};
use crate::producer::Producer;
use crate::protocol::answer::{Accepted, EventStatus};
use crate::protocol::event::Envelope;
use crate::protocol::keys::{IdempotencyKey, OrderingKey};
use crate::protocol::prepared::Prepared;
use crate::protocol::validate;
use crate::sys::cancel::Cancel;
use crate::sys::fork::PerProcess;
use crate::sys::random;
use crate::transport::Http;
use crate::transport::context::Bounds;
use crate::transport::tls::TlsSettings;

use self::background::CallPool;
pub use self::background::{BackgroundCall, BackgroundResult, Waited};
pub use self::submit::SubmitOptions;
use crate::call::request::Requests;
use crate::call::retrying::{Call, guard_send};

/// A connection to a Hookrail service. Threads may share it; a fork of the process may go on using
/// it.
///
/// ```no_run
/// use hookrail::{Client, SendOptions};
/// use hookrail::ClientOptions;
///
/// # fn main() -> hookrail::Result<()> {
/// let client = Client::new(Some(b"hk_..."), Some(b"https://hooks.example.com"), &ClientOptions::default())?;
/// let accepted = client.send(b"orders.created", br#"{"order_id":"o_1"}"#, &SendOptions::default())?;
/// println!("{}", accepted.event_id);
/// # Ok(())
/// # }
/// ```
pub struct Client {
    shared: Arc<Shared>,
}

/// What a client shares with the threads that work for it.
struct Shared {
    config: Config,
    tls: Option<TlsSettings>,
    requests: Requests,
    closed: AtomicBool,
    /// The process that wants the poll ended that will make its producer; 0 for none.
    early_wake_up: AtomicU32,
    /// What belongs to this process.
    local: PerProcess<Local>,
}

/// Connections, counters, queue and threads of one process.
#[derive(Debug)]
struct Local {
    http: Http,
    stats: Stats,
    pace: Arc<Pace>,
    producer: OnceLock<Producer>,
    calls: CallPool,
}

/// What may be said about one send; [`SendOptions::default`] says nothing.
#[derive(Clone, Debug, Default)]
pub struct SendOptions {
    /// The key under which the service recognises this event; a random UUID v4 where it is `None`.
    pub idempotency_key: Option<IdempotencyKey>,
    /// Events with the same key are delivered in order (protocol §1).
    pub ordering_key: Option<OrderingKey>,
    /// The time and the token of the call.
    pub call: CallOptions,
}

/// What may be said about any call.
#[derive(Clone, Debug, Default)]
pub struct CallOptions {
    /// The time for the whole call, over 0 and at most a day; the client's total timeout where it is
    /// `None`.
    pub timeout: Option<Duration>,
    /// Ends the call early.
    pub cancel: Option<Cancel>,
}

impl Client {
    /// A client for the service at `base_url`. What is `None` comes from the environment
    /// (`HOOKRAIL_API_KEY`, `HOOKRAIL_BASE_URL`); without either the base URL is
    /// `http://localhost:8080`. Nothing is connected yet. A program with privileges of its own (setuid, setgid,
    /// capabilities) obeys no variable.
    ///
    /// # Errors
    /// `Configuration` when a setting is missing or unusable.
    pub fn new(
        api_key: Option<&[u8]>,
        base_url: Option<&[u8]>,
        options: &ClientOptions,
    ) -> Result<Client> {
        let environment = Environment::of_process();
        environment.check_arguments(api_key.is_some(), base_url.is_some())?;
        let config = Config::resolve(api_key, base_url, options, &|name| environment.get(name))?;
        let tls = match &config.tls {
            Some(tls) => Some(TlsSettings::new(config.base_url.host(), tls)?),
            None => None,
        };
        Ok(Client {
            shared: Arc::new(Shared {
                requests: Requests::new(&config)?,
                local: PerProcess::new(Local::new(&config, tls.as_ref())),
                closed: AtomicBool::new(false),
                early_wake_up: AtomicU32::new(0),
                config,
                tls,
            }),
        })
    }

    /// Sends one event and waits until the service has recorded it.
    ///
    /// `payload` is one JSON value; its bytes go out as they are. Failed attempts are repeated as the
    /// retry policy says, with the same key and the same bytes.
    ///
    /// # Errors
    /// `InvalidArgument` and `PayloadTooLarge` before anything is sent; then whatever the service
    /// answered finally, `RetriesExhausted` over the last error, or `Cancelled`. Each carries the
    /// idempotency key, the number of attempts and the outcome.
    pub fn send(&self, topic: &[u8], payload: &[u8], options: &SendOptions) -> Result<Accepted> {
        let prepared = self.prepare(topic, payload, options)?;
        self.send_prepared(&prepared, &options.call)
    }

    /// Checks an event and fixes its key and its bytes, for [`Client::send_prepared`] now or later.
    ///
    /// # Errors
    /// `InvalidArgument` or `PayloadTooLarge`, with the outcome `NotSent`.
    pub fn prepare(&self, topic: &[u8], payload: &[u8], options: &SendOptions) -> Result<Prepared> {
        let key = match &options.idempotency_key {
            Some(key) => key.clone(),
            None => match random::bytes() {
                Ok(random) => IdempotencyKey::random(random),
                Err(error) => return Err(error.with_outcome(Outcome::NotSent)),
            },
        };
        Envelope::new(topic, payload, self.shared.config.payload_limit)
            .and_then(|envelope| Prepared::new(key.clone(), options.ordering_key.clone(), envelope))
            .map_err(|error| key.failed(error, Outcome::NotSent))
    }

    /// Sends a prepared event. However often, by whichever process: the service records it once.
    ///
    /// # Errors
    /// As [`Client::send`] once the arguments are accepted.
    pub fn send_prepared(&self, event: &Prepared, options: &CallOptions) -> Result<Accepted> {
        self.shared.send(event, options)
    }

    /// Asks what became of an event.
    ///
    /// # Errors
    /// `InvalidArgument` for an id that cannot be one; `NotFound` also when the service's store is
    /// down (protocol §2); otherwise as [`Client::send`], without a key and an outcome.
    pub fn get_event(&self, event_id: &[u8], options: &CallOptions) -> Result<EventStatus> {
        self.shared
            .get_event(validate::event_id(event_id)?, options)
    }

    /// The counters of this client in this process.
    pub fn stats(&self) -> &Stats {
        &self.shared.local().stats
    }
}

impl Shared {
    fn local(&self) -> &Local {
        let renewed = self
            .local
            .get_or_renew(|| Ok::<_, Infallible>(Local::new(&self.config, self.tls.as_ref())));
        match renewed {
            Ok(local) => local,
        }
    }

    fn send(&self, event: &Prepared, options: &CallOptions) -> Result<Accepted> {
        let not_sent = |error: Error| event.failed(error, Outcome::NotSent);
        self.check_open().map_err(not_sent)?;
        let head = self.requests.send(event).map_err(not_sent)?;
        let call = self.call(options).map_err(not_sent)?;
        guard_send(event, || call.send(&head, event))?
    }

    fn get_event(&self, event_id: &str, options: &CallOptions) -> Result<EventStatus> {
        self.check_open()?;
        let head = self.requests.get_event(event_id)?;
        self.call(options)?.get(&head)
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::new(Status::Closed, "the client is closed"));
        }
        Ok(())
    }

    fn call(&self, options: &CallOptions) -> Result<Call<'_>> {
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
            outlasts_refused_key: false,
        })
    }
}

impl Local {
    fn new(config: &Config, tls: Option<&TlsSettings>) -> Self {
        Local {
            http: Http::new(
                &config.base_url,
                &config.api_key,
                config.proxy.clone(),
                tls.map(TlsSettings::with_own_sessions),
                config.keep_alive,
            ),
            stats: Stats::default(),
            pace: Arc::new(Pace::new(Instant::now())),
            producer: OnceLock::new(),
            calls: CallPool::default(),
        }
    }
}

impl Drop for Client {
    /// Never waits: what is queued is given up, and the threads leave by themselves.
    fn drop(&mut self) {
        if let Some(local) = self.shared.local.get() {
            if let Some(producer) = local.producer.get() {
                producer.stop();
            }
            local.calls.stop();
        }
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("config", &self.shared.config)
            .finish_non_exhaustive()
    }
}
