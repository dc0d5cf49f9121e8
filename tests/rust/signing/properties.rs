//! Properties of signing and verifying, over generated inputs.
//!
//! A model checks the header grammar. It uses strings and lists, follows the grammar's description, and
//! shares no code with the library.

use hookrail::Status;
use hookrail::internals::signing::{
    MAX_CANDIDATES, Rejection, Verified, Verifier, sign, verify_signature,
};
use proptest::collection::vec;
use proptest::prelude::*;

const SECRET: &[u8] = b"whsec_test_secret";
const ID: &[u8] = b"01JXAMPLEDELIVERYID0000000";
const NOW: i64 = 1_781_092_800;

/// A header as the rules describe it: its time and its signatures, in lower case.
#[derive(Debug, PartialEq)]
struct Model {
    time: i64,
    signatures: Vec<String>,
}

fn model(header: &[u8]) -> Option<Model> {
    let text = str::from_utf8(header).ok()?;
    if text.len() > 4096 || text.chars().any(|char| !matches!(char, '\t' | ' '..='~')) {
        return None;
    }
    let parts: Vec<(&str, &str)> = text
        .split(',')
        .map(|part| part.trim_matches([' ', '\t']))
        .filter_map(|part| part.split_once('='))
        .collect();
    let values = |name: &'static str| {
        parts
            .iter()
            .filter(move |part| part.0 == name)
            .map(|part| part.1)
    };
    let times: Vec<&str> = values("t").collect();
    let [time] = times[..] else {
        return None;
    };
    // The canonical form of a number is its printed form.
    let number: i64 = time.parse().ok()?;
    let signatures: Vec<String> = values("v1")
        .filter(|value| value.len() == 64 && value.chars().all(|char| char.is_ascii_hexdigit()))
        .map(str::to_lowercase)
        .collect();
    let well_formed = number >= 0
        && number.to_string() == time
        && (1..=MAX_CANDIDATES).contains(&signatures.len());
    well_formed.then_some(Model {
        time: number,
        signatures,
    })
}

/// The verdict of the rules for a delivery to a receiver with one secret.
fn expected(header: &[u8], body: &[u8], tolerance: i64, now: i64) -> Result<(), Status> {
    let model = model(header).ok_or(Status::SignatureMalformed)?;
    let skew = i128::from(now) - i128::from(model.time);
    if skew > i128::from(tolerance) {
        return Err(Status::TimestampTooOld);
    }
    if -skew > i128::from(tolerance) {
        return Err(Status::TimestampTooNew);
    }
    let signed = sign(SECRET, model.time, ID, body).expect("a time that can be signed");
    let (_, digits) = signed.split_once("v1=").expect("a signature");
    match model.signatures.iter().any(|signature| signature == digits) {
        true => Ok(()),
        false => Err(Status::SignatureMismatch),
    }
}

fn verify(header: &[u8], body: &[u8], tolerance: i64, now: i64) -> Result<Verified, Rejection> {
    verify_signature([SECRET], header, ID, body, tolerance, now)
}

/// Usable secrets, as text and as other bytes.
fn secret() -> impl Strategy<Value = Vec<u8>> {
    let byte = any::<u8>().prop_filter("a control byte", |byte| !byte.is_ascii_control());
    vec(byte, 0..100).prop_map(|inside| [b"k", inside.as_slice(), b"k"].concat())
}

/// Valid and invalid parts of headers. Some are signatures of the body `{}`.
fn part() -> impl Strategy<Value = Vec<u8>> {
    let digits = sign(SECRET, NOW, ID, b"{}")
        .unwrap()
        .split_off("t=1781092800,v1=".len());
    let upper = digits.to_uppercase();
    prop_oneof![
        4 => Just(format!("t={NOW}").into_bytes()),
        4 => Just(format!("v1={digits}").into_bytes()),
        1 => Just(format!("v1={upper}").into_bytes()),
        1 => "v1=[0-9a-fA-F]{62,66}".prop_map(String::into_bytes),
        1 => "v1=[0-9a-g]{64}".prop_map(String::into_bytes),
        1 => "t=[-+]?[0-9]{0,21}".prop_map(String::into_bytes),
        1 => (-5_i64..=5).prop_map(|offset| format!("t={}", NOW + offset).into_bytes()),
        2 => "[a-zA-Z0-9]{0,3}(=[ -~]{0,5})?".prop_map(String::into_bytes),
        1 => vec(any::<u8>(), 0..4),
    ]
}

