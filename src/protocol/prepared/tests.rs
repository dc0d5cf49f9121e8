use proptest::prelude::*;

use super::*;

fn prepared() -> Prepared {
    Prepared::of_test("key-1", Some("customer-7"), b" {\"a\":1}\n")
}

fn with_headers() -> Prepared {
    let mut headers = ExtraHeaders::default();
    headers.add("a", "s3cret").unwrap();
    headers.add("b", "2").unwrap();
    Prepared::of_test("k", None, b"1").with_headers(headers)
}

/// Makes a blob with the right lengths and checksum from any fields.
fn crafted(idempotency_key: &str, ordering_key: &str, body: &[u8]) -> Vec<u8> {
    encode_fields(&[idempotency_key.as_bytes(), ordering_key.as_bytes(), body])
}

fn with_right_checksum(mut blob: Vec<u8>) -> Vec<u8> {
    blob.truncate(blob.len() - CHECKSUM_LEN);
    let checksum = Sha256::digest(&blob);
    blob.extend_from_slice(&checksum);
    blob
}

#[track_caller]
fn refused(blob: &[u8], reason: &str) {
    let error = Prepared::decode(blob).expect_err("the blob must be refused");
    assert_eq!(error.status(), Status::DamagedBlob);
    assert!(error.message().contains(reason), "{error}");
}

#[test]
fn an_encoded_event_is_decoded_unchanged() {
    let with_key = prepared();
    assert_eq!(Prepared::decode(&with_key.encode()).unwrap(), with_key);
    let without_key = Prepared {
        ordering_key: None,
        ..with_key
    };
    assert_eq!(
        Prepared::decode(&without_key.encode()).unwrap(),
        without_key
    );
}

/// Blobs are stored: those of earlier versions must stay readable.
#[test]
fn the_format_is_frozen() {
    let prepared = Prepared::of_test("k", Some("oo"), b"1");
    let content = b"HKRLPREP\0\0\0\x01\
        \0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\x19\
        koo{\"topic\":\"t\",\"payload\":1}";
    let checksum = "09f24ec53f0217fe25287190bbecaeb34b6ba60a2eae87958019c4126d407bdd";
    let blob = prepared.encode();
    assert_eq!(&blob[..blob.len() - CHECKSUM_LEN], content);
    let written: String = blob[blob.len() - CHECKSUM_LEN..]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(written, checksum);
    assert_eq!(Prepared::decode(&blob).unwrap(), prepared);
}

#[test]
fn the_format_with_headers_is_frozen() {
    let blob = with_headers().encode();
    let content = b"HKRLPREP\0\0\0\x02\
        \0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x19\0\0\0\0\0\0\0\x11\
        k{\"topic\":\"t\",\"payload\":1}a: s3cret\r\nb: 2\r\n";
    assert_eq!(&blob[..blob.len() - CHECKSUM_LEN], content);
    let read = Prepared::decode(&blob).unwrap();
    assert_eq!(read, with_headers());
    assert_eq!(read.headers().lines(), "a: s3cret\r\nb: 2\r\n");
    assert!(!format!("{read:?}").contains("s3cret"), "{read:?}");
}

#[test]
fn a_crafted_blob_with_invalid_headers_is_refused() {
    let body = b"{\"topic\":\"t\",\"payload\":{}}";
    let crafted = |headers: &[u8]| encode_fields(&[b"k", b"", body, headers]);
    assert!(Prepared::decode(&crafted(b"a: 1\r\n")).is_ok());
    refused(&crafted(b""), "it has none");
    refused(&crafted(b"a: 1"), "not written as lines");
    refused(&crafted(b"A: 1\r\n"), "not written as lines");
    refused(&crafted(b"a: 1\r\n\r\n"), "not written as lines");
    refused(&crafted(b"a: 1\r\na: 1\r\n"), "not written as lines");
    refused(&crafted(b"a: 1\n\r\n"), "a line end");
    refused(&crafted(b"host: h\r\n"), "`host`");
    refused(&crafted(b"a: \xff\r\n"), "not written as lines");
    for (lines, reason) in [(1000, "not written as lines"), (2000, "at most 8192")] {
        refused(&crafted("a: 1\r\n".repeat(lines).as_bytes()), reason);
    }
}

#[test]
fn every_damage_of_an_event_with_headers_is_detected() {
    let blob = with_headers().encode();
    for length in 0..blob.len() {
        let error = Prepared::decode(&blob[..length]).expect_err("a blob that is cut");
        assert_eq!(error.status(), Status::DamagedBlob);
    }
    refused(
        &blob[..75],
        "cut short: it has 75 bytes, the least possible is 76",
    );
    for bit in 0..blob.len() * 8 {
        let mut flipped = blob.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = Prepared::decode(&flipped).expect_err("a blob with a flipped bit");
        assert_eq!(error.status(), Status::DamagedBlob);
    }
    for version in [1, 2] {
        let mut other = [with_headers(), prepared()][version - 1].encode();
        other[11] = version as u8;
        refused(&with_right_checksum(other), "lengths do not match");
    }
}

#[test]
fn debug_leaves_the_body_out() {
    let shown = format!("{:?}", Prepared::of_test("key", None, b"\"private\""));
    assert!(
        shown.contains("\"key\"") && shown.contains("body_len: 33"),
        "{shown}"
    );
    assert!(
        !shown.contains("private") && !shown.contains("112"),
        "{shown}"
    );
}

