//! The settings of a development server.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use hyper::Uri;

pub use crate::config_error::ConfigError;
use crate::limits::RateLimit;
use crate::tls::Tls;
use crate::topics::TopicPattern;

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

/// A producer key and the topics that it may send. Without scopes it may send every topic.
#[derive(Debug, Clone)]
pub struct ApiKey {
    pub(crate) token: Secret,
    pub(crate) scopes: Vec<TopicPattern>,
}

impl ApiKey {
    /// Returns whether this key may send `topic`.
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

/// An endpoint for deliveries.
#[derive(Debug, Clone)]
pub struct Endpoint {
    pub(crate) url: Uri,
    secret: Secret,
    // The list of endpoints shows their number. Only the newest one signs.
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

    /// Keeps the order of events with the same ordering key. Each event waits for the one before it; it waits
    /// for a dead letter until that is replayed or skipped.
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

/// The schedule of delivery attempts.
#[derive(Debug, Clone)]
pub struct DeliveryPolicy {
    /// The wait before the first retry; it doubles with each further one.
    pub retry: Duration,
    /// The number of attempts before a delivery is dead-lettered.
    pub max_attempts: u32,
    /// The time for an endpoint to answer.
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

/// The settings of a server. `Config::default()` serves plain HTTP on a free port.
#[derive(Debug, Clone)]
pub struct Config {
    /// The port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The known producer keys.
    pub api_keys: Vec<ApiKey>,
    /// The endpoints for deliveries.
    pub endpoints: Vec<Endpoint>,
    /// The schedule of delivery attempts.
    pub delivery: DeliveryPolicy,
    /// The certificate for https. Without it the server speaks plain http.
    pub tls: Option<Tls>,
    /// The rate limit of each producer key. `None` sets no limit.
    pub rate_limit: Option<RateLimit>,
    /// The number of events of an ordering key that may wait at an ordered endpoint. `None` sets no limit.
    pub backlog_max: Option<usize>,
    /// Whether the service starts without its database, as after [`DevServer::set_outage`].
    ///
    /// [`DevServer::set_outage`]: crate::DevServer::set_outage
    pub outage: bool,
    /// The time after which an idle connection is closed.
    pub idle_timeout: Duration,
    /// The time for which an idempotency key is known.
    pub idempotency_retention: Duration,
    /// A path before `/v1/…`, as behind a reverse proxy: empty, or `/prefix`.
    pub path_prefix: String,
    /// The file that keeps events and idempotency keys beyond the process.
    pub ledger_file: Option<PathBuf>,
    /// The limit in bytes of the ledger in memory, and of its file. Newer requests replace the oldest ones. An event
    /// for which there is no room is not recorded.
    pub ledger_bytes: u64,
    /// Additional host names for the control API, besides those of the loopback interface.
    pub allowed_hosts: Vec<String>,
    /// The number of latest requests that the ledger holds in full. 0 only counts them.
    pub ledger_requests: usize,
    /// Whether requests and deliveries are logged to standard error.
    pub verbose: bool,
}

impl Config {
    /// The producer key of the default configuration.
    pub const DEFAULT_API_KEY: &'static str = "hk_dev";
    /// The time for which the service keeps an idle connection open.
    pub const DEFAULT_IDLE_TIMEOUT: Duration = Duration::from_secs(60);
    /// The time for which the service knows an idempotency key.
    pub const DEFAULT_IDEMPOTENCY_RETENTION: Duration = Duration::from_secs(24 * 60 * 60);
    /// The number of requests that the ledger holds by default.
    pub const DEFAULT_LEDGER_REQUESTS: usize = 10_000;
    /// The limit in bytes of the ledger by default.
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
