//! What a development server is started with.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use hyper::Uri;
use thiserror::Error;

use crate::limits::RateLimit;
use crate::tls::Tls;
use crate::topics::TopicPattern;

/// A setting that cannot be used, and what would be right instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct ConfigError(pub(crate) String);

/// A key or signing secret: never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// A producer key and the topics it may send; no scope at all means every topic.
#[derive(Debug, Clone)]
pub struct ApiKey {
    pub(crate) token: Secret,
    pub(crate) scopes: Vec<TopicPattern>,
}

impl ApiKey {
    /// Whether this key may send `topic`.
    pub(crate) fn allows(&self, topic: &str) -> bool {
        self.scopes.is_empty() || self.scopes.iter().any(|scope| scope.matches(topic))
    }
}

impl FromStr for ApiKey {
    type Err = ConfigError;

    /// Reads `hk_…` or `hk_…=scope,scope`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (token, scopes) = match text.split_once('=') {
            Some((token, scopes)) => (token, scopes.split(',').map(str::parse).collect()),
            None => (text, Ok(Vec::new())),
        };
        let bytes = token.strip_prefix("hk_").unwrap_or_default();
        if bytes.is_empty() || !bytes.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ConfigError(
                "a producer key must be `hk_` followed by printable ASCII without spaces".into(),
            ));
        }
        Ok(Self {
            token: token.into(),
            scopes: scopes?,
        })
    }
}

/// Where events are delivered to.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub(crate) url: Uri,
    secret: Secret,
    // Counted for the list of endpoints; only the newest one signs.
    older_secrets: usize,
    pub(crate) topics: Vec<TopicPattern>,
    pub(crate) ordered: bool,
}

impl Endpoint {
    /// An endpoint at an `http://` URL whose deliveries are signed with `secret`.
    pub fn new(url: &str, secret: &str) -> Result<Self, ConfigError> {
        let uri: Uri = url.parse().map_err(|_| not_http(url))?;
        if uri.scheme_str() != Some("http") || uri.host().is_none_or(str::is_empty) {
            return Err(not_http(url));
        }
        Ok(Self {
            url: uri,
            secret: endpoint_secret(secret)?,
            older_secrets: 0,
            topics: Vec::new(),
            ordered: false,
        })
    }

    /// Keeps the order of events with the same ordering key: each waits for the one before it, also for
    /// one that is dead-lettered, until that is replayed or skipped.
    pub fn ordered(mut self) -> Self {
        self.ordered = true;
        self
    }

    /// Adds a newer secret, as a rotation does.
    pub fn secret(mut self, secret: &str) -> Result<Self, ConfigError> {
        self.rotate(secret)?;
        Ok(self)
    }

    /// Delivers only topics that match one of the patterns.
    pub fn topic(mut self, pattern: TopicPattern) -> Self {
        self.topics.push(pattern);
        self
    }

    pub(crate) fn rotate(&mut self, secret: &str) -> Result<(), ConfigError> {
        self.secret = endpoint_secret(secret)?;
        self.older_secrets += 1;
        Ok(())
    }

    /// The newest secret, with which deliveries are signed.
    pub(crate) fn signing_secret(&self) -> &Secret {
        &self.secret
    }

    pub(crate) fn secret_count(&self) -> usize {
        self.older_secrets + 1
    }

    pub(crate) fn wants(&self, topic: &str) -> bool {
        self.topics.is_empty() || self.topics.iter().any(|pattern| pattern.matches(topic))
    }
}

fn endpoint_secret(secret: &str) -> Result<Secret, ConfigError> {
    if secret.is_empty() {
        return Err(ConfigError(
            "an endpoint needs a secret that is not empty, such as whsec_dev".into(),
        ));
    }
    Ok(secret.into())
}

fn not_http(url: &str) -> ConfigError {
    ConfigError(format!(
        "endpoint {url:?} is not an absolute http:// URL such as http://127.0.0.1:9000/hook"
    ))
}

/// How deliveries are attempted.
#[derive(Debug, Clone)]
pub struct DeliveryPolicy {
    /// The wait before the first retry; it doubles with each further one.
    pub retry: Duration,
    /// How often a delivery is attempted before it is dead-lettered.
    pub max_attempts: u32,
    /// How long an endpoint may take to answer.
    pub timeout: Duration,
}

impl Default for DeliveryPolicy {
    fn default() -> Self {
        Self {
            retry: Duration::from_millis(100),
            max_attempts: 8,
            timeout: Duration::from_secs(5),
        }
    }
}

