//! Wipes the stack that a computation has used.

use zeroize::zeroize_stack;

/// Runs `work`, then wipes the `DEPTH` bytes of stack below, which must be more than `work` uses.
///
/// A computation with a secret leaves copies in its frames, some of them made by the compiler, and no `drop` reaches
/// them. The result must not hold the secret.
pub fn scrubbed<const DEPTH: usize, T>(work: impl FnOnce() -> T) -> T {
    /// Never inlined: otherwise its locals would lie above the region that is wiped.
    #[inline(never)]
    fn apart<T>(work: impl FnOnce() -> T) -> T {
        work()
    }

    let result = apart(work);
    zeroize_stack::<DEPTH>();
    result
}
