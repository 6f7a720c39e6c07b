//! The app registration as the *Import Apps* page asks for it.

use std::fmt;
use std::str::FromStr;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use super::{ClientId, Invalid, TenantId, excerpt};

/// The name of a tenant: friendly text. Only where it is a domain can it be compared with the tenant ID.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TenantName(String);

impl TenantName {
    /// Takes any text; blanks around it are dropped.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as a domain (`contoso.onmicrosoft.com`), if it has the shape of one.
    pub fn as_domain(&self) -> Option<&str> {
        let labels: Vec<&str> = self.0.split('.').collect();
        let is_label = |label: &&str| {
            !label.is_empty() && label.chars().all(|c| c.is_alphanumeric() || c == '-') && !label.starts_with('-')
        };
        (labels.len() >= 2 && labels.iter().all(is_label)).then_some(self.0.as_str())
    }
}

/// The display name of the app registration: friendly text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApplicationName(String);

impl ApplicationName {
    /// Takes any text; blanks around it are dropped.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The App ID URI as typed. Nothing of ours depends on it, so a malformed one warns and never blocks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AppIdUri(String);

impl AppIdUri {
    /// Takes any text; blanks around it are dropped.
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is an absolute URI, such as `https://ConfigMgrService` or `api://1f0e2d3c-…`. An empty one is fine: the
    /// field is optional.
    pub fn is_well_formed(&self) -> bool {
        self.0.is_empty() || url::Url::parse(&self.0).is_ok_and(|uri| uri.has_host() || uri.scheme() == "urn")
    }
}

/// The day on which the secret key ends, as the portal showed it. Azure's own answer decides; this one is for warnings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretExpiry(NaiveDate);

impl SecretExpiry {
    /// Wraps a date.
    pub const fn new(date: NaiveDate) -> Self {
        Self(date)
    }

    /// The date.
    pub const fn date(&self) -> NaiveDate {
        self.0
    }

    /// Whole days from `today` until the key ends; negative when that day is past.
    pub fn days_left(&self, today: NaiveDate) -> i64 {
        (self.0 - today).num_days()
    }
}

impl FromStr for SecretExpiry {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text.trim().is_empty() {
            return Err(Invalid::new("secret expiry", "it is empty", "2027-05-22"));
        }
        let day = text.trim().split(['T', ' ']).next().unwrap_or_default();
        NaiveDate::parse_from_str(day, "%Y-%m-%d").map(Self).map_err(|_| {
            Invalid::new(
                "secret expiry",
                format!("\"{}\" is not a date", excerpt(text)),
                "2027-05-22",
            )
        })
    }
}

impl fmt::Display for SecretExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

/// Everything about the app registration but its secret key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppRegistration {
    /// Friendly name or domain of the tenant.
    pub tenant_name: TenantName,
    /// The tenant.
    pub tenant_id: TenantId,
    /// Display name of the app.
    pub application_name: ApplicationName,
    /// Client ID.
    pub client_id: ClientId,
    /// The day on which the secret key ends.
    pub secret_expiry: SecretExpiry,
    /// App ID URI.
    pub app_id_uri: AppIdUri,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_domain_is_compared() {
        assert_eq!(
            TenantName::new(" contoso.onmicrosoft.com ").as_domain(),
            Some("contoso.onmicrosoft.com")
        );
        for friendly in ["Contoso Ltd.", "Contoso", "a b.c", ".com", ""] {
            assert_eq!(TenantName::new(friendly).as_domain(), None, "{friendly}");
        }
    }

    #[test]
    fn uris_as_portals_write_them() {
        for good in [
            "https://ConfigMgrService",
            "api://1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
            "",
        ] {
            assert!(AppIdUri::new(good).is_well_formed(), "{good}");
        }
        for bad in ["ConfigMgrService", "https//x", "http:"] {
            assert!(!AppIdUri::new(bad).is_well_formed(), "{bad}");
        }
    }

    #[test]
    fn counts_days() {
        let expiry: SecretExpiry = "2027-05-22".parse().unwrap();
        let today = NaiveDate::from_ymd_opt(2027, 5, 20).unwrap();
        assert_eq!(expiry.days_left(today), 2);
        assert_eq!("2027-05-22T10:00:00Z".parse::<SecretExpiry>().unwrap(), expiry);
        assert!("22.05.2027".parse::<SecretExpiry>().is_err());
    }
}
