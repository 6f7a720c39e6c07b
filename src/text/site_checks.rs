//! What was found at a site that answers, line by line.

use crate::model::site::{ConnectionPoint, OLDEST_BUILD, SignedIn, SiteReading};
use crate::model::{CertificateTrust, SignIn, SiteConnection, SiteIdentity, Warning};

/// What a check comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It is as it should be.
    Good,
    /// It asks for attention.
    Attention,
    /// It makes no difference to this program.
    Information,
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteCheck {
    /// What it comes to.
    pub verdict: Verdict,
    /// What was looked at.
    pub what: &'static str,
    /// What was found.
    pub found: String,
    /// What that means, or what to do; may be empty.
    pub note: String,
}

impl SiteCheck {
    fn new(verdict: Verdict, what: &'static str, found: impl Into<String>) -> Self {
        Self {
            verdict,
            what,
            found: found.into(),
            note: String::new(),
        }
    }

    fn noting(self, note: impl Into<String>) -> Self {
        Self {
            note: note.into(),
            ..self
        }
    }

    /// The line for somebody who does not see its mark.
    pub fn spoken(&self) -> String {
        let verdict = match self.verdict {
            Verdict::Good => "Good",
            Verdict::Attention => "Attention",
            Verdict::Information => "For information",
        };
        format!("{verdict}: {}: {}", self.what, self.found)
    }
}

/// All that was looked at, when the site was asked this way.
pub fn checks(connection: &SiteConnection, reading: &SiteReading) -> Vec<SiteCheck> {
    let mut checks = vec![
        certificate(connection),
        signed_in(connection, reading),
        version(reading),
        tier(&reading.identity),
        connection_point(&reading.facts.connection_point),
        providers(&reading.identity),
        seen(reading),
    ];
    checks.extend(reading.warnings.iter().filter(|warning| !has_line(warning)).map(other));
    checks
}

/// Whether one of the lines says this already.
fn has_line(warning: &Warning) -> bool {
    matches!(
        warning,
        Warning::CertificatePinned { .. } | Warning::NtlmOnly | Warning::SiteOld { .. } | Warning::LimitedScope
    )
}

fn other(warning: &Warning) -> SiteCheck {
    SiteCheck::new(Verdict::Attention, "State", super::warning::in_window(warning))
}

fn certificate(connection: &SiteConnection) -> SiteCheck {
    const WHAT: &str = "Certificate";
    if connection.sign_in == SignIn::None {
        return SiteCheck::new(Verdict::Information, WHAT, "None: the way does not leave this computer");
    }
    match &connection.trust {
        CertificateTrust::System => SiteCheck::new(Verdict::Good, WHAT, "Trusted by this computer"),
        CertificateTrust::Pem(path) => SiteCheck::new(
            Verdict::Good,
            WHAT,
            format!("Goes back to the root in {}", path.display()),
        ),
        CertificateTrust::Sha256(fingerprint) => SiteCheck::new(
            Verdict::Good,
            WHAT,
            format!(
                "The accepted one, SHA-256 {}…",
                super::general::first_digits(fingerprint)
            ),
        )
        .noting("When it is renewed, publishing stops until the new one is accepted."),
    }
}

fn signed_in(connection: &SiteConnection, reading: &SiteReading) -> SiteCheck {
    const WHAT: &str = "Signed in";
    let who = match &connection.sign_in {
        SignIn::CurrentUser => "The account that runs this program",
        SignIn::Account(account) => account,
        SignIn::None => "Nobody",
    };
    match reading.facts.signed_in {
        SignedIn::Kerberos => SiteCheck::new(Verdict::Good, WHAT, format!("{who}, with Kerberos")),
        SignedIn::Ntlm => SiteCheck::new(Verdict::Attention, WHAT, format!("{who}, with NTLM"))
            .noting(super::warning::in_window(&Warning::NtlmOnly)),
        SignedIn::Nobody => SiteCheck::new(Verdict::Information, WHAT, "The site was read without a sign-in"),
    }
}

fn tier(site: &SiteIdentity) -> SiteCheck {
    let kind = if site.is_cas {
        "Central administration site: the top of its hierarchy"
    } else {
        "Standalone primary site: the top of its hierarchy"
    };
    SiteCheck::new(Verdict::Good, "Site", kind)
}

fn version(reading: &SiteReading) -> SiteCheck {
    const WHAT: &str = "Version";
    let oldest = format!(
        "The oldest that this program was made for is {}.",
        version_words(OLDEST_BUILD)
    );
    match (reading.identity.build, &reading.facts.version) {
        (Some(build), _) if build < OLDEST_BUILD => SiteCheck::new(Verdict::Attention, WHAT, version_words(build))
            .noting(super::warning::in_window(&Warning::SiteOld { build })),
        (Some(build), _) => SiteCheck::new(Verdict::Good, WHAT, version_words(build)).noting(oldest),
        (None, Some(version)) => SiteCheck::new(Verdict::Information, WHAT, version).noting(oldest),
        (None, None) => SiteCheck::new(Verdict::Information, WHAT, "The site does not tell it").noting(oldest),
    }
}

fn version_words(build: i64) -> String {
    match super::site::release(build) {
        Some(release) => format!("{release} (build {build})"),
        None => format!("build {build}"),
    }
}

