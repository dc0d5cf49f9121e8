//! The settings of `hookrail_client_options` for the client's own certificate.

use std::ffi::c_char;

use super::argument;
use super::client_options::{hookrail_client_options, set};
use super::error::hookrail_error;
use super::status::hookrail_status;

/// Sets the certificate that the client shows to an https server that asks for one (mutual TLS), from PEM files.
///
/// The files are read now: a new client is needed after the certificate was renewed. The certificate of the key comes first
/// in its file, then those of its intermediate authorities, if there are any. The key is PKCS#8, PKCS#1 or SEC1, not
/// encrypted: RSA with 2048 to 4096 bits, P-256, P-384 or Ed25519. A second call replaces the certificate.
///
/// @param certificate_path,certificate_path_len The path of the certificate, not empty.
/// @param key_path,key_path_len The path of the private key; NULL with 0 if the key is in the same file.
///
/// Errors: HOOKRAIL_INVALID_ARGUMENT; HOOKRAIL_CONFIGURATION (a file cannot be read, it holds no certificate or no key, one
/// of them cannot be used, or they do not belong together: the message says which, and what to do);
/// HOOKRAIL_OUT_OF_RESOURCES.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_client_certificate_file(
    options: *mut hookrail_client_options,
    certificate_path: *const c_char,
    certificate_path_len: usize,
    key_path: *const c_char,
    key_path_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        let (certificate, key) = unsafe {
            (
                argument::path("certificate_path", certificate_path, certificate_path_len)?,
                argument::optional_path("key_path", key_path, key_path_len)?,
            )
        };
        options.set_client_certificate_file(certificate, key)
    })
}

/// Sets the certificate that the client shows to an https server that asks for one (mutual TLS), from texts in PEM form.
/// Otherwise it is like hookrail_client_options_set_client_certificate_file().
///
/// @param certificate_pem,certificate_pem_len The certificate, and those of its intermediate authorities.
/// @param key_pem,key_pem_len The private key; NULL with 0 if the key is in the same text.
///
/// Errors: HOOKRAIL_CONFIGURATION; HOOKRAIL_INVALID_ARGUMENT.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn hookrail_client_options_set_client_certificate_pem(
    options: *mut hookrail_client_options,
    certificate_pem: *const c_char,
    certificate_pem_len: usize,
    key_pem: *const c_char,
    key_pem_len: usize,
    error: *mut *mut hookrail_error,
) -> hookrail_status {
    set(options, error, |options| {
        // SAFETY: the caller's contract.
        let (certificate, key) = unsafe {
            (
                argument::bytes("certificate_pem", certificate_pem, certificate_pem_len)?,
                argument::optional_bytes("key_pem", key_pem, key_pem_len)?,
            )
        };
        options.set_client_certificate_pem(certificate, key)
    })
}
