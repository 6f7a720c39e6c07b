//! Which site answers, whether the account may read it, and whether it is the top of its hierarchy.

use serde::Deserialize;

use super::client::Client;
use super::connection::Answer;
use super::exchange::Challenge;
use super::facts;
use super::odata::{Address, Page, error_message, is_access_denied, number, optional_number, text};
use super::sweep::{Listing, Paging, Row, sweep};
use crate::model::site::{OLDEST_BUILD, SignedIn, SiteFacts, SiteReading};
use crate::model::{Failure, Fingerprint, Problem, Result, SiteCode, SiteIdentity, Warning};

const DOING: &str = "reading which site it is";

#[derive(Debug, Deserialize)]
struct Identification {
    #[serde(rename = "ThisSiteCode", default, deserialize_with = "text")]
    code: String,
    #[serde(rename = "ThisSiteName", default, deserialize_with = "text")]
    name: String,
}

/// A row of `SMS_Site`: the site itself, its parent, its children.
#[derive(Debug, Clone, Deserialize)]
struct SiteRow {
    #[serde(rename = "SiteCode", deserialize_with = "text")]
    code: String,
    #[serde(rename = "SiteName", default, deserialize_with = "text")]
    name: String,
    #[serde(rename = "ServerName", default, deserialize_with = "text")]
    server: String,
    /// 1 secondary, 2 primary, 4 central administration site.
    #[serde(rename = "Type", deserialize_with = "number")]
    kind: i64,
    /// Empty at the top.
    #[serde(rename = "ReportingSiteCode", default, deserialize_with = "text")]
    parent: String,
    #[serde(rename = "Status", default, deserialize_with = "optional_number")]
    status: Option<i64>,
    #[serde(rename = "Mode", default, deserialize_with = "optional_number")]
    mode: Option<i64>,
    /// Such as `5.00.9135.1000`.
    #[serde(rename = "Version", default, deserialize_with = "text")]
    version: String,
    #[serde(rename = "BuildNumber", default, deserialize_with = "optional_number")]
    build: Option<i64>,
}

impl Row for SiteRow {
    type Key = String;
    fn key(&self) -> String {
        self.code.clone()
    }
}

const SITES: Listing = Listing {
    class: "SMS_Site",
    select: &[
        "BuildNumber",
        "Mode",
        "ReportingSiteCode",
        "ServerName",
        "SiteCode",
        "SiteName",
        "Status",
        "Type",
        "Version",
    ],
    key: "SiteCode",
    filter: None,
    best: Paging::SortedOffset,
    doing: DOING,
};

pub(super) async fn identify(client: &Client, pinned: Option<Fingerprint>) -> Result<SiteReading> {
    let this = probe(client).await?;
    let mut rows: Vec<SiteRow> = Vec::new();
    sweep(client, &SITES, |page| {
        rows.extend(page);
        Ok(())
    })
    .await?;
    let site = top_tier(&this.code, &rows).map_err(|wrong| match wrong {
        NotTop::Child { site, parent, server } => Problem::ChildPrimary { site, parent, server }.into(),
        NotTop::NotUnderstood(expected) => not_understood(client, expected),
    })?;
    let code: SiteCode = this.code.parse().map_err(Problem::Invalid)?;
    let guid = facts::guid(client, &code).await?;
    let name = if this.name.is_empty() { &site.name } else { &this.name };
    let mut warnings = warnings(site);
    if client.sign_in.signed_in() == SignedIn::Ntlm {
        warnings.push(Warning::NtlmOnly);
    }
    if let Some(build) = site.build.filter(|build| *build < OLDEST_BUILD) {
        warnings.push(Warning::SiteOld { build });
    }
    warnings.extend(pinned.map(|fingerprint| Warning::CertificatePinned { fingerprint }));
    Ok(SiteReading {
        identity: SiteIdentity {
            code,
            name: name.clone(),
            build: site.build,
            is_cas: site.kind == 4,
            guid,
            providers: Vec::new(),
        },
        facts: SiteFacts {
            version: Some(site.version.clone()).filter(|version| !version.is_empty()),
            signed_in: client.sign_in.signed_in(),
            ..SiteFacts::default()
        },
        warnings,
    })
}

