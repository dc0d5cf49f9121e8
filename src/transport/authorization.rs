//! The API key on its way into requests.

use std::fmt;
use std::sync::Arc;

use memchr::memmem;
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
        let finder = memmem::Finder::new(key);
        let mut rest = answer;
        while let Some(at) = finder.find(rest) {
            let (before, after) = rest.split_at_mut(at + key.len());
            before[at..].fill(b'*');
            rest = after;
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
