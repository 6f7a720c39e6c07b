//! Data collection rules: list, read, write, delete.

use serde_json::{Map, Value, json};

use super::super::rules::{DataCollectionRule, RULE_TYPE, Resource, StreamColumn};
use super::error::ArmError;
use super::rule_body::{Body, Faults, READ_ONLY};
use super::scope::ResourceName;
use super::{Call, columns, list};
use crate::lab::http::Response;

const READ: &str = "Microsoft.Insights/dataCollectionRules/read";
const WRITE: &str = "Microsoft.Insights/dataCollectionRules/write";
const DELETE: &str = "Microsoft.Insights/dataCollectionRules/delete";

impl Call<'_> {
    /// Those of a subscription or of a resource group, as far as the caller may read them.
    pub(super) fn list_rules(&self, subscription: &str, group: Option<&str>) -> Result<Response, ArmError> {
        self.enter_list(subscription, group, READ)?;
        let rules = self.state.estate.rules.iter();
        let rules = rules
            .filter(|rule| rule.resource.is_in(subscription, group))
            .filter(|rule| self.may(READ, &rule.resource_id()));
        Ok(list(rules.map(|rule| self.rule_json(rule)).collect()))
    }

    pub(super) fn get_rule(&mut self, name: &ResourceName) -> Result<Response, ArmError> {
        self.authorize(READ, &name.id(RULE_TYPE))?;
        self.group(&name.subscription, &name.group)?;
        let found = self
            .state
            .estate
            .rule(&name.subscription, &name.group, &name.name)
            .cloned();
        match found {
            Some(rule) => Ok(Response::json(200, &self.rule_json(&rule))),
            None => Err(not_found(name)),
        }
    }

    pub(super) fn put_rule(&mut self, name: &ResourceName) -> Result<Response, ArmError> {
        let id = name.id(RULE_TYPE);
        self.authorize(WRITE, &id)?;
        self.group(&name.subscription, &name.group)?;
        let body: Body = self.body_without(&READ_ONLY)?;
        check_name(&name.name)?;
        self.check_linked(WRITE, &id, &body.properties.workspaces())?;
        let before = self
            .state
            .estate
            .rule(&name.subscription, &name.group, &name.name)
            .cloned();
        let resource = before.as_ref().map(|rule| &rule.resource);
        self.check_location(resource, &body.location, RULE_TYPE)?;
        let rule = self.read_rule(name, body, before.as_ref())?;
        let answer = Response::json(if before.is_some() { 200 } else { 201 }, &self.rule_json(&rule));
        let rules = &mut self.state.estate.rules;
        match rules.iter_mut().find(|one| one.immutable_id == rule.immutable_id) {
            Some(standing) => *standing = rule,
            None => rules.push(rule),
        }
        Ok(answer)
    }

    /// 204 where there was none. The roles that were given on it go with it.
    pub(super) fn delete_rule(&mut self, name: &ResourceName) -> Result<Response, ArmError> {
        let id = name.id(RULE_TYPE);
        self.authorize(DELETE, &id)?;
        self.group(&name.subscription, &name.group)?;
        let rules = &mut self.state.estate.rules;
        let before = rules.len();
        rules.retain(|rule| !rule.resource.is(&name.subscription, &name.group, &name.name));
        let gone = rules.len() < before;
        if gone {
            self.state.access.forget(&id);
        }
        Ok(Response::empty(if gone { 200 } else { 204 }))
    }

    /// The rule that a body describes, checked against workspaces, tables and endpoints.
    fn read_rule(
        &mut self,
        name: &ResourceName,
        body: Body,
        before: Option<&DataCollectionRule>,
    ) -> Result<DataCollectionRule, ArmError> {
        let mut faults = Faults::default();
        let direct = self.check_kind(body.kind.as_deref(), &mut faults);
        let description = body.properties.description.clone();
        let endpoint_id = body.properties.data_collection_endpoint_id.clone();
        let routes = body.properties.routes(&mut faults);
        self.check_endpoint(endpoint_id.as_deref(), &body.location, &mut faults);
        self.check_tables(&routes, &body.location, &mut faults);
        faults.none()?;
        let key = format!("rule/{}", self.state.next_guid());
        // An address cannot be added to a rule that was made without one.
        let host = match before {
            Some(before) => before.host.clone(),
            None => direct.then(|| self.host(&key, name, &body.location)),
        };
        let immutable_id = before.map_or_else(
            || format!("dcr-{}", self.state.seeded.guid(&key).replace('-', "")),
            |before| before.immutable_id.clone(),
        );
        let resource = self.resource(
            name,
            before.map(|rule| &rule.resource),
            (body.location, body.kind, body.tags),
        );
        Ok(DataCollectionRule {
            resource,
            description,
            immutable_id,
            streams: routes.streams,
            flows: routes.flows,
            destinations: routes.destinations,
            endpoint_id,
            host,
        })
    }

    /// A rule as its provider shows it.
    fn rule_json(&self, rule: &DataCollectionRule) -> Value {
        let streams: Map<String, Value> = rule
            .streams
            .iter()
            .map(|(name, columns)| (name.clone(), json!({"columns": stream_json(columns)})))
            .collect();
        let workspaces: Vec<Value> = rule
            .destinations
            .iter()
            .map(|(name, id)| {
                let all = self.state.estate.workspaces.iter();
                let workspace = all.into_iter().find(|one| one.resource_id().eq_ignore_ascii_case(id));
                let customer_id = workspace.map(|workspace| workspace.customer_id.as_str());
                json!({"workspaceResourceId": id, "workspaceId": customer_id.unwrap_or_default(), "name": name})
            })
            .collect();
        let mut properties = json!({
            "immutableId": rule.immutable_id,
            "streamDeclarations": streams,
            "destinations": {"logAnalytics": workspaces},
            "dataFlows": rule.flows.iter().map(flow_json).collect::<Vec<_>>(),
            "provisioningState": "Succeeded",
        });
        if let Some(object) = properties.as_object_mut() {
            if let Some(text) = &rule.description {
                object.insert("description".into(), text.as_str().into());
            }
            if let Some(id) = &rule.endpoint_id {
                object.insert("dataCollectionEndpointId".into(), id.as_str().into());
            }
            if let Some(address) = rule.logs_ingestion(self.ingestion) {
                let metrics = address.replace("/dcr/", "/metrics/");
                let endpoints = json!({"logsIngestion": address, "metricsIngestion": metrics});
                object.insert("endpoints".into(), endpoints);
            }
        }
        self.resource_json(&rule.resource, RULE_TYPE, properties)
    }
}

