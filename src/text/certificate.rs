//! Words of the dialog in which a person looks at a certificate before it is trusted.

use chrono::{DateTime, Utc};

use crate::flow::wizard::{Distrust, OfferedCertificate};
use crate::model::site::PresentedCertificate;
use crate::model::{CertificateConcern, Fingerprint};

/// The button that opens the dialog again.
pub const LOOK: &str = "Look at the certificate…";
/// While it is fetched.
pub const FETCHING: &str = "Looking at the certificate";
/// The button that accepts.
pub const TRUST: &str = "Trust this certificate";
/// A fact.
pub const SHA256: &str = "SHA-256";
/// Above one of two fingerprints.
pub const ACCEPTED: &str = "SHA-256 accepted";
/// Above the other.
pub const SHOWN_NOW: &str = "SHA-256 shown now";
/// Below both.
pub const DIFFERENCES: &str = "Groups that differ are underlined.";
/// How to see it on the server.
pub const ON_SERVER: &str = "On the server, PowerShell shows the SHA-256 of its certificates:";
/// The command.
pub const COMMAND: &str =
    "Get-ChildItem Cert:\\LocalMachine\\My | Format-List Subject, @{n='SHA256';e={$_.GetCertHashString('SHA256')}}";

/// The title.
pub fn title(distrust: &Distrust) -> &'static str {
    match distrust {
        Distrust::Unknown { .. } => "Is this the server's certificate?",
        Distrust::Changed { .. } => "The certificate has changed",
    }
}

/// What has happened.
pub fn intro(offered: &OfferedCertificate) -> String {
    let provider = &offered.provider;
    match &offered.distrust {
        Distrust::Unknown { cause } => format!(
            "{provider} shows a certificate that this computer does not trust ({cause}). Nothing has been sent to it yet, no password either."
        ),
        Distrust::Changed { .. } => format!(
            "{provider} shows another certificate than the one that was accepted. Nothing was sent to it, no password either."
        ),
    }
}

/// What accepting means.
pub fn warning(distrust: &Distrust) -> &'static str {
    match distrust {
        Distrust::Unknown { .. } => {
            "Compare the SHA-256 with that of the certificate on the server. Only if they are the same, trust it: then exactly \
             this certificate is trusted, and publishing stops when it changes. If they differ, somebody may be standing between \
             this computer and the server, and would get the password."
        }
        Distrust::Changed { .. } => {
            "Ask the site's administrator whether the certificate was renewed, and compare the SHA-256 with that on the server. \
             Only if they are the same, trust it: it takes the place of the accepted one. Else somebody may be standing between \
             this computer and the server, and would get the password."
        }
    }
}

/// Something odd about it.
pub fn concern(concern: CertificateConcern, offered: &OfferedCertificate) -> String {
    let certificate = &offered.certificate;
    match concern {
        CertificateConcern::Expired => format!("It expired on {}.", day(certificate.not_after)),
        CertificateConcern::NotYetValid => format!(
            "It is not valid before {}; or the clock of this computer is wrong.",
            day(certificate.not_before)
        ),
        CertificateConcern::OtherName => format!("It is not for {}, but for other servers.", offered.provider.host()),
    }
}

/// The certificate as names and values, the fingerprint left out.
pub fn facts(certificate: &PresentedCertificate) -> Vec<(&'static str, String)> {
    let names = Some(certificate.names.join(", ")).filter(|names| *names != certificate.holder());
    let names = names.filter(|names| !names.is_empty());
    let validity = format!("{} to {}", day(certificate.not_before), day(certificate.not_after));
    [
        Some(("Subject", certificate.holder())),
        names.map(|names| ("Names", names)),
        Some(("Issuer", certificate.issuer.clone())),
        Some(("Valid", validity)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn day(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d").to_string()
}

/// A fingerprint in groups of four digits, so that an eye can compare it.
pub fn groups(fingerprint: &Fingerprint) -> Vec<String> {
    let digits: Vec<char> = fingerprint.to_string().to_uppercase().chars().collect();
    digits.chunks(4).map(|group| group.iter().collect()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fingerprint_stands_in_sixteen_groups() {
        let mut digest = [0x0a; 32];
        digest[31] = 0xff;
        let groups = groups(&Fingerprint::new(digest));
        assert_eq!(groups.len(), 16);
        assert_eq!(groups.first().map(String::as_str), Some("0A0A"));
        assert_eq!(groups.last().map(String::as_str), Some("0AFF"));
    }

    #[test]
    fn names_are_told_where_the_subject_does_not_tell_them() {
        let mut certificate = PresentedCertificate {
            fingerprint: Fingerprint::new([1; 32]),
            subject: "CN=cm01".into(),
            names: vec!["cm01.corp.example".into(), "10.0.0.7".into()],
            issuer: "CN=Contoso Issuing".into(),
            not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
            not_after: "2027-01-01T00:00:00Z".parse().unwrap(),
        };
        let titles = |certificate: &PresentedCertificate| -> Vec<&str> {
            facts(certificate).into_iter().map(|(title, _)| title).collect()
        };
        assert_eq!(titles(&certificate), ["Subject", "Names", "Issuer", "Valid"]);
        certificate.subject.clear();
        assert_eq!(facts(&certificate)[0].1, "cm01.corp.example, 10.0.0.7");
        assert_eq!(titles(&certificate), ["Subject", "Issuer", "Valid"]);
    }
}
