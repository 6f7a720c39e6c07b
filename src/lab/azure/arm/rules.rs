//! Data collection rules: list, read, write, delete.

use serde_json::{Map, Value, json};

use super::super::knobs::DirectRules;
use super::super::rules::{DataCollectionRule, RULE_TYPE, Resource, StreamColumn};
use super::error::ArmError;
use super::rule_body::{Body, Faults, READ_ONLY, Routes};
use super::scope::ResourceName;
use super::{Call, columns, list};
use crate::lab::http::Response;

const READ: &str = "Microsoft.Insights/dataCollectionRules/read";
const WRITE: &str = "Microsoft.Insights/dataCollectionRules/write";
const DELETE: &str = "Microsoft.Insights/dataCollectionRules/delete";
/// What is asked for on the workspace of a rule: other resources of monitoring ask for it when they are linked to one.
const LINKED: &str = "Microsoft.OperationalInsights/workspaces/sharedKeys/action";
/// Since this api-version a rule of kind `Direct` has an address of its own.
const DIRECT_SINCE: &str = "2023-03-11";
/// The kind of a rule with an address of its own.
const DIRECT: &str = "Direct";

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

    /// What the caller must be allowed on the workspaces of a rule.
    fn check_linked(&self, action: &str, id: &str, workspaces: &[String]) -> Result<(), ArmError> {
        if !self.state.knobs.resources.linked_check {
            return Ok(());
        }
        match workspaces.iter().find(|workspace| !self.may(LINKED, workspace)) {
            None => Ok(()),
            Some(workspace) => Err(ArmError::linked(&self.caller, action, id, LINKED, workspace)),
        }
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

    /// Whether a rule of this kind gets an address of its own.
    fn check_kind(&self, kind: Option<&str>, faults: &mut Faults) -> bool {
        let offer = self.state.knobs.resources.direct_rules;
        match kind {
            Some(DIRECT) if offer == DirectRules::Refused => {
                let message = "Kind 'Direct' is not supported in this region. Supported kinds: Linux, Windows.";
                faults.add("InvalidKind", "kind", message);
                false
            }
            Some(DIRECT) => offer == DirectRules::Offered && self.version().as_str() >= DIRECT_SINCE,
            None | Some("Linux" | "Windows") => false,
            Some(other) => {
                faults.add("InvalidKind", "kind", format!("Kind '{other}' is not valid."));
                false
            }
        }
    }

    fn check_endpoint(&self, id: Option<&str>, location: &str, faults: &mut Faults) {
        let target = "properties.dataCollectionEndpointId";
        let Some(id) = id else {
            return;
        };
        match self.state.estate.endpoint_by_id(id) {
            None => {
                let message = format!("Data collection endpoint '{id}' was not found.");
                faults.add("InvalidDataCollectionEndpoint", target, message);
            }
            Some(endpoint) if !same_region(&endpoint.resource.location, location) => {
                let message = format!(
                    "The data collection endpoint is in '{}', and the rule in '{location}'.",
                    endpoint.resource.location
                );
                faults.add("InvalidDataCollectionEndpoint", target, message);
            }
            Some(_) => {}
        }
    }

    /// Workspaces are there and in the region of the rule; the table of each flow is there and takes the stream's columns.
    fn check_tables(&mut self, routes: &Routes, location: &str, faults: &mut Faults) {
        let now = self.now;
        for (name, id) in &routes.destinations {
            let target = "properties.destinations.logAnalytics";
            match self.state.estate.workspace_by_id(id) {
                None => faults.add("InvalidDestination", target, format!("Workspace '{id}' was not found.")),
                Some(workspace) if !same_region(workspace.location, location) => {
                    let message = format!(
                        "Destination '{name}' is a workspace in '{}'. Data collection rule and workspace must be in \
                         the same region, and the rule is in '{location}'.",
                        workspace.location
                    );
                    faults.add("InvalidDestination", target, message);
                }
                Some(_) => {}
            }
        }
        for (place, flow) in routes.flows.iter().enumerate() {
            let target = format!("properties.dataFlows[{place}]");
            let Some(table) = flow.table() else { continue };
            for name in &flow.destinations {
                let workspace = routes.destinations.get(name);
                let Some(workspace) = workspace.and_then(|id| self.state.estate.workspace_by_id(id)) else {
                    continue;
                };
                let found = workspace.custom.get(&table.to_ascii_lowercase());
                let Some(found) = found.filter(|found| found.usable(now)) else {
                    let message = format!(
                        "Table for output stream 'Custom-{table}' is not available for destination '{name}'. Please \
                         ensure that the table exists in Log Analytics Workspace before creating or updating the rule."
                    );
                    faults.add("InvalidOutputTable", &target, message);
                    continue;
                };
                let streams = flow.streams.iter().filter_map(|stream| routes.streams.get(stream));
                for column in streams.flatten() {
                    let into = found.column(&column.name).filter(|into| into.stored() != column.kind);
                    if let Some(into) = into {
                        let message = format!(
                            "Types of transform output columns do not match the ones defined by the output stream: {} \
                             [produced:'{}', output:'{}'].",
                            column.name,
                            columns::in_stream(column.kind),
                            columns::in_table(into.kind)
                        );
                        faults.add("InvalidTransformOutput", &target, message);
                    }
                }
            }
        }
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
    use super::super::super::testing::{Lab, code, json_of, names};
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

    /// The details of a refusal, as one text.
    fn details(answer: &Response) -> String {
        assert_eq!(
            (answer.status, code(answer).as_str()),
            (400, "InvalidPayload"),
            "{answer:?}"
        );
        json_of(answer)["error"]["details"].to_string()
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
    fn an_address_is_given_only_at_the_start_and_only_where_it_is_offered() {
        let lab = lab();
        let endpoints = |answer: &Response| json_of(answer)["properties"]["endpoints"].clone();
        let plain = lab.put_rule("ready", "dcr-plain", "A_CL", json!({"kind": null}));
        assert_eq!((plain.status, endpoints(&plain)), (201, Value::Null));
        let later = lab.put_rule("ready", "dcr-plain", "A_CL", json!({}));
        assert_eq!((later.status, endpoints(&later)), (200, Value::Null));
        lab.knob("direct_rules", json!("ignored"));
        let ignored = lab.put_rule("ready", "dcr-ignored", "A_CL", json!({}));
        assert_eq!((ignored.status, endpoints(&ignored)), (201, Value::Null));
        lab.knob("direct_rules", json!("refused"));
        let refused = lab.put_rule("ready", "dcr-refused", "A_CL", json!({}));
        assert!(details(&refused).contains("InvalidKind"));
        assert_eq!(
            lab.put_rule("ready", "dcr-plain-2", "A_CL", json!({"kind": null}))
                .status,
            201
        );
        lab.knob("direct_rules", json!("offered"));
        let body = Some(lab.rule_body("A_CL"));
        let old = lab.arm(
            "ready",
            Method::PUT,
            &lab.rule("dcr-old"),
            "api-version=2022-06-01",
            body,
        );
        assert_eq!((old.status, endpoints(&old)), (201, Value::Null));
    }

    #[test]
    fn the_table_must_be_there_and_take_the_columns() {
        let lab = lab();
        let text = details(&lab.put_rule("ready", "dcr-b", "B_CL", json!({})));
        assert!(
            text.contains("InvalidOutputTable") && text.contains("Custom-B_CL"),
            "{text}"
        );
        lab.knob("table_answer", json!("both"));
        lab.put_table("ready", "B_CL", &["Computer"]);
        let text = details(&lab.put_rule("ready", "dcr-b", "B_CL", json!({})));
        assert!(text.contains("InvalidOutputTable"), "{text}");
        let mut body = lab.rule_body("A_CL");
        body["properties"]["streamDeclarations"]["Custom-A"]["columns"][1]["type"] = json!("long");
        let text = details(&put(&lab, "ready", body));
        assert!(
            text.contains("InvalidTransformOutput") && text.contains("Computer"),
            "{text}"
        );
    }

    #[test]
    fn region_streams_flows_and_destinations_follow_the_rules() {
        let lab = lab();
        let elsewhere = json!({"location": "northeurope"});
        let text = details(&lab.put_rule("ready", "dcr-a", "A_CL", elsewhere));
        assert!(text.contains("same region"), "{text}");
        let nowhere = lab.put_rule("ready", "dcr-a", "A_CL", json!({"location": "moon"}));
        assert_eq!(code(&nowhere), "LocationNotAvailableForResourceType");
        let change = |path: &str, value: Value| {
            let mut body = lab.rule_body("A_CL");
            *body.pointer_mut(path).unwrap() = value;
            details(&put(&lab, "ready", body))
        };
        let columns = "/properties/streamDeclarations/Custom-A/columns";
        let flow = "/properties/dataFlows/0";
        let eleven: Vec<Value> = vec![lab.rule_body("A_CL")["properties"]["dataFlows"][0].clone(); 11];
        for (path, value, part) in [
            (columns.to_owned(), json!([]), "no columns"),
            (format!("{columns}/0/type"), json!("dateTime"), "dateTime"),
            (format!("{columns}/1/name"), json!("Type"), "reserved"),
            (format!("{flow}/streams"), json!(["Custom-B"]), "Custom-B"),
            (format!("{flow}/destinations"), json!(["lb"]), "lb"),
            (format!("{flow}/transformKql"), json!("x".repeat(15_361)), "15360"),
            (format!("{flow}/transformKql"), json!("source | take 1"), "source"),
            (format!("{flow}/outputStream"), json!("A_CL"), "Custom-"),
            ("/properties/dataFlows".to_owned(), json!(eleven), "InvalidDataFlows"),
            (
                "/properties/streamDeclarations".to_owned(),
                json!({"A": {"columns": []}}),
                "must start with",
            ),
            ("/kind".to_owned(), json!(" Direct"), "InvalidKind"),
        ] {
            let text = change(&path, value);
            assert!(text.contains(part), "{path}: {text}");
        }
        let mut unknown = lab.rule_body("A_CL");
        unknown["properties"]["colour"] = json!("red");
        assert_eq!(code(&put(&lab, "ready", unknown)), "InvalidRequestContent");
        let short = lab.put_rule("ready", "a", "A_CL", json!({}));
        assert_eq!(code(&short), "InvalidResourceName");
    }

    #[test]
    fn a_rule_needs_a_right_on_its_group_and_one_on_its_workspace() {
        let lab = lab();
        for (label, expected) in [
            ("workspace-contributor", "AuthorizationFailed"),
            ("reader", "AuthorizationFailed"),
            ("no-rights", "AuthorizationFailed"),
        ] {
            assert_eq!(
                code(&lab.put_rule(label, "dcr-a", "A_CL", json!({}))),
                expected,
                "{label}"
            );
        }
        for label in ["ready", "no-publisher", "slow-role", "owner"] {
            let name = format!("dcr-{label}");
            assert_eq!(lab.put_rule(label, &name, "A_CL", json!({})).status, 201, "{label}");
        }
        let elsewhere = lab.rule("dcr-b").replace("rg-configmgr", "rg-branch");
        let grant = json!({"label": "no-rights", "role": "Monitoring Contributor", "scope": "resourceGroup"});
        lab.knob("assign_role", grant);
        let mut body = lab.rule_body("A_CL");
        let private = lab.workspace(4);
        body["properties"]["destinations"]["logAnalytics"][0]["workspaceResourceId"] = json!(private);
        let linked = put(&lab, "no-rights", body.clone());
        assert_eq!(
            (linked.status, code(&linked).as_str()),
            (403, "LinkedAuthorizationFailed")
        );
        let text = json_of(&linked)["error"]["message"].to_string();
        assert!(text.contains(&private) && text.contains("sharedKeys/action"), "{text}");
        lab.knob("linked_check", json!(false));
        assert!(details(&put(&lab, "no-rights", body)).contains("same region"));
        let query = format!("api-version={VERSION}");
        let other = lab.arm("ready", Method::PUT, &elsewhere, &query, Some(lab.rule_body("A_CL")));
        assert_eq!(other.status, 403);
        let other = lab.arm("owner", Method::PUT, &elsewhere, &query, Some(lab.rule_body("A_CL")));
        assert_eq!(other.status, 201);
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
