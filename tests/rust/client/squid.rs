//! Squid, an independent proxy, with the access rules of its Debian package.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use hookrail::internals::{ClientOptions, ProxySetting};
use hookrail::{Error, Outcome, Status};
use hookrail_devserver::{Rule, SelfSigned};
use tempfile::TempDir;

use crate::support::raw::{RawServer, accepted_body, response, wait_until};
use crate::support::refusing::Refusing;
use crate::support::tls::tls_server;
use crate::support::{
    PATIENCE, TOPIC, client_at, client_with, expect_error, keyed, options, options_with_retries,
    payload_of, send, server,
};

/// The program by its path in the package, which is not in an ordinary user's search path.
const PROGRAM: &str = "/usr/sbin/squid";
const BASIC_AUTHENTICATION: &str = "/usr/lib/squid/basic_ncsa_auth";

struct Squid {
    process: Child,
    addr: SocketAddr,
    dir: TempDir,
}

impl Squid {
    /// A proxy that opens tunnels only to port 443 and to these ports.
    fn start(tunnels: &[u16]) -> Self {
        Self::run(tunnels, "http_access allow localhost")
    }

    /// A proxy that requires this user with this password.
    fn with_user(user: &str, password: &str) -> Self {
        let dir = directory();
        let crypted = Command::new("openssl")
            .args(["passwd", "-apr1", password])
            .output()
            .expect("openssl");
        let crypted = String::from_utf8(crypted.stdout).expect("text");
        let file = dir.path().join("users");
        fs::write(&file, format!("{user}:{crypted}")).expect("a file");
        let file = file.display();
        let rules = format!(
            "auth_param basic program {BASIC_AUTHENTICATION} {file}\n\
             acl known proxy_auth REQUIRED\n\
             http_access allow known"
        );
        Self::run_in(dir, &[], &rules)
    }

    fn run(tunnels: &[u16], rules: &str) -> Self {
        Self::run_in(directory(), tunnels, rules)
    }

    fn run_in(dir: TempDir, tunnels: &[u16], rules: &str) -> Self {
        let tunnels: String = tunnels.iter().map(|port| format!(" {port}")).collect();
        // Another process may take the free port before Squid does.
        for _ in 0..10 {
            let addr = TcpListener::bind("127.0.0.1:0")
                .and_then(|listener| listener.local_addr())
                .expect("a free port");
            let at = |name: &str| dir.path().join(name).display().to_string();
            let configuration = format!(
                "http_port {addr}\n\
                 acl SSL_ports port 443{tunnels}\n\
                 acl Safe_ports port 80 21 443 70 210 1025-65535 280 488 591 777\n\
                 acl CONNECT method CONNECT\n\
                 http_access deny !Safe_ports\n\
                 http_access deny CONNECT !SSL_ports\n\
                 {rules}\n\
                 http_access deny all\n\
                 cache deny all\n\
                 cache_mem 8 MB\n\
                 pid_filename none\n\
                 netdb_filename none\n\
                 pinger_enable off\n\
                 access_log stdio:{}\n\
                 cache_log {}\n\
                 coredump_dir {}\n\
                 shutdown_lifetime 0 seconds\n\
                 visible_hostname squid.test\n",
                at("access.log"),
                at("cache.log"),
                dir.path().display(),
            );
            fs::write(at("squid.conf"), configuration).expect("a configuration");
            let mut process = Command::new(PROGRAM)
                .args(["-N", "-f", &at("squid.conf")])
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("squid is installed");
            if accepts(&mut process, addr) {
                return Squid { process, addr, dir };
            }
        }
        let log = fs::read_to_string(dir.path().join("cache.log"));
        panic!("squid does not start: {log:?}");
    }

    fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// Waits until its access log contains `part` exactly `count` times.
    #[track_caller]
    fn wait_for_log(&self, part: &str, count: usize) {
        let file = self.dir.path().join("access.log");
        let logged = || fs::read_to_string(&file).unwrap_or_default();
        wait_until("entry in the log of squid", || {
            logged().matches(part).count() >= count
        });
        assert_eq!(logged().matches(part).count(), count);
    }
}

impl Drop for Squid {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        ended.expect("squid ends");
    }
}

/// A folder for everyone: Squid changes to another user if root starts it.
fn directory() -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o777)).expect("its mode");
    dir
}

/// Waits until Squid accepts connections. Returns false if it ended instead.
fn accepts(process: &mut Child, addr: SocketAddr) -> bool {
    let started = Instant::now();
    while TcpStream::connect(addr).is_err() {
        if process.try_wait().expect("its state").is_some() {
            return false;
        }
        assert!(started.elapsed() < PATIENCE, "squid does not listen");
        thread::sleep(Duration::from_millis(5));
    }
    true
}

fn through(proxy: &str, mut options: ClientOptions) -> ClientOptions {
    options.set_proxy(ProxySetting::Explicit(proxy.to_owned()));
    options
}

