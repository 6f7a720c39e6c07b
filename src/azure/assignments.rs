//! Role assignments: who holds which role where.

use bytes::Bytes;
use http::Method;
use serde_json::json;
use uuid::Uuid;

use super::api_versions;
use super::client::{Azure, Call};
use super::error::AzureError;
use super::http::Reply;
use crate::model::roles::Role;
use crate::model::{ObjectId, Problem, Result};

/// What became of an assignment that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assigned {
    /// It was made.
    Now,
    /// It stood already, under this or another name.
    Before,
}

impl Azure {
    /// Gives a service principal a role; `id` is the name of the assignment. A principal that has not replicated yet is tried
    /// again for a while.
    ///
    /// # Errors
    /// `NotAllowed`, `PrincipalNotFound`, `AssignmentDiffers`, what Azure refuses.
    pub async fn assign_role(&self, scope: &str, id: Uuid, role: Role, principal: ObjectId) -> Result<Assigned> {
        let operation = "Microsoft.Authorization/roleAssignments/write";
        let mut call = self.assignment(scope, id, "giving a role", operation);
        call.method = Method::PUT;
        // With the type of the principal Azure does not look it up where it may not be known yet.
        let body = json!({"properties": {"roleDefinitionId": definition(scope, role),
            "principalId": principal.to_string(), "principalType": "ServicePrincipal"}});
        call.body = Some(Bytes::from(body.to_string()));
        let what = format!("the role {}", role.name);
        let waiting = self.waiting(&what).at_most(self.patience().replication);
        loop {
            let reply = self.call(&call).await?;
            match (reply.status.as_u16(), code(&reply).as_str()) {
                (201, _) => return Ok(Assigned::Now),
                // The answer to an earlier try was lost: most likely that one made it.
                (200, _) if reply.tries > 1 => return Ok(Assigned::Now),
                (200, _) | (409, "RoleAssignmentExists") => return Ok(Assigned::Before),
                (400, "PrincipalNotFound") => waiting.once(reply.retry_after()).await.map_err(|_| {
                    let problem = Problem::PrincipalNotFound { principal };
                    self.refused(&reply, &call).instead(problem)
                })?,
                (400, "RoleAssignmentUpdateNotPermitted") => {
                    let (id, scope) = (id.to_string(), scope.to_owned());
                    let problem = Problem::AssignmentDiffers { id, scope };
                    return Err(self.refused(&reply, &call).instead(problem));
                }
                _ => return Err(self.refused(&reply, &call)),
            }
        }
    }

    /// Takes an assignment away. `false` when there was none of this name.
    ///
    /// # Errors
    /// `NotAllowed`, what Azure refuses.
    pub async fn delete_assignment(&self, scope: &str, id: Uuid) -> Result<bool> {
        let operation = "Microsoft.Authorization/roleAssignments/delete";
        let mut call = self.assignment(scope, id, "taking a role away", operation);
        call.method = Method::DELETE;
        let reply = self.call(&call).await?;
        self.was_there(&reply, &call, scope.trim_matches('/'))
    }

    fn assignment(&self, scope: &str, id: Uuid, doing: &'static str, operation: &'static str) -> Call {
        let scope = format!("/{}", scope.trim().trim_matches('/'));
        let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{id}");
        let mut call = self.arm(&path, api_versions::AUTHORIZATION, doing, operation);
        call.scope = scope;
        call
    }
}

fn code(reply: &Reply) -> String {
    AzureError::read(reply).map(|error| error.code).unwrap_or_default()
}

