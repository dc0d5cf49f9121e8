//! An endpoint for a scenario's server: answers deliveries from a script and records them.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};

/// The longest time from a connection to the end of its delivery.
const PATIENCE: Duration = Duration::from_secs(20);
/// The answer after the end of the script.
const NO_CONTENT: u16 = 204;

/// A receiver on its own port; dropping it closes the port.
#[derive(Debug)]
pub struct Receiver {
    addr: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    script: Mutex<VecDeque<u16>>,
    deliveries: Mutex<Vec<Value>>,
    closed: AtomicBool,
}

impl Receiver {
    /// Starts a receiver that answers with these statuses, and then with 204.
    pub fn start(script: impl IntoIterator<Item = u16>) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let addr = listener.local_addr()?;
        let shared = Arc::new(Shared {
            script: Mutex::new(script.into_iter().collect()),
            deliveries: Mutex::default(),
            closed: AtomicBool::new(false),
        });
        let of_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("receiver".into())
            .spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    if of_thread.closed.load(Ordering::SeqCst) {
                        return;
                    }
                    // A broken delivery is not counted: the server may repeat it.
                    let _ = of_thread.receive(stream);
                }
            })?;
        Ok(Self {
            addr,
            shared,
            thread: Some(thread),
        })
    }

    /// Returns the URL for deliveries.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.addr)
    }

    /// Returns the deliveries in their order: topic, body and the status of the answer.
    pub fn deliveries(&self) -> Vec<Value> {
        lock(&self.shared.deliveries).clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        let woken = TcpStream::connect(self.addr).is_ok();
        if let Some(thread) = self.thread.take().filter(|_| woken) {
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn receive(&self, stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let mut reader = BufReader::new(&stream);
        let mut topic = String::new();
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            match line.trim_end().split_once(": ") {
                Some(("hookrail-topic", value)) => topic = value.to_owned(),
                Some(("content-length", value)) => length = value.parse().unwrap_or(0),
                Some(_) => {}
                None if line == "\r\n" => break,
                None => {}
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        let status = lock(&self.script).pop_front().unwrap_or(NO_CONTENT);
        let body = String::from_utf8_lossy(&body).into_owned();
        lock(&self.deliveries).push(json!({"topic": topic, "body": body, "status": status}));
        // One connection for each delivery: one thread serves them one after the other.
        let head = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        (&stream).write_all(head.as_bytes())
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
