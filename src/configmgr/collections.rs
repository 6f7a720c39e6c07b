//! `SMS_Collection`: the device collections.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::client::Client;
use super::odata::{Address, Keyed, Page, date, flag, number, optional_number, text, text_literal};
use super::sweep::{Listing, Paging, Row, accepted_selection, is_refusal_of_form, sweep};
use crate::model::{CollectionId, DeviceCollection, Failure, LimitingCollection, Problem, Result};

const CLASS: &str = "SMS_Collection";
const DOING: &str = "reading collections";

/// `CollectionType` of collections that hold devices; 1 is for users, 0 for others.
const DEVICES: i64 = 2;

/// What we read. `ObjectPath` is missing in Microsoft's documentation of the class and `CloudSyncCount` in older versions, so
/// there are choices without them; the last one has what no publication can do without.
const CHOICES: &[&[&str]] = &[
    &[
        "CloudSyncCount",
        "CollectionID",
        "CollectionType",
        "CurrentStatus",
        "IsBuiltIn",
        "LastMemberChangeTime",
        "LimitToCollectionID",
        "LimitToCollectionName",
        "MemberCount",
        "Name",
        "ObjectPath",
    ],
    &[
        "CollectionID",
        "CollectionType",
        "CurrentStatus",
        "IsBuiltIn",
        "LastMemberChangeTime",
        "LimitToCollectionID",
        "LimitToCollectionName",
        "MemberCount",
        "Name",
        "ObjectPath",
    ],
    &[
        "CloudSyncCount",
        "CollectionID",
        "CollectionType",
        "CurrentStatus",
        "IsBuiltIn",
        "LastMemberChangeTime",
        "LimitToCollectionID",
        "LimitToCollectionName",
        "MemberCount",
        "Name",
    ],
    &[
        "CollectionID",
        "CollectionType",
        "CurrentStatus",
        "LastMemberChangeTime",
        "MemberCount",
        "Name",
    ],
];

#[derive(Debug, Deserialize)]
pub(super) struct CollectionRow {
    #[serde(rename = "CollectionID", deserialize_with = "text")]
    id: String,
    #[serde(rename = "CollectionType", deserialize_with = "number")]
    kind: i64,
    #[serde(rename = "Name", default, deserialize_with = "text")]
    name: String,
    #[serde(rename = "MemberCount", deserialize_with = "number")]
    member_count: i64,
    #[serde(rename = "LastMemberChangeTime", default, deserialize_with = "date")]
    last_member_change: Option<DateTime<Utc>>,
    #[serde(rename = "CurrentStatus", default, deserialize_with = "optional_number")]
    current_status: Option<i64>,
    #[serde(rename = "ObjectPath", default, deserialize_with = "text")]
    path: String,
    #[serde(rename = "LimitToCollectionID", default, deserialize_with = "text")]
    limiting_id: String,
    #[serde(rename = "LimitToCollectionName", default, deserialize_with = "text")]
    limiting_name: String,
    #[serde(rename = "IsBuiltIn", default, deserialize_with = "flag")]
    is_built_in: bool,
    #[serde(rename = "CloudSyncCount", default, deserialize_with = "optional_number")]
    cloud_syncs: Option<i64>,
}

impl Row for CollectionRow {
    type Key = String;
    fn key(&self) -> String {
        self.id.clone()
    }
}

impl CollectionRow {
    fn into_collection(self, client: &Client) -> Result<DeviceCollection> {
        let id = self.id.parse().map_err(|invalid| {
            let host = client.door.provider.to_string();
            let expected = "a collection ID of eight characters".into();
            Failure::from(Problem::NotUnderstood { host, expected }).with("Answer", format!("{invalid}"))
        })?;
        // Information only: what is no ID there is passed over.
        let limiting = self.limiting_id.parse().ok().map(|id| LimitingCollection {
            id,
            name: self.limiting_name,
        });
        Ok(DeviceCollection {
            id,
            name: self.name,
            member_count: self.member_count,
            last_member_change: self.last_member_change,
            current_status: self.current_status,
            path: Some(self.path).filter(|path| !path.is_empty()),
            limiting,
            is_built_in: self.is_built_in,
            is_cloud_synced: self.cloud_syncs.is_some_and(|count| count > 0),
        })
    }
}

/// All device collections. Reads the whole class and chooses here: that is the form of reading that every site takes.
pub(super) async fn all(client: &Client) -> Result<Vec<DeviceCollection>> {
    let listing = Listing {
        class: CLASS,
        select: accepted_selection(client, CLASS, CHOICES, DOING).await?,
        key: "CollectionID",
        filter: None,
        best: Paging::SortedOffset,
        doing: DOING,
    };
    let mut found = Vec::new();
    sweep(client, &listing, |page: Vec<CollectionRow>| {
        for row in page.into_iter().filter(|row| row.kind == DEVICES) {
            found.push(row.into_collection(client)?);
        }
        Ok(())
    })
    .await?;
    Ok(found)
}

