//! What a person should look at twice before accepting a certificate.

use chrono::{DateTime, Utc};

use super::ProviderAddress;
use super::site::PresentedCertificate;

/// Something about a certificate that a careful person would ask about. None of it hinders accepting exactly this
/// certificate: then neither name nor time count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateConcern {
    /// Its time is over.
    Expired,
    /// Its time has not come; or the clock of this computer is wrong.
    NotYetValid,
    /// It is for other servers than the one that shows it.
    OtherName,
}

impl PresentedCertificate {
    /// What is odd about this certificate, when `provider` shows it at the time `now`.
    pub fn concerns(&self, provider: &ProviderAddress, now: DateTime<Utc>) -> Vec<CertificateConcern> {
        let is_for = |name: &String| covers(name, provider.host());
        [
            (now > self.not_after).then_some(CertificateConcern::Expired),
            (now < self.not_before).then_some(CertificateConcern::NotYetValid),
            (!self.names.iter().any(is_for)).then_some(CertificateConcern::OtherName),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Whom it is for, in words: its subject, or its names where that is empty.
    pub fn holder(&self) -> String {
        if self.subject.is_empty() {
            self.names.join(", ")
        } else {
            self.subject.clone()
        }
    }
}

/// Whether a certificate's name covers a host: the same name, or a star in place of the host's first label.
fn covers(name: &str, host: &str) -> bool {
    let (name, host) = (name.trim_end_matches('.'), host.trim_end_matches('.'));
    if name.eq_ignore_ascii_case(host) {
        return true;
    }
    let domain = host.split_once('.').map(|(_, domain)| domain);
    let is_address = host.parse::<std::net::IpAddr>().is_ok();
    let wild = name.strip_prefix("*.");
    !is_address
        && wild
            .zip(domain)
            .is_some_and(|(wild, domain)| wild.eq_ignore_ascii_case(domain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fingerprint;

    fn certificate(names: &[&str]) -> PresentedCertificate {
        PresentedCertificate {
            fingerprint: Fingerprint::new([1; 32]),
            subject: String::new(),
            names: names.iter().map(|&name| name.to_owned()).collect(),
            issuer: "CN=Contoso Issuing".into(),
            not_before: at("2026-01-01T00:00:00Z"),
            not_after: at("2027-01-01T00:00:00Z"),
        }
    }

    fn at(time: &str) -> DateTime<Utc> {
        time.parse().unwrap()
    }

    fn concerns(names: &[&str], host: &str, now: &str) -> Vec<CertificateConcern> {
        certificate(names).concerns(&host.parse().unwrap(), at(now))
    }

    #[test]
    fn a_certificate_in_its_time_for_its_server_is_no_concern() {
        for names in [
            ["CM01.corp.example"].as_slice(),
            &["cm01.corp.example."],
            &["*.corp.example"],
            &["cm01", "cm01.corp.example"],
        ] {
            assert_eq!(
                concerns(names, "cm01.corp.example:444", "2026-06-01T00:00:00Z"),
                [],
                "{names:?}"
            );
        }
        assert_eq!(concerns(&["10.0.0.7"], "10.0.0.7", "2026-06-01T00:00:00Z"), []);
        for edge in ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"] {
            assert_eq!(concerns(&["cm01"], "cm01", edge), []);
        }
    }

    #[test]
    fn names_of_other_servers() {
        for (names, host) in [
            ([].as_slice(), "cm01.corp.example"),
            (&["cm02.corp.example"], "cm01.corp.example"),
            (&["cm01"], "cm01.corp.example"),
            (&["cm01.corp.example"], "cm01"),
            (&["*.corp.example"], "corp.example"),
            (&["*.corp.example"], "a.cm01.corp.example"),
            (&["*.0.0.7"], "10.0.0.7"),
            (&["*"], "cm01"),
        ] {
            let found = concerns(names, host, "2026-06-01T00:00:00Z");
            assert_eq!(found, [CertificateConcern::OtherName], "{names:?} {host}");
        }
    }

    #[test]
    fn times() {
        let of = |now| concerns(&["cm02"], "cm01", now);
        assert_eq!(
            of("2027-01-01T00:00:01Z"),
            [CertificateConcern::Expired, CertificateConcern::OtherName]
        );
        assert_eq!(
            of("2025-12-31T23:59:59Z"),
            [CertificateConcern::NotYetValid, CertificateConcern::OtherName]
        );
    }

    #[test]
    fn a_certificate_without_a_subject_is_called_by_its_names() {
        let mut certificate = certificate(&["cm01.corp.example", "cm01"]);
        assert_eq!(certificate.holder(), "cm01.corp.example, cm01");
        certificate.subject = "CN=CM01".into();
        assert_eq!(certificate.holder(), "CN=CM01");
    }
}
