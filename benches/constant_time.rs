//! Measures if the time of a verification reveals how much of a forged signature is right.
//!
//! The method is that of dudect (Reparaz, Balasch, Verbauwhede: "Dude, is my code constant time?", 2017):
//! inputs of two classes are measured in random order. Welch's t-test compares the means of the two
//! distributions of times, once for all measurements and once for each of several parts without the slowest
//! ones. The largest |t| counts. Below 4.5 there is no evidence of a leak; with a real leak, |t| grows with
//! the number of measurements. Nothing is asserted: a busy machine adds noise, and the test would judge the
//! machine.
//!
//! Two controls check the method: it must find a leak in a comparison that stops at the first difference, and
//! none between a class and itself.
//!
//!     cargo bench --bench constant_time [-- MEASUREMENTS]

// The tested function is that of the C ABI.
#![allow(unsafe_code)]

/// The library's own file: this measures the real comparison, not a copy.
#[path = "../src/signing/tag.rs"]
mod tag;

use std::ffi::c_char;
use std::hint::black_box;
use std::time::Instant;

use hookrail::internals::signing::{Verifier, sign};
use subtle::ConstantTimeEq;
use tag::{MAC_LEN, Tag};

const MEASUREMENTS: usize = 1_000_000;
/// The bound for |t|.
const THRESHOLD: f64 = 4.5;
/// The tested parts of the measurements, from the fastest on.
const KEPT: [f64; 7] = [1.0, 0.99, 0.95, 0.9, 0.75, 0.5, 0.25];

const SECRET: &[u8] = b"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
const DELIVERY_ID: &[u8] = b"01JXAMPLEDELIVERYID0000000";
const BODY: &[u8] = br#"{"order_id":"o_1","amount":4200}"#;
const NOW: i64 = 1_781_092_800;
const TOLERANCE: i64 = 300;

unsafe extern "C" {
    #[rustfmt::skip]
    fn hookrail_verify_signature(
        secrets: *const *const c_char,
        secret_lens: *const usize,
        secret_count: usize,
        header: *const c_char,
        header_len: usize,
        delivery_id: *const c_char,
        delivery_id_len: usize,
        body: *const c_char,
        body_len: usize,
        tolerance_seconds: i64,
        now_unix: i64,
    ) -> i32;
}

fn main() {
    let measurements = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(MEASUREMENTS);
    println!(
        "{measurements} measurements each; |t| over {THRESHOLD} is evidence of a leak\n\n{:<72} {:>8} \
         {:>11} {:>9}",
        "operation: class A / class B", "mean ns", "A - B in ns", "max |t|"
    );
    comparisons(measurements);
    verifications(measurements);
}

