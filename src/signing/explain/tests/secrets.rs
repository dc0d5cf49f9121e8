//! Secrets that were changed before their use.

use super::*;

#[test]
fn changes_to_a_secret_are_named() {
    let base64_padded: &[u8] = b"d2hzZWNfTURFeU16UTFOamM0T1dGaVkyUmxaakF4TWpNME5UWTM=";
    let cases: [(&[u8], &str); 12] = [
        (&SECRET[6..], "if whsec_ is put back in front of the secret"),
        (
            &[SECRET, b"\n"].concat(),
            "if white space is removed from the ends of the secret",
        ),
        (&[SECRET, b"\r\n"].concat(), "if white space is removed"),
        (
            &[b" \t", SECRET, b" "].concat(),
            "if white space is removed",
        ),
        (
            &[b"\"", SECRET, b"\""].concat(),
            "if quotes and white space are removed",
        ),
        (
            &[b"'", SECRET, b"'\n"].concat(),
            "if quotes and white space are removed",
        ),
        (
            &[b"\xef\xbb\xbf", SECRET, b"\n"].concat(),
            "if the byte order mark is removed",
        ),
        (
            DECODED,
            "used as text with whsec_ in front, instead of base64-decoding",
        ),
        (base64_padded, "if the secret is base64-decoded once"),
        (
            &[base64_padded, b"\n"].concat(),
            "if the secret is base64-decoded once",
        ),
        (
            &[b"whsec_old,", SECRET].concat(),
            "if the value is split at its separators",
        ),
        (
            &[SECRET, b"\n\n", b"whsec_old"].concat(),
            "if the value is split at its separators",
        ),
    ];
    for (secret, phrase) in cases {
        let status = match secret.last() {
            Some(b'\n' | b' ') => "(invalid_argument): signing secret 1",
            _ if secret.contains(&b'\n') => "(invalid_argument): signing secret 1",
            _ => "(signature_mismatch)",
        };
        expect(
            |receiver| receiver.secrets = vec![secret.to_vec()],
            &[phrase, status],
        );
    }
}

#[test]
fn changes_to_the_signers_secret_are_named() {
    let signed_with = |secret: &[u8], held: &[u8]| {
        let mut receiver = Receiver::of(BODY);
        receiver.header = sign(secret, NOW, ID, BODY).unwrap().into_bytes();
        receiver.secrets = vec![held.to_vec()];
        receiver
    };
    expect_of(
        &signed_with(&SECRET[6..], SECRET),
        &["if whsec_ is removed from the front of the secret"],
    );
    expect_of(
        &signed_with(DECODED, SECRET),
        &["if what follows whsec_ in the secret is base64-decoded (the signer did so"],
    );
    expect_of(
        &signed_with(b"whsec_00ff80", b"\x00\xff\x80"),
        &["with whsec_ in front, instead of hex-decoding"],
    );
    expect_of(
        &signed_with(b"00ff80", b"\x00\xff\x80"),
        &["if the secret is used as text instead of being hex-decoded"],
    );
    expect_of(
        &signed_with(b"AP+A", b"\x00\xff\x80"),
        &["if the secret is used as text instead of being base64-decoded"],
    );
}

#[test]
fn the_explanation_gives_the_number_of_the_wrong_secret() {
    expect(
        |receiver| {
            receiver.secrets = vec![b"whsec_other".to_vec(), [SECRET, b"\n"].concat()];
        },
        &["matches secret 2 of 2 if white space is removed"],
    );
}
