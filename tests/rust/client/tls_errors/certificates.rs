//! Refused certificates: the error says which one was refused, and what to do.

use hookrail::internals::ClientOptions;
use hookrail::{Error, Outcome, Status, TlsRoots};

use super::chain::{
    Made, authority, certificate, self_signed, serve, server, server_for, subject, valid,
};
use super::openssl::{Server, issued};
use crate::support::{client_at, expect_error, options, send};

/// Options that trust only these authorities.
fn trusting(authorities: &[&Made]) -> ClientOptions {
    let pems: Vec<&str> = authorities.iter().map(|made| made.pem.as_str()).collect();
    trusting_pem(&pems.concat())
}

fn trusting_pem(pem: &str) -> ClientOptions {
    let mut options = options();
    options.set_tls_roots(TlsRoots::ExtraOnly);
    options.add_ca_pem(pem.as_bytes()).expect("an authority");
    options
}

/// Checks that a certificate is refused without a retry, before anything is sent, and checks the error.
#[track_caller]
fn expect_refusal(url: &str, options: &ClientOptions, parts: &[&str]) -> Error {
    let error = send(&client_at(url, options)).expect_err("it is refused");
    expect_error(&error, Status::Tls, 1, Outcome::NotSent);
    assert!(!error.is_retryable(), "{error}");
    for part in parts {
        assert!(
            error.message().contains(part),
            "{part:?} is not in: {error}"
        );
    }
    // The message must not contain debug output: structures, OIDs, names of variants.
    for dump in [
        "{",
        "[",
        "Context",
        "OtherError",
        "invalid peer certificate",
    ] {
        assert!(!error.message().contains(dump), "{dump:?} is in: {error}");
    }
    error
}

/// An unrelated authority, so that the tested one is not trusted.
fn another() -> Made {
    self_signed(authority("another"))
}

#[test]
fn an_issuer_that_is_not_known() {
    let root = self_signed(authority("Root X"));
    let leaf = root.issue(server("shop"));
    let server = leaf.serve(&[]);
    let parts = [
        "the server's certificate \"shop\" was issued by \"Root X\"",
        "neither trusted here nor sent",
        "the full chain",
        "add its certificate to the client's CA certificates",
    ];
    expect_refusal(&server.url(), &trusting(&[&another()]), &parts);
    assert!(send(&client_at(&server.url(), &trusting(&[&root]))).is_ok());
}

#[test]
fn an_intermediate_that_the_server_leaves_out() {
    let root = self_signed(authority("Root X"));
    let intermediate = root.issue(authority("Intermediate Y"));
    let leaf = intermediate.issue(server("shop"));
    let parts = [
        "\"shop\" was issued by \"Intermediate Y\"",
        "if \"Intermediate Y\" is an intermediate authority, the server has to send its certificate",
    ];
    expect_refusal(&leaf.serve(&[]).url(), &trusting(&[&root]), &parts);
    let complete = leaf.serve(&[&intermediate]);
    assert!(send(&client_at(&complete.url(), &trusting(&[&root]))).is_ok());
}

#[test]
fn a_chain_that_ends_at_an_authority_that_is_not_trusted() {
    let root = self_signed(authority("Root X"));
    let intermediate = root.issue(authority("Intermediate Y"));
    let leaf = intermediate.issue(server("shop"));
    let parts = [
        "the intermediate certificate \"Intermediate Y\" that the server sends was issued by \"Root X\"",
        "not trusted here",
    ];
    let options = trusting(&[&another()]);
    expect_refusal(&leaf.serve(&[&intermediate]).url(), &options, &parts);
    // The server also sends the root, in the right and in the wrong order.
    for others in [[&intermediate, &root], [&root, &intermediate]] {
        let parts = [
            "chain ends at the authority \"Root X\"",
            "add its certificate",
        ];
        expect_refusal(&leaf.serve(&others).url(), &options, &parts);
    }
}

