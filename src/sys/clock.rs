//! A clock that goes on while the machine is suspended.

use std::mem::MaybeUninit;
use std::time::Duration;

/// `CLOCK_MONOTONIC` stands still in suspend. Sandboxes exist that have no other.
const CLOCKS: [libc::clockid_t; 2] = [libc::CLOCK_BOOTTIME, libc::CLOCK_MONOTONIC];

/// The time since the machine was started, suspended or not. It never goes back.
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
    fn it_is_the_clock_that_goes_on_in_suspend() {
        let before = read(libc::CLOCK_BOOTTIME).expect("Linux has the clock");
        let now = since_boot();
        let after = read(libc::CLOCK_BOOTTIME).expect("Linux has the clock");
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
