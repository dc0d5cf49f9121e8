//! Wiping what a computation leaves on the stack.

use zeroize::zeroize_stack;

/// Runs `work`, then wipes the `DEPTH` bytes of stack below it, which must be more than it takes.
///
/// What computes with a secret holds copies in its frames, some of them the compiler's own, and no
/// `drop` gets at them. The result must not hold the secret.
pub fn scrubbed<const DEPTH: usize, T>(work: impl FnOnce() -> T) -> T {
    /// In a frame of its own: what is inlined leaves its copies above the part that is wiped.
    #[inline(never)]
    fn apart<T>(work: impl FnOnce() -> T) -> T {
        work()
    }

    let result = apart(work);
    zeroize_stack::<DEPTH>();
    result
}
