//! Deployments: the resources of a template are written one by one through the lab's own handlers, as the caller, each once
//! those that it depends on are there. Only the mode `Incremental` is known.
//!
//! A deployment goes on whenever Resource Manager is asked for anything: that is when the lab looks at its clock.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::{DateTime, SecondsFormat, Utc};
use http::{HeaderMap, HeaderValue, Method};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::super::tokens::Caller;
use super::error::ArmError;
use super::path::Target;
use super::scope::Scope;
use super::template::{self, Place, Plan, Planned};
use super::{Call, list, versions};
use crate::lab::http::{Request, Response};

const READ: &str = "Microsoft.Resources/deployments/read";
const WRITE: &str = "Microsoft.Resources/deployments/write";
/// Longest name of a deployment, in characters.
const NAME_CHARS: usize = 64;

/// All deployments, by resource ID in lower case.
pub(in super::super) type Deployments = BTreeMap<String, Deployment>;

/// A deployment.
pub(in super::super) struct Deployment {
    /// Resource ID.
    id: String,
    name: String,
    location: Option<String>,
    caller: Caller,
    correlation: String,
    /// The api-version that it was asked for with.
    version: String,
    began: DateTime<Utc>,
    ended: Option<DateTime<Utc>>,
    parameters: Value,
    outputs: Value,
    steps: Vec<Step>,
}

struct Step {
    planned: Planned,
    state: StepState,
    status: u16,
}

/// How far a resource is.
enum StepState {
    /// Not begun.
    Waiting,
    /// Taken on; this address tells how far it is.
    Running(String),
    /// There.
    Done,
    /// Refused or failed, with this error.
    Failed(Value),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    #[serde(default)]
    location: Option<String>,
    #[serde(default, rename = "tags")]
    _tags: Option<BTreeMap<String, String>>,
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Properties {
    mode: String,
    template: Value,
    #[serde(default)]
    parameters: Option<Map<String, Value>>,
    #[serde(default, rename = "expressionEvaluationOptions")]
    _evaluation: Option<Value>,
    #[serde(default, rename = "debugSetting")]
    _debug: Option<()>,
}

impl Deployment {
    /// `Running`, `Succeeded` or `Failed`.
    fn state(&self) -> &'static str {
        let failed = |step: &Step| matches!(step.state, StepState::Failed(_));
        match self.ended {
            None => "Running",
            Some(_) if self.steps.iter().any(failed) => "Failed",
            Some(_) => "Succeeded",
        }
    }

    /// The error of a deployment that has failed.
    fn error(&self) -> Option<Value> {
        let errors: Vec<&Value> = self
            .steps
            .iter()
            .filter_map(|step| match &step.state {
                StepState::Failed(error) => Some(error),
                _ => None,
            })
            .collect();
        (self.ended.is_some() && !errors.is_empty()).then(|| {
            json!({
                "code": "DeploymentFailed",
                "message": "At least one resource deployment operation failed. Please list deployment operations for \
                            details. Please see https://aka.ms/arm-deployment-operations for usage details.",
                "details": errors,
            })
        })
    }

