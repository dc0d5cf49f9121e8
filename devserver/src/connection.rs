//! One connection from its acceptance to its end.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use crate::control;
use crate::entry::Entry;
use crate::fault::{Act, Ending};
use crate::faults::{Declined, Stage};
use crate::probe;
use crate::service::{Context, serve};
use crate::shared::Shared;
use crate::stream::Stream;
use crate::wire::{Gate, Wire, WireControl};

/// The time for which a client may still send on a closed connection before it gets a RST.
const DRAIN: Duration = Duration::from_secs(2);
/// How often a held connection is checked.
const HOLD_CHECK: Duration = Duration::from_millis(50);

/// The kind of a connection. Connections that only watch the server are not counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Unknown,
    Service,
    Control,
}

/// Keeps the counts of connections.
struct Census {
    shared: Arc<Shared>,
    used_for: Mutex<Use>,
}

impl Census {
    fn new(shared: Arc<Shared>) -> Self {
        shared.ledger.count(|counts| {
            counts.connections += 1;
            counts.open_connections += 1;
        });
        Self {
            shared,
            used_for: Mutex::new(Use::Unknown),
        }
    }

    fn request(&self, is_watching: bool) {
        let mut used_for = self.used_for.lock().unwrap_or_else(PoisonError::into_inner);
        match (*used_for, is_watching) {
            (Use::Unknown, true) => {
                self.shared.ledger.count(|counts| {
                    counts.connections = counts.connections.saturating_sub(1);
                    counts.open_connections -= 1;
                });
                *used_for = Use::Control;
            }
            (Use::Control, false) => {
                self.shared.ledger.count(|counts| {
                    counts.connections += 1;
                    counts.open_connections += 1;
                });
                *used_for = Use::Service;
            }
            (Use::Unknown, false) => *used_for = Use::Service,
            _ => {}
        }
    }
}

impl Drop for Census {
    fn drop(&mut self) {
        let used_for = self
            .used_for
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if *used_for != Use::Control {
            self.shared
                .ledger
                .count(|counts| counts.open_connections -= 1);
        }
    }
}

/// Serves a connection to its end.
pub(crate) async fn run(shared: Arc<Shared>, tcp: TcpStream, tls: Option<TlsAcceptor>) {
    let id = shared.next_connection();
    let census = Arc::new(Census::new(Arc::clone(&shared)));
    // Without this a RST can discard the last bytes in Nagle's buffer.
    let _ = tcp.set_nodelay(true);
    let on_accept = shared
        .faults
        .take(Stage::Accepted, &mut Declined::default());
    if let Some(Act::End { how, .. }) = on_accept.map(|fault| fault.act) {
        shared.log(format_args!("connection {id} ended on accept by a fault"));
        end(Stream::Plain(tcp), how).await;
        return;
    }
    let stream = match tls {
        None => Stream::Plain(tcp),
        Some(acceptor) => match acceptor.accept(tcp).await {
            Ok(tls) => Stream::Tls(Box::new(tls)),
            Err(error) => {
                shared.log(format_args!(
                    "connection {id}: TLS handshake failed: {error}"
                ));
                shared.ledger.count(|counts| counts.tls_failures += 1);
                return;
            }
        },
    };
    let control = Arc::new(WireControl::default());
    let context = Arc::new(Context {
        shared: Arc::clone(&shared),
        control: Arc::clone(&control),
        connection: id,
    });
    let gate = gate(Arc::clone(&shared), Arc::clone(&census), id);
    let wire = Wire::new(stream, Arc::clone(&control), gate, shared.idle_timeout);
    let service = service_fn(move |request| serve(Arc::clone(&context), request));
    let mut http = http1::Builder::new().serve_connection(TokioIo::new(wire), service);
    let served = (&mut http).await;
    let stream = http.into_parts().io.into_inner().into_stream();
    match (control.take_ending(), served) {
        (Some(how), _) => end(stream, how).await,
        (None, Err(error)) if error.is_parse() => {
            shared.log(format_args!("connection {id}: not HTTP: {error}"));
            shared.ledger.count(|counts| counts.malformed += 1);
        }
        (None, Err(error)) => shared.log(format_args!("connection {id}: {error}")),
        (None, Ok(())) => {}
    }
}

/// Returns the function that checks the first bytes of every request of a connection.
fn gate(shared: Arc<Shared>, census: Arc<Census>, connection: u64) -> Gate {
    Box::new(move |bytes, declined| {
        let (method, path) = request_line(bytes)?;
        let is_watching = control::owns(path) || probe::owns(&shared, path);
        census.request(is_watching);
        if is_watching {
            return None;
        }
        let fault = shared
            .faults
            .take(Stage::FirstBytes { method, path }, declined)?;
        let entry = Entry::begin(&shared, connection, method, path, Vec::new);
        entry.fault(&fault.rule);
        let Act::End { how, .. } = fault.act else {
            return None;
        };
        entry.ended(&how);
        Some(how)
    })
}

/// Returns method and path if the first bytes contain them completely. The HTTP library checks them later.
fn request_line(bytes: &[u8]) -> Option<(&str, &str)> {
    let line = bytes.split(|byte| *byte == b'\r').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split(' ');
    let (method, path) = (words.next()?, words.next()?);
    words.next().map(|_| (method, path))
}

async fn end(mut stream: Stream, how: Ending) {
    match how {
        Ending::Reset => {
            let _ = stream.tcp().set_zero_linger();
        }
        Ending::Close => close(&mut stream).await,
        Ending::Hold => hold(stream.tcp()).await,
        Ending::Garbage(bytes) => {
            if stream.write_all(&bytes).await.is_ok() && stream.flush().await.is_ok() {
                close(&mut stream).await;
            }
        }
        Ending::Abandon(grace) => {
            let _ = stream.shutdown().await;
            tokio::time::sleep(grace).await;
        }
    }
}

/// Sends a FIN without close_notify, and reads the client's bytes so that no RST overtakes the FIN.
async fn close(stream: &mut Stream) {
    let tcp = stream.tcp();
    if tcp.shutdown().await.is_err() {
        return;
    }
    let drain = async {
        let mut scratch = vec![0; 16 * 1024];
        while tcp.read(&mut scratch).await.is_ok_and(|read| read > 0) {}
    };
    let _ = tokio::time::timeout(DRAIN, drain).await;
}

async fn hold(tcp: &TcpStream) {
    while let Ok(ready) = tcp.ready(Interest::READABLE | Interest::ERROR).await {
        if ready.is_read_closed() || ready.is_error() {
            return;
        }
        // Unread bytes keep the socket readable, so its end is no separate event.
        tokio::time::sleep(HOLD_CHECK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::request_line;

    #[test]
    fn the_request_line_is_read_only_when_it_is_whole() {
        let line = request_line(b"POST /v1/events HTTP/1.1\r\nHost: a\r\n");
        assert_eq!(line, Some(("POST", "/v1/events")));
        assert_eq!(request_line(b"POST /v1/eve"), None);
        assert_eq!(request_line(b"\xff\xfe"), None);
    }
}
