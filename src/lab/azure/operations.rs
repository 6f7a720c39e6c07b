//! Asynchronous operations of Resource Manager: what was started, when it ends, and how.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

/// How an operation ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
pub(super) enum Outcome {
    /// It did what was asked.
    Succeeded,
    /// Something went wrong; nothing has changed.
    Failed,
    /// It was stopped; nothing has changed.
    Canceled,
}

impl Outcome {
    /// The error that an operation carries which did not succeed.
    pub(super) fn error(self) -> Option<Value> {
        match self {
            Self::Succeeded => None,
            Self::Failed => Some(json!({
                "code": "InternalServerError",
                "message": "The operation failed because of an internal error of the service. Nothing was changed."
            })),
            Self::Canceled => Some(json!({
                "code": "OperationCanceled",
                "message": "The operation was canceled before it ended. Nothing was changed."
            })),
        }
    }
}

/// An operation.
pub(super) struct Operation {
    /// Region of the resource.
    pub(super) location: String,
    /// Object ID of who started it, and may ask for it.
    pub(super) by: String,
    /// When it began.
    pub(super) started: DateTime<Utc>,
    /// When it ends.
    pub(super) ends: DateTime<Utc>,
    /// How it ends.
    pub(super) outcome: Outcome,
}

impl Operation {
    /// How it ended; `None` while it runs.
    pub(super) fn result(&self, now: DateTime<Utc>) -> Option<Outcome> {
        (self.ends <= now).then_some(self.outcome)
    }

    /// The status as Resource Manager shows it.
    pub(super) fn to_json(&self, subscription: &str, id: &str, now: DateTime<Utc>) -> Value {
        let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
        let mut status = json!({
            "id": format!(
                "/subscriptions/{subscription}/providers/Microsoft.OperationalInsights/locations/{}/operationStatuses/{id}",
                self.location
            ),
            "name": id,
            "startTime": time(self.started),
            "status": "InProgress",
        });
        if let (Some(outcome), Some(object)) = (self.result(now), status.as_object_mut()) {
            object.insert("status".into(), format!("{outcome:?}").into());
            object.insert("endTime".into(), time(self.ends).into());
            if let Some(error) = outcome.error() {
                object.insert("error".into(), error);
            }
        }
        status
    }
}

/// All operations by ID.
pub(super) type Operations = BTreeMap<String, Operation>;