/// As [`identify`], with all that informs a person who looks at the site.
pub(super) async fn describe(client: &Client, pinned: Option<Fingerprint>) -> Result<SiteReading> {
    let mut reading = identify(client, pinned).await?;
    let code = reading.identity.code.as_str();
    let roles = facts::roles(client).await;
    reading.facts.connection_point = facts::connection_point(roles.as_deref(), code);
    let providers = facts::providers(roles.as_deref(), code);
    reading.identity.providers = providers;
    reading.facts.sees_all_systems = facts::sees_all_systems(client).await;
    if reading.facts.sees_all_systems == Some(false) {
        reading.warnings.push(Warning::LimitedScope);
    }
    Ok(reading)
}

fn not_understood(client: &Client, expected: String) -> Failure {
    Problem::NotUnderstood {
        host: client.door.provider.to_string(),
        expected,
    }
    .into()
}

/// Asks the one question that tells apart a provider, a provider without rights for us, and another server.
async fn probe(client: &Client) -> Result<Identification> {
    let address = Address::class("SMS_Identification").select(&["ThisSiteCode", "ThisSiteName"]);
    let answer = client.answer(&address.into_target(), DOING).await?;
    let provider = client.door.provider.to_string();
    match verdict(client.sign_in.challenge(), answer.status, Content::of(&answer)) {
        Verdict::Provider(this) => Ok(this),
        Verdict::NoRights => {
            let account = client.sign_in.account_name();
            Err(Failure::from(Problem::NoConfigMgrRights { provider, account })
                .with("HTTP status", answer.status.to_string())
                .with("Answer", error_message(&answer.body).unwrap_or_default()))
        }
        Verdict::NotAProvider => {
            Err(Failure::from(Problem::NotAProvider { provider }).with("HTTP status", answer.status.to_string()))
        }
    }
}

/// What the body of the probe's answer is.
#[derive(Debug)]
enum Content {
    /// Rows: the site's identification.
    Rows(Identification),
    /// A list without a row, though the class always has one.
    NoRows,
    /// The service's error that denies access.
    AccessDenied,
    /// Another error of the service.
    ServiceError,
    /// Nothing, or a page of some other server.
    Other,
}

impl Content {
    fn of(answer: &Answer) -> Self {
        if let Some(message) = error_message(&answer.body) {
            return if is_access_denied(&message) {
                Self::AccessDenied
            } else {
                Self::ServiceError
            };
        }
        match serde_json::from_slice::<Page<Identification>>(&answer.body) {
            Ok(page) => page.rows.into_iter().next().map_or(Self::NoRows, Self::Rows),
            Err(_) => Self::Other,
        }
    }
}

#[derive(Debug)]
enum Verdict {
    Provider(Identification),
    NoRights,
    NotAProvider,
}

/// The decision table. A provider answers an account without rights with 404, as other servers answer for a path they do not
/// have; what the anonymous request met tells them apart. 401s end in the sign-in, "try again later" and 500 in the client.
fn verdict(challenge: Challenge, status: u16, content: Content) -> Verdict {
    match (challenge, status, content) {
        // anonymous          signed in  body
        (_, 200, Content::Rows(this)) if !this.code.is_empty() => Verdict::Provider(this),
        (_, 200, Content::NoRows) => Verdict::NoRights,
        (_, _, Content::AccessDenied) => Verdict::NoRights,
        (Challenge::Bare, 403 | 404, _) => Verdict::NoRights,
        (_, 403, Content::ServiceError) => Verdict::NoRights,
        (Challenge::WithPage, 404, Content::ServiceError) => Verdict::NoRights,
        _ => Verdict::NotAProvider,
    }
}

