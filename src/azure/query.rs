//! Log queries.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};

use crate::model::rights::Operation;
use crate::model::{CustomerId, Problem, Result};

use super::client::{Azure, Call};
use super::error::{AzureError, words};
use super::http::Reply;
use super::tokens::Service;

const EXPECTED: &str = "a table of rows";

/// The rows of a query.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Table {
    /// Names and types (`string`, `long`, `datetime`, …), in order.
    pub columns: Vec<(String, String)>,
    /// One value per column; `dynamic` ones come as JSON text.
    pub rows: Vec<Vec<Value>>,
    /// Why the rows may not be all, where the service says so.
    pub partial: Option<String>,
}

impl Azure {
    /// Runs a query in a workspace. `timespan` is an ISO 8601 duration (`P1D`) or `start/end` and cuts every table the query
    /// reads, also inside functions; without it the query's own filters decide.
    ///
    /// # Errors
    /// [`Problem::QueryRefused`] with the reason when the text cannot be run, [`Problem::NotAllowed`], or what keeps the service
    /// from answering.
    pub async fn query(&self, workspace: CustomerId, kql: &str, timespan: Option<&str>) -> Result<Table> {
        let mut body = json!({"query": kql});
        if let Some(timespan) = timespan {
            body["timespan"] = json!(timespan);
        }
        let call = Call {
            service: Service::Query,
            method: Method::POST,
            url: self
                .environment()
                .query
                .join(&format!("/v1/workspaces/{workspace}/query")),
            body: Some(Bytes::from(body.to_string())),
            doing: "running a log query",
            operation: Operation::QUERY.name(),
            scope: format!("workspace {workspace}"),
        };
        let reply = self.call(&call).await?;
        if reply.status.is_success() {
            return read(&reply);
        }
        let failure = self.refused(&reply, &call);
        match (AzureError::read(&reply), failure.problem()) {
            (Some(error), Problem::AzureRefused { status: 400, .. }) => Err(failure.instead(query_refused(&error))),
            _ => Err(failure),
        }
    }
}

fn query_refused(error: &AzureError) -> Problem {
    Problem::QueryRefused {
        message: error.best_message().to_owned(),
    }
}

fn read(reply: &Reply) -> Result<Table> {
    // A workspace without data answers 204, and some fronts an empty 200.
    if reply.body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Table::default());
    }
    let json = reply.json(EXPECTED)?;
    let error = json.get("error").and_then(AzureError::from_json);
    let tables = json.get("tables").and_then(Value::as_array);
    let Some(tables) = tables else {
        return Err(match error {
            Some(error) => reply.with_facts(query_refused(&error)).with("Error code", error.code),
            None => reply.not_understood(EXPECTED),
        });
    };
    let is_primary = |table: &&Value| table.get("name").and_then(Value::as_str) == Some("PrimaryResult");
    let Some(table) = tables.iter().find(is_primary).or_else(|| tables.first()) else {
        return Ok(Table::default());
    };
    Ok(Table {
        columns: columns(table).ok_or_else(|| reply.not_understood(EXPECTED))?,
        rows: rows(table).ok_or_else(|| reply.not_understood(EXPECTED))?,
        partial: error.map(|error| words(error.best_message())),
    })
}

fn columns(table: &Value) -> Option<Vec<(String, String)>> {
    let text = |column: &Value, name: &str| column.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let columns = table.get("columns")?.as_array()?;
    Some(
        columns
            .iter()
            .map(|column| (text(column, "name"), text(column, "type")))
            .collect(),
    )
}

