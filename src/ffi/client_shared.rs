//! `hookrail_client_shared`: clients that outlive their handles.

use std::ffi::c_char;
use std::sync::Arc;
use std::time::Instant;

use super::argument;
use super::client::hookrail_client;
use super::client_options::hookrail_client_options;
use super::error::hookrail_error;
use super::fallible::guard;
use super::shared_clients::{Identity, SharedClients};
use super::status::hookrail_status;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::sys::fork::PerProcess;
use crate::sys::lock::Lock;

/// The clients of this process by their identities. A forked child starts with none: a thread that it does not
/// have may hold the lock.
type Clients = Lock<SharedClients<Client>>;

static CLIENTS: PerProcess<Clients> = PerProcess::empty();

/// Makes a client that the library keeps beyond its handles, or returns the kept one.
///
/// A call with the same `key`, certificates and added headers returns the same client. This is for hosts
/// that forget their variables between requests, such as PHP, and would otherwise connect again for each of
/// them.
///
/// The content of the files and texts with certificate authorities, and with the client's certificate and key, counts as
/// part of the key: after a file was replaced, the next call makes a new client. So do the headers of
/// hookrail_client_options_add_header(), and the unix socket. If the client exists, the other arguments are ignored. A
/// forked child starts without clients.
///
/// The library keeps 32 clients. It gives up a client that was not asked for in 5 minutes, and, if there are
/// more than 32, those that were not asked for the longest; their connections are closed, and completions that
/// were not collected are lost. A client that has a handle, or events queued or in flight, always stays. So use
/// one key per set of settings, for example per tenant, and not one per request.
///
/// @param key,key_len The caller's name for exactly these settings, best a hash of all of them; not empty.
/// @param api_key,api_key_len As for hookrail_client_new().
/// @param base_url,base_url_len As for hookrail_client_new().
/// @param options NULL for the defaults.
/// @param out Set to a handle; free it with hookrail_client_free(). The client and its connections stay.
///   hookrail_client_close() closes the client for all of its handles; the next call makes a new client.
///
/// Thread-safety: any thread.
///
/// Errors: those of hookrail_client_new(); HOOKRAIL_INVALID_ARGUMENT (an empty key).
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
            settings: options.digest(),
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
    let mut clients = clients.lock();
    let kept = clients.get(&identity, now);
    let (client, replaced) = match kept.filter(|client| !client.is_closed()) {
        Some(client) => (client, None),
        None => {
            let client = Arc::new(make()?);
            let replaced = clients.insert(identity, client.clone(), now);
            (client, replaced)
        }
    };
    let given_up = clients.give_up(now, has_work);
    drop(clients);
    drop((replaced, given_up));
    Ok(client)
}

/// Returns whether events would be lost with the client.
fn has_work(client: &Client) -> bool {
    let pending = client.pending();
    pending.queued + pending.in_flight > 0
}
