//! Hexadecimal digits.

/// Returns the two lower-case digits of a byte.
pub(super) fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [byte >> 4, byte & 0x0f].map(|digit| DIGITS[usize::from(digit)])
}
