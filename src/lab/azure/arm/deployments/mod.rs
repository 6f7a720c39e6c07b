//! Deployments: the resources of a template are written one by one through the lab's own handlers, as the caller, each once
//! those that it depends on are there. Only the mode `Incremental` is known.
//!
//! A deployment goes on whenever Resource Manager is asked for anything: that is when the lab looks at its clock.
//!
//! | file | subject |
//! | --- | --- |
//! | `state` | a deployment and how far it is |
//! | `run` | taking its steps |

mod run;
mod state;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(in super::super) use self::state::Deployments;
use self::state::{Deployment, Step, StepState, time};
use super::error::ArmError;
use super::scope::Scope;
use super::template::{self, Place, Plan};
use super::{Call, list};
use crate::lab::http::Response;

const READ: &str = "Microsoft.Resources/deployments/read";
const WRITE: &str = "Microsoft.Resources/deployments/write";
/// Longest name of a deployment, in characters.
const NAME_CHARS: usize = 64;

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
}

fn deployment_id(scope: &Scope, name: &str) -> String {
    format!("{}/providers/Microsoft.Resources/deployments/{name}", scope.id())
}
