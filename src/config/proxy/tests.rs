use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::*;
use crate::error::Status;

fn in_environment(base: &str, variables: &[(&str, &str)]) -> Result<Option<Proxy>> {
    let base = BaseUrl::parse(base).unwrap();
    let env = |name: &str| {
        variables
            .iter()
            .find(|(variable, _)| *variable == name)
            .map(|(_, value)| value.to_string())
    };
    resolve(&ProxySetting::Environment, &base, &env)
}

fn explicit(url: &str) -> Result<Option<Proxy>> {
    let base = BaseUrl::parse("https://service.example").unwrap();
    resolve(&ProxySetting::Explicit(url.into()), &base, &|name| {
        panic!("an explicit proxy needs no `{name}`")
    })
}

#[track_caller]
fn host_of(found: Result<Option<Proxy>>) -> Option<String> {
    found
        .expect("a valid proxy or none")
        .map(|proxy| proxy.host().to_owned())
}

#[test]
fn the_variables_are_read_in_their_order() {
    let all = [
        ("http_proxy", "http-lower"),
        ("HTTP_PROXY", "http-upper"),
        ("https_proxy", "https-lower"),
        ("HTTPS_PROXY", "https-upper"),
        ("all_proxy", "all-lower"),
        ("ALL_PROXY", "all-upper"),
    ];
    for (base, order) in [
        ("http://h", &["http-lower", "all-lower", "all-upper"][..]),
        (
            "https://h",
            &["https-lower", "https-upper", "all-lower", "all-upper"],
        ),
    ] {
        let mut variables = all.to_vec();
        for expected in order {
            let found = host_of(in_environment(base, &variables));
            assert_eq!(found.as_deref(), Some(*expected), "{base}");
            variables.retain(|(_, value)| value != expected);
        }
        assert_eq!(host_of(in_environment(base, &variables)), None, "{base}");
    }
}

#[test]
fn an_empty_variable_is_not_set() {
    let variables = [
        ("https_proxy", ""),
        ("HTTPS_PROXY", "proxy"),
        ("no_proxy", ""),
        ("NO_PROXY", "h"),
    ];
    assert_eq!(host_of(in_environment("https://h", &variables)), None);
    let found = host_of(in_environment("https://other", &variables));
    assert_eq!(found.as_deref(), Some("proxy"));
}

#[test]
fn an_exempt_host_needs_no_valid_proxy() {
    let variables = [("https_proxy", "socks4://proxy"), ("no_proxy", "h")];
    assert_eq!(host_of(in_environment("https://h", &variables)), None);
    assert!(in_environment("https://other", &variables).is_err());
}

#[test]
fn a_setting_overrides_the_environment() {
    let base = BaseUrl::parse("http://h").unwrap();
    let env = |_: &str| Some("environment".to_owned());
    assert!(resolve(&ProxySetting::None, &base, &env).unwrap().is_none());
    let found = host_of(resolve(&ProxySetting::Explicit("mine".into()), &base, &env));
    assert_eq!(found.as_deref(), Some("mine"));
}

#[test]
fn proxy_urls_are_read() {
    for (url, host, port) in [
        ("http://proxy.example:3128", "proxy.example", 3128),
        ("http://proxy.example:3128/", "proxy.example", 3128),
        ("HTTP://proxy.example", "proxy.example", 80),
        ("proxy.example:3128", "proxy.example", 3128),
        ("proxy", "proxy", 80),
        ("10.0.0.1:8080", "10.0.0.1", 8080),
        ("http://[::1]:8080", "::1", 8080),
        ("[::1]:8080", "::1", 8080),
    ] {
        let proxy = explicit(url).unwrap().unwrap();
        assert_eq!(proxy.host(), host, "{url}");
        assert_eq!(proxy.port(), port, "{url}");
        assert!(proxy.authorization().is_none(), "{url}");
    }
}

#[test]
fn socks_urls_are_read() {
    for (url, port, looks_names_up, sign_in) in [
        ("socks5://proxy", 1080, false, None),
        ("SOCKS5H://proxy:9050/", 9050, true, None),
        (
            "socks5://u:p%40%3A@proxy",
            1080,
            false,
            Some(&b"\x01\x01u\x03p@:"[..]),
        ),
        (
            "socks5h://us%3Aer@proxy",
            1080,
            true,
            Some(b"\x01\x05us:er\x00"),
        ),
    ] {
        let proxy = explicit(url).unwrap().unwrap();
        assert_eq!((proxy.host(), proxy.port()), ("proxy", port), "{url}");
        assert!(proxy.authorization().is_none(), "{url}");
        let socks = proxy.socks().expect(url);
        assert_eq!(socks.looks_names_up, looks_names_up, "{url}");
        assert_eq!(
            socks.sign_in.as_ref().map(|message| &message[..]),
            sign_in,
            "{url}"
        );
    }
    assert!(explicit("http://proxy").unwrap().unwrap().socks().is_none());
    let found = in_environment("http://h", &[("ALL_PROXY", "socks5h://tor:9050")]);
    assert_eq!(host_of(found).as_deref(), Some("tor"));
}