/// One collection.
///
/// A filter that a site does not take may be answered with an empty list or with 404, so what a filter does not find is asked
/// for by key, and only a filter that was taken makes the 404 to that a proof that there is no such collection.
pub(super) async fn one(client: &Client, id: &CollectionId) -> Result<Option<DeviceCollection>> {
    let select = accepted_selection(client, CLASS, CHOICES, DOING).await?;
    let by_filter = Address::class(CLASS)
        .select(select)
        .with("$filter", &format!("CollectionID eq {}", text_literal(id.as_str())));
    let filtered: Result<Page<CollectionRow>> = client.json(&by_filter.into_target(), DOING).await;
    let (row, refused) = match filtered {
        Ok(page) => (page.rows.into_iter().find(|row| is(row, id)), None),
        Err(failure) if is_refusal_of_form(&failure) => (None, Some(failure)),
        Err(failure) => return Err(failure),
    };
    let row = match row {
        Some(row) => Some(row),
        None => by_key(client, id, select, refused).await?,
    };
    let Some(row) = row else {
        return Ok(None);
    };
    if row.kind != DEVICES {
        return Err(Problem::NotADeviceCollection { id: id.clone() }.into());
    }
    row.into_collection(client).map(Some)
}

async fn by_key(
    client: &Client,
    id: &CollectionId,
    select: &[&str],
    refused: Option<Failure>,
) -> Result<Option<CollectionRow>> {
    let target = Address::object(CLASS, id.as_str()).select(select).into_target();
    let keyed: Result<Keyed<CollectionRow>> = client.json(&target, DOING).await;
    match (keyed, refused) {
        (Ok(keyed), _) => Ok(keyed.into_first().filter(|row| is(row, id))),
        (Err(failure), None) if matches!(failure.problem(), Problem::SiteRefused { status: 404, .. }) => Ok(None),
        (Err(_), Some(refused)) => Err(refused),
        (Err(failure), None) => Err(failure),
    }
}

