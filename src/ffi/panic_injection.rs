//! `hookrail_inject_panic`, `hookrail_armed_panic`: exported only by a library that is built for the test
//! of panics.

use crate::panic_injection::armed;

/// Arms a panic for the next thread that passes the place with this number (`panic_injection::Site`); 0
/// disarms. Returns the number that was still armed: 0 means that the last panic has happened.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_inject_panic(site: i32) -> i32 {
    armed::arm(site)
}

/// Returns the number that is armed; 0 after its panic has happened.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_armed_panic() -> i32 {
    armed::site()
}
