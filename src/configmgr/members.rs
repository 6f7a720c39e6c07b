//! `SMS_FullCollectionMembership`: the members of a collection.

use serde::Deserialize;

use super::client::Client;
use super::odata::{Address, flag, number, optional_number, text, text_literal};
use super::sweep::{Listing, Paging, Row, is_refusal_of_form, sweep};
use crate::model::{CollectionId, Failure, MembershipRecord, Problem, Result};

#[derive(Debug, Deserialize)]
pub(super) struct MembershipRow {
    #[serde(rename = "CollectionID", deserialize_with = "text")]
    collection: String,
    #[serde(rename = "ResourceID", alias = "ResourceId", deserialize_with = "number")]
    resource_id: i64,
    #[serde(rename = "ResourceType", default, deserialize_with = "optional_number")]
    resource_type: Option<i64>,
    #[serde(rename = "Name", default, deserialize_with = "text")]
    name: String,
    #[serde(rename = "IsClient", default, deserialize_with = "flag")]
    is_client: bool,
    #[serde(rename = "IsObsolete", default, deserialize_with = "flag")]
    is_obsolete: bool,
}

impl Row for MembershipRow {
    type Key = i64;
    fn key(&self) -> i64 {
        self.resource_id
    }
}

const CLASS: &str = "SMS_FullCollectionMembership";
const DOING: &str = "reading the members of a collection";

/// Only the members of this collection.
fn of(id: &CollectionId) -> String {
    format!("CollectionID eq {}", text_literal(id.as_str()))
}

/// Counts the records of a membership; see [`super::Site::member_rows`].
pub(super) async fn count(client: &Client, id: &CollectionId) -> Result<Option<usize>> {
    let target = Address::count(CLASS).with("$filter", &of(id)).into_target();
    match client.json(&target, DOING).await {
        Ok(count) => Ok(Some(count)),
        Err(failure) if is_refusal_of_form(&failure) => Ok(None),
        Err(failure) if matches!(failure.problem(), Problem::NotUnderstood { .. }) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Reads a membership; see [`super::Site::members`].
pub(super) async fn read(
    client: &Client,
    id: &CollectionId,
    mut on_page: impl FnMut(Vec<MembershipRecord>) -> Result<()> + Send,
) -> Result<usize> {
    let listing = Listing {
        class: CLASS,
        // Both keys, though we know one: without a key a site may collapse rows. Never SiteCode: it is null for many.
        select: &[
            "CollectionID",
            "IsClient",
            "IsObsolete",
            "Name",
            "ResourceID",
            "ResourceType",
        ],
        key: "ResourceID",
        filter: Some(of(id)),
        best: Paging::ByKey,
        doing: DOING,
    };
    sweep(client, &listing, |page: Vec<MembershipRow>| {
        if page.iter().any(|row| !row.collection.eq_ignore_ascii_case(id.as_str())) {
            return Err(other_collection(client, id));
        }
        on_page(page.into_iter().map(MembershipRow::into_record).collect())
    })
    .await
}

impl MembershipRow {
    fn into_record(self) -> MembershipRecord {
        MembershipRecord {
            resource_id: self.resource_id,
            resource_type: self.resource_type,
            name: self.name,
            is_client: self.is_client,
            is_obsolete: self.is_obsolete,
        }
    }
}

/// A site that takes no notice of the filter must not fill a group with everything.
fn other_collection(client: &Client, id: &CollectionId) -> Failure {
    Problem::NotUnderstood {
        host: client.door.provider.to_string(),
        expected: format!("members of collection {id} only"),
    }
    .into()
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use super::*;
    use crate::configmgr::testing::{Reply, Server};

    async fn read(rows: &[&str]) -> Result<Vec<MembershipRecord>> {
        let rows: Vec<String> = rows.iter().map(|row| (*row).to_owned()).collect();
        let server = Server::plain(move |asked| match asked.target.contains("ResourceID gt 0") {
            true => Reply::rows(&rows),
            false => Reply::rows(&[]),
        })
        .await;
        let mut found = Vec::new();
        let count = server
            .site()
            .members(&"SMS00001".parse().unwrap(), |page| {
                found.extend(page);
                Ok(())
            })
            .await?;
        assert_eq!(count, found.len());
        let asked = server.asked();
        let filter = asked[0].option("$filter").unwrap();
        assert_eq!(filter, "CollectionID eq 'SMS00001' and ResourceID gt 0");
        for key in ["CollectionID", "ResourceID"] {
            assert!(
                asked[0]
                    .option("$select")
                    .unwrap()
                    .split(',')
                    .any(|property| property == key)
            );
        }
        Ok(found)
    }

    #[tokio::test]
    async fn the_rows_are_counted_where_the_site_takes_the_question() {
        for (reply, expected) in [
            (Reply::json(200, "1234"), Ok(Some(1234))),
            (Reply::json(200, "0"), Ok(Some(0))),
            (Reply::json(404, ""), Ok(None)),
            (Reply::json(200, r#"{"value":[]}"#), Ok(None)),
            (Reply::json(503, ""), Err("unavailable")),
            (Reply::json(403, ""), Err("no_configmgr_rights")),
        ] {
            let server = Server::plain(move |_| reply.clone()).await;
            let counted = server.site().member_rows(&"SMS00001".parse().unwrap()).await;
            assert_eq!(counted.map_err(|failure| failure.problem().code()), expected);
            let asked = &server.asked()[0];
            assert!(
                asked.target.contains("/SMS_FullCollectionMembership/$count?"),
                "{}",
                asked.target
            );
            assert_eq!(asked.option("$filter"), Some("CollectionID eq 'SMS00001'"));
        }
    }

    #[tokio::test]
    async fn rows_as_sites_send_them() {
        let found = read(&[
            r#"{"CollectionID":"SMS00001","IsClient":true,"IsObsolete":false,"Name":"PS1-DB","ResourceID":16777219,"ResourceType":5}"#,
            r#"{"CollectionID":"sms00001","IsClient":null,"IsObsolete":null,"Name":null,"ResourceID":"2046820352","ResourceType":null}"#,
            r#"{"CollectionID":"SMS00001","IsClient":1,"IsObsolete":"1","Name":"Größe'; DROP","ResourceId":2097152004}"#,
        ])
        .await
        .unwrap();
        let record = |resource_id, resource_type, name: &str, is_client, is_obsolete| MembershipRecord {
            resource_id,
            resource_type,
            name: name.into(),
            is_client,
            is_obsolete,
        };
        assert_eq!(
            found,
            [
                record(16_777_219, Some(5), "PS1-DB", true, false),
                record(2_046_820_352, None, "", false, false),
                record(2_097_152_004, None, "Größe'; DROP", true, true),
            ]
        );
    }

    #[tokio::test]
    async fn members_of_other_collections_are_never_taken() {
        let failure = read(&[r#"{"CollectionID":"SMS00002","Name":"A","ResourceID":1}"#])
            .await
            .unwrap_err();
        assert_eq!(failure.problem().code(), "not_understood");
    }

    #[tokio::test]
    async fn a_row_without_its_key_is_not_understood() {
        for row in [
            r#"{"CollectionID":"SMS00001","Name":"A"}"#,
            r#"{"Name":"A","ResourceID":1}"#,
        ] {
            assert_eq!(
                read(&[row]).await.unwrap_err().problem().code(),
                "not_understood",
                "{row}"
            );
        }
    }
}
