//! A server whose every byte the test decides.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use super::PATIENCE;

/// How often a condition is checked that nothing announces.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct RawRequest {
    /// The number of its connection, from 0.
    pub connection: usize,
    /// The text from the method to the empty line.
    pub head: String,
    pub body: Vec<u8>,
}

impl RawRequest {
    pub fn line(&self) -> &str {
        self.head.lines().next().unwrap_or_default()
    }

    /// The header fields, names in lower case, sorted.
    pub fn headers(&self) -> Vec<(String, String)> {
        let mut headers: Vec<_> = self
            .head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        headers.sort();
        headers
    }

    pub fn header(&self, name: &str) -> Option<String> {
        let headers = self.headers();
        let field = headers.into_iter().find(|(field, _)| field == name);
        field.map(|(_, value)| value)
    }
}

#[derive(Default)]
struct Log {
    connections: AtomicUsize,
    requests: Mutex<Vec<RawRequest>>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    held: Mutex<Vec<Peer>>,
    open: Mutex<Vec<Weak<TcpStream>>>,
    stopped: AtomicBool,
}

/// The server. Every connection has a thread that runs the handler; a handler that panics fails the
/// test.
pub struct RawServer {
    addr: SocketAddr,
    scheme: &'static str,
    log: Arc<Log>,
    acceptor: Option<JoinHandle<()>>,
}

impl RawServer {
    pub fn start(handler: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        Self::on(listen("127.0.0.1:0"), handler)
    }

    /// Like [`RawServer::start`], on a socket that already listens.
    pub fn on(listener: TcpListener, handler: impl Fn(Peer) + Send + Sync + 'static) -> Self {
        Self::run(listener, "http", move |tcp, connection, log| {
            let stream = Box::new(tcp.try_clone().expect("a second handle"));
            handler(Peer::new(stream, tcp, connection, log));
        })
    }

    /// A server that completes the TLS handshake before the handler runs.
    pub fn start_tls(
        config: Arc<ServerConfig>,
        handler: impl Fn(Peer) + Send + Sync + 'static,
    ) -> Self {
        Self::run(
            listen("127.0.0.1:0"),
            "https",
            move |tcp, connection, log| {
                let tls = ServerConnection::new(Arc::clone(&config)).expect("a TLS session");
                let mut stream = StreamOwned::new(tls, tcp.try_clone().expect("a second handle"));
                while stream.conn.is_handshaking() {
                    if stream.conn.complete_io(&mut stream.sock).is_err() {
                        return;
                    }
                }
                handler(Peer::new(Box::new(stream), tcp, connection, log));
            },
        )
    }

    fn run(
        listener: TcpListener,
        scheme: &'static str,
        serve: impl Fn(Arc<TcpStream>, usize, Arc<Log>) + Send + Sync + 'static,
    ) -> Self {
        let addr = listener.local_addr().expect("an address");
        let log = Arc::new(Log::default());
        let serve = Arc::new(serve);
        let acceptor = thread::spawn({
            let log = Arc::clone(&log);
            move || {
                for tcp in listener.incoming() {
                    if log.stopped.load(Ordering::SeqCst) {
                        return;
                    }
                    let tcp = Arc::new(tcp.expect("a connection"));
                    lock(&log.open).push(Arc::downgrade(&tcp));
                    tcp.set_read_timeout(Some(PATIENCE)).expect("a timeout");
                    tcp.set_write_timeout(Some(PATIENCE)).expect("a timeout");
                    // Nagle's algorithm would hold back bytes, and a reset would then lose them.
                    tcp.set_nodelay(true).expect("no delay");
                    let connection = log.connections.fetch_add(1, Ordering::SeqCst);
                    let (serve, theirs) = (Arc::clone(&serve), Arc::clone(&log));
                    let thread = thread::spawn(move || serve(tcp, connection, theirs));
                    lock(&log.threads).push(thread);
                }
            }
        });
        RawServer {
            addr,
            scheme,
            log,
            acceptor: Some(acceptor),
        }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.addr)
    }

    /// The number of accepted connections.
    pub fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }

    /// The requests in the order in which they were read.
    pub fn requests(&self) -> Vec<RawRequest> {
        lock(&self.log.requests).clone()
    }

    /// Waits until this number of requests were read.
    #[track_caller]
    pub fn wait_for_requests(&self, count: usize) {
        wait_until("requests", || self.requests().len() >= count);
    }

    /// Waits until this number of connections were accepted.
    #[track_caller]
    pub fn wait_for_connections(&self, count: usize) {
        wait_until("connections", || self.connections() >= count);
    }
}

