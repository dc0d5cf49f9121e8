//! The fuzz targets on stable Rust: all kept inputs, and a limited number of seeded mutations.
//!
//! `corpus/<target>` has inputs that reach different parts of the code, `regressions/<target>` those that
//! have failed once.

use std::any::Any;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use hookrail_fuzz::{Check, TARGETS};

/// The number of mutations for each target: the slow one has sockets.
fn mutations(target: &str) -> usize {
    match target {
        "http_response" => 300,
        _ => 5_000,
    }
}

fn files(kind: &str, target: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(kind)
        .join(target);
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    files
}

fn run(check: Check, input: &[u8], what: &str) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(|| check(input))) {
        panic!("{what}: {}\n{}", message(&*panic), input.escape_ascii());
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("a panic without a message")
}

/// Changes an input as a fuzzer does: bits, bytes, pieces, and pieces of others.
fn mutate(random: &mut fastrand::Rng, input: &mut Vec<u8>, others: &[Vec<u8>]) {
    for _ in 0..random.usize(1..=4) {
        let at = random.usize(0..=input.len());
        let length = random.usize(0..=8.min(input.len() - at));
        match random.u8(0..6) {
            0 if at < input.len() => input[at] ^= 1 << random.u8(0..8),
            1 if at < input.len() => input[at] = random.u8(..),
            2 => input.insert(at, random.u8(..)),
            3 => drop(input.drain(at..at + length)),
            4 => {
                let piece = input[at..at + length].to_vec();
                let to = random.usize(0..=input.len());
                input.splice(to..to, piece);
            }
            _ => {
                let other = &others[random.usize(0..others.len())];
                let from = random.usize(0..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
        }
    }
}

fn play(target: &str) {
    let (_, check) = TARGETS
        .into_iter()
        .find(|(name, _)| *name == target)
        .expect("a target");
    let corpus = files("corpus", target);
    assert!(!corpus.is_empty(), "{target} has no corpus");
    let mut inputs = Vec::new();
    for path in corpus.iter().chain(&files("regressions", target)) {
        let input = fs::read(path).expect("an input");
        run(check, &input, &path.display().to_string());
        inputs.push(input);
    }
    let mut random = fastrand::Rng::with_seed(0x686f_6f6b);
    for number in 0..mutations(target) {
        let mut input = inputs[random.usize(0..inputs.len())].clone();
        mutate(&mut random, &mut input, &inputs);
        run(check, &input, &format!("mutation {number}"));
    }
}

macro_rules! targets {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                play(stringify!($target));
            }
        )*

        #[test]
        fn every_target_is_played() {
            let played = [$(stringify!($target)),*];
            assert_eq!(TARGETS.map(|(name, _)| name), played);
        }
    };
}

targets! {
    answer_json
    base_url
    http_response
    prepared_blob
    retry_after
    signature_header
    verify_abi
}
