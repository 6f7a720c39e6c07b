//! `SMS_AAD_Application_Ex` and `SMS_AAD_Tenant_Ex`: the server apps that the site knows already.
//!
//! The first class carries the apps' secrets too, encrypted for the site. They are never asked for: every request names its
//! properties, and those are not among them.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::client::Client;
use super::odata::{date, number, optional_number, text};
use super::sweep::{Listing, Paging, Row, is_refusal_of_form, sweep};
use crate::model::environment::BUILT_IN;
use crate::model::{Failure, KnownApp, Problem, Result};

const APPS: Listing = Listing {
    class: "SMS_AAD_Application_Ex",
    select: &["ClientID", "ID", "IdentifierUri", "LastUpdateTime", "Name", "TenantID"],
    key: "ID",
    filter: None,
    best: Paging::SortedOffset,
    doing: "reading the apps that the site knows",
};

const TENANTS: Listing = Listing {
    class: "SMS_AAD_Tenant_Ex",
    select: &["Environment", "ID", "Name", "TenantID"],
    key: "ID",
    filter: None,
    best: Paging::SortedOffset,
    doing: "reading the tenants that the site knows",
};

#[derive(Debug, Deserialize)]
struct AppRow {
    #[serde(rename = "ID", deserialize_with = "number")]
    id: i64,
    /// The `ID` of a [`TenantRow`], no GUID.
    #[serde(rename = "TenantID", default, deserialize_with = "optional_number")]
    tenant: Option<i64>,
    #[serde(rename = "ClientID", default, deserialize_with = "text")]
    client_id: String,
    #[serde(rename = "Name", default, deserialize_with = "text")]
    name: String,
    #[serde(rename = "IdentifierUri", default, deserialize_with = "text")]
    app_id_uri: String,
    #[serde(rename = "LastUpdateTime", default, deserialize_with = "date")]
    last_update: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct TenantRow {
    #[serde(rename = "ID", deserialize_with = "number")]
    id: i64,
    #[serde(rename = "Name", default, deserialize_with = "text")]
    name: String,
    #[serde(rename = "TenantID", default, deserialize_with = "text")]
    guid: String,
    #[serde(rename = "Environment", default, deserialize_with = "optional_number")]
    environment: Option<i64>,
}

impl Row for AppRow {
    type Key = i64;
    fn key(&self) -> i64 {
        self.id
    }
}

impl Row for TenantRow {
    type Key = i64;
    fn key(&self) -> i64 {
        self.id
    }
}

/// The apps, the last changed first; see [`super::Site::known_apps`].
pub(super) async fn all(client: &Client) -> Result<Vec<KnownApp>> {
    let mut apps: Vec<AppRow> = rows(client, &APPS).await?;
    if apps.is_empty() {
        return Ok(Vec::new());
    }
    let tenants: Vec<TenantRow> = rows(client, &TENANTS).await?;
    apps.sort_by_key(|app| std::cmp::Reverse(app.last_update));
    Ok(apps.into_iter().filter_map(|app| app.into_known(&tenants)).collect())
}

/// All rows of a class; none where the site does not know it or does not let the account read it, because nothing here needs them.
async fn rows<R: Row>(client: &Client, listing: &Listing) -> Result<Vec<R>> {
    let mut rows = Vec::new();
    let read = sweep(client, listing, |page| {
        rows.extend(page);
        Ok(())
    })
    .await;
    match read {
        Err(failure) if !is_refusal(&failure) => Err(failure),
        _ => Ok(rows),
    }
}

fn is_refusal(failure: &Failure) -> bool {
    is_refusal_of_form(failure) || matches!(failure.problem(), Problem::NoConfigMgrRights { .. })
}

impl AppRow {
    fn into_known(self, tenants: &[TenantRow]) -> Option<KnownApp> {
        let tenant = tenants.iter().find(|tenant| Some(tenant.id) == self.tenant)?;
        Some(KnownApp {
            name: self.name,
            client_id: self.client_id.parse().ok()?,
            app_id_uri: self.app_id_uri,
            tenant_name: tenant.name.clone(),
            tenant_id: tenant.guid.parse().ok()?,
            environment: tenant.environment.and_then(environment).map(str::to_owned),
        })
    }
}

/// The cloud behind `Environment`. Published is only that 2 is US Government; the wizard and its cmdlets have offered just one
/// other cloud, so the numbers before it are taken for the public one. A number that nobody has seen says nothing.
fn environment(number: i64) -> Option<&'static str> {
    let [public, us_government, _] = BUILT_IN;
    match number {
        0 | 1 => Some(public),
        2 => Some(us_government),
        _ => None,
    }
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use super::*;
    use crate::configmgr::testing::{Asked, Reply, Server};