impl Drop for RawServer {
    fn drop(&mut self) {
        self.log.stopped.store(true, Ordering::SeqCst);
        // Wakes the acceptor. If its queue is full, it is awake already.
        let _ = TcpStream::connect_timeout(&self.addr, LOOK_AGAIN);
        for tcp in lock(&self.log.open).iter().filter_map(Weak::upgrade) {
            // It may have ended by itself.
            let _ = tcp.shutdown(Shutdown::Both);
        }
        lock(&self.log.held).clear();
        let threads = std::mem::take(&mut *lock(&self.log.threads));
        for thread in self.acceptor.take().into_iter().chain(threads) {
            if let Err(panic) = thread.join()
                && !thread::panicking()
            {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

/// A listener on a free port.
pub fn listen(addr: &str) -> TcpListener {
    TcpListener::bind(addr).expect("a free port")
}

/// Waits for a condition that nothing announces.
#[track_caller]
pub fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < PATIENCE, "no {what} in time");
        thread::sleep(LOOK_AGAIN);
    }
}

trait Stream: Read + Write + Send {
    /// The name that the client asked for in its TLS handshake.
    fn server_name(&self) -> Option<&str>;
}

impl Stream for TcpStream {
    fn server_name(&self) -> Option<&str> {
        None
    }
}

impl Stream for StreamOwned<ServerConnection, TcpStream> {
    fn server_name(&self) -> Option<&str> {
        self.conn.server_name()
    }
}

/// The server's end of one connection.
pub struct Peer {
    stream: Box<dyn Stream>,
    tcp: Arc<TcpStream>,
    unread: Vec<u8>,
    connection: usize,
    log: Arc<Log>,
}

impl Peer {
    fn new(stream: Box<dyn Stream>, tcp: Arc<TcpStream>, connection: usize, log: Arc<Log>) -> Self {
        Peer {
            stream,
            tcp,
            unread: Vec::new(),
            connection,
            log,
        }
    }

    /// The number of the connection, from 0.
    pub fn connection(&self) -> usize {
        self.connection
    }

    /// The name that the client asked for in its TLS handshake.
    pub fn server_name(&self) -> Option<String> {
        self.stream.server_name().map(String::from)
    }

    /// Reads a request to the end of its body. Returns `None` if the client is gone.
    pub fn request(&mut self) -> Option<RawRequest> {
        let head = self.head()?;
        let mut request = RawRequest {
            connection: self.connection,
            head,
            body: Vec::new(),
        };
        let length = request.header("content-length").unwrap_or("0".into());
        let length: usize = length.parse().expect("a length");
        while self.unread.len() < length {
            self.more()?;
        }
        request.body = self.unread.drain(..length).collect();
        lock(&self.log.requests).push(request.clone());
        Some(request)
    }

    /// Reads the head of a request, with the empty line at its end.
    pub fn head(&mut self) -> Option<String> {
        let end = loop {
            let mut windows = self.unread.windows(4);
            if let Some(at) = windows.position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.more()?;
        };
        let head = self.unread.drain(..end).collect();
        Some(String::from_utf8(head).expect("a head of text"))
    }

    /// Reads this number of bytes.
    pub fn body(&mut self, length: usize) -> Option<Vec<u8>> {
        while self.unread.len() < length {
            self.more()?;
        }
        Some(self.unread.drain(..length).collect())
    }

    /// Reads this number of bytes and discards them.
    pub fn skip(&mut self, bytes: usize) -> Option<()> {
        while self.unread.len() < bytes {
            self.more()?;
        }
        self.unread.drain(..bytes);
        Some(())
    }

    /// Returns the bytes of one read.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        self.more()?;
        Some(std::mem::take(&mut self.unread))
    }

    fn more(&mut self) -> Option<()> {
        let mut buffer = vec![0; 64 * 1024];
        match self.stream.read(&mut buffer) {
            Ok(read) if read > 0 => {
                self.unread.extend_from_slice(&buffer[..read]);
                Some(())
            }
            _ => None,
        }
    }

    /// Sends bytes. Returns false if the client has left.
    pub fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream
            .write_all(bytes.as_ref())
            .and_then(|()| self.stream.flush())
            .is_ok()
    }

    /// Sends bytes one by one, with a wait before each, while the client is connected.
    pub fn dribble(&mut self, bytes: impl AsRef<[u8]>, interval: Duration) {
        for byte in bytes.as_ref() {
            thread::sleep(interval);
            if !self.send([*byte]) {
                return;
            }
        }
    }

    /// Waits until the client has closed the connection, and discards the bytes before that.
    pub fn wait_for_close(&mut self) {
        while self.more().is_some() {
            self.unread.clear();
        }
    }

    /// Keeps the connection open and does nothing until the server is dropped.
    pub fn hold(self) {
        let log = Arc::clone(&self.log);
        lock(&log.held).push(self);
    }

    /// Ends the connection with a FIN, under TLS without close_notify.
    pub fn close(self) {
        // The client may have closed it first.
        let _ = self.tcp.shutdown(Shutdown::Both);
    }

    /// Ends the connection with a RST.
    pub fn reset(self) {
        let now = Some(Duration::ZERO);
        SockRef::from(&*self.tcp).set_linger(now).expect("a linger");
    }

    /// The socket of the connection.
    pub fn tcp(&self) -> &TcpStream {
        &self.tcp
    }
}

/// A response with a body of this length.
pub fn response(status: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut head = format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    [head.as_bytes(), body].concat()
}

/// The body of a 202 for this event.
pub fn accepted_body(event_id: &str) -> String {
    format!(r#"{{"event_id":"{event_id}","delivery_ids":["d1","d2"]}}"#)
}

/// A 202 for this event.
pub fn accepted(event_id: &str) -> Vec<u8> {
    let json = [("Content-Type", "application/json")];
    response("202 Accepted", &json, accepted_body(event_id))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
