//! What a certificate says: for the person who is asked to accept it, and for the channel binding of a sign-in.

use std::time::Duration;

use chrono::DateTime;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::time::ASN1Time;

use super::connection::{Door, dial};
use super::trust::Trust;
use crate::model::site::PresentedCertificate;
use crate::model::{Fingerprint, Problem, ProviderAddress, Result};

/// Looks at the certificate that answers at an address, without trusting it: the TLS handshake is completed, which proves
/// that the other side holds the key, and nothing is sent.
///
/// # Errors
/// [`Problem::SiteUnreachable`] when nothing there speaks TLS; [`Problem::NotUnderstood`] when the certificate cannot be
/// read.
pub async fn presented_certificate(provider: &ProviderAddress) -> Result<PresentedCertificate> {
    let door = Door {
        provider: provider.clone(),
        trust: Some(Trust::look_only()),
        connect_timeout: Duration::from_secs(15),
    };
    let leaf = dial(&door).await?.leaf.unwrap_or_default();
    describe(&leaf).ok_or_else(|| {
        Problem::NotUnderstood {
            host: provider.to_string(),
            expected: "an X.509 certificate".into(),
        }
        .into()
    })
}

/// SHA-256 of a certificate in DER.
pub(super) fn fingerprint(der: &[u8]) -> Fingerprint {
    Fingerprint::new(Sha256::digest(der).into())
}

fn describe(der: &[u8]) -> Option<PresentedCertificate> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let date = |time: ASN1Time| DateTime::from_timestamp(time.timestamp(), 0);
    Some(PresentedCertificate {
        fingerprint: fingerprint(der),
        subject: certificate.subject().to_string(),
        issuer: certificate.issuer().to_string(),
        not_before: date(certificate.validity().not_before)?,
        not_after: date(certificate.validity().not_after)?,
    })
}

/// The hash of a certificate in the sense of the channel binding `tls-server-end-point` (RFC 5929): that of its signature
/// algorithm, where MD5 and SHA-1 become SHA-256. `None` where the signature has no hash of its own, such as Ed25519: the
/// RFC defines no binding then.
pub(super) fn end_point_hash(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    let algorithm = &certificate.signature_algorithm;
    let name = match SignatureAlgorithm::try_from(algorithm).ok()? {
        SignatureAlgorithm::RSASSA_PSS(parameters) => parameters.hash_algorithm_oid().to_id_string(),
        SignatureAlgorithm::ED25519 => return None,
        _ => algorithm.algorithm.to_id_string(),
    };
    Some(match name.as_str() {
        // sha384WithRSAEncryption, ecdsa-with-SHA384, id-sha384
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" | "2.16.840.1.101.3.4.2.2" => Sha384::digest(der).to_vec(),
        // sha512WithRSAEncryption, ecdsa-with-SHA512, id-sha512
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" | "2.16.840.1.101.3.4.2.3" => Sha512::digest(der).to_vec(),
        _ => Sha256::digest(der).to_vec(),
    })
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use super::*;
    use crate::configmgr::testing::{Identity, Reply, Server};

    #[tokio::test]
    async fn shows_what_the_site_shows_and_sends_nothing() {
        let identity = Identity::new("CM01.corp.example");
        let server = Server::tls(&identity, |_| Reply::Hang).await;
        let shown = presented_certificate(&server.address()).await.unwrap();
        assert_eq!(shown.fingerprint, fingerprint(identity.leaf()));
        assert_eq!(shown.subject, "CN=CM01.corp.example");
        assert_eq!(shown.issuer, "CN=SMS Issuing");
        assert!(shown.not_before < shown.not_after);
        assert!(server.asked().is_empty());
    }

    #[tokio::test]
    async fn nothing_there_is_no_certificate() {
        let failure = presented_certificate(&crate::configmgr::testing::closed_port().await)
            .await
            .unwrap_err();
        assert_eq!(failure.problem().code(), "site_unreachable");
    }

    #[test]
    fn the_binding_hashes_as_the_signature_does() {
        for (algorithm, length) in [
            (&rcgen::PKCS_ECDSA_P256_SHA256, Some(32)),
            (&rcgen::PKCS_ECDSA_P384_SHA384, Some(48)),
            (&rcgen::PKCS_ED25519, None),
        ] {
            let key = rcgen::KeyPair::generate_for(algorithm).unwrap();
            let certificate = rcgen::CertificateParams::new(vec!["localhost".to_owned()])
                .unwrap()
                .self_signed(&key)
                .unwrap();
            assert_eq!(end_point_hash(certificate.der()).map(|hash| hash.len()), length);
        }
        assert_eq!(end_point_hash(b"no certificate"), None);
    }
}