/// Why a site is not the one to connect to.
#[derive(Debug, PartialEq, Eq)]
enum NotTop {
    Child {
        site: SiteCode,
        parent: String,
        server: Option<String>,
    },
    /// What should have been there.
    NotUnderstood(String),
}

/// The row of the site, if it is the top of its hierarchy: a central administration site, or a primary without a parent.
fn top_tier<'a>(this: &str, rows: &'a [SiteRow]) -> std::result::Result<&'a SiteRow, NotTop> {
    let find = |code: &str| rows.iter().find(|row| row.code.eq_ignore_ascii_case(code));
    let site = find(this).ok_or_else(|| NotTop::NotUnderstood(format!("the row of site {this} in SMS_Site")))?;
    let code = || -> std::result::Result<SiteCode, NotTop> {
        this.parse()
            .map_err(|_| NotTop::NotUnderstood("a site code of three characters".into()))
    };
    match (site.kind, site.parent.trim()) {
        (4, _) | (2, "") => {
            code()?;
            Ok(site)
        }
        (2, parent) => Err(NotTop::Child {
            site: code()?,
            parent: parent.to_owned(),
            server: find(parent)
                .map(|row| row.server.clone())
                .filter(|server| !server.is_empty()),
        }),
        (other, _) => Err(NotTop::NotUnderstood(format!(
            "a primary or a central administration site, not a site of type {other}"
        ))),
    }
}

