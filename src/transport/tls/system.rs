//! The certificate authorities of the system, for a program that must not read its environment. The platform's
//! verifier cannot serve it, because that reads `SSL_CERT_FILE` and `SSL_CERT_DIR`.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// The files with the authorities in Linux distributions: Debian and Arch, Fedora and RHEL, openSUSE, Alpine.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Returns the authorities of the first file that has any. Unreadable parts of it are skipped, as by the platform's
/// verifier.
pub fn authorities() -> RootCertStore {
    let mut store = RootCertStore::empty();
    for bundle in BUNDLES {
        if let Ok(certificates) = CertificateDer::pem_file_iter(Path::new(bundle)) {
            store.add_parsable_certificates(certificates.flatten());
        }
        if !store.is_empty() {
            break;
        }
    }
    store
}
