//! Checks of the values that become headers or parts of the URL.
//!
//! The checks are strict. No value may end a header line, be changed on the way (a proxy that strips a space makes
//! another idempotency key), or get a 400 from the service that a check here can foresee.

use crate::error::{Error, Result};

/// The longest API key, in bytes.
pub const MAX_API_KEY: usize = 512;
/// The longest idempotency key, in bytes.
pub const MAX_IDEMPOTENCY_KEY: usize = 255;
/// The longest ordering key, in bytes: the service's default.
pub const MAX_ORDERING_KEY: usize = 256;
/// The longest topic, in characters.
pub const MAX_TOPIC: usize = 256;
/// The longest event id, in bytes.
pub const MAX_EVENT_ID: usize = 256;
/// The longest user-agent suffix, in characters.
pub const MAX_USER_AGENT_SUFFIX: usize = 256;

/// The message for a setting that [`is_quoted`].
pub(crate) const QUOTED: &str = "has a quotation mark at its beginning or end, which is part of the value here (a \
     shell removes such marks, docker's --env-file does not): write it without";

/// Returns whether a setting still has the quotation marks that a shell removes.
pub(crate) fn is_quoted(setting: &str) -> bool {
    setting.starts_with(['"', '\'']) || setting.ends_with(['"', '\''])
}

/// Checks an API key. The error says where the key is wrong but never quotes any of it.
pub fn api_key(key: &[u8]) -> Result<&str> {
    if key.is_empty() {
        return Err(Error::configuration(
            "the API key is empty: a producer key (hk_…) is needed",
        ));
    }
    if key.len() > MAX_API_KEY {
        return Err(Error::configuration(too_long("API key", key, MAX_API_KEY)));
    }
    match ascii(key, |byte| byte.is_ascii_graphic()) {
        // The service's keys (hk_…) have none. Its answer would be a 401, which may also mean an outage.
        Ok(key) if is_quoted(key) => Err(Error::configuration(format!("the API key {QUOTED}"))),
        Ok(key) => Ok(key),
        Err(at) => {
            let kind = match key[at] {
                b' ' | b'\t' | b'\r' | b'\n' => "white space",
                byte if byte.is_ascii() => "a control byte",
                _ => "a byte that is not ASCII",
            };
            Err(Error::configuration(format!(
                "the API key has {kind} at byte offset {at}: only visible ASCII characters are \
                 possible (was it read from a file together with the line's end?)"
            )))
        }
    }
}

/// Checks an idempotency key of the caller.
pub fn idempotency_key(key: &[u8]) -> Result<&str> {
    header_key("idempotency key", key, MAX_IDEMPOTENCY_KEY)
}

/// Checks an ordering key.
pub fn ordering_key(key: &[u8]) -> Result<&str> {
    header_key("ordering key", key, MAX_ORDERING_KEY)
}

fn header_key<'a>(name: &str, key: &'a [u8], max: usize) -> Result<&'a str> {
    if key.is_empty() {
        return Err(Error::invalid_argument(format!(
            "the {name} is empty: leave it out or give it at least one character"
        )));
    }
    if key.len() > max {
        return Err(Error::invalid_argument(too_long(name, key, max)));
    }
    // The service takes UTF-8 too, but a proxy may read header values beyond ASCII as Latin-1 or refuse them, and a
    // key that is changed on the way is another key.
    let key = ascii(key, |byte| byte.is_ascii_graphic() || byte == b' ').map_err(|at| {
        Error::invalid_argument(format!(
            "the {name} has the byte 0x{:02x} at byte offset {at}: only visible ASCII characters \
             (0x21 to 0x7e) and spaces inside are possible",
            key[at]
        ))
    })?;
    if key.trim() != key {
        return Err(Error::invalid_argument(format!(
            "the {name} begins or ends with a space, which HTTP does not keep: leave it out"
        )));
    }
    Ok(key)
}

/// Checks a topic.
pub fn topic(topic: &[u8]) -> Result<&str> {
    if topic.is_empty() {
        return Err(Error::invalid_argument(
            "the topic is empty: an event needs one, such as `orders.created`",
        ));
    }
    if topic.len() > MAX_TOPIC * char::MAX.len_utf8() {
        return Err(Error::invalid_argument(format!(
            "the topic is {} bytes long: at most {MAX_TOPIC} characters are possible",
            topic.len()
        )));
    }
    let text = utf8("topic", topic)?;
    if let Some((at, control)) = text.char_indices().find(|(_, char)| char.is_control()) {
        return Err(Error::invalid_argument(format!(
            "the topic has the control character U+{:04X} at byte offset {at}: none are possible",
            u32::from(control)
        )));
    }
    if text.len() > MAX_TOPIC {
        let length = text.chars().count();
        if length > MAX_TOPIC {
            return Err(Error::invalid_argument(format!(
                "the topic is {length} characters long: at most {MAX_TOPIC} are possible"
            )));
        }
    }
    Ok(text)
}