fn warnings(site: &SiteRow) -> Vec<Warning> {
    let status = site.status.filter(|status| *status != 1).map(|status| {
        let word = match status {
            2 => " (pending)",
            3 => " (failed)",
            4 => " (deleted)",
            5 => " (upgrading)",
            _ => "",
        };
        format!("its status is {status}{word}")
    });
    let mode = site.mode.filter(|mode| *mode != 0).map(|mode| {
        let word = match mode {
            1 => " (replication maintenance)",
            2 => " (recovery)",
            3 => " (upgrade)",
            4 => " (the evaluation period has ended)",
            5 => " (site expansion)",
            6 | 7 => " (interoperability)",
            _ => "",
        };
        format!("its mode is {mode}{word}")
    });
    let said = status.into_iter().chain(mode);
    said.map(|what| Warning::SiteStatus { what }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = r#"{"@odata.context":"x","value":[{"ThisSiteCode":"PS1","ThisSiteName":"Primary"}]}"#;
    const DENIED: &str = r#"{"error":{"code":"404","message":"Access denied  WMI QUERY: "}}"#;
    const OTHER_ERROR: &str = r#"{"error":{"code":"404","message":"Not found"}}"#;
    const HTML: &str = "<html><h2>404 - File or directory not found.</h2></html>";

    #[test]
    fn the_probe_row_by_row() {
        use Challenge::{Bare, None, WithPage};
        for (challenge, status, body, expected) in [
            // A provider, and an administrator; behind an authenticating proxy; behind a chatty one.
            (Bare, 200, ROWS, "provider"),
            (None, 200, ROWS, "provider"),
            (WithPage, 200, ROWS, "provider"),
            // A provider, and a user without rights, in every wording known or likely.
            (Bare, 404, "", "no rights"),
            (Bare, 404, HTML, "no rights"),
            (Bare, 404, OTHER_ERROR, "no rights"),
            (Bare, 404, DENIED, "no rights"),
            (Bare, 403, "", "no rights"),
            (Bare, 200, r#"{"value":[]}"#, "no rights"),
            (WithPage, 404, OTHER_ERROR, "no rights"),
            (None, 404, DENIED, "no rights"),
            (None, 403, OTHER_ERROR, "no rights"),
            // Some other server.
            (None, 404, HTML, "not a provider"),
            (None, 404, "", "not a provider"),
            (None, 404, OTHER_ERROR, "not a provider"),
            (None, 403, HTML, "not a provider"),
            (None, 200, HTML, "not a provider"),
            (None, 200, r#"{"value":[{"name":"something else"}]}"#, "not a provider"),
            (None, 302, "", "not a provider"),
            (WithPage, 404, HTML, "not a provider"),
            (WithPage, 403, HTML, "not a provider"),
            (Bare, 200, HTML, "not a provider"),
        ] {
            let answer = Answer {
                status,
                headers: http::HeaderMap::new(),
                body: body.into(),
            };
            let found = match verdict(challenge, status, Content::of(&answer)) {
                Verdict::Provider(_) => "provider",
                Verdict::NoRights => "no rights",
                Verdict::NotAProvider => "not a provider",
            };
            assert_eq!(found, expected, "{challenge:?} {status} {body}");
        }
    }

    fn site(code: &str, kind: i64, parent: &str) -> SiteRow {
        SiteRow {
            code: code.into(),
            name: format!("Site {code}"),
            server: format!("{}.corp.example", code.to_lowercase()),
            kind,
            parent: parent.into(),
            status: Some(1),
            mode: Some(0),
            version: "5.00.9106.1000".into(),
            build: Some(9106),
        }
    }

    #[test]
    fn only_the_top_of_a_hierarchy() {
        let hierarchy = [
            site("CAS", 4, ""),
            site("PS1", 2, "CAS"),
            site("SEC", 1, "PS1"),
            site("PS9", 2, " "),
        ];
        assert_eq!(top_tier("cas", &hierarchy).unwrap().code, "CAS");
        assert_eq!(top_tier("PS9", &hierarchy).unwrap().code, "PS9");
        let child = |server: Option<&str>| NotTop::Child {
            site: "PS1".parse().unwrap(),
            parent: "CAS".into(),
            server: server.map(str::to_owned),
        };
        assert_eq!(
            top_tier("PS1", &hierarchy).unwrap_err(),
            child(Some("cas.corp.example"))
        );
        assert_eq!(top_tier("PS1", &[site("PS1", 2, "CAS")]).unwrap_err(), child(None));
        for unclear in ["SEC", "PS2", ""] {
            let wrong = top_tier(unclear, &hierarchy).unwrap_err();
            assert!(matches!(wrong, NotTop::NotUnderstood(_)), "{unclear}: {wrong:?}");
        }
    }

    #[test]
    fn a_site_that_is_not_at_rest_is_mentioned() {
        assert!(warnings(&site("PS1", 2, "")).is_empty());
        let unknown = SiteRow {
            status: None,
            mode: None,
            ..site("PS1", 2, "")
        };
        assert!(warnings(&unknown).is_empty());
        let busy = SiteRow {
            status: Some(5),
            mode: Some(3),
            ..site("PS1", 2, "")
        };
        let said: Vec<String> = warnings(&busy)
            .into_iter()
            .map(|warning| format!("{warning:?}"))
            .collect();
        assert!(
            said[0].contains("5 (upgrading)") && said[1].contains("3 (upgrade)"),
            "{said:?}"
        );
    }
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod wire_tests {
    use super::*;
    use crate::configmgr::testing::{Asked, NtlmSite, Reply, Server};

    const HTML: &str = "<html><h2>404 - File or directory not found.</h2></html>";

    fn provider(asked: &Asked) -> Reply {
        if asked.target.contains("SMS_Identification") {
            return Reply::rows(&[r#"{"ThisSiteCode":"PS1","ThisSiteName":"Primary Site One"}"#.into()]);
        }
        let rows = [
            r#"{"BuildNumber":9106,"Mode":0,"ReportingSiteCode":"","ServerName":"ps1.corp.example","SiteCode":"PS1","SiteName":"x","Status":1,"Type":2}"#,
            r#"{"BuildNumber":9106,"Mode":0,"ReportingSiteCode":"PS1","ServerName":"sec.corp.example","SiteCode":"SEC","SiteName":"y","Status":1,"Type":1}"#,
        ];
        let rows = rows.iter().skip(asked.number("$skip")).take(asked.number("$top"));
        Reply::rows(&rows.map(|row| (*row).to_owned()).collect::<Vec<_>>())
    }

    fn identity() -> SiteIdentity {
        SiteIdentity {
            code: "PS1".parse().unwrap(),
            name: "Primary Site One".into(),
            build: Some(9106),
            is_cas: false,
            guid: None,
            providers: Vec::new(),
        }
    }

    async fn code(site: &crate::configmgr::Site) -> &'static str {
        site.identify().await.unwrap_err().problem().code()
    }

    #[tokio::test]
    async fn what_it_says_of_its_version_and_the_sign_in() {
        let old = |asked: &Asked| match provider(asked) {
            Reply::Whole(status, headers, body) => {
                let old = body
                    .replace("9106", "9096")
                    .replace("\"Type\":2", "\"Type\":2,\"Version\":\"5.00.9096.1000\"");
                Reply::Whole(status, headers, old)
            }
            other => other,
        };
        let (_server, site) = NtlmSite::new().start(old).await;
        let reading = site.identify().await.unwrap();
        assert!(
            reading.warnings.contains(&Warning::SiteOld { build: 9096 }),
            "{:?}",
            reading.warnings
        );
        assert_eq!(reading.facts.version.as_deref(), Some("5.00.9096.1000"));
        assert_eq!(reading.facts.signed_in, SignedIn::Ntlm);
    }

    #[tokio::test]
    async fn a_standalone_primary() {
        let (_server, site) = NtlmSite::new().start(provider).await;
        let reading = site.identify().await.unwrap();
        assert_eq!(reading.identity, identity());
        assert!(
            matches!(
                reading.warnings.as_slice(),
                [Warning::NtlmOnly, Warning::CertificatePinned { .. }]
            ),
            "{:?}",
            reading.warnings
        );

        let server = Server::plain(provider).await;
        let reading = server.site().identify().await.unwrap();
        assert_eq!((reading.identity, reading.warnings), (identity(), vec![]));
    }

    #[tokio::test]
    async fn a_404_means_one_thing_behind_a_challenge_and_another_without() {
        let denied = r#"{"error":{"code":"404","message":"Access denied  WMI QUERY: "}}"#;
        for body in ["", HTML, denied] {
            let (_server, site) = NtlmSite::new().start(move |_| Reply::json(404, body)).await;
            assert_eq!(code(&site).await, "no_configmgr_rights", "{body}");
            // The second time nothing is challenged on the signed-in connection; the verdict stays.
            assert_eq!(code(&site).await, "no_configmgr_rights", "{body}");
        }
        let server = Server::plain(|_| Reply::json(404, HTML)).await;
        assert_eq!(code(&server.site()).await, "not_a_provider");
        let server = Server::plain(move |_| Reply::json(404, denied)).await;
        assert_eq!(code(&server.site()).await, "no_configmgr_rights");
    }

    #[tokio::test]
    async fn a_child_primary_names_its_parent() {
        let server = Server::plain(|asked| match provider(asked) {
            Reply::Whole(status, headers, body) => {
                let body = body.replace(r#""ReportingSiteCode":"""#, r#""ReportingSiteCode":"CAS""#);
                let cas = r#"{"ReportingSiteCode":"","ServerName":"cas.corp.example","SiteCode":"CAS","Type":4},{"BuildNumber":9106"#;
                let body = body.replacen(r#"{"BuildNumber":9106"#, cas, 1);
                Reply::Whole(status, headers, body)
            }
            other => other,
        })
        .await;
        assert_eq!(
            *server.site().identify().await.unwrap_err().problem(),
            Problem::ChildPrimary {
                site: "PS1".parse().unwrap(),
                parent: "CAS".into(),
                server: Some("cas.corp.example".into()),
            }
        );
    }
}
