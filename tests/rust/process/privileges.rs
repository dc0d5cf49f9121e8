//! A setuid program that an ordinary user starts with an environment of their choice.
#![allow(unsafe_code)]

use std::env;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use hookrail::internals::{Client, ClientOptions};
use hookrail::{Outcome, Status};
use hookrail_devserver::SelfSigned;

use crate::support::proxy::HttpProxy;
use crate::support::tls::tls_server;
use crate::support::{API_KEY, send, server};

const NAME: &str = "process::privileges::a_setuid_program_does_not_obey_its_callers_environment";
const CHILD: &str = "PRIVILEGES_TEST_CHILD";
const KEY_OF_THE_CALLER: &str = "hk_of_the_caller";
/// An ordinary user.
const NOBODY: u32 = 65534;

fn has_privileges() -> bool {
    // SAFETY: getauxval takes a number.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Runs this test as an ordinary user, in a copy of its program that belongs to root; setuid or not.
fn run_as_nobody(setuid: bool, environment: &[(&str, &str)]) {
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("program");
    std::fs::copy(env::current_exe().expect("the test program"), &program).expect("a copy");
    for (path, mode) in [
        (folder.path(), 0o755),
        (&*program, if setuid { 0o4755 } else { 0o755 }),
    ] {
        let permissions = std::fs::Permissions::from_mode(mode);
        std::fs::set_permissions(path, permissions).expect("the permissions");
    }
    let output = Command::new(&program)
        .args(["--exact", NAME, "--nocapture"])
        .env_clear()
        .env(CHILD, if setuid { "setuid" } else { "plain" })
        .envs(environment.iter().copied())
        .uid(NOBODY)
        .gid(NOBODY)
        .current_dir("/")
        .output()
        .expect("the program should run");
    let shown =
        [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
    assert!(
        output.status.success() && shown[0].contains("1 passed"),
        "in the program:\n{}",
        shown.concat()
    );
}

#[test]
fn a_setuid_program_does_not_obey_its_callers_environment() {
    match env::var(CHILD).as_deref() {
        Ok("setuid") => return with_privileges(),
        Ok(_) => return without_privileges(),
        Err(_) => {}
    }
    // SAFETY: geteuid takes nothing.
    if unsafe { libc::geteuid() } != 0 {
        eprintln!("not tried: only root can make a program setuid root");
        return;
    }
    let (theirs, plain) = (server(), server());
    let folder = tempfile::tempdir().expect("a folder");
    let https = tls_server(SelfSigned::default().in_dir(folder.path()));
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755))
        .expect("a folder");
    let ca = folder.path().join("ca.pem");
    let proxy = HttpProxy::start();
    let proxy_url = proxy.url();
    let (theirs_url, plain_url, https_url) = (theirs.url(), plain.url(), https.url());
    let environment = [
        ("HOOKRAIL_API_KEY", KEY_OF_THE_CALLER),
        ("HOOKRAIL_BASE_URL", &theirs_url),
        ("http_proxy", &proxy_url),
        ("https_proxy", &proxy_url),
        ("ALL_PROXY", &proxy_url),
        ("SSL_CERT_FILE", ca.to_str().expect("a path of text")),
        ("TEST_PLAIN", &plain_url),
        ("TEST_HTTPS", &https_url),
    ];
    // Without privileges the client uses all variables. Otherwise the rest of this test would show nothing.
    run_as_nobody(false, &environment);
    let through_proxy = proxy.connections();
    assert!(through_proxy >= 2);
    assert_eq!(https.events().len(), 1);
    run_as_nobody(true, &environment);
    assert_eq!(proxy.connections(), through_proxy);
    assert_eq!(plain.events().len(), 1);
    assert_eq!(https.events().len(), 1);
}

fn url(name: &str) -> Vec<u8> {
    env::var(name).expect("a URL").into_bytes()
}

fn without_privileges() {
    assert!(!has_privileges());
    let client = Client::new(None, None, &ClientOptions::default()).expect("a client");
    let error = send(&client).expect_err("the caller's key is none of the service's");
    assert_eq!(error.status(), Status::Authentication);
    // The client trusts the authority in SSL_CERT_FILE, and uses the proxy.
    let (key, https) = (Some(API_KEY.as_bytes()), url("TEST_HTTPS"));
    let client = Client::new(key, Some(&https), &ClientOptions::default()).expect("a client");
    send(&client).expect("a send");
}

fn with_privileges() {
    assert!(
        has_privileges(),
        "folders for temporary files forbid setuid here"
    );
    let options = ClientOptions::default();
    let error = Client::new(None, Some(&url("TEST_PLAIN")), &options).expect_err("no key");
    assert_eq!(error.status(), Status::Configuration);
    for part in ["HOOKRAIL_API_KEY is not read", "privileges of its own"] {
        assert!(error.message().contains(part), "{error}");
    }
    assert!(!format!("{error:?}").contains(KEY_OF_THE_CALLER));

    let key = Some(API_KEY.as_bytes());
    let error = Client::new(key, None, &options).expect_err("no base URL");
    assert_eq!(error.status(), Status::Configuration);
    assert!(
        error
            .message()
            .contains("HOOKRAIL_BASE_URL is set but not read"),
        "{error}"
    );

    // The client connects directly, not through the caller's proxy.
    send(&Client::new(key, Some(&url("TEST_PLAIN")), &options).expect("a client")).expect("a send");

    // The client does not trust the caller's authority. The machine may have no authorities.
    let error = match Client::new(key, Some(&url("TEST_HTTPS")), &options) {
        Ok(client) => send(&client).expect_err("the authority is the caller's"),
        Err(error) => {
            assert!(
                error.message().contains("certificate authorities"),
                "{error}"
            );
            return;
        }
    };
    assert_eq!(error.status(), Status::Tls, "{error}");
    assert_eq!(error.outcome(), Outcome::NotSent);
}