/// Checks an event id.
pub fn event_id(id: &[u8]) -> Result<&str> {
    if id.is_empty() {
        return Err(Error::invalid_argument(
            "the event id is empty: pass the one that the service returned for the send",
        ));
    }
    if id.len() > MAX_EVENT_ID {
        return Err(Error::invalid_argument(too_long(
            "event id",
            id,
            MAX_EVENT_ID,
        )));
    }
    let text = utf8("event id", id)?;
    // Percent-encoding keeps dots, and the resolution of the URL's path would remove these two.
    if matches!(text, "." | "..") {
        return Err(Error::invalid_argument(format!(
            "the event id `{text}` names no event: pass the one that the service returned for the \
             send"
        )));
    }
    Ok(text)
}

/// Checks a program's own part of the `User-Agent` header, such as `shop/2.1 (worker)`.
pub fn user_agent_suffix(suffix: &[u8]) -> Result<&str> {
    if suffix.is_empty() {
        return Err(Error::invalid_argument(
            "the user-agent suffix is empty: leave it out or name the program, as in `shop/2.1`",
        ));
    }
    if suffix.len() > MAX_USER_AGENT_SUFFIX {
        return Err(Error::invalid_argument(too_long(
            "user-agent suffix",
            suffix,
            MAX_USER_AGENT_SUFFIX,
        )));
    }
    let text = ascii(suffix, |byte| byte.is_ascii_graphic() || byte == b' ').map_err(|at| {
        Error::invalid_argument(format!(
            "the user-agent suffix has the byte 0x{:02x} at byte offset {at}: only visible ASCII \
             characters and spaces are possible",
            suffix[at]
        ))
    })?;
    if text.trim() != text {
        return Err(Error::invalid_argument(
            "the user-agent suffix begins or ends with a space: leave it out",
        ));
    }
    Ok(text)
}

fn too_long(name: &str, value: &[u8], max: usize) -> String {
    let length = value.len();
    format!("the {name} is {length} bytes long: at most {max} are possible")
}

/// Returns the bytes as text if all are allowed, else the offset of the first that is not.
fn ascii(bytes: &[u8], allowed: impl Fn(u8) -> bool) -> std::result::Result<&str, usize> {
    match bytes.iter().position(|&byte| !allowed(byte)) {
        Some(at) => Err(at),
        None => std::str::from_utf8(bytes).map_err(|error| error.valid_up_to()),
    }
}