fn seen(reading: &SiteReading) -> SiteCheck {
    const WHAT: &str = "Device collections";
    match reading.facts.sees_all_systems {
        Some(true) => SiteCheck::new(
            Verdict::Good,
            WHAT,
            "The account sees All Systems, so it sees all of them",
        ),
        Some(false) => SiteCheck::new(Verdict::Attention, WHAT, "The account does not see all of them")
            .noting(super::warning::in_window(&Warning::LimitedScope)),
        None => SiteCheck::new(
            Verdict::Information,
            WHAT,
            "Whether the account sees all of them could not be read",
        ),
    }
}

fn providers(site: &SiteIdentity) -> SiteCheck {
    const WHAT: &str = "SMS Providers";
    if site.providers.is_empty() {
        return SiteCheck::new(Verdict::Information, WHAT, "Could not be read");
    }
    SiteCheck::new(Verdict::Information, WHAT, site.providers.join(", "))
}

fn connection_point(point: &ConnectionPoint) -> SiteCheck {
    let found = match point {
        ConnectionPoint::NotRead => "Could not be read".to_owned(),
        ConnectionPoint::NotInstalled => "Not installed".to_owned(),
        ConnectionPoint::Online { server } => format!("Installed on {server}, online"),
        ConnectionPoint::Offline { server } => format!("Installed on {server}, offline"),
        ConnectionPoint::ModeUnknown { server } => {
            format!("Installed on {server}; whether it is online is not told")
        }
    };
    SiteCheck::new(Verdict::Information, "Service connection point", found).noting("This program does not need it.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fingerprint;
    use crate::model::site::SiteFacts;

    fn way(trust: CertificateTrust, sign_in: SignIn) -> SiteConnection {
        SiteConnection {
            provider: "cm01.corp.example".parse().unwrap(),
            sign_in,
            trust,
        }
    }

    fn reading(build: Option<i64>, facts: SiteFacts, warnings: Vec<Warning>) -> SiteReading {
        let identity = SiteIdentity {
            code: "PS1".parse().unwrap(),
            name: "Contoso".into(),
            build,
            is_cas: false,
            guid: None,
            providers: vec!["cm01.corp.example".into(), "cm02.corp.example".into()],
        };
        SiteReading {
            identity,
            facts,
            warnings,
        }
    }

    fn account() -> SignIn {
        SignIn::Account("CORP\\svc-asw".into())
    }

    #[track_caller]
    fn line(checks: &[SiteCheck], what: &str) -> (Verdict, String) {
        let found: Vec<&SiteCheck> = checks.iter().filter(|check| check.what == what).collect();
        let [check] = found.as_slice() else {
            panic!("{what}: {found:?}")
        };
        (check.verdict, format!("{} | {}", check.found, check.note))
    }

    #[test]
    fn a_site_as_it_should_be() {
        let facts = SiteFacts {
            signed_in: SignedIn::Kerberos,
            sees_all_systems: Some(true),
            connection_point: ConnectionPoint::Online {
                server: "scp.corp.example".into(),
            },
            version: None,
        };
        let checks = checks(
            &way(CertificateTrust::System, account()),
            &reading(Some(9135), facts, Vec::new()),
        );
        assert!(
            checks.iter().all(|check| check.verdict != Verdict::Attention),
            "{checks:?}"
        );
        assert!(line(&checks, "Signed in").1.starts_with("CORP\\svc-asw, with Kerberos"));
        assert_eq!(
            line(&checks, "Version").1,
            "2503 (build 9135) | The oldest that this program was made for is 2303 (build 9106)."
        );
        assert!(
            line(&checks, "SMS Providers")
                .1
                .contains("cm01.corp.example, cm02.corp.example")
        );
        let (verdict, point) = line(&checks, "Service connection point");
        assert_eq!(verdict, Verdict::Information);
        assert!(point.contains("scp.corp.example, online | This program does not need it."));
    }

    #[test]
    fn every_warning_is_said_once_in_its_line() {
        let pinned = Fingerprint::new([0xa7; 32]);
        let facts = SiteFacts {
            signed_in: SignedIn::Ntlm,
            sees_all_systems: Some(false),
            ..SiteFacts::default()
        };
        let what = "Status is 3".to_owned();
        let warnings = vec![
            Warning::SiteStatus { what },
            Warning::NtlmOnly,
            Warning::SiteOld { build: 9096 },
            Warning::CertificatePinned { fingerprint: pinned },
            Warning::LimitedScope,
        ];
        let checks = checks(
            &way(CertificateTrust::Sha256(pinned), account()),
            &reading(Some(9096), facts, warnings),
        );
        for (what, words) in [
            ("Signed in", "with NTLM"),
            (
                "Version",
                "2211 (build 9096) | The site's build 9096 is older than 9106",
            ),
            ("Device collections", "Read-only Analyst"),
            ("State", "Status is 3"),
        ] {
            let (verdict, line) = line(&checks, what);
            assert_eq!(verdict, Verdict::Attention, "{what}");
            assert!(line.contains(words), "{line}");
        }
        assert!(line(&checks, "Certificate").1.contains("SHA-256 A7A7A7A7…"));
        assert_eq!(checks.len(), 8);
    }

    #[test]
    fn what_could_not_be_read_is_not_called_good() {
        let checks = checks(
            &way(CertificateTrust::System, account()),
            &reading(None, SiteFacts::default(), Vec::new()),
        );
        for what in ["Version", "Device collections", "Service connection point", "Signed in"] {
            assert_eq!(line(&checks, what).0, Verdict::Information, "{what}");
        }
    }
}
