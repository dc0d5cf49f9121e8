//! nginx as a gateway before the service: it demands a client certificate, and it listens on a unix socket.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hookrail::internals::{ClientOptions, SendOptions};
use hookrail::{Outcome, Status};
use tempfile::TempDir;

use super::tls_errors::openssl::issued;
use crate::support::{
    AT_ONCE, PATIENCE, PAYLOAD, TOPIC, client_at, expect_error, options, send, server,
};

/// The program by its path in the package, which is not in an ordinary user's search path.
const PROGRAM: &str = "/usr/sbin/nginx";

struct Nginx {
    process: Child,
    addr: SocketAddr,
    dir: TempDir,
}

impl Nginx {
    /// A gateway before this service. It speaks TLS with a certificate of an authority, and demands one of its clients.
    fn before(service: SocketAddr) -> Self {
        let dir = issued("rsa:2048", "rsa:2048", "");
        // Another process may take the free port before nginx does.
        for _ in 0..10 {
            let addr = TcpListener::bind("127.0.0.1:0")
                .and_then(|listener| listener.local_addr())
                .expect("a free port");
            let path = dir.path().display();
            let configuration = format!(
                "daemon off; master_process off; pid {path}/pid; error_log {path}/error.log;\n\
                 events {{}}\n\
                 http {{\n\
                 access_log off; client_body_temp_path {path}/body; proxy_temp_path {path}/proxy;\n\
                 fastcgi_temp_path {path}/f; uwsgi_temp_path {path}/u; scgi_temp_path {path}/s;\n\
                 server {{\n\
                 listen {addr} ssl; ssl_certificate {path}/cert.pem; ssl_certificate_key {path}/key.pem;\n\
                 ssl_client_certificate {path}/ca.pem; ssl_verify_client on;\n\
                 location / {{ proxy_pass http://{service}; }}\n\
                 }}\n\
                 server {{ listen unix:{path}/gateway.sock; location / {{ proxy_pass http://{service}; }} }}\n\
                 }}\n"
            );
            let file = dir.path().join("nginx.conf");
            fs::write(&file, configuration).expect("a configuration");
            let mut process = Command::new(PROGRAM)
                .arg("-c")
                .arg(&file)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("nginx is installed");
            let started = Instant::now();
            while process.try_wait().expect("its state").is_none() {
                // It listens on one after the other.
                let socket = dir.path().join("gateway.sock");
                if TcpStream::connect(addr).is_ok() && UnixStream::connect(socket).is_ok() {
                    return Nginx { process, addr, dir };
                }
                assert!(started.elapsed() < PATIENCE, "nginx does not listen");
                thread::sleep(Duration::from_millis(5));
            }
            // The file of its socket stays, and would be in the way.
            let _ = fs::remove_file(dir.path().join("gateway.sock"));
        }
        let log = fs::read_to_string(dir.path().join("error.log"));
        panic!("nginx does not start: {log:?}");
    }

    fn options(&self) -> ClientOptions {
        let mut options = options();
        options
            .add_ca_file(&self.dir.path().join("ca.pem"))
            .unwrap();
        options
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        ended.expect("nginx ends");
    }
}

#[test]
fn a_gateway_that_demands_a_client_certificate() {
    let service = server();
    let nginx = Nginx::before(service.addr());
    let url = format!("https://{}", nginx.addr);
    let mut options = nginx.options();
    let at = |name: &str| nginx.dir.path().join(name);
    options
        .set_client_certificate_file(&at("cert.pem"), Some(&at("key.pem")))
        .unwrap();
    let client = client_at(&url, &options);
    for _ in 0..3 {
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    client
        .submit(TOPIC, PAYLOAD, &SendOptions::default(), &AT_ONCE)
        .unwrap();
    let completions = client.poll(1, Some(PATIENCE)).unwrap();
    completions[0].result.as_ref().unwrap();
    assert_eq!(service.events().len(), 4);

    let other = issued("rsa:2048", "rsa:2048", "");
    let mut refused = nginx.options();
    refused
        .set_client_certificate_file(
            &other.path().join("cert.pem"),
            Some(&other.path().join("key.pem")),
        )
        .unwrap();
    for (options, part) in [
        (
            nginx.options(),
            "demands a client certificate, and got none",
        ),
        (refused, "did not accept the client certificate"),
    ] {
        let error = send(&client_at(&url, &options)).unwrap_err();
        expect_error(&error, Status::BadRequest, 1, Outcome::Rejected);
        assert!(error.message().contains(part), "{error}");
    }
    let plain = format!("http://{}", nginx.addr);
    let error = send(&client_at(&plain, &nginx.options())).unwrap_err();
    expect_error(&error, Status::BadRequest, 1, Outcome::Rejected);
    assert!(
        error.message().contains("begin base_url with https://"),
        "{error}"
    );
    assert_eq!(service.events().len(), 4);
}

#[test]
fn a_gateway_on_a_unix_socket() {
    let service = server();
    let nginx = Nginx::before(service.addr());
    let url = format!("unix:{}", nginx.dir.path().join("gateway.sock").display());
    let client = client_at(&url, &options());
    for _ in 0..3 {
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    let stats: serde_json::Value = serde_json::from_str(&client.stats().to_json()).unwrap();
    assert_eq!(stats["connections_opened"], 1, "{stats}");
    assert_eq!(service.events().len(), 3);
}
