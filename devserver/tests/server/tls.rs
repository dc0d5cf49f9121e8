//! https with a client that trusts only the server's authority.

use std::io;
use std::net::TcpStream;
use std::sync::Arc;

use crate::support::{End, PATIENCE, Post, Raw, dial};
use hookrail_devserver::{Config, DevServer, Point, Rule, SelfSigned, Tls};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

type TlsRaw = Raw<StreamOwned<ClientConnection, TcpStream>>;

fn https(tls: Tls) -> DevServer {
    DevServer::start(Config {
        tls: Some(tls),
        ..Config::default()
    })
    .expect("the server should start")
}

fn self_signed() -> DevServer {
    https(Tls::SelfSigned(SelfSigned::default()))
}

fn connect_trusting(ca: &str, server: &DevServer, name: &str) -> io::Result<TlsRaw> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut session = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut tcp = dial(server);
    while session.is_handshaking() {
        session.complete_io(&mut tcp)?;
    }
    Ok(Raw::over(StreamOwned::new(session, tcp)))
}

fn connect(server: &DevServer, name: &str) -> io::Result<TlsRaw> {
    connect_trusting(server.ca_pem().expect("an authority"), server, name)
}

#[test]
fn events_are_taken_over_https_by_name_and_address() {
    let server = self_signed();
    assert!(server.url().starts_with("https://127.0.0.1:"));
    for name in ["localhost", "127.0.0.1", "::1"] {
        let mut connection = connect(&server, name).expect(name);
        connection.exchange(&Post::event(name).bytes()).event_id();
        connection.exchange(&Post::event(name).bytes()).event_id();
    }
    assert_eq!(server.summary().events, 3);
    assert_eq!(server.summary().connections, 3);
}

#[test]
fn wrong_names_expired_certificates_and_other_authorities_are_refused() {
    let wrong_name = https(Tls::SelfSigned(
        SelfSigned::default().for_name("other.example"),
    ));
    let expired = https(Tls::SelfSigned(SelfSigned::default().expired()));
    let good = self_signed();
    let stranger = self_signed();
    for (server, ca, reason) in [
        (&wrong_name, &wrong_name, "NotValidForName"),
        (&expired, &expired, "Expired"),
        (&good, &stranger, "UnknownIssuer"),
    ] {
        let error = connect_trusting(ca.ca_pem().unwrap(), server, "localhost")
            .err()
            .expect(reason);
        assert!(
            format!("{error:?}").contains(reason),
            "{error:?} is not {reason}"
        );
        server
            .wait_until(PATIENCE, |summary| summary.tls_failures == 1)
            .expect("the failure should be counted");
    }
    assert!(connect(&wrong_name, "other.example").is_ok());
}

#[test]
fn a_directory_keeps_the_authority_across_restarts() {
    let dir = tempfile::tempdir().unwrap();
    let tls = Tls::SelfSigned(SelfSigned::default().in_dir(dir.path().join("tls")));
    let first = https(tls.clone());
    let ca = first.ca_pem().unwrap().to_owned();
    drop(first);
    let second = https(tls);
    assert_eq!(second.ca_pem(), Some(ca.as_str()));
    let on_disk = std::fs::read_to_string(dir.path().join("tls/ca.pem")).unwrap();
    assert_eq!(on_disk, ca);
    connect(&second, "localhost")
        .expect("trust")
        .exchange(&Post::event("k").bytes())
        .event_id();

    let files = https(Tls::Files {
        cert: dir.path().join("tls/cert.pem"),
        key: dir.path().join("tls/key.pem"),
    });
    assert_eq!(files.ca_pem(), None);
    let mut connection = connect_trusting(&ca, &files, "localhost").expect("trust");
    connection.exchange(&Post::event("k").bytes()).event_id();
}

#[test]
fn the_key_is_readable_by_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    https(Tls::SelfSigned(SelfSigned::default().in_dir(dir.path())));
    let mode = std::fs::metadata(dir.path().join("key.pem"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn files_that_are_missing_or_no_certificates_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let (cert, key) = (dir.path().join("c.pem"), dir.path().join("k.pem"));
    let start = || {
        let tls = Tls::Files {
            cert: cert.clone(),
            key: key.clone(),
        };
        let config = Config {
            tls: Some(tls),
            ..Config::default()
        };
        DevServer::start(config)
            .expect_err("no certificate")
            .to_string()
    };
    assert!(start().contains("c.pem"), "{}", start());
    std::fs::write(&cert, "").unwrap();
    std::fs::write(&key, "nonsense").unwrap();
    assert!(start().contains("cannot be used"), "{}", start());
}

#[test]
fn faults_act_below_https_too() {
    for (rule, end) in [
        (Rule::reset(Point::BeforeReading), End::Reset),
        (Rule::reset(Point::AfterReading), End::Reset),
        (Rule::close(Point::AfterRecording), End::Fin),
        (Rule::close(Point::AfterBytes(20)), End::Fin),
    ] {
        let cut = matches!(rule.close, Some(Point::AfterBytes(_)));
        let server = self_signed();
        server.add_faults([rule]).unwrap();
        let mut connection = connect(&server, "localhost").unwrap();
        connection.send(&Post::event("k").bytes());
        let (bytes, ended) = connection.rest();
        assert_eq!(ended, end);
        assert_eq!(bytes.len(), if cut { 20 } else { 0 });
    }
}

#[test]
fn a_connection_can_end_before_the_handshake() {
    let server = self_signed();
    server.add_faults([Rule::reset(Point::OnAccept)]).unwrap();
    let error = connect(&server, "localhost").err().expect("no handshake");
    assert!(
        matches!(
            error.kind(),
            io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
        ),
        "{error:?}"
    );
    connect(&server, "localhost")
        .unwrap()
        .exchange(&Post::event("k").bytes())
        .event_id();
}

#[test]
fn an_early_413_reaches_a_client_that_has_sent_everything() {
    let server = self_signed();
    server.add_faults([Rule::early_413()]).unwrap();
    let mut connection = connect(&server, "localhost").unwrap();
    connection.exchange(&Post::event("k").bytes()).problem(413);
}