fn header() -> impl Strategy<Value = Vec<u8>> {
    let separator = prop_oneof![
        8 => Just(",".to_owned()),
        4 => "[ \t]{0,2},[ \t]{0,2}",
        1 => "[;\r\n =\u{a0}]",
    ];
    vec((part(), separator), 0..24).prop_map(|parts| {
        let mut header: Vec<u8> = parts
            .iter()
            .flat_map(|(part, separator)| [part.as_slice(), separator.as_bytes()])
            .flatten()
            .copied()
            .collect();
        if let Some((_, separator)) = parts.last() {
            header.truncate(header.len() - separator.len());
        }
        header
    })
}

/// Headers that are well-formed or almost so. Random parts rarely are.
fn nearly_good_header() -> impl Strategy<Value = Vec<u8>> {
    let digits = sign(SECRET, NOW, ID, b"{}")
        .unwrap()
        .split_off("t=1781092800,v1=".len());
    let space = || "[ \t]{0,2}";
    (
        space(),
        space(),
        vec("(v1=[0-9a-f]{64}|v0=x|x)", 0..18),
        any::<prop::sample::Index>(),
    )
        .prop_map(move |(before, after, mut others, at)| {
            others.insert(at.index(others.len() + 1), format!("v1={digits}"));
            format!("{before}t={NOW}{after},{}", others.join(",")).into_bytes()
        })
}

/// Every edit of one byte that a proxy or an attacker could make.
fn edited(header: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    (
        Just(header),
        any::<prop::sample::Index>(),
        any::<u8>(),
        0..4_u8,
    )
        .prop_map(|(mut header, at, byte, edit)| {
            let at = at.index(header.len());
            match edit {
                0 => header[at] = byte,
                1 => header.insert(at, byte),
                2 => drop(header.remove(at)),
                _ => header.truncate(at),
            }
            header
        })
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1_000,
        // A failure becomes a case in the vectors, so proptest's file of seeds is not used.
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn headers_mean_what_the_model_says(header in header()) {
        let verdict = verify(&header, b"{}", 300, NOW).map(|_| ());
        prop_assert_eq!(verdict.map_err(|r| r.status()), expected(&header, b"{}", 300, NOW));
    }

    #[test]
    fn nearly_good_headers_mean_what_the_model_says(
        header in nearly_good_header().prop_flat_map(|header| prop_oneof![
            Just(header.clone()),
            edited(header),
        ]),
    ) {
        let verdict = verify(&header, b"{}", 300, NOW).map(|_| ());
        prop_assert_eq!(verdict.map_err(|r| r.status()), expected(&header, b"{}", 300, NOW));
    }

    #[test]
    fn arbitrary_bytes_are_judged_without_a_panic(
        header in vec(any::<u8>(), 0..200),
        id in vec(any::<u8>(), 0..40),
        body in vec(any::<u8>(), 0..100),
        tolerance: i64,
        now: i64,
    ) {
        let verdict = verify_signature([SECRET], &header, &id, &body, tolerance, now);
        prop_assert!(verdict.is_err());
    }

    #[test]
    fn times_are_judged_as_by_exact_arithmetic(
        time in prop_oneof![0..=i64::MAX, NOW - 1000..NOW + 1000],
        tolerance in prop_oneof![0..=i64::MAX, 0..2000_i64],
        now in prop_oneof![any::<i64>(), NOW - 1000..NOW + 1000],
    ) {
        let header = sign(SECRET, time, ID, b"{}").unwrap();
        let verdict = verify(header.as_bytes(), b"{}", tolerance, now);
        let skew = i128::from(now) - i128::from(time);
        if let Ok(verified) = verdict {
            prop_assert_eq!(i128::from(verified.skew_seconds), skew);
            prop_assert_eq!(verified.signed_at, time);
        }
        prop_assert_eq!(
            verdict.map(|_| ()).map_err(|r| r.status()),
            expected(header.as_bytes(), b"{}", tolerance, now)
        );
    }

    #[test]
    fn only_signed_bodies_verify(
        secret in secret(),
        id in "[A-Za-z0-9_-]{1,128}",
        body in vec(any::<u8>(), 0..300),
        time in 0..=i64::MAX,
        at: prop::sample::Index,
        bit in 0..8_u32,
    ) {
        let header = sign(&secret, time, id.as_bytes(), &body).unwrap();
        let verify = |secret: &[u8], id: &[u8], body: &[u8]| {
            verify_signature([secret], header.as_bytes(), id, body, 0, time)
                .map(|verified| verified.secret_index)
        };
        prop_assert_eq!(verify(&secret, id.as_bytes(), &body), Ok(0));

        let mut other_body = body.clone();
        other_body.push(0);
        prop_assert_eq!(verify(&secret, id.as_bytes(), &other_body), Err(Rejection::Mismatch));
        let at_body = at.index(other_body.len());
        other_body.pop();
        if let Some(byte) = other_body.get_mut(at_body) {
            *byte ^= 1 << bit;
            prop_assert_eq!(verify(&secret, id.as_bytes(), &other_body), Err(Rejection::Mismatch));
        }
        let mut other_secret = secret.clone();
        other_secret[at.index(secret.len())] ^= 1 << bit;
        // The changed bit may make a control byte, which a secret must not contain.
        let verdict = verify(&other_secret, id.as_bytes(), &body);
        let refused = matches!(
            verdict,
            Err(Rejection::Mismatch | Rejection::UnusableSecret { .. })
        );
        prop_assert!(refused, "{:?}", verdict);

        let other_id = format!("{}x", &id[..id.len() - 1]);
        if other_id != id {
            prop_assert_eq!(verify(&secret, other_id.as_bytes(), &body), Err(Rejection::Mismatch));
        }
    }

    #[test]
    fn bytes_cannot_move_between_the_id_and_the_body(
        id in "[A-Za-z0-9_-]{1,20}",
        body in "[A-Za-z0-9.]{1,40}",
    ) {
        let header = sign(SECRET, NOW, id.as_bytes(), body.as_bytes()).unwrap();
        let input = format!("{id}.{body}");
        for (dot, _) in input.match_indices('.') {
            let (other_id, other_body) = (&input[..dot], &input[dot + 1..]);
            let verdict = verify_signature(
                [SECRET], header.as_bytes(), other_id.as_bytes(), other_body.as_bytes(), 0, NOW,
            );
            prop_assert_eq!(verdict.is_ok(), other_id == id, "{} | {}", other_id, other_body);
        }
    }

    #[test]
    fn the_first_secret_that_matches_is_reported(
        count in 1..=16_usize,
        matching: [bool; 16],
        candidates in 1..=16_usize,
    ) {
        let right = matching[..count].iter().position(|matches| *matches);
        let held: Vec<Vec<u8>> = matching[..count]
            .iter()
            .enumerate()
            .map(|(index, matches)| match matches {
                true => SECRET.to_vec(),
                false => format!("whsec_{index}").into_bytes(),
            })
            .collect();
        let mut header = format!("t={NOW}");
        for candidate in 1..candidates {
            header += &format!(",v1={candidate:064x}");
        }
        header += &sign(SECRET, NOW, ID, b"{}").unwrap()["t=1781092800".len()..];
        let verdict =
            verify_signature(held.iter().map(Vec::as_slice), header.as_bytes(), ID, b"{}", 0, NOW);
        prop_assert_eq!(verdict.ok().map(|verified| verified.secret_index), right);
    }

    #[test]
    fn a_body_in_any_pieces_is_the_same_body(
        body in vec(any::<u8>(), 0..400),
        cuts in vec(any::<prop::sample::Index>(), 0..8),
        tampered: bool,
    ) {
        let header = sign(SECRET, NOW, ID, &body).unwrap();
        let mut received = body;
        if tampered {
            received.push(b' ');
        }
        let whole = verify(header.as_bytes(), &received, 300, NOW + 7);
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(received.len() + 1)).collect();
        cuts.sort_unstable();
        let mut verification = Verifier::new([SECRET])
            .unwrap()
            .begin(header.as_bytes(), ID, None, 300, NOW + 7)
            .unwrap();
        let mut from = 0;
        for cut in cuts.into_iter().chain([received.len()]) {
            verification.update(&received[from..cut]).unwrap();
            from = cut;
        }
        prop_assert_eq!(verification.finish(), whole);
        prop_assert_eq!(whole.is_err(), tampered);
    }
}

