//! The check of secrets.

use super::rejection::{Rejection, SecretFault};

/// The prefix of the service's secrets.
pub(super) const PREFIX: &[u8] = b"whsec_";

/// Refuses a secret that can be guessed, or that cannot be one that the service shows. `index` is its position,
/// counted from 0.
pub(crate) fn check(index: usize, secret: &[u8]) -> Result<(), Rejection> {
    match fault_of(secret) {
        Some(fault) => Err(Rejection::UnusableSecret { index, fault }),
        None => Ok(()),
    }
}

fn fault_of(secret: &[u8]) -> Option<SecretFault> {
    if secret.is_empty() {
        return Some(SecretFault::Empty);
    }
    let (in_front, behind) = white_space_around(secret);
    if in_front == secret.len() {
        return Some(SecretFault::Blank);
    }
    if in_front > 0 {
        return Some(SecretFault::WhiteSpaceInFront);
    }
    if behind > 0 {
        return Some(SecretFault::WhiteSpaceBehind);
    }
    if secret == PREFIX {
        return Some(SecretFault::OnlyPrefix);
    }
    let offset = secret.iter().position(u8::is_ascii_control)?;
    Some(SecretFault::ControlByte { offset })
}

/// Returns how many bytes of white space are at either end. In a secret that is text, all of Unicode's count: a
/// no-break space may come from a web page. Otherwise only ASCII's count.
fn white_space_around(secret: &[u8]) -> (usize, usize) {
    let len = secret.len();
    let (without_front, without_back) = match std::str::from_utf8(secret) {
        Ok(text) => (text.trim_start().len(), text.trim_end().len()),
        Err(_) => (
            secret.trim_ascii_start().len(),
            secret.trim_ascii_end().len(),
        ),
    };
    (len - without_front, len - without_back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_secrets_are_refused() {
        use SecretFault::*;

        for (secret, fault) in [
            (b"".as_slice(), Empty),
            (b" ", Blank),
            (b"\n", Blank),
            (b"\r\n\t ", Blank),
            ("\u{a0}\u{2003}".as_bytes(), Blank),
            (b"whsec_", OnlyPrefix),
            (b"whsec_\n", WhiteSpaceBehind),
            (b" whsec_a", WhiteSpaceInFront),
            (b"\nwhsec_a", WhiteSpaceInFront),
            (b" whsec_a ", WhiteSpaceInFront),
            ("\u{a0}whsec_a".as_bytes(), WhiteSpaceInFront),
            (b"whsec_a ", WhiteSpaceBehind),
            (b"whsec_a\r\n", WhiteSpaceBehind),
            (b"whsec_a\t", WhiteSpaceBehind),
            (b"whsec_a\x0b", WhiteSpaceBehind),
            (b"whsec_a\x0c", WhiteSpaceBehind),
            ("whsec_a\u{3000}".as_bytes(), WhiteSpaceBehind),
            (b"\xff\n", WhiteSpaceBehind),
            (b"\0", ControlByte { offset: 0 }),
            (b"whsec_a\0", ControlByte { offset: 7 }),
            (b"whsec_a\nwhsec_b", ControlByte { offset: 7 }),
            (b"a\x1fb", ControlByte { offset: 1 }),
            (b"a\x7f", ControlByte { offset: 1 }),
            (b"\xff\x80\0", ControlByte { offset: 2 }),
        ] {
            assert_eq!(fault_of(secret), Some(fault), "{secret:?}");
        }
    }

    #[test]
    fn short_and_unusual_secrets_are_accepted() {
        for secret in [
            b"k".as_slice(),
            b"whsec_a",
            b"whsec_whsec_",
            b"WHSEC_",
            b"_",
            b"two words",
            b"\"quoted\"",
            b"\xff\xfe\x80",
            b"\xef\xbb\xbfwhsec_a",
            "whsec_\u{e9}".as_bytes(),
        ] {
            assert_eq!(fault_of(secret), None, "{secret:?}");
        }
    }

    #[test]
    fn a_refusal_names_the_number_of_the_secret_and_nothing_of_its_text() {
        let rejection = check(2, b"whsec_q7Zx\n").unwrap_err();
        let message = rejection.to_string();
        assert!(
            message.starts_with("signing secret 3 ends with white space; remove it"),
            "{message}"
        );
        assert!(!message.contains("q7Zx"), "{message}");
        let debug = format!("{rejection:?}");
        assert!(!debug.contains("q7Zx"), "{debug}");
    }
}
