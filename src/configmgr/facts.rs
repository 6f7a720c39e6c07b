//! What a site says of itself beside its identity: information, never a hindrance. What cannot be read is missing.
//!
//! `SMS_SCI_SysResUse` has a row for each role on each server of each site; `SMS_SCI_SiteDefinition` one for each site. Both
//! keep what matters here in `Props`, a list of embedded objects that a site may refuse to select by name.

use serde::Deserialize;

use super::client::Client;
use super::collections;
use super::odata::{Address, Page, optional_number, text, text_literal};
use crate::model::site::ConnectionPoint;
use crate::model::{CollectionId, Failure, Problem, Result, SiteCode, SiteGuid};

const ROLES: &str = "SMS_SCI_SysResUse";
const DEFINITION: &str = "SMS_SCI_SiteDefinition";
const DOING: &str = "reading the site's roles";

/// The collection that everybody sees whose security scopes are not limited.
const ALL_SYSTEMS: &str = "SMS00001";

/// A role of a server of a site.
#[derive(Debug, Deserialize)]
pub(super) struct Role {
    #[serde(rename = "RoleName", default, deserialize_with = "text")]
    name: String,
    /// `\\server`, in any case.
    #[serde(rename = "NetworkOSPath", default, deserialize_with = "text")]
    path: String,
    #[serde(rename = "SiteCode", default, deserialize_with = "text")]
    site: String,
    #[serde(rename = "Props", default)]
    props: Option<Vec<Prop>>,
}

/// One property of a site control item.
#[derive(Debug, Deserialize)]
struct Prop {
    #[serde(rename = "PropertyName", default, deserialize_with = "text")]
    name: String,
    #[serde(rename = "Value", default, deserialize_with = "optional_number")]
    value: Option<i64>,
    #[serde(rename = "Value1", default, deserialize_with = "text")]
    value1: String,
    #[serde(rename = "Value2", default, deserialize_with = "text")]
    value2: String,
}

/// A site's definition.
#[derive(Debug, Deserialize)]
struct Definition {
    #[serde(rename = "SiteCode", default, deserialize_with = "text")]
    site: String,
    #[serde(rename = "Props", default)]
    props: Option<Vec<Prop>>,
}

impl Role {
    fn server(&self) -> String {
        self.path.trim_start_matches('\\').to_lowercase()
    }

    fn is(&self, name: &str, site: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) && self.site.eq_ignore_ascii_case(site)
    }
}

/// All roles; `None` where they cannot be read.
pub(super) async fn roles(client: &Client) -> Option<Vec<Role>> {
    // Without $select: `Props` is lazy, and refused in one.
    let target = Address::class(ROLES).into_target();
    let page: Page<Role> = client.json(&target, DOING).await.ok()?;
    // A list that goes on elsewhere does not prove that a role is missing.
    page.next_link.is_none().then_some(page.rows)
}

/// The service connection point of the hierarchy whose top is `site`.
pub(super) fn connection_point(roles: Option<&[Role]>, site: &str) -> ConnectionPoint {
    let Some(roles) = roles else {
        return ConnectionPoint::NotRead;
    };
    let Some(role) = roles.iter().find(|role| role.is("SMS Dmp Connector", site)) else {
        return ConnectionPoint::NotInstalled;
    };
    let server = role.server();
    let mode = role.props.iter().flatten().find(|prop| prop.name == "OfflineMode");
    match mode.and_then(|prop| prop.value) {
        Some(0) => ConnectionPoint::Online { server },
        Some(1) => ConnectionPoint::Offline { server },
        _ => ConnectionPoint::ModeUnknown { server },
    }
}

/// The servers with an SMS Provider of a site, each once.
pub(super) fn providers(roles: Option<&[Role]>, site: &str) -> Vec<String> {
    let of_site = roles.into_iter().flatten().filter(|role| role.is("SMS Provider", site));
    let mut servers: Vec<String> = of_site.map(Role::server).filter(|server| !server.is_empty()).collect();
    servers.sort();
    servers.dedup();
    servers
}

/// The GUID of a site; `None` where it is not told in any form that we know.
///
/// # Errors
/// Those of the network and of the sign-in. They are no answer: a site that was installed anew must not pass for the old one
/// because this one question went unanswered.
pub(super) async fn guid(client: &Client, site: &SiteCode) -> Result<Option<SiteGuid>> {
    let filter = format!("SiteCode eq {}", text_literal(site.as_str()));
    let whole = Address::class(DEFINITION).with("$filter", &filter);
    let chosen = Address::class(DEFINITION)
        .select(&["Props", "SiteCode"])
        .with("$filter", &filter);
    for address in [whole, chosen] {
        let page: Result<Page<Definition>> = client.json(&address.into_target(), DOING).await;
        let rows = match page {
            Ok(page) => page.rows,
            Err(failure) if is_answer(&failure) => continue,
            Err(failure) => return Err(failure),
        };
        let of_site = rows.iter().filter(|row| row.site.eq_ignore_ascii_case(site.as_str()));
        let mut props = of_site.flat_map(|row| row.props.iter().flatten());
        if let Some(prop) = props.find(|prop| prop.name == "SiteGUID") {
            return Ok([&prop.value1, &prop.value2]
                .into_iter()
                .find_map(|text| text.parse().ok()));
        }
    }
    Ok(None)
}

