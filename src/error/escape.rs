//! Escaping of foreign text in messages.
//!
//! Text of a peer, of the environment or of a caller may stand in a message, and messages go into logs and
//! terminals. There a line break begins a forged line, an escape moves the cursor, and a direction mark shows
//! words in another order.

use std::borrow::Cow;

/// Returns the text with escapes (`\n`, `\u{1b}`) for invisible characters and for those that change how other
/// text is shown.
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

/// Returns whether a character is a control character (C0, DEL, C1), a line or paragraph separator, a direction
/// mark or the byte order mark.
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
    fn visible_text_is_unchanged() {
        for text in ["", "no topic", "Zoë 😀 \\n `x` \"y\" 'z'", "שלום"] {
            assert_eq!(escaped(text.into()), text);
        }
    }

    #[test]
    fn characters_that_forge_lines_or_drive_terminals_are_escaped() {
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