/// The definition of a built-in role, as the subscription of the scope names it.
fn definition(scope: &str, role: Role) -> String {
    let mut parts = scope.trim().trim_matches('/').split('/');
    let subscription = match (parts.next(), parts.next()) {
        (Some(word), Some(id)) if word.eq_ignore_ascii_case("subscriptions") => format!("/subscriptions/{id}"),
        _ => String::new(),
    };
    format!(
        "{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}",
        role.id
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use serde_json::Value;

    use super::*;
    use crate::azure::patience::Patience;
    use crate::azure::testing::{Answer, SUBSCRIPTION, Server, TENANT, error, signed_in, signed_in_with};
    use crate::model::roles::MONITORING_METRICS_PUBLISHER;

    const ID: Uuid = Uuid::from_u128(7);

    fn scope() -> String {
        format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.Insights/dataCollectionRules/dcr-x"
        )
    }

    fn path() -> String {
        format!("{}/providers/Microsoft.Authorization/roleAssignments/{ID}", scope())
    }

    async fn assign(server: &Server, azure: &Azure, answers: Vec<Answer>) -> Result<Assigned> {
        server.on("PUT", &path(), answers);
        let principal = TENANT.parse().unwrap();
        azure
            .assign_role(&scope(), ID, MONITORING_METRICS_PUBLISHER, principal)
            .await
    }

    #[tokio::test]
    async fn sends_the_documented_body() {
        let (server, azure) = signed_in().await;
        let made = assign(&server, &azure, vec![Answer::json(201, &json!({}))]).await;
        assert_eq!(made.unwrap(), Assigned::Now);
        let seen = &server.seen()[0];
        assert_eq!(seen.query, "api-version=2022-04-01");
        let role = "3913510d-42f4-4e42-8a64-420c390055eb";
        let definition =
            format!("/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}");
        let wanted = json!({"properties": {"roleDefinitionId": definition, "principalId": TENANT,
            "principalType": "ServicePrincipal"}});
        assert_eq!(serde_json::from_str::<Value>(&seen.body).unwrap(), wanted);
    }

    #[tokio::test]
    async fn what_stands_already_is_a_success() {
        for (answers, wanted) in [
            (vec![Answer::json(200, &json!({}))], Assigned::Before),
            (vec![error(409, "RoleAssignmentExists")], Assigned::Before),
            (vec![Answer::raw(""), Answer::json(200, &json!({}))], Assigned::Now),
        ] {
            let (server, azure) = signed_in().await;
            assert_eq!(assign(&server, &azure, answers).await.unwrap(), wanted);
        }
    }

    #[tokio::test]
    async fn a_principal_that_is_not_known_yet_is_tried_again() {
        let unknown = || error(400, "PrincipalNotFound");
        let (server, azure) = signed_in().await;
        let answers = vec![unknown(), unknown(), Answer::json(201, &json!({}))];
        assert_eq!(assign(&server, &azure, answers).await.unwrap(), Assigned::Now);
        let patience = Patience {
            replication: Duration::ZERO,
            ..Patience::hasty()
        };
        let (server, azure) = signed_in_with(patience).await;
        let failure = assign(&server, &azure, vec![unknown()]).await.unwrap_err();
        assert_eq!(
            (failure.problem().code(), server.seen().len()),
            ("principal_not_found", 1)
        );
    }

    #[tokio::test]
    async fn refusals() {
        for (answer, wanted) in [
            (error(400, "RoleAssignmentUpdateNotPermitted"), "assignment_differs"),
            (error(403, "AuthorizationFailed"), "not_allowed"),
            (error(409, "Conflict"), "azure_refused"),
            (error(400, "BadRequest"), "azure_refused"),
        ] {
            let (server, azure) = signed_in().await;
            let failure = assign(&server, &azure, vec![answer]).await.unwrap_err();
            assert_eq!(failure.problem().code(), wanted);
        }
    }

    #[tokio::test]
    async fn taking_away_says_whether_it_was_there() {
        for (answer, wanted) in [
            (Answer::json(200, &json!({})), Some(true)),
            (Answer::text(204, ""), Some(false)),
            (error(404, "RoleAssignmentNotFound"), Some(false)),
            (error(403, "AuthorizationFailed"), None),
        ] {
            let (server, azure) = signed_in().await;
            server.on("DELETE", &path(), [answer]);
            assert_eq!(azure.delete_assignment(&scope(), ID).await.ok(), wanted);
        }
    }
}
