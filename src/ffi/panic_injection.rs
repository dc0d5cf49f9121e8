//! `hookrail_inject_panic`, `hookrail_armed_panic`: exported only by a library that is built for the test
//! of panics.

use crate::panic_injection::armed;

/// Arms a panic for the next that comes by a place of this number (see `panic_injection::Site`); 0
/// disarms. Returns the number that was still armed, so 0 says that the last one has happened.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_inject_panic(site: i32) -> i32 {
    armed::arm(site)
}

/// The number that is armed; 0 after its panic has happened.
#[unsafe(no_mangle)]
pub extern "C" fn hookrail_armed_panic() -> i32 {
    armed::site()
}
