//! Certificates made for one run: a private root, and leaves for this machine's loopback names.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chrono::{DateTime, Datelike, TimeDelta, Utc};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, SanType,
};
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

/// How long leaves are valid; platform verifiers refuse server certificates that are valid for much more than a year.
const LEAF_DAYS: i64 = 365;

/// Why a certificate could not be made.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Making or signing it failed.
    #[error("A certificate for the lab could not be made: {0}.")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refused it.
    #[error("The lab's own certificate was refused by its TLS library: {0}.")]
    Refused(#[from] rustls::Error),
}

/// A root that exists for one run, and its key.
pub(super) struct Authority {
    host: String,
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    /// Makes a root of the given common name, for certificates of a host.
    pub fn new(name: &str, host: &str) -> Result<Self, TlsError> {
        let mut params = params(name, 10 * LEAF_DAYS);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self {
            host: host.to_owned(),
            issuer,
        })
    }

    /// The root's certificate, as PEM.
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Makes a certificate for the host, `localhost`, 127.0.0.1 and ::1, with a new key.
    pub fn issue(&self) -> Result<Leaf, TlsError> {
        let key = KeyPair::generate()?;
        let mut params = params(&self.host, LEAF_DAYS);
        params.subject_alt_names = vec![
            SanType::DnsName("localhost".try_into()?),
            SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
        ];
        if self.host != "localhost" {
            params
                .subject_alt_names
                .insert(0, SanType::DnsName(self.host.as_str().try_into()?));
        }
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, &self.issuer)?;
        let sha256 = sha256_hex(certificate.der());
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let mut config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key.into())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Leaf {
            sha256,
            config: Arc::new(config),
        })
    }
}

/// SHA-256 as lower-case hexadecimal digits.
pub(super) fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        let _infallible = write!(hex, "{byte:02x}");
        hex
    })
}

fn params(common_name: &str, days: i64) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    // Real time, not lab time: clients check certificates against their own clock. A day of grace for clocks that differ.
    let now = Utc::now();
    let midnight = |day: DateTime<Utc>| rcgen::date_time_ymd(day.year(), day.month() as u8, day.day() as u8);
    params.not_before = midnight(now - TimeDelta::days(1));
    params.not_after = midnight(now + TimeDelta::days(days));
    params
}

/// A server certificate ready to serve.
pub(super) struct Leaf {
    sha256: String,
    config: Arc<ServerConfig>,
}

/// The certificate that a listener shows, which may be replaced while it listens.
pub(super) struct ServerCertificate {
    authority: Authority,
    current: Mutex<Current>,
}

struct Current {
    leaf: Leaf,
    /// Cancelled when the certificate is replaced: connections made under it end.
    replaced: CancellationToken,
}

impl ServerCertificate {
    /// A first certificate of this authority.
    pub fn new(authority: Authority) -> Result<Self, TlsError> {
        let leaf = authority.issue()?;
        Ok(Self {
            authority,
            current: Mutex::new(Current {
                leaf,
                replaced: CancellationToken::new(),
            }),
        })
    }

    /// SHA-256 of the certificate in DER form, as lower-case hexadecimal digits.
    pub fn sha256(&self) -> String {
        self.lock().leaf.sha256.clone()
    }

    /// The root, as PEM.
    pub fn root_pem(&self) -> String {
        self.authority.pem()
    }

    /// What a new connection needs: the acceptor, and the token that says that the certificate was replaced.
    pub fn acceptor(&self) -> (TlsAcceptor, CancellationToken) {
        let current = self.lock();
        (
            TlsAcceptor::from(Arc::clone(&current.leaf.config)),
            current.replaced.clone(),
        )
    }

    /// Makes a new certificate of the same root, ends the connections made under the old one, and answers its SHA-256.
    pub fn replace(&self) -> Result<String, TlsError> {
        let leaf = self.authority.issue()?;
        let sha256 = leaf.sha256.clone();
        let old = std::mem::replace(
            &mut *self.lock(),
            Current {
                leaf,
                replaced: CancellationToken::new(),
            },
        );
        old.replaced.cancel();
        Ok(sha256)
    }

    fn lock(&self) -> MutexGuard<'_, Current> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_names_the_loopback_host_and_its_root() {
        let authority = Authority::new("Lab Root", "localhost").unwrap();
        let leaf = authority.issue().unwrap();
        assert_eq!(leaf.sha256.len(), 64);
        assert!(
            leaf.sha256
                .bytes()
                .all(|digit| digit.is_ascii_digit() || (b'a'..=b'f').contains(&digit))
        );
        let (_, root) = x509_parser::pem::parse_x509_pem(authority.pem().as_bytes()).unwrap();
        let root = root.parse_x509().unwrap();
        assert!(root.is_ca());
        assert_eq!(root.subject().to_string(), "CN=Lab Root");
    }

    #[test]
    fn a_replaced_certificate_ends_what_began_under_the_old_one() {
        let certificate = ServerCertificate::new(Authority::new("Lab Root", "localhost").unwrap()).unwrap();
        let (first, root) = (certificate.sha256(), certificate.root_pem());
        let (_, replaced) = certificate.acceptor();
        let second = certificate.replace().unwrap();
        assert_ne!(first, second);
        assert_eq!(certificate.sha256(), second);
        assert_eq!(certificate.root_pem(), root);
        assert!(replaced.is_cancelled());
        assert!(!certificate.acceptor().1.is_cancelled());
    }
}
