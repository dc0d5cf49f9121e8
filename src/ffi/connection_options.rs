//! The settings of `hookrail_client_options` for connections: https, TLS, proxy, reuse.

use std::ffi::c_char;

use super::argument;
use super::client_options::{hookrail_client_options, set};
use super::error::hookrail_error;
use super::status::hookrail_status;
use crate::config::proxy::ProxySetting;
use crate::config::tls_options::TlsRoots;
use crate::error::Error;

/// The certificate authorities that a client trusts: values for hookrail_client_options_set_tls_roots().
#[repr(C)]
pub enum hookrail_tls_roots {
    /// Trust the certificate authorities of the system and the extra ones.
    HOOKRAIL_TLS_ROOTS_PLATFORM = 0,
    /// Trust the extra certificate authorities only.
    HOOKRAIL_TLS_ROOTS_EXTRA_ONLY = 1,
}

const PLATFORM: i64 = hookrail_tls_roots::HOOKRAIL_TLS_ROOTS_PLATFORM as i64;
const EXTRA_ONLY: i64 = hookrail_tls_roots::HOOKRAIL_TLS_ROOTS_EXTRA_ONLY as i64;

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
        options.add_ca_file(unsafe { argument::path("path", path, path_len) }?)
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
    roots: i64,
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
/// An http proxy forwards the requests to an http service, and opens a tunnel to an https service (CONNECT). The URL of a
/// SOCKS5 proxy begins with socks5:// (the host name is looked up here) or socks5h:// (the proxy looks it up).
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

/// Sets the unix socket through which the client reaches the service.
///
/// The base URL still gives the scheme, the Host header and the path. No proxy is used, whatever the environment says.
/// Plain http through a socket stays on this machine, as hookrail_client_options_set_require_https() demands. A base URL
/// "unix:/path" (in HOOKRAIL_BASE_URL, too) means http://localhost through this socket.
///
/// @param path,path_len An absolute path of at most 107 bytes; NULL with 0 for no socket (default).
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT. hookrail_client_new() refuses a socket together with the URL of a proxy, or with a
/// second socket, with HOOKRAIL_CONFIGURATION.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_unix_socket(
    options: *mut hookrail_client_options,
    path: *const c_char,
    path_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        options.set_unix_socket(unsafe { argument::optional_path("path", path, path_len) }?)
    })
}

/// Sets how many idle connections the client keeps for reuse (default 64). During a burst of calls and shortly after it,
/// the client keeps more, for a second or two each.
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
