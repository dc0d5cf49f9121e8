//! `hookrail_client`.

use std::ffi::c_char;
use std::sync::Arc;

use super::accepted::hookrail_accepted;
use super::argument;
use super::cancel::hookrail_cancel;
use super::client_options::hookrail_client_options;
use super::error::hookrail_error;
use super::event_status::hookrail_event_status;
use super::guard::{guard, guard_value};
use super::send_options::{self, hookrail_send_options};
use super::status::hookrail_status;
use crate::client::{CallOptions, Client};
use crate::error::Result;

/// A connection to a Hookrail service.
///
/// Thread-safety: threads may share a client, and should: it keeps the connections. A child made by
/// fork() may use its parent's client; it opens connections of its own.
pub struct hookrail_client(Arc<Client>);

impl hookrail_client {
    /// A handle for the caller to free.
    pub fn into_raw(client: Arc<Client>) -> *mut Self {
        Box::into_raw(Box::new(hookrail_client(client)))
    }

    pub fn client(&self) -> &Client {
        &self.0
    }
}

/// The options of a call that takes them as plain arguments.
///
/// # Safety
/// `cancel` is NULL or a live handle.
pub unsafe fn call_options(cancel: *const hookrail_cancel, timeout_ms: i64) -> Result<CallOptions> {
    Ok(CallOptions {
        timeout: argument::optional_milliseconds(timeout_ms)?,
        // SAFETY: the caller's contract.
        cancel: unsafe { cancel.as_ref() }.map(hookrail_cancel::token),
    })
}

/// Makes a client. Nothing is connected yet.
///
/// `api_key`: the producer key; NULL with 0: the environment variable HOOKRAIL_API_KEY.
/// `base_url`: where the service is, for example "https://hooks.example.com/prefix"; NULL with 0: the
/// environment variable HOOKRAIL_BASE_URL, else "http://localhost:8080".
/// `options`: NULL for the defaults. A program with privileges of its own (setuid, setgid, file
/// capabilities) does not obey these variables, nor those of proxies, SSL_CERT_FILE and SSL_CERT_DIR.
///
/// Ownership: free `*out` with hookrail_client_free(). Everything is copied.
/// Thread-safety: any thread; it reads the environment.
/// Errors: HOOKRAIL_CONFIGURATION (no key, an unusable key, base URL, proxy, retry policy or
/// certificate authority; protocol section 4), HOOKRAIL_INVALID_ARGUMENT.
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

/// Frees a client and closes its connections. NULL is fine. Never waits: events that are still queued
/// are lost, and so are completions that were not collected; hookrail_client_close() first sends and
/// counts them. In a child made by fork() it leaves the parent's connections alone.
///
/// Thread-safety: no other thread may use the client any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_free(client: *mut hookrail_client) {
    if !client.is_null() {
        // SAFETY: the handle came from hookrail_client_new, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(client) }));
    }
}

/// Sends one event and waits until the service has recorded it (protocol section 1).
///
/// `topic`: not empty, at most 256 characters, UTF-8. `payload`: exactly one JSON value in UTF-8; its
/// bytes go out as they are. Refused with the offset: more than 512 levels of arrays and objects inside
/// each other, and what the service can never store (`\u0000`, half a surrogate pair, a number of
/// 10^131072 or more or with more than 16383 decimal places). `options`: NULL for the defaults.
///
/// Failed attempts are repeated with the same key and the same bytes (protocol section 3), within the
/// total timeout. A signal neither ends nor repeats the call. After a 429 of the API key the whole client slows
/// down: the call then waits for its turn, within the same time.
///
/// Ownership: free `*out` with hookrail_accepted_free(). Everything is copied.
/// Thread-safety: any thread, any number at the same time.
/// Errors, each with its outcome, the idempotency key and the number of attempts:
/// HOOKRAIL_INVALID_ARGUMENT (topic, payload or key; nothing was sent), HOOKRAIL_PAYLOAD_TOO_LARGE (the
/// client's limit, or 413), HOOKRAIL_BAD_REQUEST (400), HOOKRAIL_AUTHENTICATION (401),
/// HOOKRAIL_PERMISSION_DENIED (403), HOOKRAIL_NOT_FOUND (404), HOOKRAIL_CONFLICT (409),
/// HOOKRAIL_UNEXPECTED_STATUS (any other final answer, redirects too), HOOKRAIL_TLS (a certificate that
/// does not fit: final), HOOKRAIL_PROTOCOL (a success that is not what the protocol promises),
/// HOOKRAIL_RATE_LIMITED (nothing was sent: the call's turn would come after its time, in
/// hookrail_error_retry_after_ms()), HOOKRAIL_CANCELLED, HOOKRAIL_CLOSED,
/// HOOKRAIL_RETRIES_EXHAUSTED over the last attempt's error (one of
/// HOOKRAIL_CONNECTION, HOOKRAIL_TIMEOUT, HOOKRAIL_TLS, HOOKRAIL_PROTOCOL, HOOKRAIL_RATE_LIMITED,
/// HOOKRAIL_OUT_OF_RESOURCES (no socket, descriptor or thread for the attempt), HOOKRAIL_SERVER_ERROR, HOOKRAIL_UNEXPECTED_STATUS for 408 and 425). hookrail_error_last() finds that
/// one, and a final error alike.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_send_event(
    client: *const hookrail_client,
    topic: *const c_char,
    topic_len: usize,
    payload: *const c_char,
    payload_len: usize,
    options: *const hookrail_send_options,
    out: *mut *mut hookrail_accepted,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (client, topic, payload, options, out) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("topic", topic, topic_len)?,
                argument::bytes("payload", payload, payload_len)?,
                send_options::or_default(options),
                argument::out("out", out)?,
            )
        };
        let accepted = client.0.send(topic, payload, &options)?;
        *out = hookrail_accepted::into_raw(accepted);
        Ok(())
    })
}

/// Asks what became of an event (protocol section 2).
///
/// `cancel`: NULL for none. `timeout_ms`: the time for the whole call; 0 or less for the client's
/// total timeout.
///
/// Ownership: free `*out` with hookrail_event_status_free(). Everything is copied.
/// Thread-safety: any thread, any number at the same time.
/// Errors: HOOKRAIL_INVALID_ARGUMENT (an id that is empty, "." or "..", over 256 bytes or not UTF-8);
/// HOOKRAIL_NOT_FOUND (404) when there is no such event; a service whose database is away answers with
/// HOOKRAIL_AUTHENTICATION (401) or HOOKRAIL_SERVER_ERROR (500) instead; otherwise as hookrail_send_event(), without key and outcome.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_get_event(
    client: *const hookrail_client,
    event_id: *const c_char,
    event_id_len: usize,
    cancel: *const hookrail_cancel,
    timeout_ms: i64,
    out: *mut *mut hookrail_event_status,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the caller's contract.
        let (client, event_id, options, out) = unsafe {
            (
                argument::handle("client", client)?,
                argument::bytes("event_id", event_id, event_id_len)?,
                call_options(cancel, timeout_ms)?,
                argument::out("out", out)?,
            )
        };
        let status = client.0.get_event(event_id, &options)?;
        *out = hookrail_event_status::into_raw(&status);
        Ok(())
    })
}
