//! The API key on its way into requests.

use std::fmt;
use std::sync::Arc;

use memchr::memchr2;
use zeroize::Zeroizing;

const NAME_AND_SCHEME: &str = "authorization: Bearer ";
const LINE_END: &str = "\r\n";

/// The header line with the API key, shared by a client's connections and wiped with the last of them.
///
/// The HTTP library never sees it: it would keep copies, and it logs what it writes at its lowest level.
#[derive(Clone)]
pub struct Authorization(Arc<Zeroizing<String>>);

impl Authorization {
    pub fn new(api_key: &str) -> Self {
        let line = [NAME_AND_SCHEME, api_key, LINE_END].concat();
        Authorization(Arc::new(Zeroizing::new(line)))
    }

    /// The whole line with its end.
    pub fn line(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// Hides the key in an answer: what stands between client and service may answer with the request
    /// that it got, and answers become part of errors. Also where JSON spells it with escapes, which
    /// would come out as the key. Keys so short that they may be a part of any text stay.
    pub fn hide_in(&self, answer: &mut [u8]) {
        const SHORTEST: usize = 6;

        let key = &self.line()[NAME_AND_SCHEME.len()..self.0.len() - LINE_END.len()];
        if key.len() < SHORTEST {
            return;
        }
        // Not memmem: preparing a search takes longer than looking through a usual answer.
        let mut from = 0;
        while let Some(found) = memchr2(key[0], b'\\', &answer[from..]) {
            let at = from + found;
            from = match spelled(key, &answer[at..]) {
                Some(length) => {
                    answer[at..][..length].fill(b'*');
                    at + length
                }
                None => at + 1,
            };
        }
    }
}

/// How many bytes of `text` spell the key at its beginning, if they do.
fn spelled(key: &[u8], text: &[u8]) -> Option<usize> {
    let mut at = 0;
    for byte in key {
        let rest = &text[at..];
        at += match escape(rest) {
            Some((escaped, length)) if escaped == u32::from(*byte) => length,
            _ if rest.first() == Some(byte) => 1,
            _ => return None,
        };
    }
    Some(at)
}

/// The character of the JSON escape at the beginning of a text, and its length. Only of those that can stand
/// for a visible one.
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
        let authorization = Authorization::new("hk_secret");
        let mut answer = *b"hk_secret, hk_secrethk_secret; hk_secre";
        authorization.hide_in(&mut answer);
        assert_eq!(&answer, b"*********, ******************; hk_secre");
        assert_eq!(format!("{authorization:?}"), "Authorization(redacted)");
    }

    #[test]
    fn the_key_is_hidden_in_any_spelling_of_json() {
        let authorization = Authorization::new("hk/a\\b\"c");
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
            Authorization::new(key).hide_in(&mut answer);
            assert_eq!(&answer, b"short ******** texts", "{key}");
        }
    }
}
