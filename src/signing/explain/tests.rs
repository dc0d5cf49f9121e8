//! Each test makes a mistake with a delivery that verifies, and the explanation has to name it.

use super::super::mac::{Key, Prefix};
use super::super::sign;
use super::*;

mod bodies;
mod headers;
mod secrets;

const NOW: i64 = 1_781_092_800;
const ID: &[u8] = b"01JXAMPLEDELIVERYID0000000";
const EVENT_ID: &[u8] = b"01JXAMPLEEVENTID0000000000";
const SECRET: &[u8] = b"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
const DECODED: &[u8] = b"0123456789abcdef01234567";
/// As PostgreSQL writes it.
const BODY: &[u8] =
    "{\"tags\": [\"é\", \"a/b\"], \"amount\": 1.50, \"customer\": {\"id\": 7, \"name\": \"Zoë\"}}"
        .as_bytes();

/// A receiver's view of a delivery, for the tests to change.
#[derive(Clone)]
struct Receiver {
    secrets: Vec<Vec<u8>>,
    header: Vec<u8>,
    delivery_id: Vec<u8>,
    body: Vec<u8>,
    tolerance: i64,
    now: i64,
    event_id: Option<Vec<u8>>,
}

impl Receiver {
    fn of(body: &[u8]) -> Self {
        Receiver {
            secrets: vec![SECRET.to_vec()],
            header: header_at(NOW, body),
            delivery_id: ID.to_vec(),
            body: body.to_vec(),
            tolerance: 300,
            now: NOW,
            event_id: None,
        }
    }

    fn explain(&self) -> String {
        let secrets: Vec<&[u8]> = self.secrets.iter().map(Vec::as_slice).collect();
        explain(&ReceivedDelivery {
            secrets: &secrets,
            header: &self.header,
            delivery_id: &self.delivery_id,
            body: &self.body,
            tolerance: self.tolerance,
            now: self.now,
            event_id: self.event_id.as_deref(),
        })
    }
}

fn header_at(time: i64, body: &[u8]) -> Vec<u8> {
    sign(SECRET, time, ID, body).unwrap().into_bytes()
}

fn digits() -> String {
    let time = NOW.to_string();
    let prefix = Prefix::new(time.as_bytes(), DeliveryId::parse(ID).unwrap());
    format!("{:x}", Key::new(SECRET).mac(prefix, BODY))
}

/// Changes a delivery that verifies, and checks that the explanation contains all of `said`.
#[track_caller]
fn expect(change: impl FnOnce(&mut Receiver), said: &[&str]) {
    let mut receiver = Receiver::of(BODY);
    change(&mut receiver);
    expect_of(&receiver, said);
}

#[track_caller]
fn expect_of(receiver: &Receiver, said: &[&str]) {
    let text = receiver.explain();
    for phrase in said {
        assert!(text.contains(phrase), "{phrase:?} is not in:\n{text}");
    }
    assert!(text.ends_with('\n') && text.is_ascii(), "{text}");
    for telling in [SECRET, &SECRET[6..], &SECRET[6..14], DECODED, ID, EVENT_ID] {
        let telling = str::from_utf8(telling).unwrap();
        assert!(!text.contains(telling), "{telling} is in:\n{text}");
    }
    let longest_hex = text
        .split(|char: char| !char.is_ascii_hexdigit())
        .filter(|run| run.parse::<u64>().is_err())
        .map(str::len)
        .max();
    assert!(longest_hex < Some(12), "a MAC may be in:\n{text}");
}

#[test]
fn a_delivery_that_verifies_is_reported_with_its_secret_and_its_age() {
    expect(
        |receiver| receiver.now += 3,
        &[
            "The delivery verifies with secret 1 of 1.",
            "signed at 1781092800, 3 s before now.",
        ],
    );
    expect(
        |receiver| receiver.secrets.insert(0, b"whsec_new".to_vec()),
        &["verifies with secret 2 of 2", "at this very second"],
    );
    expect(|receiver| receiver.now -= 61, &["1 min 1 s after now"]);
}

#[test]
fn the_status_and_the_message_come_first() {
    let mut receiver = Receiver::of(BODY);
    receiver.now += 301;
    let text = receiver.explain();
    assert!(
        text.starts_with(
            "The delivery does not verify (timestamp_too_old): the signature is 301 s old; at most \
             300 s are allowed (signed at 1781092800).\n- "
        ),
        "{text}"
    );
}

#[test]
fn two_mistakes_at_once_are_both_named() {
    expect(
        |receiver| {
            receiver.secrets = vec![[SECRET, b"\n"].concat()];
            receiver.body.push(b'\n');
        },
        &[
            "if the line break at the end of the body is removed, and if white space is removed from \
             the ends of the secret.",
        ],
    );
    expect(
        |receiver| {
            receiver.secrets = vec![SECRET[6..].to_vec()];
            receiver.now += 3600;
        },
        &[
            "timestamp_too_old",
            "local time",
            "if whsec_ is put back in front of the secret",
        ],
    );
}

#[test]
fn an_unknown_cause_is_admitted() {
    expect(
        |receiver| receiver.secrets = vec![b"another".to_vec(), b"whsec_another".to_vec()],
        &[
            "None of the usual mistakes, nor two of them together",
            "Secret 1 does not begin with whsec_",
        ],
    );
    expect(
        |receiver| receiver.secrets = Vec::new(),
        &["(invalid_argument)", "no signing secret was given"],
    );
    expect(
        |receiver| receiver.secrets = vec![Vec::new()],
        &["(invalid_argument)", "signing secret 1 is empty"],
    );
}

#[test]
fn a_delivery_that_verifies_is_not_called_a_mistake() {
    let text = Receiver::of(BODY).explain();
    assert!(!text.contains(" if "), "{text}");
}
