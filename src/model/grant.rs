//! What an administrator is asked to give the app, as text to run: commands of the Azure command line, or an ARM template.

use serde_json::{Value, json};

use super::roles::{self, Role};
use super::{ApplicationName, ClientId, ObjectId, ResourceGroupId, WorkspaceId};

/// Roles for one app, on one workspace, and for history on one resource group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantRequest {
    /// What people call the app; may be empty.
    pub application_name: ApplicationName,
    /// The app.
    pub client_id: ClientId,
    /// Its service principal, where that is known.
    pub object_id: Option<ObjectId>,
    /// The workspace that the groups go to.
    pub workspace: WorkspaceId,
    /// The resource group of the data collection rule.
    pub rule_group: ResourceGroupId,
    /// Whether history is kept.
    pub history: bool,
}

impl GrantRequest {
    /// Each role, and the resource ID of what it is given on.
    fn roles(&self) -> Vec<(Role, String)> {
        let mut roles = vec![(roles::CONTRIBUTOR, self.workspace.to_string())];
        if self.history {
            let on_group = [roles::MONITORING_CONTRIBUTOR, roles::MONITORING_METRICS_PUBLISHER];
            roles.extend(on_group.map(|role| (role, self.rule_group.to_string())));
        }
        roles
    }
}

/// Commands of the Azure command line, one a line.
pub fn az(request: &GrantRequest) -> String {
    let assignee = request.object_id.map_or_else(
        || format!("--assignee {}", request.client_id),
        |id| format!("--assignee-object-id {id} --assignee-principal-type ServicePrincipal"),
    );
    let command = |(role, scope): (Role, String)| {
        format!(
            "az role assignment create {assignee} --role \"{}\" --scope \"{scope}\"\n",
            role.name
        )
    };
    request.roles().into_iter().map(command).collect()
}

/// A template for a deployment to the workspace's subscription.
pub fn template(request: &GrantRequest) -> String {
    let workspace = &request.workspace;
    let on_workspace = format!("Microsoft.OperationalInsights/workspaces/{}", workspace.name());
    let mut resources = vec![deployment(
        "asw-workspace",
        &workspace.group(),
        &[assignment(roles::CONTRIBUTOR, Some(&on_workspace))],
    )];
    if request.history {
        let on_group = [roles::MONITORING_CONTRIBUTOR, roles::MONITORING_METRICS_PUBLISHER];
        let assignments = on_group.map(|role| assignment(role, None));
        resources.push(deployment("asw-rule", &request.rule_group, &assignments));
    }
    let mut principal = json!({
        "type": "string",
        "metadata": {"description": "Object ID of the app's enterprise application (service principal)"}
    });
    if let (Some(id), Some(fields)) = (request.object_id, principal.as_object_mut()) {
        fields.insert("defaultValue".to_owned(), json!(id.to_string()));
    }
    let template = json!({
        "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"principalId": principal},
        "resources": resources,
    });
    format!("{template:#}\n")
}

/// Assignments inside of one resource group, as a deployment of its own.
fn deployment(name: &str, group: &ResourceGroupId, assignments: &[Value]) -> Value {
    json!({
        "type": "Microsoft.Resources/deployments",
        "apiVersion": "2021-04-01",
        "name": name,
        "subscriptionId": group.subscription().to_string(),
        "resourceGroup": group.name(),
        "properties": {
            "mode": "Incremental",
            "expressionEvaluationOptions": {"scope": "inner"},
            "parameters": {"principalId": {"value": "[parameters('principalId')]"}},
            "template": {
                "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
                "contentVersion": "1.0.0.0",
                "parameters": {"principalId": {"type": "string"}},
                "resources": assignments,
            }
        }
    })
}

/// A role for the app: on the resource group, or on one thing in it.
fn assignment(role: Role, scope: Option<&str>) -> Value {
    let on = scope.map_or_else(
        || "resourceGroup().id".to_owned(),
        |scope| format!("resourceId('{}', '{}')", kind(scope), name(scope)),
    );
    let mut assignment = json!({
        "type": "Microsoft.Authorization/roleAssignments",
        "apiVersion": "2022-04-01",
        "name": format!("[guid({on}, parameters('principalId'), '{}')]", role.id),
        "properties": {
            "principalId": "[parameters('principalId')]",
            "principalType": "ServicePrincipal",
            "roleDefinitionId":
                format!("[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '{}')]", role.id),
        }
    });
    if let (Some(scope), Some(fields)) = (scope, assignment.as_object_mut()) {
        fields.insert("scope".to_owned(), json!(scope));
    }
    assignment
}

/// `namespace/kind` of `namespace/kind/name`.
fn kind(scope: &str) -> &str {
    scope.rsplit_once('/').map_or(scope, |(kind, _)| kind)
}

fn name(scope: &str) -> &str {
    scope.rsplit_once('/').map_or(scope, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(history: bool) -> GrantRequest {
        let group = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg-a";
        GrantRequest {
            application_name: ApplicationName::new("asw"),
            client_id: "2b3c4d5e-0000-4000-8000-000000000002".parse().unwrap(),
            object_id: None,
            workspace: format!("{group}/providers/Microsoft.OperationalInsights/workspaces/law")
                .parse()
                .unwrap(),
            rule_group: format!("{group}-rules").parse().unwrap(),
            history,
        }
    }

    #[test]
    fn groups_need_one_role_and_history_two_more() {
        assert_eq!(az(&request(false)).lines().count(), 1);
        let all = az(&request(true));
        assert!(all.contains("--role \"Contributor\" --scope \"/subscriptions/") && all.contains("workspaces/law\""));
        assert!(all.contains("--role \"Monitoring Metrics Publisher\" --scope") && all.contains("rg-a-rules\""));
        let template: Value = serde_json::from_str(&template(&request(true))).unwrap();
        assert_eq!(template["resources"].as_array().unwrap().len(), 2);
        assert_eq!(template["resources"][1]["resourceGroup"], "rg-a-rules");
    }
}
