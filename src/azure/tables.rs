//! Tables of a workspace.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::model::history::{Column, WorkspaceTable};
use crate::model::{Result, WorkspaceId};

use super::api_versions;
use super::client::{Azure, Call};
use super::error::{is_absent, segment, words};
use super::http::Reply;
use super::workspaces::{about_workspace, parent};

const EXPECTED: &str = "a table";

impl Azure {
    /// A table; `None` where the workspace has none of this name.
    ///
    /// # Errors
    /// [`Problem::WorkspaceNotFound`](crate::model::Problem::WorkspaceNotFound),
    /// [`Problem::NotAllowed`](crate::model::Problem::NotAllowed), or what keeps Azure from answering.
    pub async fn table(&self, workspace: &WorkspaceId, name: &str) -> Result<Option<WorkspaceTable>> {
        let operation = "Microsoft.OperationalInsights/workspaces/tables/read";
        let call = self.table_call(workspace, name, "reading a table", operation)?;
        let reply = self.call(&call).await?;
        if is_absent(&reply, &parent(workspace)) {
            return Ok(None);
        }
        if !reply.status.is_success() {
            return Err(about_workspace(self.refused(&reply, &call), workspace));
        }
        read(&reply, name).map(Some)
    }

    /// Makes a table, or adds columns to it, and waits until it can be used. Tells
    /// [`Progress::Provisioning`](crate::model::plan::Progress::Provisioning) meanwhile. Dropping the future stops the waiting, not
    /// Azure: the same call finds the table later.
    ///
    /// # Errors
    /// [`Problem::ResourceBusy`](crate::model::Problem::ResourceBusy) where it stays locked,
    /// [`Problem::OperationFailed`](crate::model::Problem::OperationFailed), what Azure refuses.
    pub async fn put_table(&self, workspace: &WorkspaceId, name: &str, columns: &[Column]) -> Result<WorkspaceTable> {
        let operation = "Microsoft.OperationalInsights/workspaces/tables/write";
        let mut call = self.table_call(workspace, name, "writing a table", operation)?;
        call.method = Method::PUT;
        call.body = Some(Bytes::from(to_json(name, columns).to_string()));
        let reply = self.make(&call, &called(name)).await;
        read(&reply.map_err(|failure| about_workspace(failure, workspace))?, name)
    }

    /// Deletes a table with all its rows. `false` when there was none.
    ///
    /// # Errors
    /// As [`Azure::put_table`].
    pub async fn delete_table(&self, workspace: &WorkspaceId, name: &str) -> Result<bool> {
        let operation = "Microsoft.OperationalInsights/workspaces/tables/delete";
        let mut call = self.table_call(workspace, name, "deleting a table", operation)?;
        call.method = Method::DELETE;
        let reply = self.unmake(&call, &called(name)).await?;
        let outcome = self.was_there(&reply, &call, &parent(workspace));
        outcome.map_err(|failure| about_workspace(failure, workspace))
    }

    fn table_call(
        &self,
        workspace: &WorkspaceId,
        name: &str,
        doing: &'static str,
        operation: &'static str,
    ) -> Result<Call> {
        let name = segment("table", name, "ConfigMgrCollectionMember_CL")?;
        let path = format!("{workspace}/tables/{name}");
        let mut call = self.arm(&path, api_versions::OPERATIONAL_INSIGHTS, doing, operation);
        call.scope = workspace.to_string();
        Ok(call)
    }
}

fn called(name: &str) -> String {
    format!("the table {name}")
}

/// Plan `Analytics`: the others restrict queries, so that no function or join could use the table.
fn to_json(name: &str, columns: &[Column]) -> Value {
    let columns: Vec<Value> = columns
        .iter()
        .map(|column| json!({"name": column.name, "type": column.kind.in_table(), "description": column.description}))
        .collect();
    json!({"properties": {"plan": "Analytics", "schema": {"name": name, "columns": columns}}})
}

fn read(reply: &Reply, name: &str) -> Result<WorkspaceTable> {
    let json = reply.json(EXPECTED)?;
    let properties = json
        .get("properties")
        .filter(|properties| properties.is_object())
        .ok_or_else(|| reply.not_understood(EXPECTED))?;
    let text = |name: &str| properties.get(name).and_then(Value::as_str).map(words);
    let columns = ["columns", "standardColumns"].iter().flat_map(|list| {
        let columns = properties.get("schema").and_then(|schema| schema.get(list));
        read_columns(columns)
    });
    Ok(WorkspaceTable {
        name: name.to_owned(),
        columns: columns.collect(),
        plan: text("plan"),
        provisioning_state: text("provisioningState"),
    })
}

