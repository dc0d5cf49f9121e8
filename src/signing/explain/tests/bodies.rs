//! Bodies that were changed on their way.

use super::*;

#[test]
fn changes_at_the_ends_of_a_body_are_named() {
    let with = |signed: &[u8], received: &[u8]| {
        let mut receiver = Receiver::of(signed);
        receiver.body = received.to_vec();
        receiver
    };
    let line = [BODY, b"\n"].concat();
    let mark = [b"\xef\xbb\xbf", BODY].concat();
    for (signed, received, phrase) in [
        (
            BODY,
            line.as_slice(),
            "if the line break at the end of the body is removed",
        ),
        (
            BODY,
            &[BODY, b"\r\n"].concat(),
            "if the line break at the end of the body is removed",
        ),
        (
            &line,
            BODY,
            "if the line break is put back at the end of the body",
        ),
        (
            &[BODY, b"\r\n"].concat(),
            BODY,
            "if the line break is put back at the end of the body",
        ),
        (
            BODY,
            &[b" ", BODY, b"\n\n"].concat(),
            "if white space is removed from the ends of the body",
        ),
        (
            BODY,
            &mark,
            "if the byte order mark is removed from the front of the body",
        ),
        (
            &mark,
            BODY,
            "if the byte order mark is put back at the front of the body",
        ),
        (
            b"{\n}\n",
            b"{\r\n}\r\n",
            "if the line breaks of the body are single line feeds again",
        ),
        (
            b"{\r\n}\r\n",
            b"{\n}\n",
            "if the line breaks of the body are CR LF again",
        ),
    ] {
        expect_of(&with(signed, received), &[phrase]);
    }
}

#[test]
fn encodings_of_a_body_are_named() {
    use base64::Engine;
    let packed = base64::engine::general_purpose::STANDARD.encode(BODY);
    expect(
        |receiver| receiver.body = packed.into_bytes(),
        &["if the body is base64-decoded first"],
    );
    expect(
        |receiver| receiver.body = serde_json::to_vec(str::from_utf8(BODY).unwrap()).unwrap(),
        &["if the body is the text inside the JSON string"],
    );
    expect(
        |receiver| {
            let garbled: String = BODY.iter().map(|&byte| char::from(byte)).collect();
            receiver.body = garbled.into_bytes();
        },
        &["if the bytes of the body are not read as Latin-1 and written as UTF-8"],
    );
}

#[test]
fn new_serialisations_of_a_body_are_named() {
    let text = str::from_utf8(BODY).unwrap();
    let compact = text.replace(": ", ":").replace(", ", ",");
    let pretty = "{\n  \"tags\": [\n    \"é\",\n    \"a/b\"\n  ],\n  \"amount\": 1.50,\n  \
                  \"customer\": {\n    \"id\": 7,\n    \"name\": \"Zoë\"\n  }\n}";
    let spaced = "if the body is the JSON with a space after each comma and colon";
    for (received, phrases) in [
        (compact.clone(), vec![spaced, "serialised again"]),
        (pretty.to_owned(), vec![spaced]),
        (pretty.replace("  ", "\t"), vec![spaced]),
        (pretty.replace("  ", "    "), vec![spaced]),
        (
            compact
                .replace('é', "\\u00e9")
                .replace('ë', "\\u00EB")
                .replace('/', "\\/"),
            vec![spaced, "without needless escapes"],
        ),
        (
            "{\"amount\":1.50,\"customer\":{\"name\":\"Zoë\",\"id\":7},\"tags\":[\"é\",\"a/b\"]}"
                .to_owned(),
            vec![spaced, "its names in the order of PostgreSQL's jsonb"],
        ),
    ] {
        expect(|receiver| receiver.body = received.into_bytes(), &phrases);
    }
    for (signed, phrase) in [
        (
            compact.as_str(),
            "if the body is the JSON without white space",
        ),
        (pretty, "if the body is the JSON indented by two spaces"),
        (
            &pretty.replace("  ", "    "),
            "if the body is the JSON indented by four spaces",
        ),
        (
            &pretty.replace("  ", "\t"),
            "if the body is the JSON indented by tabs",
        ),
    ] {
        let mut receiver = Receiver::of(signed.as_bytes());
        receiver.body = BODY.to_vec();
        expect_of(&receiver, &[phrase]);
    }
}

#[test]
fn lost_and_unrecognisable_bodies_are_named() {
    expect(
        |receiver| receiver.body.clear(),
        &["The body is empty: a stream", "body_incomplete"],
    );
    for length in [BODY.len() - 1, BODY.len() / 2, BODY.len() - 4, 1] {
        expect(
            |receiver| receiver.body.truncate(length),
            &["The body is JSON that breaks off", "body_incomplete"],
        );
    }
    expect(
        |receiver| receiver.body = b"\x1f\x8b\x08\0".to_vec(),
        &["The body is compressed with gzip"],
    );
    expect(
        |receiver| receiver.body = vec![b'['; 100_000],
        &[
            "None of the usual mistakes",
            "the body was changed on its way",
        ],
    );
    expect(
        |receiver| receiver.body = vec![b'x'; (1 << 20) + 1],
        &["The body is so large that no other forms of it were tried"],
    );
}
