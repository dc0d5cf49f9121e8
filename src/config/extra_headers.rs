//! The option for headers of one's own.

use super::options::ClientOptions;
use crate::error::Result;

impl ClientOptions {
    /// Adds a header to every request of the client, or gives a header that was added before another value. A send's
    /// own headers replace those of the same names.
    ///
    /// # Errors
    /// Those of [`ExtraHeaders::add`](crate::ExtraHeaders::add).
    pub fn add_header(&mut self, name: impl AsRef<[u8]>, value: impl AsRef<[u8]>) -> Result<()> {
        self.extra_headers.add(name, value)
    }
}