/// Names and types of columns, in a table's schema as in a rule's stream declaration.
pub(super) fn read_columns(list: Option<&Value>) -> Vec<(String, String)> {
    let text = |column: &Value, name: &str| column.get(name).and_then(Value::as_str).map(words);
    list.and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|column| Some((text(column, "name")?, text(column, "type")?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::{Answer, Server, error, signed_in, workspace_id};
    use crate::model::Problem;
    use crate::model::history::{COLUMNS, TABLE};

    fn path() -> String {
        format!("{}/tables/{TABLE}", workspace_id())
    }

    fn table_in(state: &str) -> Answer {
        Answer::json(
            200,
            &json!({"name": TABLE, "properties": {"plan": "Analytics", "provisioningState": state, "schema": {"name": TABLE,
                "columns": [{"name": "Computer", "type": "string"}],
                "standardColumns": [{"name": "TenantId", "type": "guid"}, 7]}}}),
        )
    }

    async fn put(server: &Server, azure: &Azure, first: Answer) -> Result<WorkspaceTable> {
        server.on("PUT", &path(), [first]);
        azure.put_table(&workspace_id(), TABLE, &COLUMNS).await
    }

    #[tokio::test]
    async fn sends_the_documented_body_and_reads_back() {
        let (server, azure) = signed_in().await;
        server.on("GET", &path(), [table_in("Updating"), table_in("Succeeded")]);
        let table = put(&server, &azure, table_in("Updating")).await.unwrap();
        let wanted = WorkspaceTable {
            name: TABLE.to_owned(),
            columns: [("Computer", "string"), ("TenantId", "guid")]
                .map(|(name, kind)| (name.to_owned(), kind.to_owned()))
                .to_vec(),
            plan: Some("Analytics".to_owned()),
            provisioning_state: Some("Succeeded".to_owned()),
        };
        assert_eq!(table, wanted);
        let seen = server.seen();
        assert_eq!(seen.len(), 3, "one PUT, and two looks");
        assert_eq!(seen[0].query, "api-version=2023-09-01");
        let body: Value = serde_json::from_str(&seen[0].body).unwrap();
        assert_eq!(body["properties"]["plan"], "Analytics");
        let schema = &body["properties"]["schema"];
        assert_eq!(
            (schema["name"].as_str(), schema["columns"].as_array().unwrap().len()),
            (Some(TABLE), 17)
        );
        assert_eq!(
            schema["columns"][0],
            json!({"name": "TimeGenerated", "type": "dateTime", "description": "When the row was made"})
        );
    }

    #[tokio::test]
    async fn none_is_not_no_workspace() {
        let no_workspace = json!({"error": {"code": "ResourceNotFound", "message":
            "The Resource 'Microsoft.OperationalInsights/workspaces/law-contoso' under resource group 'rg-monitor' was not found."}});
        for (answer, wanted) in [
            (error(404, "ResourceNotFound"), None),
            (Answer::json(404, &no_workspace), Some("workspace_not_found")),
            (error(404, "ResourceGroupNotFound"), Some("workspace_not_found")),
            (error(403, "AuthorizationFailed"), Some("not_allowed")),
            (Answer::text(404, "<html>"), Some("not_understood")),
            (Answer::json(200, &json!({})), Some("not_understood")),
        ] {
            let (server, azure) = signed_in().await;
            server.on("GET", &path(), [answer.clone()]);
            server.on("DELETE", &path(), [answer]);
            let found = azure.table(&workspace_id(), TABLE).await;
            let deleted = azure.delete_table(&workspace_id(), TABLE).await;
            match wanted {
                None => assert!(matches!((found, deleted), (Ok(None), Ok(false)))),
                Some(wanted) => {
                    assert_eq!(found.unwrap_err().problem().code(), wanted);
                    assert!(wanted == "not_understood" || deleted.unwrap_err().problem().code() == wanted);
                }
            }
        }
    }

    #[tokio::test]
    async fn a_locked_table_is_waited_for() {
        let (server, azure) = signed_in().await;
        server.on(
            "PUT",
            &path(),
            [
                error(409, "Conflict"),
                error(409, "OperationInProgress"),
                table_in("Succeeded"),
            ],
        );
        server.on("GET", &path(), [table_in("Succeeded")]);
        assert!(azure.put_table(&workspace_id(), TABLE, &COLUMNS).await.is_ok());
        assert_eq!(server.seen().iter().filter(|seen| seen.method == "PUT").count(), 3);
    }

    #[tokio::test]
    async fn other_conflicts_are_not_waited_for() {
        for (code, wanted) in [
            ("ScopeLocked", "resource_locked"),
            ("MissingSubscriptionRegistration", "provider_not_registered"),
        ] {
            let (server, azure) = signed_in().await;
            let failure = put(&server, &azure, error(409, code)).await.unwrap_err();
            assert_eq!((failure.problem().code(), server.seen().len()), (wanted, 1));
        }
    }

    #[tokio::test]
    async fn what_goes_away_says_whether_it_was_there() {
        let (server, azure) = signed_in().await;
        for (status, wanted) in [(200, true), (202, true), (204, false)] {
            server.on("DELETE", &path(), [Answer::text(status, "")]);
            assert_eq!(azure.delete_table(&workspace_id(), TABLE).await.unwrap(), wanted);
        }
    }

    #[tokio::test]
    async fn a_name_cannot_change_the_path() {
        let (server, azure) = signed_in().await;
        let failure = azure.table(&workspace_id(), "..").await.unwrap_err();
        assert!(matches!(failure.problem(), Problem::Invalid(_)) && server.seen().is_empty());
    }
}
