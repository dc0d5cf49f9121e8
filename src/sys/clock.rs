//! A clock that keeps running while the machine is suspended.

use std::mem::MaybeUninit;
use std::time::Duration;

/// `CLOCK_MONOTONIC` stops during suspend, but some sandboxes have no other clock.
#[cfg(not(target_vendor = "apple"))]
const CLOCKS: [libc::clockid_t; 2] = [libc::CLOCK_BOOTTIME, libc::CLOCK_MONOTONIC];
/// Apple's `CLOCK_MONOTONIC` goes on during suspend.
#[cfg(target_vendor = "apple")]
const CLOCKS: [libc::clockid_t; 1] = [libc::CLOCK_MONOTONIC];

/// Returns the time since the machine started, time in suspend included. It never goes back.
pub fn since_boot() -> Duration {
    CLOCKS.into_iter().find_map(read).unwrap_or_default()
}

fn read(clock: libc::clockid_t) -> Option<Duration> {
    let mut now = MaybeUninit::<libc::timespec>::uninit();
    // SAFETY: the pointer is to room for one timespec, which outlives the call.
    if unsafe { libc::clock_gettime(clock, now.as_mut_ptr()) } != 0 {
        return None;
    }
    // SAFETY: the call succeeded, so it has filled the timespec in.
    let now = unsafe { now.assume_init() };
    Some(Duration::new(
        u64::try_from(now.tv_sec).ok()?,
        u32::try_from(now.tv_nsec).ok()?,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_keeps_running_in_suspend() {
        let before = read(CLOCKS[0]).expect("the system has the clock");
        let now = since_boot();
        let after = read(CLOCKS[0]).expect("the system has the clock");
        assert!(
            before <= now && now <= after,
            "{before:?} {now:?} {after:?}"
        );
    }

    #[test]
    fn a_clock_that_does_not_exist_gives_no_time() {
        assert_eq!(read(9999), None);
    }
}
