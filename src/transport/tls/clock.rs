//! The clock for checking certificates.

use std::time::{SystemTime, UNIX_EPOCH};

use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;

/// The system's clock. It may show a time before 1970 (a device without a battery, a bad import of a virtual
/// machine). The TLS library's own clock panics then.
#[derive(Debug)]
pub struct SystemClock;

impl TimeProvider for SystemClock {
    fn current_time(&self) -> Option<UnixTime> {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH);
        since_1970.ok().map(UnixTime::since_unix_epoch)
    }
}
