//! The list of hosts that need no proxy, as curl reads it, with ports as in Go.

use std::net::IpAddr;

use crate::config::base_url::Host;

/// Returns whether `list` names this host and port.
///
/// The entries are separated by commas or white space:
/// - `*` names every host.
/// - A name, with or without a dot before it, names that host and all hosts below it; with `*.` before it, only the
///   hosts below it.
/// - An address or a CIDR block names addresses.
///
/// A port behind an entry restricts it. Any other entry names nothing. Quotation marks around the list are ignored:
/// files of variables may leave them there.
pub(super) fn exempts(list: &str, host: &Host, port: u16) -> bool {
    list.trim_matches(['"', '\''])
        .split(|char: char| char == ',' || char.is_ascii_whitespace())
        .any(|entry| entry == "*" || names(entry, host, port))
}

fn names(entry: &str, host: &Host, port: u16) -> bool {
    let Some((entry, only_port)) = split_port(entry) else {
        return false;
    };
    if only_port.is_some_and(|only| only != port) {
        return false;
    }
    match host.address() {
        Some(address) => names_address(entry, address),
        None => names_name(entry, host.as_str()),
    }
}

/// Splits the port off an entry; `None` if something else is in its place.
fn split_port(entry: &str) -> Option<(&str, Option<u16>)> {
    if let Some(bracketed) = entry.strip_prefix('[') {
        let (address, rest) = bracketed.split_once(']')?;
        return match rest.strip_prefix(':') {
            Some(port) => Some((address, Some(port.parse().ok()?))),
            None => rest.is_empty().then_some((address, None)),
        };
    }
    match entry.split_once(':') {
        // Several colons mean an IPv6 address or block.
        Some((_, rest)) if rest.contains(':') => Some((entry, None)),
        Some((name, port)) => Some((name, Some(port.parse().ok()?))),
        None => Some((entry, None)),
    }
}

