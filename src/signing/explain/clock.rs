//! The faults in the time of a signature.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Units smaller than a second, and how many of them make one.
const UNITS: [(i64, &str); 3] = [
    (1_000, "milliseconds"),
    (1_000_000, "microseconds"),
    (1_000_000_000, "nanoseconds"),
];

/// The largest difference of a time zone from UTC.
const MAX_ZONE_OFFSET: i64 = 14 * HOUR;
const ZONE_STEP: i64 = 15 * MINUTE;

/// Returns what stands out about the time of a signature that is outside the tolerance.
pub(super) fn observations(signed_at: i64, tolerance: i64, now: i64) -> Vec<String> {
    let skew = now.saturating_sub(signed_at);
    if skew.saturating_abs() <= tolerance {
        return Vec::new();
    }
    if now <= 0 {
        return vec![
            "Now is 1970 or before: the clock is not set, or another value was given as now."
                .to_owned(),
        ];
    }
    wrong_unit(signed_at, tolerance, now).map_or_else(|| describe_skew(skew), |unit| vec![unit])
}

/// Returns a sentence if counting in a unit smaller than a second explains the difference.
fn wrong_unit(signed_at: i64, tolerance: i64, now: i64) -> Option<String> {
    let within = |left: i64, right: i64| left.abs_diff(right) <= tolerance.max(0).unsigned_abs();
    UNITS.into_iter().find_map(|(ticks, unit)| {
        if within(now / ticks, signed_at) {
            Some(format!(
                "Now was given in {unit}: divided by {ticks} it is within the tolerance. Give whole \
                 seconds."
            ))
        } else if within(signed_at / ticks, now) {
            Some(format!(
                "The signature's time is in {unit}: divided by {ticks} it is within the tolerance. \
                 The signer did not count in seconds, so it was not the service."
            ))
        } else {
            None
        }
    })
}

fn describe_skew(skew: i64) -> Vec<String> {
    let cause = match skew {
        ..0 => "Compare this machine's clock with another: it is slow, or the signer's is fast.",
        _ => {
            "If the delivery waited in a queue of the receiver, verify it with the time at which it \
             was received as now. Otherwise it is a replay, or this machine's clock is fast."
        }
    };
    std::iter::once(format!(
        "The delivery was signed {}.",
        relative_to_now(skew)
    ))
    .chain(zone_offset(skew))
    .chain(std::iter::once(cause.to_owned()))
    .collect()
}

/// Returns a sentence if the difference is almost a whole number of quarter hours, which clocks rarely drift.
fn zone_offset(skew: i64) -> Option<String> {
    let offset = (skew.saturating_add(ZONE_STEP / 2)).div_euclid(ZONE_STEP) * ZONE_STEP;
    let plausible = (2 * ZONE_STEP..=MAX_ZONE_OFFSET).contains(&offset.abs())
        && skew.abs_diff(offset) <= MINUTE.unsigned_abs();
    plausible.then(|| {
        format!(
            "That is close to {}, as when a local time is taken for UTC.",
            duration(offset)
        )
    })
}

/// Returns `3 s before now` or `2 min 5 s after now`.
pub(super) fn relative_to_now(skew: i64) -> String {
    match skew {
        0 => "at this very second".to_owned(),
        ..0 => format!("{} after now", duration(skew)),
        _ => format!("{} before now", duration(skew)),
    }
}

/// Returns a span of time in its two largest units.
fn duration(seconds: i64) -> String {
    let total = seconds.saturating_abs();
    let parts = [
        (total / DAY, "d"),
        (total % DAY / HOUR, "h"),
        (total % HOUR / MINUTE, "min"),
        (total % MINUTE, "s"),
    ];
    let words: Vec<String> = parts
        .iter()
        .skip_while(|(count, _)| *count == 0)
        .take(2)
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}"))
        .collect();
    words.join(" ")
}
