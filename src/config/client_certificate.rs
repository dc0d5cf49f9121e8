//! The certificate with which a client proves to a server who it is (mutual TLS).

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::sign::{CertifiedKey, SigningKey};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::authorities;
use super::private_key::{self, UNSUPPORTED};
use crate::error::{Error, Result, ordinal};
use crate::sys::out_of_resources::{Shortage, is_shortage};
use crate::wiped_stack::scrubbed;

/// A client certificate with its chain and its key.
#[derive(Clone)]
pub struct ClientCertificate {
    certified: Arc<CertifiedKey>,
    digest: [u8; 32],
}

/// More stack than an optimised build needs to read a certificate and its key.
const READING_STACK: usize = 32 * 1024;

impl ClientCertificate {
    /// Reads a certificate with its chain, and its key. Each text comes with its place. Reading the key and computing its
    /// digest leave copies on the stack, which is wiped.
    fn read(certificates: (&str, &[u8]), key: (&str, &[u8])) -> Result<Self> {
        scrubbed::<READING_STACK, _>(|| Self::parse(certificates, key))
    }

    fn parse(
        (certificate_source, certificates): (&str, &[u8]),
        (key_source, key): (&str, &[u8]),
    ) -> Result<Self> {
        let chain = authorities::parse_pem(certificate_source, certificates)?;
        let der = private_key::parse_pem(key)
            .map_err(|reason| Error::configuration(format!("{key_source} {reason}")))?;
        let key = private_key::signing_key(&der).ok_or_else(|| {
            Error::configuration(format!(
                "{key_source} holds a private key that {UNSUPPORTED}"
            ))
        })?;
        let owner = chain
            .iter()
            .position(|certificate| is_of(certificate, &*key));
        if owner != Some(0) {
            return Err(Error::configuration(match owner {
                Some(at) => format!(
                    "the private key in {key_source} belongs to the {} certificate in {certificate_source}: its \
                     certificate has to be the first one, with those of its authorities behind it",
                    ordinal(at + 1)
                ),
                None => format!(
                    "the private key in {key_source} does not belong to the certificate in {certificate_source}"
                ),
            }));
        }
        let mut digest = Sha256::new();
        for part in chain
            .iter()
            .map(|certificate| &certificate[..])
            .chain([der.secret_der()])
        {
            digest.update(part.len().to_be_bytes());
            digest.update(part);
        }
        Ok(ClientCertificate {
            certified: Arc::new(CertifiedKey::new(chain, key)),
            digest: digest.finalize().into(),
        })
    }

    /// Reads a certificate with its chain from a text in PEM form, and its key from another one or from the same.
    ///
    /// # Errors
    /// `Configuration`: the error names what does not fit.
    pub fn from_pem(certificate: &[u8], key: Option<&[u8]>) -> Result<Self> {
        let certificate = ("the PEM text of the client certificate", certificate);
        let key = key.map(|key| ("the PEM text of the client key", key));
        Self::read(certificate, key.unwrap_or(certificate))
    }

    /// Reads a certificate with its chain from a PEM file, and its key from another one or from the same.
    ///
    /// # Errors
    /// `Configuration` as for [`ClientCertificate::from_pem`], or if a file cannot be read; `OutOfResources` if the process
    /// has no descriptor for it.
    pub fn from_files(certificate: &Path, key: Option<&Path>) -> Result<Self> {
        let (source, text) = read_file("client certificate", certificate)?;
        let (key_source, key) = match key {
            Some(path) => read_file("client key", path)?,
            None => (source.clone(), text.clone()),
        };
        Self::read((&source, &text), (&key_source, &key))
    }

    /// Returns the certificate and the key for TLS.
    pub fn certified(&self) -> &Arc<CertifiedKey> {
        &self.certified
    }

    /// Returns a digest of the certificates and the key.
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl fmt::Debug for ClientCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientCertificate(redacted)")
    }
}

/// Reads a file that may hold a key. Returns its name for messages, and its text.
fn read_file(what: &str, path: &Path) -> Result<(String, Zeroizing<Vec<u8>>)> {
    let source = format!("the {what} file {}", path.display());
    let mut text = Zeroizing::new(Vec::new());
    let read = File::open(path).and_then(|mut file| {
        let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
        // With the room for all, the buffer does not grow, and leaves no part of a key in freed memory.
        text.reserve_exact(length.saturating_add(64));
        file.read_to_end(&mut text)
    });
    match read {
        Ok(_) => Ok((source, text)),
        Err(error) if is_shortage(&error) => {
            Err(Shortage::descriptor("for the client certificate", error).into())
        }
        Err(error) => Err(Error::configuration(format!(
            "cannot read {source}: {error}"
        ))),
    }
}

/// Returns whether a key belongs to a certificate. The certificate may have version 1, so it is read as that of an
/// authority.
fn is_of(certificate: &CertificateDer<'static>, key: &dyn SigningKey) -> bool {
    let mut store = RootCertStore::empty();
    let (Ok(()), Some(public_key)) = (store.add(certificate.clone()), key.public_key()) else {
        return false;
    };
    let certified = store
        .roots
        .iter()
        .map(|anchor| &anchor.subject_public_key_info);
    // The certificate's is without the tag and the length of the sequence.
    certified
        .into_iter()
        .any(|certified| public_key.ends_with(certified))
}
