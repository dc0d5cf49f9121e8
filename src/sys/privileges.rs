//! Checks whether this program has more rights than the user who started it.

/// Returns whether the program is setuid, setgid or has capabilities of its own (`AT_SECURE`). Then the environment
/// comes from a user who may lack the rights that the program uses.
pub fn are_its_own() -> bool {
    // SAFETY: getauxval takes a number and touches no memory of ours.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}
