//! An address that refuses connections until a test lets it accept them.

use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

/// A port without a listener, which no other program can take.
pub struct Refusing {
    socket: Socket,
    addr: SocketAddr,
}

impl Refusing {
    pub fn new() -> Self {
        let any: SocketAddr = ([127, 0, 0, 1], 0).into();
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.bind(&any.into()).expect("a free port");
        let addr = socket.local_addr().ok().and_then(|addr| addr.as_socket());
        Refusing {
            socket,
            addr: addr.expect("an address"),
        }
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Accepts connections from now on.
    pub fn listen(self) -> TcpListener {
        self.socket.listen(128).expect("a listener");
        self.socket.into()
    }
}
