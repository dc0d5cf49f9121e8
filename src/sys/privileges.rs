//! Whether this program may do more than the user who started it.

/// Whether it is setuid, setgid or has capabilities of its own (`AT_SECURE`): then the environment is the
/// caller's, who may be another than the one whose rights the program uses.
pub fn are_its_own() -> bool {
    // SAFETY: getauxval takes a number and touches no memory of ours.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}
