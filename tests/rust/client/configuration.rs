//! Settings, and the errors for unusable ones (protocol §3, §4).

use std::time::Duration;

use hookrail::internals::{Client, ClientOptions, ProxySetting};
use hookrail::{Error, Status, TlsRoots};
use hookrail_devserver::redacted;

use crate::support::{child, options, send, server};

const SECOND: Duration = Duration::from_secs(1);

fn configured(key: &[u8], url: &[u8], options: &ClientOptions) -> Result<Client, Error> {
    Client::new(Some(key), Some(url), options)
}

#[track_caller]
fn refused(result: Result<impl Sized, Error>, status: Status, names: &str) {
    let error = result.err().expect("this must be refused");
    assert_eq!(error.status(), status, "{error}");
    assert!(error.message().contains(names), "{names:?} not in {error}");
}

#[test]
fn keys_that_cannot_be_sent() {
    for (key, names) in [
        (&b""[..], "empty"),
        (b"hk_a b", "white space"),
        (b"hk_a\n", "white space"),
        (b"hk_a\0", "control"),
        (b"hk_\xc3\xa9", "ASCII"),
    ] {
        let result = configured(key, b"http://a", &options());
        let error = result.as_ref().expect_err("a bad key");
        // The error does not even show the wrong part of a key.
        assert!(!format!("{error}{error:?}").contains("hk_a"));
        refused(result, Status::Configuration, names);
    }
}

#[test]
fn plain_http_beyond_this_machine_can_be_refused() {
    let mut options = options();
    options.set_proxy(ProxySetting::None);
    let far = [
        "http://192.0.2.1",
        "http://hooks.example.com:8080",
        "http://localhost.example",
        "http://[2001:db8::1]",
    ];
    let near = [
        "http://localhost:8080",
        "http://LOCALHOST.",
        "http://127.3.2.1",
        "http://[::1]:80",
        "http://[::ffff:127.0.0.1]",
    ];
    let secure = ["https://hooks.example.com", "https://192.0.2.1"];
    for url in far.iter().chain(&near).chain(&secure) {
        assert!(configured(b"hk", url.as_bytes(), &options).is_ok(), "{url}");
    }
    options.set_require_https(true);
    for url in near.iter().chain(&secure) {
        assert!(configured(b"hk", url.as_bytes(), &options).is_ok(), "{url}");
    }
    for url in far {
        let result = configured(b"hk", url.as_bytes(), &options);
        refused(result, Status::Configuration, "require https");
    }
    // A proxy elsewhere would carry even a request to this machine.
    options.set_proxy(ProxySetting::Explicit(
        "http://proxy.example:3128".to_owned(),
    ));
    let result = configured(b"hk", b"http://localhost:8080", &options);
    refused(result, Status::Configuration, "proxy.example");
    assert!(configured(b"hk", b"https://hooks.example.com", &options).is_ok());
    options.set_proxy(ProxySetting::Explicit("http://127.0.0.1:3128".to_owned()));
    assert!(configured(b"hk", b"http://localhost:8080", &options).is_ok());
}

#[test]
fn a_base_url_can_be_required() {
    if !child::is_child() {
        let nothing: [(&str, &str); 0] = [];
        return child::run(a_base_url_can_be_required, &nothing);
    }
    let mut options = options();
    assert!(Client::new(Some(b"hk"), None, &options).is_ok());
    options.set_require_base_url(true);
    let result = Client::new(Some(b"hk"), None, &options);
    refused(result, Status::Configuration, "set HOOKRAIL_BASE_URL");
    assert!(configured(b"hk", b"http://localhost:8080", &options).is_ok());
}

#[test]
fn a_base_url_that_is_required_may_come_from_the_environment() {
    if !child::is_child() {
        let variables = [("HOOKRAIL_BASE_URL", "http://127.0.0.1:1")];
        return child::run(
            a_base_url_that_is_required_may_come_from_the_environment,
            &variables,
        );
    }
    let mut options = options();
    options.set_require_base_url(true);
    assert!(Client::new(Some(b"hk"), None, &options).is_ok());
}

#[test]
fn urls_that_cannot_be_reached() {
    for (url, names) in [
        ("", "empty"),
        ("a.example", "http"),
        ("//a.example", "http"),
        ("ftp://a.example", "ftp"),
        ("file:///srv", "not valid"),
        ("http://", "host"),
        ("http:///path", "host"),
        ("http://:80", "host"),
        ("http://user@a.example", "user name"),
        ("http://user:hunter2@a.example", "user name"),
        ("http://a.example?x=1", "query"),
        ("http://a.example/#top", "fragment"),
        ("http://a.example:99999", "port"),
        ("http://a.example:0", "port"),
        ("http://a.example:http", "port"),
        ("http://a.example/a b", "white space"),
        (" http://a.example", "white space"),
        ("http://a.example\r\nX: y", "white space"),
        ("http://größe.example", "ASCII"),
        ("http://a_b!.example", "host name"),
        ("http://[::1", "IPv6"),
        ("http://a.example/%zz", "%"),
    ] {
        let result = configured(b"hk_dev", url.as_bytes(), &options());
        let error = result.as_ref().expect_err(url);
        assert!(!format!("{error}{error:?}").contains("hunter2"));
        refused(result, Status::Configuration, names);
    }
    let result = configured(b"hk_dev", b"http://\xff", &options());
    refused(result, Status::Configuration, "UTF-8");
}