#[test]
fn plain_requests_are_forwarded() {
    let squid = Squid::start(&[]);
    let server = server();
    let client = client_with(&server, through(&squid.url(), options()));
    for _ in 0..3 {
        let event_id = send(&client).unwrap().event_id;
        client
            .get_event(event_id.as_bytes(), &Default::default())
            .unwrap();
    }
    assert_eq!(server.events().len(), 3);
    squid.wait_for_log(&format!(" POST {}/v1/events ", server.url()), 3);
    squid.wait_for_log(&format!(" GET {}/v1/events/", server.url()), 3);
    let stats: serde_json::Value = serde_json::from_str(&client.stats().to_json()).unwrap();
    assert_eq!(stats["connections_opened"], 1, "{stats}");
}

#[test]
fn a_tunnel_is_opened_where_the_rules_allow_it() {
    let [allowed, other] = [(); 2].map(|()| tls_server(SelfSigned::default()));
    let squid = Squid::start(&[allowed.addr().port()]);
    let client = client_with(&allowed, through(&squid.url(), options()));
    for _ in 0..3 {
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    // It logs a tunnel at its end.
    drop(client);
    squid.wait_for_log(&format!(" CONNECT {} ", allowed.addr()), 1);

    let client = client_with(&other, through(&squid.url(), options()));
    let error = send(&client).unwrap_err();
    expect_error(&error, Status::Connection, 1, Outcome::NotSent);
    for part in [&squid.addr.to_string(), &other.addr().to_string(), "403"] {
        assert!(error.message().contains(part), "{part}: {error}");
    }
}

#[test]
fn credentials_are_wanted_wrong_and_right() {
    let squid = Squid::with_user("hook", "rail:p@ss");
    let server = server();
    let tls = tls_server(SelfSigned::default());
    for (user, part) in [
        ("", "wants a user name"),
        ("hook:wrong@", "did not accept"),
        ("other:rail%3Ap%40ss@", "did not accept"),
    ] {
        for server in [&server, &tls] {
            let proxy = format!("http://{user}{}", squid.addr);
            let client = client_with(server, through(&proxy, options()));
            for _ in 0..2 {
                let error = send(&client).unwrap_err();
                // Squid refuses tunnels to this port before it asks for a user.
                if server.ca_pem().is_none() {
                    expect_error(&error, Status::Connection, 1, Outcome::NotSent);
                    assert!(error.message().contains(part), "{error}");
                    assert!(error.message().contains("407"), "{error}");
                }
                assert!(!error.is_retryable(), "{error}");
            }
        }
    }
    assert_eq!(server.summary().requests, 0);
    let proxy = format!("http://hook:rail%3Ap%40ss@{}", squid.addr);
    let client = client_with(&server, through(&proxy, options()));
    for _ in 0..3 {
        assert_eq!(send(&client).unwrap().attempts, 1);
    }
    let requests = server.requests();
    assert!(
        requests
            .iter()
            .all(|request| request.header("proxy-authorization").is_none())
    );
}

#[test]
fn a_service_that_is_away_and_answers_of_every_kind() {
    let squid = Squid::start(&[]);
    let refusing = Refusing::new();
    let options = || through(&squid.url(), options_with_retries(1));
    let error = send(&client_at(&refusing.url(), &options())).unwrap_err();
    expect_error(&error, Status::RetriesExhausted, 2, Outcome::MaybeSent);
    let cause = error.cause().expect("the attempt's error");
    assert_eq!(cause.status(), Status::ServerError);
    assert!(cause.message().contains(&squid.addr.to_string()), "{cause}");

    let server = server();
    let client = client_with(&server, options());
    server
        .add_faults([Rule::status(503), Rule::status(503)])
        .unwrap();
    let error = send(&client).unwrap_err();
    assert_eq!(error.cause().map(Error::http_status), Some(Some(503)));
    assert_eq!(send(&client).unwrap().attempts, 1);
    let mut unlimited = options();
    unlimited.set_payload_limit(0);
    let error = client_with(&server, unlimited)
        .send(TOPIC, &payload_of(300_000), &keyed("large"))
        .unwrap_err();
    expect_error(&error, Status::PayloadTooLarge, 1, Outcome::Rejected);
}

#[test]
fn a_connection_of_the_proxys_that_has_gone_silent_costs_one_timeout() {
    // The service answers only the first request of each connection. Squid opens one for each request.
    let squid = Squid::start(&[]);
    let server = RawServer::start(|mut peer| {
        peer.request();
        if peer.connection() == 1 {
            return peer.hold();
        }
        let close = [("Connection", "close")];
        peer.send(response("202 Accepted", &close, accepted_body("e")));
    });
    let mut options = through(&squid.url(), options_with_retries(1));
    options.set_read_timeout(Duration::from_secs(2)).unwrap();
    let client = client_at(&server.url(), &options);
    assert_eq!(send(&client).unwrap().attempts, 1);
    assert_eq!(send(&client).unwrap().attempts, 2);
    assert_eq!(send(&client).unwrap().attempts, 1);
}
