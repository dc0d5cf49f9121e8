//! A TCP proxy that applies a fault to one connection, and passes all others on unchanged.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::fault::{Direction, Fault, Kind};
use super::line;
use crate::support::PATIENCE;

/// Runs the proxies of all tests.
static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
});

/// Bytes as they arrived from one side.
#[derive(Clone, Debug)]
pub struct Chunk {
    pub direction: Direction,
    pub bytes: Vec<u8>,
}

/// The proxy. Dropping it closes its port. Its connections end when both of their ends do.
pub struct FaultProxy {
    addr: SocketAddr,
    shared: Arc<Shared>,
    acceptor: JoinHandle<()>,
}

pub struct Shared {
    upstream: SocketAddr,
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// The number of connections so far, which is the number of the latest one.
    accepted: u64,
    /// The client's address of the latest connection.
    latest: Option<SocketAddr>,
    open: usize,
    /// The number of connections to the service since the last count.
    dialled: u64,
    /// The number of the service's answers that were passed on since the last count.
    answers: usize,
    armed: Option<Armed>,
    transcript: Option<Vec<Chunk>>,
}

/// A fault that waits for its byte.
struct Armed {
    fault: Fault,
    connection: u64,
    /// The number of bytes that pass before the fault strikes.
    left: usize,
    struck: bool,
}

impl FaultProxy {
    pub fn start(upstream: SocketAddr) -> Self {
        let shared = Arc::new(Shared {
            upstream,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let (listener, addr) = loop {
            let listener = RUNTIME
                .block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
                .expect("a free port");
            let addr = listener.local_addr().expect("an address");
            // The Host header has the same length on all lanes.
            if addr.port() >= 10_000 {
                break (listener, addr);
            }
        };
        FaultProxy {
            addr,
            acceptor: RUNTIME.spawn(accept(listener, shared.clone())),
            shared,
        }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Arms the fault for the next connection.
    pub fn arm_next(&self, fault: Fault) {
        self.arm(fault, 1);
    }

    /// Arms the fault for the latest connection, and counts its bytes from now on.
    pub fn arm_latest(&self, fault: Fault) {
        self.arm(fault, 0);
    }

    fn arm(&self, fault: Fault, ahead: u64) {
        let mut state = self.shared.lock();
        state.armed = Some(Armed {
            fault,
            connection: state.accepted + ahead,
            left: fault.offset,
            struck: false,
        });
    }

    /// Removes the fault. Returns whether it has struck. Its effect on the connection stays.
    pub fn disarm(&self) -> bool {
        self.shared
            .lock()
            .armed
            .take()
            .is_some_and(|armed| armed.struck)
    }

    /// Records the bytes that pass while `exchange` runs.
    pub fn record(&self, exchange: impl FnOnce()) -> Vec<Chunk> {
        self.shared.lock().transcript = Some(Vec::new());
        exchange();
        self.shared.lock().transcript.take().unwrap_or_default()
    }

    /// Waits until all connections of clients that have left have ended. Returns the number of
    /// connections to the service since the last call.
    pub fn settle(&self) -> u64 {
        // Connections are accepted in order. When this one is accepted, no earlier one waits.
        let last = std::net::TcpStream::connect(self.addr)
            .and_then(|stream| stream.local_addr())
            .expect("the proxy accepts");
        let unsettled = |state: &mut State| state.latest != Some(last) || state.open > 0;
        let (mut state, timeout) = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), PATIENCE, unsettled)
            .unwrap_or_else(PoisonError::into_inner);
        assert!(
            !timeout.timed_out(),
            "a connection through the proxy never ended"
        );
        state.answers = 0;
        std::mem::take(&mut state.dialled)
    }

    /// Waits until this number of answers were passed on. Answers to a client that has left are not.
    pub fn await_answers(&self, count: u64) {
        let missing = |state: &mut State| (state.answers as u64) < count;
        let _ = self
            .shared
            .changed
            .wait_timeout_while(self.shared.lock(), PATIENCE, missing);
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.acceptor.abort();
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let result = change(&mut self.lock());
        self.changed.notify_all();
        result
    }

    /// Returns whether a fault is armed.
    pub fn is_armed(&self) -> bool {
        self.lock().armed.is_some()
    }

    /// Counts bytes that were passed on.
    pub fn handed_on(&self, direction: Direction, bytes: &[u8]) {
        const BEGINNING: &[u8] = b"HTTP/1.1 ";
        if direction == Direction::Response {
            let answers = bytes.windows(BEGINNING.len());
            let answers = answers.filter(|window| *window == BEGINNING).count();
            self.change(|state| state.answers += answers);
        }
    }

    /// Returns whether a connection must end at once.
    fn rejects(&self, connection: u64) -> bool {
        let mut state = self.lock();
        let armed = state.armed.as_mut().filter(|armed| {
            !armed.struck && armed.connection == connection && armed.fault.kind == Kind::Reject
        });
        armed.is_some_and(|armed| {
            armed.struck = true;
            true
        })
    }

    /// Counts bytes that arrived on a connection. Returns the fault that strikes among them, and the byte that it
    /// strikes.
    pub fn passing(
        &self,
        connection: u64,
        direction: Direction,
        bytes: &[u8],
    ) -> Option<(Kind, usize)> {
        let mut state = self.lock();
        if let Some(transcript) = &mut state.transcript {
            transcript.push(Chunk {
                direction,
                bytes: bytes.to_vec(),
            });
        }
        let armed = state.armed.as_mut().filter(|armed| {
            !armed.struck && armed.connection == connection && armed.fault.direction == direction
        })?;
        let kind = armed.fault.kind;
        let due = armed.left < bytes.len() || (kind.cuts() && armed.left == bytes.len());
        if !due {
            armed.left -= bytes.len();
            return None;
        }
        armed.struck = true;
        Some((kind, armed.left))
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        let Ok((client, from)) = listener.accept().await else {
            continue;
        };
        let connection = shared.change(|state| {
            state.accepted += 1;
            state.open += 1;
            state.latest = Some(from);
            state.accepted
        });
        let shared = shared.clone();
        tokio::spawn(async move {
            // An observer sees the service's refusal as the end of the connection.
            let _ = carry(&shared, client, connection).await;
            shared.change(|state| state.open -= 1);
        });
    }
}

async fn carry(shared: &Shared, mut client: TcpStream, connection: u64) -> io::Result<()> {
    if shared.rejects(connection) {
        return client.set_zero_linger();
    }
    let mut service = TcpStream::connect(shared.upstream).await?;
    shared.change(|state| state.dialled += 1);
    client.set_nodelay(true)?;
    service.set_nodelay(true)?;
    line::carry(shared, connection, &mut client, &mut service).await
}
