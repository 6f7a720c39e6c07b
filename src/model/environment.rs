//! Azure environments (clouds) as data: three built in, any other from a file.
//!
//! Addresses as Microsoft documents them in "National clouds" (Entra), the Azure CLI's cloud table and the Azure Monitor SDKs.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::Invalid;

/// The root address of one service: https anywhere, plain http on loopback only. Without a trailing slash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ServiceUrl(String);

impl ServiceUrl {
    /// The address, without a trailing slash.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The address with a path behind it; `path` starts with a slash.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.0)
    }

    /// Host and port as people read them.
    pub fn host(&self) -> &str {
        self.0.split_once("://").map_or(self.0.as_str(), |(_, rest)| rest)
    }

    /// Whether an absolute URL, such as a link to the next page, stays with this service.
    pub fn same_origin(&self, url: &str) -> bool {
        matches!((Url::parse(&self.0), Url::parse(url)), (Ok(ours), Ok(theirs)) if ours.origin() == theirs.origin())
    }
}

impl FromStr for ServiceUrl {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        const WHAT: &str = "service address";
        const EXAMPLE: &str = "https://management.azure.com";
        let trimmed = text.trim().trim_end_matches('/');
        let url = Url::parse(trimmed)
            .map_err(|cause| Invalid::new(WHAT, format!("\"{trimmed}\" is not a URL ({cause})"), EXAMPLE))?;
        let loopback = match url.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            None => false,
        };
        match url.scheme() {
            "https" => Ok(Self(trimmed.to_owned())),
            "http" if loopback => Ok(Self(trimmed.to_owned())),
            "http" => Err(Invalid::new(
                WHAT,
                format!(
                    "\"{trimmed}\" is plain http, which would send secrets in the clear; only this machine's own addresses may use it"
                ),
                EXAMPLE,
            )),
            other => Err(Invalid::new(
                WHAT,
                format!("\"{other}\" is not a scheme that Azure speaks"),
                EXAMPLE,
            )),
        }
    }
}

impl TryFrom<String> for ServiceUrl {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<ServiceUrl> for String {
    fn from(url: ServiceUrl) -> String {
        url.0
    }
}

impl fmt::Display for ServiceUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One cloud: where its services answer and for which audiences tokens are made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Environment {
    /// Name as the wizard spells it, such as `AzurePublicCloud`.
    pub name: String,
    /// Entra authority.
    pub authority: ServiceUrl,
    /// Resource Manager.
    pub arm: ServiceUrl,
    /// Audience of Resource Manager tokens.
    pub arm_audience: String,
    /// Log-query endpoint.
    pub query: ServiceUrl,
    /// Audience of log-query tokens.
    pub query_audience: String,
    /// Audience of ingestion tokens.
    pub ingestion_audience: String,
    /// Microsoft Graph.
    pub graph: ServiceUrl,
    /// The portal, for links.
    pub portal: String,
    /// PEM file with further roots to trust, for private clouds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

/// Names of the built-in environments, as the wizard spells them.
pub const BUILT_IN: [&str; 3] = ["AzurePublicCloud", "AzureUSGovernmentCloud", "AzureChinaCloud"];

impl Environment {
    /// A built-in environment by any of the spellings that Microsoft's tools use, without regard to case.
    pub fn built_in(name: &str) -> Option<Self> {
        match name.trim().to_ascii_lowercase().as_str() {
            "azurepubliccloud" | "azurecloud" | "azurepublic" => Some(public()),
            "azureusgovernmentcloud" | "azureusgovernment" | "azuregovernment" => Some(us_government()),
            "azurechinacloud" | "azurechina" => Some(china()),
            _ => None,
        }
    }
}

fn cloud(
    name: &str,
    authority: &str,
    arm: &str,
    query: &str,
    audiences: [&str; 3],
    graph: &str,
    portal: &str,
) -> Environment {
    let [arm_audience, query_audience, ingestion_audience] = audiences.map(str::to_owned);
    Environment {
        name: name.to_owned(),
        authority: ServiceUrl(authority.to_owned()),
        arm: ServiceUrl(arm.to_owned()),
        arm_audience,
        query: ServiceUrl(query.to_owned()),
        query_audience,
        ingestion_audience,
        graph: ServiceUrl(graph.to_owned()),
        portal: portal.to_owned(),
        ca_file: None,
    }
}

fn public() -> Environment {
    cloud(
        "AzurePublicCloud",
        "https://login.microsoftonline.com",
        "https://management.azure.com",
        "https://api.loganalytics.azure.com",
        [
            "https://management.azure.com",
            "https://api.loganalytics.io",
            "https://monitor.azure.com",
        ],
        "https://graph.microsoft.com",
        "https://portal.azure.com",
    )
}

fn us_government() -> Environment {
    cloud(
        "AzureUSGovernmentCloud",
        "https://login.microsoftonline.us",
        "https://management.usgovcloudapi.net",
        "https://api.loganalytics.us",
        [
            "https://management.core.usgovcloudapi.net",
            "https://api.loganalytics.us",
            "https://monitor.azure.us",
        ],
        "https://graph.microsoft.us",
        "https://portal.azure.us",
    )
}

fn china() -> Environment {
    cloud(
        "AzureChinaCloud",
        "https://login.partner.microsoftonline.cn",
        "https://management.chinacloudapi.cn",
        "https://api.loganalytics.azure.cn",
        [
            "https://management.chinacloudapi.cn",
            "https://api.loganalytics.azure.cn",
            "https://monitor.azure.cn",
        ],
        "https://microsoftgraph.chinacloudapi.cn",
        "https://portal.azure.cn",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_finds_its_cloud() {
        for (spelling, name) in [
            ("azurecloud", "AzurePublicCloud"),
            ("AzurePublic", "AzurePublicCloud"),
            (" AzureUSGovernment ", "AzureUSGovernmentCloud"),
            ("AzureGovernment", "AzureUSGovernmentCloud"),
            ("AzureChina", "AzureChinaCloud"),
        ] {
            assert_eq!(Environment::built_in(spelling).unwrap().name, name);
        }
        assert!(BUILT_IN.iter().all(|name| Environment::built_in(name).is_some()));
        assert!(Environment::built_in("AzureGermanCloud").is_none());
    }

    #[test]
    fn built_in_addresses_are_valid() {
        for environment in BUILT_IN.iter().filter_map(|name| Environment::built_in(name)) {
            for url in [
                &environment.authority,
                &environment.arm,
                &environment.query,
                &environment.graph,
            ] {
                assert_eq!(&url.as_str().parse::<ServiceUrl>().unwrap(), url);
            }
        }
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in [
            "http://127.0.0.1:4001/",
            "http://localhost:1",
            "http://[::1]:9",
            "https://x.example",
        ] {
            assert!(good.parse::<ServiceUrl>().is_ok(), "{good}");
        }
        for bad in [
            "http://x.example",
            "http://10.0.0.1",
            "ftp://localhost",
            "localhost:1",
            "",
        ] {
            assert!(bad.parse::<ServiceUrl>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_link_to_another_origin_is_seen() {
        let arm: ServiceUrl = "https://management.azure.com".parse().unwrap();
        assert!(arm.same_origin("https://management.azure.com/subscriptions?$skiptoken=x"));
        assert!(arm.same_origin("https://management.azure.com:443/x"));
        assert!(!arm.same_origin("https://management.azure.com.evil.example/x"));
        assert!(!arm.same_origin("http://management.azure.com/x"));
    }
}
