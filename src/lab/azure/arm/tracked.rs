//! What data collection rules and endpoints have in common as resources of a resource group.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::super::rules::Resource;
use super::Call;
use super::error::ArmError;
use super::rules::same_region;
use super::scope::ResourceName;

/// Location, kind and tags, as a body gives them.
type Given = (String, Option<String>, Option<BTreeMap<String, String>>);

impl Call<'_> {
    /// Who may list resources of a type at a subscription or group: anybody with a role in the subscription.
    pub(super) fn enter_list(&self, subscription: &str, group: Option<&str>, action: &str) -> Result<(), ArmError> {
        self.refuse_strangers(subscription, action)?;
        if let Some(group) = group {
            self.group(subscription, group)?;
        }
        Ok(())
    }

    /// A resource stays in its region, and the lab has no other regions than those of its workspaces.
    pub(super) fn check_location(&self, before: Option<&Resource>, location: &str, kind: &str) -> Result<(), ArmError> {
        let workspaces = self.state.estate.workspaces.iter();
        let regions: Vec<&str> = workspaces.map(|workspace| workspace.location).collect();
        if !regions.iter().any(|region| same_region(region, location)) {
            return Err(ArmError::new(
                400,
                "LocationNotAvailableForResourceType",
                format!(
                    "The provided location '{location}' is not available for resource type '{kind}'. List of available \
                     regions for the resource type is '{}'.",
                    regions.join(",")
                ),
            ));
        }
        match before.filter(|resource| !same_region(&resource.location, location)) {
            None => Ok(()),
            Some(resource) => Err(ArmError::new(
                409,
                "InvalidResourceLocation",
                format!(
                    "The resource '{}' already exists in location '{}' in resource group '{}'. A resource with the \
                     same name cannot be created in location '{location}'. Please select a new resource name.",
                    resource.name, resource.location, resource.group
                ),
            )),
        }
    }

    /// The resource that a write makes of the one before.
    pub(super) fn resource(&mut self, name: &ResourceName, before: Option<&Resource>, given: Given) -> Resource {
        let (location, kind, tags) = given;
        let write = (self.now, self.caller.object_id.clone());
        let spelled = |own: Option<&String>, given: &str| own.cloned().unwrap_or_else(|| given.to_owned());
        Resource {
            subscription: spelled(before.map(|one| &one.subscription), &name.subscription),
            group: spelled(before.map(|one| &one.group), &name.group),
            name: spelled(before.map(|one| &one.name), &name.name),
            location: location.replace(' ', "").to_ascii_lowercase(),
            kind,
            tags: tags.unwrap_or_default(),
            etag: self.state.next_guid(),
            created: before.map_or_else(|| write.clone(), |one| one.created.clone()),
            modified: write,
        }
    }

    /// The end of an address that only this rule or endpoint has.
    pub(super) fn host(&self, key: &str, name: &ResourceName, location: &str) -> String {
        let digits: String = self.state.seeded.guid(key).chars().take(4).collect();
        let location = location.replace(' ', "");
        format!("{}-{digits}-{location}", name.name)
            .to_ascii_lowercase()
            .replace(['_', '.'], "-")
    }

    /// A resource as Resource Manager shows it.
    pub(super) fn resource_json(&self, resource: &Resource, kind: &str, properties: Value) -> Value {
        let mut json = json!({
            "properties": properties,
            "location": resource.location,
            "tags": resource.tags,
            "id": resource.id(kind),
            "name": resource.name,
            "type": kind,
            "etag": format!("\"{}\"", resource.etag),
            "systemData": {
                "createdBy": resource.created.1,
                "createdByType": self.principal_kind(&resource.created.1),
                "createdAt": time(resource.created.0),
                "lastModifiedBy": resource.modified.1,
                "lastModifiedByType": self.principal_kind(&resource.modified.1),
                "lastModifiedAt": time(resource.modified.0),
            },
        });
        if let (Some(kind), Some(object)) = (&resource.kind, json.as_object_mut()) {
            object.insert("kind".into(), kind.as_str().into());
        }
        json
    }

    fn principal_kind(&self, object_id: &str) -> &'static str {
        match self.state.directory.principal_type(object_id) {
            Some("ServicePrincipal") => "Application",
            _ => "User",
        }
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
