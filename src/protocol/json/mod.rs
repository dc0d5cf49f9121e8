//! JSON at the level of bytes: checks that a payload is exactly one value that the service can store.
//!
//! The scanner is the library's own because no JSON crate makes this check: `serde_json` skips values without
//! checking surrogates, reports lines and columns instead of offsets, and its typed parsing stops at 128 levels.
//! The scanner is as fast as that skipping, and the tests compare the two.

pub(super) mod fault;
mod numeric;
pub(crate) mod object;
mod scanner;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub use self::fault::MAX_DEPTH;
use self::fault::{Reason, Scan, fault};
use crate::error::{Error, Result};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Checks that `payload` is exactly one JSON value (RFC 8259) in UTF-8 that the service can store.
///
/// White space around the value is allowed. Besides everything that is not JSON, these are refused: a byte order
/// mark, the escape `\u0000`, lone surrogate escapes, numbers of 10^131072 and more or with more than 16,383
/// decimal places, and more than [`MAX_DEPTH`](fault::MAX_DEPTH) levels. The service reports such a payload as its own
/// failure, so no retry would help. It takes more levels than that, but no receiver should have to.
///
/// Returns the payload's own ordering key (protocol §1), the member `ordering_key` of an object, unless it is empty.
pub fn read_payload(payload: &[u8]) -> Result<Option<String>> {
    let key = scan(payload).map_err(|fault| {
        Error::invalid_argument(format!(
            "the payload must be exactly one JSON value: {} at byte offset {}",
            fault.reason.describe(payload, fault.at),
            fault.at
        ))
    })?;
    let key = key.and_then(|json| serde_json::from_slice::<String>(json).ok());
    Ok(key.filter(|key| !key.is_empty()))
}

/// Returns the JSON of the payload's member `ordering_key`, if it has one that is a string.
fn scan(payload: &[u8]) -> Scan<Option<&[u8]>> {
    if payload.is_empty() {
        return fault(0, Reason::Empty);
    }
    if payload.starts_with(BYTE_ORDER_MARK) {
        return fault(0, Reason::ByteOrderMark);
    }
    if let Err(error) = std::str::from_utf8(payload) {
        return fault(error.valid_up_to(), Reason::InvalidUtf8);
    }
    scanner::document(payload)
}
