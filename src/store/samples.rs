//! Made-up contents for the tests of this folder.

use chrono::{DateTime, Utc};
use tempfile::TempDir;
use uuid::Uuid;

use super::{GroupState, Pending, Published, SentRows, Store};
use crate::model::report::Outcome;
use crate::model::{
    AppIdUri, AppRegistration, ApplicationName, CertificateTrust, ClientId, Connection, ConnectionId, ConnectionState,
    Environment, History, Setup, SignIn, SiteConnection, TenantId, TenantName,
};

/// A store in a folder of its own, which goes with the returned guard.
pub(super) fn store() -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap();
    (dir, store)
}

/// So many seconds after a certain moment, with a fraction.
pub(super) fn moment(seconds: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + seconds, 123_456_789).unwrap()
}

/// A new connection with an ID of its own.
pub(crate) fn connection(name: &str) -> Connection {
    let workspace = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg-monitor/providers/\
                     Microsoft.OperationalInsights/workspaces/law-contoso";
    Connection {
        id: ConnectionId::new(Uuid::new_v4()),
        state: ConnectionState::Connecting,
        setup: Setup {
            name: name.parse().unwrap(),
            description: "It's \"quoted\"; 東京".into(),
            environment: Environment::built_in("AzurePublicCloud").unwrap(),
            app: AppRegistration {
                tenant_name: TenantName::new("contoso.onmicrosoft.com"),
                tenant_id: TenantId::new(Uuid::new_v4()),
                application_name: ApplicationName::new("ConfigMgr connector"),
                client_id: ClientId::new(Uuid::new_v4()),
                secret_expiry: "2027-05-22".parse().unwrap(),
                app_id_uri: AppIdUri::new("https://ConfigMgrService"),
            },
            workspace: workspace.parse().unwrap(),
            site: SiteConnection {
                provider: "cm01.corp.example:8443".parse().unwrap(),
                sign_in: SignIn::Account("CORP\\svc-asw".into()),
                trust: CertificateTrust::System,
            },
            collections: vec!["PS100016".parse().unwrap(), "SMS00001".parse().unwrap()],
            members: crate::model::MemberScope::default(),
            history: History::Off,
            rule_group: None,
            import: true,
        },
        workspace: None,
        site: None,
        history: None,
    }
}

/// A group with every field filled.
pub(super) fn group(collection: &str) -> GroupState {
    GroupState {
        collection: collection.parse().unwrap(),
        name: "All Servers".into(),
        alias: Some(format!("ConfigMgr_PS1_{collection}")),
        published: Some(Published {
            hash: "9f86d081".into(),
            generation: "g1".into(),
            parts: 3,
            as_of: moment(1),
            computers: 1234,
            sent_at: moment(2),
            visible_at: Some(moment(3)),
        }),
        pending: Some(Pending {
            generation: "g2".into(),
            parts: 4,
            computers: 3,
        }),
        leftover: vec![Pending {
            generation: "g0".into(),
            parts: 2,
            computers: 0,
        }],
        member_count: Some(1240),
        last_member_change: Some(moment(0)),
        checked_at: Some(moment(4)),
        outcome: Some(Outcome::Published),
        error: Some(crate::model::Problem::SecretExpired),
        read_at: None,
        not_seen_since: Some(moment(5)),
        unsettled_since: Some(moment(6)),
        rows: Some(SentRows {
            sync_id: Uuid::nil(),
            generation: 7,
            rows: 1234,
            hash: "9f86d081".into(),
            as_of: moment(1),
            sent_at: moment(2),
            seen_at: Some(moment(3)),
        }),
        generation: Some(8),
        confirmed: Some(6),
        before_text: Some(5),
    }
}