/// Everything a server is started with; `Config::default()` serves plain HTTP on a free port.
#[derive(Debug, Clone)]
pub struct Config {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The producer keys that are known.
    pub api_keys: Vec<ApiKey>,
    /// Where events are delivered to.
    pub endpoints: Vec<Endpoint>,
    /// How deliveries are attempted.
    pub delivery: DeliveryPolicy,
    /// How to serve https; plain http without.
    pub tls: Option<Tls>,
    /// How much each producer key may send; without a limit as much as it likes.
    pub rate_limit: Option<RateLimit>,
    /// How many events of an ordering key may wait at an ordered endpoint; without a limit any number.
    pub backlog_max: Option<usize>,
    /// Whether the service starts without its database, as after [`DevServer::set_outage`].
    ///
    /// [`DevServer::set_outage`]: crate::DevServer::set_outage
    pub outage: bool,
    /// How long a connection may be idle before it is closed.
    pub idle_timeout: Duration,
    /// How long an idempotency key is known.
    pub idempotency_retention: Duration,
    /// A path that stands before `/v1/…`, as behind a reverse proxy: empty, or `/prefix`.
    pub path_prefix: String,
    /// Where events and idempotency keys outlive the process.
    pub ledger_file: Option<PathBuf>,
    /// How many bytes the ledger may have in memory, and its file on disk. The oldest requests are forgotten for newer
    /// ones; an event for which there is no room is not recorded.
    pub ledger_bytes: u64,
    /// The names besides those of the loopback interface by which the control API may be addressed.
    pub allowed_hosts: Vec<String>,
    /// How many of the latest requests the ledger holds in full; 0 only counts them.
    pub ledger_requests: usize,
    /// Whether requests and deliveries are logged to standard error.
    pub verbose: bool,
}

impl Config {
    /// The producer key that the default configuration knows.
    pub const DEFAULT_API_KEY: &'static str = "hk_dev";
    /// How long the service leaves an idle connection open.
    pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(60);
    /// How long the service knows an idempotency key.
    pub const DEFAULT_IDEMPOTENCY_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
    /// How many requests the ledger holds by default.
    pub const DEFAULT_LEDGER_REQUESTS: usize = 10_000;
    /// How many bytes the ledger may have by default.
    pub const DEFAULT_LEDGER_BYTES: u64 = 1 << 30;

    pub(crate) fn check(&self) -> Result<(), ConfigError> {
        let prefix = &self.path_prefix;
        if !(prefix.is_empty() || prefix.starts_with('/') && !prefix.ends_with('/')) {
            return Err(ConfigError(format!(
                "path prefix {prefix:?} must start with a slash and not end with one, such as /hookrail"
            )));
        }
        if self.backlog_max == Some(0) {
            return Err(ConfigError(
                "a backlog of 0 would refuse every event with an ordering key; the least is 1"
                    .into(),
            ));
        }
        if self.delivery.max_attempts == 0 {
            return Err(ConfigError(
                "a delivery needs at least one attempt, not 0".into(),
            ));
        }
        Ok(())
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            port: 0,
            api_keys: vec![ApiKey {
                token: Self::DEFAULT_API_KEY.into(),
                scopes: Vec::new(),
            }],
            endpoints: Vec::new(),
            delivery: DeliveryPolicy::default(),
            tls: None,
            rate_limit: None,
            backlog_max: None,
            outage: false,
            idle_timeout: Self::DEFAULT_IDLE_TIMEOUT,
            idempotency_retention: Self::DEFAULT_IDEMPOTENCY_RETENTION,
            path_prefix: String::new(),
            ledger_file: None,
            ledger_bytes: Self::DEFAULT_LEDGER_BYTES,
            allowed_hosts: Vec::new(),
            ledger_requests: Self::DEFAULT_LEDGER_REQUESTS,
            verbose: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_with_and_without_scopes() {
        let open: ApiKey = "hk_a".parse().unwrap();
        assert!(open.allows("anything"));
        let scoped: ApiKey = "hk_b=order.*,user.created".parse().unwrap();
        assert!(scoped.allows("order.paid") && scoped.allows("user.created"));
        assert!(!scoped.allows("user.deleted"));
        for bad in ["", "hk_", "sk_a", "hk_a b", "hk_a=", "hk_a=x,"] {
            assert!(bad.parse::<ApiKey>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn secrets_stay_out_of_debug_output() {
        let key: ApiKey = "hk_topsecret".parse().unwrap();
        let endpoint = Endpoint::new("http://127.0.0.1:1/", "whsec_topsecret").unwrap();
        assert!(!format!("{key:?}{endpoint:?}").contains("topsecret"));
    }

    #[test]
    fn endpoints_must_be_plain_http() {
        for bad in ["https://host/", "/path", "host:80", "http://"] {
            let error = Endpoint::new(bad, "whsec_a").unwrap_err();
            assert!(error.to_string().contains("http://"), "{error}");
        }
        assert!(Endpoint::new("http://host/", "").is_err());
    }
}