fn names_address(entry: &str, address: IpAddr) -> bool {
    let Some((network, bits)) = entry.split_once('/') else {
        return entry.parse() == Ok(address);
    };
    let Ok(bits) = bits.parse::<u32>() else {
        return false;
    };
    match (network.parse(), address) {
        (Ok(IpAddr::V4(network)), IpAddr::V4(address)) => {
            let difference = network.to_bits() ^ address.to_bits();
            bits <= 32 && difference.checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (Ok(IpAddr::V6(network)), IpAddr::V6(address)) => {
            let difference = network.to_bits() ^ address.to_bits();
            bits <= 128 && difference.checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

fn names_name(entry: &str, name: &str) -> bool {
    let (entry, below_only) = match entry.strip_prefix("*.") {
        Some(entry) => (entry, true),
        None => (entry, false),
    };
    let entry = entry.strip_prefix('.').unwrap_or(entry);
    let entry = entry
        .strip_suffix('.')
        .unwrap_or(entry)
        .to_ascii_lowercase();
    let name = name.strip_suffix('.').unwrap_or(name);
    match name.strip_suffix(entry.as_str()) {
        Some("") => !entry.is_empty() && !below_only,
        Some(above) => !entry.is_empty() && above.ends_with('.'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::base_url::BaseUrl;

    #[track_caller]
    fn check(list: &str, url: &str, expected: bool) {
        let base = BaseUrl::parse(url).unwrap();
        let actual = exempts(list, base.parsed_host(), base.port());
        assert_eq!(actual, expected, "{list:?} for {url}");
    }

    #[test]
    fn a_star_names_everything() {
        for url in ["http://a.example", "http://1.2.3.4", "http://[::1]"] {
            check("*", url, true);
            check("b.example, *", url, true);
            check("*.other,", url, false);
        }
    }

    #[test]
    fn a_name_names_its_host_and_the_hosts_below() {
        for list in [
            "example.com",
            ".example.com",
            "Example.COM.",
            "x,example.com y",
        ] {
            check(list, "http://example.com", true);
            check(list, "http://a.b.example.com", true);
            check(list, "http://EXAMPLE.com.", true);
            check(list, "http://badexample.com", false);
            check(list, "http://example.com.evil.org", false);
            check(list, "http://com", false);
        }
    }

    #[test]
    fn a_star_before_a_name_names_only_the_hosts_below() {
        for list in ["*.company.com", "x, *.Company.COM.", "\"a,*.company.com\""] {
            check(list, "http://hooks.company.com", true);
            check(list, "http://a.b.company.com.", true);
            check(list, "http://company.com", false);
            check(list, "http://badcompany.com", false);
            check(list, "http://hooks.company.com.evil.org", false);
        }
        check("*.company.com:8080", "http://hooks.company.com:8080", true);
        check("*.company.com:8080", "http://hooks.company.com", false);
        for list in ["*.", "*..", "*company.com", "*.*"] {
            check(list, "http://hooks.company.com", false);
        }
        check("*.2.3.4", "http://1.2.3.4", false);
    }

    #[test]
    fn quotation_marks_around_the_list_are_ignored() {
        for list in ["\"a,b\"", "'a,b'"] {
            check(list, "http://a", true);
            check(list, "http://b", true);
        }
    }

    #[test]
    fn entries_are_separated_by_commas_and_white_space() {
        for list in ["a,b", "a b", "a ,\tb", "a,,b", " a\nb "] {
            check(list, "http://a", true);
            check(list, "http://b", true);
            check(list, "http://c", false);
        }
        for list in ["", " ", ",", ".", ".."] {
            check(list, "http://a", false);
            check(list, "http://a.", false);
        }
    }

    #[test]
    fn addresses_name_only_addresses() {
        check("1.2.3.4", "http://1.2.3.4", true);
        check("1.2.3.4", "http://1.2.3.5", false);
        check("3.4", "http://1.2.3.4", false);
        check(".2.3.4", "http://1.2.3.4", false);
        check("::1", "http://[::1]", true);
        check("[::1]", "http://[::1]", true);
        check("0:0::1", "http://[::1]", true);
        check("::1", "http://[::2]", false);
        check("1.2.3.4", "http://a.example", false);
    }

    #[test]
    fn blocks_name_the_addresses_in_them() {
        check("10.0.0.0/8", "http://10.255.0.1", true);
        check("10.0.0.0/8", "http://11.0.0.1", false);
        check("10.1.2.3/32", "http://10.1.2.3", true);
        check("10.1.2.3/32", "http://10.1.2.2", false);
        check("10.1.2.2/31", "http://10.1.2.3", true);
        check("0.0.0.0/0", "http://10.1.2.3", true);
        check("0.0.0.0/0", "http://[::1]", false);
        check("fe80::/10", "http://[febf::1]", true);
        check("fe80::/10", "http://[fec0::1]", false);
        check("::/0", "http://[::1]", true);
        check("::1/128", "http://[::1]", true);
        check("[fe80::/10]", "http://[fe80::1]", true);
        for malformed in ["10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10/8", "::/129"] {
            check(malformed, "http://10.0.0.1", false);
            check(malformed, "http://[::1]", false);
        }
    }

    #[test]
    fn a_port_restricts_an_entry() {
        check("a.example:8080", "http://a.example:8080", true);
        check("a.example:8080", "http://b.a.example:8080", true);
        check("a.example:8080", "http://a.example", false);
        check("a.example:80", "http://a.example", true);
        check("a.example:443", "https://a.example", true);
        check("1.2.3.4:81", "http://1.2.3.4:81", true);
        check("1.2.3.4:81", "http://1.2.3.4", false);
        check("10.0.0.0/8:81", "http://10.0.0.1:81", true);
        check("[::1]:81", "http://[::1]:81", true);
        check("[::1]:81", "http://[::1]:82", false);
        for malformed in [
            "a.example:",
            "a.example:x",
            "a.example:99999",
            "[::1]x",
            "[::1",
        ] {
            check(malformed, "http://a.example", false);
            check(malformed, "http://[::1]", false);
        }
    }
}
