//! A whole verification through the C ABI, at once and in pieces, against the model.
//!
//! The input describes a delivery that the model signs, and what is then done to it, so that deliveries
//! that verify are as frequent as those that do not.

use std::ffi::c_int;

use arbitrary::{Arbitrary, Unstructured};

use crate::abi::{self, Answer};
use crate::model::signature::{self, Delivery, Refusal, Success};

#[derive(Arbitrary)]
struct Input<'a> {
    secrets: Vec<&'a [u8]>,
    id: Id<'a>,
    body: &'a [u8],
    signed_at: Time,
    now: Time,
    tolerance: Tolerance,
    parts: Vec<Part<'a>>,
    edit: Option<Edit>,
    body_limit: Option<u8>,
    cuts: Vec<u8>,
    /// Explaining takes longer than everything else together.
    explain: bool,
}

#[derive(Arbitrary)]
enum Id<'a> {
    /// Each byte stands for a character that is allowed.
    Good(&'a [u8]),
    Raw(&'a [u8]),
}

#[derive(Arbitrary)]
enum Time {
    Near(i8),
    Anywhere(i64),
}

#[derive(Arbitrary)]
enum Tolerance {
    Near(i8),
    Anywhere(i64),
}

#[derive(Arbitrary)]
enum Part<'a> {
    Time,
    /// The MAC of the delivery under one of the secrets.
    Signature {
        secret: u8,
        upper_case: bool,
    },
    /// The MAC of something else.
    OtherSignature {
        body: &'a [u8],
    },
    Raw(&'a [u8]),
    Separator(Separator),
}

#[derive(Arbitrary)]
enum Separator {
    Comma,
    CommaAndSpace,
    Tab,
}

/// One change to the header after it was put together.
#[derive(Arbitrary)]
struct Edit {
    at: u16,
    byte: u8,
    kind: EditKind,
}

#[derive(Arbitrary)]
enum EditKind {
    Replace,
    Insert,
    Remove,
    CutOff,
}

const EPOCH_OF_TESTS: i64 = 1_781_092_800;

/// `HOOKRAIL_NOW`, which stands for the clock.
const NOW: i64 = -1;

impl Time {
    fn seconds(&self, near: i64) -> i64 {
        match *self {
            Time::Near(offset) => near.saturating_add(offset.into()),
            Time::Anywhere(seconds) => seconds,
        }
    }
}

impl Id<'_> {
    fn bytes(&self) -> Vec<u8> {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
        match self {
            Id::Raw(bytes) => bytes.to_vec(),
            Id::Good(bytes) => bytes
                .iter()
                .map(|byte| ALPHABET[usize::from(byte % 64)])
                .collect(),
        }
    }
}

/// Checks the delivery that `data` describes.
pub fn check(data: &[u8]) {
    // Bytes that describe nothing are no input.
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    let secrets: Vec<Vec<u8>> = input.secrets.iter().map(|secret| secret.to_vec()).collect();
    let delivery_id = input.id.bytes();
    let signed_at = input.signed_at.seconds(EPOCH_OF_TESTS);
    let now = match input.now.seconds(signed_at) {
        NOW => 0,
        now => now,
    };
    let header = header(&input, &secrets, &delivery_id, signed_at);
    let delivery = Delivery {
        secrets: &secrets,
        header: &header,
        delivery_id: &delivery_id,
        body: input.body,
        tolerance: match input.tolerance {
            Tolerance::Near(seconds) => seconds.into(),
            Tolerance::Anywhere(seconds) => seconds,
        },
        now,
    };
    let expected = delivery.verdict().map_err(status);
    assert_eq!(
        abi::verify_signature(&delivery),
        expected.map(|_| ()),
        "hookrail_verify_signature"
    );
    with_verifier(&delivery, expected, &input);
}