fn rows(table: &Value) -> Option<Vec<Vec<Value>>> {
    table
        .get("rows")?
        .as_array()?
        .iter()
        .map(|row| row.as_array().cloned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::azure::testing::{Answer, Seen, TENANT, error, signed_in};

    async fn ask(answer: Answer, timespan: Option<&str>) -> (Seen, Result<Table>) {
        let (server, azure) = signed_in().await;
        let path = format!("/v1/workspaces/{TENANT}/query");
        server.on("POST", &path, [answer]);
        let outcome = azure.query(TENANT.parse().unwrap(), "T | take 1", timespan).await;
        (server.seen_at(&path).into_iter().next().unwrap(), outcome)
    }

    fn table(rows: &Value) -> Value {
        json!({"tables": [{"name": "Other", "columns": [], "rows": []}, {"name": "PrimaryResult",
            "columns": [{"name": "Computer", "type": "string"}, {"name": "n", "type": "long"}], "rows": rows}]})
    }

    #[tokio::test]
    async fn reads_rows_with_their_types() {
        let answer = table(&json!([["PC1", 1], [null, 2.5]]));
        let (seen, outcome) = ask(Answer::json(200, &answer), Some("PT1H")).await;
        let found = outcome.unwrap();
        assert_eq!(
            found.rows,
            [vec![json!("PC1"), json!(1)], vec![Value::Null, json!(2.5)]]
        );
        assert_eq!(
            found.columns.first().unwrap(),
            &("Computer".to_owned(), "string".to_owned())
        );
        assert_eq!(found.partial, None);
        let body: Value = serde_json::from_str(&seen.body).unwrap();
        assert_eq!(body, json!({"query": "T | take 1", "timespan": "PT1H"}));
        assert_eq!(seen.header("prefer"), "wait=50");
        assert_eq!(seen.header("authorization"), "Bearer token-for-query");
    }

    #[tokio::test]
    async fn nothing_is_no_rows() {
        for answer in [
            Answer::text(204, ""),
            Answer::text(200, ""),
            Answer::json(200, &json!({"tables": []})),
        ] {
            let (seen, outcome) = ask(answer, None).await;
            assert_eq!(outcome.unwrap(), Table::default());
            assert!(!seen.body.contains("timespan"));
        }
    }

    #[tokio::test]
    async fn a_part_is_marked_as_one() {
        let mut answer = table(&json!([["PC1", 1]]));
        answer["error"] = json!({"code": "PartialError", "message": "There were some errors", "details": [
            {"code": "EngineError", "message": "", "innererror": {"code": "1", "message": "Result set too large"}}]});
        let found = ask(Answer::json(200, &answer), None).await.1.unwrap();
        assert_eq!(
            (found.rows.len(), found.partial.as_deref()),
            (1, Some("Result set too large"))
        );
    }

    #[tokio::test]
    async fn refusals() {
        let syntax = json!({"error": {"code": "BadArgumentError", "message": "The request had some invalid properties",
            "innererror": {"code": "SemanticError", "message": "A semantic error occurred.",
                "innererror": {"code": "SEM0100", "message": "Failed to resolve table 'T'"}}}});
        let failure = ask(Answer::json(400, &syntax), None).await.1.unwrap_err();
        let message = "Failed to resolve table 'T'".to_owned();
        assert_eq!(*failure.problem(), Problem::QueryRefused { message });
        assert!(
            failure
                .details()
                .iter()
                .any(|(_, value)| value.contains("SemanticError"))
        );
        for (answer, wanted) in [
            (error(403, "InsufficientAccessError"), "not_allowed"),
            (error(403, "UnauthorizedClient"), "api_permission_missing"),
            (error(404, "PathNotFoundError"), "resource_not_found"),
            (error(401, "AuthenticationFailed"), "token_rejected"),
            (
                Answer::json(200, &json!({"error": {"code": "X", "message": "m"}})),
                "query_refused",
            ),
            (
                Answer::json(200, &json!({"tables": [{"name": "PrimaryResult"}]})),
                "not_understood",
            ),
            (
                Answer::json(200, &json!({"tables": [{"columns": [], "rows": [7]}]})),
                "not_understood",
            ),
            (Answer::text(200, "<html>"), "not_understood"),
        ] {
            let outcome = ask(answer, None).await.1;
            assert_eq!(outcome.unwrap_err().problem().code(), wanted);
        }
    }
}
