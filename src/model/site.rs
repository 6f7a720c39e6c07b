//! A Configuration Manager site and the way to it.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{ClientId, Failure, Invalid, Problem, SiteGuid, TenantId, Warning, excerpt};

/// Three characters that name a site, upper case.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SiteCode(String);

impl SiteCode {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SiteCode {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let code = text.trim().to_ascii_uppercase();
        if code.len() == 3 && code.chars().all(|c| c.is_ascii_alphanumeric()) {
            return Ok(Self(code));
        }
        Err(Invalid::new(
            "site code",
            format!("\"{}\" is not three letters or digits", excerpt(text)),
            "PS1",
        ))
    }
}

impl TryFrom<String> for SiteCode {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<SiteCode> for String {
    fn from(code: SiteCode) -> String {
        code.0
    }
}

impl fmt::Display for SiteCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an SMS Provider answers: host, and a port where it is not 443.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProviderAddress {
    host: String,
    port: u16,
}

impl ProviderAddress {
    /// The host name.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Whether the host is named as Kerberos needs it: by a full name, or as this machine itself.
    pub fn is_full_name(&self) -> bool {
        let is_address = self.host.parse::<std::net::IpAddr>().is_ok();
        !is_address && (self.host.contains('.') || self.host.eq_ignore_ascii_case("localhost"))
    }

    /// Whether the host is this machine itself, by a loopback name or address.
    pub fn is_loopback(&self) -> bool {
        self.host.eq_ignore_ascii_case("localhost")
            || self.host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

impl FromStr for ProviderAddress {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |why: String| Invalid::new("SMS Provider", why, "cm01.corp.example");
        let trimmed = text.trim();
        if trimmed.is_empty() {
            return Err(invalid("it is empty".into()));
        }
        // People paste the address of the AdminService; host and port of it are what is meant.
        let bare = trimmed.strip_prefix("https://").unwrap_or(trimmed);
        let bare = bare.split('/').next().unwrap_or_default();
        let (host, port) = match bare.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') => {
                let port = port
                    .parse()
                    .map_err(|_| invalid(format!("\"{}\" is not a port", excerpt(port))))?;
                (host, port)
            }
            _ => (bare, 443),
        };
        let allowed = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
        if host.is_empty() || !host.chars().all(allowed) {
            return Err(invalid(format!("\"{}\" is not a host name", excerpt(trimmed))));
        }
        Ok(Self {
            host: host.to_lowercase(),
            port,
        })
    }
}

impl TryFrom<String> for ProviderAddress {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<ProviderAddress> for String {
    fn from(address: ProviderAddress) -> String {
        address.to_string()
    }
}

impl fmt::Display for ProviderAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            443 => f.write_str(&self.host),
            port => write!(f, "{}:{port}", self.host),
        }
    }
}

/// SHA-256 of a certificate in DER.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Wraps a digest.
    pub const fn new(digest: [u8; 32]) -> Self {
        Self(digest)
    }
}

impl FromStr for Fingerprint {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digits: Vec<u8> = text
            .chars()
            .filter(|c| !c.is_whitespace() && *c != ':')
            .map(|c| c.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
            .collect::<Option<_>>()
            .unwrap_or_default();
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .collect();
        let digest: Option<[u8; 32]> = if digits.len() == 64 {
            bytes.try_into().ok()
        } else {
            None
        };
        digest.map(Self).ok_or_else(|| {
            Invalid::new(
                "certificate fingerprint",
                format!("\"{}\" is not the 64 hexadecimal digits of a SHA-256", excerpt(text)),
                "9F86D081884C7D659A2FEAA0C55AD015A3BF4F1B2B0B822CD15D6C15B0F00A08",
            )
        })
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> String {
        fingerprint.to_string()
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// The certificate that an SMS Provider shows, so that a person can compare it with the one in the console and accept it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PresentedCertificate {
    /// SHA-256 of the certificate.
    pub fingerprint: Fingerprint,
    /// Whom it is for, as an X.500 name; may be empty.
    pub subject: String,
    /// The servers that it is for: DNS names and IP addresses, or, where it lists none, the common name of its subject.
    pub names: Vec<String>,
    /// Who issued it, as an X.500 name.
    pub issuer: String,
    /// Valid from.
    pub not_before: DateTime<Utc>,
    /// Valid until.
    pub not_after: DateTime<Utc>,
}

/// What makes the site's certificate trustworthy. "Accept anything" does not exist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CertificateTrust {
    /// The roots that this computer trusts.
    System,
    /// Exactly this certificate, which a person has accepted.
    Sha256(Fingerprint),
    /// A root, or several, from a file in PEM or DER form.
    Pem(PathBuf),
}

impl FromStr for CertificateTrust {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let trimmed = text.trim();
        match trimmed.split_once(':') {
            None if trimmed.eq_ignore_ascii_case("system") => Ok(Self::System),
            Some((kind, hex)) if kind.eq_ignore_ascii_case("sha256") => hex.parse().map(Self::Sha256),
            Some((kind, path)) if is_file_kind(kind) && !path.trim().is_empty() => {
                Ok(Self::Pem(PathBuf::from(path.trim())))
            }
            _ => Err(Invalid::new(
                "trust",
                format!("\"{}\" is not a way to trust a certificate", excerpt(trimmed)),
                "system, sha256:<64 hexadecimal digits> or pem:<path of a root certificate, PEM or DER>",
            )),
        }
    }
}

