//! Text of others in messages for people.
//!
//! What a peer, the environment or a caller hands in may stand in a message, and messages go into logs and
//! terminals: a line break there begins a forged line, an escape moves the cursor, and a mark that turns the
//! direction of text shows words in another order than they have.

use std::borrow::Cow;

/// The text with what cannot be seen, or changes how other text is seen, written as an escape: `\n`,
/// `\u{1b}`.
pub fn escaped(text: Cow<'_, str>) -> String {
    if !text.chars().any(is_hidden) {
        return text.into_owned();
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        if is_hidden(char) {
            shown.extend(char.escape_default());
        } else {
            shown.push(char);
        }
    }
    shown
}

/// Control characters (C0, DEL, C1), the separators of lines and paragraphs, and the marks that set the
/// direction of text.
fn is_hidden(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{2028}'
                | '\u{2029}'
                | '\u{061c}'
                | '\u{200e}'
                | '\u{200f}'
                | '\u{202a}'..='\u{202e}'
                | '\u{2066}'..='\u{2069}'
                | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_seen_stays() {
        for text in ["", "no topic", "Zoë 😀 \\n `x` \"y\" 'z'", "שלום"] {
            assert_eq!(escaped(text.into()), text);
        }
    }

    #[test]
    fn what_forges_lines_or_drives_terminals_is_escaped() {
        for (text, shown) in [
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[2J\u{7}\0", "\\u{1b}[2J\\u{7}\\u{0}"),
            ("\u{7f}\u{9b}31m\u{85}", "\\u{7f}\\u{9b}31m\\u{85}"),
            ("\u{2028}\u{2029}", "\\u{2028}\\u{2029}"),
            (
                "a\u{202e}b\u{2066}\u{200f}",
                "a\\u{202e}b\\u{2066}\\u{200f}",
            ),
        ] {
            assert_eq!(escaped(text.into()), shown);
        }
    }
}
