//! New sockets.

use std::io;

use socket2::{Domain, Protocol, Socket, Type};

/// Makes a socket for a stream: close-on-exec, non-blocking.
#[cfg(not(target_vendor = "apple"))]
pub fn stream(domain: Domain, protocol: Option<Protocol>) -> io::Result<Socket> {
    Socket::new(domain, Type::STREAM.nonblocking(), protocol)
}

/// Makes a socket for a stream: close-on-exec, non-blocking. Apple's systems need a second call for this.
#[cfg(target_vendor = "apple")]
pub fn stream(domain: Domain, protocol: Option<Protocol>) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::STREAM, protocol)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
