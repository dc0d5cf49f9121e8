//! Removes keys from the ledger, because the ledger is shown.

use hyper::header::{AUTHORIZATION, PROXY_AUTHORIZATION};

use crate::record::sha256_hex;

/// The number of hex digits of a digest that distinguish keys.
pub(crate) const FINGERPRINT: usize = 16;

/// Returns the value of an `Authorization` header for the ledger: the scheme, and in place of the key the first 16 hex
/// digits of its SHA-256. The ledger names an event's producer by these digits, too.
pub fn redacted(authorization: &str) -> String {
    let fingerprint = |key: &str| format!("sha256:{}", &sha256_hex(key.as_bytes())[..FINGERPRINT]);
    match authorization.split_once(' ') {
        Some((scheme, key)) => format!("{scheme} {}", fingerprint(key)),
        None => fingerprint(authorization),
    }
}

/// Returns whether a header field holds a key. Its name must be in lower case.
pub(crate) fn is_secret(name: &str) -> bool {
    [AUTHORIZATION.as_str(), PROXY_AUTHORIZATION.as_str()].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_told_from_others_and_not_shown() {
        assert_eq!(redacted("Bearer hk_dev"), "Bearer sha256:a789be255460cd2d");
        assert_ne!(redacted("Bearer hk_dev"), redacted("Bearer hk_dev "));
        for value in [
            "hk_secret",
            "Bearer hk_secret",
            "Basic  hk_secret",
            " hk_secret",
            "a hk_secret b",
        ] {
            assert!(!redacted(value).contains("hk_secret"), "{value}");
        }
    }
}