fn stream_json(columns: &[StreamColumn]) -> Vec<Value> {
    let all = columns.iter();
    all.map(|column| json!({"name": column.name, "type": columns::in_stream(column.kind)}))
        .collect()
}

fn flow_json(flow: &super::super::rules::DataFlow) -> Value {
    let mut json = json!({"streams": flow.streams, "destinations": flow.destinations});
    if let Some(object) = json.as_object_mut() {
        for (name, text) in [
            ("transformKql", &flow.transform_kql),
            ("outputStream", &flow.output_stream),
        ] {
            if let Some(text) = text {
                object.insert(name.into(), text.as_str().into());
            }
        }
    }
    json
}

fn not_found(name: &ResourceName) -> ArmError {
    ArmError::resource_not_found(&format!("{RULE_TYPE}/{}", name.name), &name.group)
}

/// Longest name of a rule or an endpoint, in characters.
const NAME_CHARS: usize = 64;

/// # Errors
/// 400 where a rule or an endpoint cannot be called this.
pub(super) fn check_name(name: &str) -> Result<(), ArmError> {
    let good = |one: char| one.is_ascii_alphanumeric() || "-_.".contains(one);
    let chars = name.chars().count();
    if (3..=NAME_CHARS).contains(&chars) && name.chars().all(good) && !name.ends_with('.') {
        return Ok(());
    }
    Err(ArmError::new(
        400,
        "InvalidResourceName",
        format!(
            "The name '{name}' must have between 3 and {NAME_CHARS} letters, digits, dashes, dots and underscores."
        ),
    ))
}

/// Whether two spellings name the same region: `West Europe` is `westeurope`.
pub(super) fn same_region(one: &str, other: &str) -> bool {
    let plain = |text: &str| text.replace(' ', "").to_ascii_lowercase();
    plain(one) == plain(other)
}

impl Resource {
    /// Whether it stands in a subscription, and in this resource group where one is given.
    pub(super) fn is_in(&self, subscription: &str, group: Option<&str>) -> bool {
        self.subscription.eq_ignore_ascii_case(subscription)
            && group.is_none_or(|group| self.group.eq_ignore_ascii_case(group))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, json_of, names};
    use crate::lab::http::Response;
    use http::Method;
    use serde_json::{Value, json};

    const VERSION: &str = "2023-03-11";

