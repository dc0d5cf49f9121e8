//! Checks whether this program has more rights than the user who started it.

/// Returns whether the program is setuid, setgid or has capabilities of its own (`AT_SECURE`). Then the environment
/// comes from a user who may lack the rights that the program uses.
#[cfg(target_os = "linux")]
pub fn are_its_own() -> bool {
    // SAFETY: getauxval takes a number and touches no memory of ours.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Returns whether the program is setuid or setgid. Then the environment comes from a user who may lack the rights
/// that the program uses.
#[cfg(not(target_os = "linux"))]
pub fn are_its_own() -> bool {
    // SAFETY: issetugid takes nothing and touches no memory of ours.
    unsafe { libc::issetugid() != 0 }
}
