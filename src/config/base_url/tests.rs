use super::*;
use crate::error::Status;

#[track_caller]
fn parsed(url: &str) -> BaseUrl {
    BaseUrl::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"))
}

#[track_caller]
fn refused(url: &str, reason: &str) {
    let error = BaseUrl::parse(url).expect_err(url);
    assert_eq!(error.status(), Status::Configuration, "{url}");
    assert!(error.message().contains(reason), "{url}: {error}");
}

#[test]
fn the_parts_are_read() {
    for (url, https, host, port, authority, shown) in [
        (
            "http://localhost:8080",
            false,
            "localhost",
            8080,
            "localhost:8080",
            "http://localhost:8080",
        ),
        (
            "https://hooks.example.com",
            true,
            "hooks.example.com",
            443,
            "hooks.example.com",
            "https://hooks.example.com",
        ),
        (
            "HTTPS://Hooks.Example.COM:443/",
            true,
            "hooks.example.com",
            443,
            "hooks.example.com",
            "https://hooks.example.com",
        ),
        ("http://h:443", false, "h", 443, "h:443", "http://h:443"),
        ("http://h:080", false, "h", 80, "h", "http://h"),
        (
            "http://h:65535",
            false,
            "h",
            65535,
            "h:65535",
            "http://h:65535",
        ),
        (
            "http://127.0.0.1:1",
            false,
            "127.0.0.1",
            1,
            "127.0.0.1:1",
            "http://127.0.0.1:1",
        ),
        ("http://[::1]", false, "::1", 80, "[::1]", "http://[::1]"),
        (
            "https://[2001:DB8:0::1]:8443",
            true,
            "2001:db8::1",
            8443,
            "[2001:db8::1]:8443",
            "https://[2001:db8::1]:8443",
        ),
        (
            "http://my_service.local.",
            false,
            "my_service.local.",
            80,
            "my_service.local.",
            "http://my_service.local.",
        ),
        (
            "http://xn--bcher-kva.example",
            false,
            "xn--bcher-kva.example",
            80,
            "xn--bcher-kva.example",
            "http://xn--bcher-kva.example",
        ),
    ] {
        let base = parsed(url);
        assert_eq!(base.is_https(), https, "{url}");
        assert_eq!(base.host(), host, "{url}");
        assert_eq!(base.port(), port, "{url}");
        assert_eq!(base.authority(), authority, "{url}");
        assert_eq!(base.to_string(), shown, "{url}");
    }
}

#[test]
fn addresses_and_names_are_told_apart() {
    for (url, address) in [
        ("http://127.0.0.1", Some("127.0.0.1")),
        ("http://[::ffff:1.2.3.4]", Some("::ffff:1.2.3.4")),
        ("http://localhost", None),
        ("http://1.example", None),
        ("http://0xab.example", None),
        ("http://face", None),
    ] {
        let expected = address.map(|address| address.parse().unwrap());
        assert_eq!(parsed(url).parsed_host().address(), expected, "{url}");
    }
}

#[test]
fn a_path_prefix_is_kept_and_its_trailing_slashes_dropped() {
    for (url, prefix) in [
        ("http://h", ""),
        ("http://h/", ""),
        ("http://h//", ""),
        ("http://h/a", "/a"),
        ("http://h/a/b//", "/a/b"),
        ("http://h/a//b", "/a//b"),
        (
            "http://h/a%20b/c;d=e@f:g!$&'()*+,~",
            "/a%20b/c;d=e@f:g!$&'()*+,~",
        ),
    ] {
        let base = parsed(url);
        assert_eq!(base.path_prefix(), prefix, "{url}");
        assert_eq!(
            base.url_for("/v1/events"),
            format!("http://h{prefix}/v1/events")
        );
    }
}

#[test]
fn the_http_layer_gets_the_parsed_url() {
    for url in [
        "http://h/a",
        "https://[::1]:8443/x%2Fy",
        "http://1.2.3.4:81",
    ] {
        let base = parsed(url);
        let uri: Uri = base.url_for("/v1").parse().unwrap();
        assert_eq!(uri.authority().unwrap().as_str(), base.authority());
        assert_eq!(uri.path(), format!("{}/v1", base.path_prefix()));
    }
}

