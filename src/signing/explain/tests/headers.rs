//! Wrong headers, delivery ids and clocks.

use super::*;

#[test]
fn wrong_delivery_ids_are_named() {
    expect(
        |receiver| {
            receiver.delivery_id = EVENT_ID.to_vec();
            receiver.event_id = Some(EVENT_ID.to_vec());
        },
        &["The event id was given as the delivery id."],
    );
    expect(
        |receiver| {
            receiver.delivery_id = EVENT_ID.to_vec();
            receiver.event_id = Some(ID.to_vec());
        },
        &["if what was given as the event id is taken as the delivery id"],
    );
    for wrapped in [
        [b"\"", ID, b"\""].concat(),
        [ID, b"\n"].concat(),
        [b" ", ID].concat(),
    ] {
        expect(
            |receiver| receiver.delivery_id = wrapped,
            &[
                "signature_malformed",
                "if white space and quotes are removed from the ends of the delivery id",
            ],
        );
    }
    expect(
        |receiver| receiver.delivery_id = vec![b'x'; 200],
        &["The delivery id is far longer than the service's"],
    );
    expect(
        |receiver| std::mem::swap(&mut receiver.header, &mut receiver.delivery_id),
        &["The signature header and the delivery id are exchanged"],
    );
}

#[test]
fn wrong_clocks_and_units_of_time_are_named() {
    let only_time = "The signature itself matches the secret: only the time is at fault.";
    for (now, phrases) in [
        (
            NOW * 1000 + 7,
            vec![only_time, "Now was given in milliseconds"],
        ),
        (
            NOW * 1_000_000,
            vec![only_time, "Now was given in microseconds"],
        ),
        (
            NOW * 1_000_000_000,
            vec![only_time, "Now was given in nanoseconds"],
        ),
        (0, vec![only_time, "the clock is not set"]),
        (i64::MIN, vec![only_time, "the clock is not set"]),
        (
            NOW + 400,
            vec![
                only_time,
                "signed 6 min 40 s before now",
                "waited in a queue",
                "a replay",
            ],
        ),
        (
            NOW - 400,
            vec![only_time, "signed 6 min 40 s after now", "it is slow"],
        ),
        (
            NOW + 7200 + 5,
            vec![
                only_time,
                "signed 2 h before now",
                "close to 2 h, as when a local time",
            ],
        ),
        (
            NOW - 19_800,
            vec![
                only_time,
                "5 h 30 min after now",
                "a local time is taken for UTC",
            ],
        ),
        (NOW + 90_061, vec![only_time, "1 d 1 h before now"]),
        (i64::MAX, vec![only_time, "before now"]),
    ] {
        expect(|receiver| receiver.now = now, &phrases);
    }
    expect(
        |receiver| receiver.header = header_at(NOW * 1000, BODY),
        &[only_time, "The signature's time is in milliseconds"],
    );
    expect(
        |receiver| receiver.tolerance = -5,
        &[
            "(invalid_argument)",
            "matches the secret: nothing else is at fault",
        ],
    );
    let mut off = Receiver::of(BODY);
    off.now += 400;
    assert!(
        !off.explain().contains("UTC"),
        "six minutes are no time zone"
    );
}

#[test]
fn headers_that_can_be_repaired_are_repaired() {
    let good = String::from_utf8(header_at(NOW, BODY)).unwrap();
    let other = String::from_utf8(header_at(NOW - 9, BODY)).unwrap();
    let digits = digits();
    for (header, phrase) in [
        (
            format!("{good}\r\n"),
            "if white space, quotes and brackets are removed from the ends of the header",
        ),
        (
            format!("\"{good}\""),
            "white space, quotes and brackets are removed",
        ),
        (
            format!("[\"{good}\"]"),
            "white space, quotes and brackets are removed",
        ),
        (
            format!("Hookrail-Signature: {good}"),
            "if the header's name is left out of its value",
        ),
        (
            good.replace('=', "%3D").replace(',', "%2C"),
            "if the percent-encoding of the header value is undone",
        ),
        (
            good.replace(',', ";"),
            "if the parts of the header are separated by commas",
        ),
        (
            good.replace(',', "\n"),
            "if the parts of the header are separated by commas",
        ),
        (
            good.replace("t=", "T=").replace("v1=", "V1="),
            "if the names t and v1 in the header are in lower case",
        ),
        (
            good.replace('=', " = "),
            "if there is no white space around the equals signs",
        ),
        (
            good.replace("t=", "t=+"),
            "if the header's time is written without sign or leading zeros",
        ),
        (
            good.replace("t=", "t=00"),
            "if the header's time is written without sign or leading zeros",
        ),
        (
            format!("{good}, {good}"),
            "if only the first of two joined headers is taken",
        ),
        (
            format!("{other},{good}"),
            "if only the second of two joined headers is taken",
        ),
        (
            good[..good.len() - 4].to_owned(),
            "if the missing end of the signature is put back",
        ),
        (
            format!("{good}00"),
            "if what follows the 64 hex digits of the signature is removed",
        ),
    ] {
        expect(
            |receiver| receiver.header = header.into_bytes(),
            &["signature_malformed", phrase],
        );
    }
    expect(
        |receiver| receiver.header = format!("\"T={NOW};V1={digits}\"").into_bytes(),
        &[
            "white space, quotes and brackets are removed",
            ", and if the parts of the header are separated by commas, and if the names t and v1",
        ],
    );
}

#[test]
fn values_that_are_no_signature_header_are_named() {
    let digits = digits();
    for (header, phrases) in [
        (String::new(), vec!["The header value is empty"]),
        ("  ".to_owned(), vec!["The header value is empty"]),
        (
            digits.clone(),
            vec!["The header value is only the hex digits"],
        ),
        (
            digits.to_uppercase(),
            vec!["The header value is only the hex digits"],
        ),
        (
            "v1,K9oSvtxW".to_owned(),
            vec!["the form of Standard Webhooks"],
        ),
        (
            format!("sha256={digits}"),
            vec!["the form of another service's header"],
        ),
        (
            format!("t={NOW},v1={}", &digits[..20]),
            vec!["has 20 hex digits instead of 64: the header was cut off"],
        ),
        (
            format!("t={NOW},v1={}", &digits[..4]),
            vec!["has 4 hex digits instead of 64: the header was cut off"],
        ),
        (
            format!("t={NOW},v1={digits}0"),
            vec!["has 65 hex digits instead of 64."],
        ),
        (
            format!("t={NOW},v1=K9oSvtxWK9oSvtxWK9oSvtxWK9oSvtxWK9oSvtxWK9oS"),
            vec!["as long as a MAC in base64"],
        ),
        ("x".repeat(5000), vec!["5000 bytes long"]),
    ] {
        expect(|receiver| receiver.header = header.into_bytes(), &phrases);
    }
}
