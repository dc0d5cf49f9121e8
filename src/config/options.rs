//! The options of a client.

use std::os::unix::ffi::OsStrExt;
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::authorities::parse_pem;
use super::limits::{KeepAlive, PhaseTimeouts, QueueLimits};
use super::proxy::ProxySetting;
use super::retry_policy::RetryPolicy;
use super::tls_options::{TlsOptions, TlsRoots};
use super::unix_socket::UnixSocket;
use crate::error::{Error, Result};
use crate::protocol::extra_headers::ExtraHeaders;
use crate::protocol::validate;
use crate::sys::out_of_resources::{Shortage, is_shortage};

/// The environment variable with the API key.
pub const API_KEY_VARIABLE: &str = "HOOKRAIL_API_KEY";
/// The environment variable with the base URL.
pub const BASE_URL_VARIABLE: &str = "HOOKRAIL_BASE_URL";
/// The base URL if neither the arguments nor the environment have one.
pub const DEFAULT_BASE_URL: &str = "http://localhost:8080";
/// The largest payload the service accepts (protocol §1).
pub const DEFAULT_PAYLOAD_LIMIT: usize = 262_144;
/// The default number of idle connections to keep.
pub const DEFAULT_IDLE_CONNECTIONS: usize = 64;
/// The default of the longest use of a connection.
pub const DEFAULT_MAX_CONNECTION_AGE: Duration = Duration::from_secs(5 * 60);

/// The default limits of the producer.
pub const DEFAULT_QUEUE_LIMITS: QueueLimits = QueueLimits {
    events: 10_000,
    bytes: 64 * 1024 * 1024,
};
/// The default for the most submitted events that are being sent at once.
pub const DEFAULT_WORKERS: usize = 64;
/// The default time for delivering a submitted event: long enough for a service to restart.
pub const DEFAULT_DELIVERY_TIMEOUT: Duration = Duration::from_secs(120);

const MAX_WORKERS: usize = 4096;

/// The longest timeout: a day is longer than any sensible wait, and far from overflow.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of a client; [`ClientOptions::default`] is right for most.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    pub(super) timeouts: PhaseTimeouts,
    pub(super) max_elapsed: Option<Duration>,
    pub(super) max_retries: Option<u32>,
    pub(super) backoff_base: Option<Duration>,
    pub(super) backoff_cap: Option<Duration>,
    pub(super) respect_retry_after: bool,
    pub(super) tls: TlsOptions,
    pub(super) proxy: ProxySetting,
    pub(super) unix_socket: Option<UnixSocket>,
    pub(super) extra_headers: ExtraHeaders,
    pub(super) keep_alive: KeepAlive,
    pub(super) payload_limit: usize,
    pub(super) queue_limits: QueueLimits,
    pub(super) workers: usize,
    pub(super) delivery_timeout: Duration,
    pub(super) binding: String,
    pub(super) user_agent_suffix: Option<String>,
    pub(super) require_https: bool,
    pub(super) require_base_url: bool,
}

impl Default for ClientOptions {
    fn default() -> Self {
        ClientOptions {
            timeouts: PhaseTimeouts {
                connect: Duration::from_secs(5),
                read: Duration::from_secs(10),
                write: Duration::from_secs(10),
            },
            max_elapsed: None,
            max_retries: None,
            backoff_base: None,
            backoff_cap: None,
            respect_retry_after: true,
            tls: TlsOptions::default(),
            proxy: ProxySetting::Environment,
            unix_socket: None,
            extra_headers: ExtraHeaders::default(),
            keep_alive: KeepAlive {
                connections: DEFAULT_IDLE_CONNECTIONS,
                max_age: Some(DEFAULT_MAX_CONNECTION_AGE),
            },
            payload_limit: DEFAULT_PAYLOAD_LIMIT,
            queue_limits: DEFAULT_QUEUE_LIMITS,
            workers: DEFAULT_WORKERS,
            delivery_timeout: DEFAULT_DELIVERY_TIMEOUT,
            binding: concat!("rust/", env!("CARGO_PKG_VERSION")).to_owned(),
            user_agent_suffix: None,
            require_https: false,
            require_base_url: false,
        }
    }
}

impl ClientOptions {
    /// Returns the defaults for a client that calls itself `hookrail-<language>`.
    pub(crate) fn for_language(language: &str) -> Self {
        ClientOptions {
            binding: format!("{language}/{}", env!("CARGO_PKG_VERSION")),
            ..ClientOptions::default()
        }
    }

