//! Tests that need their own process, for its environment or because they change it.
//!
//! Such a test runs itself once more in a child process:
//!
//! ```ignore
//! #[test]
//! fn reads_the_environment() {
//!     if child::is_child() {
//!         // the part with that environment
//!         return;
//!     }
//!     child::run(reads_the_environment, &[("HOOKRAIL_API_KEY", "hk_dev")]);
//! }
//! ```

use std::any::type_name;
use std::env;
use std::ffi::OsStr;
use std::process::Command;

/// Lets the C library's resolver give up soon where no name server answers.
pub const IMPATIENT_RESOLVER: (&str, &str) = ("RES_OPTIONS", "timeout:1 attempts:1");

const MARK: &str = "HOOKRAIL_TEST_CHILD";

/// Variables that may be set where the tests run, and that a child must not inherit.
const INHERITED: [&str; 13] = [
    "HOOKRAIL_API_KEY",
    "HOOKRAIL_BASE_URL",
    "http_proxy",
    "HTTP_PROXY",
    "https_proxy",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "RUST_TEST_SHUFFLE",
];

pub fn is_child() -> bool {
    env::var_os(MARK).is_some()
}

/// Runs `test`, which is the calling test itself, in a child process with these variables; fails if it
/// fails there.
#[track_caller]
pub fn run<F: Fn(), V: AsRef<OsStr>>(test: F, environment: &[(&str, V)]) {
    // Only the type is needed: it contains the name of the function.
    drop(test);
    let path = type_name::<F>();
    let (_, name) = path.split_once("::").expect("a path within the crate");
    let mut command = Command::new(env::current_exe().expect("the test binary"));
    command.args(["--exact", name, "--nocapture"]);
    for variable in INHERITED {
        command.env_remove(variable);
    }
    command.env(MARK, name);
    for (variable, value) in environment {
        command.env(variable, value);
    }
    let output = command.output().expect("the test binary should run");
    let shown = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(
        output.status.success() && shown.contains("1 passed"),
        "in the child process:\n{shown}"
    );
}
