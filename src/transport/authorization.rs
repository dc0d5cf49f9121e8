//! The header lines with the API key and with the credentials for a proxy.

use std::fmt;
use std::ops::Range;

use memchr::memchr2;
use zeroize::Zeroizing;

const NAME_AND_SCHEME: &str = "authorization: Bearer ";
const PROXY_NAME: &str = "proxy-authorization: ";
const LINE_END: &str = "\r\n";

/// The header lines with secrets, which are wiped when they are dropped.
pub struct Authorization {
    text: Zeroizing<String>,
    /// The positions of the secrets in the text.
    secrets: Vec<Range<usize>>,
}

impl Authorization {
    /// Returns the line with the API key. If a proxy forwards the requests, its value of `Proxy-Authorization` gets
    /// a line, too.
    pub fn new(api_key: &str, for_proxy: Option<&str>) -> Self {
        let key = NAME_AND_SCHEME.len()..NAME_AND_SCHEME.len() + api_key.len();
        let start = key.end + LINE_END.len() + PROXY_NAME.len();
        let (proxy_line, secret) = match for_proxy {
            Some(value) => {
                let scheme = value.find(' ').map_or(0, |space| space + 1);
                let secret = start + scheme..start + value.len();
                ([PROXY_NAME, value, LINE_END], Some(secret))
            }
            None => ([""; 3], None),
        };
        // The string is built in one piece. If it grew, it would leave secrets in freed memory.
        let text = [&[NAME_AND_SCHEME, api_key, LINE_END], &proxy_line[..]].concat();
        Authorization {
            text: Zeroizing::new(text.concat()),
            secrets: [key].into_iter().chain(secret).collect(),
        }
    }

    /// The lines with their line ends.
    pub fn lines(&self) -> &[u8] {
        self.text.as_bytes()
    }

    /// Replaces the secrets in an answer by stars. A gateway between client and service may answer with the request
    /// that it got, and answers become part of errors. Secrets in JSON escapes are replaced as well, because a reader
    /// would decode them. Very short secrets stay, because they may be a part of any text.
    pub fn hide_in(&self, answer: &mut [u8]) {
        for secret in &self.secrets {
            hide(&self.lines()[secret.clone()], answer);
        }
    }
}

/// Replaces a secret in an answer by stars, as [`Authorization::hide_in`].
pub(super) fn hide(secret: &[u8], answer: &mut [u8]) {
    const SHORTEST: usize = 6;

    if secret.len() < SHORTEST {
        return;
    }
    // memmem would be slower: its preparation takes longer than a look through a usual answer.
    let mut from = 0;
    while let Some(found) = memchr2(secret[0], b'\\', &answer[from..]) {
        let at = from + found;
        from = match spelled(secret, &answer[at..]) {
            Some(length) => {
                answer[at..][..length].fill(b'*');
                at + length
            }
            None => at + 1,
        };
    }
}

/// Returns the number of bytes that spell the secret at the beginning of `text`, if they do.
fn spelled(secret: &[u8], text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for byte in secret {
        let rest = &text[at..];
        at += match escape(rest) {
            Some((escaped, length)) if escaped == u32::from(*byte) => length,
            _ if rest.first() == Some(byte) => 1,
            _ => return None,
        };
    }
    Some(at)
}

/// Returns the character of the JSON escape at the beginning of a text, and the escape's length. Only escapes that
/// can stand for a visible character count.
fn escape(text: &[u8]) -> Option<(u32, usize)> {
    match text {
        [b'\\', b'u', digits @ ..] => {
            let digits = std::str::from_utf8(digits.get(..4)?).ok()?;
            Some((u32::from_str_radix(digits, 16).ok()?, 6))
        }
        [b'\\', escaped @ (b'"' | b'\\' | b'/'), ..] => Some((u32::from(*escaped), 2)),
        _ => None,
    }
}

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authorization(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_hidden_wherever_it_occurs() {
        let authorization = Authorization::new("hk_secret", None);
        let mut answer = *b"hk_secret, hk_secrethk_secret; hk_secre";
        authorization.hide_in(&mut answer);
        assert_eq!(&answer, b"*********, ******************; hk_secre");
        assert_eq!(format!("{authorization:?}"), "Authorization(redacted)");
    }

    #[test]
    fn a_proxys_line_follows_and_its_credentials_are_hidden_as_well() {
        let authorization = Authorization::new("hk_secret", Some("Basic dXNlcjpwYXNz"));
        assert_eq!(
            authorization.lines(),
            b"authorization: Bearer hk_secret\r\nproxy-authorization: Basic dXNlcjpwYXNz\r\n"
        );
        let mut answer = *b"Basic dXNlcjpwYXNz hk_secret";
        authorization.hide_in(&mut answer);
        assert_eq!(&answer, b"Basic ************ *********");
        assert_eq!(format!("{authorization:?}"), "Authorization(redacted)");
    }

    #[test]
    fn the_key_is_hidden_in_any_spelling_of_json() {
        let authorization = Authorization::new("hk/a\\b\"c", None);
        for spelling in [
            r#"hk/a\b"c"#,
            r#"hk\/a\\b\"c"#,
            r"\u0068\u006B\u002f\u0061\u005c\u0062\u0022\u0063",
            r#"hk\u002Fa\\b\u0022c"#,
        ] {
            let mut answer = [r"{\h \u0068k", spelling, r"\u00"].concat().into_bytes();
            let expected = [r"{\h \u0068k", &"*".repeat(spelling.len()), r"\u00"].concat();
            authorization.hide_in(&mut answer);
            assert_eq!(String::from_utf8_lossy(&answer), expected, "{spelling}");
        }
    }

    #[test]
    fn keys_that_are_no_secret_or_hide_themselves_change_nothing() {
        for key in ["e", "short", "********"] {
            let mut answer = *b"short ******** texts";
            Authorization::new(key, None).hide_in(&mut answer);
            assert_eq!(&answer, b"short ******** texts", "{key}");
        }
    }
}
