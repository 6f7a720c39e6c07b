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

    /// Whether it is plain http, which only this machine's own addresses may be.
    pub fn is_plain(&self) -> bool {
        self.0
            .get(..5)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("http:"))
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
        if !url.username().is_empty() || url.password().is_some() {
            // Not quoted: it may be a secret, and addresses stand in files and reports.
            return Err(Invalid::new(WHAT, "it carries a user name or a password", EXAMPLE));
        }
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
    /// Audience of its tokens, where that is not its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graph_audience: Option<String>,
    /// The portal, for links.
    pub portal: String,
    /// PEM file with further roots to trust, for private clouds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<PathBuf>,
}

/// Names of the built-in environments, as the wizard spells them.
pub const BUILT_IN: [&str; 3] = ["AzurePublicCloud", "AzureUSGovernmentCloud", "AzureChinaCloud"];

/// What is known of a built-in environment beside its addresses.
struct Cloud {
    /// As Microsoft's tools spell it, in lower case: the wizard and go-autorest; the Azure CLI, ARM and PowerShell; the SDKs.
    spellings: &'static [&'static str],
    /// Domains of its Entra authorities; each cloud has had several.
    domains: &'static [&'static str],
    /// How the host names of its uploads end.
    ingestion: &'static str,
    build: fn() -> Environment,
}

const CLOUDS: [Cloud; 3] = [
    Cloud {
        spellings: &["azurepubliccloud", "azurecloud", "azurepublic"],
        domains: &["microsoftonline.com", "microsoft.com", "windows.net"],
        ingestion: ".ingest.monitor.azure.com",
        build: public,
    },
    Cloud {
        spellings: &["azureusgovernmentcloud", "azureusgovernment", "azuregovernment"],
        domains: &["microsoftonline.us", "usgovcloudapi.net"],
        ingestion: ".ingest.monitor.azure.us",
        build: us_government,
    },
    Cloud {
        spellings: &["azurechinacloud", "azurechina"],
        domains: &["microsoftonline.cn", "chinacloudapi.cn"],
        ingestion: ".ingest.monitor.azure.cn",
        build: china,
    },
];

impl Cloud {
    fn spelled(name: &str) -> Option<&'static Self> {
        let name = name.trim().to_ascii_lowercase();
        CLOUDS.iter().find(|cloud| cloud.spellings.contains(&name.as_str()))
    }

    fn with_domain(host: &str) -> Option<&'static Self> {
        let host = host.trim().to_ascii_lowercase();
        let is_in = |domain: &&str| {
            host.strip_suffix(*domain)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
        };
        CLOUDS.iter().find(|cloud| cloud.domains.iter().any(&is_in))
    }
}

impl Environment {
    /// A built-in environment by any of the spellings that Microsoft's tools use, without regard to case.
    pub fn built_in(name: &str) -> Option<Self> {
        Cloud::spelled(name).map(|cloud| (cloud.build)())
    }

    /// The built-in environment of the cloud that Azure names, as in `MicrosoftOnline.US` (an error of Entra),
    /// `partner.microsoftonline.cn` (`cloud_instance_name`) or `https://login.chinacloudapi.cn` (an authority).
    pub fn of_cloud(named: &str) -> Option<Self> {
        let named = named.trim();
        let host = named.split_once("://").map_or(named, |(_, rest)| rest);
        let host = host.split(['/', ':']).next().unwrap_or_default();
        Cloud::with_domain(host)
            .or_else(|| Cloud::spelled(named))
            .map(|cloud| (cloud.build)())
    }

