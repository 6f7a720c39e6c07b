//! Tables of a workspace: list, read, and changes that take their time.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::super::custom::{CustomTable, DEFAULT_RETENTION, Pending, TableColumn};
use super::super::estate::{WORKSPACE_TYPE, Workspace};
use super::super::knobs::TableAnswer;
use super::super::operations::{Operation, Outcome};
use super::error::ArmError;
use super::scope::ResourceName;
use super::table_body::{self, Body, READ_ONLY};
use super::{Call, columns, list};
use crate::lab::http::Response;
use crate::lab::kql::Table;

const READ: &str = "Microsoft.OperationalInsights/workspaces/tables/read";
const WRITE: &str = "Microsoft.OperationalInsights/workspaces/tables/write";
const DELETE: &str = "Microsoft.OperationalInsights/workspaces/tables/delete";
/// Most custom tables of one workspace.
const CUSTOM_TABLES: usize = 500;
/// Days that a workspace of the lab keeps rows.
const WORKSPACE_RETENTION: i64 = 30;

impl Call<'_> {
    /// Built-in and custom tables.
    pub(super) fn list_tables(&mut self, name: &ResourceName) -> Result<Response, ArmError> {
        self.workspace(name, READ, "")?;
        let mut built_in: Vec<(String, Value)> = {
            let workspace = self.workspace(name, READ, "")?;
            let tables = workspace.tables.iter();
            tables
                .map(|(table, columns)| (table.clone(), built_in(workspace, table, columns)))
                .collect()
        };
        built_in.sort_by(|one, other| one.0.cmp(&other.0));
        let custom: Vec<CustomTable> = self.workspace(name, READ, "")?.custom.values().cloned().collect();
        let custom = custom.iter().map(|table| self.table_json(name, table));
        Ok(list(built_in.into_iter().map(|(_, json)| json).chain(custom).collect()))
    }

    pub(super) fn get_table(&mut self, name: &ResourceName, table: &str) -> Result<Response, ArmError> {
        let workspace = self.workspace(name, READ, &below(table))?;
        if let Some((table, columns)) = workspace.tables.iter().find(|(one, _)| one.eq_ignore_ascii_case(table)) {
            return Ok(Response::json(200, &built_in(workspace, table, columns)));
        }
        match workspace.custom.get(&table.to_ascii_lowercase()).cloned() {
            Some(found) => Ok(Response::json(200, &self.table_json(name, &found))),
            None => Err(not_found(name, table)),
        }
    }

    pub(super) fn put_table(&mut self, name: &ResourceName, table: &str) -> Result<Response, ArmError> {
        let (now, by) = (self.now, self.caller.object_id.clone());
        self.workspace(name, WRITE, &below(table))?;
        let body: Body = self.body_without(&READ_ONLY)?;
        table_body::check_name(table)?;
        let workspace = self.workspace(name, WRITE, &below(table))?;
        let key = table.to_ascii_lowercase();
        let standing = workspace.custom.get(&key).cloned();
        if standing.is_none() && workspace.custom.len() >= CUSTOM_TABLES {
            return Err(ArmError::bad_request(format!(
                "A workspace has at most {CUSTOM_TABLES} custom tables."
            )));
        }
        if let Some(standing) = standing.as_ref().filter(|standing| standing.locked(now)) {
            return Err(locked(&standing.name));
        }
        let exists = standing.is_some();
        let before = standing.clone().unwrap_or_else(|| CustomTable {
            name: table.to_owned(),
            columns: Vec::new(),
            retired: Vec::new(),
            plan: "Analytics".to_owned(),
            description: None,
            retention_days: DEFAULT_RETENTION,
            total_retention_days: DEFAULT_RETENTION,
            created: now,
            created_by: by,
            pending: None,
        });
        let table = body.apply(before, exists)?;
        self.change(name, table, standing, "Updating")
    }

    /// Deleting what is not there succeeds as well.
    pub(super) fn delete_table(&mut self, name: &ResourceName, table: &str) -> Result<Response, ArmError> {
        let now = self.now;
        let workspace = self.workspace(name, DELETE, &below(table))?;
        let Some(standing) = workspace.custom.get(&table.to_ascii_lowercase()).cloned() else {
            let built_in = workspace.tables.keys().any(|one| one.eq_ignore_ascii_case(table));
            return match built_in {
                true => Err(ArmError::bad_request(format!(
                    "The table '{table}' is not a custom table and cannot be deleted."
                ))),
                false => Ok(Response::empty(204)),
            };
        };
        if standing.locked(now) {
            return Err(locked(&standing.name));
        }
        self.change(name, standing.clone(), Some(standing), "Deleting")
    }

    /// Begins a change from one table to another, or to none, and answers as the knob says.
    fn change(
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
            return Err(not_found(name, &shown.name));
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
    fn accepted(&mut self, name: &ResourceName, table: &str, ends: chrono::DateTime<chrono::Utc>) -> Response {
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

    /// A custom table as its provider shows it.
    fn table_json(&self, workspace: &ResourceName, table: &CustomTable) -> Value {
        let days = |days: i64, default: i64| if days == DEFAULT_RETENTION { default } else { days };
        let retention = days(table.retention_days, WORKSPACE_RETENTION);
        let total = days(table.total_retention_days, retention);
        let mut schema = json!({
            "name": table.name,
            "tableType": "CustomLog",
            "tableSubType": "DataCollectionRuleBased",
            "columns": table.columns.iter().map(column_json).collect::<Vec<_>>(),
            "standardColumns": [{"name": "TenantId", "type": "guid", "isDefaultDisplay": false, "isHidden": false}],
            "solutions": ["LogManagement"],
        });
        if let (Some(text), Some(object)) = (&table.description, schema.as_object_mut()) {
            object.insert("description".into(), text.as_str().into());
        }
        json!({
            "properties": {
                "schema": schema,
                "provisioningState": table.provisioning_state(self.now),
                "retentionInDays": retention,
                "totalRetentionInDays": total,
                "archiveRetentionInDays": total - retention,
                "retentionInDaysAsDefault": table.retention_days == DEFAULT_RETENTION,
                "totalRetentionInDaysAsDefault": table.total_retention_days == DEFAULT_RETENTION,
                "plan": table.plan,
            },
            "systemData": {
                "createdBy": table.created_by,
                "createdAt": table.created.to_rfc3339_opts(chrono::SecondsFormat::Micros, true),
            },
            "id": format!("{}/tables/{}", workspace.id(WORKSPACE_TYPE), table.name),
            "name": table.name,
            "type": "Microsoft.OperationalInsights/workspaces/tables",
        })
    }
}

fn below(table: &str) -> String {
    format!("/tables/{table}")
}

fn not_found(name: &ResourceName, table: &str) -> ArmError {
    ArmError::resource_not_found(&format!("{WORKSPACE_TYPE}/{}/tables/{table}", name.name), &name.group)
}

fn locked(table: &str) -> ArmError {
    ArmError::new(
        409,
        "Conflict",
        format!("The table '{table}' is locked: another change to it has not ended. Try again later."),
    )
}

fn column_json(column: &TableColumn) -> Value {
    let mut json = json!({
        "name": column.name,
        "type": columns::in_table(column.kind),
        "isDefaultDisplay": false,
        "isHidden": false,
    });
    if let Some(object) = json.as_object_mut() {
        for (name, text) in [
            ("description", &column.description),
            ("displayName", &column.display_name),
        ] {
            if let Some(text) = text {
                object.insert(name.into(), text.as_str().into());
            }
        }
    }
    json
}

/// A built-in table as its provider shows it.
fn built_in(workspace: &Workspace, name: &str, table: &Table) -> Value {
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|column| {
            json!({
                "name": column.name,
                "type": columns::in_table(column.kind),
                "isDefaultDisplay": false,
                "isHidden": false,
            })
        })
        .collect();
    json!({
        "properties": {
            "schema": {
                "name": name,
                "tableType": "Microsoft",
                "tableSubType": "Any",
                "standardColumns": columns,
                "solutions": ["LogManagement"],
            },
            "provisioningState": "Succeeded",
            "retentionInDays": WORKSPACE_RETENTION,
            "totalRetentionInDays": WORKSPACE_RETENTION,
            "archiveRetentionInDays": 0,
            "retentionInDaysAsDefault": true,
            "totalRetentionInDaysAsDefault": true,
            "plan": "Analytics",
        },
        "id": format!("{}/tables/{name}", workspace.resource_id()),
        "name": name,
        "type": "Microsoft.OperationalInsights/workspaces/tables",
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of, names};
    use chrono::TimeDelta;
    use http::Method;
    use serde_json::{Value, json};

    use crate::lab::http::Response;

    fn put(lab: &Lab, name: &str, properties: Value) -> Response {
        let body = json!({"properties": properties});
        lab.arm(
            "ready",
            Method::PUT,
            &lab.table(name),
            "api-version=2023-09-01",
            Some(body),
        )
    }

    fn with(name: &str, columns: &[(&str, &str)]) -> Value {
        let columns: Vec<Value> = columns
            .iter()
            .map(|(name, kind)| json!({"name": name, "type": kind}))
            .collect();
        json!({"schema": {"name": name, "columns": columns}})
    }

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
        put(&lab, "A_CL", with("A_CL", &[("TimeGenerated", "dateTime")]));
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

    #[test]
    fn a_table_is_deleted_once_and_only_a_custom_one() {
        let mut lab = Lab::new();
        lab.put_table("ready", "A_CL", &["Computer"]);
        lab.now += TimeDelta::seconds(1);
        let path = lab.table("A_CL");
        let delete =
            |lab: &Lab, label: &str, path: &str| lab.arm(label, Method::DELETE, path, "api-version=2023-09-01", None);
        assert_eq!(delete(&lab, "reader", &path).status, 403);
        assert_eq!(delete(&lab, "ready", &path).status, 202);
        assert_eq!(state(&lab, "A_CL"), "Deleting");
        lab.now += TimeDelta::seconds(1);
        assert_eq!(lab.get("ready", &path, "2023-09-01").status, 404);
        assert_eq!(delete(&lab, "ready", &path).status, 204);
        assert_eq!(delete(&lab, "ready", &lab.table("Heartbeat")).status, 400);
        let list = names(&lab.get("reader", &format!("{}/tables", lab.workspace(0)), "2023-09-01"));
        assert_eq!(list, ["ComputerGroup", "Heartbeat"]);
        assert_eq!(lab.get("reader", &lab.table("heartbeat"), "2023-09-01").status, 200);
    }

    #[test]
    fn names_columns_and_types_follow_the_rules() {
        let lab = Lab::new();
        lab.knob("table_answer", json!("done"));
        let time = ("TimeGenerated", "dateTime");
        let refused = |name: &str, properties: Value| {
            let answer = put(&lab, name, properties);
            assert_eq!(
                (answer.status, code(&answer).as_str()),
                (400, "InvalidParameter"),
                "{name}"
            );
        };
        for name in ["A", "A_cl", "1A_CL", "A-B_CL"] {
            refused(name, with(name, &[time]));
        }
        refused("A_CL", with("B_CL", &[time]));
        for columns in [
            &[("Computer", "string")][..],
            &[("TimeGenerated", "string")],
            &[time, ("Computer", "datetime")],
            &[time, ("Type", "string")],
            &[time, ("1st", "string")],
            &[time, ("A", "string"), ("a", "string")],
        ] {
            refused("A_CL", with("A_CL", columns));
        }
        let many: Vec<String> = (0..500).map(|number| format!("C{number}")).collect();
        let mut columns: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "string")).collect();
        columns.push(time);
        refused("A_CL", with("A_CL", &columns));
        for (name, value) in [
            ("plan", json!("Gold")),
            ("retentionInDays", json!(3)),
            ("totalRetentionInDays", json!(4384)),
        ] {
            let mut properties = with("A_CL", &[time]);
            properties[name] = value;
            refused("A_CL", properties);
        }
        let mut unknown = with("A_CL", &[time]);
        unknown["colour"] = json!("red");
        assert_eq!(code(&put(&lab, "A_CL", unknown)), "InvalidRequestContent");
    }

    #[test]
    fn columns_may_come_and_go_but_keep_their_type() {
        let lab = Lab::new();
        lab.knob("table_answer", json!("done"));
        let time = ("TimeGenerated", "dateTime");
        let write = |columns: &[(&str, &str)]| put(&lab, "A_CL", with("A_CL", columns)).status;
        assert_eq!(write(&[time, ("A", "long")]), 200);
        assert_eq!(write(&[time, ("a", "string")]), 400);
        assert_eq!(write(&[time, ("A", "long"), ("B", "guid")]), 200);
        assert_eq!(write(&[time, ("A", "long")]), 200);
        assert_eq!(write(&[time, ("A", "long"), ("B", "string")]), 400);
        assert_eq!(write(&[time, ("A", "long"), ("B", "guid")]), 200);
        let read = json_of(&lab.get("ready", &lab.table("A_CL"), "2023-09-01"));
        let mut back = read.clone();
        back["properties"]["retentionInDays"] = json!(90);
        back["properties"]["totalRetentionInDays"] = json!(100);
        let body = Some(back);
        let answer = lab.arm("ready", Method::PUT, &lab.table("A_CL"), "api-version=2023-09-01", body);
        assert_eq!(answer.status, 200);
        let answer = json_of(&answer);
        assert_eq!(answer["properties"]["archiveRetentionInDays"], 10);
        assert_eq!(
            answer["properties"]["schema"]["columns"],
            read["properties"]["schema"]["columns"]
        );
        let mut named = with("A_CL", &[time, ("A", "long"), ("B", "guid")]);
        named["schema"]["columns"][1]["displayName"] = json!("Other");
        assert_eq!(put(&lab, "A_CL", named).status, 400);
    }

    #[test]
    fn somebody_else_deletes_a_table_or_has_one_of_the_name() {
        let lab = Lab::new();
        lab.knob("table_answer", json!("done"));
        lab.put_table("ready", "A_CL", &["Computer"]);
        lab.knob("drop_table", json!({"name": "a_cl"}));
        assert_eq!(lab.get("ready", &lab.table("A_CL"), "2023-09-01").status, 404);
        assert!(lab.cloud.set_knob("drop_table", &json!({"name": "A_CL"})).is_err());
        lab.knob("foreign_table", json!({"name": "A_CL"}));
        let answer = lab.put_table("ready", "A_CL", &["Computer"]);
        assert_eq!((answer.status, code(&answer).as_str()), (400, "InvalidParameter"));
    }

    #[test]
    fn who_may_write_tables_follows_the_roles() {
        let lab = Lab::new();
        for (label, expected) in [
            ("workspace-contributor", 202),
            ("no-publisher", 202),
            ("slow-role", 202),
            ("reader", 403),
            ("no-rights", 403),
        ] {
            let name = format!("T{}_CL", label.replace('-', ""));
            assert_eq!(lab.put_table(label, &name, &["Computer"]).status, expected, "{label}");
        }
        let version = lab.get("ready", &lab.table("Heartbeat"), "2020-08-01");
        assert_eq!(code(&version), "NoRegisteredProviderFound");
    }
}
