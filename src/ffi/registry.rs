//! `hookrail_client_shared`: clients that outlive whoever uses them.

use std::ffi::c_char;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use super::argument;
use super::client::hookrail_client;
use super::client_options::hookrail_client_options;
use super::error::hookrail_error;
use super::guard::guard;
use super::shared_clients::{Identity, SharedClients};
use super::status::hookrail_status;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::sys::fork::PerProcess;

/// The clients of this process by their identities. A forked child starts with none: the lock may be held by
/// a thread that it does not have.
type Clients = Mutex<SharedClients<Client>>;

static CLIENTS: PerProcess<Clients> = PerProcess::empty();

/// Like hookrail_client_new(), but the library keeps the client beyond its handles, and returns the same one
/// when it is asked with the same `key` and the same certificate authorities. For hosts that forget their
/// variables between requests, like PHP, and would else connect anew for each.
///
/// `key`: the caller's name for exactly these settings, best a hash of all of them; not empty. What was added by
/// hookrail_client_options_add_ca_file() and hookrail_client_options_add_ca_pem() belongs to the identity by
/// its content, so that a file that was replaced is obeyed by the next client. When a client of the key and
/// these certificate authorities is there, the other arguments are not looked at. A forked child starts
/// without clients.
///
/// 32 clients are kept. When there are more, the library gives up those that were not asked for the longest,
/// and at any call those that were not asked for in 5 minutes; their connections are closed, and completions
/// that were not collected are lost. A client that has a handle, or events queued or in flight, stays in any
/// case. So a key for each tenant may be used, but one for each request would connect anew for each.
///
/// Ownership: free `*out` with hookrail_client_free(), which lets go of the handle; the client and its
/// connections stay. hookrail_client_close() would close it for all.
/// Thread-safety: any thread.
/// Errors: those of hookrail_client_new(), HOOKRAIL_INVALID_ARGUMENT (an empty key).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_shared(
    key: *const c_char,
    key_len: usize,
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
        let (key, api_key, base_url, options, out) = unsafe {
            (
                argument::bytes("key", key, key_len)?,
                argument::optional_bytes("api_key", api_key, api_key_len)?,
                argument::optional_url("base_url", base_url, base_url_len)?,
                options.as_ref(),
                argument::out("out", out)?,
            )
        };
        if key.is_empty() {
            return Err(Error::invalid_argument(
                "the key of a shared client is empty",
            ));
        }
        let defaults = hookrail_client_options::default();
        let options = options.unwrap_or(&defaults).options();
        let identity = Identity {
            key: key.into(),
            roots: options.extra_roots_digest(),
        };
        let client = shared(identity, Instant::now(), || {
            Client::new(api_key, base_url, options)
        })?;
        *out = hookrail_client::into_raw(client);
        Ok(())
    })
}

fn shared(
    identity: Identity,
    now: Instant,
    make: impl FnOnce() -> Result<Client>,
) -> Result<Arc<Client>> {
    let clients = CLIENTS.get_or_renew(|| Ok::<_, Error>(Clients::default()))?;
    let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
    let client = match clients.get(&identity, now) {
        Some(client) => client,
        None => {
            let client = Arc::new(make()?);
            clients.insert(identity, client.clone(), now);
            client
        }
    };
    let given_up = clients.give_up(now, has_work);
    drop(clients);
    drop(given_up);
    Ok(client)
}

/// Whether events would be lost with the client.
fn has_work(client: &Client) -> bool {
    let pending = client.pending();
    pending.queued + pending.in_flight > 0
}