fn utf8<'a>(name: &str, bytes: &'a [u8]) -> Result<&'a str> {
    std::str::from_utf8(bytes).map_err(|error| {
        Error::invalid_argument(format!(
            "the {name} is not valid UTF-8 at byte offset {}",
            error.valid_up_to()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Status;

    type Check = fn(&[u8]) -> Result<&str>;

    #[track_caller]
    fn refused(check: Check, value: impl AsRef<[u8]>, status: Status, parts: &[&str]) {
        let error = check(value.as_ref()).expect_err("the value must be refused");
        assert_eq!(error.status(), status, "{error}");
        for part in parts {
            assert!(error.message().contains(part), "{part:?} not in {error}");
        }
    }

    #[test]
    fn keys_are_visible_ascii() {
        let visible: Vec<u8> = (0x21..=0x7e).collect();
        for check in [api_key as Check, idempotency_key, ordering_key] {
            assert_eq!(check(&visible).unwrap().as_bytes(), visible);
            for byte in (0..0x20).chain(0x7f..=0xff) {
                let error = check(&[b'a', byte, b'b']).expect_err("not visible ASCII");
                assert!(error.message().contains("byte offset 1"), "{error}");
            }
        }
    }

    #[test]
    fn keys_may_have_spaces_inside_and_api_keys_may_not() {
        for check in [idempotency_key as Check, ordering_key] {
            for key in ["order 42", "a  b", "a b c d"] {
                assert_eq!(check(key.as_bytes()).unwrap(), key);
            }
            for key in [" a", "a ", " ", "  a b"] {
                refused(
                    check,
                    key,
                    Status::InvalidArgument,
                    &["begins or ends with a space"],
                );
            }
        }
        refused(
            api_key,
            "a b",
            Status::Configuration,
            &["white space at byte offset 1"],
        );
    }

    #[test]
    fn keys_have_a_least_and_a_greatest_length() {
        let cases: [(Check, usize, Status); 3] = [
            (api_key, MAX_API_KEY, Status::Configuration),
            (
                idempotency_key,
                MAX_IDEMPOTENCY_KEY,
                Status::InvalidArgument,
            ),
            (ordering_key, MAX_ORDERING_KEY, Status::InvalidArgument),
        ];
        for (check, max, status) in cases {
            assert!(check(b"k").is_ok());
            assert!(check(&vec![b'k'; max]).is_ok());
            let length = (max + 1).to_string();
            refused(
                check,
                vec![b'k'; max + 1],
                status,
                &[&length, &max.to_string()],
            );
            refused(check, "", status, &["empty"]);
        }
    }

    #[test]
    fn an_api_key_in_quotation_marks_is_refused() {
        for key in ["\"hk_secret\"", "'hk_secret'", "\"hk_secret", "hk_secret'"] {
            let parts = ["the API key has a quotation mark", "without"];
            refused(api_key, key, Status::Configuration, &parts);
            let error = api_key(key.as_bytes()).unwrap_err();
            assert!(!error.message().contains("secret"), "{error}");
        }
        assert!(api_key(b"hk_a\"b'c").is_ok());
    }

    #[test]
    fn the_error_names_the_wrong_byte_of_a_key_that_is_not_secret() {
        let wrong = "a\r\nX: y";
        let parts = ["idempotency key", "0x0d", "offset 1", "visible ASCII"];
        refused(idempotency_key, wrong, Status::InvalidArgument, &parts);
        let parts = ["ordering key", "0xc3", "offset 2"];
        refused(ordering_key, "ab\u{e9}", Status::InvalidArgument, &parts);
    }

    #[test]
    fn an_api_key_is_never_quoted() {
        for (key, kind) in [
            (&b"hk_secret\n"[..], "white space at byte offset 9"),
            (b"hk_secret\x00", "a control byte at byte offset 9"),
            (b"hk_secret\xff", "not ASCII at byte offset 9"),
            (&[b"hk_secret", &[b'x'; 600][..]].concat(), "609 bytes"),
        ] {
            let error = api_key(key).expect_err("the key must be refused");
            assert!(error.message().contains(kind), "{error}");
            assert!(!format!("{error:?}").contains("secret"), "{error:?}");
        }
    }

    #[test]
    fn topics_are_text_without_control_characters() {
        for valid in [
            "a",
            "orders.created",
            "Aufträge/neu 😀",
            "\"q\\\"",
            &"é".repeat(256),
        ] {
            assert_eq!(topic(valid.as_bytes()).unwrap(), valid);
        }
        let status = Status::InvalidArgument;
        refused(topic, "", status, &["empty"]);
        refused(topic, b"ab\xff", status, &["UTF-8", "offset 2"]);
        refused(topic, "a\0b", status, &["U+0000", "offset 1"]);
        refused(topic, "a\u{7f}", status, &["U+007F"]);
        refused(topic, "é\u{85}", status, &["U+0085", "offset 2"]);
        refused(topic, "é".repeat(257), status, &["257 characters", "256"]);
    }

    #[test]
    fn event_ids_cannot_change_the_path() {
        for valid in ["01J0ZZZZZZZZZZZZZZZZZZZZZZ", "a/b", "...", "é"] {
            assert_eq!(event_id(valid.as_bytes()).unwrap(), valid);
        }
        let status = Status::InvalidArgument;
        refused(event_id, "", status, &["empty"]);
        refused(event_id, ".", status, &["`.`"]);
        refused(event_id, "..", status, &["`..`"]);
        refused(event_id, b"a\xc3", status, &["UTF-8", "offset 1"]);
        refused(event_id, "x".repeat(257), status, &["257", "256"]);
    }

    #[test]
    fn user_agent_suffixes_are_one_line_of_ascii() {
        for valid in ["shop/2.1", "shop/2.1 (worker; queue=a)", &"x".repeat(256)] {
            assert_eq!(user_agent_suffix(valid.as_bytes()).unwrap(), valid);
        }
        let status = Status::InvalidArgument;
        refused(user_agent_suffix, "", status, &["empty"]);
        refused(
            user_agent_suffix,
            "a\r\nX: y",
            status,
            &["0x0d", "offset 1"],
        );
        refused(
            user_agent_suffix,
            "caf\u{e9}",
            status,
            &["0xc3", "offset 3"],
        );
        refused(user_agent_suffix, " a", status, &["space"]);
        refused(user_agent_suffix, "a ", status, &["space"]);
        refused(user_agent_suffix, "x".repeat(257), status, &["257", "256"]);
    }
}
