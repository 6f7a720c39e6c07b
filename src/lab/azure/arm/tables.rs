//! Tables of a workspace: list, read, write, delete.

use serde_json::{Value, json};

use super::super::custom::{CustomTable, DEFAULT_RETENTION, TableColumn};
use super::super::estate::{WORKSPACE_TYPE, Workspace};
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

    /// A custom table as its provider shows it.
    pub(super) fn table_json(&self, workspace: &ResourceName, table: &CustomTable) -> Value {
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

pub(super) fn not_found(name: &ResourceName, table: &str) -> ArmError {
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
