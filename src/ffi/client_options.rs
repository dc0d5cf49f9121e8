//! `hookrail_client_options`.

use std::ffi::{OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use super::argument;
use super::error::hookrail_error;
use super::fallible::guard;
use super::guard::guard_value;
use super::handle;
use super::status::hookrail_status;
use crate::config::options::ClientOptions;
use crate::config::proxy::ProxySetting;
use crate::config::tls_options::TlsRoots;
use crate::error::{Error, Result};

/// The certificate authorities that a client trusts: values for hookrail_client_options_set_tls_roots().
#[repr(C)]
pub enum hookrail_tls_roots {
    /// Trust the certificate authorities of the system and the extra ones.
    HOOKRAIL_TLS_ROOTS_PLATFORM = 0,
    /// Trust the extra certificate authorities only.
    HOOKRAIL_TLS_ROOTS_EXTRA_ONLY = 1,
}

/// The longest path that the operating system accepts.
const MAX_PATH: usize = libc::PATH_MAX as usize;
/// The longest name of a language.
const MAX_LANGUAGE: usize = 32;

const PLATFORM: i32 = hookrail_tls_roots::HOOKRAIL_TLS_ROOTS_PLATFORM as i32;
const EXTRA_ONLY: i32 = hookrail_tls_roots::HOOKRAIL_TLS_ROOTS_EXTRA_ONLY as i32;

/// The settings of a client. hookrail_client_new() copies them.
///
/// Thread-safety: one thread at a time.
pub struct hookrail_client_options(ClientOptions);

impl Default for hookrail_client_options {
    fn default() -> Self {
        hookrail_client_options(ClientOptions::for_language("c"))
    }
}

impl hookrail_client_options {
    pub fn options(&self) -> &ClientOptions {
        &self.0
    }
}

fn set(
    options: *mut hookrail_client_options,
    error: *mut *mut hookrail_error,
    change: impl FnOnce(&mut ClientOptions) -> Result<()>,
) -> hookrail_status {
    guard(error, || {
        // SAFETY: the contract of every setter: NULL, or a live handle that no other thread uses.
        let handle = unsafe { argument::handle_mut("options", options) }?;
        change(&mut handle.0)
    })
}

/// Makes options with the defaults. Free them with hookrail_client_options_free().
///
/// Returns NULL only where another function would return HOOKRAIL_INTERNAL.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_client_options_new() -> *mut hookrail_client_options {
    guard_value(ptr::null_mut(), || {
        handle::into_raw(hookrail_client_options::default())
    })
}

/// Frees options. NULL is allowed. Clients that were made with them are not affected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_free(options: *mut hookrail_client_options) {
    // SAFETY: the caller's contract.
    unsafe { handle::free(options) };
}

/// Sets the time for looking up the name, connecting and negotiating TLS (default 5000 milliseconds).
///
/// @param timeout_ms 1 millisecond to a day.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_connect_timeout_ms(
    options: *mut hookrail_client_options,
    timeout_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_connect_timeout(argument::milliseconds("timeout_ms", timeout_ms)?)
    })
}

/// Sets the time of each wait for a part of the answer (default 10000 milliseconds).
///
/// @param timeout_ms 1 millisecond to a day.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_read_timeout_ms(
    options: *mut hookrail_client_options,
    timeout_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_read_timeout(argument::milliseconds("timeout_ms", timeout_ms)?)
    })
}

/// Sets the time of each wait until the service takes more of the request (default 10000 milliseconds).
///
/// @param timeout_ms 1 millisecond to a day.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_write_timeout_ms(
    options: *mut hookrail_client_options,
    timeout_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_write_timeout(argument::milliseconds("timeout_ms", timeout_ms)?)
    })
}

/// Sets the time for a whole call, including retries and the waits between them (default 30000 milliseconds).
/// It is the max_elapsed of protocol section 3.
///
/// @param timeout_ms 1 millisecond to a day.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_total_timeout_ms(
    options: *mut hookrail_client_options,
    timeout_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_total_timeout(argument::milliseconds("timeout_ms", timeout_ms)?)
    })
}

