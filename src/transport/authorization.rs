//! The API key on its way into requests.

use std::fmt;
use std::sync::Arc;

use memchr::memchr;
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
    /// that it got, and answers become part of errors. Keys so short that they may be a part of any
    /// text stay.
    pub fn hide_in(&self, answer: &mut [u8]) {
        const SHORTEST: usize = 6;

        let key = &self.line()[NAME_AND_SCHEME.len()..self.0.len() - LINE_END.len()];
        if key.len() < SHORTEST {
            return;
        }
        // Not memmem: preparing a search takes longer than looking through a usual answer.
        let mut from = 0;
        while let Some(found) = memchr(key[0], &answer[from..]) {
            let at = from + found;
            if answer[at..].starts_with(key) {
                answer[at..][..key.len()].fill(b'*');
                from = at + key.len();
            } else {
                from = at + 1;
            }
        }
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
    fn keys_that_are_no_secret_or_hide_themselves_change_nothing() {
        for key in ["e", "short", "********"] {
            let mut answer = *b"short ******** texts";
            Authorization::new(key).hide_in(&mut answer);
            assert_eq!(&answer, b"short ******** texts", "{key}");
        }
    }
}
