//! The server as a value: started, watched and stopped from blocking code.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime;
use tokio_rustls::TlsAcceptor;

use crate::config::{Config, ConfigError, Endpoint};
use crate::connection;
use crate::dead_letter_error::NotDead;
use crate::delivery::Jobs;
use crate::faults::PendingRule;
use crate::operator;
use crate::record::{EventRecord, RequestRecord, Summary};
use crate::rule::Rule;
use crate::shared::Shared;
use crate::tls::Identity;

/// The wait after a failed accept, usually caused by a shortage of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(10);

/// A running server with its own thread. Dropping it stops the server.
pub struct DevServer {
    shared: Arc<Shared>,
    addr: SocketAddr,
    ca: Option<String>,
    https: bool,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for DevServer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DevServer")
            .field("url", &self.url())
            .finish_non_exhaustive()
    }
}

impl DevServer {
    /// Starts a server. It listens when this returns.
    pub fn start(config: Config) -> io::Result<Self> {
        let invalid = |error: ConfigError| io::Error::new(io::ErrorKind::InvalidInput, error);
        config.check().map_err(invalid)?;
        let identity = config.tls.as_ref().map(Identity::load).transpose()?;
        let tls = identity.as_ref().map(Identity::server_config).transpose()?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port)).map_err(|error| {
            io::Error::new(
                error.kind(),
                format!("cannot listen on 127.0.0.1:{}: {error}", config.port),
            )
        })?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        let runtime = runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let shared = Arc::new(Shared::new(config, runtime.handle().clone())?);
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let https = tls.is_some();
        let thread = std::thread::Builder::new()
            .name("hookrail-devserver".into())
            .spawn({
                let shared = Arc::clone(&shared);
                move || {
                    runtime.block_on(accept(shared, listener, tls.map(TlsAcceptor::from)));
                    // The look-up of an endpoint's name cannot be interrupted, so the end does not wait for it.
                    runtime.shutdown_background();
                }
            })?;
        Ok(Self {
            shared,
            addr,
            ca: identity.and_then(|identity| identity.ca),
            https,
            thread: Some(thread),
        })
    }

    /// Returns the base URL with the path prefix, without a slash at its end.
    pub fn url(&self) -> String {
        let scheme = if self.https { "https" } else { "http" };
        format!("{scheme}://{}{}", self.addr, self.shared.path_prefix)
    }

    /// Returns its address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the authority that a client must trust, as PEM, if the server made it.
    pub fn ca_pem(&self) -> Option<&str> {
        self.ca.as_deref()
    }

    /// Returns the requests in the ledger.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.requests_since(0)
    }

    /// Returns the requests after the one with this number.
    pub fn requests_since(&self, seq: u64) -> Vec<RequestRecord> {
        self.shared.ledger.requests(seq, usize::MAX)
    }

    /// Returns the recorded events in their order.
    pub fn events(&self) -> Vec<EventRecord> {
        self.shared.ledger.events(0, usize::MAX)
    }

    /// Returns the counts.
    pub fn summary(&self) -> Summary {
        self.shared.ledger.summary()
    }

    /// Blocks until the counts satisfy a condition. After the timeout the error has the counts.
    pub fn wait_until(
        &self,
        timeout: Duration,
        condition: impl Fn(&Summary) -> bool,
    ) -> Result<Summary, Summary> {
        self.shared.ledger.wait(timeout, condition)
    }

    /// Forgets all requests, events, idempotency keys and counts. Fault rules stay.
    pub fn reset_ledger(&self) -> io::Result<()> {
        self.shared.ledger.reset()
    }

    /// Adds fault rules behind those in force. Adds none if one is wrong.
    pub fn add_faults(&self, rules: impl IntoIterator<Item = Rule>) -> Result<(), ConfigError> {
        self.shared.faults.append(rules.into_iter().collect())
    }

    /// Returns the fault rules in force.
    pub fn faults(&self) -> Vec<PendingRule> {
        self.shared.faults.pending()
    }

    /// Removes all fault rules.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// Adds an endpoint for later events. Returns its number.
    pub fn add_endpoint(&self, endpoint: Endpoint) -> usize {
        self.shared.add_endpoint(endpoint)
    }

    /// Signs deliveries to an endpoint with a new secret from now on.
    pub fn rotate_secret(&self, endpoint: usize, secret: &str) -> Result<(), ConfigError> {
        self.shared.rotate_secret(endpoint, secret)
    }

    /// Takes the service's database away, or gives it back. Without it every key gets a 401, `/readyz` answers
    /// 503, and nothing is delivered.
    pub fn set_outage(&self, outage: bool) {
        self.shared.set_outage(outage);
    }

    /// Delivers a dead letter again, with as many attempts as a new delivery. On an ordered endpoint its
    /// ordering key continues when it succeeds.
    pub fn replay_delivery(&self, delivery_id: &str) -> Result<(), NotDead> {
        operator::replay(&self.shared, delivery_id)
    }

    /// Skips a dead letter. On an ordered endpoint its ordering key continues.
    pub fn skip_delivery(&self, delivery_id: &str) -> Result<(), NotDead> {
        operator::skip(&self.shared, delivery_id)
    }

    /// Returns a handle that stops the server from another thread.
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.shared))
    }

    /// Blocks until the server is stopped.
    pub fn join(mut self) {
        self.join_thread();
    }

    fn join_thread(&mut self) {
        if let Some(thread) = self.thread.take()
            && let Err(panic) = thread.join()
            && !std::thread::panicking()
        {
            std::panic::resume_unwind(panic);
        }
    }
}

impl Drop for DevServer {
    fn drop(&mut self) {
        self.stopper().stop();
        self.join_thread();
    }
}

/// Stops a server.
#[derive(Clone)]
pub struct Stopper(Arc<Shared>);

impl Stopper {
    /// Stops the server. Connections are closed without an answer.
    pub fn stop(&self) {
        self.0.stop.send_replace(true);
    }
}

impl std::fmt::Debug for Stopper {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stopper").finish_non_exhaustive()
    }
}

async fn accept(shared: Arc<Shared>, listener: tokio::net::TcpListener, tls: Option<TlsAcceptor>) {
    Jobs::unfinished(&shared).start(&shared);
    let mut stop = shared.stop.subscribe();
    let accepting = async {
        loop {
            match listener.accept().await {
                Ok((tcp, _)) => {
                    tokio::spawn(connection::run(Arc::clone(&shared), tcp, tls.clone()));
                }
                Err(error) => {
                    shared.log(format_args!("accept failed: {error}"));
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}