/// Sets how often a failed attempt is repeated (default 3, which is up to 4 attempts).
///
/// Protocol section 3 says which failures are repeated. Three retries take up to 1.4 seconds, but a restart of
/// the service takes up to 1.7 seconds: 10 retries outlast one.
///
/// @param max_retries 0 or more.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_max_retries(
    options: *mut hookrail_client_options,
    max_retries: i32,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        let retries = u32::try_from(max_retries).map_err(|_| {
            Error::invalid_argument(format!("max_retries must be 0 or more, not {max_retries}"))
        })?;
        options.set_max_retries(retries);
        Ok(())
    })
}

/// Sets the base and the cap of the delays between attempts (defaults 200 and 10000 milliseconds).
///
/// The delay before retry n is random between 0 and min(cap, base * 2^n). If this function is not called, a total
/// timeout below 10 seconds lowers the cap to itself.
///
/// @param base_ms 1 millisecond to a day.
/// @param cap_ms `base_ms` to a day.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT. hookrail_client_new() refuses a cap over the total timeout with
/// HOOKRAIL_CONFIGURATION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_backoff_ms(
    options: *mut hookrail_client_options,
    base_ms: i64,
    cap_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        let base = argument::milliseconds("base_ms", base_ms)?;
        let cap = argument::milliseconds("cap_ms", cap_ms)?;
        options.set_backoff(base, cap)
    })
}

/// Sets whether the service's Retry-After is the shortest wait before a retry (default true).
///
/// @param respect The new value.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_respect_retry_after(
    options: *mut hookrail_client_options,
    respect: bool,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_respect_retry_after(respect);
        Ok(())
    })
}

/// Sets whether hookrail_client_new() refuses plain http with HOOKRAIL_CONFIGURATION (default false).
///
/// A service and a proxy on this machine (localhost, 127.0.0.0/8, ::1) are still accepted. Others can read the API
/// key and the events on their way over plain http: set it in production.
///
/// @param require The new value.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_require_https(
    options: *mut hookrail_client_options,
    require: bool,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_require_https(require);
        Ok(())
    })
}

/// Sets whether hookrail_client_new() refuses a missing base URL with HOOKRAIL_CONFIGURATION (default false).
///
/// The URL comes from the argument or from HOOKRAIL_BASE_URL; without one, the default is
/// http://localhost:8080. Set it in production: then a missing variable does not send the API key to that address.
///
/// @param require The new value.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_require_base_url(
    options: *mut hookrail_client_options,
    require: bool,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_require_base_url(require);
        Ok(())
    })
}

/// Trusts the certificate authorities in a PEM file as well. May be called repeatedly.
///
/// The file is read now.
///
/// @param path,path_len The path, not empty.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_CONFIGURATION (the file cannot be read, holds no certificate, or
/// one that cannot be used).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_add_ca_file(
    options: *mut hookrail_client_options,
    path: *const c_char,
    path_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        let path = unsafe { argument::short_bytes("path", path, path_len, MAX_PATH) }?;
        if path.is_empty() {
            return Err(Error::invalid_argument("the path of the CA file is empty"));
        }
        options.add_ca_file(Path::new(OsStr::from_bytes(path)))
    })
}

/// Trusts the certificate authorities in a PEM text as well. May be called repeatedly.
///
/// @param pem,pem_len The text.
///
/// Errors: HOOKRAIL_CONFIGURATION (the text holds no certificate, or one that cannot be used);
/// HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_add_ca_pem(
    options: *mut hookrail_client_options,
    pem: *const c_char,
    pem_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        options.add_ca_pem(unsafe { argument::bytes("pem", pem, pem_len) }?)
    })
}

/// Sets which certificate authorities the client trusts (default HOOKRAIL_TLS_ROOTS_PLATFORM).
///
/// @param roots A hookrail_tls_roots.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_tls_roots(
    options: *mut hookrail_client_options,
    roots: i32,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_tls_roots(match roots {
            PLATFORM => TlsRoots::Platform,
            EXTRA_ONLY => TlsRoots::ExtraOnly,
            _ => {
                return Err(Error::invalid_argument(format!(
                    "roots must be HOOKRAIL_TLS_ROOTS_PLATFORM (0) or \
                     HOOKRAIL_TLS_ROOTS_EXTRA_ONLY (1), not {roots}"
                )));
            }
        });
        Ok(())
    })
}