#[test]
fn an_invalid_base_url_is_refused_with_the_reason() {
    for (url, reason) in [
        ("", "is empty"),
        ("h", "does not begin with http"),
        ("localhost:8080", "does not begin with http"),
        ("/v1", "does not begin with http"),
        ("//h", "does not begin with http"),
        ("ftp://h", "scheme `ftp`"),
        ("unix://h", "scheme `unix`"),
        ("http+unix:///run/h.sock", "or unix:/path for a unix socket"),
        ("http:", "does not begin with http"),
        ("://h", "only http and https"),
        ("http://", "is not valid"),
        ("http:///v1", "is not valid"),
        ("http://:80", "no host"),
        ("http://.", "no host"),
        ("http://h?x=1", "has a query"),
        ("http://h/?", "has a query"),
        ("http://h/#top", "has a fragment"),
        ("http://h#", "has a fragment"),
        (" http://h", "U+0020) at byte offset 0"),
        ("http://h\n", "U+000A) at byte offset 8"),
        ("http://h/a\tb", "U+0009) at byte offset 10"),
        ("http://h/\0", "U+0000) at byte offset 9"),
        ("http://b\u{fc}cher.example", "punycode"),
        ("http://h/b\u{fc}cher", "percent-encoded"),
        ("http://h:0", "port"),
        ("http://h:65536", "port"),
        ("http://h:99999", "port"),
        ("http://h:", "port"),
        ("http://h:+80", "port"),
        ("http://h:8o", "port"),
        ("http://[::1]:0", "port"),
        ("http://::1", "is not valid"),
        ("http://1:2:3", "is not valid"),
        ("http://[::1", "is not valid"),
        ("http://[fe80::1%25eth0]", "zone"),
        ("http://[1.2.3.4]", "IPv6 address"),
        ("http://1.2.3", "IPv4 address"),
        ("http://1.2.3.256", "IPv4 address"),
        ("http://127.0.0.01", "IPv4 address"),
        ("http://0x7f.0.0.0x1", "IPv4 address"),
        ("http://2130706433", "IPv4 address"),
        ("http://a..b", "malformed host name"),
        ("http://-a", "malformed host name"),
        ("http://a-.b", "malformed host name"),
        ("http://a!b", "character `!`"),
        ("http://h/a|b", "write it as %7C"),
        ("http://h/%zz", "two hexadecimal digits"),
        ("http://h/%2", "two hexadecimal digits"),
    ] {
        refused(url, reason);
    }
    refused(&format!("http://{}", "a".repeat(64)), "malformed host name");
    let long = format!("http://{}", "a.".repeat(127));
    assert!(BaseUrl::parse(&long).is_ok());
    refused(&format!("{long}a"), "253 characters");
    let longest = format!("http://h/{}", "a".repeat(MAX_LENGTH - 9));
    assert!(BaseUrl::parse(&longest).is_ok());
    refused(&format!("{longest}a"), "is 8193 bytes long: at most 8192");
}

#[test]
fn credentials_are_refused_and_never_quoted() {
    for url in [
        "http://user:hunter2@h",
        "http://user:hunter2@h/a",
        "http://hunter2@h",
        "http://:hunter2@h",
        "https://user:hunter2@h:99999/?q#f",
        "user:hunter2@h",
        "http://user:hunter2 @h",
        "http://user:hunter2\u{e9}@h",
        "http://user:hunter2#@h",
        "http://user:hunter2?@h",
        "http://user:hunter2/@h",
        "http://user:hunter2@[::1",
        "ftp://user:hunter2@h",
    ] {
        let error = BaseUrl::parse(url).expect_err(url);
        assert_eq!(error.status(), Status::Configuration, "{url}");
        assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
    }
    refused("http://user:hunter2@h", "user name or password");
    refused("http://hunter2@h", "user name or password");
}