#[test]
fn a_body_split_in_two_at_every_place_is_the_same_body() {
    let body: Vec<u8> = (0..=255).cycle().take(300).collect();
    let header = sign(SECRET, NOW, ID, &body).unwrap();
    let verifier = Verifier::new([b"whsec_other".as_slice(), SECRET]).unwrap();
    let whole = verifier
        .verify(header.as_bytes(), ID, &body, 300, NOW)
        .unwrap();
    for split in 0..=body.len() {
        let mut verification = verifier
            .begin(header.as_bytes(), ID, None, 300, NOW)
            .unwrap();
        verification.update(&body[..split]).unwrap();
        verification.update(&body[split..]).unwrap();
        assert_eq!(verification.finish(), Ok(whole), "split at {split}");
    }
}

#[test]
fn the_model_knows_good_headers_from_bad_ones() {
    let digits = "ab".repeat(32);
    let good = Model {
        time: 7,
        signatures: vec![digits.clone()],
    };
    assert_eq!(model(format!("t=7 , v1={digits}").as_bytes()), Some(good));
    for bad in [
        String::new(),
        format!("t=07,v1={digits}"),
        format!("t=7,t=7,v1={digits}"),
        format!("t=7,v1={}", &digits[1..]),
        format!("t=7,v1={digits}\n"),
    ] {
        assert_eq!(model(bad.as_bytes()), None, "{bad:?}");
    }
}
