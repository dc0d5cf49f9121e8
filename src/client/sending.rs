//! The client's own calls: sending an event, and asking for its status.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32};

use super::options::{CallOptions, SendOptions};
use super::shared::{Local, Shared};
use crate::call::request::Requests;
use crate::call::stats::Counters;
use crate::config::environment::Environment;
use crate::config::options::ClientOptions;
use crate::config::resolved::Config;
use crate::error::{Outcome, Result};
use crate::protocol::answer::{Accepted, EventStatus};
use crate::protocol::event::Envelope;
use crate::protocol::keys::IdempotencyKey;
use crate::protocol::prepared::Prepared;
use crate::protocol::validate;
use crate::sys::fork::PerProcess;
use crate::sys::random;
use crate::transport::tls::TlsSettings;

/// A client of a Hookrail service. Threads may share it, and a fork of the process may go on using it.
pub struct Client {
    pub(super) shared: Arc<Shared>,
}

impl Client {
    /// Makes a client for the service at `base_url`. An argument that is `None` comes from the environment
    /// (`HOOKRAIL_API_KEY`, `HOOKRAIL_BASE_URL`); without either, the base URL is `http://localhost:8080`. The client
    /// does not connect yet. A program with privileges of its own (setuid, setgid, capabilities) reads no variable.
    ///
    /// # Errors
    /// `Configuration` if a setting is missing or unusable (protocol §4).
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
                requests: Requests::new(&config),
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
    /// `payload` is one JSON value; its bytes are sent unchanged. Failed attempts are repeated by the retry policy
    /// (protocol §3), with the same key and the same bytes.
    ///
    /// # Errors
    /// `InvalidArgument` and `PayloadTooLarge` before anything is sent. Then the service's final answer as an error
    /// (protocol §1), `RetriesExhausted` with the last error as its cause, or `Cancelled`. Each error carries the
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
        let limit = self.shared.config.payload_limit;
        let ordering_key = options.ordering_key.as_ref();
        let envelope = Envelope::new(topic, payload, limit).and_then(|envelope| {
            envelope.check_ordering_key(ordering_key)?;
            Ok(envelope)
        });
        match envelope {
            Ok(envelope) => Ok(Prepared::new(key, ordering_key.cloned(), envelope)
                .with_headers(options.headers.clone())),
            Err(error) => Err(key.failed(error, Outcome::NotSent)),
        }
    }

    /// Sends a prepared event. However often it is sent, and from any process, the service records it once.
    ///
    /// # Errors
    /// The errors of [`Client::send`] after the check of the arguments.
    pub fn send_prepared(&self, event: &Prepared, options: &CallOptions) -> Result<Accepted> {
        self.shared.send(event, options)
    }

    /// Asks for the status of an event: its deliveries and their attempts (protocol §2).
    ///
    /// # Errors
    /// `InvalidArgument` for an impossible id. `NotFound` if there is no such event, and also if the service's store
    /// is down (protocol §2). Otherwise the errors of [`Client::send`], without a key and an outcome.
    pub fn get_event(&self, event_id: &[u8], options: &CallOptions) -> Result<EventStatus> {
        self.shared
            .get_event(validate::event_id(event_id)?, options)
    }

    /// Returns the counters of this client in this process.
    pub fn stats(&self) -> &Counters {
        &self.shared.local().stats
    }
}

impl Drop for Client {
    /// Never waits: queued events are given up, and the threads end by themselves.
    fn drop(&mut self) {
        if let Some(local) = self.shared.local.get() {
            if let Some(producer) = local.producer.get() {
                producer.stop();
            }
            local.reactor.stop();
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