/// `pem` is how it is written; who has a file in DER form may call it `file`.
fn is_file_kind(kind: &str) -> bool {
    ["pem", "file"].iter().any(|word| kind.eq_ignore_ascii_case(word))
}

impl TryFrom<String> for CertificateTrust {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<CertificateTrust> for String {
    fn from(trust: CertificateTrust) -> String {
        trust.to_string()
    }
}

impl fmt::Display for CertificateTrust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::System => f.write_str("system"),
            Self::Sha256(fingerprint) => write!(f, "sha256:{fingerprint}"),
            Self::Pem(path) => write!(f, "pem:{}", path.display()),
        }
    }
}

/// Who signs in to the SMS Provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "account", rename_all = "kebab-case")]
pub enum SignIn {
    /// The account that runs this program: on Windows the signed-in user, elsewhere the one whose Kerberos ticket is in the cache.
    CurrentUser,
    /// A named account, `DOMAIN\user` or `user@dns.domain`; its password is in the vault.
    Account(String),
    /// Nobody: only for a provider on this machine behind an authenticating proxy.
    None,
}

/// How the account that runs this program can sign in to a site without a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SingleSignOn {
    /// Not with this build.
    NotBuilt,
    /// With the Kerberos ticket that somebody has got with `kinit`.
    Ticket,
    /// As Windows has signed it in.
    Windows,
}

impl SingleSignOn {
    /// That of this build.
    pub const HERE: Self = if cfg!(windows) {
        Self::Windows
    } else if cfg!(feature = "kerberos") {
        Self::Ticket
    } else {
        Self::NotBuilt
    };

    /// Whether it can.
    pub const fn is_possible(self) -> bool {
        !matches!(self, Self::NotBuilt)
    }
}

/// The way to a site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteConnection {
    /// The SMS Provider.
    pub provider: ProviderAddress,
    /// Who signs in.
    pub sign_in: SignIn,
    /// What makes its certificate trustworthy.
    pub trust: CertificateTrust,
}

/// What a site says of itself, once it is known to be the top of its hierarchy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteIdentity {
    /// Site code.
    pub code: SiteCode,
    /// Site name.
    pub name: String,
    /// Build number, such as 9135 for version 2503.
    pub build: Option<i64>,
    /// Whether this is a central administration site.
    pub is_cas: bool,
    /// The installation; `None` where the site does not say, or where it was read by an earlier version of this program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guid: Option<SiteGuid>,
    /// The full names of all its SMS Providers, as far as known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
}

impl SiteIdentity {
    /// Whether the site that answers now is still this one.
    ///
    /// # Errors
    /// [`Problem::SiteChanged`] for another site code, [`Problem::SiteReplaced`] for another site behind the same one.
    pub fn must_be(&self, now: &Self) -> super::Result<()> {
        if self.code != now.code {
            return Err(Problem::SiteChanged {
                expected: self.code.clone(),
                found: now.code.clone(),
            }
            .into());
        }
        match (self.guid, now.guid) {
            (Some(expected), Some(found)) if expected != found => Err(Problem::SiteReplaced {
                site: self.code.clone(),
                expected,
                found,
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// What the refusal of a child primary site means for a connection that was made when it was this site: the hierarchy
    /// has changed above it.
    pub fn when_refused(&self, failure: Failure) -> Failure {
        match failure.problem() {
            Problem::ChildPrimary { site, parent, server } if *site == self.code => Problem::HierarchyChanged {
                site: site.clone(),
                parent: parent.clone(),
                server: server.clone(),
            }
            .into(),
            _ => failure,
        }
    }
}

/// The oldest build that this program was made for: version 2303, the oldest whose answers are published.
pub const OLDEST_BUILD: i64 = 9106;

/// What a site says of itself beside its identity: information, never a hindrance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SiteFacts {
    /// Full version, such as `5.00.9135.1000`.
    pub version: Option<String>,
    /// The service connection point of the hierarchy.
    pub connection_point: ConnectionPoint,
    /// How the sign-in was made.
    pub signed_in: SignedIn,
    /// Whether the account sees the collection All Systems, and with it every device; `None` where that was not read.
    pub sees_all_systems: Option<bool>,
}

/// The service connection point of a hierarchy (`SMS Dmp Connector`). Nothing here needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ConnectionPoint {
    /// Could not be read.
    #[default]
    NotRead,
    /// There is none.
    NotInstalled,
    /// Installed, with a persistent connection.
    Online {
        /// Its server.
        server: String,
    },
    /// Installed, on demand.
    Offline {
        /// Its server.
        server: String,
    },
    /// Installed; the site does not say how.
    ModeUnknown {
        /// Its server.
        server: String,
    },
}

/// How a sign-in was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignedIn {
    /// Nobody was asked to.
    #[default]
    Nobody,
    /// With a Kerberos ticket.
    Kerberos,
    /// With NTLM.
    Ntlm,
}

/// A server app that the site knows (`SMS_AAD_Application_Ex`), without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownApp {
    /// Display name.
    pub name: String,
    /// Client ID.
    pub client_id: ClientId,
    /// App ID URI, empty where the site has none.
    pub app_id_uri: String,
    /// The tenant's name as the site has it.
    pub tenant_name: String,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The cloud, as one of [`super::environment::BUILT_IN`]; `None` where the site does not say it in a form that is known.
    pub environment: Option<String>,
}

