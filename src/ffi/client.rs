//! `hookrail_client`.

use std::ffi::c_char;
use std::sync::Arc;

use super::argument;
use super::client_options::hookrail_client_options;
use super::error::hookrail_error;
use super::fallible::guard;
use super::handle;
use super::status::hookrail_status;
use crate::client::Client;

/// A client of a Hookrail service, with its connections and its queue.
///
/// Thread-safety: threads may share a client, and should: it keeps the connections. A child made by
/// fork() may use its parent's client; it opens connections of its own.
pub struct hookrail_client(Arc<Client>);

impl hookrail_client {
    /// Makes a handle for the caller to free.
    pub fn into_raw(client: Arc<Client>) -> *mut Self {
        handle::into_raw(hookrail_client(client))
    }

    pub fn client(&self) -> &Client {
        &self.0
    }
}

/// Makes a client. It connects with the first call.
///
/// @param api_key,api_key_len The producer key; NULL with 0 for the environment variable HOOKRAIL_API_KEY.
/// @param base_url,base_url_len The service's URL, for example "https://hooks.example.com/prefix"; NULL with 0
///   for the environment variable HOOKRAIL_BASE_URL, or "http://localhost:8080" if that is not set.
/// @param options NULL for the defaults.
/// @param out Set to the client; free it with hookrail_client_free().
///
/// A program with privileges of its own (setuid, setgid, file capabilities) ignores these variables, those of
/// proxies, SSL_CERT_FILE and SSL_CERT_DIR.
///
/// Thread-safety: any thread. The function reads the environment.
///
/// Errors: HOOKRAIL_CONFIGURATION (no key; a key, base URL, proxy, retry policy or certificate authority that
/// cannot be used; protocol section 4); HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_new(
    api_key: *const c_char,
    api_key_len: usize,
    base_url: *const c_char,
    base_url_len: usize,
    options: *const hookrail_client_options,
    out: *mut *mut hookrail_client,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (api_key, base_url, options, out) = unsafe {
            (
                argument::optional_bytes("api_key", api_key, api_key_len)?,
                argument::optional_url("base_url", base_url, base_url_len)?,
                options.as_ref(),
                argument::out("out", out)?,
            )
        };
        let defaults = hookrail_client_options::default();
        let options = options.unwrap_or(&defaults).options();
        let client = Client::new(api_key, base_url, options)?;
        *out = hookrail_client::into_raw(Arc::new(client));
        Ok(())
    })
}

/// Closes a client: refuses new calls, sends the queued events, gives up those that are left after
/// `timeout_ms`, ends the producer's threads and closes the idle connections.
///
/// Later calls return HOOKRAIL_CLOSED. Completions can still be collected, and the client must still be freed
/// with hookrail_client_free(). Closing a closed client is allowed.
///
/// @param timeout_ms How long to send, in milliseconds; 0 does not wait, less than 0 waits without end.
/// @param unsent NULL, or set to the number of events that were given up. Each of them has its completion.
///
/// Thread-safety: any thread.
///
/// Errors: HOOKRAIL_INTERRUPTED (a signal was delivered to this thread: call again to go on);
/// HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_close(
    client: *const hookrail_client,
    timeout_ms: i64,
    unsent: *mut usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let handle = unsafe { argument::handle("client", client) }?;
        let count = handle.client().close(argument::wait(timeout_ms))?;
        // SAFETY: the caller's contract.
        unsafe { argument::fill(unsent, count) };
        Ok(())
    })
}

/// Frees a client and closes its connections. NULL is allowed. Never waits.
///
/// Events that are still queued are lost, and so are completions that were not collected:
/// hookrail_client_close() first sends and counts them. A child made by fork() leaves its parent's connections
/// alone.
///
/// Thread-safety: no other thread may still use the client.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_free(client: *mut hookrail_client) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(client) };
}
