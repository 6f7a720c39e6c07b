//! `SMS_R_System`: the names of the devices.

use serde::Deserialize;

use super::client::Client;
use super::odata::{number, text, texts};
use super::sweep::{Listing, Paging, Row, accepted_selection, sweep};
use crate::model::collection::fqdn;
use crate::model::{DeviceName, Result};

const CLASS: &str = "SMS_R_System";
const DOING: &str = "reading the names of devices";

/// What we read; `FullDomainName` is missing in Microsoft's documentation of the class, so there are choices with less.
const CHOICES: &[&[&str]] = &[
    &["FullDomainName", "Name", "ResourceId", "ResourceNames"],
    &["Name", "ResourceId", "ResourceNames"],
    &["Name", "ResourceId"],
];

#[derive(Debug, Deserialize)]
struct SystemRow {
    // Spelt with a small d in this class, whichever way it was asked for.
    #[serde(rename = "ResourceId", alias = "ResourceID", deserialize_with = "number")]
    resource_id: i64,
    #[serde(rename = "Name", default, deserialize_with = "text")]
    name: String,
    #[serde(rename = "ResourceNames", default, deserialize_with = "texts")]
    resource_names: Vec<String>,
    #[serde(rename = "FullDomainName", default, deserialize_with = "text")]
    dns_domain: String,
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

impl SystemRow {
    fn into_name(self) -> DeviceName {
        let names = self.resource_names.iter().map(String::as_str);
        DeviceName {
            resource_id: self.resource_id,
            fqdn: fqdn(&self.name, names, Some(&self.dns_domain)),
            entra_device_id: None,
        }
    }
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use crate::configmgr::testing::{Reply, Server};

    const ALL: &str =
        r#"{"FullDomainName":"corp.example","Name":"A","ResourceId":1,"ResourceNames":["A","a.dns.example"]}"#;
    const DOMAIN: &str = r#"{"FullDomainName":"corp.example","Name":"B","ResourceId":2,"ResourceNames":[]}"#;
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
        assert_eq!(names(&[]).await, expect(["a.dns.example", "B.corp.example", "C"]));
        assert_eq!(names(&["FullDomainName"]).await, expect(["a.dns.example", "B", "C"]));
        assert_eq!(
            names(&["FullDomainName", "ResourceNames"]).await,
            expect(["A", "B", "C"])
        );
    }
}