/// Puts the header together.
fn header(input: &Input<'_>, secrets: &[Vec<u8>], delivery_id: &[u8], signed_at: i64) -> Vec<u8> {
    let mut header = Vec::new();
    for part in &input.parts {
        match part {
            Part::Time => header.extend(format!("t={signed_at}").bytes()),
            Part::Signature { secret, upper_case } => {
                let secret = secrets.get(usize::from(*secret) % secrets.len().max(1));
                let secret = secret.map_or(&b"none"[..], Vec::as_slice);
                let mac = signature::mac(secret, signed_at, delivery_id, input.body);
                let hex = signature::hex(&mac);
                let hex = if *upper_case { hex.to_uppercase() } else { hex };
                header.extend(format!("v1={hex}").bytes());
            }
            Part::OtherSignature { body } => {
                let mac = signature::mac(b"none", signed_at, delivery_id, body);
                header.extend(format!("v1={}", signature::hex(&mac)).bytes());
            }
            Part::Raw(bytes) => header.extend(*bytes),
            Part::Separator(Separator::Comma) => header.push(b','),
            Part::Separator(Separator::CommaAndSpace) => header.extend(b", "),
            Part::Separator(Separator::Tab) => header.push(b'\t'),
        }
    }
    if let Some(edit) = &input.edit
        && !header.is_empty()
    {
        let at = usize::from(edit.at) % header.len();
        match edit.kind {
            EditKind::Replace => header[at] = edit.byte,
            EditKind::Insert => header.insert(at, edit.byte),
            EditKind::Remove => drop(header.remove(at)),
            EditKind::CutOff => header.truncate(at),
        }
    }
    header
}

/// The same delivery by way of a verifier, which takes the secrets and the tolerance one by one.
fn with_verifier(delivery: &Delivery<'_>, expected: Answer<Success>, input: &Input<'_>) {
    let mut options = abi::Options::new();
    let mut added = 0;
    for secret in delivery.secrets {
        let answer = options.add_secret(secret);
        let acceptable = !secret.is_empty() && added < 16;
        assert_eq!(answer.is_ok(), acceptable, "secret {added}");
        added += usize::from(acceptable);
    }
    let tolerance_set = options.set_tolerance(delivery.tolerance);
    assert_eq!(tolerance_set.is_ok(), delivery.tolerance >= 0);
    if input.explain {
        let explanation = options.explain(delivery, delivery.delivery_id);
        assert!(std::str::from_utf8(&explanation).is_ok_and(|text| !text.is_empty()));
    }
    let verifier = match options.verifier() {
        Ok(verifier) => verifier,
        Err(status) => {
            assert_eq!((status, added), (abi::INVALID_ARGUMENT, 0));
            return;
        }
    };
    drop(options);
    if expected == Err(abi::INVALID_ARGUMENT) {
        // The verifier was made without the argument that is at fault.
        return;
    }
    assert_eq!(verifier.verify(delivery), expected, "hookrail_verifier");
    in_pieces(&verifier, delivery, expected, input);
}

fn in_pieces(
    verifier: &abi::Verifier,
    delivery: &Delivery<'_>,
    expected: Answer<Success>,
    input: &Input<'_>,
) {
    let limit = input.body_limit.map_or(0, u64::from);
    let mut verification = match verifier.begin(delivery, limit) {
        Ok(verification) => verification,
        Err(refused) => {
            let early = delivery.judge_without_body().map_err(status);
            assert_eq!(early.map(|_| ()), Err(refused), "hookrail_verifier_begin");
            assert_eq!(expected, Err(refused));
            return;
        }
    };
    assert!(delivery.judge_without_body().is_ok());
    let mut rest = delivery.body;
    let mut taken = 0;
    let mut too_large = false;
    for cut in input.cuts.iter().map(|cut| usize::from(*cut)) {
        let chunk;
        (chunk, rest) = rest.split_at(cut.min(rest.len()));
        feed(&mut verification, chunk, limit, &mut taken, &mut too_large);
    }
    feed(&mut verification, rest, limit, &mut taken, &mut too_large);
    let verdict = verification.finish();
    if too_large {
        assert_eq!(verdict, Err(abi::BODY_TOO_LARGE));
    } else {
        assert_eq!(verdict, expected, "hookrail_verification_finish");
    }
    assert_eq!(verification.finish(), Err(abi::INVALID_ARGUMENT));
    assert_eq!(verification.update(b"x"), Err(abi::INVALID_ARGUMENT));
}

fn feed(
    verification: &mut abi::Verification,
    chunk: &[u8],
    limit: u64,
    taken: &mut u64,
    too_large: &mut bool,
) {
    *taken += chunk.len() as u64;
    *too_large |= limit > 0 && *taken > limit;
    let expected = if *too_large {
        Err(abi::BODY_TOO_LARGE)
    } else {
        Ok(())
    };
    assert_eq!(verification.update(chunk), expected);
}

fn status(refusal: Refusal) -> c_int {
    match refusal {
        Refusal::InvalidArgument => abi::INVALID_ARGUMENT,
        Refusal::Malformed => abi::SIGNATURE_MALFORMED,
        Refusal::TooOld => abi::TIMESTAMP_TOO_OLD,
        Refusal::TooNew => abi::TIMESTAMP_TOO_NEW,
        Refusal::Mismatch => abi::SIGNATURE_MISMATCH,
    }
}
