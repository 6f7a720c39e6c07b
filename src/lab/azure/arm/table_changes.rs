//! Changes to tables: they are taken on, take their time, and end well or not.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::custom::{CustomTable, Pending};
use super::super::estate::WORKSPACE_TYPE;
use super::super::knobs::TableAnswer;
use super::super::operations::{Operation, Outcome};
use super::Call;
use super::error::ArmError;
use super::scope::ResourceName;
use crate::lab::http::Response;

impl Call<'_> {
    /// Begins a change from one table to another, or to none, and answers as the knob says.
    pub(super) fn change(
        &mut self,
        name: &ResourceName,
        mut table: CustomTable,
        before: Option<CustomTable>,
        state: &'static str,
    ) -> Result<Response, ArmError> {
        let knobs = &self.state.knobs.resources;
        let (answer, outcome) = (knobs.table_answer, knobs.operation_outcome);
        let at_once = answer == TableAnswer::Done;
        let until = match at_once {
            true => self.now,
            false => self.now + TimeDelta::seconds(knobs.table_s.into()),
        };
        let goes = state == "Deleting";
        let usable = before.is_some() && !goes;
        let after = if goes { None } else { Some(table.clone()) };
        let becomes = match outcome {
            Outcome::Succeeded => after,
            _ if at_once => after,
            _ => before,
        };
        table.pending = Some(Pending {
            until,
            becomes: becomes.map(Box::new),
            usable,
            state,
        });
        let settled = table.clone().settled(self.now);
        let (shown, key) = (table, name.clone());
        let workspace = self.state.estate.workspace(&key.subscription, &key.group, &key.name);
        let Some(workspace) = workspace else {
            return Err(super::tables::not_found(name, &shown.name));
        };
        let table_key = shown.name.to_ascii_lowercase();
        match settled {
            Some(table) => workspace.custom.insert(table_key, table),
            None => workspace.custom.remove(&table_key),
        };
        if !at_once {
            return Ok(self.accepted(name, &shown.name, until));
        }
        match goes {
            true => Ok(Response::empty(200)),
            false => Ok(Response::json(200, &self.table_json(name, &shown))),
        }
    }

    /// 202 with the addresses at which the operation can be asked for.
    fn accepted(&mut self, name: &ResourceName, table: &str, ends: DateTime<Utc>) -> Response {
        let id = self.state.next_guid();
        let workspace = self.state.estate.workspace(&name.subscription, &name.group, &name.name);
        let location = workspace.map_or("global", |workspace| workspace.location);
        let version = self.version();
        let status = format!(
            "{}/subscriptions/{}/providers/Microsoft.OperationalInsights/locations/{location}/operationstatuses/\
             {id}?api-version={version}",
            self.base, name.subscription
        );
        let result = format!(
            "{}{}/tables/{table}/operationresults/{id}?api-version={version}",
            self.base,
            name.id(WORKSPACE_TYPE)
        );
        let knobs = &self.state.knobs.resources;
        let (answer, retry_after) = (knobs.table_answer, knobs.retry_after_s.to_string());
        let operation = Operation {
            location: location.to_owned(),
            by: self.caller.object_id.clone(),
            started: self.now,
            ends,
            outcome: knobs.operation_outcome,
        };
        self.state.operations.insert(id, operation);
        let mut response = Response::empty(202).with_header("retry-after", &retry_after);
        if answer != TableAnswer::Location {
            response = response.with_header("azure-asyncoperation", &status);
        }
        if answer != TableAnswer::AsyncOperation {
            response = response.with_header("location", &result);
        }
        response
    }

    /// What became of a change: 202 while it runs, then the table, or the error.
    pub(super) fn table_operation(&mut self, name: &ResourceName, table: &str, id: &str) -> Result<Response, ArmError> {
        let result = self.operation(&name.subscription, id)?.result(self.now);
        let retry_after = self.state.knobs.resources.retry_after_s.to_string();
        match result {
            None => Ok(Response::empty(202).with_header("retry-after", &retry_after)),
            Some(Outcome::Succeeded) => match self.get_table(name, table) {
                Ok(found) => Ok(found),
                Err(_) => Ok(Response::empty(204)),
            },
            Some(Outcome::Failed) => Err(ArmError::new(
                409,
                "OperationFailed",
                "The operation failed because of an internal error of the service. Nothing was changed.",
            )),
            Some(Outcome::Canceled) => Err(ArmError::new(
                409,
                "OperationCanceled",
                "The operation was canceled before it ended. Nothing was changed.",
            )),
        }
    }

    /// How far an operation is.
    pub(super) fn operation_status(&self, subscription: &str, id: &str) -> Result<Response, ArmError> {
        let operation = self.operation(subscription, id)?;
        let response = Response::json(200, &operation.to_json(subscription, id, self.now));
        Ok(match operation.result(self.now) {
            None => response.with_header("retry-after", &self.state.knobs.resources.retry_after_s.to_string()),
            Some(_) => response,
        })
    }

    /// An operation, for who started it and who may look at operations.
    fn operation(&self, subscription: &str, id: &str) -> Result<&Operation, ArmError> {
        let found = self.state.operations.get(&id.to_ascii_lowercase());
        if found.is_none_or(|operation| operation.by != self.caller.object_id) {
            let action = "Microsoft.OperationalInsights/locations/operationStatuses/read";
            self.authorize(action, &format!("/subscriptions/{subscription}"))?;
        }
        found.ok_or_else(|| ArmError::new(404, "NotFound", format!("The operation '{id}' was not found.")))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of};
    use chrono::TimeDelta;
    use http::Method;
    use serde_json::{Value, json};

    use crate::lab::http::Response;

    fn state(lab: &Lab, name: &str) -> Value {
        json_of(&lab.get("reader", &lab.table(name), "2023-09-01"))["properties"]["provisioningState"].clone()
    }

    /// Follows an absolute address of an answer.
    fn follow(lab: &Lab, label: &str, answer: &Response, header: &str) -> Response {
        let url = url::Url::parse(answer.headers.get(header).unwrap().to_str().unwrap()).unwrap();
        assert_eq!(url.origin().ascii_serialization(), lab.urls.arm);
        lab.arm(label, Method::GET, url.path(), url.query().unwrap(), None)
    }

    #[test]
    fn a_change_is_taken_on_and_ends_in_its_own_time() {
        let mut lab = Lab::new();
        lab.knob("table_s", json!(5));
        lab.knob("retry_after_s", json!(3));
        let taken = lab.put_table("workspace-contributor", "A_CL", &["Computer"]);
        assert_eq!((taken.status, taken.body.len()), (202, 0));
        assert_eq!(taken.headers.get("retry-after").unwrap(), "3");
        assert_eq!(state(&lab, "a_cl"), "Updating");
        let ask = |lab: &Lab, header| follow(lab, "workspace-contributor", &taken, header);
        assert_eq!(json_of(&ask(&lab, "azure-asyncoperation"))["status"], "InProgress");
        assert_eq!(ask(&lab, "location").status, 202);
        let locked = lab.put_table("ready", "A_CL", &["Computer"]);
        assert_eq!((locked.status, code(&locked).as_str()), (409, "Conflict"));
        assert_eq!(follow(&lab, "no-rights", &taken, "azure-asyncoperation").status, 403);
        lab.now += TimeDelta::seconds(5);
        assert_eq!(state(&lab, "A_CL"), "Succeeded");
        let status = json_of(&ask(&lab, "azure-asyncoperation"));
        assert_eq!(status["status"], "Succeeded");
        assert!(status["endTime"].is_string());
        assert_eq!(json_of(&ask(&lab, "location"))["name"], "A_CL");
        assert_eq!(lab.put_table("ready", "A_CL", &["Computer", "More"]).status, 202);
    }

    #[test]
    fn the_answer_has_the_headers_that_the_knob_says() {
        let lab = Lab::new();
        for (knob, status, operation, location) in [
            ("both", 202, true, true),
            ("async_operation", 202, true, false),
            ("location", 202, false, true),
            ("done", 200, false, false),
        ] {
            lab.knob("table_answer", json!(knob));
            let answer = lab.put_table("ready", &format!("{knob}_CL"), &["Computer"]);
            let has = |name: &str| answer.headers.contains_key(name);
            assert_eq!(
                (answer.status, has("azure-asyncoperation"), has("location")),
                (status, operation, location),
                "{knob}"
            );
        }
        assert_eq!(state(&lab, "done_CL"), "Succeeded");
    }

    #[test]
    fn what_does_not_end_well_leaves_what_was_there() {
        let mut lab = Lab::new();
        lab.knob("table_answer", json!("done"));
        lab.put_table("ready", "A_CL", &[]);
        lab.knob("table_answer", json!("both"));
        for outcome in ["Failed", "Canceled"] {
            lab.knob("operation_outcome", json!(outcome));
            let new = lab.put_table("ready", "B_CL", &["Computer"]);
            lab.put_table("ready", "A_CL", &["Computer"]);
            lab.now += TimeDelta::seconds(1);
            let status = json_of(&follow(&lab, "ready", &new, "azure-asyncoperation"));
            assert_eq!(status["status"], outcome);
            assert!(status["error"]["code"].is_string());
            assert_eq!(follow(&lab, "ready", &new, "location").status, 409);
            assert_eq!(lab.get("ready", &lab.table("B_CL"), "2023-09-01").status, 404);
            let standing = json_of(&lab.get("ready", &lab.table("A_CL"), "2023-09-01"));
            let columns = standing["properties"]["schema"]["columns"].as_array().unwrap().len();
            assert_eq!(
                (columns, &standing["properties"]["provisioningState"]),
                (1, &json!("Succeeded"))
            );
        }
    }
}
