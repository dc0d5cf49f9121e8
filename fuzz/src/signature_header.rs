//! The signature header: which ones are well-formed, and their meaning.

use hookrail::Status;
use hookrail::internals::signing::{Rejection, Verifier};

use crate::model::signature::{self, Delivery, Refusal};

const SECRETS: [&[u8]; 2] = [b"whsec_new", b"whsec_old"];
const ID: &[u8] = b"01JXAMPLEDELIVERYID0000000";
const BODY: &[u8] = br#"{"order_id":"o_1"}"#;

/// Bytes that no header may contain stand for a MAC: no fuzzer guesses a MAC.
const LOWER_CASE_OF_FIRST: u8 = 0x80;
const UPPER_CASE_OF_SECOND: u8 = 0x81;

/// Checks the header in `data`, after the bytes that stand for a MAC are replaced.
pub fn check(data: &[u8]) {
    let draft = replace(data, [&"0".repeat(64), &"0".repeat(64)]);
    let time = signature::header(&draft).map_or(0, |header| header.time);
    let [first, second] =
        SECRETS.map(|secret| signature::hex(&signature::mac(secret, time, ID, BODY)));
    let header = replace(data, [&first, &second.to_uppercase()]);
    let model = signature::header(&header);
    let verifier = Verifier::new(SECRETS).expect("two secrets");

    let verdict = verifier.verify(&header, ID, BODY, 0, time);
    let secrets = SECRETS.map(<[u8]>::to_vec);
    let delivery = Delivery {
        secrets: &secrets,
        header: &header,
        delivery_id: ID,
        body: BODY,
        tolerance: 0,
        now: time,
    };
    match (delivery.verdict(), &verdict) {
        (Ok(expected), Ok(verified)) => {
            assert_eq!(verified.secret_index, expected.secret_index);
            assert_eq!(verified.signed_at, expected.signed_at);
            assert_eq!(verified.skew_seconds, 0);
        }
        (Err(Refusal::Malformed), Err(rejection)) => {
            assert_eq!(rejection.status(), Status::SignatureMalformed);
        }
        (Err(Refusal::Mismatch), Err(rejection)) => assert_eq!(*rejection, Rejection::Mismatch),
        (expected, _) => panic!("expected {expected:?}, the verdict is {verdict:?}"),
    }

    // A second later the error contains the time that was read.
    let late = verifier.verify(&header, ID, BODY, 0, time.saturating_add(1));
    if let Some(model) = model
        && model.time < i64::MAX
    {
        let expected = Rejection::TooOld {
            signed_at: model.time,
            skew_seconds: 1,
            tolerance: 0,
        };
        assert_eq!(late, Err(expected));
    }
}

fn replace(data: &[u8], macs: [&str; 2]) -> Vec<u8> {
    data.iter()
        .flat_map(|byte| match *byte {
            LOWER_CASE_OF_FIRST => macs[0].as_bytes(),
            UPPER_CASE_OF_SECOND => macs[1].as_bytes(),
            _ => std::slice::from_ref(byte),
        })
        .copied()
        .collect()
}
