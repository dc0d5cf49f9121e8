//! Words for the names of variants.

/// Returns the name of a variant in words: `BadCertificateStatus { … }` is `bad certificate status`.
pub fn of_debug(variant: &str) -> String {
    let name = variant
        .split(|char: char| !char.is_ascii_alphanumeric())
        .next()
        .unwrap_or_default();
    let mut words = String::new();
    // Letters of an abbreviation, as in `UnknownCA`, stay together.
    let mut within_capitals = true;
    for char in name.chars() {
        if char.is_ascii_uppercase() && !within_capitals {
            words.push(' ');
        }
        within_capitals = char.is_ascii_uppercase();
        words.push(char.to_ascii_lowercase());
    }
    words
}