#[test]
fn every_cut_is_detected() {
    let blob = prepared().encode();
    for length in 0..blob.len() {
        let error = Prepared::decode(&blob[..length]).expect_err("a blob that is cut");
        assert_eq!(error.status(), Status::DamagedBlob);
    }
    refused(&blob[..0], "cut short: it has 0 bytes");
    refused(&blob[..40], "cut short: it has 40 bytes");
    refused(&blob[..blob.len() - 1], "lengths do not match");
}

#[test]
fn every_flipped_bit_is_detected() {
    let blob = prepared().encode();
    for bit in 0..blob.len() * 8 {
        let mut flipped = blob.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let error = Prepared::decode(&flipped).expect_err("a blob with a flipped bit");
        assert_eq!(error.status(), Status::DamagedBlob);
    }
}

#[test]
fn each_kind_of_damage_is_named() {
    let blob = prepared().encode();
    refused(b"{\"topic\":\"t\"}", "does not begin with the mark");
    refused(&[b' '; 200], "does not begin with the mark");
    refused(&[&blob[..], b"\n"].concat(), "1 trailing bytes");

    let mut newer = blob.clone();
    newer[11] = 3;
    refused(&newer, "format version 3 is not supported");
    refused(&newer[..12], "format version 3 is not supported");

    let mut other_payload = blob.clone();
    let at = blob.len() - CHECKSUM_LEN - 4;
    other_payload[at] = b'2';
    refused(&other_payload, "checksum");
}

#[test]
fn impossible_lengths_are_refused() {
    let blob = prepared().encode();
    for field in 0..3 {
        for length in [u64::MAX, u64::MAX / 2, 1 << 32, 1000] {
            let mut wrong = blob.clone();
            wrong[12 + field * 8..][..8].copy_from_slice(&length.to_be_bytes());
            refused(&with_right_checksum(wrong), "lengths do not match");
        }
    }
}

#[test]
fn a_crafted_blob_with_an_invalid_field_is_refused() {
    let body = b"{\"topic\":\"t\",\"payload\":{}}";
    assert!(Prepared::decode(&crafted("key", "order", body)).is_ok());
    refused(&crafted("", "", body), "idempotency key is empty");
    refused(
        &crafted("k\r\nX: y", "", body),
        "idempotency key has the byte 0x0d",
    );
    refused(
        &crafted("k", "o\r\nX: y", body),
        "ordering key has the byte 0x0d",
    );
    refused(&crafted(" k", "", body), "begins or ends with a space");
    refused(&crafted("k", "o ", body), "begins or ends with a space");
    refused(&crafted(&"k".repeat(256), "", body), "256 bytes");
    refused(&crafted("k", &"o".repeat(257), body), "257 bytes");

    for body in [
        &b""[..],
        b"\xff",
        b"[]",
        b"{}",
        b"{\"topic\":\"t\"}",
        b"{\"topic\":7,\"payload\":{}}",
        b"{\"topic\":\"t\",\"payload\":{},\"x\":1}",
        b"{\"topic\":\"t\",\"payload\":{}}{}",
        b"POST / HTTP/1.1\r\n",
    ] {
        refused(&crafted("k", "", body), "body is not an object");
    }
    refused(
        &crafted("k", "", b"{\"topic\":\"\",\"payload\":{}}"),
        "topic is empty",
    );
    refused(
        &crafted("k", "", b"{\"topic\":\"t\",\"payload\":\"\\u0000\"}"),
        "\\u0000",
    );
    refused(
        &crafted("k", "", b"{\"topic\":\"t\",\"payload\":1e131072}"),
        "10^131072",
    );
}

#[test]
fn spaces_inside_keys_are_kept() {
    let blob = crafted(
        "order 42",
        "customer  7",
        b"{\"topic\":\"t\",\"payload\":{}}",
    );
    let read = Prepared::decode(&blob).unwrap();
    assert_eq!(read.idempotency_key(), "order 42");
    assert_eq!(read.ordering_key(), Some("customer  7"));
    assert_eq!(read.encode(), blob);
}

#[test]
fn the_deepest_possible_payload_can_be_decoded() {
    let payload = "[".repeat(json::fault::MAX_DEPTH) + &"]".repeat(json::MAX_DEPTH);
    let prepared = Prepared::of_test("key-1", None, payload.as_bytes());
    assert_eq!(Prepared::decode(&prepared.encode()).unwrap(), prepared);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_valid_event_is_decoded_unchanged(
        idempotency_key in "[!-~]([ -~]{0,253}[!-~])?",
        ordering_key in prop::option::of("[!-~]([ -~]{0,254}[!-~])?"),
        topic in "\\PC{1,64}",
        payload in "\\PC*",
    ) {
        let payload = serde_json::to_vec(&payload).unwrap();
        let prepared = Prepared {
            idempotency_key: IdempotencyKey::new(idempotency_key).unwrap(),
            ordering_key: ordering_key.map(|key| OrderingKey::new(key).unwrap()),
            headers: ExtraHeaders::default(),
            envelope: Envelope::new(topic.as_bytes(), &payload, 0).unwrap(),
        };
        prop_assert_eq!(Prepared::decode(&prepared.encode()).unwrap(), prepared);
    }

    #[test]
    fn random_content_is_refused(
        head in prop::sample::select(vec![0, 8, 11, 12]),
        tail in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let blob = [&prepared().encode()[..head], &tail].concat();
        prop_assert!(Prepared::decode(&blob).is_err());
    }
}
