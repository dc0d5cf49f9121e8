//! The signature cases of all languages, run against the Rust core.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use hookrail::internals::signing::ReceivedDelivery;
use hookrail::internals::signing::{
    MAX_SIGNATURE_LEN, Rejection, Verified, Verifier, explain, sign, verify_signature,
};
use hookrail::{Error, Status};
use serde_json::{Map, Value};

type Case = Map<String, Value>;

#[test]
fn every_delivery_gets_the_expected_verdict() {
    for_each_delivery(|delivery, expected| {
        let secrets = delivery.secrets.iter().map(Vec::as_slice);
        let verdict = verify_signature(
            secrets,
            &delivery.header,
            &delivery.delivery_id,
            &delivery.body,
            delivery.tolerance,
            delivery.now,
        );
        assert_eq!(outcome(verdict), expected, "{}", delivery.name);
    });
}

#[test]
fn a_body_in_pieces_gets_the_same_verdict() {
    for_each_delivery(|delivery, expected| {
        for piece_len in [1, 63, 64, 65, 4096] {
            // A megabyte byte by byte takes long and shows nothing new.
            if delivery.body.len() / piece_len > 10_000 {
                continue;
            }
            let verdict = verify_in_pieces(&delivery, piece_len);
            assert_eq!(
                outcome(verdict),
                expected,
                "{} by {piece_len}",
                delivery.name
            );
        }
    });
}

fn verify_in_pieces(delivery: &Delivery, piece_len: usize) -> Result<Verified, Rejection> {
    let verifier = Verifier::new(delivery.secrets.iter().map(Vec::as_slice))?;
    let mut verification = verifier.begin(
        &delivery.header,
        &delivery.delivery_id,
        Some(delivery.body.len() as u64),
        delivery.tolerance,
        delivery.now,
    )?;
    drop(verifier);
    for piece in delivery.body.chunks(piece_len) {
        verification.update(piece)?;
    }
    verification.finish()
}

#[test]
fn an_explanation_agrees_with_the_verdict_and_tells_no_secret() {
    for_each_delivery(|delivery, expected| {
        // An unoptimised build is too slow to try all forms with a megabyte.
        if delivery.body.len() + delivery.secrets.iter().map(Vec::len).sum::<usize>() > 5_000 {
            return;
        }
        let secrets: Vec<&[u8]> = delivery.secrets.iter().map(Vec::as_slice).collect();
        let text = explain(&ReceivedDelivery {
            secrets: &secrets,
            header: &delivery.header,
            delivery_id: &delivery.delivery_id,
            body: &delivery.body,
            tolerance: delivery.tolerance,
            now: delivery.now,
            event_id: None,
        });
        let opening = match &expected {
            Ok(_) => "The delivery verifies".to_owned(),
            Err(status) => format!("The delivery does not verify ({status})"),
        };
        assert!(text.starts_with(&opening), "{}: {text}", delivery.name);
        for secret in secrets
            .iter()
            .filter_map(|secret| str::from_utf8(secret).ok())
        {
            let telling = secret.trim().trim_start_matches("whsec_");
            assert!(
                telling.len() < 4 || !text.contains(telling),
                "{}: {text}",
                delivery.name
            );
        }
        assert!(!contains_hex_digits(&text, 16), "{}: {text}", delivery.name);
    });
}

#[test]
fn every_signature_is_the_expected_one() {
    let cases = load("sign.json");
    assert!(cases.len() >= 40, "only {} cases", cases.len());
    for case in &cases {
        let name = name(case);
        let secret = bytes(case, "secret");
        let delivery_id = bytes(case, "delivery_id");
        let body = bytes(case, "body");
        let timestamp = integer(case, "timestamp");
        let signed = sign(&secret, timestamp, &delivery_id, &body);
        match case["status"].as_str() {
            Some("ok") => {
                let header = signed.unwrap_or_else(|rejection| panic!("{name}: {rejection}"));
                assert_eq!(case["header"], header, "{name}");
                assert!(header.len() <= MAX_SIGNATURE_LEN, "{name}");
                let verified = verify_signature(
                    [secret.as_slice()],
                    header.as_bytes(),
                    &delivery_id,
                    &body,
                    0,
                    timestamp,
                );
                assert!(verified.is_ok(), "{name}");
            }
            status => {
                let rejection = signed.expect_err(name);
                assert_eq!(Some(rejection.status().name()), status, "{name}");
            }
        }
    }
}

