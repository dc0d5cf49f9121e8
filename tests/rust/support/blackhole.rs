//! An address that never answers a connection attempt.

use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Socket, Type};

/// Long enough for a connection over the loopback interface, on a busy machine too.
const CONNECT: Duration = Duration::from_millis(500);

/// A listener that accepts nothing and has a full queue: the kernel drops every further packet.
pub struct Blackhole {
    addr: SocketAddr,
    _listener: Socket,
    _queue: Vec<TcpStream>,
}

impl Blackhole {
    /// Listens at this address; port 0 stands for a free port.
    pub fn at(addr: &str) -> Self {
        let addr: SocketAddr = addr.parse().expect("an address");
        let listener =
            Socket::new(Domain::for_address(addr), Type::STREAM, None).expect("a socket");
        listener.bind(&addr.into()).expect("a free address");
        listener.listen(0).expect("a listener");
        let addr = listener
            .local_addr()
            .ok()
            .and_then(|addr| addr.as_socket())
            .expect("an address");
        let mut queue = Vec::new();
        while let Ok(stream) = TcpStream::connect_timeout(&addr, CONNECT) {
            queue.push(stream);
            assert!(queue.len() < 64, "the queue should be full by now");
        }
        Blackhole {
            addr,
            _listener: listener,
            _queue: queue,
        }
    }

    pub fn new() -> Self {
        Self::at("127.0.0.1:0")
    }

    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}
