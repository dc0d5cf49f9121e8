//! `hookrail_client_options`.

use std::ffi::{OsStr, c_char};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::ptr;

use super::argument;
use super::error::hookrail_error;
use super::guard::{guard, guard_value};
use super::status::hookrail_status;
use crate::config::options::ClientOptions;
use crate::config::proxy::ProxySetting;
use crate::config::tls_options::TlsRoots;
use crate::error::{Error, Result};

/// What hookrail_client_options_set_tls_roots() takes.
#[repr(C)]
pub enum hookrail_tls_roots {
    /// Trust the certificate authorities of the system and the extra ones.
    HOOKRAIL_TLS_ROOTS_PLATFORM = 0,
    /// Trust the extra certificate authorities only.
    HOOKRAIL_TLS_ROOTS_EXTRA_ONLY = 1,
}

/// The longest path that the operating system takes.
const MAX_PATH: usize = libc::PATH_MAX as usize;
/// The longest name of a language.
const MAX_LANGUAGE: usize = 32;

const PLATFORM: i32 = hookrail_tls_roots::HOOKRAIL_TLS_ROOTS_PLATFORM as i32;
const EXTRA_ONLY: i32 = hookrail_tls_roots::HOOKRAIL_TLS_ROOTS_EXTRA_ONLY as i32;

/// The settings of a client. The client copies them when it is made.
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

/// Makes options with the defaults.
///
/// Ownership: free them with hookrail_client_options_free().
/// Returns NULL only where another function would return HOOKRAIL_INTERNAL.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_client_options_new() -> *mut hookrail_client_options {
    guard_value(ptr::null_mut(), || Box::into_raw(Box::default()))
}

/// Frees options. NULL is fine. Clients made with them are not affected.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_free(options: *mut hookrail_client_options) {
    if !options.is_null() {
        // SAFETY: the handle came from hookrail_client_options_new, and the caller gives it up.
        guard_value((), || drop(unsafe { Box::from_raw(options) }));
    }
}

/// Sets the time for looking up the name, connecting and negotiating TLS, in milliseconds (default
/// 5000).
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
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

/// Sets the time for each wait for a part of the answer, in milliseconds (default 10000).
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
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

/// Sets the time for each wait until the service takes more of the request, in milliseconds (default
/// 10000).
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
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

/// Sets the time for a whole call, retries and the waits between them included, in milliseconds
/// (default 30000): the max_elapsed of protocol section 3.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
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

/// Sets how often a failed attempt is repeated (default 3, that is up to 4 attempts). What is repeated
/// says protocol section 3. Three retries are over within 1.4 s, and a restart of the service takes up to
/// 1.7 s: 10 outlast one.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is negative.
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

/// Sets the base and the cap of the delays between attempts, in milliseconds (defaults 200 and
/// 10000): the delay before retry n is random between 0 and min(cap, base * 2^n). Without a call of
/// this, a total timeout below 10 seconds lowers the cap to itself.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when one is not positive or over a day, or the cap is below the
/// base; hookrail_client_new() refuses a cap over the total timeout with HOOKRAIL_CONFIGURATION.
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

/// Sets whether the service's Retry-After is the least wait before a retry (default true).
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when `options` is NULL.
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

/// Sets whether a client for plain http is refused with HOOKRAIL_CONFIGURATION, unless the service, and a
/// proxy before it, are on this machine (localhost, 127.0.0.0/8, ::1). Default false. Over plain http the API
/// key and the events can be read on their way: set it in production.
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

/// Sets whether a base URL must be given, as argument or by HOOKRAIL_BASE_URL: without one the client is
/// refused with HOOKRAIL_CONFIGURATION. Default false, and http://localhost:8080 is taken then. A missing
/// variable does not send a production key there: set it in production.
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

/// Trusts the certificate authorities in a PEM file, too. The file is read now. May be called
/// repeatedly.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT for an empty path; HOOKRAIL_CONFIGURATION when the file cannot be
/// read, holds no certificate or one that cannot be used.
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

/// Trusts the certificate authorities in `pem`, too. May be called repeatedly.
///
/// Errors: HOOKRAIL_CONFIGURATION when it holds no certificate or one that cannot be used.
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

/// Sets which certificate authorities are trusted: HOOKRAIL_TLS_ROOTS_PLATFORM (default) or
/// HOOKRAIL_TLS_ROOTS_EXTRA_ONLY.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT for another value.
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

/// Sets the proxy, for example "http://user:password@proxy.example.com:3128". To an http service it
/// forwards the requests, to an https service it opens a tunnel (CONNECT). NULL with 0: no proxy, whatever
/// the environment says. Without a call of this the environment decides: https_proxy or HTTPS_PROXY for
/// https, http_proxy for http, then all_proxy or ALL_PROXY, but for the hosts in no_proxy or NO_PROXY
/// (names, which also stand for what is below them, *.names for only that, addresses, CIDR blocks, *).
///
/// Errors: HOOKRAIL_CONFIGURATION from hookrail_client_new() when the URL is not usable.
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

/// Sets how many idle connections are kept for reuse (default 64).
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when `options` is NULL.
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

/// Sets how long a connection is used before another replaces it, however well it works, in milliseconds
/// (default 300000, 5 minutes), so that the client follows a name that leads to another address; 0: without
/// end. The time of each connection is up to a fifth shorter, by chance. A request under way is never cut
/// off.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is negative or over a day.
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

/// Sets the largest payload that is sent, in bytes (default 262144, the service's own limit); 0 for
/// none.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when `options` is NULL.
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

/// Sets the most events that the producer holds: queued, in flight, or completed and not collected
/// (default 10000).
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is 0.
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

/// Sets the most bytes of events that the producer holds, queued or in flight (default 67108864). A
/// single larger event is taken in when nothing else is there.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_queue_max_bytes(
    options: *mut hookrail_client_options,
    bytes: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| options.set_queue_max_bytes(bytes))
}

/// Sets how many threads send submitted events at most (default 4).
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is not 1 to 64.
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

/// Sets the time for delivering a submitted event, queueing and retries included, in milliseconds
/// (default 120000).
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is not positive or over a day.
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

/// Sets what follows the library's own part of the User-Agent, for example "shop/2.1".
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is empty, over 256 bytes or not printable ASCII.
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

/// For language bindings: sets the language that the User-Agent names (default "c"), as in
/// "hookrail-go/0.1.0".
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT when it is not 1 to 32 lower-case letters and digits.
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
