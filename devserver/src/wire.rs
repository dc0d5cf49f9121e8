//! The IO below the HTTP implementation, where faults act on the bytes themselves.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use crate::fault::{Ending, Shape};
use crate::faults::Declined;
use crate::stream::Stream;

const HEAD_END: &[u8] = b"\r\n\r\n";

/// Looks at the first bytes of a request and may end the connection.
pub(crate) type Gate = Box<dyn FnMut(&[u8], &mut Declined) -> Option<Ending> + Send>;

/// The state that the handler of a request shares with the IO below it.
#[derive(Debug, Default)]
pub(crate) struct WireControl {
    state: Mutex<WireState>,
}

#[derive(Debug, Default)]
struct WireState {
    request_begun: bool,
    declined: Declined,
    outgoing: Outgoing,
    ending: Option<Ending>,
}

/// The answer that is being sent.
#[derive(Debug, Default)]
enum Outgoing {
    #[default]
    Whole,
    Truncate {
        head_end_seen: usize,
        body_left: u64,
    },
    Cut {
        left: u64,
        begun: bool,
        how: Ending,
    },
    Dribble {
        bytes: usize,
        interval: Duration,
    },
}

impl WireControl {
    fn lock(&self) -> MutexGuard<'_, WireState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rules that have already let the current request pass.
    pub(crate) fn take_declined(&self) -> Declined {
        std::mem::take(&mut self.lock().declined)
    }

    /// Sets that the next sent bytes are the answer, and the next received bytes are another request.
    pub(crate) fn answer(&self, shape: Shape) {
        let mut state = self.lock();
        state.request_begun = false;
        state.outgoing = match shape {
            Shape::Whole => Outgoing::Whole,
            Shape::Truncate(body_left) => Outgoing::Truncate {
                head_end_seen: 0,
                body_left,
            },
            Shape::Cut(left, how) => Outgoing::Cut {
                left,
                begun: false,
                how,
            },
            Shape::Dribble(dribble) => Outgoing::Dribble {
                bytes: dribble.bytes,
                interval: Duration::from_millis(dribble.interval_ms),
            },
        };
    }

    /// The end of the connection after the HTTP library has released it.
    pub(crate) fn end(&self, how: Ending) {
        self.lock().ending = Some(how);
    }

    pub(crate) fn take_ending(&self) -> Option<Ending> {
        self.lock().ending.take()
    }
}

impl WireState {
    /// Applies a cut at or behind the end of the answer, now that the answer is sent.
    fn end_after_answer(&mut self) -> bool {
        match &self.outgoing {
            Outgoing::Cut {
                begun: true, how, ..
            } => {
                self.ending = Some(how.clone());
                true
            }
            _ => false,
        }
    }
}

impl Outgoing {
    /// Returns how many of these bytes may be sent, and the end that follows them.
    fn allow(&mut self, buf: &[u8]) -> (usize, Option<Ending>) {
        match self {
            Self::Whole => (buf.len(), None),
            Self::Dribble { bytes, .. } => (buf.len().min(*bytes), None),
            Self::Cut { left, how, .. } => {
                let allowed = usize::try_from(*left).unwrap_or(usize::MAX).min(buf.len());
                (allowed, (allowed as u64 == *left).then(|| how.clone()))
            }
            Self::Truncate {
                head_end_seen,
                body_left,
            } => {
                let mut seen = *head_end_seen;
                let head = head_bytes(&mut seen, buf);
                let body = usize::try_from(*body_left)
                    .unwrap_or(usize::MAX)
                    .min(buf.len() - head);
                let over = seen == HEAD_END.len() && body as u64 == *body_left;
                (head + body, over.then_some(Ending::Close))
            }
        }
    }

    /// Counts sent bytes.
    fn sent(&mut self, bytes: &[u8]) {
        match self {
            Self::Cut { left, begun, .. } => {
                *begun = true;
                *left -= bytes.len() as u64;
            }
            Self::Truncate {
                head_end_seen,
                body_left,
            } => {
                let head = head_bytes(head_end_seen, bytes);
                *body_left -= (bytes.len() - head) as u64;
            }
            Self::Whole | Self::Dribble { .. } => {}
        }
    }
}

