//! Data collection endpoints: list, read, write, delete.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::rules::{DataCollectionEndpoint, ENDPOINT_TYPE};
use super::error::ArmError;
use super::rules::check_name;
use super::scope::ResourceName;
use super::{Call, list};
use crate::lab::http::Response;

const READ: &str = "Microsoft.Insights/dataCollectionEndpoints/read";
const WRITE: &str = "Microsoft.Insights/dataCollectionEndpoints/write";
const DELETE: &str = "Microsoft.Insights/dataCollectionEndpoints/delete";
/// What only answers carry; a client may send it back, and it changes nothing.
const READ_ONLY: [&str; 12] = [
    "/id",
    "/name",
    "/type",
    "/etag",
    "/systemData",
    "/properties/immutableId",
    "/properties/provisioningState",
    "/properties/metadata",
    "/properties/configurationAccess",
    "/properties/logsIngestion",
    "/properties/metricsIngestion",
    "/properties/privateLinkScopedResources",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    location: String,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    tags: Option<BTreeMap<String, String>>,
    #[serde(default)]
    properties: Properties,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Properties {
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    network_acls: Option<NetworkAcls>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct NetworkAcls {
    #[serde(default)]
    public_network_access: Option<String>,
}

impl Call<'_> {
    /// Those of a subscription or of a resource group, as far as the caller may read them.
    pub(super) fn list_endpoints(&self, subscription: &str, group: Option<&str>) -> Result<Response, ArmError> {
        self.enter_list(subscription, group, READ)?;
        let endpoints = self.state.estate.endpoints.iter();
        let endpoints = endpoints
            .filter(|endpoint| endpoint.resource.is_in(subscription, group))
            .filter(|endpoint| self.may(READ, &endpoint.resource_id()));
        Ok(list(endpoints.map(|endpoint| self.endpoint_json(endpoint)).collect()))
    }

    pub(super) fn get_endpoint(&mut self, name: &ResourceName) -> Result<Response, ArmError> {
        self.authorize(READ, &name.id(ENDPOINT_TYPE))?;
        self.group(&name.subscription, &name.group)?;
        match self.standing(name) {
            Some(endpoint) => Ok(Response::json(200, &self.endpoint_json(&endpoint))),
            None => Err(ArmError::resource_not_found(
                &format!("{ENDPOINT_TYPE}/{}", name.name),
                &name.group,
            )),
        }
    }

    pub(super) fn put_endpoint(&mut self, name: &ResourceName) -> Result<Response, ArmError> {
        self.authorize(WRITE, &name.id(ENDPOINT_TYPE))?;
        self.group(&name.subscription, &name.group)?;
        let body: Body = self.body_without(&READ_ONLY)?;
        check_name(&name.name)?;
        let before = self.standing(name);
        let resource = before.as_ref().map(|endpoint| &endpoint.resource);
        self.check_location(resource, &body.location, ENDPOINT_TYPE)?;
        let endpoint = self.read_endpoint(name, body, before.as_ref())?;
        let answer = Response::json(if before.is_some() { 200 } else { 201 }, &self.endpoint_json(&endpoint));
        let endpoints = &mut self.state.estate.endpoints;
        endpoints.retain(|one| one.immutable_id != endpoint.immutable_id);
        endpoints.push(endpoint);
        Ok(answer)
    }

    fn read_endpoint(
        &mut self,
        name: &ResourceName,
        body: Body,
        before: Option<&DataCollectionEndpoint>,
    ) -> Result<DataCollectionEndpoint, ArmError> {
        let access = body.properties.network_acls.and_then(|acls| acls.public_network_access);
        let access = access.unwrap_or_else(|| "Enabled".to_owned());
        if !["Enabled", "Disabled", "SecuredByPerimeter"].contains(&access.as_str()) {
            return Err(
                ArmError::new(400, "InvalidPayload", "Data collection endpoint is invalid").detailed(json!([{
                    "code": "InvalidProperty",
                    "message": format!("'{access}' is not a valid public network access."),
                    "target": "properties.networkAcls.publicNetworkAccess"
                }])),
            );
        }
        let key = format!("endpoint/{}", self.state.next_guid());
        let host = match before {
            Some(before) => before.host.clone(),
            None => self.host(&key, name, &body.location),
        };
        let immutable_id = before.map_or_else(
            || format!("dce-{}", self.state.seeded.guid(&key).replace('-', "")),
            |before| before.immutable_id.clone(),
        );
        let given = (body.location, body.kind, body.tags);
        Ok(DataCollectionEndpoint {
            resource: self.resource(name, before.map(|endpoint| &endpoint.resource), given),
            description: body.properties.description,
            immutable_id,
            public_network_access: access,
            host,
        })
    }

    /// 204 where there was none; refused while a rule is bound to it.
    pub(super) fn delete_endpoint(&mut self, name: &ResourceName) -> Result<Response, ArmError> {
        let id = name.id(ENDPOINT_TYPE);
        self.authorize(DELETE, &id)?;
        self.group(&name.subscription, &name.group)?;
        let bound = |rule: &&super::super::rules::DataCollectionRule| {
            let endpoint = rule.endpoint_id.as_deref();
            endpoint.is_some_and(|endpoint| endpoint.eq_ignore_ascii_case(&id))
        };
        if let Some(rule) = self.state.estate.rules.iter().find(bound) {
            return Err(ArmError::new(
                409,
                "Conflict",
                format!(
                    "The data collection endpoint '{}' is in use by the data collection rule '{}'.",
                    name.name, rule.resource.name
                ),
            ));
        }
        let Some(endpoint) = self.standing(name) else {
            return Ok(Response::empty(204));
        };
        let endpoints = &mut self.state.estate.endpoints;
        endpoints.retain(|one| one.immutable_id != endpoint.immutable_id);
        self.state.access.forget(&id);
        Ok(Response::empty(200))
    }

    fn standing(&mut self, name: &ResourceName) -> Option<DataCollectionEndpoint> {
        let endpoint = self.state.estate.endpoint(&name.subscription, &name.group, &name.name);
        endpoint.cloned()
    }

    /// An endpoint as its provider shows it.
    fn endpoint_json(&self, endpoint: &DataCollectionEndpoint) -> Value {
        let logs = endpoint.logs_ingestion(self.ingestion);
        let mut properties = json!({
            "immutableId": endpoint.immutable_id,
            "configurationAccess": {"endpoint": logs.replace("/dce/", "/control/")},
            "logsIngestion": {"endpoint": logs},
            "metricsIngestion": {"endpoint": logs.replace("/dce/", "/metrics/")},
            "networkAcls": {"publicNetworkAccess": endpoint.public_network_access},
            "provisioningState": "Succeeded",
        });
        if let (Some(text), Some(object)) = (&endpoint.description, properties.as_object_mut()) {
            object.insert("description".into(), text.as_str().into());
        }
        self.resource_json(&endpoint.resource, ENDPOINT_TYPE, properties)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of, names};
    use http::Method;
    use serde_json::{Value, json};

    use crate::lab::http::Response;

    const QUERY: &str = "api-version=2023-03-11";

    fn path(lab: &Lab) -> String {
        format!(
            "{}/providers/Microsoft.Insights/dataCollectionEndpoints/dce-a",
            lab.group()
        )
    }

    fn put(lab: &Lab, label: &str, access: &str) -> Response {
        let body = json!({
            "location": "West Europe",
            "properties": {"networkAcls": {"publicNetworkAccess": access}}
        });
        lab.arm(label, Method::PUT, &path(lab), QUERY, Some(body))
    }

    #[test]
    fn an_endpoint_is_made_changed_listed_and_deleted() {
        let lab = Lab::new();
        assert_eq!(put(&lab, "workspace-contributor", "Enabled").status, 403);
        let made = put(&lab, "ready", "Enabled");
        assert_eq!(made.status, 201);
        let made = json_of(&made);
        let address = |body: &Value| {
            body["properties"]["logsIngestion"]["endpoint"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        assert!(address(&made).starts_with(&format!("{}/dce/dce-a-", lab.urls.ingestion)));
        assert_eq!(made["location"], "westeurope");
        let closed = put(&lab, "ready", "Disabled");
        assert_eq!(closed.status, 200);
        let closed = json_of(&closed);
        assert_eq!(address(&closed), address(&made));
        assert_eq!(closed["properties"]["networkAcls"]["publicNetworkAccess"], "Disabled");
        assert_eq!(code(&put(&lab, "ready", "Open")), "InvalidPayload");
        let list = format!("{}/providers/Microsoft.Insights/dataCollectionEndpoints", lab.group());
        assert_eq!(names(&lab.get("ready", &list, "2023-03-11")), ["dce-a"]);
        let delete = || lab.arm("ready", Method::DELETE, &path(&lab), QUERY, None).status;
        assert_eq!([delete(), delete()], [200, 204]);
        assert_eq!(lab.get("ready", &path(&lab), "2023-03-11").status, 404);
    }

    #[test]
    fn a_rule_is_bound_to_an_endpoint_that_is_there() {
        let lab = Lab::new();
        lab.knob("table_answer", json!("done"));
        lab.put_table("ready", "A_CL", &["Computer"]);
        let mut body = lab.rule_body("A_CL");
        body["properties"]["dataCollectionEndpointId"] = json!(path(&lab));
        body["kind"] = Value::Null;
        let write = || lab.arm("ready", Method::PUT, &lab.rule("dcr-a"), QUERY, Some(body.clone()));
        assert!(
            json_of(&write())["error"]["details"]
                .to_string()
                .contains("InvalidDataCollectionEndpoint")
        );
        put(&lab, "ready", "Enabled");
        let made = write();
        assert_eq!(made.status, 201);
        assert_eq!(json_of(&made)["properties"]["dataCollectionEndpointId"], path(&lab));
        let held = lab.arm("ready", Method::DELETE, &path(&lab), QUERY, None);
        assert_eq!((held.status, code(&held).as_str()), (409, "Conflict"));
    }
}
