//! A receiver with scripted answers, and a server that delivers to it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use hookrail_devserver::{Config, DeliveryPolicy, DevServer, Endpoint};
use serde_json::Value;
use sha2::Sha256;

use super::{PATIENCE, exchange, get};

pub const SECRET: &str = "whsec_delivery";

/// A delivery that the receiver got.
#[derive(Debug, Clone)]
pub struct Delivery {
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Delivery {
    pub fn header(&self, name: &str) -> &str {
        let field = self
            .headers
            .iter()
            .find(|(field, _)| field.eq_ignore_ascii_case(name));
        field
            .map(|(_, value)| value.as_str())
            .unwrap_or_else(|| panic!("no {name}: {self:?}"))
    }

    pub fn is_signed_with(&self, secret: &str) -> bool {
        let signature = self.header("hookrail-signature");
        let (t, v1) = signature.split_once(',').expect("two parts");
        let t: u64 = t.strip_prefix("t=").expect("t").parse().expect("seconds");
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        assert!(now.abs_diff(t) < 300, "{t} is not the time");
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{t}.{}.{}", self.header("hookrail-delivery-id"), self.body).as_bytes());
        v1 == format!("v1={}", hex::encode(mac.finalize().into_bytes()))
    }
}

/// An endpoint that answers from a script and then 204.
pub struct Hook {
    addr: SocketAddr,
    pub deliveries: Receiver<Delivery>,
    statuses: Arc<Mutex<Vec<u16>>>,
}

impl Hook {
    pub fn new(script: &[u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let (sender, deliveries) = channel();
        let statuses = Arc::new(Mutex::new(script.to_vec()));
        let script = Arc::clone(&statuses);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                answer(stream, &sender, &script);
            }
        });
        Self {
            addr,
            deliveries,
            statuses,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.addr)
    }

    pub fn next(&self) -> Delivery {
        self.deliveries.recv_timeout(PATIENCE).expect("a delivery")
    }

    pub fn script_played(&self) -> bool {
        self.statuses.lock().unwrap().is_empty()
    }
}

/// Reads one delivery and closes the connection. 0 in the script closes it without an answer.
fn answer(mut stream: std::net::TcpStream, sender: &Sender<Delivery>, script: &Mutex<Vec<u16>>) {
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let (head, length) = loop {
        let read = stream.read(&mut buffer).unwrap_or(0);
        if read == 0 {
            return;
        }
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                break (head.to_owned(), length);
            }
        }
    };
    let body = String::from_utf8(bytes[bytes.len() - length..].to_vec()).unwrap();
    let fields = head
        .lines()
        .skip(1)
        .filter_map(|line| line.split_once(": "));
    let headers = fields.map(|(n, v)| (n.to_owned(), v.to_owned())).collect();
    let status = {
        let mut script = script.lock().unwrap();
        if script.is_empty() {
            204
        } else {
            script.remove(0)
        }
    };
    if status != 0 {
        let answer = format!(
            "HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let _ = stream.write_all(answer.as_bytes());
    }
    let _ = sender.send(Delivery { headers, body });
}

/// The wait of the tests' servers before they deliver again.
pub fn quick() -> DeliveryPolicy {
    DeliveryPolicy {
        retry: Duration::from_millis(1),
        max_attempts: 3,
        timeout: Duration::from_secs(10),
    }
}

pub fn server_for(hooks: &[&Hook]) -> DevServer {
    let endpoint = |hook: &&Hook| Endpoint::new(&hook.url(), SECRET).unwrap();
    DevServer::start(Config {
        endpoints: hooks.iter().map(endpoint).collect(),
        delivery: quick(),
        ..Config::default()
    })
    .unwrap()
}

pub fn status_of(server: &DevServer, event_id: &str) -> Value {
    let answer = exchange(server, &get(&format!("/v1/events/{event_id}")));
    assert_eq!(answer.status, 200);
    answer.json()
}
