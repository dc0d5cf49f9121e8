//! The settings of a client.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use zeroize::Zeroizing;

use super::client::Client;
use crate::client;
use crate::config::options::ClientOptions;
use crate::config::proxy::ProxySetting;
use crate::config::tls_options::TlsRoots;
use crate::error::{Error, Result};

/// The settings of a client, which [`Client::builder`] begins.
///
/// An error of a setting is returned by [`ClientBuilder::build`]. Timeouts are over 0 and at most a day.
///
/// ```
/// use std::time::Duration;
///
/// use hookrail::Client;
///
/// # fn main() -> hookrail::Result<()> {
/// let client = Client::builder()
///     .api_key("hk_test")
///     .base_url("https://hooks.example.com")
///     .total_timeout(Duration::from_secs(10))
///     .max_retries(5)
///     .user_agent_suffix("shop/2.1")
///     .build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[must_use = "the client is made by `build`"]
pub struct ClientBuilder {
    api_key: Option<Zeroizing<String>>,
    base_url: Option<String>,
    options: ClientOptions,
    /// The first error of a setting.
    fault: Option<Error>,
}

impl Client {
    /// Returns a builder with the default settings.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Makes a client with the default settings, and the API key and the base URL of the environment
    /// (`HOOKRAIL_API_KEY`, `HOOKRAIL_BASE_URL`).
    ///
    /// # Errors
    /// Those of [`ClientBuilder::build`].
    ///
    /// ```no_run
    /// let client = hookrail::Client::from_env()?;
    /// # Ok::<(), hookrail::Error>(())
    /// ```
    pub fn from_env() -> Result<Client> {
        Client::builder().build()
    }
}

