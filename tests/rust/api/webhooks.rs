//! Receiving with the types that Rust programs have.

use std::collections::{BTreeMap, HashMap};
use std::time::{Duration, SystemTime};

use hookrail::webhook::{explain, sign};
use hookrail::{Status, Verifier};
use http::{HeaderMap, HeaderValue};

#[test]
fn headers_are_taken_in_every_usual_type() {
    let now = SystemTime::now();
    let signature = sign("whsec_a", now, "d_1", "{}").unwrap();
    let pairs = [
        ("Hookrail-Signature", signature.as_str()),
        ("Hookrail-Delivery-Id", "d_1"),
    ];
    let verifier = Verifier::new(vec![String::from("whsec_a")]).unwrap();
    let strings = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let hash_map: HashMap<String, String> = strings.clone().into();
    let tree_map: BTreeMap<&str, &str> = pairs.into();
    let mut header_map = HeaderMap::new();
    for (name, value) in &strings {
        let name: http::HeaderName = name.parse().unwrap();
        header_map.append(name, HeaderValue::from_str(value).unwrap());
    }
    let bytes = pairs.map(|(name, value)| (name.as_bytes(), value.as_bytes()));
    for verified in [
        verifier.verify(pairs, "{}"),
        verifier.verify(strings.to_vec(), b"{}"),
        verifier.verify(
            strings.iter().map(|(name, value)| (name, value)),
            vec![b'{', b'}'],
        ),
        verifier.verify(&hash_map, "{}"),
        verifier.verify(&tree_map, "{}"),
        verifier.verify(&header_map, "{}"),
        verifier.verify(bytes, "{}"),
    ] {
        assert_eq!(verified.unwrap().delivery_id, "d_1");
    }
}

#[test]
fn the_tolerance_is_the_verifiers() {
    let now = SystemTime::now();
    let signature = sign("whsec_a", now, "d_1", "{}").unwrap();
    let headers = [
        ("hookrail-signature", signature.as_str()),
        ("hookrail-delivery-id", "d_1"),
    ];
    let later = now + Duration::from_secs(301);
    let verifier = Verifier::new(["whsec_a"]).unwrap();
    let rejection = verifier.verify_at(headers, "{}", later).unwrap_err();
    assert_eq!(rejection.status(), Status::TimestampTooOld);
    let patient = verifier.with_tolerance(Duration::from_secs(400));
    assert_eq!(
        patient
            .verify_at(headers, "{}", later)
            .unwrap()
            .skew_seconds,
        301
    );
    let error = hookrail::Error::from(rejection);
    assert_eq!(error.status(), Status::TimestampTooOld);
}

#[test]
fn a_body_in_pieces_is_verified_and_limited() {
    let now = SystemTime::now();
    let signature = sign("whsec_a", now, "d_1", "0123").unwrap();
    let headers = [
        ("hookrail-signature", signature.as_str()),
        ("hookrail-delivery-id", "d_1"),
    ];
    let verifier = Verifier::new(["whsec_a"]).unwrap();
    let mut verification = verifier.begin(headers, None).unwrap();
    verification.announce(4).unwrap();
    verification.update("01").unwrap();
    verification.update(b"23").unwrap();
    assert_eq!(verification.finish().unwrap().delivery_id, "d_1");
    let mut limited = verifier.begin(headers, 3).unwrap();
    let rejection = limited.update("0123").unwrap_err();
    assert_eq!(rejection.status(), Status::BodyTooLarge);
    let mut cut = verifier.begin(headers, None).unwrap();
    cut.announce(4).unwrap();
    cut.update("01").unwrap();
    assert_eq!(cut.finish().unwrap_err().status(), Status::BodyIncomplete);
}

#[test]
fn a_verifier_takes_one_to_sixteen_secrets() {
    let secrets = |count: usize| (0..count).map(|number| format!("whsec_{number}"));
    assert!(Verifier::new(secrets(16)).is_ok());
    for count in [0, 17, 1_000_000] {
        let rejection = Verifier::new(secrets(count)).unwrap_err();
        assert_eq!(rejection.status(), Status::InvalidArgument);
    }
}

#[test]
fn an_explanation_needs_no_headers_to_say_what_is_wrong() {
    let text = explain(
        ["whsec_a"],
        [("host", "example.com")],
        "{}",
        Duration::from_secs(300),
        SystemTime::now(),
    );
    assert!(
        text.starts_with("The delivery does not verify (signature_missing): "),
        "{text}"
    );
}
