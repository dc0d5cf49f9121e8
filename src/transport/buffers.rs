//! The input and output buffers of one connection.

use memchr::memchr;
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
    /// The room for what a request is completed with.
    extra: usize,
}

impl ConnectionBuffers {
    /// Buffers for requests that are completed with at most `extra` bytes.
    pub fn new(extra: usize) -> Self {
        ConnectionBuffers {
            input: Vec::new(),
            consumed: 0,
            filled: 0,
            progress: false,
            output: Vec::new(),
            pending: 0,
            extra,
        }
    }

    /// Takes note of `amount` more bytes of output; tells whether the buffer should be written out
    /// before more comes.
    pub fn output_added(&mut self, amount: usize) -> bool {
        self.pending += amount;
        self.pending > OUTPUT_SIZE / 2
    }

    /// Completes the request whose beginning is the `amount` bytes of output to be added: puts `origin` before
    /// the target of its request line, and header lines behind it. Returns how many bytes there are now, or
    /// `None` if there is no request line or no room.
    pub fn complete_request(
        &mut self,
        amount: usize,
        origin: &[u8],
        lines: &[u8],
    ) -> Option<usize> {
        let added = &self.output[self.pending..][..amount];
        let line_end = memchr(b'\n', added)? + 1;
        let target = self.pending + memchr(b' ', &added[..line_end])? + 1;
        let fields = self.pending + line_end;
        let end = self.pending + amount;
        let inserted = origin.len() + lines.len();
        if end + inserted > self.output.len() {
            return None;
        }
        self.output.copy_within(fields..end, fields + inserted);
        self.output[fields + origin.len()..][..lines.len()].copy_from_slice(lines);
        self.output
            .copy_within(target..fields, target + origin.len());
        self.output[target..][..origin.len()].copy_from_slice(origin);
        Some(amount + inserted)
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
            self.output.resize(OUTPUT_SIZE + self.extra, 0);
        }
    }
}

impl Buffers for ConnectionBuffers {
    fn output(&mut self) -> &mut [u8] {
        self.make_room_for_output();
        &mut self.output[self.pending..OUTPUT_SIZE]
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
            &mut self.output[self.pending..OUTPUT_SIZE],
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
        let mut buffers = ConnectionBuffers::new(0);
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
    fn a_request_is_completed_behind_and_within_its_line() {
        let head = b"GET /p HTTP/1.1\r\nhost: h\r\nx: y\r\n\r\n";
        for (origin, lines) in [
            ("", "key: k\r\n"),
            ("http://h:1", "key: k\r\nproxy: p\r\n"),
            ("http://a-host-of-many-letters.example", ""),
        ] {
            let mut buffers = ConnectionBuffers::new(100);
            for _ in 0..2 {
                buffers.output()[..head.len()].copy_from_slice(head);
                let amount =
                    buffers.complete_request(head.len(), origin.as_bytes(), lines.as_bytes());
                buffers.output_added(amount.unwrap());
            }
            let expected =
                format!("GET {origin}/p HTTP/1.1\r\n{lines}host: h\r\nx: y\r\n\r\n").repeat(2);
            assert_eq!(buffers.pending_output(), expected.as_bytes());
        }
    }

    #[test]
    fn a_request_is_completed_only_where_there_is_a_line_and_room() {
        const EXTRA: usize = 1024;
        let mut buffers = ConnectionBuffers::new(EXTRA);
        buffers.output()[..4].copy_from_slice(b"GET ");
        assert_eq!(buffers.complete_request(4, b"", b"key: k\r\n"), None);
        buffers.output()[..5].copy_from_slice(b"GET\r\n");
        assert_eq!(buffers.complete_request(5, b"", b"key: k\r\n"), None);
        let room = buffers.output();
        room.fill(b'x');
        room[..4].copy_from_slice(b"G \r\n");
        let amount = room.len();
        assert_eq!(
            buffers.complete_request(amount, b"", &[b'k'; EXTRA + 1]),
            None
        );
        let completed = buffers.complete_request(amount, b"o", &[b'k'; EXTRA - 1]);
        assert_eq!(completed, Some(OUTPUT_SIZE + EXTRA));
    }

    #[test]
    fn input_keeps_what_was_not_consumed() {
        let mut buffers = ConnectionBuffers::new(0);
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
        let mut buffers = ConnectionBuffers::new(0);
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