    /// Sets the time for looking up the name, connecting and negotiating TLS (default 5 s).
    ///
    /// # Errors
    /// `InvalidArgument` if it is zero or over a day. The other timeouts have the same bounds.
    pub fn set_connect_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.timeouts.connect = checked_timeout("connect timeout", timeout)?;
        Ok(())
    }

    /// Sets the time for each wait for a part of the answer (default 10 s).
    ///
    /// # Errors
    /// The errors of [`ClientOptions::set_connect_timeout`].
    pub fn set_read_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.timeouts.read = checked_timeout("read timeout", timeout)?;
        Ok(())
    }

    /// Sets the time for each wait until the service takes more of the request (default 10 s).
    ///
    /// # Errors
    /// The errors of [`ClientOptions::set_connect_timeout`].
    pub fn set_write_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.timeouts.write = checked_timeout("write timeout", timeout)?;
        Ok(())
    }

    /// Sets the time for a whole call, with retries and the waits between them (default 30 s): the `max_elapsed` of
    /// protocol §3.
    ///
    /// # Errors
    /// The errors of [`ClientOptions::set_connect_timeout`].
    pub fn set_total_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.max_elapsed = Some(checked_timeout("total timeout", timeout)?);
        Ok(())
    }

    /// Sets how often a failed attempt is repeated (default 3: up to 4 attempts).
    pub fn set_max_retries(&mut self, retries: u32) {
        self.max_retries = Some(retries);
    }

    /// Sets the base and the cap of the delays between attempts (defaults 0.2 s and 10 s). Without this call, a total
    /// timeout below 10 s is the cap.
    ///
    /// # Errors
    /// `InvalidArgument` if one is zero or over a day, or if the cap is below the base.
    pub fn set_backoff(&mut self, base: Duration, cap: Duration) -> Result<()> {
        let base = checked_timeout("backoff base", base)?;
        let cap = checked_timeout("backoff cap", cap)?;
        if cap < base {
            return Err(Error::invalid_argument(format!(
                "the backoff cap ({} ms) is below the base ({} ms)",
                cap.as_millis(),
                base.as_millis()
            )));
        }
        self.backoff_base = Some(base);
        self.backoff_cap = Some(cap);
        Ok(())
    }

    /// Sets whether the service's `Retry-After` is the shortest wait before a retry (default true).
    pub fn set_respect_retry_after(&mut self, respect: bool) {
        self.respect_retry_after = respect;
    }

    /// Sets whether a client for plain http is refused (default false): the API key and the events can be read on
    /// their way. A client is accepted if the service, and the proxy before it, are on this machine.
    pub fn set_require_https(&mut self, require: bool) {
        self.require_https = require;
    }

    /// Sets whether a base URL must be given, as an argument or in the environment (default false). Then a forgotten
    /// one does not send the API key to `http://localhost:8080`.
    pub fn set_require_base_url(&mut self, require: bool) {
        self.require_base_url = require;
    }

    /// Adds the certificate authorities in `pem` to the trusted ones.
    ///
    /// # Errors
    /// `Configuration` if `pem` holds no certificate or one that cannot be used.
    pub fn add_ca_pem(&mut self, pem: &[u8]) -> Result<()> {
        self.tls
            .extra
            .extend(parse_pem("the extra CA certificates", pem)?);
        Ok(())
    }

    /// Adds the certificate authorities in a PEM file to the trusted ones. The file is read now.
    ///
    /// # Errors
    /// `Configuration` if the file cannot be read, `OutOfResources` if the process has no descriptor for it, and
    /// the errors of [`ClientOptions::add_ca_pem`].
    pub fn add_ca_file(&mut self, path: &std::path::Path) -> Result<()> {
        let shown = path.display().to_string();
        let pem = std::fs::read(path).map_err(|error| {
            if is_shortage(&error) {
                return Shortage::descriptor("for the CA file", error).into();
            }
            Error::configuration(format!("cannot read the CA file {shown}: {error}"))
        })?;
        self.tls
            .extra
            .extend(parse_pem(&format!("the CA file {shown}"), &pem)?);
        Ok(())
    }

    /// Returns a digest of the settings that a caller's key for a shared client may not show: the contents of files,
    /// and secrets.
    pub(crate) fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        let mut add = |part: &[u8]| {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        };
        add(self.extra_headers.lines().as_bytes());
        if let Some(socket) = &self.unix_socket {
            add(socket.path().as_os_str().as_bytes());
        }
        if let Some(certificate) = &self.tls.client_certificate {
            add(certificate.digest());
        }
        for certificate in &self.tls.extra {
            add(certificate);
        }
        digest.finalize().into()
    }

    /// Sets whether the certificate authorities of the system are trusted (default), or only the extra ones.
    pub fn set_tls_roots(&mut self, roots: TlsRoots) {
        self.tls.roots = roots;
    }

    /// Sets the proxy (default: from the environment).
    pub fn set_proxy(&mut self, proxy: ProxySetting) {
        self.proxy = proxy;
    }

    /// Sets how many idle connections are kept for reuse (default 64). During a burst of calls and shortly after it, more
    /// are kept, for a second or two each.
    pub fn set_idle_connections(&mut self, connections: usize) {
        self.keep_alive.connections = connections;
    }

    /// Sets how long a connection is used, however well it works, before another replaces it (default 5 minutes;
    /// `None`: no limit). So the client follows a name that gets another address. Each connection's time is a random
    /// part of up to a fifth shorter. A running request is never cut off.
    ///
    /// # Errors
    /// `InvalidArgument` if it is zero or over a day.
    pub fn set_max_connection_age(&mut self, age: Option<Duration>) -> Result<()> {
        self.keep_alive.max_age = age
            .map(|age| checked_timeout("longest use of a connection", age))
            .transpose()?;
        Ok(())
    }

    /// Sets the largest payload that is sent, in bytes (default 262,144, the service's own limit); 0 means no limit.
    pub fn set_payload_limit(&mut self, bytes: usize) {
        self.payload_limit = bytes;
    }

    /// Sets the most events that the producer holds: queued, in flight, or completed and not collected (default
    /// 10,000).
    ///
    /// # Errors
    /// `InvalidArgument` if it is 0.
    pub fn set_queue_max_events(&mut self, events: usize) -> Result<()> {
        self.queue_limits.events = not_zero("the largest number of queued events", events)?;
        Ok(())
    }

    /// Sets the most bytes of events that the producer holds, queued or in flight (default 64 MiB). A single larger
    /// event is accepted if the queue is empty.
    ///
    /// # Errors
    /// `InvalidArgument` if it is 0.
    pub fn set_queue_max_bytes(&mut self, bytes: usize) -> Result<()> {
        self.queue_limits.bytes = not_zero("the largest number of queued bytes", bytes)?;
        Ok(())
    }

    /// Sets the most submitted events that are being sent at once (default 64). A burst begins with four; the number
    /// grows with the answers. All of them share one thread.
    ///
    /// # Errors
    /// `InvalidArgument` if it is 0 or over 4,096.
    pub fn set_workers(&mut self, workers: usize) -> Result<()> {
        if !(1..=MAX_WORKERS).contains(&workers) {
            return Err(Error::invalid_argument(format!(
                "the number of workers must be 1 to {MAX_WORKERS}, not {workers}"
            )));
        }
        self.workers = workers;
        Ok(())
    }

    /// Sets the time for delivering a submitted event, from its submit to the last retry (default 2 minutes).
    ///
    /// # Errors
    /// The errors of [`ClientOptions::set_connect_timeout`].
    pub fn set_delivery_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.delivery_timeout = checked_timeout("delivery timeout", timeout)?;
        Ok(())
    }

    /// Sets the language that the User-Agent names, as `ruby` or, for a package with a version of its own, as
    /// `python/0.2.0`: `hookrail-<language>/<version>`.
    ///
    /// # Errors
    /// `InvalidArgument` if it is not 1 to 32 lower-case letters and digits, with or without a slash and a version of
    /// digits and dots.
    pub fn set_binding(&mut self, binding: &str) -> Result<()> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let (language, version) = binding
            .split_once('/')
            .unwrap_or((binding, env!("CARGO_PKG_VERSION")));
        let in_version = |byte: u8| byte == b'.' || byte.is_ascii_digit();
        let is_language = !language.is_empty() && language.bytes().all(plain);
        if !is_language
            || version.is_empty()
            || binding.len() > 32
            || !version.bytes().all(in_version)
        {
            return Err(Error::invalid_argument(
                "the binding's language must be 1 to 32 lower-case letters and digits, with or without /VERSION",
            ));
        }
        self.binding = format!("{language}/{version}");
        Ok(())
    }

    /// Sets the text behind the library's own part of the User-Agent, for example `shop/2.1`.
    ///
    /// # Errors
    /// `InvalidArgument` if it cannot be part of a header.
    pub fn set_user_agent_suffix(&mut self, suffix: &[u8]) -> Result<()> {
        self.user_agent_suffix = Some(validate::user_agent_suffix(suffix)?.to_owned());
        Ok(())
    }

    pub(super) fn retry_policy(&self) -> Result<RetryPolicy> {
        let defaults = RetryPolicy::default();
        let max_elapsed = self.max_elapsed.unwrap_or(defaults.max_elapsed);
        let cap = self
            .backoff_cap
            .unwrap_or_else(|| defaults.cap.min(max_elapsed));
        let policy = RetryPolicy {
            max_retries: self.max_retries.unwrap_or(defaults.max_retries),
            base: self.backoff_base.unwrap_or_else(|| defaults.base.min(cap)),
            cap,
            max_elapsed,
            respect_retry_after: self.respect_retry_after,
        };
        policy.validate()?;
        Ok(policy)
    }
}

/// Checks a caller's timeout.
pub(crate) fn checked_timeout(what: &str, timeout: Duration) -> Result<Duration> {
    if timeout.is_zero() || timeout > MAX_TIMEOUT {
        return Err(Error::invalid_argument(format!(
            "the {what} must be over 0 and at most a day, not {} ms",
            timeout.as_millis()
        )));
    }
    Ok(timeout)
}

fn not_zero(what: &str, value: usize) -> Result<usize> {
    if value == 0 {
        return Err(Error::invalid_argument(format!("{what} must be over 0")));
    }
    Ok(value)
}
