//! The settings of a client.

use std::time::Duration;

use hookrail::{Client, Status};

use super::builder;
use crate::support::{API_KEY, child, server};

#[test]
fn the_first_fault_of_the_settings_is_the_error_of_the_build() {
    for (builder, status, named) in [
        (
            builder("http://h").connect_timeout(Duration::ZERO),
            Status::InvalidArgument,
            "connect timeout",
        ),
        (
            builder("http://h").workers(0),
            Status::InvalidArgument,
            "workers",
        ),
        (
            builder("http://h").workers(0).queue_max_events(0),
            Status::InvalidArgument,
            "workers",
        ),
        (
            builder("http://h").header("host", "x"),
            Status::InvalidArgument,
            "`host`",
        ),
        (
            builder("http://h").add_ca_pem("no"),
            Status::Configuration,
            "CA",
        ),
        (
            builder("http://h").add_ca_file("/nowhere"),
            Status::Configuration,
            "/nowhere",
        ),
        (
            builder("http://h").user_agent_suffix("a\nb"),
            Status::InvalidArgument,
            "user-agent suffix",
        ),
        (
            builder("http://h").unix_socket("relative"),
            Status::InvalidArgument,
            "does not begin with `/`",
        ),
        (
            builder("http://h").max_connection_age(Duration::ZERO),
            Status::InvalidArgument,
            "connection",
        ),
        (
            builder("http://h").proxy("ftp://p"),
            Status::Configuration,
            "proxy",
        ),
        (
            builder("http://example.com").require_https(true),
            Status::Configuration,
            "https",
        ),
        (builder("ftp://h"), Status::Configuration, "base URL"),
        (
            builder("http://h").api_key("a b"),
            Status::Configuration,
            "API key",
        ),
    ] {
        let error = builder.build().unwrap_err();
        assert_eq!(error.status(), status, "{error}");
        assert!(error.message().contains(named), "{named}: {error}");
    }
}

#[test]
fn the_settings_reach_the_client() {
    let server = server();
    let client = builder(&server.url())
        .header("x-team", "shop")
        .user_agent_suffix("shop/2.1")
        .max_connection_age(None)
        .payload_limit(8)
        .build()
        .unwrap();
    client.send("t", &1).unwrap();
    let request = &server.requests()[0];
    let value = |name: &str| request.header(name).unwrap_or_default();
    assert_eq!(value("x-team"), "shop");
    let agent = format!("hookrail-rust/{} shop/2.1", env!("CARGO_PKG_VERSION"));
    assert_eq!(value("user-agent"), agent);
    let error = client.send("t", "123456789").unwrap_err();
    assert_eq!(error.status(), Status::PayloadTooLarge);
}

#[test]
fn no_debug_form_shows_a_secret() {
    let builder = builder("http://user:pass-8413@h")
        .api_key("hk_secret_8413")
        .proxy("http://u:pw-8413@p:1")
        .header("x-token", "value-8413");
    let client = builder.clone().base_url("http://h").build().unwrap();
    let event = client.event("t", "payload-8413").header("x", "v-8413");
    for text in [
        format!("{builder:?}"),
        format!("{client:?}"),
        format!("{event:?}"),
    ] {
        assert!(!text.contains("8413"), "{text}");
    }
}

#[test]
fn key_and_url_come_from_the_environment() {
    if child::is_child() {
        Client::from_env().unwrap().send("t", &1).unwrap();
        return;
    }
    let server = server();
    let url = server.url();
    let environment = [("HOOKRAIL_API_KEY", API_KEY), ("HOOKRAIL_BASE_URL", &url)];
    child::run(key_and_url_come_from_the_environment, &environment);
    assert_eq!(server.events().len(), 1);
}
