//! The certificate authorities that a client trusts.

use rustls::pki_types::CertificateDer;

/// The certificate authorities to trust.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsRoots {
    /// The authorities of the operating system, and the extra ones.
    #[default]
    Platform,
    /// Only the extra ones.
    ExtraOnly,
}

/// The trusted certificate authorities of a client.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// The authorities to trust besides `extra`.
    pub roots: TlsRoots,
    /// The authorities that the options add.
    pub extra: Vec<CertificateDer<'static>>,
}
