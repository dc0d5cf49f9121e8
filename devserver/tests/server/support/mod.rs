//! A client that sends and receives raw HTTP, so that the tests see every byte.

pub mod hook;

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use hookrail_devserver::{Config, DevServer, Rule};
use serde_json::Value;

/// The longest time that a test waits for an event that must happen.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub fn server() -> DevServer {
    DevServer::start(Config::default()).expect("the server should start")
}

pub fn server_with(rules: impl IntoIterator<Item = Rule>) -> DevServer {
    let server = server();
    server.add_faults(rules).expect("the rules should be good");
    server
}

/// A request to post an event, as bytes.
#[derive(Clone)]
pub struct Post {
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Post {
    pub fn new(body: impl Into<Vec<u8>>) -> Self {
        Self {
            path: "/v1/events".into(),
            headers: vec![("Authorization".into(), "Bearer hk_dev".into())],
            body: body.into(),
        }
    }

    /// An event of topic `order.created` with a small payload, under this idempotency key.
    pub fn event(key: &str) -> Self {
        Self::new(r#"{"topic":"order.created","payload":{"a":1}}"#).header("Idempotency-Key", key)
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn without_headers(mut self) -> Self {
        self.headers.clear();
        self
    }

    pub fn path(mut self, path: &str) -> Self {
        self.path = path.into();
        self
    }

    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("POST {} HTTP/1.1\r\nHost: localhost\r\n", self.path);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        head.into_bytes()
    }

    pub fn bytes(&self) -> Vec<u8> {
        [self.head(), self.body.clone()].concat()
    }
}

pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer hk_dev\r\n\r\n")
        .into_bytes()
}

/// The server's end of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Fin,
    Reset,
}

#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let field = self
            .headers
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name));
        field.map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| {
            panic!(
                "{:?} is not JSON: {error}",
                String::from_utf8_lossy(&self.body)
            )
        })
    }

    /// Checks that it is a problem of this status and returns its detail.
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(
            self.status,
            status,
            "{}",
            String::from_utf8_lossy(&self.body)
        );
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let problem = self.json();
        assert_eq!(problem["status"], status);
        assert_eq!(problem["type"], "about:blank");
        assert!(problem["title"].is_string());
        problem["detail"].as_str().expect("a detail").to_owned()
    }

    pub fn event_id(&self) -> String {
        assert_eq!(self.status, 202, "{}", String::from_utf8_lossy(&self.body));
        self.json()["event_id"]
            .as_str()
            .expect("an event id")
            .to_owned()
    }
}

/// A connection to the server.
pub struct Raw<S: Read + Write = TcpStream> {
    pub stream: S,
    unread: Vec<u8>,
}

pub fn dial(server: &DevServer) -> TcpStream {
    let stream = TcpStream::connect(server.addr()).expect("the server should accept");
    stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    stream.set_nodelay(true).expect("no delay");
    stream
}

impl Raw {
    pub fn connect(server: &DevServer) -> Self {
        Self::over(dial(server))
    }
}

impl<S: Read + Write> Raw<S> {
    pub fn over(stream: S) -> Self {
        Self {
            stream,
            unread: Vec::new(),
        }
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream
            .write_all(bytes)
            .expect("the request should go out");
    }

    pub fn exchange(&mut self, request: &[u8]) -> Answer {
        self.send(request);
        self.answer().expect("there should be an answer")
    }

    /// Reads one answer.
    pub fn answer(&mut self) -> io::Result<Answer> {
        let head_end = loop {
            if let Some(at) = self
                .unread
                .windows(4)
                .position(|window| window == b"\r\n\r\n")
            {
                break at + 4;
            }
            self.more()?;
        };
        let head = String::from_utf8(self.unread.drain(..head_end).collect()).expect("a text head");
        let mut lines = head.trim_end().split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .expect("a status line");
        let mut answer = Answer {
            status: status.parse().expect("a number"),
            headers: lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            body: Vec::new(),
        };
        let length: usize = answer
            .header("content-length")
            .map_or(0, |length| length.parse().expect("a number"));
        while self.unread.len() < length {
            self.more()?;
        }
        answer.body = self.unread.drain(..length).collect();
        Ok(answer)
    }

    fn more(&mut self) -> io::Result<()> {
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    self.unread.extend_from_slice(&buffer[..read]);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Reads to the end of the connection.
    pub fn rest(&mut self) -> (Vec<u8>, End) {
        loop {
            match self.more() {
                Ok(()) => {}
                Err(error) => {
                    let end = match error.kind() {
                        io::ErrorKind::UnexpectedEof => End::Fin,
                        io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => End::Reset,
                        _ => panic!("the connection should have ended: {error}"),
                    };
                    return (std::mem::take(&mut self.unread), end);
                }
            }
        }
    }
}

/// Sends one request on its own connection.
pub fn exchange(server: &DevServer, request: &[u8]) -> Answer {
    Raw::connect(server).exchange(request)
}

/// Makes a control request with a JSON body, or an empty one.
pub fn control(server: &DevServer, method: &str, path: &str, body: &str) -> Answer {
    control_at(server.addr(), method, path, body)
}

/// Makes a control request to the server at an address. Raw bytes are for tests of what a server reads; these requests
/// are ordinary ones.
pub fn control_at(addr: SocketAddr, method: &str, path: &str, body: &str) -> Answer {
    let config = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .timeout_global(Some(PATIENCE));
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(format!("http://{addr}/_control/{path}"))
        .header("content-type", "application/json")
        .body(body)
        .expect("a request");
    let agent = ureq::Agent::from(config.build());
    let mut response = agent.run(request).expect("there should be an answer");
    Answer {
        status: response.status().as_u16(),
        headers: response
            .headers()
            .iter()
            .map(|(name, value)| {
                (
                    name.to_string(),
                    value.to_str().unwrap_or_default().to_owned(),
                )
            })
            .collect(),
        body: response.body_mut().read_to_vec().expect("a body"),
    }
}