    const READY: &str = r#"{"ClientID":"11111111-4b5a-6978-8796-a5b4c3d2e1f0","ID":16777217,"IdentifierUri":"https://ConfigMgrService","LastUpdateTime":"2025-01-02T03:04:05.67Z","Name":"ConfigMgr connector","TenantID":7}"#;
    const NEWER: &str = r#"{"ClientID":"22222222-4B5A-6978-8796-A5B4C3D2E1F0","ID":16777218,"IdentifierUri":null,"LastUpdateTime":"2026-01-02T03:04:05Z","Name":"東京","TenantID":"8"}"#;
    const CONTOSO: &str =
        r#"{"Environment":0,"ID":7,"Name":"contoso","TenantID":"aaaaaaaa-4b5a-6978-8796-a5b4c3d2e1f0"}"#;
    const AGENCY: &str =
        r#"{"Environment":2,"ID":8,"Name":"agency","TenantID":"bbbbbbbb-4b5a-6978-8796-a5b4c3d2e1f0"}"#;

    fn page(asked: &Asked, rows: &[String]) -> Reply {
        let rows = rows.iter().skip(asked.number("$skip")).take(asked.number("$top"));
        Reply::rows(&rows.cloned().collect::<Vec<_>>())
    }

    async fn serve(apps: &[&str], tenants: &[&str]) -> Server {
        let [apps, tenants] = [apps, tenants].map(|rows| rows.iter().map(ToString::to_string).collect::<Vec<_>>());
        Server::plain(move |asked| {
            let rows = match asked.target.contains("/SMS_AAD_Application_Ex?") {
                true => &apps,
                false => &tenants,
            };
            page(asked, rows)
        })
        .await
    }

    #[tokio::test]
    async fn apps_with_their_tenants() {
        let server = serve(&[READY, NEWER], &[CONTOSO, AGENCY]).await;
        let found = server.site().known_apps().await.unwrap();
        let app = |name: &str, client: &str, uri: &str, tenant: &str, tenant_id: &str, at: usize| KnownApp {
            name: name.into(),
            client_id: client.parse().unwrap(),
            app_id_uri: uri.into(),
            tenant_name: tenant.into(),
            tenant_id: tenant_id.parse().unwrap(),
            environment: Some(BUILT_IN[at].into()),
        };
        assert_eq!(
            found,
            [
                app(
                    "東京",
                    "22222222-4b5a-6978-8796-a5b4c3d2e1f0",
                    "",
                    "agency",
                    "bbbbbbbb-4b5a-6978-8796-a5b4c3d2e1f0",
                    1
                ),
                app(
                    "ConfigMgr connector",
                    "11111111-4b5a-6978-8796-a5b4c3d2e1f0",
                    "https://ConfigMgrService",
                    "contoso",
                    "aaaaaaaa-4b5a-6978-8796-a5b4c3d2e1f0",
                    0
                ),
            ]
        );
    }

    #[tokio::test]
    async fn secrets_are_never_asked_for() {
        let server = serve(&[READY], &[CONTOSO]).await;
        server.site().known_apps().await.unwrap();
        for asked in server.asked() {
            let properties: Vec<&str> = asked
                .option("$select")
                .expect("names its properties")
                .split(',')
                .collect();
            assert!(!properties.is_empty() && !properties.contains(&"*"), "{}", asked.target);
            assert!(!asked.target.to_lowercase().contains("secret"), "{}", asked.target);
        }
    }

    #[tokio::test]
    async fn apps_without_client_or_tenant_are_passed_over() {
        let lacking = [
            READY.replace("\"TenantID\":7", "\"TenantID\":null"),
            READY
                .replace("\"TenantID\":7", "\"TenantID\":9")
                .replace("16777217", "2"),
            READY
                .replace("11111111-4b5a-6978-8796-a5b4c3d2e1f0", "")
                .replace("16777217", "3"),
            NEWER.to_owned(),
        ];
        let lacking: Vec<&str> = lacking.iter().map(String::as_str).collect();
        let unnamed = AGENCY.replace("\"Environment\":2", "\"Environment\":77");
        let server = serve(&lacking, &[CONTOSO, &unnamed]).await;
        let found = server.site().known_apps().await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), &found[0].environment), ("東京", &None));
    }

    #[tokio::test]
    async fn a_site_that_has_or_shows_none() {
        for (status, body) in [
            (404, ""),
            (403, ""),
            (400, r#"{"error":{"message":"Access denied"}}"#),
            (500, ""),
        ] {
            let server = Server::plain(move |_| Reply::json(status, body)).await;
            assert_eq!(server.site().known_apps().await.unwrap(), [], "{status} {body}");
        }
        let server = Server::plain(|_| Reply::json(200, "<html>")).await;
        assert!(
            server.site().known_apps().await.is_err(),
            "what is no answer is no empty list"
        );
    }
}
