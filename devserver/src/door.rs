//! Admits programs on this machine, and refuses pages in a browser.
//!
//! Any page can let its browser send requests to 127.0.0.1. With its own name for this address (DNS rebinding) it can
//! read the answers, too. Browsers mark the origin of a request, and a page cannot change that.

use hyper::header::{CONTENT_TYPE, HOST, HeaderName, ORIGIN};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, StatusCode};

use crate::problem::Problem;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Refuses every request of a page.
pub(crate) fn refuse_pages(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.contains_key(ORIGIN) {
        return Err(forbidden(
            "the request has an Origin, as those of web pages have; this server is for programs on this machine",
        ));
    }
    // `none` marks an address that the user typed.
    let of_page = |site: &[u8]| !matches!(site, b"none" | b"same-origin");
    let mut sites = headers.get_all(SEC_FETCH_SITE).iter();
    if sites.any(|site| of_page(site.as_bytes())) {
        return Err(forbidden(
            "Sec-Fetch-Site says that a web page sent the request; this server is for programs on this machine",
        ));
    }
    Ok(())
}

/// Refuses a control request that is not addressed to this machine, or that a page's form could send.
pub(crate) fn admit_control(parts: &Parts, allowed_hosts: &[String]) -> Result<(), Problem> {
    let mut hosts = parts.headers.get_all(HOST).iter();
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => host.to_str().unwrap_or_default(),
        _ => return Err(forbidden("the request needs exactly one Host")),
    };
    let target = parts.uri.authority().map(|authority| authority.as_str());
    for host in [Some(host), target].into_iter().flatten() {
        if !is_allowed(host, allowed_hosts) {
            return Err(forbidden(format!(
                "the control API is not served for the host {host:?}; use localhost, 127.0.0.1 or [::1], or start the server with --allow-host"
            )));
        }
    }
    let writes = [Method::POST, Method::PUT].contains(&parts.method);
    if writes && !is_json(&parts.headers) {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!(
                "a {} to the control API needs Content-Type: application/json, with curl --json '...' or -H 'Content-Type: application/json'",
                parts.method
            ),
        ));
    }
    Ok(())
}

fn forbidden(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, detail)
}

/// Returns whether a Host, with or without a port, is this machine or an allowed name.
fn is_allowed(host: &str, allowed: &[String]) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        // An IPv6 address is in brackets, so its colons are not a port's.
        Some(_) if !host.ends_with(']') => return false,
        _ => host,
    };
    let name = name.to_ascii_lowercase();
    ["localhost", "127.0.0.1", "[::1]"].contains(&name.as_str())
        || name.ends_with(".localhost")
        || allowed.iter().any(|host| host.eq_ignore_ascii_case(&name))
}

fn is_json(headers: &HeaderMap) -> bool {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(media_type), None) = (types.next(), types.next()) else {
        return false;
    };
    let media_type = media_type.to_str().unwrap_or_default();
    let essence = media_type.split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case("application/json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_names_are_allowed_with_any_port() {
        let allowed = ["devserver".to_owned()];
        for host in [
            "localhost",
            "LOCALHOST:8080",
            "127.0.0.1",
            "127.0.0.1:1",
            "[::1]",
            "[::1]:8080",
            "hookrail.localhost:80",
            "localhost:",
            "DevServer:8080",
        ] {
            assert!(is_allowed(host, &allowed), "{host}");
        }
        for host in [
            "",
            ":8080",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "evillocalhost",
            "127.0.0.2",
            "0.0.0.0",
            "localhost:8080.evil.example",
            "localhost:80@evil.example",
            "localhost@evil.example",
            "::1",
            "[::1",
            "[::2]",
            "[::1]evil",
            "devserver.evil.example",
        ] {
            assert!(!is_allowed(host, &allowed), "{host}");
        }
    }
}