    /// How the host names of uploads end. Known of a built-in environment only, not of one from a file.
    pub fn ingestion_suffix(&self) -> Option<&'static str> {
        self.known().map(|cloud| cloud.ingestion)
    }

    /// Whether the cloud that Azure names is not this one. Only of a built-in environment is that known.
    pub fn is_not(&self, named: &str) -> bool {
        let Some(ours) = self.known() else { return false };
        Self::of_cloud(named).is_none_or(|theirs| theirs.name != (ours.build)().name)
    }

    /// The built-in cloud that this is: by its name and by any of its authorities.
    fn known(&self) -> Option<&'static Cloud> {
        let by_authority = Cloud::with_domain(self.authority.host())?;
        Cloud::spelled(&self.name).filter(|cloud| std::ptr::eq(*cloud, by_authority))
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
        graph_audience: None,
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
        for (name, spellings) in [
            (
                "AzurePublicCloud",
                vec!["AzurePublicCloud", "AzureCloud", "AzurePublic"],
            ),
            (
                "AzureUSGovernmentCloud",
                vec!["AzureUSGovernmentCloud", "AzureUSGovernment", "AzureGovernment"],
            ),
            ("AzureChinaCloud", vec!["AzureChinaCloud", "AzureChina"]),
        ] {
            for spelling in spellings {
                for typed in [
                    spelling.to_owned(),
                    spelling.to_uppercase(),
                    format!(" {} ", spelling.to_lowercase()),
                ] {
                    assert_eq!(Environment::built_in(&typed).unwrap().name, name, "{typed}");
                }
            }
        }
        assert!(BUILT_IN.iter().all(|name| Environment::built_in(name).is_some()));
        assert!(Environment::built_in("AzureGermanCloud").is_none());
    }

    #[test]
    fn clouds_are_found_by_what_azure_calls_them() {
        for (at, names) in [
            [
                "MicrosoftOnline.COM",
                "login.windows.net",
                "https://login.microsoftonline.com/",
            ],
            [
                "MicrosoftOnline.US",
                "https://login.microsoftonline.us",
                "login.usgovcloudapi.net",
            ],
            [
                "microsoftonline.cn",
                "partner.microsoftonline.cn",
                "https://login.chinacloudapi.cn:443/x",
            ],
        ]
        .iter()
        .enumerate()
        {
            for named in names {
                assert_eq!(Environment::of_cloud(named).unwrap().name, BUILT_IN[at], "{named}");
                for (of, name) in BUILT_IN.iter().enumerate() {
                    let ours = Environment::built_in(name).unwrap();
                    assert_eq!(ours.is_not(named), of != at, "{name} {named}");
                }
            }
        }
        assert_eq!(Environment::of_cloud("AzureUSGovernment").unwrap().name, BUILT_IN[1]);
        for nothing in [
            "another national cloud",
            "",
            "notmicrosoftonline.com",
            "login.sovcloud-identity.fr",
        ] {
            assert_eq!(Environment::of_cloud(nothing), None, "{nothing}");
            assert!(Environment::built_in(BUILT_IN[0]).unwrap().is_not(nothing));
        }
    }

    #[test]
    fn a_cloud_is_itself_by_any_of_its_authorities_and_a_private_one_is_none() {
        let mut china = china();
        assert_eq!(china.ingestion_suffix(), Some(".ingest.monitor.azure.cn"));
        china.authority = "https://login.chinacloudapi.cn".parse().unwrap();
        assert_eq!(china.ingestion_suffix(), Some(".ingest.monitor.azure.cn"));
        assert!(!china.is_not("partner.microsoftonline.cn"));
        china.authority = "https://login.private.example".parse().unwrap();
        assert_eq!(china.ingestion_suffix(), None);
        assert!(
            !china.is_not("microsoftonline.us"),
            "of a private cloud nothing is known"
        );
        let renamed = Environment {
            name: "Contoso".to_owned(),
            ..public()
        };
        assert_eq!(renamed.ingestion_suffix(), None);
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
    fn an_address_carries_no_user_and_no_password_and_a_refusal_does_not_repeat_them() {
        for bad in ["https://x.example", "http://localhost:1"].map(|good| good.replace("://", "://kim:s3cret@")) {
            let refusal = bad.parse::<ServiceUrl>().unwrap_err().to_string();
            assert!(!refusal.contains("s3cret") && !refusal.contains("kim"), "{refusal}");
        }
        assert!("https://kim@x.example".parse::<ServiceUrl>().is_err());
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for good in [
            "http://127.0.0.1:4001/",
            "http://localhost:1",
            "http://[::1]:9",
            "https://x.example",
        ] {
            let url: ServiceUrl = good.parse().unwrap();
            assert_eq!(url.is_plain(), good.starts_with("http:"), "{good}");
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