/// A site that answers, and what a person should know about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteReading {
    /// The site.
    pub identity: SiteIdentity,
    /// What else it says of itself.
    pub facts: SiteFacts,
    /// A status or mode that asks for attention, the sign-in, the pinned certificate.
    pub warnings: Vec<Warning>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn providers_as_people_paste_them() {
        let parse = |text: &str| text.parse::<ProviderAddress>().map(|address| address.to_string());
        assert_eq!(parse(" CM01.corp.example ").unwrap(), "cm01.corp.example");
        assert_eq!(
            parse("https://cm01.corp.example/AdminService/wmi").unwrap(),
            "cm01.corp.example"
        );
        assert_eq!(parse("localhost:40005").unwrap(), "localhost:40005");
        for bad in ["", "cm01:x", "cm 01", "http://cm01", "cm01?x"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn fingerprints_with_and_without_colons() {
        let hex = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
        let plain: Fingerprint = hex.parse().unwrap();
        let spaced = hex
            .as_bytes()
            .chunks(2)
            .map(|pair| std::str::from_utf8(pair).unwrap())
            .collect::<Vec<_>>();
        assert_eq!(spaced.join(":").to_uppercase().parse::<Fingerprint>().unwrap(), plain);
        assert_eq!(plain.to_string(), hex);
        assert!(hex.get(2..).unwrap().parse::<Fingerprint>().is_err());
        assert!("zz".repeat(32).parse::<Fingerprint>().is_err());
    }

    #[test]
    fn trust_reads_back_what_it_writes() {
        for text in ["system", "pem:/etc/site.pem"] {
            assert_eq!(text.parse::<CertificateTrust>().unwrap().to_string(), text);
        }
        let same: CertificateTrust = " File: C:\\certs\\root.cer".parse().unwrap();
        assert_eq!(same.to_string(), "pem:C:\\certs\\root.cer");
        for bad in ["all", "pem:", "file: ", "der:root.cer"] {
            assert!(bad.parse::<CertificateTrust>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_same_site_or_another() {
        let guid = |byte: u8| Some(SiteGuid::new(uuid::Uuid::from_bytes([byte; 16])));
        let site = |code: &str, guid| SiteIdentity {
            code: code.parse().unwrap(),
            name: "x".into(),
            build: None,
            is_cas: false,
            guid,
            providers: Vec::new(),
        };
        let code =
            |was: &SiteIdentity, now: &SiteIdentity| was.must_be(now).map_err(|failure| failure.problem().code());
        let was = site("PS1", guid(1));
        for same in [site("PS1", guid(1)), site("PS1", None)] {
            assert_eq!(code(&was, &same), Ok(()));
        }
        assert_eq!(code(&site("PS1", None), &was), Ok(()));
        assert_eq!(code(&was, &site("PS1", guid(2))), Err("site_replaced"));
        assert_eq!(code(&was, &site("CAS", guid(1))), Err("site_changed"));

        let child = |code: &str| {
            let (parent, server) = ("CAS".to_owned(), None);
            let site = code.parse().unwrap();
            was.when_refused(Problem::ChildPrimary { site, parent, server }.into())
                .problem()
                .code()
        };
        assert_eq!((child("PS1"), child("PS2")), ("hierarchy_changed", "child_primary"));
    }

    #[test]
    fn site_codes() {
        assert_eq!(" ps1".parse::<SiteCode>().unwrap().as_str(), "PS1");
        assert!("PS".parse::<SiteCode>().is_err());
        assert!("P-1".parse::<SiteCode>().is_err());
    }
}
