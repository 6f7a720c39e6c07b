//! Saved searches of a workspace: read, written, deleted. One with the tag `Group` = `Computer` is a computer group.

use bytes::Bytes;
use http::Method;

use crate::model::rights::Operation;
use crate::model::{Problem, Result, WorkspaceId};

use super::api_versions;
use super::client::{Azure, Call};
use super::error::{AzureError, is_absent, segment};
use super::http::Reply;
use super::saved_search::{Write, is_same, read, to_json};
use super::workspaces::{about_workspace, parent};
use crate::model::SavedSearch;

impl Azure {
    /// All saved searches of a workspace, Azure's own ones among them.
    ///
    /// # Errors
    /// [`Problem::WorkspaceNotFound`], [`Problem::NotAllowed`], or what keeps Azure from answering.
    pub async fn saved_searches(&self, workspace: &WorkspaceId) -> Result<Vec<SavedSearch>> {
        let path = format!("{workspace}/savedSearches");
        let operation = Operation::READ_GROUP.name();
        let mut call = self.arm(
            &path,
            api_versions::OPERATIONAL_INSIGHTS,
            "listing the saved searches",
            operation,
        );
        call.scope = workspace.to_string();
        let all = self.list(call, "a list of saved searches").await;
        Ok(all
            .map_err(|failure| about_workspace(failure, workspace))?
            .iter()
            .filter_map(read)
            .collect())
    }

    /// One saved search; `None` when the workspace has none with this ID.
    ///
    /// # Errors
    /// [`Problem::WorkspaceNotFound`], [`Problem::NotAllowed`], [`Problem::Invalid`] for an ID that cannot be one, or what
    /// keeps Azure from answering.
    pub async fn saved_search(&self, workspace: &WorkspaceId, id: &str) -> Result<Option<SavedSearch>> {
        let call = self.one(workspace, id, "reading a saved search", Operation::READ_GROUP)?;
        let reply = self.call(&call).await?;
        if is_absent(&reply, &parent(workspace)) {
            return Ok(None);
        }
        self.success(&reply, &call, workspace)?;
        let found = read(&reply.json("a saved search")?).ok_or_else(|| reply.not_understood("a saved search"))?;
        Ok(Some(found))
    }

    /// Writes a saved search and returns it as Azure has stored it. `search.etag` is not looked at: `write` says what is
    /// taken for granted.
    ///
    /// # Errors
    /// [`Problem::Conflict`] when what `write` takes for granted is not so; [`Problem::TextTooLong`] when the workspace does
    /// not accept a text of this length; otherwise what Azure refuses or what keeps it from answering.
    pub async fn put_saved_search(
        &self,
        workspace: &WorkspaceId,
        search: &SavedSearch,
        write: Write,
    ) -> Result<SavedSearch> {
        let mut call = self.one(workspace, &search.id, "writing a saved search", Operation::WRITE_GROUP)?;
        call.method = Method::PUT;
        call.body = Some(Bytes::from(to_json(search, &write).to_string()));
        let reply = self.call(&call).await?;
        if is_conflict(&reply) && reply.tries > 1 && write != Write::Overwrite {
            // The answer to an earlier try was lost: that try may be the very write that is in the way now.
            if let Some(found) = self
                .saved_search(workspace, &search.id)
                .await?
                .filter(|found| is_same(found, search))
            {
                return Ok(found);
            }
        }
        self.success(&reply, &call, workspace)
            .map_err(|failure| match failure.problem() {
                Problem::AzureRefused { .. } if is_conflict(&reply) => failure.instead(Problem::Conflict {
                    what: format!("saved search {}", search.id),
                }),
                Problem::AzureRefused { .. } | Problem::NotUnderstood { .. } if is_too_long(&reply) => {
                    failure.instead(Problem::TextTooLong {
                        characters: search.query.chars().count(),
                    })
                }
                _ => failure,
            })?;
        let stored = read(&reply.json("a saved search")?).ok_or_else(|| reply.not_understood("a saved search"))?;
        Ok(stored)
    }

    /// Deletes a saved search. `false` when there was none with this ID.
    ///
    /// # Errors
    /// [`Problem::WorkspaceNotFound`], [`Problem::NotAllowed`], [`Problem::Invalid`] for an ID that cannot be one, or what
    /// keeps Azure from answering.
    pub async fn delete_saved_search(&self, workspace: &WorkspaceId, id: &str) -> Result<bool> {
        let mut call = self.one(workspace, id, "deleting a saved search", Operation::DELETE_GROUP)?;
        call.method = Method::DELETE;
        let reply = self.call(&call).await?;
        if is_absent(&reply, &parent(workspace)) {
            return Ok(false);
        }
        self.success(&reply, &call, workspace)?;
        Ok(true)
    }

    fn success(&self, reply: &Reply, call: &Call, workspace: &WorkspaceId) -> Result<()> {
        if reply.status.is_success() {
            return Ok(());
        }
        Err(about_workspace(self.refused(reply, call), workspace))
    }

