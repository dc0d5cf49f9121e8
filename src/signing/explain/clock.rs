//! What is wrong with the time of a signature.

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// How often a clock that counts something smaller than seconds ticks in one.
const UNITS: [(i64, &str); 3] = [
    (1_000, "milliseconds"),
    (1_000_000, "microseconds"),
    (1_000_000_000, "nanoseconds"),
];

/// No zone is further from UTC than this.
const MAX_ZONE_OFFSET: i64 = 14 * HOUR;
const ZONE_STEP: i64 = 15 * MINUTE;

/// What stands out about a signature's time that is outside the tolerance.
pub(super) fn observations(signed_at: i64, tolerance: i64, now: i64) -> Vec<String> {
    let skew = now.saturating_sub(signed_at);
    if skew.saturating_abs() <= tolerance {
        return Vec::new();
    }
    let near = tolerance.max(0);
    for (ticks, unit) in UNITS {
        if (now / ticks).abs_diff(signed_at) <= near.unsigned_abs() {
            return vec![format!(
                "Now was given in {unit}: divided by {ticks} it is within the tolerance. Give whole \
                 seconds."
            )];
        }
        if (signed_at / ticks).abs_diff(now) <= near.unsigned_abs() {
            return vec![format!(
                "The signature's time is in {unit}: divided by {ticks} it is within the tolerance. \
                 Whoever signed this did not count in seconds, so it was not the service."
            )];
        }
    }
    let mut observations = Vec::new();
    if now <= 0 {
        observations.push(
            "Now is 1970 or before: the clock is not set, or another value was given as now."
                .to_owned(),
        );
    } else {
        observations.push(format!(
            "The delivery was signed {}.",
            relative_to_now(skew)
        ));
        observations.extend(zone_offset(skew));
        observations.push(match skew {
            ..0 => "Compare this machine's clock with another: it is slow, or the signer's is fast."
                .to_owned(),
            _ => "If the delivery waited in a queue of the receiver, verify it with the time at which \
                  it was received as now. Otherwise it is a replay, or this machine's clock is fast."
                .to_owned(),
        });
    }
    observations
}

/// A difference that is almost a whole number of quarter hours, which a clock rarely drifts.
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

/// `3 s before now` or `2 min 5 s after now`.
pub(super) fn relative_to_now(skew: i64) -> String {
    match skew {
        0 => "at this very second".to_owned(),
        ..0 => format!("{} after now", duration(skew)),
        _ => format!("{} before now", duration(skew)),
    }
}

/// The two largest units of a span of time.
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
