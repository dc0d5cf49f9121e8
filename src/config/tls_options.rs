//! The certificates that a client trusts, and the one that it shows.

use rustls::pki_types::CertificateDer;

use super::client_certificate::ClientCertificate;

/// The certificate authorities to trust.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsRoots {
    /// The authorities of the operating system, and the extra ones.
    #[default]
    Platform,
    /// Only the extra ones.
    ExtraOnly,
}

/// The certificates of a client.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// The authorities to trust besides `extra`.
    pub roots: TlsRoots,
    /// The authorities that the options add.
    pub extra: Vec<CertificateDer<'static>>,
    /// The certificate that the client shows if a server asks for one.
    pub client_certificate: Option<ClientCertificate>,
}
