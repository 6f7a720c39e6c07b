//! `SMS_R_System`: the names of the devices, and their identity in Microsoft Entra.

use serde::{Deserialize, Deserializer};

use super::client::Client;
use super::odata::{Address, Keyed, Page, number, parsed, text, texts};
use super::sweep::{Listing, Paging, Row, accepted_selection, is_refusal_of_form, sweep};
use crate::model::collection::fqdn;
use crate::model::{DeviceName, EntraDeviceId, Result};

const CLASS: &str = "SMS_R_System";
const DOING: &str = "reading the names of devices";

/// What we read; `FullDomainName` is missing in Microsoft's documentation of the class, so there are choices with less.
const CHOICES: &[&[&str]] = &[
    &["AADDeviceID", "FullDomainName", "Name", "ResourceId", "ResourceNames"],
    &["FullDomainName", "Name", "ResourceId", "ResourceNames"],
    &["AADDeviceID", "Name", "ResourceId", "ResourceNames"],
    &["Name", "ResourceId", "ResourceNames"],
    &["Name", "ResourceId"],
];

#[derive(Debug, Deserialize)]
pub(super) struct SystemRow {
    // Spelt with a small d in this class, whichever way it was asked for.
    #[serde(rename = "ResourceId", alias = "ResourceID", deserialize_with = "number")]
    resource_id: i64,
    #[serde(rename = "Name", default, deserialize_with = "text")]
    name: String,
    #[serde(rename = "ResourceNames", default, deserialize_with = "texts")]
    resource_names: Vec<String>,
    #[serde(rename = "FullDomainName", default, deserialize_with = "text")]
    dns_domain: String,
    #[serde(rename = "AADDeviceID", default, deserialize_with = "entra_device_id")]
    entra_device_id: Option<EntraDeviceId>,
}

impl Row for SystemRow {
    type Key = i64;
    fn key(&self) -> i64 {
        self.resource_id
    }
}

/// Reads the names of all devices; see [`super::Site::device_names`].
pub(super) async fn names(
    client: &Client,
    mut on_page: impl FnMut(Vec<DeviceName>) -> Result<()> + Send,
) -> Result<usize> {
    let listing = Listing {
        class: CLASS,
        select: accepted_selection(client, CLASS, CHOICES, DOING).await?,
        key: "ResourceId",
        filter: None,
        best: Paging::ByKey,
        doing: DOING,
    };
    sweep(client, &listing, |page: Vec<SystemRow>| {
        on_page(page.into_iter().map(SystemRow::into_name).collect())
    })
    .await
}

/// Reads the name of one device; see [`super::Site::device_name`].
///
/// A number is a filter that every site takes; what a filter does not find is asked for by key, since a filter that was not
/// taken can look like an empty list.
pub(super) async fn name(client: &Client, resource_id: i64) -> Result<Option<DeviceName>> {
    let select = accepted_selection(client, CLASS, CHOICES, DOING).await?;
    let is_it = |row: &SystemRow| row.resource_id == resource_id;
    let by_filter = Address::class(CLASS)
        .select(select)
        .with("$filter", &format!("ResourceId eq {resource_id}"))
        .into_target();
    let filtered: Result<Page<SystemRow>> = client.json(&by_filter, DOING).await;
    match filtered {
        Ok(page) => {
            if let Some(row) = page.rows.into_iter().find(is_it) {
                return Ok(Some(row.into_name()));
            }
        }
        Err(failure) if is_refusal_of_form(&failure) => {}
        Err(failure) => return Err(failure),
    }
    let by_key = Address::numbered(CLASS, resource_id).select(select).into_target();
    let keyed: Result<Keyed<SystemRow>> = client.json(&by_key, DOING).await;
    match keyed {
        Ok(keyed) => Ok(keyed.into_first().filter(is_it).map(SystemRow::into_name)),
        Err(failure) if is_refusal_of_form(&failure) => Ok(None),
        Err(failure) => Err(failure),
    }
}

impl SystemRow {
    fn into_name(self) -> DeviceName {
        let names = self.resource_names.iter().map(String::as_str);
        DeviceName {
            resource_id: self.resource_id,
            fqdn: fqdn(&self.name, names, Some(&self.dns_domain)),
            entra_device_id: self.entra_device_id,
        }
    }
}

