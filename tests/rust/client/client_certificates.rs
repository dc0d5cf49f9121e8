//! Client certificates: servers that demand one, every form of keys, and errors that name what does not fit.

use std::fs;
use std::path::Path;

use hookrail::internals::ClientOptions;
use hookrail::{Outcome, Status};
use rcgen::{CertificateParams, ExtendedKeyUsagePurpose};
use rustls::SupportedProtocolVersion;
use tempfile::TempDir;

use super::tls_errors::chain::{
    Made, authority, demanding_a_certificate, self_signed, server, subject, valid,
};
use super::tls_errors::openssl::{Server, issued, openssl};
use crate::support::raw::{RawServer, accepted};
use crate::support::{
    AT_ONCE, PATIENCE, PAYLOAD, TOPIC, client_at, expect_error, keyed, options, send,
    send_in_each_way,
};

static VERSIONS: [&SupportedProtocolVersion; 2] =
    [&rustls::version::TLS12, &rustls::version::TLS13];

/// The parameters of a client's certificate.
fn client(name: &str) -> CertificateParams {
    let mut params = subject(name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// A server that demands a client certificate of this authority, and takes every event.
fn demanding(root: &Made, version: &'static SupportedProtocolVersion) -> RawServer {
    let leaf = root.issue(server("shop"));
    RawServer::start_tls(demanding_a_certificate(&leaf, root, version), |mut peer| {
        while peer.request().is_some() {
            peer.send(accepted("e1"));
        }
    })
}

fn trusting(root: &str) -> ClientOptions {
    let mut options = options();
    options.add_ca_pem(root.as_bytes()).expect("an authority");
    options
}

/// Options of a client that shows this certificate with the others behind it.
fn showing(root: &str, own: &Made, others: &[&Made]) -> ClientOptions {
    let mut options = trusting(root);
    let chain: String = [own]
        .iter()
        .chain(others)
        .map(|made| made.pem.as_str())
        .collect();
    options
        .set_client_certificate_pem(chain.as_bytes(), Some(own.key_pem().as_bytes()))
        .expect("a certificate and its key");
    options
}

#[test]
fn every_kind_of_send_shows_the_certificate() {
    let root = self_signed(authority("Root"));
    let own = root.issue(client("shop"));
    for version in VERSIONS {
        let server = demanding(&root, version);
        let client = client_at(&server.url(), &showing(&root.pem, &own, &[]));
        send_in_each_way(&client);
        assert_eq!(server.requests().len(), 3);
    }
}

#[test]
fn the_authorities_between_are_shown_as_well() {
    let root = self_signed(authority("Root"));
    let between = root.issue(authority("Between"));
    let own = between.issue(client("shop"));
    for version in VERSIONS {
        let server = demanding(&root, version);
        send(&client_at(
            &server.url(),
            &showing(&root.pem, &own, &[&between]),
        ))
        .unwrap();
        let alone = client_at(&server.url(), &showing(&root.pem, &own, &[]));
        refused(
            &alone,
            &[
                "did not accept the client certificate",
                "unknown ca",
                "intermediate",
            ],
        );
    }
}

/// Checks that a send ends with a final error before the service got anything, and the queue gives the event up.
#[track_caller]
fn refused(client: &hookrail::internals::Client, parts: &[&str]) {
    let sent = client
        .send(TOPIC, PAYLOAD, &keyed("k"))
        .expect_err("no handshake");
    client
        .submit(TOPIC, PAYLOAD, &keyed("k2"), &AT_ONCE)
        .unwrap();
    let mut completions = client.poll(1, Some(PATIENCE)).unwrap();
    let queued = completions.remove(0).result.expect_err("no handshake");
    for error in [sent, queued] {
        expect_error(&error, Status::Tls, 1, Outcome::NotSent);
        assert!(!error.is_retryable(), "{error}");
        for part in parts {
            assert!(
                error.message().contains(part),
                "{part:?} is not in: {error}"
            );
        }
    }
}

#[test]
fn a_certificate_that_the_server_refuses_is_final() {
    let root = self_signed(authority("Root"));
    let other = self_signed(authority("Other"));
    for (own, parts) in [
        (
            other.issue(client("shop")),
            ["unknown ca", "an authority issue it that the server trusts"],
        ),
        (
            root.issue(valid(client("shop"), -5, -1)),
            ["certificate expired", "renew it"],
        ),
    ] {
        for version in VERSIONS {
            let server = demanding(&root, version);
            let client = client_at(&server.url(), &showing(&root.pem, &own, &[]));
            refused(&client, &parts);
            assert!(server.requests().is_empty());
        }
    }
}

#[test]
fn a_client_without_a_certificate_is_told_to_set_one() {
    let root = self_signed(authority("Root"));
    for version in VERSIONS {
        let server = demanding(&root, version);
        refused(
            &client_at(&server.url(), &trusting(&root.pem)),
            &["demands a client certificate", "set one, with its key"],
        );
    }
}

/// A folder with the keys of a client in every form, and their certificates. `NAME.key` belongs to `NAME.pem`.
fn keys_of_every_form() -> TempDir {
    let dir = issued("rsa:2048", "rsa:2048", "");
    let path = dir.path();
    for (name, algorithm) in [
        ("rsa", "RSA -pkeyopt rsa_keygen_bits:2048"),
        ("p256", "EC -pkeyopt ec_paramgen_curve:P-256"),
        ("p384", "EC -pkeyopt ec_paramgen_curve:P-384"),
        ("ed25519", "ED25519"),
        ("p521", "EC -pkeyopt ec_paramgen_curve:P-521"),
    ] {
        openssl(
            path,
            &format!("genpkey -algorithm {algorithm} -out {name}.key"),
        );
        openssl(
            path,
            &format!("req -new -key {name}.key -subj /CN={name} -out {name}.req"),
        );
        openssl(
            path,
            &format!("x509 -req -in {name}.req -CA ca.pem -CAkey ca.key -days 2 -out {name}.pem"),
        );
    }
    openssl(path, "rsa -in rsa.key -traditional -out rsa-pkcs1.key");
    openssl(path, "ec -in p256.key -out p256-sec1.key");
    openssl(path, "ec -in p384.key -out p384-sec1.key");
    openssl(
        path,
        "pkey -in rsa.key -aes256 -passout pass:x -out rsa-encrypted.key",
    );
    openssl(
        path,
        "rsa -in rsa.key -traditional -aes256 -passout pass:x -out rsa-pkcs1-encrypted.key",
    );
    openssl(path, "pkey -in p256.key -pubout -out p256-public.key");
    openssl(path, "pkey -in p256.key -outform der -out p256-der.key");
    openssl(path, "pkey -in rsa.key -outform der -out rsa-der.key");
    openssl(path, "x509 -in p256.pem -outform der -out p256-der.pem");
    openssl(
        path,
        "pkcs12 -export -inkey rsa.key -in rsa.pem -passout pass:x -out rsa.p12",
    );
    dir
}

/// Sets a certificate and a key from files, and from the same texts.
fn set(
    dir: &Path,
    certificate: &str,
    key: Option<&str>,
) -> [Result<ClientOptions, hookrail::Error>; 2] {
    let certificate = dir.join(certificate);
    let key = key.map(|key| dir.join(key));
    let mut of_file = options();
    let result = of_file.set_client_certificate_file(&certificate, key.as_deref());
    let of_file = result.map(|()| of_file);
    let mut of_text = options();
    let key = key.map(|key| fs::read(key).expect("a key"));
    let certificate = fs::read(certificate).expect("a certificate");
    let result = of_text.set_client_certificate_pem(&certificate, key.as_deref());
    [of_file, result.map(|()| of_text)]
}

#[test]
fn openssl_takes_keys_of_every_form() {
    let dir = keys_of_every_form();
    let ca = fs::read_to_string(dir.path().join("ca.pem")).unwrap();
    let both = ["p256.pem", "p256-sec1.key"]
        .map(|name| fs::read_to_string(dir.path().join(name)).unwrap())
        .concat();
    fs::write(dir.path().join("both.pem"), &both).unwrap();
    // OpenSSL's web server answers with files.
    fs::create_dir_all(dir.path().join("v1/events")).unwrap();
    let status = r#"{"event_id":"e1","topic":"t","deliveries":[]}"#;
    fs::write(dir.path().join("v1/events/e1"), status).unwrap();
    for version in ["-tls1_2", "-tls1_3"] {
        let demands = "-Verify 3 -verify_return_error -CAfile ca.pem -WWW";
        let server = Server::start(dir.path(), &format!("{version} {demands}"));
        for (certificate, key) in [
            ("rsa.pem", Some("rsa.key")),
            ("rsa.pem", Some("rsa-pkcs1.key")),
            ("p256.pem", Some("p256.key")),
            ("p256.pem", Some("p256-sec1.key")),
            ("p384.pem", Some("p384-sec1.key")),
            ("ed25519.pem", Some("ed25519.key")),
            ("both.pem", None),
        ] {
            for options in set(dir.path(), certificate, key) {
                let mut options = options.unwrap_or_else(|error| panic!("{key:?}: {error}"));
                options.add_ca_pem(ca.as_bytes()).unwrap();
                let client = client_at(&server.url(), &options);
                let status = client.get_event(b"e1", &Default::default());
                assert_eq!(status.expect(certificate).event_id, "e1");
            }
        }
        let client = client_at(&server.url(), &trusting(&ca));
        let error = client.get_event(b"e1", &Default::default()).unwrap_err();
        assert_eq!(error.status(), Status::Tls);
        assert!(
            error.message().contains("demands a client certificate"),
            "{error}"
        );
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let dir = keys_of_every_form();
    let text = |name: &str| fs::read_to_string(dir.path().join(name)).unwrap();
    let write = |name: &str, text: &str| fs::write(dir.path().join(name), text).unwrap();
    write("empty", "");
    write("two.key", &[text("p256.key"), text("rsa.key")].concat());
    write("reversed.pem", &[text("ca.pem"), text("p256.pem")].concat());
    let half = text("rsa.key").len() / 2;
    write("cut.key", &text("rsa.key")[..half]);
    write("garbled.key", &text("rsa.key").replacen("MII", "M!I", 1));
    write(
        "openssh.key",
        &text("p256.key").replace("PRIVATE", "OPENSSH PRIVATE"),
    );
    let lines: Vec<String> = text("rsa.key").lines().map(str::to_owned).collect();
    let shorter = [&lines[..3], &lines[4..]].concat().join("\n");
    write("damaged.key", &shorter);
    for (certificate, key, parts) in [
        (
            "rsa.pem",
            "p256.key",
            &["does not belong to the certificate"][..],
        ),
        (
            "reversed.pem",
            "p256.key",
            &["belongs to the 2nd certificate", "the first one"],
        ),
        (
            "rsa.key",
            "rsa.key",
            &["holds no certificate", "it has a private key"],
        ),
        ("empty", "rsa.key", &["holds no certificate"]),
        (
            "rsa.pem",
            "empty",
            &["holds no private key", "BEGIN EC PRIVATE KEY"],
        ),
        (
            "rsa.pem",
            "rsa.pem",
            &["holds no private key", "it has a certificate"],
        ),
        (
            "p256.pem",
            "p256-public.key",
            &["holds no private key", "a public key"],
        ),
        (
            "p256-der.pem",
            "p256.key",
            &["holds no certificate", "openssl x509 -inform der"],
        ),
        (
            "p256.pem",
            "p256-der.key",
            &["holds no private key", "openssl pkey -inform der"],
        ),
        (
            "rsa.pem",
            "rsa-der.key",
            &["holds no private key", "openssl pkey -inform der"],
        ),
        (
            "rsa.p12",
            "rsa.key",
            &["holds no certificate", "openssl pkcs12"],
        ),
        (
            "rsa.pem",
            "rsa.p12",
            &["holds no private key", "openssl pkcs12"],
        ),
        (
            "rsa.pem",
            "rsa-encrypted.key",
            &["is encrypted", "openssl pkey -in FILE -out NEW"],
        ),
        (
            "rsa.pem",
            "rsa-pkcs1-encrypted.key",
            &["is encrypted", "openssl pkey"],
        ),
        (
            "p521.pem",
            "p521.key",
            &["kind that is not supported", "P-384"],
        ),
        ("p256.pem", "openssh.key", &["OpenSSH", "ssh-keygen"]),
        ("p256.pem", "two.key", &["holds several private keys"]),
        ("rsa.pem", "cut.key", &["is cut off"]),
        ("rsa.pem", "garbled.key", &["not base64"]),
        ("rsa.pem", "damaged.key", &["is damaged"]),
    ] {
        for result in set(dir.path(), certificate, Some(key)) {
            let error = result
                .map(drop)
                .expect_err(&format!("{certificate}, {key}"));
            assert_eq!(error.status(), Status::Configuration);
            for part in parts {
                assert!(
                    error.message().contains(part),
                    "{part:?} is not in: {error}"
                );
            }
            // Nothing of a key is quoted.
            let message = error.message();
            assert!(
                lines[1..]
                    .iter()
                    .all(|line| line.len() < 8 || !message.contains(&line[..8])),
                "{error}"
            );
        }
    }
    let mut options = options();
    let missing = dir.path().join("missing.pem");
    for (certificate, key) in [
        (missing.clone(), None),
        (dir.path().join("rsa.pem"), Some(missing)),
    ] {
        let error = options
            .set_client_certificate_file(&certificate, key.as_deref())
            .unwrap_err();
        assert_eq!(error.status(), Status::Configuration);
        assert!(error.message().contains("missing.pem"), "{error}");
        assert!(error.message().contains("No such file"), "{error}");
    }
}

#[test]
fn a_server_that_takes_no_such_key_is_told() {
    let dir = keys_of_every_form();
    let ca = fs::read_to_string(dir.path().join("ca.pem")).unwrap();
    let server = Server::start(
        dir.path(),
        "-tls1_3 -Verify 3 -verify_return_error -client_sigalgs RSA-PSS+SHA256",
    );
    let [options, _] = set(dir.path(), "ed25519.pem", Some("ed25519.key"));
    let mut options = options.unwrap();
    options.add_ca_pem(ca.as_bytes()).unwrap();
    refused(
        &client_at(&server.url(), &options),
        &["takes none with a key of this kind"],
    );
}

#[test]
fn no_debug_form_tells_a_certificate_or_its_key() {
    let own = self_signed(client("shop"));
    let options = showing(&own.pem, &own, &[]);
    let shown = format!("{options:?}");
    assert!(shown.contains("ClientCertificate(redacted)"), "{shown}");
}