    /// A lab with the table `A_CL`.
    fn lab() -> Lab {
        let lab = Lab::new();
        lab.knob("table_answer", json!("done"));
        lab.put_table("ready", "A_CL", &["Computer"]);
        lab
    }

    fn put(lab: &Lab, label: &str, body: Value) -> Response {
        let query = format!("api-version={VERSION}");
        lab.arm(label, Method::PUT, &lab.rule("dcr-a"), &query, Some(body))
    }

    #[test]
    fn a_direct_rule_has_an_address_of_its_own_and_keeps_it() {
        let lab = lab();
        let first = lab.put_rule("ready", "dcr-a", "A_CL", json!({"tags": {"AswVersion": "1"}}));
        assert_eq!(first.status, 201);
        let made = json_of(&first);
        let immutable = made["properties"]["immutableId"].as_str().unwrap();
        let hex = immutable.strip_prefix("dcr-").unwrap();
        assert!(
            hex.len() == 32 && hex.chars().all(|one| one.is_ascii_hexdigit()),
            "{immutable}"
        );
        let address = made["properties"]["endpoints"]["logsIngestion"].as_str().unwrap();
        assert!(
            address.starts_with(&format!("{}/dcr/dcr-a-", lab.urls.ingestion)),
            "{address}"
        );
        assert_eq!(made["tags"], json!({"AswVersion": "1"}));
        assert_eq!(made["systemData"]["createdByType"], "Application");
        let customer = &lab.cloud.workspaces()[0].customer_id;
        assert_eq!(
            made["properties"]["destinations"]["logAnalytics"][0]["workspaceId"],
            **customer
        );
        let again = put(&lab, "ready", made.clone());
        assert_eq!(again.status, 200);
        let again = json_of(&again);
        assert_eq!(again["properties"], made["properties"]);
        assert_ne!(again["etag"], made["etag"]);
        assert_eq!(
            json_of(&lab.get("reader", &lab.rule("DCR-A"), VERSION))["error"]["code"],
            "AuthorizationFailed"
        );
        assert_eq!(json_of(&lab.get("ready", &lab.rule("DCR-A"), VERSION)), again);
    }

    #[test]
    fn rules_are_listed_and_deleted_with_their_roles() {
        let lab = lab();
        lab.put_rule("ready", "dcr-a", "A_CL", json!({}));
        lab.knob("foreign_rule", json!({"name": "dcr-b"}));
        let list = |label: &str, scope: &str| {
            let path = format!("{scope}/providers/Microsoft.Insights/dataCollectionRules");
            names(&lab.get(label, &path, VERSION))
        };
        assert_eq!(list("ready", &lab.group()), ["dcr-a", "dcr-b"]);
        assert_eq!(list("owner", &lab.subscription()), ["dcr-a", "dcr-b"]);
        assert!(list("workspace-contributor", &lab.group()).is_empty());
        let resources = format!("{}/resources", lab.subscription());
        let query = "api-version=2021-04-01&$filter=resourceType eq 'Microsoft.Insights/dataCollectionRules'";
        assert_eq!(
            names(&lab.arm("ready", Method::GET, &resources, query, None)),
            ["dcr-a", "dcr-b"]
        );
        let scope = lab.rule("dcr-a");
        let owner = lab.app("no-publisher").object_id;
        let publisher = "3913510d-42f4-4e42-8a64-420c390055eb";
        let body = json!({"properties": {
            "roleDefinitionId": format!("/providers/Microsoft.Authorization/roleDefinitions/{publisher}"),
            "principalId": owner
        }});
        let role = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{publisher}");
        let give = || {
            lab.arm(
                "owner",
                Method::PUT,
                &role,
                "api-version=2022-04-01",
                Some(body.clone()),
            )
            .status
        };
        assert_eq!(give(), 201);
        let query = format!("api-version={VERSION}");
        let delete = |label: &str| lab.arm(label, Method::DELETE, &scope, &query, None).status;
        assert_eq!(
            [delete("workspace-contributor"), delete("ready"), delete("ready")],
            [403, 200, 204]
        );
        assert_eq!(lab.get("ready", &scope, VERSION).status, 404);
        lab.put_rule("ready", "dcr-a", "A_CL", json!({}));
        assert_eq!(lab.get("owner", &role, "2022-04-01").status, 404);
        lab.knob("drop_rule", json!({"name": "dcr-a"}));
        assert_eq!(lab.get("ready", &scope, VERSION).status, 404);
        let patch = lab.arm("ready", Method::PATCH, &scope, &query, Some(json!({"tags": {}})));
        assert_eq!(patch.status, 405);
    }
}
