//! The errors of the system and of other libraries beneath an error.

use std::error::Error;
use std::io;
use std::sync::Arc;

/// The error of the system or of another library beneath an error.
///
/// This is no `dyn Error`: the library for C, which does not show these errors, would contain all that they can do.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// The system's error.
    System(Arc<io::Error>),
    /// The TLS library's error.
    Tls(Arc<rustls::Error>),
    /// The error of a payload that cannot be written as JSON.
    Json(Arc<serde_json::Error>),
}

impl Source {
    pub fn as_error(&self) -> &(dyn Error + 'static) {
        match self {
            Source::System(error) => &**error,
            Source::Tls(error) => &**error,
            Source::Json(error) => &**error,
        }
    }
}

impl From<io::Error> for Source {
    fn from(error: io::Error) -> Self {
        Source::System(Arc::new(error))
    }
}

impl From<rustls::Error> for Source {
    fn from(error: rustls::Error) -> Self {
        Source::Tls(Arc::new(error))
    }
}

impl From<serde_json::Error> for Source {
    fn from(error: serde_json::Error) -> Self {
        Source::Json(Arc::new(error))
    }
}
