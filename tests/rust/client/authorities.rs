//! Damaged files of certificate authorities: the error says which certificate is damaged, and how.

use std::fs;

use hookrail::Status;
use hookrail::internals::ClientOptions;

use crate::support::tls::Identity;

fn one() -> String {
    String::from_utf8(Identity::new().ca_pem()).expect("PEM")
}

/// Checks the error for a file, and for the same text without a file.
#[track_caller]
fn refused(content: impl AsRef<[u8]>, parts: &[&str]) {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("bundle.pem");
    fs::write(&file, content.as_ref()).expect("a file");
    let of_file = ClientOptions::default().add_ca_file(&file);
    let of_text = ClientOptions::default().add_ca_pem(content.as_ref());
    let name = format!("the CA file {}", file.display());
    for (result, source) in [
        (of_file, name.as_str()),
        (of_text, "the extra CA certificates"),
    ] {
        let error = result.expect_err("it is refused");
        assert_eq!(error.status(), Status::Configuration);
        for part in parts.iter().chain([&source]) {
            assert!(
                error.message().contains(part),
                "{part:?} is not in: {error}"
            );
        }
    }
}

#[test]
fn text_around_certificates_is_ignored() {
    let (a, b) = (one(), one());
    for text in [
        format!("{a}{b}"),
        format!("# Our authorities\n\n{a}\nsubject=CN = x\n{b}\n"),
        format!("{a}{b}").replace('\n', "\r\n"),
        format!("{}{}", a.replace('\n', " \n"), b.trim_end()),
        format!("\u{feff}# Our authorities\n{a}"),
    ] {
        ClientOptions::default()
            .add_ca_pem(text.as_bytes())
            .expect(&text);
    }
}

#[test]
fn a_damaged_certificate_is_named_by_its_number() {
    let (a, b, c) = (one(), one(), one());
    let cut = &c[..c.len() / 2];
    refused(
        format!("{a}{b}{cut}"),
        &["the 3rd certificate in", "is cut off", "END CERTIFICATE"],
    );
    refused(
        format!("{a}{cut}\n{b}"),
        &["the 2nd certificate in", "is cut off"],
    );
    let garbled = b.replacen("MI", "M!", 1);
    refused(
        format!("{a}{garbled}"),
        &["the 2nd certificate in", "not base64"],
    );
    let mut lines: Vec<&str> = a.lines().collect();
    lines.remove(2);
    refused(lines.join("\n"), &["the 1st certificate in", "damaged"]);
    let indented = format!("{a}  {b}");
    refused(indented, &["the 2nd certificate in", "a line of its own"]);
    let short = b.replacen("-----BEGIN", "----BEGIN", 1);
    refused(
        format!("{a}{short}"),
        &["the 2nd certificate in", "-----BEGIN CERTIFICATE-----"],
    );
    let empty = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n";
    refused(
        format!("{a}{empty}"),
        &["the 2nd certificate in", "no X.509 certificate"],
    );
}

#[test]
fn a_byte_order_mark_hides_no_certificate() {
    let (a, b) = (one(), one());
    refused(
        format!("\u{feff}{a}{b}"),
        &["the 1st certificate in", "byte order mark", "UTF-8"],
    );
    // As `cat` joins two files.
    refused(
        format!("{a}\u{feff}{b}"),
        &["the 2nd certificate in", "byte order mark"],
    );
    let text = format!("\u{feff}{a}");
    let utf_16 = text.encode_utf16().flat_map(u16::to_le_bytes);
    refused(utf_16.collect::<Vec<u8>>(), &["UTF-16"]);
}

#[test]
fn a_file_without_certificates_may_be_something_else() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("a.pem"), one()).expect("a file");
    let der = std::process::Command::new("openssl")
        .args(["x509", "-outform", "der", "-in", "a.pem"])
        .current_dir(dir.path())
        .output()
        .expect("openssl");
    refused(
        der.stdout,
        &["holds no certificate", "DER", "openssl x509 -inform der"],
    );
    let trusted = one().replace("CERTIFICATE", "TRUSTED CERTIFICATE");
    refused(
        trusted,
        &["holds no certificate", "BEGIN TRUSTED CERTIFICATE"],
    );
    let key = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    refused(key, &["holds no certificate", "a private key"]);
    refused("", &["holds no certificate", "BEGIN CERTIFICATE"]);
}