impl ClientBuilder {
    /// Makes the client. It does not connect yet. A program with privileges of its own (setuid, setgid, file capabilities)
    /// reads no variable of the environment.
    ///
    /// # Errors
    /// The first error of a setting; `Configuration` if a setting is missing, unusable, or does not fit the others.
    ///
    /// ```
    /// use hookrail::{Client, Status};
    ///
    /// let error = Client::builder().api_key("hk_test").base_url("ftp://example.com").build().unwrap_err();
    /// assert_eq!(error.status(), Status::Configuration);
    /// ```
    pub fn build(self) -> Result<Client> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let api_key = self.api_key.as_ref().map(|key| key.as_bytes());
        let base_url = self.base_url.as_ref().map(|url| url.as_bytes());
        let core = client::Client::new(api_key, base_url, &self.options)?;
        Ok(Client {
            core: Arc::new(core),
        })
    }

    /// Sets the API key (default: the environment variable `HOOKRAIL_API_KEY`).
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(Zeroizing::new(key.into()));
        self
    }

    /// Sets the URL of the service, for example `https://hooks.example.com/prefix` (default: the environment variable
    /// `HOOKRAIL_BASE_URL`, or else `http://localhost:8080`).
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(url.into());
        self
    }

    /// Sets the time for looking up the name, connecting and negotiating TLS (default 5 s).
    pub fn connect_timeout(self, timeout: Duration) -> Self {
        self.set(|options| options.set_connect_timeout(timeout))
    }

    /// Sets the time for each wait for a part of the answer (default 10 s).
    pub fn read_timeout(self, timeout: Duration) -> Self {
        self.set(|options| options.set_read_timeout(timeout))
    }

    /// Sets the time for each wait until the service takes more of the request (default 10 s).
    pub fn write_timeout(self, timeout: Duration) -> Self {
        self.set(|options| options.set_write_timeout(timeout))
    }

    /// Sets the time for a whole call, with retries and the waits between them (default 30 s).
    pub fn total_timeout(self, timeout: Duration) -> Self {
        self.set(|options| options.set_total_timeout(timeout))
    }

    /// Sets how often a failed attempt is repeated (default 3: up to 4 attempts).
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.options.set_max_retries(retries);
        self
    }

    /// Sets the base and the cap of the delays between attempts (defaults 0.2 s and 10 s). The cap may not be below the base.
    /// Without this call, a total timeout below 10 s is the cap.
    pub fn backoff(self, base: Duration, cap: Duration) -> Self {
        self.set(|options| options.set_backoff(base, cap))
    }

    /// Sets whether the service's `Retry-After` is the shortest wait before a retry (default true).
    pub fn respect_retry_after(mut self, respect: bool) -> Self {
        self.options.set_respect_retry_after(respect);
        self
    }

    /// Sets whether a client for plain http is refused (default false): the API key and the events can be read on their
    /// way. A client is accepted if the service, and the proxy before it, are on this machine.
    pub fn require_https(mut self, require: bool) -> Self {
        self.options.set_require_https(require);
        self
    }

    /// Sets whether a base URL must be given, by [`ClientBuilder::base_url`] or in the environment (default false). Then a
    /// forgotten one does not send the API key to `http://localhost:8080`.
    pub fn require_base_url(mut self, require: bool) -> Self {
        self.options.set_require_base_url(require);
        self
    }

    /// Adds the certificate authorities in `pem` to the trusted ones.
    pub fn add_ca_pem(self, pem: impl AsRef<[u8]>) -> Self {
        self.set(|options| options.add_ca_pem(pem.as_ref()))
    }

    /// Adds the certificate authorities in a PEM file to the trusted ones. The file is read now.
    pub fn add_ca_file(self, path: impl AsRef<Path>) -> Self {
        self.set(|options| options.add_ca_file(path.as_ref()))
    }

    /// Sets whether the certificate authorities of the system are trusted (default), or only the added ones.
    pub fn tls_roots(mut self, roots: TlsRoots) -> Self {
        self.options.set_tls_roots(roots);
        self
    }

    /// Sets the certificate that the client shows to an https server that asks for one (mutual TLS), in PEM form. The
    /// certificate of the key comes first, then those of its authorities. The key is PKCS#8, PKCS#1 or SEC1, not encrypted.
    pub fn client_certificate_pem(
        self,
        certificate: impl AsRef<[u8]>,
        key: impl AsRef<[u8]>,
    ) -> Self {
        self.set(|options| {
            options.set_client_certificate_pem(certificate.as_ref(), Some(key.as_ref()))
        })
    }

    /// Sets the client certificate from PEM files, which are read now.
    pub fn client_certificate_file(
        self,
        certificate: impl AsRef<Path>,
        key: impl AsRef<Path>,
    ) -> Self {
        self.set(|options| {
            options.set_client_certificate_file(certificate.as_ref(), Some(key.as_ref()))
        })
    }

    /// Sets the proxy: `http://`, `socks5://` or `socks5h://`, with `user:password@` where needed (default: from the
    /// environment, with the variables of curl).
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.options.set_proxy(ProxySetting::Explicit(url.into()));
        self
    }

    /// Sets that no proxy is used, even if the environment names one.
    pub fn no_proxy(mut self) -> Self {
        self.options.set_proxy(ProxySetting::None);
        self
    }

    /// Sets the unix socket through which the client reaches the service: an absolute path of at most 107 bytes. The base
    /// URL still gives the scheme, the `Host` header and the path. No proxy is used.
    pub fn unix_socket(self, path: impl AsRef<Path>) -> Self {
        self.set(|options| options.set_unix_socket(Some(path.as_ref())))
    }

    /// Adds a header to every request of the client. An event's own headers replace those of the same names.
    pub fn header(self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Self {
        self.set(|options| options.add_header(name, value))
    }

    /// Sets how many idle connections are kept for reuse (default 64). During a burst of calls and shortly after it, more are
    /// kept, for a second or two each.
    pub fn idle_connections(mut self, connections: usize) -> Self {
        self.options.set_idle_connections(connections);
        self
    }

    /// Sets how long a connection is used before another replaces it (default 5 minutes; `None`: no limit). So the client
    /// follows a name that gets another address. A running request is never cut off.
    pub fn max_connection_age(self, age: impl Into<Option<Duration>>) -> Self {
        let age = age.into();
        self.set(|options| options.set_max_connection_age(age))
    }

    /// Sets the largest payload that is sent, in bytes (default 262,144, the service's own limit); 0 means no limit.
    pub fn payload_limit(mut self, bytes: usize) -> Self {
        self.options.set_payload_limit(bytes);
        self
    }

    /// Sets the most events that the queue holds: queued, being sent, or completed and not collected (default 10,000; at
    /// least 1).
    pub fn queue_max_events(self, events: usize) -> Self {
        self.set(|options| options.set_queue_max_events(events))
    }

    /// Sets the most bytes of events that the queue holds, queued or being sent (default 64 MiB; at least 1). A single larger
    /// event is accepted if the queue is empty.
    pub fn queue_max_bytes(self, bytes: usize) -> Self {
        self.set(|options| options.set_queue_max_bytes(bytes))
    }

    /// Sets the most submitted events that are being sent at once (1 to 4,096, default 64). All of them share one thread.
    pub fn workers(self, workers: usize) -> Self {
        self.set(|options| options.set_workers(workers))
    }

    /// Sets the time for delivering a submitted event, from its submit to the last retry (default 2 minutes).
    pub fn delivery_timeout(self, timeout: Duration) -> Self {
        self.set(|options| options.set_delivery_timeout(timeout))
    }

    /// Sets the text behind the library's own part of the User-Agent, for example `shop/2.1`.
    pub fn user_agent_suffix(self, suffix: impl AsRef<str>) -> Self {
        self.set(|options| options.set_user_agent_suffix(suffix.as_ref().as_bytes()))
    }

    fn set(mut self, change: impl FnOnce(&mut ClientOptions) -> Result<()>) -> Self {
        if self.fault.is_none() {
            self.fault = change(&mut self.options).err();
        }
        self
    }
}

/// Shows no secret: not the API key, and of a proxy, of headers and of a client certificate only that they are set.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("api_key", &self.api_key.as_ref().map(|_| "redacted"))
            .field("options", &self.options)
            .field("fault", &self.fault)
            .finish_non_exhaustive()
    }
}
