//! `hookrail_client_options`: the handle, and the settings of calls.

use std::ffi::c_char;
use std::ptr;

use super::argument;
use super::error::hookrail_error;
use super::fallible::guard;
use super::guard::guard_value;
use super::handle;
use super::status::hookrail_status;
use crate::config::options::ClientOptions;
use crate::error::{Error, Result};

/// The longest name of a language.
const MAX_LANGUAGE: usize = 32;

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

/// Runs the body of a setter.
pub fn set(
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

/// Adds a header to every request of the client, for example one that a gateway before the service wants.
///
/// A send's headers (hookrail_send_options_add_header()) replace those of the same names. A name that was added before
/// gets the new value. Values may be secrets: no error contains one.
///
/// These names are refused, because the protocol or the connection needs them: Accept-Encoding, Authorization, Connection,
/// Expect, Host, HTTP2-Settings, Idempotency-Key, Keep-Alive, TE, Trailer, Transfer-Encoding, Upgrade, User-Agent, and
/// names that begin with Content-, Proxy- or X-Hookrail-. An underscore counts as a hyphen, because many servers see no
/// difference.
///
/// @param name,name_len A header name: letters, digits, hyphens and the other characters that HTTP allows. It is sent in
///   lower case.
/// @param value,value_len 1 or more visible ASCII characters, and spaces inside. At most 32 headers and 8192 bytes (names
///   and values, and 4 for each header) can be added.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_add_header(
    options: *mut hookrail_client_options,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        let (name, value) = unsafe { argument::header(name, name_len, value, value_len) }?;
        options.add_header(name, value)
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
/// @param language,language_len 1 to 32 lower-case letters and digits. A package with a version of its own adds a slash and
/// the version, which are digits and dots: "python/0.2.0".
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
