//! OpenSSL's certificates and its test server, for keys and versions that rustls does not support.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// Runs a command of OpenSSL in a folder.
#[track_caller]
pub fn openssl(dir: &Path, arguments: &str) {
    let output = Command::new("openssl")
        .args(arguments.split_whitespace())
        .current_dir(dir)
        .output()
        .expect("openssl is installed");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "openssl {arguments}: {said}");
}

/// Makes an authority (`ca.pem`) and its certificate for a server at this machine (`cert.pem`, `key.pem`).
/// The arguments of `openssl req` and `openssl x509` decide their keys and signatures.
pub fn issued(ca_key: &str, key: &str, signature: &str) -> TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let extensions = "subjectAltName=DNS:localhost,IP:127.0.0.1\n";
    std::fs::write(dir.path().join("extensions"), extensions).expect("a file");
    openssl(
        dir.path(),
        &format!(
            "req -x509 -newkey {ca_key} -nodes -days 2 -subj /CN=old-authority -keyout ca.key -out ca.pem"
        ),
    );
    openssl(
        dir.path(),
        &format!("req -newkey {key} -nodes -subj /CN=old-server -keyout key.pem -out request.pem"),
    );
    openssl(
        dir.path(),
        &format!(
            "x509 -req -in request.pem -CA ca.pem -CAkey ca.key -days 2 -extfile extensions {signature} \
             -out cert.pem"
        ),
    );
    dir
}

/// `openssl s_server` on a port of its own.
pub struct Server {
    process: Child,
    pub port: u16,
}

impl Server {
    /// A server with the `cert.pem` and the `key.pem` of a folder, and these arguments.
    pub fn start(dir: &Path, arguments: &str) -> Self {
        let mut process = Command::new("openssl")
            .args([
                "s_server",
                "-accept",
                "127.0.0.1:0",
                "-cert",
                "cert.pem",
                "-key",
                "key.pem",
            ])
            .args(arguments.split_whitespace())
            .current_dir(dir)
            // It ends when its input is closed, which happens when this value is dropped.
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("openssl is installed");
        let output = process.stdout.as_mut().expect("its output");
        let port = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.strip_prefix("ACCEPT 127.0.0.1:")?.parse().ok())
            .expect("the server tells its port");
        Server { process, port }
    }

    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let ended = self.process.kill().and_then(|()| self.process.wait());
        ended.expect("openssl ends");
    }
}