/// Empty, or all zeros, for a device that is not registered in Microsoft Entra. What is no GUID says nothing either.
fn entra_device_id<'de, D: Deserializer<'de>>(source: D) -> std::result::Result<Option<EntraDeviceId>, D::Error> {
    let id: Option<EntraDeviceId> = parsed(source)?;
    Ok(id.filter(|id| !id.as_uuid().is_nil()))
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use super::*;
    use crate::configmgr::testing::{Asked, Reply, Server};

    const ALL: &str = r#"{"AADDeviceID":"1F0E2D3C-4B5A-6978-8796-A5B4C3D2E1F0","FullDomainName":"corp.example","Name":"A","ResourceId":1,"ResourceNames":["A","a.dns.example"]}"#;
    const DOMAIN: &str = r#"{"AADDeviceID":"00000000-0000-0000-0000-000000000000","FullDomainName":"corp.example","Name":"B","ResourceId":2,"ResourceNames":[]}"#;
    const NEITHER: &str = r#"{"FullDomainName":null,"Name":"C","ResourceID":3,"ResourceNames":null}"#;

    /// The names that a site gives which does not know some of the properties.
    async fn names(unknown: &'static [&'static str]) -> (Vec<(i64, String)>, usize) {
        let server = Server::plain(move |asked| {
            if unknown.iter().any(|property| asked.target.contains(property)) {
                return Reply::json(400, "");
            }
            if asked.option("$filter").is_none_or(|filter| filter == "ResourceId gt 0") {
                let mut rows: Vec<serde_json::Value> = [ALL, DOMAIN, NEITHER]
                    .map(|row| serde_json::from_str(row).unwrap())
                    .into();
                for row in &mut rows {
                    row.as_object_mut()
                        .unwrap()
                        .retain(|name, _| !unknown.contains(&name.as_str()));
                }
                return Reply::rows(&rows.iter().map(ToString::to_string).collect::<Vec<_>>());
            }
            Reply::rows(&[])
        })
        .await;
        let mut found = Vec::new();
        let count = server
            .site()
            .device_names(|page| {
                found.extend(page.into_iter().map(|device| (device.resource_id, device.fqdn)));
                Ok(())
            })
            .await
            .unwrap();
        (found, count)
    }

    fn expect(names: [&str; 3]) -> (Vec<(i64, String)>, usize) {
        ((1..).zip(names.map(str::to_owned)).collect(), 3)
    }

    #[tokio::test]
    async fn full_names_from_what_the_site_knows() {
        let full = ["a.dns.example", "B.corp.example", "C"];
        assert_eq!(names(&[]).await, expect(full));
        assert_eq!(names(&["AADDeviceID"]).await, expect(full));
        assert_eq!(names(&["FullDomainName"]).await, expect(["a.dns.example", "B", "C"]));
        assert_eq!(
            names(&["FullDomainName", "ResourceNames"]).await,
            expect(["A", "B", "C"])
        );
    }

    /// One device of a site that answers filter and key as told.
    async fn one(filter: Reply, key: Reply) -> Result<Option<DeviceName>> {
        let server = Server::plain(move |asked: &Asked| match asked.option("$filter") {
            _ if asked.target.contains("SMS_R_System(1)") => key.clone(),
            Some(filtered) => {
                assert_eq!(filtered, "ResourceId eq 1");
                filter.clone()
            }
            None => Reply::rows(&[]),
        })
        .await;
        server.site().device_name(1).await
    }

    #[tokio::test]
    async fn one_device_by_filter_or_by_key() {
        let (listed, nothing) = (Reply::rows(&[ALL.to_owned()]), Reply::rows(&[]));
        let missing = Reply::json(404, "");
        for (filter, key) in [
            (listed.clone(), missing.clone()),
            (nothing.clone(), listed.clone()),
            (missing.clone(), Reply::json(200, ALL)),
            // Takes no notice of the filter.
            (Reply::rows(&[DOMAIN.to_owned()]), listed),
        ] {
            let found = one(filter, key).await.unwrap().unwrap();
            assert_eq!((found.resource_id, found.fqdn.as_str()), (1, "a.dns.example"));
            assert!(found.entra_device_id.is_some());
        }
        assert_eq!(one(nothing.clone(), missing.clone()).await.unwrap(), None);
        assert_eq!(one(nothing, Reply::rows(&[])).await.unwrap(), None);
        let forbidden = one(Reply::json(403, ""), missing).await.unwrap_err();
        assert_eq!(forbidden.problem().code(), "no_configmgr_rights");
    }

    #[test]
    fn a_device_that_is_not_registered_has_no_identity_in_entra() {
        let found = |json: &str| {
            let row: SystemRow = serde_json::from_str(&format!(r#"{{"ResourceId":1,"AADDeviceID":{json}}}"#)).unwrap();
            row.entra_device_id
        };
        for none in [
            r#""""#,
            r#"" ""#,
            r#""00000000-0000-0000-0000-000000000000""#,
            r#""n/a""#,
            "null",
            "7",
        ] {
            assert_eq!(found(none), None, "{none}");
        }
        let id = found(r#""{1F0E2D3C-4B5A-6978-8796-A5B4C3D2E1F0}""#).unwrap();
        assert_eq!(id.to_string(), "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0");
    }
}