    fn to_json(&self, now: DateTime<Utc>) -> Value {
        let seconds = (self.ended.unwrap_or(now) - self.began).num_milliseconds().max(0);
        let done = self.steps.iter().filter(|step| matches!(step.state, StepState::Done));
        let mut json = json!({
            "id": self.id,
            "name": self.name,
            "type": "Microsoft.Resources/deployments",
            "properties": {
                "provisioningState": self.state(),
                "correlationId": self.correlation,
                "timestamp": time(self.ended.unwrap_or(now)),
                "duration": format!("PT{}.{:03}S", seconds / 1000, seconds % 1000),
                "mode": "Incremental",
                "parameters": self.parameters,
                "providers": [],
                "dependencies": [],
                "outputResources": done.map(|step| json!({"id": step.planned.id})).collect::<Vec<_>>(),
            }
        });
        if let (Some(location), Some(object)) = (&self.location, json.as_object_mut()) {
            object.insert("location".into(), location.as_str().into());
        }
        if let Some(properties) = json.get_mut("properties").and_then(Value::as_object_mut) {
            if self.state() == "Succeeded" {
                properties.insert("outputs".into(), self.outputs.clone());
            }
            if let Some(error) = self.error() {
                properties.insert("error".into(), error);
            }
        }
        json
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl Call<'_> {
    pub(super) fn get_deployment(&mut self, scope: &Scope, name: &str) -> Result<Response, ArmError> {
        let now = self.now;
        Ok(Response::json(200, &self.deployment(scope, name)?.to_json(now)))
    }

    /// How far it is, for who polls.
    pub(super) fn deployment_status(&mut self, scope: &Scope, name: &str) -> Result<Response, ArmError> {
        let retry_after = self.state.knobs.resources.retry_after_s.to_string();
        let deployment = self.deployment(scope, name)?;
        let mut status = json!({"status": deployment.state()});
        if let (Some(error), Some(object)) = (deployment.error(), status.as_object_mut()) {
            object.insert("error".into(), error);
        }
        let response = Response::json(200, &status);
        Ok(match deployment.ended {
            None => response.with_header("retry-after", &retry_after),
            Some(_) => response,
        })
    }

    /// What it has done, one operation a resource.
    pub(super) fn deployment_operations(&mut self, scope: &Scope, name: &str) -> Result<Response, ArmError> {
        let now = self.now;
        let deployment = self.deployment(scope, name)?;
        let begun = deployment
            .steps
            .iter()
            .enumerate()
            .filter(|(_, step)| !matches!(step.state, StepState::Waiting));
        let operations = begun.map(|(place, step)| {
            let (state, message) = match &step.state {
                StepState::Failed(error) => ("Failed", json!({"error": error})),
                StepState::Done => ("Succeeded", Value::Null),
                _ => ("Running", Value::Null),
            };
            let mut properties = json!({
                "provisioningOperation": "Create",
                "provisioningState": state,
                "timestamp": time(now),
                "statusCode": step.status.to_string(),
                "targetResource": {
                    "id": step.planned.id,
                    "resourceType": step.planned.kind,
                    "resourceName": step.planned.name,
                },
            });
            if let Some(object) = properties.as_object_mut().filter(|_| !message.is_null()) {
                object.insert("statusMessage".into(), message);
            }
            json!({
                "id": format!("{}/operations/{place}", deployment.id),
                "operationId": place.to_string(),
                "properties": properties,
            })
        });
        Ok(list(operations.collect()))
    }

    pub(super) fn put_deployment(&mut self, scope: &Scope, name: &str) -> Result<Response, ArmError> {
        let id = deployment_id(scope, name);
        self.authorize(WRITE, &id)?;
        let (body, plan) = self.read_template(scope, name)?;
        let key = id.to_ascii_lowercase();
        let standing = self.state.deployments.get(&key);
        if standing.is_some_and(|standing| standing.ended.is_none()) {
            return Err(ArmError::new(
                409,
                "DeploymentActive",
                format!("Unable to edit or replace deployment '{name}': previous deployment is still active."),
            ));
        }
        let status = if standing.is_some() { 200 } else { 201 };
        let steps = plan.resources.into_iter().map(|planned| Step {
            planned,
            state: StepState::Waiting,
            status: 0,
        });
        let deployment = Deployment {
            id,
            name: name.to_owned(),
            location: body.location,
            caller: self.caller.clone(),
            correlation: self.state.next_guid(),
            version: self.version(),
            began: self.now,
            ended: None,
            parameters: plan.parameters,
            outputs: plan.outputs,
            steps: steps.collect(),
        };
        let mut accepted = deployment.to_json(self.now);
        if let Some(state) = accepted.pointer_mut("/properties/provisioningState") {
            *state = "Accepted".into();
        }
        let poll = format!(
            "{}{}/operationStatuses/{}?api-version={}",
            self.base, deployment.id, deployment.correlation, deployment.version
        );
        self.state.deployments.insert(key, deployment);
        self.continue_deployments();
        let retry_after = self.state.knobs.resources.retry_after_s.to_string();
        Ok(Response::json(status, &accepted)
            .with_header("azure-asyncoperation", &poll)
            .with_header("retry-after", &retry_after))
    }

    /// Says whether a template could be deployed, as far as can be seen without doing it.
    pub(super) fn validate_deployment(&mut self, scope: &Scope, name: &str) -> Result<Response, ArmError> {
        let id = deployment_id(scope, name);
        self.authorize("Microsoft.Resources/deployments/validate/action", &id)?;
        let (_, plan) = self.read_template(scope, name)?;
        let resources = plan.resources.iter().map(|one| json!({"id": one.id}));
        let validated: Vec<Value> = resources.collect();
        Ok(Response::json(
            200,
            &json!({
                "id": id,
                "name": name,
                "type": "Microsoft.Resources/deployments",
                "properties": {
                    "provisioningState": "Succeeded",
                    "correlationId": self.state.next_guid(),
                    "timestamp": time(self.now),
                    "mode": "Incremental",
                    "parameters": plan.parameters,
                    "validatedResources": validated,
                },
            }),
        ))
    }

    /// Reads the body of a deployment and what its template comes to.
    fn read_template(&mut self, scope: &Scope, name: &str) -> Result<(Body, Plan), ArmError> {
        let mut body: Body = self.body()?;
        let good = |one: char| one.is_alphanumeric() || "-_.()".contains(one);
        if name.chars().count() > NAME_CHARS || !name.chars().all(good) {
            return Err(ArmError::new(
                400,
                "InvalidDeploymentName",
                format!("The deployment name '{name}' is not valid or longer than {NAME_CHARS} characters."),
            ));
        }
        if body.properties.mode != "Incremental" {
            return Err(ArmError::new(
                400,
                "InvalidDeployment",
                format!(
                    "The lab deploys in the mode 'Incremental' only, not '{}'.",
                    body.properties.mode
                ),
            ));
        }
        let group = match scope.group() {
            Some(group) => {
                let group = self.group(scope.subscription(), group)?;
                Some((group.name.to_owned(), group.location.to_owned()))
            }
            None if body.location.is_none() => {
                return Err(ArmError::new(
                    400,
                    "LocationRequired",
                    "The location property is required for this deployment at subscription scope.",
                ));
            }
            None => None,
        };
        let place = Place {
            scope: scope.id(),
            subscription: scope.subscription().to_owned(),
            tenant: self.state.directory.home().id.clone(),
            group,
        };
        let template = std::mem::take(&mut body.properties.template);
        let given = body.properties.parameters.take().unwrap_or_default();
        let plan = template::plan(template, &given, &place)?;
        Ok((body, plan))
    }

    fn deployment(&mut self, scope: &Scope, name: &str) -> Result<&Deployment, ArmError> {
        let id = deployment_id(scope, name);
        self.authorize(READ, &id)?;
        let found = self.state.deployments.get(&id.to_ascii_lowercase());
        found.ok_or_else(|| {
            ArmError::new(
                404,
                "DeploymentNotFound",
                format!("Deployment '{name}' could not be found."),
            )
        })
    }

    /// Lets every deployment go as far as it can now.
    pub(super) fn continue_deployments(&mut self) {
        loop {
            let running = self.state.deployments.iter().filter(|(_, one)| one.ended.is_none());
            let keys: Vec<String> = running.map(|(key, _)| key.clone()).collect();
            let mut moved = false;
            for key in keys {
                moved |= self.continue_deployment(&key);
            }
            if !moved {
                return;
            }
        }
    }

    /// Lets one deployment take every step that it can take now; whether there was any.
    fn continue_deployment(&mut self, key: &str) -> bool {
        let Some(mut deployment) = self.state.deployments.remove(key) else {
            return false;
        };
        let mut moved = false;
        for place in 0..deployment.steps.len() {
            moved |= self.take_step(&mut deployment, place);
        }
        let over = |step: &Step| matches!(step.state, StepState::Done | StepState::Failed(_));
        let failed = |step: &Step| matches!(step.state, StepState::Failed(_));
        let running = |step: &Step| matches!(step.state, StepState::Running(_));
        let stopped = deployment.steps.iter().any(failed) && !deployment.steps.iter().any(running);
        if stopped || deployment.steps.iter().all(over) {
            deployment.ended = Some(self.now);
            moved = true;
        }
        self.state.deployments.insert(key.to_owned(), deployment);
        moved
    }

    /// Begins a resource whose turn it is, or looks how far it is.
    fn take_step(&mut self, deployment: &mut Deployment, place: usize) -> bool {
        let failed = deployment
            .steps
            .iter()
            .any(|step| matches!(step.state, StepState::Failed(_)));
        let Some(step) = deployment.steps.get(place) else {
            return false;
        };
        let done = |before: &usize| {
            let before = deployment.steps.get(*before);
            before.is_some_and(|before| matches!(before.state, StepState::Done))
        };
        let (answer, state) = match &step.state {
            StepState::Waiting if !failed && step.planned.after.iter().all(done) => {
                let planned = &step.planned;
                let answer = self.write_as(&deployment.caller, planned);
                let state = begun(&answer);
                (answer, state)
            }
            StepState::Running(poll) => match self.poll_as(&deployment.caller, poll) {
                (answer, Some(state)) => (answer, state),
                (_, None) => return false,
            },
            _ => return false,
        };
        if let Some(step) = deployment.steps.get_mut(place) {
            step.status = answer.status;
            step.state = state;
        }
        true
    }

    /// Writes a resource as somebody.
    fn write_as(&mut self, caller: &Caller, planned: &Planned) -> Response {
        let body = planned.body.to_string();
        self.ask_as(
            caller,
            Method::PUT,
            &planned.id,
            &format!("api-version={}", planned.version),
            &body,
        )
    }

    /// Looks how far a resource is; `None` while it runs.
    fn poll_as(&mut self, caller: &Caller, poll: &str) -> (Response, Option<StepState>) {
        let (path, query) = poll.split_once('?').unwrap_or((poll, ""));
        let answer = self.ask_as(caller, Method::GET, path, query, "");
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let state = match (answer.status, body.get("status").and_then(Value::as_str)) {
            (400.., _) => Some(StepState::Failed(error_of(&answer))),
            (202, _) | (200, Some("InProgress" | "Running" | "Accepted")) => None,
            (200, Some("Failed" | "Canceled")) => {
                let error = body.get("error").cloned().unwrap_or_default();
                Some(StepState::Failed(error))
            }
            _ => Some(StepState::Done),
        };
        (answer, state)
    }

    /// One request within this one, as somebody; their rights are checked as always.
    fn ask_as(&mut self, caller: &Caller, method: Method, path: &str, query: &str, body: &str) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("application/json"));
        let request = Request {
            method,
            path: path.replace('%', "%25"),
            query: Some(query.to_owned()),
            headers,
            body: Bytes::copy_from_slice(body.as_bytes()),
        };
        let mut call = Call {
            state: &mut *self.state,
            request: &request,
            base: self.base,
            ingestion: self.ingestion,
            caller: caller.clone(),
            now: self.now,
        };
        call.answer_within().unwrap_or_else(|error| error.response())
    }

    fn answer_within(&mut self) -> Result<Response, ArmError> {
        let version = self.version();
        let target = Target::parse(&self.request.segments(), &version)?;
        versions::check(&target, Some(&version))?;
        self.enter(&target)?;
        self.dispatch(&target)
    }
}

