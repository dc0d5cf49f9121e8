//! A unix socket before a server that listens on TCP.

use std::net::{Shutdown, SocketAddr, TcpStream};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::thread;

use tempfile::TempDir;

/// A program that passes connections to a unix socket on to a server.
pub struct UnixRelay {
    dir: TempDir,
}

impl UnixRelay {
    pub fn to(server: SocketAddr) -> Self {
        let relay = UnixRelay {
            dir: tempfile::tempdir().expect("a directory"),
        };
        let listener = UnixListener::bind(relay.path()).expect("a socket");
        thread::spawn(move || {
            for client in listener.incoming() {
                pass_on(client.expect("a connection"), server);
            }
        });
        relay
    }

    pub fn path(&self) -> PathBuf {
        self.dir.path().join("service.sock")
    }
}

impl Drop for UnixRelay {
    fn drop(&mut self) {
        // The thread that accepts ends with the process; nothing reaches it any more.
        std::fs::remove_file(self.path()).expect("the socket is there");
    }
}

/// Passes the bytes of a connection on, in both directions, until both are at their ends.
pub fn pass_on(client: UnixStream, server: SocketAddr) {
    let server = TcpStream::connect(server).expect("the server");
    let (mut from_client, mut to_server) = (
        client.try_clone().expect("a handle"),
        server.try_clone().expect("a handle"),
    );
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let (mut from_server, mut to_client) = (server, client);
    thread::spawn(move || {
        let _ = std::io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
}

/// Makes a listener with room for one connection, and fills it up. Returns the connections.
pub fn full_listener(path: &Path) -> (UnixListener, Vec<socket2::Socket>) {
    let address = socket2::SockAddr::unix(path).expect("a path");
    let make = || {
        socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).expect("a socket")
    };
    let listener = make();
    listener
        .bind(&address)
        .and_then(|()| listener.listen(0))
        .expect("a listener");
    let mut waiting = Vec::new();
    loop {
        let client = make();
        client.set_nonblocking(true).expect("a mode");
        if client.connect(&address).is_err() {
            return (listener.into(), waiting);
        }
        waiting.push(client);
    }
}
