//! How a client is set up.

use std::fmt;
use std::time::Duration;

use rustls::pki_types::CertificateDer;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::base_url::BaseUrl;
use crate::error::{Error, Result};
use crate::producer::Limits;
use crate::proxy::{self, Proxy, ProxySetting};
use crate::retry::RetryPolicy;
use crate::shortage::{Shortage, is_shortage};
use crate::transport::context::PhaseTimeouts;
use crate::transport::idle::KeepAlive;
use crate::transport::tls::{TlsRoots, TlsSettings, parse_pem};
use crate::validate;

/// The environment variable with the API key.
pub const API_KEY_VARIABLE: &str = "HOOKRAIL_API_KEY";
/// The environment variable with the base URL.
pub const BASE_URL_VARIABLE: &str = "HOOKRAIL_BASE_URL";
/// The base URL where neither argument nor environment has one.
pub const DEFAULT_BASE_URL: &str = "http://localhost:8080";
/// The largest payload the service accepts (protocol §1).
pub const DEFAULT_PAYLOAD_LIMIT: usize = 262_144;
/// Idle connections that are kept by default.
pub const DEFAULT_IDLE_CONNECTIONS: usize = 64;
/// How long a connection is used by default.
pub const DEFAULT_MAX_CONNECTION_AGE: Duration = Duration::from_secs(5 * 60);

/// The producer's limits by default.
pub const DEFAULT_QUEUE_LIMITS: Limits = Limits {
    events: 10_000,
    bytes: 64 * 1024 * 1024,
};
/// The producer's threads by default.
pub const DEFAULT_WORKERS: usize = 4;
/// The time for delivering a submitted event by default: long enough for a service to restart.
pub const DEFAULT_DELIVERY_TIMEOUT: Duration = Duration::from_secs(120);

const MAX_WORKERS: usize = 64;

/// No timeout is longer: a day is beyond any sensible wait, and far from overflow.
const MAX_TIMEOUT: Duration = Duration::from_secs(24 * 60 * 60);

/// The settings of a client; [`ClientOptions::default`] is right for most.
///
/// ```
/// use std::time::Duration;
/// let mut options = hookrail::config::ClientOptions::default();
/// options.set_total_timeout(Duration::from_secs(5)).unwrap();
/// options.set_max_retries(5);
/// ```
#[derive(Clone, Debug)]
pub struct ClientOptions {
    timeouts: PhaseTimeouts,
    max_elapsed: Option<Duration>,
    max_retries: Option<u32>,
    backoff_base: Option<Duration>,
    backoff_cap: Option<Duration>,
    respect_retry_after: bool,
    extra_roots: Vec<CertificateDer<'static>>,
    roots: TlsRoots,
    proxy: ProxySetting,
    keep_alive: KeepAlive,
    payload_limit: usize,
    queue_limits: Limits,
    workers: usize,
    delivery_timeout: Duration,
    binding: String,
    user_agent_suffix: Option<String>,
    require_https: bool,
    require_base_url: bool,
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
            extra_roots: Vec::new(),
            roots: TlsRoots::Platform,
            proxy: ProxySetting::Environment,
            keep_alive: KeepAlive {
                connections: DEFAULT_IDLE_CONNECTIONS,
                max_age: Some(DEFAULT_MAX_CONNECTION_AGE),
            },
            payload_limit: DEFAULT_PAYLOAD_LIMIT,
            queue_limits: DEFAULT_QUEUE_LIMITS,
            workers: DEFAULT_WORKERS,
            delivery_timeout: DEFAULT_DELIVERY_TIMEOUT,
            binding: "rust".to_owned(),
            user_agent_suffix: None,
            require_https: false,
            require_base_url: false,
        }
    }
}

impl ClientOptions {
    /// The defaults, for a client that calls itself `hookrail-<language>`.
    pub(crate) fn for_language(language: &str) -> Self {
        ClientOptions {
            binding: language.to_owned(),
            ..ClientOptions::default()
        }
    }

