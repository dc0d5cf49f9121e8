//! The input of a connection.

use super::response_limits::MAX_RESPONSE_HEAD;

const START: usize = 4 * 1024;
/// Twice the longest head of a response.
const MAX: usize = 2 * MAX_RESPONSE_HEAD;

/// A buffer that grows with the input, up to a limit.
#[derive(Default)]
pub struct InputBuffer {
    bytes: Vec<u8>,
    consumed: usize,
    filled: usize,
}

impl InputBuffer {
    /// The input that was not consumed yet.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.consumed..self.filled]
    }

    /// Returns room for more input; none if the limit is reached.
    pub fn room(&mut self) -> &mut [u8] {
        if self.consumed > 0 {
            self.bytes.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
        }
        if self.filled == self.bytes.len() && self.bytes.len() < MAX {
            let size = (self.bytes.len() * 2).clamp(START, MAX);
            self.bytes.resize(size, 0);
        }
        &mut self.bytes[self.filled..]
    }

    /// Adds `amount` bytes, which were written into the room.
    pub fn added(&mut self, amount: usize) {
        self.filled += amount;
    }

    /// Drops the first `amount` bytes.
    pub fn consume(&mut self, amount: usize) {
        self.consumed += amount;
        if self.consumed == self.filled {
            self.consumed = 0;
            self.filled = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn input_keeps_what_was_not_consumed() {
        let mut input = InputBuffer::default();
        input.room()[..6].copy_from_slice(b"abcdef");
        input.added(6);
        input.consume(2);
        assert_eq!(input.bytes(), b"cdef");
        input.room()[..2].copy_from_slice(b"gh");
        input.added(2);
        assert_eq!(input.bytes(), b"cdefgh");
        input.consume(6);
        assert_eq!(input.bytes(), b"");
    }

    #[test]
    fn input_grows_to_its_limit_and_no_further() {
        let mut input = InputBuffer::default();
        let mut total = 0;
        loop {
            let room = input.room().len();
            if room == 0 {
                break;
            }
            input.added(room);
            total += room;
        }
        assert_eq!(total, MAX);
    }
}
