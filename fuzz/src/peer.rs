//! The peer of the transport: one thread that answers each request by a plan.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use socket2::SockRef;

/// The peer's reaction to one request.
#[derive(Clone, Debug)]
pub struct Plan {
    pub bytes: Vec<u8>,
    /// The number of bytes of each write, in turn; the rest goes out at once after the last.
    pub writes: Vec<usize>,
    /// Whether it answers before it reads.
    pub early: bool,
    /// Whether the client sees the end of the answer while the connection is open.
    pub has_end: bool,
    pub end: End,
}

/// Its action after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Close,
    /// It closes its own side, and the other one when the client has closed its own.
    HalfClose,
    Reset,
    /// It waits for the next request. It closes if the client may be waiting for more of the answer.
    KeepOpen,
}

/// One answer that was sent.
#[derive(Clone, Debug)]
pub struct Served {
    pub plan: Plan,
    /// Whether the whole request was read.
    pub request_read: bool,
}

#[derive(Default)]
struct State {
    plans: Vec<Plan>,
    served: Vec<Served>,
    /// An answer is being sent.
    busy: bool,
    /// No call is running.
    idle: bool,
}

struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

/// The peer. It exists as long as the process.
pub struct Peer {
    pub url: String,
    shared: Arc<Shared>,
}

/// The longest time that the peer waits for a client that may be waiting for the peer.
const PATIENCE: Duration = Duration::from_millis(5);
/// The interval of checks for changes that cause no notification.
const LOOK_AGAIN: Duration = Duration::from_millis(1);

impl Peer {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let serving = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serving.serve(stream.expect("a connection"));
            }
        });
        Peer {
            url: format!("http://{address}"),
            shared,
        }
    }

    /// Makes a call and answers its requests by these plans in their order; the last plan answers all further
    /// requests. Returns the answers.
    pub fn during<T>(&self, plans: Vec<Plan>, call: impl FnOnce() -> T) -> (T, Vec<Served>) {
        assert!(!plans.is_empty());
        {
            let mut state = self.shared.lock();
            state.plans = plans;
            state.served.clear();
            state.idle = false;
        }
        let result = call();
        let mut state = self.shared.lock();
        state.idle = true;
        self.shared.changed.notify_all();
        while state.busy {
            state = self.shared.wait(state);
        }
        (result, std::mem::take(&mut state.served))
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves a connection to its end. The client has only one at a time: it opens another only after it has
    /// closed this one.
    fn serve(&self, stream: TcpStream) {
        stream.set_nodelay(true).expect("no delay");
        let mut connection = Connection {
            stream,
            unread: Vec::new(),
        };
        let mut kept_open = false;
        while !kept_open || connection.has_more() {
            let Some(plan) = self.begin() else { return };
            let request_read = connection.answer(&plan);
            let mut end = plan.end;
            if end == End::KeepOpen && !self.wait_for_next(&connection, &plan) {
                end = End::Close;
            }
            let mut state = self.lock();
            state.served.push(Served { plan, request_read });
            match end {
                End::KeepOpen => {}
                // In both cases the client may be faster.
                End::Close => drop(connection.stream.shutdown(Shutdown::Both)),
                End::HalfClose => drop(connection.stream.shutdown(Shutdown::Write)),
                End::Reset => {
                    let socket = SockRef::from(&connection.stream);
                    socket.set_linger(Some(Duration::ZERO)).expect("a linger");
                }
            }
            if matches!(end, End::Close | End::Reset) {
                // The next call may begin only after the connection is gone.
                drop(connection);
                self.finish(state);
                return;
            }
            self.finish(state);
            if end == End::HalfClose {
                connection.drain();
                return;
            }
            kept_open = true;
        }
    }

    fn begin(&self) -> Option<Plan> {
        let mut state = self.lock();
        // A request between two calls comes from a call that has given it up.
        if state.idle {
            return None;
        }
        state.busy = true;
        let number = state.served.len().min(state.plans.len() - 1);
        Some(state.plans[number].clone())
    }

    /// Waits until the call is over or sends another request; returns whether one of the two has happened.
    fn wait_for_next(&self, connection: &Connection, plan: &Plan) -> bool {
        let started = Instant::now();
        while plan.has_end || started.elapsed() < PATIENCE {
            if self.lock().idle {
                return true;
            }
            if let Some(is_open) = connection.peek() {
                return is_open;
            }
        }
        false
    }

    fn finish(&self, mut state: MutexGuard<'_, State>) {
        state.busy = false;
        self.changed.notify_all();
    }
}

struct Connection {
    stream: TcpStream,
    unread: Vec<u8>,
}

impl Connection {
    /// Reads the request and answers it, in the order of the plan; returns whether the request was complete.
    fn answer(&mut self, plan: &Plan) -> bool {
        if plan.early {
            self.write(plan);
            return self.request();
        }
        let request_read = self.request();
        if request_read {
            self.write(plan);
        }
        request_read
    }

    fn write(&mut self, plan: &Plan) {
        let mut rest = plan.bytes.as_slice();
        let mut sizes = plan.writes.iter();
        while !rest.is_empty() {
            let size = sizes.next().copied().unwrap_or(rest.len());
            let (chunk, left) = rest.split_at(size.clamp(1, rest.len()));
            // The client may have stopped reading and closed.
            if self.stream.write_all(chunk).is_err() {
                return;
            }
            rest = left;
            thread::yield_now();
        }
    }

    /// Reads one request to the end of its body.
    fn request(&mut self) -> bool {
        loop {
            if let Some(end) = request_end(&self.unread)
                && end <= self.unread.len()
            {
                self.unread.drain(..end);
                return true;
            }
            if !self.more() {
                return false;
            }
        }
    }

    /// Waits for input.
    fn has_more(&mut self) -> bool {
        !self.unread.is_empty() || self.more()
    }

    fn more(&mut self) -> bool {
        let mut buffer = [0; 4096];
        match self.stream.read(&mut buffer) {
            Ok(0) => false,
            Ok(read) => {
                self.unread.extend_from_slice(&buffer[..read]);
                true
            }
            Err(error) => error.kind() == ErrorKind::Interrupted,
        }
    }

    /// Returns whether there is input or its end; `None` if neither has come yet.
    fn peek(&self) -> Option<bool> {
        if !self.unread.is_empty() {
            return Some(true);
        }
        self.stream
            .set_read_timeout(Some(LOOK_AGAIN))
            .expect("a timeout");
        let peeked = self.stream.peek(&mut [0]);
        self.stream.set_read_timeout(None).expect("no timeout");
        match peeked {
            Ok(amount) => Some(amount > 0),
            Err(error) if error.kind() == ErrorKind::WouldBlock => None,
            Err(_) => Some(false),
        }
    }

    /// Reads until the client has closed its side.
    fn drain(&mut self) {
        while self.more() {
            self.unread.clear();
        }
    }
}

/// Returns the end of the first request, once its head is complete.
fn request_end(bytes: &[u8]) -> Option<usize> {
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let text = std::str::from_utf8(&bytes[..head]).expect("a head of text");
    let length = text.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length").then_some(value)
    });
    Some(head + length.map_or(0, |length| length.parse().expect("a length")))
}
