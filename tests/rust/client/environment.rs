//! Settings from the environment (protocol §4). Each test runs in a process with that environment.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use hookrail::Status;
use hookrail::internals::{Client, ClientOptions};

use crate::support::proxy::HttpProxy;
use crate::support::{child, options, send, server};

const NOTHING: [(&str, &str); 0] = [];

#[test]
fn key_and_url_come_from_the_environment() {
    if child::is_child() {
        let client = Client::new(None, None, &ClientOptions::default()).unwrap();
        send(&client).unwrap();
        return;
    }
    let server = server();
    child::run(
        key_and_url_come_from_the_environment,
        &[
            ("HOOKRAIL_API_KEY", "hk_dev"),
            ("HOOKRAIL_BASE_URL", &format!("{}//", server.url())),
        ],
    );
    assert_eq!(server.events().len(), 1);
}

#[test]
fn arguments_win_over_the_environment() {
    if child::is_child() {
        let url = std::env::var("TEST_URL").unwrap();
        let client = Client::new(Some(b"hk_dev"), Some(url.as_bytes()), &options()).unwrap();
        send(&client).unwrap();
        // Each argument separately.
        let error = send(&Client::new(None, Some(url.as_bytes()), &options()).unwrap());
        assert_eq!(error.unwrap_err().status(), Status::Authentication);
        let error = Client::new(Some(b"hk_dev"), None, &options()).unwrap_err();
        assert_eq!(error.status(), Status::Configuration, "{error}");
        return;
    }
    let server = server();
    child::run(
        arguments_win_over_the_environment,
        &[
            ("HOOKRAIL_API_KEY", "hk_of_the_environment"),
            ("HOOKRAIL_BASE_URL", "ftp://wrong"),
            ("TEST_URL", &server.url()),
        ],
    );
    assert_eq!(server.events().len(), 1);
}

#[test]
fn a_base_url_of_the_environment_has_the_same_limit() {
    if child::is_child() {
        let error = Client::new(Some(b"hk_dev"), None, &options()).unwrap_err();
        assert_eq!(error.status(), Status::Configuration);
        assert!(error.message().contains("at most 8192"), "{error}");
        return;
    }
    let url = format!("http://127.0.0.1/{}", "x".repeat(8192));
    child::run(
        a_base_url_of_the_environment_has_the_same_limit,
        &[("HOOKRAIL_BASE_URL", &url)],
    );
}

#[test]
fn the_default_is_the_local_port_8080() {
    if child::is_child() {
        let client = Client::new(Some(b"hk_dev"), None, &ClientOptions::default()).unwrap();
        send(&client).unwrap();
        return;
    }
    // The proxy receives the request, so port 8080 needs no listener.
    let server = server();
    let proxy = HttpProxy::to(server.addr());
    child::run(
        the_default_is_the_local_port_8080,
        &[("http_proxy", &proxy.url())],
    );
    assert_eq!(proxy.targets(), ["localhost:8080"]);
    assert_eq!(server.requests()[0].header("host"), Some("localhost:8080"));
    assert_eq!(server.requests()[0].path, "/v1/events");
}

/// Checks that `Client::new` fails in this process, and that the error says why.
#[track_caller]
fn expect_refusal(names: &str) {
    let error = Client::new(None, None, &ClientOptions::default()).unwrap_err();
    assert_eq!(error.status(), Status::Configuration, "{error}");
    assert!(error.message().contains(names), "{names:?} not in {error}");
}

#[test]
fn a_key_is_needed() {
    if child::is_child() {
        return expect_refusal("HOOKRAIL_API_KEY");
    }
    child::run(a_key_is_needed, &NOTHING);
}

#[test]
fn a_key_that_is_empty() {
    if child::is_child() {
        return expect_refusal("API key is empty");
    }
    child::run(a_key_that_is_empty, &[("HOOKRAIL_API_KEY", "")]);
}

#[test]
fn a_key_read_with_the_end_of_its_line() {
    if child::is_child() {
        return expect_refusal("white space");
    }
    child::run(
        a_key_read_with_the_end_of_its_line,
        &[("HOOKRAIL_API_KEY", "hk_dev\n")],
    );
}

#[test]
fn a_url_that_is_empty_is_not_replaced_by_the_default() {
    if child::is_child() {
        return expect_refusal("empty");
    }
    child::run(
        a_url_that_is_empty_is_not_replaced_by_the_default,
        &[("HOOKRAIL_API_KEY", "hk_dev"), ("HOOKRAIL_BASE_URL", "")],
    );
}

#[test]
fn values_that_are_not_text_are_not_passed_over() {
    if child::is_child() {
        return expect_refusal(&std::env::var("TEST_NAMES").unwrap());
    }
    let wrong = OsStr::from_bytes(b"http://\xff");
    for (variable, names) in [
        ("HOOKRAIL_API_KEY", "API key"),
        ("HOOKRAIL_BASE_URL", "base URL"),
        ("http_proxy", "http_proxy"),
    ] {
        let mut environment = vec![
            ("HOOKRAIL_API_KEY", OsStr::new("hk_dev")),
            ("HOOKRAIL_BASE_URL", OsStr::new("http://a.example")),
            ("http_proxy", OsStr::new("http://b.example")),
            ("TEST_NAMES", OsStr::new(names)),
        ];
        environment.retain(|(name, _)| *name != variable);
        environment.push((variable, wrong));
        child::run(values_that_are_not_text_are_not_passed_over, &environment);
    }
}