#[test]
fn the_key_is_in_no_debug_output() {
    let server = server();
    let key = b"hk_very-secret";
    let client = configured(key, server.url().as_bytes(), &options()).unwrap();
    let error = send(&client).unwrap_err();
    assert_eq!(error.status(), Status::Authentication);
    for text in [
        format!("{client:?}"),
        format!("{error:?}"),
        error.to_string(),
    ] {
        assert!(!text.contains("very-secret"), "{text}");
    }
    let authorization = server.requests()[0]
        .header("authorization")
        .map(String::from);
    assert_eq!(authorization, Some(redacted("Bearer hk_very-secret")));
}

#[test]
fn limits_are_positive_and_at_most_a_day() {
    type Setter = fn(&mut ClientOptions, Duration) -> Result<(), Error>;
    let setters: [(&str, Setter); 4] = [
        ("connect timeout", ClientOptions::set_connect_timeout),
        ("read timeout", ClientOptions::set_read_timeout),
        ("write timeout", ClientOptions::set_write_timeout),
        ("total timeout", ClientOptions::set_total_timeout),
    ];
    let day = Duration::from_secs(24 * 60 * 60);
    for (name, set) in setters {
        let mut options = ClientOptions::default();
        for wrong in [Duration::ZERO, day + SECOND, Duration::MAX] {
            refused(set(&mut options, wrong), Status::InvalidArgument, name);
        }
        for right in [Duration::from_nanos(1), day] {
            set(&mut options, right).unwrap();
        }
    }
}

#[test]
fn the_backoff_is_in_order() {
    let mut options = ClientOptions::default();
    let mut set = |base, cap| options.set_backoff(base, cap);
    refused(set(Duration::ZERO, SECOND), Status::InvalidArgument, "base");
    refused(set(SECOND, Duration::ZERO), Status::InvalidArgument, "cap");
    refused(set(SECOND * 2, SECOND), Status::InvalidArgument, "cap");
    set(SECOND, SECOND).unwrap();
}

#[test]
fn a_cap_above_the_total_timeout_is_refused_if_it_was_asked_for() {
    let mut options = options();
    options.set_backoff(SECOND, SECOND * 20).unwrap();
    options.set_total_timeout(SECOND * 10).unwrap();
    let result = configured(b"hk_dev", b"http://a.example", &options);
    refused(result, Status::Configuration, "max_elapsed");

    // The default cap of ten seconds is lowered as well.
    let mut options = ClientOptions::default();
    options
        .set_total_timeout(Duration::from_millis(50))
        .unwrap();
    configured(b"hk_dev", b"http://a.example", &options).unwrap();
}

#[test]
fn names_of_programs_and_languages() {
    let mut options = ClientOptions::default();
    for suffix in [&b""[..], b" a", b"a\r\nX: y", b"\xff"] {
        let result = options.set_user_agent_suffix(suffix);
        refused(result, Status::InvalidArgument, "user-agent suffix");
    }
    for language in [
        "",
        "Ruby",
        "c++",
        "a b",
        "a/",
        "/1",
        "a/1/2",
        "a/v1",
        "x".repeat(33).as_str(),
    ] {
        let result = options.set_binding(language);
        refused(result, Status::InvalidArgument, "language");
    }
}

#[test]
fn authorities_that_cannot_be_read() {
    let dir = tempfile::tempdir().unwrap();
    let missing = dir.path().join("missing.pem");
    let mut options = options();
    let result = options.add_ca_file(&missing);
    refused(result, Status::Configuration, "missing.pem");
    let result = options.add_ca_file(dir.path());
    refused(result, Status::Configuration, "cannot read");

    let noise = "-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n";
    let wrong = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    for pem in ["", "no PEM at all", noise, wrong] {
        let file = dir.path().join("ca.pem");
        std::fs::write(&file, pem).unwrap();
        refused(
            options.add_ca_pem(pem.as_bytes()),
            Status::Configuration,
            "CA certificate",
        );
        refused(options.add_ca_file(&file), Status::Configuration, "CA");
    }
}

#[test]
fn https_needs_a_trusted_authority() {
    let mut options = options();
    options.set_tls_roots(TlsRoots::ExtraOnly);
    let result = configured(b"hk_dev", b"https://a.example", &options);
    refused(result, Status::Configuration, "certificate authority");
    // Without TLS no authority is needed.
    configured(b"hk_dev", b"http://a.example", &options).unwrap();
}