fn is(row: &CollectionRow, id: &CollectionId) -> bool {
    row.id.eq_ignore_ascii_case(id.as_str())
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use super::*;
    use crate::configmgr::testing::{Asked, Reply, Server};

    const SYSTEMS: &str = r#"{"CloudSyncCount":0,"CollectionID":"SMS00001","CollectionType":2,"CurrentStatus":1,"IsBuiltIn":true,"LastMemberChangeTime":"2026-07-18T08:08:03.87Z","LimitToCollectionID":null,"LimitToCollectionName":null,"MemberCount":37,"Name":"All Systems","ObjectPath":"/"}"#;
    const SYNCED: &str = r#"{"CloudSyncCount":2,"CollectionID":"PS100017","CollectionType":2,"CurrentStatus":1,"IsBuiltIn":false,"LastMemberChangeTime":null,"LimitToCollectionID":"SMS00001","LimitToCollectionName":"All Systems","MemberCount":1,"Name":"東京","ObjectPath":"/Servers/Patching"}"#;
    const USERS: &str = r#"{"CollectionID":"SMS00002","CollectionType":1,"CurrentStatus":null,"LastMemberChangeTime":"1980-01-01T00:00:00Z","MemberCount":4,"Name":"All Users"}"#;
    const OTHER: &str =
        r#"{"CollectionID":"SMSOTHER","CollectionType":0,"MemberCount":0,"Name":"All Custom Resources"}"#;
    const BARE: &str = r#"{"CollectionID":"PS100016","CollectionType":"2","LastMemberChangeTime":"1970-01-01T00:00:00Z","MemberCount":0,"Name":"Größe \"L\"","ObjectPath":null}"#;

    fn id(text: &str) -> CollectionId {
        text.parse().unwrap()
    }

    fn list(asked: &Asked, rows: &[&str]) -> Reply {
        let rows = rows.iter().skip(asked.number("$skip")).take(asked.number("$top"));
        Reply::rows(&rows.map(|row| (*row).to_owned()).collect::<Vec<_>>())
    }

    #[tokio::test]
    async fn device_collections_only() {
        let server = Server::plain(|asked| list(asked, &[USERS, SYSTEMS, OTHER, BARE, SYNCED])).await;
        let found = server.site().collections().await.unwrap();
        assert_eq!(
            found,
            [
                DeviceCollection {
                    id: id("SMS00001"),
                    name: "All Systems".into(),
                    member_count: 37,
                    last_member_change: Some("2026-07-18T08:08:03.87Z".parse().unwrap()),
                    current_status: Some(1),
                    path: Some("/".into()),
                    limiting: None,
                    is_built_in: true,
                    is_cloud_synced: false,
                },
                DeviceCollection {
                    id: id("PS100016"),
                    name: "Größe \"L\"".into(),
                    member_count: 0,
                    last_member_change: None,
                    current_status: None,
                    path: None,
                    limiting: None,
                    is_built_in: false,
                    is_cloud_synced: false,
                },
                DeviceCollection {
                    id: id("PS100017"),
                    name: "東京".into(),
                    member_count: 1,
                    last_member_change: None,
                    current_status: Some(1),
                    path: Some("/Servers/Patching".into()),
                    limiting: Some(LimitingCollection {
                        id: id("SMS00001"),
                        name: "All Systems".into(),
                    }),
                    is_built_in: false,
                    is_cloud_synced: true,
                },
            ]
        );
    }

    /// A site that does not know some of the properties, and how many requests it refused for them: each choice is tried three times, in the first reading.
    async fn without(unknown: &'static [&'static str]) -> (DeviceCollection, usize) {
        let server = Server::plain(move |asked| {
            if unknown.iter().any(|property| asked.target.contains(property)) {
                return Reply::json(404, "");
            }
            let mut row: serde_json::Value = serde_json::from_str(SYNCED).unwrap();
            row.as_object_mut()
                .unwrap()
                .retain(|name, _| asked.target.contains(name.as_str()));
            list(asked, &[&row.to_string()])
        })
        .await;
        let site = server.site();
        let mut found = site.collections().await.unwrap();
        assert_eq!(site.collections().await.unwrap(), found);
        let asked = server.asked();
        let refused = asked
            .iter()
            .filter(|asked| unknown.iter().any(|property| asked.target.contains(property)));
        (found.remove(0), refused.count())
    }

    #[tokio::test]
    async fn what_a_site_does_not_know_is_left_out_and_not_asked_for_again() {
        let told = |each: &DeviceCollection| (each.path.is_some(), each.is_cloud_synced, each.limiting.is_some());
        for (unknown, expected, refused) in [
            (&[][..], (true, true, true), 0),
            (&["CloudSyncCount"], (true, false, true), 3),
            (&["ObjectPath"], (false, true, true), 6),
            (&["CloudSyncCount", "ObjectPath"], (false, false, false), 9),
            (&["IsBuiltIn"], (false, false, false), 9),
        ] {
            let (found, requests) = without(unknown).await;
            assert_eq!((told(&found), requests), (expected, refused), "{unknown:?}");
            assert_eq!((found.name.as_str(), found.member_count), ("東京", 1));
        }
    }

    /// A site that answers a filter and a key as told.
    async fn one(filter: Reply, key: Reply) -> Result<Option<DeviceCollection>> {
        let server = Server::plain(move |asked| {
            if asked.target.contains("SMS_Collection('SMS00001')") {
                key.clone()
            } else if asked.option("$filter").is_some() {
                assert_eq!(asked.option("$filter"), Some("CollectionID eq 'SMS00001'"));
                filter.clone()
            } else {
                list(asked, &[])
            }
        })
        .await;
        server.site().collection(&id("SMS00001")).await
    }

    #[tokio::test]
    async fn one_collection_by_filter_or_by_key() {
        let listed = |row: &str| Reply::rows(&[row.to_owned()]);
        let (nothing, missing) = (Reply::rows(&[]), Reply::json(404, ""));
        for (filter, key) in [
            (listed(SYSTEMS), missing.clone()),
            (nothing.clone(), listed(SYSTEMS)),
            (nothing.clone(), Reply::json(200, SYSTEMS)),
            (missing.clone(), listed(SYSTEMS)),
            // Takes no notice of the filter.
            (listed(BARE), listed(SYSTEMS)),
        ] {
            let found = one(filter, key).await.unwrap().unwrap();
            assert_eq!(found.id, id("SMS00001"));
        }
        assert_eq!(one(nothing.clone(), missing.clone()).await.unwrap(), None);
        assert_eq!(one(nothing.clone(), nothing.clone()).await.unwrap(), None);
    }

    #[tokio::test]
    async fn a_refusal_is_no_proof_of_absence() {
        let refused = Reply::json(404, "");
        let failure = one(refused.clone(), refused).await.unwrap_err();
        assert_eq!(failure.problem().code(), "site_refused");
    }

    #[tokio::test]
    async fn collections_of_users_are_refused() {
        let users = USERS.replace("SMS00002", "SMS00001");
        let failure = one(Reply::rows(&[users]), Reply::json(404, "")).await.unwrap_err();
        assert_eq!(*failure.problem(), Problem::NotADeviceCollection { id: id("SMS00001") });
    }
}
