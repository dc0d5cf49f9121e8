//! `hookrail_client_shared`: clients that outlive whoever uses them.

use std::collections::HashMap;
use std::ffi::c_char;
use std::sync::{Arc, Mutex, PoisonError};

use super::argument;
use super::client::hookrail_client;
use super::client_options::hookrail_client_options;
use super::error::hookrail_error;
use super::guard::guard;
use super::status::hookrail_status;
use crate::client::Client;
use crate::error::{Error, Result};
use crate::transport::sys::fork::PerProcess;

/// The clients of this process by their keys. A forked child starts with none: the lock may be held by
/// a thread that it does not have.
type Clients = Mutex<HashMap<Box<[u8]>, Arc<Client>>>;

static CLIENTS: PerProcess<Clients> = PerProcess::empty();

/// Like hookrail_client_new(), but the library keeps the client for as long as the process lives, and
/// returns the same one whenever it is asked with the same `key`. For hosts that forget their variables
/// between requests, like PHP, and would else connect anew for each.
///
/// `key`: the caller's name for exactly these settings, best a hash of all of them; not empty. When a
/// client of this key is there, the other arguments are not looked at. A forked child starts without
/// clients.
///
/// Ownership: free `*out` with hookrail_client_free(), which lets go of the handle; the client and its
/// connections stay. hookrail_client_close() would close it for everybody.
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
        let client = shared(key, || {
            let defaults = hookrail_client_options::default();
            Client::new(api_key, base_url, options.unwrap_or(&defaults).options())
        })?;
        *out = hookrail_client::into_raw(client);
        Ok(())
    })
}

fn shared(key: &[u8], make: impl FnOnce() -> Result<Client>) -> Result<Arc<Client>> {
    let clients = CLIENTS.get_or_renew(|| Ok::<_, Error>(Clients::default()))?;
    let mut clients = clients.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(client) = clients.get(key) {
        return Ok(client.clone());
    }
    let client = Arc::new(make()?);
    clients.insert(key.into(), client.clone());
    Ok(client)
}