#[test]
fn every_rejection_says_what_would_be_right_and_nothing_secret() {
    for_each_delivery(|delivery, expected| {
        let verdict = verify_signature(
            delivery.secrets.iter().map(Vec::as_slice),
            &delivery.header,
            &delivery.delivery_id,
            &delivery.body,
            delivery.tolerance,
            delivery.now,
        );
        if let Err(rejection) = verdict {
            let error = Error::from(rejection);
            assert_eq!(Err(error.status()), expected, "{}", delivery.name);
            let message = error.message();
            assert!(
                ["must", "only", "at most", "give", "check"]
                    .iter()
                    .any(|hint| message.contains(hint)),
                "{}: {message}",
                delivery.name
            );
            assert!(!contains_hex_digits(message, 16), "{}", delivery.name);
            // One message contains the prefix alone. No message contains anything behind the prefix.
            let without_prefix = message.replace("the prefix whsec_,", "");
            assert!(!without_prefix.contains("whsec_"), "{}", delivery.name);
        }
    });
}

struct Delivery {
    name: String,
    secrets: Vec<Vec<u8>>,
    header: Vec<u8>,
    delivery_id: Vec<u8>,
    body: Vec<u8>,
    tolerance: i64,
    now: i64,
}

fn for_each_delivery(mut judge: impl FnMut(Delivery, Result<Verified, Status>)) {
    let cases = load("verify.json");
    assert!(cases.len() >= 150, "only {} cases", cases.len());
    for case in &cases {
        let status = Status::ALL
            .into_iter()
            .find(|status| case["status"] == status.name())
            .unwrap_or_else(|| panic!("{}: unknown status", name(case)));
        let expected = match status {
            Status::Ok => Ok(Verified {
                secret_index: usize::try_from(integer(case, "secret_index")).expect("an index"),
                signed_at: integer(case, "signed_at"),
                skew_seconds: integer(case, "skew_seconds"),
            }),
            status => Err(status),
        };
        judge(
            Delivery {
                name: name(case).to_owned(),
                secrets: list(case, "secrets"),
                header: bytes(case, "header"),
                delivery_id: bytes(case, "delivery_id"),
                body: bytes(case, "body"),
                tolerance: integer(case, "tolerance"),
                now: integer(case, "now"),
            },
            expected,
        );
    }
}

fn outcome(verdict: Result<Verified, Rejection>) -> Result<Verified, Status> {
    verdict.map_err(|rejection| rejection.status())
}

fn load(file: &str) -> Vec<Case> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/vectors")
        .join(file);
    let text =
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let mut root: Map<String, Value> = serde_json::from_str(&text).expect("a JSON object");
    let cases: Vec<Case> =
        serde_json::from_value(root.remove("cases").expect("a list of cases")).expect("objects");
    let names: HashSet<&str> = cases.iter().map(name).collect();
    assert_eq!(
        names.len(),
        cases.len(),
        "the names in {file} must be unique"
    );
    cases
}

fn name(case: &Case) -> &str {
    case["name"].as_str().expect("a name")
}

fn integer(case: &Case, member: &str) -> i64 {
    case[member]
        .as_i64()
        .unwrap_or_else(|| panic!("{}: {member} is not a whole number", name(case)))
}

fn bytes(case: &Case, member: &str) -> Vec<u8> {
    match either_spelling(case, member) {
        (value, false) => decode(value, |text| text.as_bytes().to_vec()),
        (value, true) => decode(value, unhex),
    }
}

fn list(case: &Case, member: &str) -> Vec<Vec<u8>> {
    let (values, is_hex) = either_spelling(case, member);
    values
        .as_array()
        .expect("a list")
        .iter()
        .map(|value| match is_hex {
            false => decode(value, |text| text.as_bytes().to_vec()),
            true => decode(value, unhex),
        })
        .collect()
}

fn either_spelling<'c>(case: &'c Case, member: &str) -> (&'c Value, bool) {
    match (case.get(member), case.get(&format!("{member}_hex"))) {
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        _ => panic!("{}: exactly one of {member} and {member}_hex", name(case)),
    }
}

fn decode(value: &Value, decode_text: fn(&str) -> Vec<u8>) -> Vec<u8> {
    match value {
        Value::String(text) => decode_text(text),
        Value::Object(repetition) => {
            let unit = decode_text(repetition["repeat"].as_str().expect("a text to repeat"));
            unit.repeat(repetition["count"].as_u64().expect("a count") as usize)
        }
        other => panic!("neither a text nor a repetition: {other}"),
    }
}

fn unhex(digits: &str) -> Vec<u8> {
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = str::from_utf8(pair).expect("ASCII");
            u8::from_str_radix(pair, 16).expect("two hex digits")
        })
        .collect()
}

/// Returns whether the text has enough consecutive hex digits to reveal a part of a MAC. It ignores numbers
/// of seconds.
fn contains_hex_digits(text: &str, count: usize) -> bool {
    text.split(|char: char| !char.is_ascii_hexdigit())
        .any(|run| run.len() >= count && !run.bytes().all(|byte| byte.is_ascii_digit()))
}
