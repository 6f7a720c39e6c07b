//! What a certificate says: for the person who is asked to accept it, and for the channel binding of a sign-in.

use std::net::IpAddr;
use std::time::Duration;

use chrono::DateTime;
use sha2::{Digest, Sha256, Sha384, Sha512};
use x509_parser::asn1_rs::{Any, Tag};
use x509_parser::certificate::X509Certificate;
use x509_parser::objects::{oid_registry, oid2abbrev};
use x509_parser::prelude::{FromDer, GeneralName};
use x509_parser::signature_algorithm::SignatureAlgorithm;
use x509_parser::time::ASN1Time;
use x509_parser::x509::X509Name;

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
        subject: name_text(certificate.subject()),
        names: names(&certificate),
        issuer: name_text(certificate.issuer()),
        not_before: date(certificate.validity().not_before)?,
        not_after: date(certificate.validity().not_after)?,
    })
}

/// The servers that a certificate is for.
fn names(certificate: &X509Certificate<'_>) -> Vec<String> {
    let alternative = certificate.subject_alternative_name().ok().flatten();
    let alternative = alternative
        .into_iter()
        .flat_map(|extension| &extension.value.general_names);
    let servers: Vec<String> = alternative.filter_map(server).collect();
    if !servers.is_empty() {
        return servers;
    }
    let common = certificate.subject().iter_common_name();
    common.map(|name| value_text(name.attr_value())).collect()
}

fn server(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some(shown(name)),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(IpAddr::from).ok();
            let address = v4.or_else(|| <[u8; 16]>::try_from(*bytes).map(IpAddr::from).ok());
            address.map(|address| address.to_string())
        }
        _ => None,
    }
}

/// An X.500 name as Windows shows it, such as `CN=cm01, O=Contoso`.
pub(super) fn name_text(name: &X509Name<'_>) -> String {
    let attributes = name.iter().flat_map(|relative| relative.iter()).map(|attribute| {
        let kind = attribute.attr_type();
        let kind = oid2abbrev(kind, oid_registry()).map_or_else(|_| kind.to_id_string(), str::to_owned);
        format!("{kind}={}", value_text(attribute.attr_value()))
    });
    attributes.collect::<Vec<_>>().join(", ")
}

/// The text of a value in any of the encodings that authorities have used.
fn value_text(value: &Any<'_>) -> String {
    let bytes = value.data;
    let text = match value.tag() {
        Tag::BmpString => {
            let units: Vec<u16> = bytes
                .chunks(2)
                .map(|unit| unit.iter().fold(0, |all, byte| all << 8 | u16::from(*byte)))
                .collect();
            String::from_utf16_lossy(&units)
        }
        // Old authorities wrote Latin-1 under the name of T.61.
        _ => std::str::from_utf8(bytes).map_or_else(|_| bytes.iter().copied().map(char::from).collect(), str::to_owned),
    };
    shown(&text)
}

/// Text of a stranger, to be shown: nothing in it may move the cursor or turn the direction of writing.
fn shown(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let harmless = |c: char| {
        if c.is_control() || turns(c) {
            char::REPLACEMENT_CHARACTER
        } else {
            c
        }
    };
    text.chars().map(harmless).collect()
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

    fn described(change: impl FnOnce(&mut rcgen::CertificateParams)) -> PresentedCertificate {
        let mut params = rcgen::CertificateParams::default();
        params.distinguished_name = rcgen::DistinguishedName::new();
        change(&mut params);
        let key = rcgen::KeyPair::generate().unwrap();
        describe(params.self_signed(&key).unwrap().der()).unwrap()
    }

    #[test]
    fn the_names_are_those_of_the_extension_or_else_the_common_name() {
        use rcgen::{DnType, SanType};
        let named = described(|params| {
            params.distinguished_name.push(DnType::CommonName, "cm01");
            params.subject_alt_names = vec![
                SanType::DnsName("cm01.corp.example".try_into().unwrap()),
                SanType::Rfc822Name("someone@corp.example".try_into().unwrap()),
                SanType::IpAddress("10.0.0.7".parse().unwrap()),
                SanType::IpAddress("fd00::7".parse().unwrap()),
            ];
        });
        assert_eq!(named.names, ["cm01.corp.example", "10.0.0.7", "fd00::7"]);
        let old = described(|params| params.distinguished_name.push(DnType::CommonName, "cm01"));
        assert_eq!(old.names, ["cm01"]);
    }

    #[test]
    fn a_certificate_with_names_only() {
        let nameless = described(|params| {
            params.subject_alt_names = vec![rcgen::SanType::DnsName("cm01.corp.example".try_into().unwrap())];
        });
        assert_eq!(
            (nameless.subject.as_str(), nameless.holder().as_str()),
            ("", "cm01.corp.example")
        );
        let nobody = described(|_| {});
        assert_eq!((nobody.subject, nobody.names), (String::new(), Vec::new()));
    }

    #[test]
    fn names_of_any_alphabet_and_encoding() {
        use rcgen::string::{BmpString, TeletexString};
        use rcgen::{DnType, DnValue};
        let subject = |value: DnValue| {
            described(|params| {
                params.distinguished_name.push(DnType::CommonName, value);
                params.distinguished_name.push(DnType::OrganizationName, "Contoso");
            })
            .subject
        };
        assert_eq!(subject("Größe 東京".into()), "CN=Größe 東京, O=Contoso");
        let bmp = BmpString::try_from("Größe 東京").unwrap();
        assert_eq!(subject(DnValue::BmpString(bmp)), "CN=Größe 東京, O=Contoso");
        let teletex = TeletexString::try_from("Contoso CA").unwrap();
        assert_eq!(subject(DnValue::TeletexString(teletex)), "CN=Contoso CA, O=Contoso");
        let tricks = "cm01\n\u{1b}[2J\u{202e}elpmaxe";
        assert_eq!(
            subject(tricks.into()),
            "CN=cm01\u{fffd}\u{fffd}[2J\u{fffd}elpmaxe, O=Contoso"
        );
    }

    #[test]
    fn latin_1_under_the_name_of_t_61() {
        let value = Any::from_tag_and_data(Tag::T61String, b"Gr\xf6\xdfe".as_slice());
        assert_eq!(value_text(&value), "Größe");
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
