//! Text around a value that is no part of it.

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Removes the white space, quotes and brackets that files, shells and printed lists put around a value.
pub(super) fn trim_wrapping(mut value: &[u8]) -> &[u8] {
    while let [b'"' | b'\'' | b'[' | b']', rest @ ..] | [rest @ .., b'"' | b'\'' | b'[' | b']'] =
        value.trim_ascii()
    {
        value = rest;
    }
    value.trim_ascii()
}