/// Sets the proxy, for example "http://user:password@proxy.example.com:3128".
///
/// Requests to an http service are forwarded by the proxy; to an https service it opens a tunnel (CONNECT).
/// If this function is not called, the environment decides: https_proxy or HTTPS_PROXY for https, http_proxy
/// for http, then all_proxy or ALL_PROXY. Hosts in no_proxy or NO_PROXY are excepted: names, which include the names
/// below them, *.names for the names below only, addresses, CIDR blocks, *.
///
/// @param url,url_len The proxy's URL; NULL with 0 for no proxy, whatever the environment says.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT. hookrail_client_new() refuses a URL that cannot be used with
/// HOOKRAIL_CONFIGURATION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_proxy(
    options: *mut hookrail_client_options,
    url: *const c_char,
    url_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        let url = unsafe { argument::optional_url("url", url, url_len) }?;
        options.set_proxy(match url {
            None => ProxySetting::None,
            Some(url) => ProxySetting::Explicit(
                std::str::from_utf8(url)
                    .map_err(|_| Error::invalid_argument("the proxy URL is not valid UTF-8"))?
                    .to_owned(),
            ),
        });
        Ok(())
    })
}

/// Sets how many idle connections the client keeps for reuse (default 64).
///
/// @param connections The number.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_idle_connections(
    options: *mut hookrail_client_options,
    connections: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_idle_connections(connections);
        Ok(())
    })
}

/// Sets how long a connection is reused before a new one replaces it (default 300000 milliseconds, 5 minutes).
///
/// So the client notices when the service's name leads to another address. The limit of each connection is shorter by a
/// random part of up to a fifth. A running request is never cut off.
///
/// @param age_ms 1 millisecond to a day; 0 for no limit.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_max_connection_age_ms(
    options: *mut hookrail_client_options,
    age_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_max_connection_age(match age_ms {
            0 => None,
            _ => Some(argument::milliseconds("age_ms", age_ms)?),
        })
    })
}

/// Sets the largest payload that the client sends, in bytes (default 262144, the service's own limit).
///
/// @param bytes The limit; 0 for none.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT (`options` is NULL).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_payload_limit(
    options: *mut hookrail_client_options,
    bytes: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_payload_limit(bytes);
        Ok(())
    })
}

/// Sets the most events that the producer holds: queued, in flight, or completed and not collected (default
/// 10000).
///
/// @param events 1 or more.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_queue_max_events(
    options: *mut hookrail_client_options,
    events: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_queue_max_events(events)
    })
}

/// Sets the most bytes of events that the producer holds, queued or in flight (default 67108864).
///
/// A single larger event is accepted when the queue is empty.
///
/// @param bytes 1 or more.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_queue_max_bytes(
    options: *mut hookrail_client_options,
    bytes: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| options.set_queue_max_bytes(bytes))
}

/// Sets the largest number of threads that send submitted events (default 4).
///
/// @param workers 1 to 64.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_workers(
    options: *mut hookrail_client_options,
    workers: i32,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_workers(usize::try_from(workers).unwrap_or(0))
    })
}

/// Sets the time for sending a submitted event, including its time in the queue and its retries (default 120000
/// milliseconds).
///
/// @param timeout_ms 1 millisecond to a day.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_delivery_timeout_ms(
    options: *mut hookrail_client_options,
    timeout_ms: i64,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        options.set_delivery_timeout(argument::milliseconds("timeout_ms", timeout_ms)?)
    })
}

/// Sets a text that follows the library's own part of the User-Agent, for example "shop/2.1".
///
/// @param suffix,suffix_len 1 to 256 bytes of printable ASCII.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_user_agent_suffix(
    options: *mut hookrail_client_options,
    suffix: *const c_char,
    suffix_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        options.set_user_agent_suffix(unsafe { argument::bytes("suffix", suffix, suffix_len) }?)
    })
}

/// Sets the language that the User-Agent names (default "c"), as in "hookrail-go/0.1.0". For language bindings.
///
/// @param language,language_len 1 to 32 lower-case letters and digits.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_binding(
    options: *mut hookrail_client_options,
    language: *const c_char,
    language_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        let language =
            unsafe { argument::short_bytes("language", language, language_len, MAX_LANGUAGE) }?;
        options.set_binding(&String::from_utf8_lossy(language))
    })
}