fn deployment_id(scope: &Scope, name: &str) -> String {
    format!("{}/providers/Microsoft.Resources/deployments/{name}", scope.id())
}

/// Where a resource is after the answer to its PUT.
fn begun(answer: &Response) -> StepState {
    if answer.status >= 400 {
        return StepState::Failed(error_of(answer));
    }
    let header = |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok());
    match header("azure-asyncoperation").or_else(|| header("location")) {
        // What stands before the path is the lab's own address.
        Some(url) => {
            let path = url.splitn(4, '/').nth(3).unwrap_or_default();
            StepState::Running(format!("/{path}"))
        }
        None => StepState::Done,
    }
}

/// The error in an answer.
fn error_of(answer: &Response) -> Value {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body.get("error").cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of};
    use super::*;
    use chrono::TimeDelta;

    const QUERY: &str = "api-version=2021-04-01";

    fn path(lab: &Lab) -> String {
        format!("{}/providers/Microsoft.Resources/deployments/history", lab.group())
    }

    /// Table, rule and upload role, as an administrator would deploy them.
    fn template(lab: &Lab) -> Value {
        let rule = lab.rule_body("A_CL");
        let table = "[resourceId('Microsoft.OperationalInsights/workspaces/tables', parameters('workspace'), 'A_CL')]";
        json!({
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "parameters": {
                "workspace": {"type": "string"},
                "principal": {"type": "string"},
                "rule": {"type": "string", "defaultValue": "dcr-a"}
            },
            "variables": {"role": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')]"},
            "resources": [
                {
                    "type": "Microsoft.Authorization/roleAssignments",
                    "apiVersion": "2022-04-01",
                    "name": "[guid(resourceGroup().id, parameters('rule'), parameters('principal'))]",
                    "scope": "[format('Microsoft.Insights/dataCollectionRules/{0}', parameters('rule'))]",
                    "properties": {
                        "roleDefinitionId": "[variables('role')]",
                        "principalId": "[parameters('principal')]",
                        "principalType": "ServicePrincipal"
                    },
                    "dependsOn": ["[resourceId('Microsoft.Insights/dataCollectionRules', parameters('rule'))]"]
                },
                {
                    "type": "Microsoft.Insights/dataCollectionRules",
                    "apiVersion": "2023-03-11",
                    "name": "[parameters('rule')]",
                    "location": "[resourceGroup().location]",
                    "kind": "Direct",
                    "properties": rule["properties"],
                    "dependsOn": [table]
                },
                {
                    "type": "Microsoft.OperationalInsights/workspaces/tables",
                    "apiVersion": "2023-09-01",
                    "name": "[concat(parameters('workspace'), '/A_CL')]",
                    "properties": {"schema": {"name": "A_CL", "columns": [
                        {"name": "TimeGenerated", "type": "dateTime"},
                        {"name": "Computer", "type": "string"}
                    ]}}
                }
            ],
            "outputs": {"rule": {"type": "string", "value": "[resourceId('Microsoft.Insights/dataCollectionRules', parameters('rule'))]"}}
        })
    }

    fn put(lab: &Lab, label: &str, template: Value) -> Response {
        let parameters = json!({
            "workspace": {"value": "law-contoso"},
            "principal": {"value": lab.app("no-publisher").object_id}
        });
        let body = json!({"properties": {"mode": "Incremental", "template": template, "parameters": parameters}});
        lab.arm(label, Method::PUT, &path(lab), QUERY, Some(body))
    }

    fn properties(lab: &Lab) -> Value {
        json_of(&lab.get("owner", &path(lab), "2021-04-01"))["properties"].clone()
    }

    #[test]
    fn a_template_is_deployed_resource_by_resource() {
        let mut lab = Lab::new();
        let taken = put(&lab, "owner", template(&lab));
        assert_eq!(taken.status, 201);
        assert_eq!(json_of(&taken)["properties"]["provisioningState"], "Accepted");
        let poll = taken.headers.get("azure-asyncoperation").unwrap().to_str().unwrap();
        let poll = url::Url::parse(poll).unwrap();
        let status = |lab: &Lab| {
            json_of(&lab.arm("owner", Method::GET, poll.path(), poll.query().unwrap(), None))["status"].clone()
        };
        assert_eq!(status(&lab), "Running");
        assert_eq!(code(&put(&lab, "owner", template(&lab))), "DeploymentActive");
        assert_eq!(lab.get("ready", &lab.rule("dcr-a"), "2023-03-11").status, 404);
        lab.now += TimeDelta::seconds(1);
        assert_eq!(status(&lab), "Succeeded");
        assert_eq!(lab.get("ready", &lab.rule("dcr-a"), "2023-03-11").status, 200);
        let properties = properties(&lab);
        assert_eq!(properties["outputs"]["rule"]["value"], lab.rule("dcr-a"));
        assert_eq!(properties["outputResources"].as_array().unwrap().len(), 3);
        let (principal, rule) = (lab.app("no-publisher").object_id, lab.rule("dcr-a"));
        let upload = "Microsoft.Insights/Telemetry/Write";
        assert!(lab.cloud.state().access.allows_data(&principal, upload, &rule, lab.now));
        let operations = lab.get("owner", &format!("{}/operations", path(&lab)), "2021-04-01");
        assert_eq!(json_of(&operations)["value"].as_array().unwrap().len(), 3);
        // Once more changes nothing.
        assert_eq!(put(&lab, "owner", template(&lab)).status, 200);
        lab.now += TimeDelta::seconds(2);
        assert_eq!(status(&lab), "Succeeded");
    }

    #[test]
    fn the_callers_rights_count_for_each_resource() {
        let mut lab = Lab::new();
        assert_eq!(
            code(&put(&lab, "workspace-contributor", template(&lab))),
            "AuthorizationFailed"
        );
        assert_eq!(put(&lab, "no-publisher", template(&lab)).status, 201);
        properties(&lab);
        lab.now += TimeDelta::seconds(1);
        let failed = properties(&lab);
        assert_eq!(failed["provisioningState"], "Failed");
        assert_eq!(failed["error"]["code"], "DeploymentFailed");
        let detail = &failed["error"]["details"][0];
        assert_eq!(detail["code"], "AuthorizationFailed");
        assert!(detail["message"].to_string().contains("roleAssignments/write"));
        assert_eq!(lab.get("ready", &lab.rule("dcr-a"), "2023-03-11").status, 200);
    }

    #[test]
    fn without_its_dependencies_a_rule_comes_too_early() {
        let mut lab = Lab::new();
        let mut hasty = template(&lab);
        hasty["resources"][1].as_object_mut().unwrap().remove("dependsOn");
        hasty["resources"].as_array_mut().unwrap().swap(1, 2);
        put(&lab, "owner", hasty);
        let running = properties(&lab);
        assert_eq!(running["provisioningState"], "Running");
        lab.now += TimeDelta::seconds(1);
        let failed = properties(&lab);
        assert_eq!(failed["provisioningState"], "Failed");
        assert!(failed["error"]["details"].to_string().contains("InvalidOutputTable"));
    }

    #[test]
    fn a_nested_template_goes_to_its_own_resource_group() {
        let mut lab = Lab::new();
        let inner = json!({
            "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "parameters": {"name": {"type": "string"}},
            "resources": [{
                "type": "Microsoft.Insights/dataCollectionEndpoints",
                "apiVersion": "2023-03-11",
                "name": "[parameters('name')]",
                "location": "[resourceGroup().location]",
                "properties": {}
            }]
        });
        let outer = json!({
            "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
            "contentVersion": "1.0.0.0",
            "parameters": {"name": {"type": "string", "defaultValue": "dce-nested"}},
            "resources": [{
                "type": "Microsoft.Resources/deployments",
                "apiVersion": "2021-04-01",
                "name": "inner",
                "resourceGroup": "rg-branch",
                "properties": {
                    "mode": "Incremental",
                    "expressionEvaluationOptions": {"scope": "inner"},
                    "parameters": {"name": {"value": "[parameters('name')]"}},
                    "template": inner
                }
            }]
        });
        let path = format!("{}/providers/Microsoft.Resources/deployments/outer", lab.subscription());
        let mut body = json!({"properties": {"mode": "Incremental", "template": outer}});
        let missing = lab.arm("owner", Method::PUT, &path, QUERY, Some(body.clone()));
        assert_eq!(code(&missing), "LocationRequired");
        body["location"] = json!("westeurope");
        let validated = lab.arm(
            "owner",
            Method::POST,
            &format!("{path}/validate"),
            QUERY,
            Some(body.clone()),
        );
        assert_eq!(validated.status, 200);
        assert_eq!(lab.arm("owner", Method::PUT, &path, QUERY, Some(body)).status, 201);
        let done = json_of(&lab.get("owner", &path, "2021-04-01"));
        assert_eq!(done["properties"]["provisioningState"], "Succeeded", "{done}");
        let group = lab.group().replace("rg-configmgr", "rg-branch");
        let endpoint = format!("{group}/providers/Microsoft.Insights/dataCollectionEndpoints/dce-nested");
        let endpoint = json_of(&lab.get("owner", &endpoint, "2023-03-11"));
        assert_eq!(endpoint["location"], "northeurope");
        lab.now += TimeDelta::seconds(1);
        assert_eq!(lab.get("owner", &format!("{path}x"), "2021-04-01").status, 404);
    }

    #[test]
    fn what_the_lab_cannot_deploy_is_refused_at_once() {
        let lab = Lab::new();
        let mut unknown = template(&lab);
        unknown["resources"][1]["location"] = json!("[reference('x').location]");
        let refused = put(&lab, "owner", unknown);
        assert_eq!((refused.status, code(&refused).as_str()), (400, "InvalidTemplate"));
        assert!(json_of(&refused)["error"]["message"].to_string().contains("reference"));
        let body = json!({"properties": {"mode": "Complete", "template": template(&lab)}});
        let complete = lab.arm("owner", Method::PUT, &path(&lab), QUERY, Some(body));
        assert_eq!(code(&complete), "InvalidDeployment");
        assert_eq!(code(&lab.get("owner", &path(&lab), "2021-04-01")), "DeploymentNotFound");
    }
}