/// Returns how many of the bytes belong to the head. `seen` bytes of its end were matched before.
fn head_bytes(seen: &mut usize, bytes: &[u8]) -> usize {
    for (index, byte) in bytes.iter().enumerate() {
        if *seen == HEAD_END.len() {
            return index;
        }
        *seen = if *byte == HEAD_END[*seen] {
            *seen + 1
        } else {
            usize::from(*byte == HEAD_END[0])
        };
    }
    bytes.len()
}

/// A connection with faults on its bytes.
pub(crate) struct Wire {
    stream: Stream,
    control: Arc<WireControl>,
    gate: Gate,
    pause: Option<Pin<Box<Sleep>>>,
    unflushed: bool,
    idle_timeout: Duration,
    /// The timer of an idle connection. It is set only while the connection is idle.
    idle: Option<Pin<Box<Sleep>>>,
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire")
            .field("stream", &self.stream)
            .finish_non_exhaustive()
    }
}

impl Wire {
    /// Makes a connection that ends when it has been idle for `idle_timeout`.
    pub(crate) fn new(
        stream: Stream,
        control: Arc<WireControl>,
        gate: Gate,
        idle_timeout: Duration,
    ) -> Self {
        Self {
            stream,
            control,
            gate,
            pause: None,
            unflushed: false,
            idle_timeout,
            idle: None,
        }
    }

    /// Returns the result of a read without bytes. It is the end of the connection if the connection has been
    /// idle for too long.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.unflushed || self.control.lock().request_begun {
            self.idle = None;
            return Poll::Pending;
        }
        let timeout = self.idle_timeout;
        let idle = self
            .idle
            .get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        ready!(idle.as_mut().poll(cx));
        // The HTTP library then closes its side, as if the client had closed the connection.
        Poll::Ready(Ok(()))
    }

    pub(crate) fn into_stream(self) -> Stream {
        self.stream
    }
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "ended by a fault")
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        {
            // The HTTP library reads the next request when the answer is sent.
            let mut state = this.control.lock();
            if !this.unflushed && state.end_after_answer() {
                return Poll::Ready(Err(ended()));
            }
        }
        let before = buf.filled().len();
        match Pin::new(&mut this.stream).poll_read(cx, buf) {
            Poll::Pending => return this.poll_idle(cx),
            Poll::Ready(read) => read?,
        }
        this.idle = None;
        let read = &buf.filled()[before..];
        if read.is_empty() {
            return Poll::Ready(Ok(()));
        }
        let mut state = this.control.lock();
        if !state.request_begun {
            state.request_begun = true;
            state.declined = Declined::default();
            if let Some(ending) = (this.gate)(read, &mut state.declined) {
                state.ending = Some(ending);
                return Poll::Ready(Err(ended()));
            }
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        let control = Arc::clone(&this.control);
        let mut state = control.lock();
        if let Outgoing::Dribble { interval, .. } = &state.outgoing {
            let pause = this
                .pause
                .get_or_insert_with(|| Box::pin(tokio::time::sleep(*interval)));
            ready!(pause.as_mut().poll(cx));
            pause.as_mut().reset(Instant::now() + *interval);
        }
        let (allowed, end) = state.outgoing.allow(buf);
        let mut written = 0;
        if allowed > 0 {
            written = ready!(Pin::new(&mut this.stream).poll_write(cx, &buf[..allowed]))?;
            this.unflushed = true;
            state.outgoing.sent(&buf[..written]);
        }
        if let Some(how) = end
            && written == allowed
        {
            // TLS may keep the last record back until a flush.
            ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
            state.ending = Some(how);
            return Poll::Ready(Err(ended()));
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.unflushed = false;
        // The HTTP library may have made its last read before the answer was sent. The timer must wake the task
        // when the connection has been idle for too long.
        if self.poll_idle(cx).is_ready() {
            cx.waker().wake_by_ref();
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The HTTP library sends a FIN on an idle connection even after an error. The fault decides the end
        // of this one.
        let ends_otherwise = {
            let mut state = self.control.lock();
            state.ending.is_some() || state.end_after_answer()
        };
        if ends_otherwise {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
