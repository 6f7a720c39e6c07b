//! Whether a data collection rule fits to what is there: rights on its workspace, endpoint, region, tables.

use super::super::custom::CustomTable;
use super::super::knobs::DirectRules;
use super::super::rules::DataFlow;
use super::error::ArmError;
use super::rule_body::{Faults, Routes};
use super::rules::same_region;
use super::{Call, columns};

/// What is asked for on the workspace of a rule: other resources of monitoring ask for it when they are linked to one.
const LINKED: &str = "Microsoft.OperationalInsights/workspaces/sharedKeys/action";
/// Since this api-version a rule of kind `Direct` has an address of its own.
const DIRECT_SINCE: &str = "2023-03-11";
/// The kind of a rule with an address of its own.
const DIRECT: &str = "Direct";

impl Call<'_> {
    /// What the caller must be allowed on the workspaces of a rule.
    pub(super) fn check_linked(&self, action: &str, id: &str, workspaces: &[String]) -> Result<(), ArmError> {
        if !self.state.knobs.resources.linked_check {
            return Ok(());
        }
        match workspaces.iter().find(|workspace| !self.may(LINKED, workspace)) {
            None => Ok(()),
            Some(workspace) => Err(ArmError::linked(&self.caller, action, id, LINKED, workspace)),
        }
    }

    /// Whether a rule of this kind gets an address of its own.
    pub(super) fn check_kind(&self, kind: Option<&str>, faults: &mut Faults) -> bool {
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

    pub(super) fn check_endpoint(&self, id: Option<&str>, location: &str, faults: &mut Faults) {
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

    /// Workspaces are there and in the region of the rule.
    fn check_workspaces(&mut self, routes: &Routes, location: &str, faults: &mut Faults) {
        let target = "properties.destinations.logAnalytics";
        for (name, id) in &routes.destinations {
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
    }

    /// The table of each flow is there and takes the stream's columns.
    pub(super) fn check_tables(&mut self, routes: &Routes, location: &str, faults: &mut Faults) {
        self.check_workspaces(routes, location, faults);
        let now = self.now;
        for (place, flow) in routes.flows.iter().enumerate() {
            let target = format!("properties.dataFlows[{place}]");
            let Some(table) = flow.table() else { continue };
            for name in &flow.destinations {
                let workspace = routes.destinations.get(name);
                let Some(workspace) = workspace.and_then(|id| self.state.estate.workspace_by_id(id)) else {
                    continue;
                };
                let found = workspace.custom.get(&table.to_ascii_lowercase());
                match found.filter(|found| found.usable(now)) {
                    Some(found) => check_columns(flow, routes, found, &target, faults),
                    None => {
                        let message = format!(
                            "Table for output stream 'Custom-{table}' is not available for destination '{name}'. \
                             Please ensure that the table exists in Log Analytics Workspace before creating or \
                             updating the rule."
                        );
                        faults.add("InvalidOutputTable", &target, message);
                    }
                }
            }
        }
    }
}

fn check_columns(flow: &DataFlow, routes: &Routes, table: &CustomTable, target: &str, faults: &mut Faults) {
    let streams = flow.streams.iter().filter_map(|stream| routes.streams.get(stream));
    for column in streams.flatten() {
        let into = table.column(&column.name);
        if let Some(into) = into.filter(|into| into.stored() != column.kind) {
            let message = format!(
                "Types of transform output columns do not match the ones defined by the output stream: {} \
                 [produced:'{}', output:'{}'].",
                column.name,
                columns::in_stream(column.kind),
                columns::in_table(into.kind)
            );
            faults.add("InvalidTransformOutput", target, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of};
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
}
