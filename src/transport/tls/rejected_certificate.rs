//! Explanations why a server's certificate is not trusted, for people who can change that.

use rustls::CertificateError;
use rustls::pki_types::CertificateDer;

use super::certificate::{Certificate, PublicKey, name_of};
use super::date;
use crate::error::ordinal;

/// The length of the shortest RSA key that is accepted, in bits.
const SHORTEST_RSA: usize = 2048;
/// The most hosts of a certificate that a message lists.
const MOST_HOSTS: usize = 5;

/// A certificate that a verifier has refused, with its circumstances.
pub struct Refused<'a> {
    /// The certificates that the server has presented, its own first.
    pub presented: Vec<&'a CertificateDer<'a>>,
    /// The certificates of authorities that were added to the system's.
    pub added: &'a [CertificateDer<'static>],
    /// The name or address that the client asked for.
    pub host: &'a str,
    /// The time of the verification, in seconds since 1970.
    pub now: i64,
}

/// A certificate of the chain with its place in it.
struct Link<'a> {
    place: usize,
    certificate: Certificate<'a>,
}

impl Refused<'_> {
    /// Says which certificate is the problem and what to do about it.
    pub fn explain(&self, error: &CertificateError) -> String {
        if let Some(place) = self.unreadable() {
            return format!(
                "the {} certificate that the server sends cannot be read: it is damaged, or of a form that \
                 is not supported",
                ordinal(place + 1)
            );
        }
        let path = self.path();
        let Some(server) = path.first() else {
            return "the server sends no certificate".to_owned();
        };
        use CertificateError::*;
        #[allow(deprecated)]
        match error {
            UnknownIssuer => self.unknown_issuer(&path),
            Expired | ExpiredContext { .. } => self.expired(&path),
            NotValidYet | NotValidYetContext { .. } => self.not_valid_yet(&path),
            NotValidForName | NotValidForNameContext { .. } => self.other_host(server),
            BadSignature => self.bad_signature(&path),
            UnsupportedSignatureAlgorithm
            | UnsupportedSignatureAlgorithmContext { .. }
            | UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => unsupported(&path),
            InvalidPurpose | InvalidPurposeContext { .. } => not_for_servers(server),
            _ => self.other(error, &path),
        }
    }

    /// Returns the place of the first certificate that cannot be read.
    fn unreadable(&self) -> Option<usize> {
        let is_unreadable = |der: &&CertificateDer<'_>| Certificate::parse(der).is_none();
        self.presented.iter().position(is_unreadable)
    }

    /// Returns the server's certificate and its issuers, as far as they were presented.
    fn path(&self) -> Vec<Link<'_>> {
        let all: Vec<Link<'_>> = self
            .presented
            .iter()
            .enumerate()
            .map_while(|(place, der)| {
                let certificate = Certificate::parse(der)?;
                Some(Link { place, certificate })
            })
            .collect();
        let mut path: Vec<Link<'_>> = Vec::new();
        let mut rest = all;
        let mut next = (!rest.is_empty()).then_some(0);
        while let Some(index) = next {
            let link = rest.remove(index);
            let issuer = link.certificate.issuer;
            let is_last = link.certificate.is_self_issued();
            path.push(link);
            let issues = |other: &Link<'_>| !is_last && other.certificate.subject == issuer;
            next = rest.iter().position(issues);
        }
        path
    }

    fn unknown_issuer(&self, path: &[Link<'_>]) -> String {
        let last = &path[path.len() - 1];
        let name = last.name();
        if last.certificate.is_self_issued() {
            if self.added_namesake(last.certificate.subject) {
                return format!(
                    "{} is not the certificate of the same name that was added: the server has another \
                     one now, which has to be added in its place",
                    last.what()
                );
            }
            return match last.place {
                0 => format!(
                    "{} is self-signed: add it to the client's CA certificates, or have the server use one \
                     that an authority has issued",
                    last.what()
                ),
                _ => format!(
                    "the server's chain ends at the authority {name}, which is not trusted here: if it is \
                     yours, add its certificate to the client's CA certificates"
                ),
            };
        }
        let issuer = quoted(name_of(last.certificate.issuer));
        if self.added_namesake(last.certificate.issuer) {
            return self.other_key(last, &issuer);
        }
        match path.len() {
            1 => format!(
                "{} was issued by {issuer}, whose certificate is neither trusted here nor sent by the \
                 server: if {issuer} is an intermediate authority, the server has to send its certificate, \
                 too (the full chain); if it is an authority of yours, add its certificate to the client's \
                 CA certificates",
                last.what()
            ),
            _ => format!(
                "{} was issued by {issuer}, which is not trusted here: if it is an authority of yours, add \
                 its certificate to the client's CA certificates",
                last.what()
            ),
        }
    }

    /// Returns whether a certificate with this subject was added.
    fn added_namesake(&self, subject: &[u8]) -> bool {
        let subjects = self.added.iter().filter_map(|der| Certificate::parse(der));
        subjects.into_iter().any(|added| added.subject == subject)
    }

    fn other_key(&self, link: &Link<'_>, issuer: &str) -> String {
        format!(
            "{} was issued by an authority that is called {issuer}, but not with the key of the certificate \
             of that name that was added: the authority has a new key, so add its present certificate in \
             place of the old one",
            link.what()
        )
    }

    fn expired(&self, path: &[Link<'_>]) -> String {
        let is_over = |link: &&Link<'_>| link.certificate.not_after < Some(self.now);
        let link = path.iter().find(is_over).unwrap_or(&path[0]);
        let when = link
            .certificate
            .not_after
            .map_or_else(String::new, |end| format!(" on {}", date::shown(end)));
        format!(
            "{} expired{when}, and this machine's clock says {}: the server needs a new one, unless the \
             clock is wrong",
            link.what(),
            date::shown(self.now)
        )
    }

    fn not_valid_yet(&self, path: &[Link<'_>]) -> String {
        let is_early = |link: &&Link<'_>| link.certificate.not_before > Some(self.now);
        let link = path.iter().find(is_early).unwrap_or(&path[0]);
        let when = link.certificate.not_before.map_or_else(
            || "not yet".to_owned(),
            |start| format!("only from {} on", date::shown(start)),
        );
        format!(
            "{} is valid {when}, and this machine's clock says {}: is the clock right?",
            link.what(),
            date::shown(self.now)
        )
    }

    fn other_host(&self, server: &Link<'_>) -> String {
        let host = self.host;
        let hosts = &server.certificate.hosts;
        if hosts.is_empty() {
            return format!(
                "{} names no host: it has no subjectAltName, which is where `{host}` is looked for (a common \
                 name does not count)",
                server.what()
            );
        }
        let mut listed = hosts[..hosts.len().min(MOST_HOSTS)].join(", ");
        if hosts.len() > MOST_HOSTS {
            listed.push_str(&format!(" and {} more", hosts.len() - MOST_HOSTS));
        }
        format!(
            "{} is for {listed}, and not for `{host}`: use a name that it has in base_url, or have it issued \
             for `{host}`, too",
            server.what()
        )
    }

    fn bad_signature(&self, path: &[Link<'_>]) -> String {
        if let Some(complaint) = path.iter().find_map(Link::unusable_key) {
            return complaint;
        }
        let added = self.added.iter().filter_map(|der| Certificate::parse(der));
        for certificate in added {
            let is_issuer = |link: &&Link<'_>| link.certificate.issuer == certificate.subject;
            let Some(link) = path.iter().find(is_issuer) else {
                continue;
            };
            let issuer = quoted(name_of(certificate.subject));
            if let Some(key) = unusable(certificate.key) {
                return format!("the added certificate of the authority {issuer} has {key}");
            }
            return self.other_key(link, &issuer);
        }
        let link = &path[path.len() - 1];
        format!(
            "{} is not signed with the key of the authority that it names, {}: it is forged, or the authority \
             has a new key",
            link.what(),
            quoted(name_of(link.certificate.issuer))
        )
    }

    fn other(&self, error: &CertificateError, path: &[Link<'_>]) -> String {
        let server = &path[0];
        if server.certificate.is_authority {
            return format!(
                "{} is that of an authority, which no server may use (CA:TRUE): have this authority issue one \
                 for the server, and add the authority's to the client's CA certificates where it is not \
                 there yet",
                server.what()
            );
        }
        if !server.certificate.is_for_servers {
            return not_for_servers(server);
        }
        let no_authority = |link: &&Link<'_>| link.place > 0 && !link.certificate.is_authority;
        if let Some(link) = path.iter().find(no_authority) {
            return format!(
                "{} has issued another, but is not that of an authority (CA:TRUE is missing)",
                link.what()
            );
        }
        if let Some(link) = path.iter().find(|link| link.certificate.version < 3) {
            return format!(
                "{} is of version {} of X.509: version 3 is needed",
                link.what(),
                link.certificate.version
            );
        }
        if let Some(complaint) = path.iter().find_map(Link::unusable_key) {
            return complaint;
        }
        format!(
            "{} or one of its issuers cannot be accepted ({})",
            server.what(),
            super::words::of_debug(&error.to_string())
        )
    }
}

/// Says why a server's signature in the handshake is refused although its certificate was accepted.
pub fn explain_handshake(certificate: &CertificateDer<'_>) -> String {
    let certificate = Certificate::parse(certificate).map(|certificate| Link {
        place: 0,
        certificate,
    });
    certificate
        .and_then(|link| link.unusable_key())
        .unwrap_or_else(|| {
            "the server does not prove that it has the key of its certificate: its signature in the \
             handshake is not made with it, or in a way that is not supported"
                .to_owned()
        })
}

fn unsupported(path: &[Link<'_>]) -> String {
    for link in path {
        if let Some(algorithm) = link.certificate.signature {
            return format!(
                "{} is signed with {algorithm}, which is not accepted: have it issued anew, signed with SHA-256",
                link.what()
            );
        }
        if let Some(complaint) = link.unusable_key() {
            return complaint;
        }
    }
    format!(
        "{} or one of its issuers is signed in a way that is not supported: RSA of {SHORTEST_RSA} bits and \
         more, ECDSA on P-256 and P-384, and Ed25519 are",
        path[0].what()
    )
}

fn not_for_servers(server: &Link<'_>) -> String {
    format!(
        "{} is not made for servers: its extended key usage lacks serverAuth",
        server.what()
    )
}

/// Returns the fault of a key, if it has one.
fn unusable(key: PublicKey) -> Option<String> {
    match key {
        PublicKey::Rsa(bits) if bits < SHORTEST_RSA => Some(format!(
            "an RSA key of {bits} bits: at least {SHORTEST_RSA} are needed"
        )),
        PublicKey::Unsupported(kind) => Some(format!(
            "a key of a kind that is not supported ({kind}): RSA, P-256, P-384 and Ed25519 are"
        )),
        _ => None,
    }
}

fn quoted(name: Option<String>) -> String {
    name.map_or_else(|| "(no name)".to_owned(), |name| format!("\"{name}\""))
}

impl Link<'_> {
    fn name(&self) -> String {
        quoted(name_of(self.certificate.subject))
    }

    /// Returns its name in a message.
    fn what(&self) -> String {
        let name = self.name();
        match self.place {
            0 => format!("the server's certificate {name}"),
            _ if self.certificate.is_self_issued() => {
                format!("the certificate of the authority {name} that the server sends")
            }
            _ => format!("the intermediate certificate {name} that the server sends"),
        }
    }

    fn unusable_key(&self) -> Option<String> {
        let key = unusable(self.certificate.key)?;
        Some(format!("{} has {key}", self.what()))
    }
}
