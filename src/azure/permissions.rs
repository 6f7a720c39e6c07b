//! What the app's roles allow at a scope.

use serde_json::Value;

use crate::model::Result;
use crate::model::rights::Permission;

use super::api_versions;
use super::client::Azure;

impl Azure {
    /// One element per role that reaches the scope: the resource ID of a resource, a resource group or a subscription.
    ///
    /// # Errors
    /// What Azure refuses, or what keeps it from answering.
    pub async fn permissions(&self, scope: &str) -> Result<Vec<Permission>> {
        let scope = scope.trim().trim_matches('/');
        let mut call = self.arm(
            &format!("/{scope}/providers/Microsoft.Authorization/permissions"),
            api_versions::AUTHORIZATION,
            "asking for the app's permissions",
            "Microsoft.Authorization/permissions/read",
        );
        call.scope = format!("/{scope}");
        let all = self.list(call, "a list of permissions").await?;
        Ok(all.iter().map(read).collect())
    }
}

fn read(json: &Value) -> Permission {
    let list = |name: &str| {
        let texts = json.get(name).and_then(Value::as_array).into_iter().flatten();
        texts.filter_map(|text| text.as_str().map(str::to_owned)).collect()
    };
    Permission {
        actions: list("actions"),
        not_actions: list("notActions"),
        data_actions: list("dataActions"),
        not_data_actions: list("notDataActions"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::azure::testing::{Answer, signed_in, workspace_id};
    use crate::model::rights::{Operation, allows};

    #[tokio::test]
    async fn reads_roles_with_gaps() {
        let (server, azure) = signed_in().await;
        let scope = workspace_id().to_string();
        let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
        let body = json!({"value": [
            {"actions": ["*"], "notActions": ["*/delete"], "dataActions": null},
            {"actions": ["*/read"]},
        ]});
        server.on("GET", &path, [Answer::json(200, &body)]);
        let roles = azure.permissions(&scope).await.unwrap();
        assert!(roles.len() == 2 && allows(&roles, Operation::WRITE_GROUP));
        assert!(!allows(&roles, Operation::DELETE_GROUP));
    }
}