    /// Time for looking up the name, connecting and negotiating TLS (default 5 s).
    ///
    /// # Errors
    /// `InvalidArgument` when it is zero or over a day; so for the other timeouts.
    pub fn set_connect_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.timeouts.connect = checked_timeout("connect timeout", timeout)?;
        Ok(())
    }

    /// Time for each wait for a part of the answer (default 10 s).
    ///
    /// # Errors
    /// As [`ClientOptions::set_connect_timeout`].
    pub fn set_read_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.timeouts.read = checked_timeout("read timeout", timeout)?;
        Ok(())
    }

    /// Time for each wait until the service takes more of the request (default 10 s).
    ///
    /// # Errors
    /// As [`ClientOptions::set_connect_timeout`].
    pub fn set_write_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.timeouts.write = checked_timeout("write timeout", timeout)?;
        Ok(())
    }

    /// Time for a whole call, retries and the waits between them included (default 30 s): the
    /// `max_elapsed` of protocol §3.
    ///
    /// # Errors
    /// As [`ClientOptions::set_connect_timeout`].
    pub fn set_total_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.max_elapsed = Some(checked_timeout("total timeout", timeout)?);
        Ok(())
    }

    /// How often a failed attempt is repeated (default 3, that is up to 4 attempts).
    pub fn set_max_retries(&mut self, retries: u32) {
        self.max_retries = Some(retries);
    }

    /// The base and the cap of the delays between attempts (defaults 0.2 s and 10 s). Without a call
    /// of this, a total timeout below 10 s lowers the cap to itself.
    ///
    /// # Errors
    /// `InvalidArgument` when one is zero or over a day, or the cap is below the base.
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

    /// Whether `Retry-After` of the service is the least wait before a retry (default true).
    pub fn set_respect_retry_after(&mut self, respect: bool) {
        self.respect_retry_after = respect;
    }

    /// Whether a client for plain http is refused, unless the service and a proxy before it are on this machine
    /// (default false): over plain http the API key and the events can be read on their way.
    pub fn set_require_https(&mut self, require: bool) {
        self.require_https = require;
    }

    /// Whether a base URL must be given, by argument or environment (default false), so that a missing one does
    /// not send the API key to `http://localhost:8080`.
    pub fn set_require_base_url(&mut self, require: bool) {
        self.require_base_url = require;
    }

    /// Trusts the certificate authorities in `pem`, too.
    ///
    /// # Errors
    /// `Configuration` when it holds no certificate or one that cannot be used.
    pub fn add_ca_pem(&mut self, pem: &[u8]) -> Result<()> {
        self.extra_roots
            .extend(parse_pem("the extra CA certificates", pem)?);
        Ok(())
    }

    /// Trusts the certificate authorities in a PEM file, too. The file is read now.
    ///
    /// # Errors
    /// `Configuration` when it cannot be read, `OutOfResources` when there is no descriptor for it, and as [`ClientOptions::add_ca_pem`].
    pub fn add_ca_file(&mut self, path: &std::path::Path) -> Result<()> {
        let shown = path.display().to_string();
        let pem = std::fs::read(path).map_err(|error| {
            if is_shortage(&error) {
                return Shortage::descriptor("for the CA file", error).into();
            }
            Error::configuration(format!("cannot read the CA file {shown}: {error}"))
        })?;
        self.extra_roots
            .extend(parse_pem(&format!("the CA file {shown}"), &pem)?);
        Ok(())
    }

    /// A digest of the extra certificate authorities, in their order.
    pub(crate) fn extra_roots_digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        for certificate in &self.extra_roots {
            digest.update(certificate.len().to_be_bytes());
            digest.update(certificate);
        }
        digest.finalize().into()
    }

    /// Whether the certificate authorities of the system are trusted (default) or only the extra
    /// ones.
    pub fn set_tls_roots(&mut self, roots: TlsRoots) {
        self.roots = roots;
    }

    /// Which proxy is used (default: that of the environment).
    pub fn set_proxy(&mut self, proxy: ProxySetting) {
        self.proxy = proxy;
    }

    /// How many idle connections are kept for reuse (default 64).
    pub fn set_idle_connections(&mut self, connections: usize) {
        self.keep_alive.connections = connections;
    }

    /// How long a connection is used before another replaces it, however well it works (default 5
    /// minutes), so that the client follows a name that leads to another address; `None`: without end.
    /// Each connection's time is up to a fifth shorter, by chance. A request under way is never cut off.
    ///
    /// # Errors
    /// `InvalidArgument` when it is zero or over a day.
    pub fn set_max_connection_age(&mut self, age: Option<Duration>) -> Result<()> {
        self.keep_alive.max_age = age
            .map(|age| checked_timeout("longest use of a connection", age))
            .transpose()?;
        Ok(())
    }

    /// The largest payload that is sent, in bytes (default 262,144, the service's own limit); 0 for
    /// none.
    pub fn set_payload_limit(&mut self, bytes: usize) {
        self.payload_limit = bytes;
    }

    /// The most events that the producer holds: queued, in flight, or completed and not collected
    /// (default 10,000).
    ///
    /// # Errors
    /// `InvalidArgument` when it is 0.
    pub fn set_queue_max_events(&mut self, events: usize) -> Result<()> {
        self.queue_limits.events = not_zero("the largest number of queued events", events)?;
        Ok(())
    }

    /// The most bytes of events that the producer holds, queued or in flight (default 64 MiB). A
    /// single larger event is taken in when nothing else is there.
    ///
    /// # Errors
    /// `InvalidArgument` when it is 0.
    pub fn set_queue_max_bytes(&mut self, bytes: usize) -> Result<()> {
        self.queue_limits.bytes = not_zero("the largest number of queued bytes", bytes)?;
        Ok(())
    }

    /// How many threads send submitted events at most (default 4).
    ///
    /// # Errors
    /// `InvalidArgument` when it is 0 or over 64.
    pub fn set_workers(&mut self, workers: usize) -> Result<()> {
        if !(1..=MAX_WORKERS).contains(&workers) {
            return Err(Error::invalid_argument(format!(
                "the number of workers must be 1 to {MAX_WORKERS}, not {workers}"
            )));
        }
        self.workers = workers;
        Ok(())
    }

    /// Time for delivering a submitted event, queueing and retries included (default 2 minutes).
    ///
    /// # Errors
    /// As [`ClientOptions::set_connect_timeout`].
    pub fn set_delivery_timeout(&mut self, timeout: Duration) -> Result<()> {
        self.delivery_timeout = checked_timeout("delivery timeout", timeout)?;
        Ok(())
    }

    /// The language that the User-Agent names: `hookrail-<language>/<version>`.
    ///
    /// # Errors
    /// `InvalidArgument` when it is empty or holds anything but lower-case letters and digits.
    pub fn set_binding(&mut self, language: &str) -> Result<()> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if language.is_empty() || language.len() > 32 || !language.bytes().all(plain) {
            return Err(Error::invalid_argument(
                "the binding's language must be 1 to 32 lower-case letters and digits",
            ));
        }
        language.clone_into(&mut self.binding);
        Ok(())
    }

    /// What follows the library's own part of the User-Agent, for example `shop/2.1`.
    ///
    /// # Errors
    /// `InvalidArgument` when it cannot be part of a header.
    pub fn set_user_agent_suffix(&mut self, suffix: &[u8]) -> Result<()> {
        self.user_agent_suffix = Some(validate::user_agent_suffix(suffix)?.to_owned());
        Ok(())
    }

    fn retry_policy(&self) -> Result<RetryPolicy> {
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

/// Checks a timeout that a caller gives.
pub(crate) fn checked_timeout(what: &str, timeout: Duration) -> Result<Duration> {
    if timeout.is_zero() || timeout > MAX_TIMEOUT {
        return Err(Error::invalid_argument(format!(
            "the {what} must be over 0 and at most a day, not {} ms",
            timeout.as_millis()
        )));
    }
    Ok(timeout)
}

/// Refuses plain http that leaves this machine, where the options require https.
fn check_stays_here(base_url: &BaseUrl, proxy: Option<&Proxy>) -> Result<()> {
    if base_url.is_https() {
        return Ok(());
    }
    let (what, host) = match proxy {
        Some(proxy) if !proxy.is_loopback() => ("goes through the proxy", proxy.host()),
        _ if !base_url.parsed_host().is_loopback() => ("is for the host", base_url.host()),
        _ => return Ok(()),
    };
    Err(Error::configuration(format!(
        "base_url is plain http and {what} {host}, which is not this machine, and the options require \
         https: the API key could be read on its way; use https"
    )))
}

fn not_zero(what: &str, value: usize) -> Result<usize> {
    if value == 0 {
        return Err(Error::invalid_argument(format!("{what} must be over 0")));
    }
    Ok(value)
}

/// A client's settings once everything was looked up and checked.
#[derive(Clone)]
pub(crate) struct Config {
    pub api_key: Zeroizing<String>,
    pub base_url: BaseUrl,
    pub proxy: Option<Proxy>,
    pub tls: Option<TlsSettings>,
    pub timeouts: PhaseTimeouts,
    pub retry: RetryPolicy,
    pub keep_alive: KeepAlive,
    pub payload_limit: usize,
    pub queue_limits: Limits,
    pub workers: usize,
    pub delivery_timeout: Duration,
    pub user_agent: String,
}

impl Config {
    /// Resolves arguments, environment and defaults, in this order (protocol §4).
    pub fn resolve(
        api_key: Option<&[u8]>,
        base_url: Option<&[u8]>,
        options: &ClientOptions,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let api_key = match api_key {
            Some(key) => Zeroizing::new(validate::api_key(key)?.to_owned()),
            None => {
                let key = environment(API_KEY_VARIABLE).map(Zeroizing::new);
                let key = key.ok_or_else(|| {
                    Error::configuration(format!("no API key: pass one or set {API_KEY_VARIABLE}"))
                })?;
                validate::api_key(key.as_bytes())?;
                key
            }
        };
        let base_url = match base_url {
            Some(url) => BaseUrl::parse(as_text("base_url", url)?)?,
            None => match environment(BASE_URL_VARIABLE) {
                Some(url) => BaseUrl::parse(&url)?,
                None if options.require_base_url => {
                    return Err(Error::configuration(format!(
                        "no base_url: pass one or set {BASE_URL_VARIABLE} (the options require one, and \
                         so {DEFAULT_BASE_URL} is not taken)"
                    )));
                }
                None => BaseUrl::parse(DEFAULT_BASE_URL)?,
            },
        };
        let proxy = proxy::resolve(&options.proxy, &base_url, environment)?;
        if options.require_https {
            check_stays_here(&base_url, proxy.as_ref())?;
        }
        let tls = if base_url.is_https() {
            let extra = options.extra_roots.clone();
            Some(TlsSettings::new(base_url.host(), options.roots, extra)?)
        } else {
            None
        };
        let library = format!("hookrail-{}/{}", options.binding, env!("CARGO_PKG_VERSION"));
        Ok(Config {
            api_key,
            proxy,
            tls,
            base_url,
            timeouts: options.timeouts,
            retry: options.retry_policy()?,
            keep_alive: options.keep_alive,
            payload_limit: options.payload_limit,
            queue_limits: options.queue_limits,
            workers: options.workers,
            delivery_timeout: options.delivery_timeout,
            user_agent: match &options.user_agent_suffix {
                Some(suffix) => format!("{library} {suffix}"),
                None => library,
            },
        })
    }
}

fn as_text<'a>(what: &str, bytes: &'a [u8]) -> Result<&'a str> {
    std::str::from_utf8(bytes)
        .map_err(|_| Error::configuration(format!("{what} is not valid UTF-8")))
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("base_url", &self.base_url)
            .field("proxy", &self.proxy)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}
