//! The input and output buffers of one connection.

use ureq::unversioned::transport::Buffers;
use zeroize::Zeroize;

/// Enough for the head and the body of a usual request, so that both leave in one write.
const OUTPUT_SIZE: usize = 16 * 1024;
const INPUT_START: usize = 4 * 1024;
/// Twice what the head of a response may take.
const INPUT_MAX: usize = 2 * super::MAX_RESPONSE_HEAD;

/// Buffers that collect output until it is worth a write, and that grow with the input.
///
/// The output holds the API key, so it is wiped once it has left.
pub struct ConnectionBuffers {
    input: Vec<u8>,
    consumed: usize,
    filled: usize,
    progress: bool,
    output: Vec<u8>,
    pending: usize,
}

impl ConnectionBuffers {
    pub fn new() -> Self {
        ConnectionBuffers {
            input: Vec::new(),
            consumed: 0,
            filled: 0,
            progress: false,
            output: Vec::new(),
            pending: 0,
        }
    }

    /// Takes note of `amount` more bytes of output; tells whether the buffer should be written out
    /// before more comes.
    pub fn output_added(&mut self, amount: usize) -> bool {
        self.pending += amount;
        self.pending > OUTPUT_SIZE / 2
    }

    /// The output that was not written yet.
    pub fn pending_output(&self) -> &[u8] {
        &self.output[..self.pending]
    }

    /// Forgets the output.
    pub fn clear_output(&mut self) {
        self.output[..self.pending].zeroize();
        self.pending = 0;
    }

    /// Takes note of input that came while the request was still being written. Before it is looked at,
    /// the rest of the request has to go out.
    pub fn input_came_early(&mut self, amount: usize) {
        self.filled += amount;
        self.progress = false;
    }

    fn make_room_for_input(&mut self) {
        if self.consumed > 0 {
            self.input.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
        }
        if self.filled == self.input.len() && self.input.len() < INPUT_MAX {
            let size = (self.input.len() * 2).clamp(INPUT_START, INPUT_MAX);
            self.input.resize(size, 0);
        }
    }

    fn make_room_for_output(&mut self) {
        if self.output.is_empty() {
            self.output.resize(OUTPUT_SIZE, 0);
        }
    }
}

impl Buffers for ConnectionBuffers {
    fn output(&mut self) -> &mut [u8] {
        self.make_room_for_output();
        &mut self.output[self.pending..]
    }

    fn input(&self) -> &[u8] {
        &self.input[self.consumed..self.filled]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.make_room_for_input();
        &mut self.input[self.filled..]
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled += amount;
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.consumed += amount;
        if self.consumed == self.filled {
            self.consumed = 0;
            self.filled = 0;
        }
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.make_room_for_input();
        self.make_room_for_output();
        (
            &mut self.input[self.filled..],
            &mut self.output[self.pending..],
        )
    }

    fn can_use_input(&self) -> bool {
        self.consumed < self.filled && self.progress
    }
}

impl Drop for ConnectionBuffers {
    fn drop(&mut self) {
        self.output.zeroize();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_is_collected_until_it_is_cleared_and_then_wiped() {
        let mut buffers = ConnectionBuffers::new();
        buffers.output()[..4].copy_from_slice(b"head");
        assert!(!buffers.output_added(4));
        buffers.output()[..4].copy_from_slice(b"body");
        assert!(!buffers.output_added(4));
        assert_eq!(buffers.pending_output(), b"headbody");
        buffers.clear_output();
        assert_eq!(buffers.pending_output(), b"");
        assert_eq!(&buffers.output()[..8], &[0; 8]);
    }

    #[test]
    fn input_keeps_what_was_not_consumed() {
        let mut buffers = ConnectionBuffers::new();
        buffers.input_append_buf()[..6].copy_from_slice(b"abcdef");
        buffers.input_appended(6);
        buffers.input_consume(2);
        assert!(buffers.can_use_input());
        assert_eq!(buffers.input(), b"cdef");
        let room = buffers.input_append_buf();
        room[..2].copy_from_slice(b"gh");
        buffers.input_appended(2);
        assert_eq!(buffers.input(), b"cdefgh");
        buffers.input_consume(0);
        assert!(!buffers.can_use_input());
    }

    #[test]
    fn input_grows_to_its_limit_and_no_further() {
        let mut buffers = ConnectionBuffers::new();
        let mut total = 0;
        loop {
            let room = buffers.input_append_buf().len();
            if room == 0 {
                break;
            }
            buffers.input_appended(room);
            total += room;
        }
        assert_eq!(total, INPUT_MAX);
    }
}
