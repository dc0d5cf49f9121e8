//! Whom a client trusts.

use rustls::pki_types::CertificateDer;

/// Which certificate authorities are trusted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TlsRoots {
    /// Those of the operating system, and the extra ones.
    #[default]
    Platform,
    /// The extra ones only.
    ExtraOnly,
}

/// The certificate authorities of a client, as its options name them.
#[derive(Clone, Debug, Default)]
pub struct TlsOptions {
    /// Which are trusted besides `extra`.
    pub roots: TlsRoots,
    /// Those that the options add.
    pub extra: Vec<CertificateDer<'static>>,
}
