//! What the HTTP library makes at its first use in a process, made before a fork can come in the middle.
//!
//! A fork copies a value that is half made, and not the thread that makes it: whoever needs the value in the
//! child would wait for ever.

use std::sync::atomic::{AtomicBool, Ordering};

use ureq::Agent;
use ureq::config::Config;
use ureq::http::Request;
use ureq::unversioned::transport::{ConnectionDetails, Connector};

use super::connector::LateResolver;
use super::loan::Loan;
use crate::sys::fork::{ForkHandlers, at_fork};
use crate::sys::signals::uninterrupted;

/// Whether everything is made.
static IS_MADE: AtomicBool = AtomicBool::new(false);

/// Makes it, unless it is made. Once this has returned, no thread is in the middle of that.
pub fn make() {
    if !IS_MADE.load(Ordering::Acquire) {
        // First of all: from now on a fork waits for whoever is in the middle.
        at_fork(ForkHandlers {
            before: Some(finish),
            ..ForkHandlers::default()
        });
        // A signal's handler that forks would wait for its own thread.
        uninterrupted(|| finish());
    }
}

extern "C" fn finish() {
    if IS_MADE.load(Ordering::Acquire) {
        return;
    }
    let config = Config::builder().proxy(None).build();
    let request = Request::get("http://nobody/").body(());
    // A request makes what requests need. This one ends where it would connect.
    let _ = request.map(|request| Agent::with_parts(config, Nowhere, LateResolver).run(request));
    IS_MADE.store(true, Ordering::Release);
}

/// Connects to nobody.
#[derive(Debug)]
struct Nowhere;

impl Connector<()> for Nowhere {
    type Out = Loan;

    fn connect(
        &self,
        _: &ConnectionDetails<'_>,
        _: Option<()>,
    ) -> Result<Option<Loan>, ureq::Error> {
        Err(ureq::Error::ConnectionFailed)
    }
}