#[test]
fn a_certificate_that_signs_itself() {
    let leaf = self_signed(server("shop"));
    let server = leaf.serve(&[]);
    let parts = [
        "the server's certificate \"shop\" is self-signed",
        "add it to",
    ];
    expect_refusal(&server.url(), &trusting(&[&another()]), &parts);
    assert!(send(&client_at(&server.url(), &trusting(&[&leaf]))).is_ok());
    // The server now has a new certificate, and the client trusts only the old one.
    let renewed = self_signed(super::chain::server("shop"));
    let error = expect_refusal(
        &renewed.serve(&[]).url(),
        &trusting(&[&leaf]),
        &["\"shop\""],
    );
    let said = error.message();
    assert!(
        said.contains("the server has another one now") || said.contains("has a new key"),
        "{said}"
    );
}

#[test]
fn an_authority_of_the_same_name_with_another_key() {
    let old = self_signed(authority("Root X"));
    let new = self_signed(authority("Root X"));
    let server = new.issue(server("shop")).serve(&[]);
    let parts = [
        "\"shop\" was issued by an authority that is called \"Root X\"",
        "not with the key of the certificate of that name that was added",
        "in place of the old one",
    ];
    expect_refusal(&server.url(), &trusting(&[&old]), &parts);
}

#[test]
fn the_certificate_of_an_authority_used_by_a_server() {
    let mut params = authority("Root X");
    params.subject_alt_names = server("x").subject_alt_names;
    let root = self_signed(params);
    let server = root.serve(&[]);
    // The certificate is trusted, but a server cannot use it.
    let parts = [
        "the server's certificate \"Root X\" is that of an authority",
        "have this authority issue one for the server",
    ];
    expect_refusal(&server.url(), &trusting(&[&root]), &parts);
}

#[test]
fn certificates_that_have_expired_or_are_not_valid_yet() {
    let root = self_signed(authority("Root X"));
    let clock = "this machine's clock says 20";
    let expired = root.issue(valid(server("shop"), -10, -2));
    let parts = [
        "the server's certificate \"shop\" expired on 20",
        " UTC",
        clock,
    ];
    expect_refusal(&expired.serve(&[]).url(), &trusting(&[&root]), &parts);

    let intermediate = root.issue(valid(authority("Intermediate Y"), -10, -2));
    let leaf = intermediate.issue(server("shop"));
    let parts = [
        "the intermediate certificate \"Intermediate Y\" that the server sends expired on 20",
        clock,
    ];
    expect_refusal(
        &leaf.serve(&[&intermediate]).url(),
        &trusting(&[&root]),
        &parts,
    );

    let early = root.issue(valid(server("shop"), 2, 10));
    let parts = [
        "\"shop\" is valid only from 20",
        clock,
        "is the clock right?",
    ];
    expect_refusal(&early.serve(&[]).url(), &trusting(&[&root]), &parts);

    let intermediate = root.issue(valid(authority("Intermediate Y"), 2, 10));
    let leaf = intermediate.issue(server("shop"));
    let parts = [
        "\"Intermediate Y\" that the server sends is valid only from 20",
        clock,
    ];
    expect_refusal(
        &leaf.serve(&[&intermediate]).url(),
        &trusting(&[&root]),
        &parts,
    );
}

#[test]
fn a_certificate_for_other_hosts() {
    let root = self_signed(authority("Root X"));
    let hosts = [
        "a.example".to_owned(),
        "*.b.example".to_owned(),
        "10.0.0.1".to_owned(),
        "::2".to_owned(),
    ];
    let server = root.issue(server_for("shop", &hosts)).serve(&[]);
    let parts = [
        "the server's certificate \"shop\" is for a.example, *.b.example, 10.0.0.1, ::2, and not for `127.0.0.1`",
        "base_url",
    ];
    expect_refusal(&server.url(), &trusting(&[&root]), &parts);

    let many: Vec<String> = (0..30).map(|n| format!("h{n}.example")).collect();
    let server = root.issue(server_for("shop", &many)).serve(&[]);
    let parts = ["h0.example, h1.example, h2.example, h3.example, h4.example and 25 more"];
    let error = expect_refusal(&server.url(), &trusting(&[&root]), &parts);
    assert!(!error.message().contains("h5.example"), "{error}");

    let server = root.issue(subject("127.0.0.1")).serve(&[]);
    let parts = ["\"127.0.0.1\" names no host", "subjectAltName"];
    expect_refusal(&server.url(), &trusting(&[&root]), &parts);
}

