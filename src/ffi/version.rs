//! `hookrail_version`, `hookrail_abi_version`.

use std::ffi::c_char;

/// Raised by any change that could break a program that is linked against an earlier library. The header has
/// it, too; `tests/rust/header.rs` compares them.
const ABI_VERSION: i32 = 0;

/// Returns the version of the loaded library, for example "0.1.0".
///
/// Ownership: the string is static.
///
/// Thread-safety: any thread, at any time.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Returns the ABI version of the loaded library. It must equal HOOKRAIL_ABI_VERSION.
///
/// Thread-safety: any thread, at any time.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_abi_version() -> i32 {
    ABI_VERSION
}