#[test]
fn user_information_becomes_basic_authentication() {
    for (url, credentials) in [
        ("http://user:pass@proxy", "user:pass"),
        ("user:pass@proxy:1", "user:pass"),
        ("http://user@proxy", "user:"),
        ("http://:pass@proxy", ":pass"),
        ("http://us%20er:p%40%3A%2F%25:x@proxy", "us er:p@:/%:x"),
        ("http://u:p%C3%A9@[::1]:1", "u:p\u{e9}"),
        ("http://u:p@ss:w%rd@proxy", "u:p@ss:w%rd"),
    ] {
        let proxy = explicit(url).unwrap().unwrap();
        let value = proxy.authorization().expect(url);
        let encoded = value.strip_prefix("Basic ").expect("the scheme");
        assert_eq!(
            BASE64.decode(encoded).unwrap(),
            credentials.as_bytes(),
            "{url}"
        );
    }
    // The example of RFC 7617.
    let proxy = explicit("http://Aladdin:open%20sesame@proxy")
        .unwrap()
        .unwrap();
    assert_eq!(
        proxy.authorization(),
        Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")
    );
}

#[test]
fn an_invalid_proxy_url_is_refused_with_the_reason() {
    for (url, reason) in [
        ("", "is empty"),
        ("\"http://proxy:3128\"", "quotation mark"),
        ("http://proxy:3128'", "quotation mark"),
        (
            "https://proxy",
            "scheme `https`: only http, socks5 and socks5h proxies",
        ),
        (
            "socks4://proxy:1080",
            "scheme `socks4`: only http, socks5 and socks5h proxies",
        ),
        ("socks4a://proxy", "only http, socks5 and socks5h proxies"),
        ("://proxy", "only http, socks5 and socks5h proxies"),
        ("/a://b", "only http, socks5 and socks5h proxies"),
        ("user:pass://word@proxy", "does not begin with http://"),
        ("http://", "no host"),
        ("http://:3128", "no host"),
        ("http://user@", "no host"),
        ("http://user:password@", "no host"),
        ("http://proxy:0", "port"),
        ("http://proxy:99999", "port"),
        ("http://proxy/path", "path or a query"),
        ("http://proxy?x", "path or a query"),
        ("http://proxy#x", "`#`"),
        ("http://pro xy", "is not valid"),
        ("http://proxy\r\n", "is not valid"),
        ("http://pr\u{f6}xy", "is not valid: at byte offset 9"),
        (
            "http://user:pass word@proxy",
            "in a password, percent-encode",
        ),
        ("http://a%3Ab:c@proxy", "user name with a `:`"),
        ("socks5://:c@proxy", "no user name before its password"),
        ("socks5://proxy/path", "path or a query"),
        (
            &format!("socks5://u:{}@proxy", "p".repeat(256)),
            "more than 255 bytes",
        ),
    ] {
        let error = explicit(url).expect_err(url);
        assert_eq!(error.status(), Status::Configuration, "{url}");
        assert!(error.message().contains(reason), "{url}: {error}");
        assert!(error.message().contains("the proxy URL"), "{url}: {error}");
    }
}

#[test]
fn the_error_names_the_variable() {
    let error = in_environment("https://h", &[("ALL_PROXY", "socks4://proxy")]).unwrap_err();
    assert!(error.message().contains("`ALL_PROXY`"), "{error}");
    assert!(error.message().contains("`socks4`"), "{error}");
}

#[test]
fn the_error_names_the_ways_out() {
    for (base, variable) in [
        ("http://hooks.example", "http_proxy"),
        ("https://hooks.example", "https_proxy"),
    ] {
        let error = in_environment(base, &[("ALL_PROXY", "socks4://proxy:1080")]).unwrap_err();
        for part in [variable, "`hooks.example` in `no_proxy`", "proxy option"] {
            assert!(error.message().contains(part), "{part}: {error}");
        }
    }
}

#[test]
fn an_unusable_proxy_is_no_error_for_an_exempt_host() {
    for exempt in [
        "localhost,127.0.0.0/8,*.company.com",
        ".company.com",
        "hooks.company.com",
        "*",
    ] {
        let variables = [("ALL_PROXY", "socks4://proxy:1080"), ("no_proxy", exempt)];
        let found = in_environment("https://hooks.company.com", &variables);
        assert_eq!(host_of(found), None, "{exempt}");
    }
}

#[test]
fn passwords_are_never_shown() {
    for url in [
        "http://user:hunter2@proxy:0",
        "https://user:hunter2@proxy",
        "socks4://user:hunter2@proxy",
        "socks5://:hunter2@proxy",
        "http://user:hunter2@",
        "http://user:hunter2#@proxy",
        "http://user:hunter2/@proxy",
        "http://user:hunter2?@proxy",
        "http://user:hunter2 @proxy",
        "hunter2:@:x",
        "user:hunter2://@proxy",
        "http://us%3Aer:hunter2@proxy",
        "\"http://user:hunter2@proxy\"",
    ] {
        let error = explicit(url).expect_err(url);
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    let socks = explicit("socks5://user:hunter2@proxy").unwrap().unwrap();
    assert!(
        !format!("{socks:?}").contains("hunter2") && !format!("{socks:?}").contains("104, 117")
    );
    let proxy = explicit("http://user:hunter2@proxy").unwrap().unwrap();
    let encoded = BASE64.encode("user:hunter2");
    assert_eq!(proxy.to_string(), "proxy:80");
    let shown = format!("{proxy:?} {:?}", ProxySetting::Explicit("hunter2@h".into()));
    assert!(
        !shown.contains("hunter2") && !shown.contains(&encoded),
        "{shown}"
    );
}
