//! Options for programs that stand between a client and the service: headers of one's own, the client certificate, and the
//! unix socket.

use std::path::Path;

use super::client_certificate::ClientCertificate;
use super::options::ClientOptions;
use super::unix_socket::UnixSocket;
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

    /// Sets the certificate that the client shows to an https server that asks for one (mutual TLS), in PEM form. The
    /// certificate of the key comes first in `certificate`, then those of its authorities. `key` is PKCS#8, PKCS#1 or
    /// SEC1, not encrypted; `None` if it is in the same text.
    ///
    /// # Errors
    /// `Configuration` if there is no certificate or no key, if one cannot be used, or if they do not belong together.
    pub fn set_client_certificate_pem(
        &mut self,
        certificate: &[u8],
        key: Option<&[u8]>,
    ) -> Result<()> {
        self.tls.client_certificate = Some(ClientCertificate::from_pem(certificate, key)?);
        Ok(())
    }

    /// Sets the client certificate from PEM files, which are read now. With `key` `None` the key is in the same file.
    ///
    /// # Errors
    /// `Configuration` if a file cannot be read, `OutOfResources` if the process has no descriptor for it, and the errors
    /// of [`ClientOptions::set_client_certificate_pem`].
    pub fn set_client_certificate_file(
        &mut self,
        certificate: &Path,
        key: Option<&Path>,
    ) -> Result<()> {
        self.tls.client_certificate = Some(ClientCertificate::from_files(certificate, key)?);
        Ok(())
    }

    /// Sets the unix socket through which the client reaches the service; `None` for none (default). The base URL still
    /// gives the scheme, the `Host` header and the path. No proxy is used.
    ///
    /// # Errors
    /// `InvalidArgument` if the path is not absolute, longer than 107 bytes, or has a NUL.
    pub fn set_unix_socket(&mut self, path: Option<&Path>) -> Result<()> {
        self.unix_socket = path.map(UnixSocket::new).transpose()?;
        Ok(())
    }
}
