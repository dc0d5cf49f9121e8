//! The settings of a client, from arguments, environment and defaults.

use std::fmt;
use std::time::Duration;

use zeroize::Zeroizing;

use super::base_url::BaseUrl;
use super::limits::{KeepAlive, PhaseTimeouts, QueueLimits};
use super::options::{API_KEY_VARIABLE, BASE_URL_VARIABLE, ClientOptions, DEFAULT_BASE_URL};
use super::retry_policy::RetryPolicy;
use super::tls_options::TlsOptions;
use super::way::{Way, parse_base_url};
use crate::error::{Error, Result};
use crate::protocol::extra_headers::ExtraHeaders;
use crate::protocol::validate;

/// The settings of a client after everything was looked up and checked.
#[derive(Clone)]
pub(crate) struct Config {
    pub api_key: Zeroizing<String>,
    pub extra_headers: ExtraHeaders,
    pub base_url: BaseUrl,
    pub way: Way,
    pub tls: Option<TlsOptions>,
    pub timeouts: PhaseTimeouts,
    pub retry: RetryPolicy,
    pub keep_alive: KeepAlive,
    pub payload_limit: usize,
    pub queue_limits: QueueLimits,
    pub workers: usize,
    pub delivery_timeout: Duration,
    pub user_agent: String,
}

impl Config {
    /// Determines the settings from arguments, environment and defaults, in this order (protocol §4).
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
        let (base_url, socket) = match base_url {
            Some(url) => parse_base_url(as_text("base_url", url)?)?,
            None => match environment(BASE_URL_VARIABLE) {
                Some(url) => parse_base_url(&url)?,
                None if options.require_base_url => {
                    return Err(Error::configuration(format!(
                        "no base_url: pass one or set {BASE_URL_VARIABLE} (the options require one, and \
                         so {DEFAULT_BASE_URL} is not taken)"
                    )));
                }
                None => parse_base_url(DEFAULT_BASE_URL)?,
            },
        };
        let way = Way::resolve(options, &base_url, socket, environment)?;
        if options.require_https {
            way.check_stays_here(&base_url)?;
        }
        let tls = base_url.is_https().then(|| options.tls.clone());
        let library = format!("hookrail-{}", options.binding);
        Ok(Config {
            api_key,
            extra_headers: options.extra_headers.clone(),
            way,
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
            .field("way", &self.way)
            .field("extra_headers", &self.extra_headers)
            .field("user_agent", &self.user_agent)
            .finish_non_exhaustive()
    }
}
