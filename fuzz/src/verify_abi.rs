//! A whole verification through the C ABI, at once and in pieces, against the model.
//!
//! The input describes a valid delivery and the changes to it: valid deliveries, and those with exactly one
//! fault, must be frequent.

use std::ffi::c_int;

use arbitrary::{Arbitrary, Unstructured};

use crate::abi::{self, Answer};
use crate::model::signature::{self, Delivery, Refusal, Success};

#[derive(Arbitrary)]
struct Input<'a> {
    changes: Vec<Change<'a>>,
    /// The places to split the body, as distances from one to the next.
    cuts: Vec<u8>,
    /// Explaining takes longer than everything else together.
    explain: bool,
    body_limit: Option<u8>,
    content_length: Option<u8>,
    body: &'a [u8],
}

/// A difference from the usual delivery. The first ones are made before it is signed.
#[derive(Arbitrary)]
enum Change<'a> {
    Id(&'a [u8]),
    IdByte {
        at: u8,
        suspect: u8,
    },
    SignedAt(i64),
    Secret(&'a [u8]),
    SecretBefore(&'a [u8]),
    SecretTwice {
        at: u8,
    },
    Secrets {
        count: u8,
    },
    NoSecret,
    Tolerance(i64),
    NearTolerance(i8),
    Now(i64),
    /// Seconds after the latest time at which it verifies.
    LateBy(i8),
    /// Seconds before the earliest.
    EarlyBy(i8),
    Part {
        at: u8,
        part: Part<'a>,
    },
    WithoutPart {
        at: u8,
    },
    Separator {
        at: u8,
        text: Separator,
    },
    HeaderByte {
        at: u16,
        byte: u8,
        kind: Edit,
    },
    BodyByte {
        at: u8,
        bits: u8,
    },
    BodyEnd(&'a [u8]),
}

#[derive(Clone, Arbitrary)]
enum Part<'a> {
    Time,
    OtherTime(i64),
    /// The MAC under one of the secrets.
    Signature {
        secret: u8,
        upper_case: bool,
    },
    /// The MAC under a secret that the receiver does not have.
    OtherSignature {
        of: u8,
    },
    Raw(&'a [u8]),
}

#[derive(Clone, Copy, Arbitrary)]
enum Separator {
    Comma,
    CommaAndSpace,
    Tab,
    Nothing,
}

#[derive(Arbitrary)]
enum Edit {
    Replace,
    Insert,
    Remove,
    CutOff,
}

/// Bytes that could be mistaken for a part of a delivery id.
const SUSPECTS: &[u8] = b"._-+/,:=~ \n\0\x7f\xff";

/// `HOOKRAIL_NOW`: use the clock.
const NOW: i64 = -1;

/// A delivery on its way from the service to the receiver.
struct Draft<'a> {
    secrets: Vec<Vec<u8>>,
    id: Vec<u8>,
    signed_at: i64,
    body: Vec<u8>,
    tolerance: i64,
    now: Option<i64>,
    late_by: Option<i64>,
    parts: Vec<(Part<'a>, Separator)>,
}

impl<'a> Draft<'a> {
    fn new(body: &[u8]) -> Self {
        let signature = Part::Signature {
            secret: 0,
            upper_case: false,
        };
        Draft {
            secrets: vec![b"whsec_test_secret".to_vec()],
            id: b"01JXAMPLEDELIVERYID0000000".to_vec(),
            signed_at: 1_781_092_800,
            body: body.to_vec(),
            tolerance: 300,
            now: None,
            late_by: None,
            parts: vec![
                (Part::Time, Separator::Comma),
                (signature, Separator::Nothing),
            ],
        }
    }

    /// Makes a change; those of the header and of the body are made later.
    fn change(&mut self, change: &Change<'a>) {
        match *change {
            Change::Id(id) => self.id = id.to_vec(),
            Change::IdByte { at, suspect } => {
                let at = usize::from(at) % (self.id.len() + 1);
                self.id
                    .insert(at, SUSPECTS[usize::from(suspect) % SUSPECTS.len()]);
            }
            Change::SignedAt(seconds) => self.signed_at = seconds,
            Change::Secret(secret) => self.secrets.push(secret.to_vec()),
            Change::SecretBefore(secret) => self.secrets.insert(0, secret.to_vec()),
            Change::SecretTwice { at } if !self.secrets.is_empty() => {
                let secret = self.secrets[usize::from(at) % self.secrets.len()].clone();
                self.secrets.push(secret);
            }
            Change::Secrets { count } => {
                let count = usize::from(count % 20);
                self.secrets
                    .extend((0..count).map(|n| format!("whsec_{n}").into_bytes()));
            }
            Change::NoSecret => self.secrets.clear(),
            Change::Tolerance(seconds) => self.tolerance = seconds,
            Change::NearTolerance(seconds) => self.tolerance = seconds.into(),
            Change::Now(now) => self.now = Some(now),
            Change::LateBy(seconds) => self.late_by = Some(seconds.into()),
            Change::EarlyBy(seconds) => {
                let earliest = self
                    .tolerance
                    .saturating_mul(2)
                    .saturating_add(seconds.into());
                self.late_by = Some(earliest.saturating_neg());
            }
            Change::Part { at, ref part } => {
                let at = usize::from(at) % (self.parts.len() + 1);
                self.parts.insert(at, (part.clone(), Separator::Comma));
            }
            Change::WithoutPart { at } if !self.parts.is_empty() => {
                self.parts.remove(usize::from(at) % self.parts.len());
            }
            Change::Separator { at, text } if !self.parts.is_empty() => {
                let at = usize::from(at) % self.parts.len();
                self.parts[at].1 = text;
            }
            _ => {}
        }
    }

    /// Returns the header, signed over the delivery in its present state.
    fn header(&self) -> Vec<u8> {
        let mac = |secret: &[u8]| {
            let mac = signature::mac(secret, self.signed_at, &self.id, &self.body);
            signature::hex(&mac)
        };
        let mut header = Vec::new();
        for (part, separator) in &self.parts {
            match part {
                Part::Time => header.extend(format!("t={}", self.signed_at).bytes()),
                Part::OtherTime(seconds) => header.extend(format!("t={seconds}").bytes()),
                Part::Signature { secret, upper_case } => {
                    let secret = usize::from(*secret) % self.secrets.len().max(1);
                    let hex = mac(self.secrets.get(secret).map_or(b"none", Vec::as_slice));
                    let hex = if *upper_case { hex.to_uppercase() } else { hex };
                    header.extend(format!("v1={hex}").bytes());
                }
                Part::OtherSignature { of } => {
                    header.extend(format!("v1={}", mac(&[b'x', *of])).bytes());
                }
                Part::Raw(bytes) => header.extend(*bytes),
            }
            header.extend(match separator {
                Separator::Comma => b",".as_slice(),
                Separator::CommaAndSpace => b", ",
                Separator::Tab => b"\t",
                Separator::Nothing => b"",
            });
        }
        header
    }

    fn now(&self) -> i64 {
        let latest = self.signed_at.saturating_add(self.tolerance);
        match (self.now, self.late_by) {
            (Some(NOW), _) => 0,
            (Some(now), _) => now,
            (None, Some(seconds)) => match latest.saturating_add(seconds) {
                NOW => 0,
                now => now,
            },
            (None, None) => self.signed_at.max(0),
        }
    }
}

/// Changes the header and the body as a party in between could.
fn change_in_between(header: &mut Vec<u8>, body: &mut Vec<u8>, change: &Change<'_>) {
    match *change {
        Change::HeaderByte { at, byte, ref kind } if !header.is_empty() => {
            let at = usize::from(at) % header.len();
            match kind {
                Edit::Replace => header[at] = byte,
                Edit::Insert => header.insert(at, byte),
                Edit::Remove => drop(header.remove(at)),
                Edit::CutOff => header.truncate(at),
            }
        }
        Change::BodyByte { at, bits } if !body.is_empty() => {
            let at = usize::from(at) % body.len();
            body[at] ^= bits;
        }
        Change::BodyEnd(bytes) => body.extend(bytes),
        _ => {}
    }
}

/// Checks the delivery that `data` describes.
pub fn check(data: &[u8]) {
    // Bytes without a description are no input.
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(data)) else {
        return;
    };
    let mut draft = Draft::new(input.body);
    for change in &input.changes {
        draft.change(change);
    }
    let mut header = draft.header();
    let mut body = draft.body.clone();
    for change in &input.changes {
        change_in_between(&mut header, &mut body, change);
    }
    let delivery = Delivery {
        secrets: &draft.secrets,
        header: &header,
        delivery_id: &draft.id,
        body: &body,
        tolerance: draft.tolerance,
        now: draft.now(),
    };
    let expected = delivery.verdict().map_err(status);
    assert_eq!(
        abi::verify_signature(&delivery),
        expected.map(|_| ()),
        "hookrail_verify_signature"
    );
    with_verifier(&delivery, expected, &input);
}

/// Verifies the same delivery with a verifier, which takes the secrets and the tolerance one by one.
fn with_verifier(delivery: &Delivery<'_>, expected: Answer<Success>, input: &Input<'_>) {
    let mut options = abi::Options::new();
    let mut added = 0;
    for secret in delivery.secrets {
        let answer = options.add_secret(secret);
        let acceptable = signature::is_secret(secret) && added < 16;
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
        // The verifier was made without the faulty argument.
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
    let announced = input.content_length.map_or(0, u64::from);
    if input.content_length.is_some() {
        let too_long = limit > 0 && announced > limit;
        let answer = verification.set_content_length(announced);
        assert_eq!(answer == Err(abi::BODY_TOO_LARGE), too_long);
        assert_eq!(answer == Ok(()), !too_long);
    }
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
    } else if taken < announced && expected == Err(abi::SIGNATURE_MISMATCH) {
        assert_eq!(verdict, Err(abi::BODY_INCOMPLETE));
    } else {
        assert_eq!(verdict, expected, "hookrail_verification_finish");
    }
    assert_eq!(
        verification.set_content_length(0),
        Err(abi::INVALID_ARGUMENT)
    );
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
