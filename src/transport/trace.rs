//! A record of what an exchange did on the wire.

/// What an exchange did on the wire.
#[derive(Clone, Copy, Debug, Default)]
pub struct Trace {
    /// Connections that were opened for the attempt; 0 when it ran on a pooled one.
    pub opened: u32,
    /// Whether the last byte of the request may have left.
    pub request_complete: bool,
    /// Whether the last byte may have left on a pooled connection that ended without an answer and was
    /// replaced.
    pub request_lost: bool,
    /// Whether a byte of the answer came.
    pub answered: bool,
    /// Whether it ran on a pooled connection that gave no sign of life until the time was over.
    pub went_silent: bool,
    /// Bytes handed to the socket's write, TLS overhead excluded.
    pub bytes_sent: u64,
    /// Bytes read, TLS overhead excluded.
    pub bytes_received: u64,
}

impl Trace {
    /// Makes this the trace of the new connection that replaces a pooled one, which ended without an answer.
    pub fn replace_connection(&mut self) {
        *self = Trace {
            request_lost: self.request_complete,
            bytes_sent: self.bytes_sent,
            ..Trace::default()
        };
    }

    /// Notes input.
    pub fn received(&mut self, amount: usize) {
        self.answered = true;
        self.bytes_received += amount as u64;
    }
}