    fn one(&self, workspace: &WorkspaceId, id: &str, doing: &'static str, operation: Operation) -> Result<Call> {
        let name = segment("saved search ID", id, "asw-1f0e2d3c-PS100016")?;
        let path = format!("{workspace}/savedSearches/{name}");
        let mut call = self.arm(&path, api_versions::OPERATIONAL_INSIGHTS, doing, operation.name());
        call.scope = workspace.to_string();
        Ok(call)
    }
}

fn is_conflict(reply: &Reply) -> bool {
    matches!(reply.status.as_u16(), 409 | 412)
}

/// Whether a refusal is about the length of the text. Where the limit lies is not published, nor how the service words it.
fn is_too_long(reply: &Reply) -> bool {
    if reply.status == 413 {
        return true;
    }
    let Some(error) = AzureError::read(reply).filter(|_| reply.status == 400) else {
        return false;
    };
    let said = [(error.code, error.message)].into_iter().chain(error.inner);
    let said: Vec<String> = said
        .map(|(code, message)| format!("{code} {message}").to_lowercase())
        .collect();
    let says = |text: &String, any: &[&str]| any.iter().any(|word| text.contains(word));
    said.iter().any(|text| {
        let of_another_field = says(
            text,
            &[
                "tag ",
                "tags",
                "alias",
                "displayname",
                "display name",
                "category",
                "etag",
                "number of",
            ],
        );
        let of_the_kind = says(text, &["invalid character", "illegal character", "not allowed"]);
        let of_length = says(
            text,
            &[
                "too long",
                "toolong",
                "too large",
                "toolarge",
                "length",
                "maximum",
                "exceed",
                "characters",
                "size",
            ],
        );
        of_length && !of_another_field && !of_the_kind
    })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::azure::testing::{Answer, Server, error, signed_in, workspace_id};
    use crate::model::Failure;

    const ID: &str = "asw-1f0e2d3c-PS100016";

    fn path() -> String {
        format!("{}/savedSearches/{ID}", workspace_id())
    }

    fn group() -> SavedSearch {
        SavedSearch {
            id: ID.to_owned(),
            category: "Configuration Manager collections".to_owned(),
            display_name: "All Servers".to_owned(),
            query: "datatable(Computer:string)['ä'] | distinct Computer".to_owned(),
            alias: Some("ConfigMgr_PS1_PS100016".to_owned()),
            tags: vec![("Group".to_owned(), "Computer".to_owned())],
            etag: None,
        }
    }

    fn stored() -> Value {
        let mut json = to_json(&group(), &Write::IfMatch("W/\"1\"".to_owned()));
        json["id"] = json!(path());
        json
    }

    async fn put(answers: Vec<Answer>, write: Write) -> (Server, Result<SavedSearch>) {
        let (server, azure) = signed_in().await;
        server.on("PUT", &path(), answers);
        let outcome = azure.put_saved_search(&workspace_id(), &group(), write).await;
        (server, outcome)
    }

    fn code(outcome: &Result<SavedSearch>) -> &'static str {
        outcome
            .as_ref()
            .map_or_else(|failure| failure.problem().code(), |_| "ok")
    }

    #[tokio::test]
    async fn the_etag_says_what_is_taken_for_granted() {
        for (write, etag) in [
            (Write::New, Value::Null),
            (Write::Overwrite, json!("*")),
            (Write::IfMatch("W/\"7\"".to_owned()), json!("W/\"7\"")),
        ] {
            let (server, outcome) = put(vec![Answer::json(200, &stored())], write).await;
            let written = outcome.unwrap();
            assert_eq!(written.etag.as_deref(), Some("W/\"1\""));
            assert_eq!(SavedSearch { etag: None, ..written }, group());
            let seen = server.seen_at(&path());
            let body: Value = serde_json::from_str(&seen.first().unwrap().body).unwrap();
            assert_eq!(body["etag"], etag);
            assert_eq!(
                body["properties"],
                json!({"category": group().category, "displayName": "All Servers",
                "query": group().query, "functionAlias": "ConfigMgr_PS1_PS100016", "version": 2,
                "tags": [{"name": "Group", "value": "Computer"}]})
            );
        }
    }

    #[tokio::test]
    async fn refusals_of_a_write() {
        let says = |status, code: &str, message: &str| {
            Answer::json(status, &json!({"error": {"code": code, "message": message}}))
        };
        for (answer, wanted) in [
            (error(409, "Conflict"), "conflict"),
            (error(412, "PreconditionFailed"), "conflict"),
            (error(409, "ScopeLocked"), "resource_locked"),
            (error(409, "MissingSubscriptionRegistration"), "provider_not_registered"),
            (error(404, "ResourceNotFound"), "workspace_not_found"),
            (error(403, "AuthorizationFailed"), "not_allowed"),
            (says(400, "BadRequest", "The query is too long."), "text_too_long"),
            (says(400, "QueryTooLong", ""), "text_too_long"),
            (
                says(
                    400,
                    "InvalidParameter",
                    "Query exceeds the maximum of 65536 characters.",
                ),
                "text_too_long",
            ),
            (says(413, "RequestEntityTooLarge", ""), "text_too_long"),
            (Answer::text(413, "<html>too large</html>"), "text_too_long"),
            (
                says(400, "InvalidParameter", "functionAlias has invalid characters"),
                "azure_refused",
            ),
            (
                says(400, "InvalidParameter", "A value of tags exceeds the maximum length"),
                "azure_refused",
            ),
            (
                says(400, "InvalidParameter", "The query has invalid characters"),
                "azure_refused",
            ),
            (says(400, "BadRequest", "No."), "azure_refused"),
            (Answer::text(200, ""), "not_understood"),
        ] {
            let (_, outcome) = put(vec![answer], Write::New).await;
            assert_eq!(code(&outcome), wanted);
        }
        let (_, outcome) = put(vec![Answer::text(413, "")], Write::New).await;
        let characters = group().query.chars().count();
        assert_eq!(*outcome.unwrap_err().problem(), Problem::TextTooLong { characters });
    }

    #[tokio::test]
    async fn a_conflict_with_our_own_lost_write_is_none() {
        let mut foreign = stored();
        foreign["properties"]["query"] = json!("Heartbeat");
        for (found, wanted) in [(stored(), "ok"), (foreign, "conflict")] {
            let (server, azure) = signed_in().await;
            server.on("PUT", &path(), [Answer::cut(200, "{\"id\""), error(409, "Conflict")]);
            server.on("GET", &path(), [Answer::json(200, &found)]);
            assert_eq!(
                code(&azure.put_saved_search(&workspace_id(), &group(), Write::New).await),
                wanted
            );
        }
        let (server, outcome) = put(vec![error(409, "Conflict")], Write::New).await;
        assert_eq!((code(&outcome), server.seen_at(&path()).len()), ("conflict", 1));
    }

    #[tokio::test]
    async fn absent_is_not_the_same_as_no_workspace() {
        let gone = "The Resource 'Microsoft.OperationalInsights/workspaces/LAW-contoso' under resource group 'rg' was not found.";
        for (answer, wanted) in [
            (error(404, "ResourceNotFound"), Ok(false)),
            (Answer::text(404, ""), Ok(false)),
            (Answer::text(200, ""), Ok(true)),
            (error(404, "ResourceGroupNotFound"), Err("workspace_not_found")),
            (
                Answer::json(404, &json!({"error": {"code": "ResourceNotFound", "message": gone}})),
                Err("workspace_not_found"),
            ),
            (Answer::text(404, "<html>"), Err("not_understood")),
        ] {
            let (server, azure) = signed_in().await;
            server.on("DELETE", &path(), [answer]);
            let outcome = azure.delete_saved_search(&workspace_id(), ID).await;
            assert_eq!(outcome.map_err(|failure| failure.problem().code()), wanted);
        }
        let (server, azure) = signed_in().await;
        server.on("GET", &path(), [error(404, "NotFound"), Answer::json(200, &stored())]);
        assert_eq!(azure.saved_search(&workspace_id(), ID).await.unwrap(), None);
        assert_eq!(azure.saved_search(&workspace_id(), ID).await.unwrap().unwrap().id, ID);
    }

    #[tokio::test]
    async fn an_id_cannot_lead_to_another_resource() {
        let (server, azure) = signed_in().await;
        for id in ["", ".", ".."] {
            let failure: Failure = azure.delete_saved_search(&workspace_id(), id).await.unwrap_err();
            assert_eq!(failure.problem().code(), "invalid");
        }
        assert!(server.seen().is_empty());
        let encoded = format!("{}/savedSearches/..%2Fx", workspace_id());
        server.on("DELETE", &encoded, [Answer::text(200, "")]);
        assert!(azure.delete_saved_search(&workspace_id(), "../x").await.unwrap());
    }

    #[tokio::test]
    async fn a_list_is_read_tolerantly() {
        let (server, azure) = signed_in().await;
        let base = format!("{}/savedSearches", workspace_id());
        let body = json!({"value": [
            {"id": format!("subscriptions/x/SAVEDSEARCHES/{ID}"), "etag": "e", "properties": {"category": "c", "tags": null, "version": "2"}},
            {"name": "by name", "properties": {"tags": {"Group": "Computer", "n": 1}, "functionAlias": ""}},
            {"id": "/savedSearches/x|y", "properties": {"tags": [{"name": "a"}, {"value": "b"}, 3], "query": null}},
            {"properties": {}}, {"id": "/savedSearches/"}, null]});
        server.on("GET", &base, [Answer::json(200, &body)]);
        let all = azure.saved_searches(&workspace_id()).await.unwrap();
        let ids: Vec<&str> = all.iter().map(|search| search.id.as_str()).collect();
        assert_eq!(ids, [ID, "by name", "x|y"]);
        let tags: Vec<_> = all.iter().map(|search| search.tags.clone()).collect();
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            tags,
            [
                vec![],
                vec![pair("Group", "Computer"), pair("n", "1")],
                vec![pair("a", "")]
            ]
        );
        assert!(all.iter().all(|search| search.alias.is_none()));

        server.on("GET", &base, [error(404, "ResourceNotFound")]);
        let failure = azure.saved_searches(&workspace_id()).await.unwrap_err();
        assert_eq!(failure.problem().code(), "workspace_not_found");
    }
}