/// Returns tags as an attacker may send them.
fn tags() -> (Tag, [(&'static str, Tag, Tag); 3]) {
    let right = Tag(std::array::from_fn(|index| {
        0xa7_u8.wrapping_mul(index as u8 + 1)
    }));
    let differing_at = |at: usize| {
        let mut tag = right;
        tag.0[at] ^= 0xff;
        tag
    };
    let last = differing_at(MAC_LEN - 1);
    let first = differing_at(0);
    let classes = [
        ("last byte wrong / first byte wrong", last, first),
        ("right / first byte wrong", right, first),
        ("first byte wrong / the same", first, first),
    ];
    (right, classes)
}

fn comparisons(measurements: usize) {
    let (right, classes) = tags();
    for (names, a, b) in classes {
        let constant = |tag: &Tag| bool::from(black_box(&right).ct_eq(tag));
        report(
            &format!("the library's comparison: {names}"),
            &measure(measurements, 64, [&a, &b], constant),
        );
        let leaky = |tag: &Tag| stops_at_first_difference(&black_box(&right).0, &tag.0);
        report(
            &format!("control, comparison that stops: {names}"),
            &measure(measurements, 64, [&a, &b], leaky),
        );
    }
}

fn verifications(measurements: usize) {
    let genuine = sign(SECRET, NOW, DELIVERY_ID, BODY).expect("a signature");
    let digits = genuine.len() - 2 * MAC_LEN;
    let differing_at = |at: usize| {
        let mut header = genuine.clone().into_bytes();
        header[at] = if header[at] == b'0' { b'1' } else { b'0' };
        header
    };
    let first = differing_at(digits);
    let last = differing_at(genuine.len() - 1);
    let prepared = Verifier::new([SECRET]).expect("a verifier");
    let classes = [
        ("last digit wrong / first digit wrong", &last, &first),
        ("first digit wrong / the same", &first, &first),
    ];
    for (names, a, b) in classes {
        report(
            &format!("hookrail_verify_signature: {names}"),
            &measure(measurements, 8, [a, b], |header| verify_through_c(header)),
        );
        report(
            &format!("Verifier::verify: {names}"),
            &measure(measurements, 8, [a, b], |header| {
                prepared
                    .verify(header, DELIVERY_ID, BODY, TOLERANCE, NOW)
                    .is_ok()
            }),
        );
        report(
            &format!("control, verification that stops: {names}"),
            &measure(measurements, 8, [a, b], |header| {
                let expected = sign(SECRET, NOW, DELIVERY_ID, BODY).expect("a signature");
                stops_at_first_difference(expected.as_bytes(), header)
            }),
        );
    }
}

fn verify_through_c(header: &[u8]) -> bool {
    let secrets = [SECRET.as_ptr().cast()];
    let lengths = [SECRET.len()];
    // SAFETY: each pointer is followed by the length of its data, and all data is borrowed for the call.
    let status = unsafe {
        hookrail_verify_signature(
            secrets.as_ptr(),
            lengths.as_ptr(),
            secrets.len(),
            header.as_ptr().cast(),
            header.len(),
            DELIVERY_ID.as_ptr().cast(),
            DELIVERY_ID.len(),
            BODY.as_ptr().cast(),
            BODY.len(),
            TOLERANCE,
            NOW,
        )
    };
    status == 0
}

/// Leaks on purpose: it stops at the first difference.
#[inline(never)]
fn stops_at_first_difference(expected: &[u8], given: &[u8]) -> bool {
    expected.len() == given.len() && expected.iter().zip(given).all(|(a, b)| black_box(a) == b)
}

/// The times of both classes, in nanoseconds.
struct Times([Vec<f64>; 2]);

/// Measures `batch` calls at a time, because one call is shorter than the clock's resolution. Both classes
/// use the same memory, so that addresses make no difference.
fn measure<T: Clone, R>(
    measurements: usize,
    batch: u32,
    classes: [&T; 2],
    operation: impl Fn(&T) -> R,
) -> Times {
    let mut times = Times([Vec::new(), Vec::new()]);
    let mut choices = vec![0; measurements];
    getrandom::fill(&mut choices).expect("random bytes");
    let mut input = classes[0].clone();
    for choice in choices {
        let class = usize::from(choice & 1);
        input.clone_from(classes[class]);
        let started = Instant::now();
        for _ in 0..batch {
            black_box(operation(black_box(&input)));
        }
        let nanoseconds = started.elapsed().as_nanos() as f64;
        times.0[class].push(nanoseconds / f64::from(batch));
    }
    times
}

fn report(name: &str, times: &Times) {
    let mut sorted = times.0.concat();
    sorted.sort_by(f64::total_cmp);
    let mut largest = 0.0_f64;
    for kept in KEPT {
        let limit = sorted[((sorted.len() as f64 * kept) as usize).clamp(1, sorted.len()) - 1];
        let [a, b] = times.0.each_ref().map(|times| Sample::below(times, limit));
        largest = largest.max(welch(&a, &b).abs());
    }
    // The slowest hundredth is due to other work of the machine.
    let limit = sorted[sorted.len() * 99 / 100];
    let [a, b] = times.0.each_ref().map(|times| Sample::below(times, limit));
    let verdict = if largest > THRESHOLD { "  differs" } else { "" };
    println!(
        "{name:<72} {:>8.2} {:>11.3} {largest:>9.2}{verdict}",
        f64::midpoint(a.mean, b.mean),
        a.mean - b.mean
    );
}

struct Sample {
    count: f64,
    mean: f64,
    variance: f64,
}

impl Sample {
    fn below(times: &[f64], limit: f64) -> Self {
        let kept = times.iter().filter(|time| **time <= limit);
        let count = kept.clone().count() as f64;
        let mean = kept.clone().sum::<f64>() / count;
        let squares = kept.map(|time| (time - mean).powi(2)).sum::<f64>();
        Sample {
            count,
            mean,
            variance: squares / (count - 1.0),
        }
    }
}

/// Returns Welch's t; 0 if all times are the same.
fn welch(a: &Sample, b: &Sample) -> f64 {
    let error = (a.variance / a.count + b.variance / b.count).sqrt();
    if error > 0.0 {
        (a.mean - b.mean) / error
    } else {
        0.0
    }
}