/// Whether the site has answered, though not with what was asked for.
fn is_answer(failure: &Failure) -> bool {
    matches!(
        failure.problem(),
        Problem::SiteRefused { .. } | Problem::NoConfigMgrRights { .. } | Problem::NotUnderstood { .. }
    )
}

/// Whether the account sees the collection All Systems; `None` where that cannot be told.
pub(super) async fn sees_all_systems(client: &Client) -> Option<bool> {
    let id: CollectionId = ALL_SYSTEMS.parse().ok()?;
    collections::one(client, &id).await.ok().map(|found| found.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(mode: &str) -> Vec<Role> {
        let json = format!(
            r#"[{{"RoleName":"SMS Provider","NetworkOSPath":"\\\\PS1.corp.example","SiteCode":"PS1","Props":[]}},
                {{"RoleName":"SMS Provider","NetworkOSPath":"\\\\ps1.CORP.example","SiteCode":"ps1"}},
                {{"RoleName":"SMS Provider","NetworkOSPath":"\\\\cas.corp.example","SiteCode":"CAS","Props":null}},
                {{"RoleName":"SMS Dmp Connector","NetworkOSPath":"\\\\SCP.corp.example","SiteCode":"PS1","Props":[{mode}]}}]"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn the_service_connection_point_in_every_state() {
        let point = |mode: &str| connection_point(Some(&roles(mode)), "PS1");
        let server = || "scp.corp.example".to_owned();
        let prop = |value: &str| format!(r#"{{"PropertyName":"OfflineMode","Value":{value},"Value1":"","Value2":""}}"#);
        assert_eq!(point(&prop("0")), ConnectionPoint::Online { server: server() });
        assert_eq!(point(&prop("1")), ConnectionPoint::Offline { server: server() });
        assert_eq!(point(&prop("\"1\"")), ConnectionPoint::Offline { server: server() });
        for unknown in [prop("null"), prop("7"), String::new()] {
            assert_eq!(point(&unknown), ConnectionPoint::ModeUnknown { server: server() });
        }
        assert_eq!(connection_point(Some(&roles("")), "CAS"), ConnectionPoint::NotInstalled);
        assert_eq!(connection_point(None, "PS1"), ConnectionPoint::NotRead);
    }

    #[test]
    fn providers_of_one_site_each_once() {
        assert_eq!(providers(Some(&roles("")), "PS1"), ["ps1.corp.example"]);
        assert!(providers(None, "PS1").is_empty());
    }
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod wire_tests {
    use super::*;
    use crate::configmgr::testing::{Reply, Server};

    #[tokio::test]
    async fn a_question_without_an_answer_is_not_taken_for_an_unknown_guid() {
        let server = Server::plain(|_| Reply::json(503, "")).await;
        let failure = guid(server.site().client(), &"PS1".parse().unwrap()).await.unwrap_err();
        assert_eq!(failure.problem().code(), "unavailable");
    }

    #[tokio::test]
    async fn roles_that_go_on_elsewhere_are_not_read() {
        for (link, read) in [("", true), (r#","@odata.nextLink":"?$skip=1""#, false)] {
            let body = format!(r#"{{"value":[{{"RoleName":"SMS Provider","SiteCode":"PS1"}}]{link}}}"#);
            let server = Server::plain(move |_| Reply::json(200, &body)).await;
            assert_eq!(super::roles(server.site().client()).await.is_some(), read, "{link}");
        }
    }

    #[tokio::test]
    async fn the_guid_in_the_forms_that_sites_take() {
        let row = r#"{"SiteCode":"PS1","Props":[{"PropertyName":"SiteGUID","Value":0,"Value1":"{7A2B6F0E-1111-2222-3333-444455556666}","Value2":""}]}"#;
        let lazy = r#"{"SiteCode":"PS1","Props":[]}"#;
        for (whole, chosen, known) in [
            (Reply::rows(&[row.into()]), Reply::json(404, ""), true),
            (Reply::rows(&[lazy.into()]), Reply::rows(&[row.into()]), true),
            (Reply::json(404, ""), Reply::json(404, ""), false),
            (Reply::rows(&[lazy.into()]), Reply::rows(&[]), false),
        ] {
            let server = Server::plain(move |asked| match asked.option("$select") {
                None => whole.clone(),
                Some(_) => chosen.clone(),
            })
            .await;
            let found = guid(server.site().client(), &"PS1".parse().unwrap()).await.unwrap();
            let expected = known.then(|| "7a2b6f0e-1111-2222-3333-444455556666".parse().unwrap());
            assert_eq!(found, expected);
        }
    }
}
