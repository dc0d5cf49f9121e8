//! The choice of offsets.

use std::hash::{BuildHasher, RandomState};
use std::io::Write;
use std::sync::LazyLock;

use super::fault::{Direction, Kind};

/// The variable that, set to `all`, selects every offset.
const EXTENT: &str = "HOOKRAIL_FAULTS";
/// The variable with a seed. A printed seed repeats its sample.
const SEED: &str = "HOOKRAIL_FAULTS_SEED";

static CHOSEN: LazyLock<u64> = LazyLock::new(|| match std::env::var(SEED) {
    Ok(seed) => seed.parse().expect("the seed is a number"),
    Err(_) => RandomState::new().hash_one(0) % 1_000_000,
});

/// Returns the setting that repeats this run's sample.
pub fn shown() -> String {
    format!("{SEED}={}", *CHOSEN)
}

/// Prints a line, even if the harness hides the tests' output.
pub fn say(lines: &str) {
    // The test harness captures the output of the macros.
    let _ = std::io::stderr().write_all(lines.as_bytes());
}

/// Returns whether every offset is selected.
pub fn is_everything() -> bool {
    std::env::var(EXTENT).is_ok_and(|extent| extent == "all")
}

/// Every `stride`th number below `length`, from a start that depends on the fault.
pub fn offsets(
    kind: Kind,
    direction: Direction,
    length: usize,
    stride: usize,
) -> impl Iterator<Item = usize> {
    let fault = (kind as u64 * 2 + direction as u64) << 32;
    let turn = mixed(*CHOSEN ^ fault) % stride as u64;
    (turn as usize..length).step_by(stride)
}

/// A number that looks random (SplitMix64).
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