#[test]
fn a_certificate_that_is_not_for_servers() {
    let root = self_signed(authority("Root X"));
    let mut params = server("shop");
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    let leaf = root.issue(params);
    let mut with_system = options();
    with_system.add_ca_pem(root.pem.as_bytes()).unwrap();
    for options in [trusting(&[&root]), with_system] {
        let parts = ["\"shop\" is not made for servers", "serverAuth"];
        expect_refusal(&leaf.serve(&[]).url(), &options, &parts);
    }
}

#[test]
fn an_issuer_that_is_no_authority() {
    let root = self_signed(authority("Root X"));
    let mut plain = subject("Intermediate Y");
    plain.is_ca = rcgen::IsCa::ExplicitNoCa;
    let intermediate = root.issue(plain);
    let leaf = intermediate.issue(server("shop"));
    let parts = [
        "\"Intermediate Y\" that the server sends has issued another",
        "CA:TRUE is missing",
    ];
    expect_refusal(
        &leaf.serve(&[&intermediate]).url(),
        &trusting(&[&root]),
        &parts,
    );
}

#[test]
fn a_chain_with_a_signature_that_is_forged() {
    let root = self_signed(authority("Root X"));
    let other = self_signed(authority("Intermediate Y"));
    let intermediate = root.issue(authority("Intermediate Y"));
    // The server sends another intermediate of the same name than the one that issued its certificate.
    let leaf = other.issue(server("shop"));
    let parts = ["\"Intermediate Y\""];
    expect_refusal(
        &leaf.serve(&[&intermediate]).url(),
        &trusting(&[&root]),
        &parts,
    );
}

#[test]
fn names_that_a_peer_chose_cannot_break_a_line() {
    let root = self_signed(authority(&format!("evil\n\u{1b}c{}", "x".repeat(200))));
    let server = root.issue(server("shop")).serve(&[]);
    let error = expect_refusal(
        &server.url(),
        &trusting(&[&another()]),
        &["\"evil??", "…\""],
    );
    assert!(!error.message().chars().any(char::is_control), "{error:?}");
}

/// Old keys and versions, which OpenSSL accepts only with this argument.
const OLD: &str = "-cipher DEFAULT:@SECLEVEL=0";

#[test]
fn keys_and_signatures_that_are_not_supported() {
    for (ca_key, key, signature, parts) in [
        (
            "rsa:2048",
            "rsa:1024",
            "-sha256",
            "the server's certificate \"old-server\" has an RSA key of 1024 bits: at least 2048",
        ),
        (
            "rsa:1024",
            "rsa:2048",
            "-sha256",
            "authority \"old-authority\" has an RSA key of 1024 bits",
        ),
        (
            "rsa:2048",
            "rsa:2048",
            "-sha1",
            "\"old-server\" is signed with SHA-1",
        ),
        (
            "rsa:2048",
            "rsa:2048",
            "-md5",
            "\"old-server\" is signed with MD5",
        ),
        ("ed448", "rsa:2048", "", "is signed with Ed448"),
    ] {
        let dir = issued(ca_key, key, signature);
        let server = Server::start(dir.path(), OLD);
        let ca = std::fs::read_to_string(dir.path().join("ca.pem")).unwrap();
        expect_refusal(&server.url(), &trusting_pem(&ca), &[parts]);
    }
}

#[test]
fn garbage_in_the_place_of_a_certificate() {
    let root = self_signed(authority("Root X"));
    let leaf = root.issue(server("shop"));
    let mut cut = certificate(&leaf.pem).to_vec();
    cut.truncate(cut.len() / 2);
    let chain = vec![certificate(&leaf.pem), cut.into()];
    let server = serve(chain, &leaf.key_pem());
    let parts = ["the 2nd certificate that the server sends cannot be read"];
    expect_refusal(&server.url(), &trusting(&[&another()]), &parts);
}
