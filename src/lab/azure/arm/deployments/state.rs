//! A deployment and how far it is.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::super::super::tokens::Caller;
use super::super::template::Planned;

/// All deployments, by resource ID in lower case.
pub(in super::super::super) type Deployments = BTreeMap<String, Deployment>;

/// A deployment.
pub(in super::super::super) struct Deployment {
    /// Resource ID.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) location: Option<String>,
    pub(super) caller: Caller,
    pub(super) correlation: String,
    /// The api-version that it was asked for with.
    pub(super) version: String,
    pub(super) began: DateTime<Utc>,
    pub(super) ended: Option<DateTime<Utc>>,
    pub(super) parameters: Value,
    pub(super) outputs: Value,
    pub(super) steps: Vec<Step>,
}

/// A resource of a deployment.
pub(super) struct Step {
    pub(super) planned: Planned,
    pub(super) state: StepState,
    pub(super) status: u16,
}

/// How far a resource is.
pub(super) enum StepState {
    /// Not begun.
    Waiting,
    /// Taken on; this address tells how far it is.
    Running(String),
    /// There.
    Done,
    /// Refused or failed, with this error.
    Failed(Value),
}

impl Deployment {
    /// `Running`, `Succeeded` or `Failed`.
    pub(super) fn state(&self) -> &'static str {
        let failed = |step: &Step| matches!(step.state, StepState::Failed(_));
        match self.ended {
            None => "Running",
            Some(_) if self.steps.iter().any(failed) => "Failed",
            Some(_) => "Succeeded",
        }
    }

    /// The error of a deployment that has failed.
    pub(super) fn error(&self) -> Option<Value> {
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

    pub(super) fn to_json(&self, now: DateTime<Utc>) -> Value {
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

/// A moment as Resource Manager writes it.
pub(super) fn time(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}
