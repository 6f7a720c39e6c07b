//! The script for the person who can grant: the roles that an app lacks, as commands of the Azure command line (`az`) and as a
//! template of Resource Manager. Pure.
//!
//! Both name each assignment after scope, principal and role, so that running one twice, or one after the other, changes nothing.
//! They hold no secret, and their lines are read alike by bash and PowerShell: everything from outside stands in double quotes
//! and is made of letters, digits and `-_.()/` only.

use serde_json::{Value, json};

use super::history::assignment_id;
use super::needs::Need;
use super::plan::RightPlace;
use super::roles::Role;
use super::{ClientId, Environment, ObjectId, ResourceGroupId, SubscriptionId, TenantId, WorkspaceId};

/// What must be given to whom.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// The tenant, to sign in to.
    pub tenant_id: TenantId,
    /// The app.
    pub client_id: ClientId,
    /// Its service principal, where that is known. Where it is not, whoever runs the script must be allowed to look it up.
    pub principal: Option<ObjectId>,
    /// The workspace.
    pub workspace: WorkspaceId,
    /// The resource group of the data collection rule.
    pub rule_group: ResourceGroupId,
    /// The roles and where, each once.
    pub roles: Vec<(RightPlace, Role)>,
}

/// The roles that give what is needed, each once, in order.
pub fn roles<'a>(needs: impl IntoIterator<Item = &'a Need>) -> Vec<(RightPlace, Role)> {
    let mut roles = Vec::new();
    for need in needs {
        if !roles.contains(&(need.place, need.role)) {
            roles.push((need.place, need.role));
        }
    }
    roles
}

/// The API version of role assignments.
const ASSIGNMENTS: &str = "2022-04-01";
/// The API version of deployments.
const DEPLOYMENTS: &str = "2021-04-01";
/// The parameter of a template whose principal is not known. A nested deployment sees it too: expressions in it are evaluated
/// outside of it, unless it says otherwise.
const PRINCIPAL: &str = "principalId";
const SCHEMA: &str = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";

impl Grant {
    /// Commands of `az`, a line each. Lines that start with `#` are for people; both shells pass over them.
    pub fn az(&self, environment: &Environment) -> String {
        let mut lines = vec![
            format!(
                "# Lets the app {} publish to the workspace {}.",
                self.client_id,
                self.workspace.name()
            ),
            "# For an Owner, User Access Administrator or Role Based Access Control Administrator of the scopes below."
                .to_owned(),
        ];
        if let Some(cloud) = cloud(environment) {
            lines.push(format!("az cloud set --name {cloud}"));
        }
        lines.push(format!(
            "# First, unless you are signed in: az login --tenant {}",
            self.tenant_id
        ));
        lines.extend(self.roles.iter().map(|(place, role)| {
            let scope = self.scope(*place);
            let assignee = match self.principal {
                Some(principal) => format!(
                    "--name {} --assignee-object-id {principal} --assignee-principal-type ServicePrincipal",
                    assignment_id(&scope, principal, *role)
                ),
                None => format!("--assignee {}", self.client_id),
            };
            format!(
                "az role assignment create {assignee} --role \"{}\" --scope \"{scope}\" --subscription {}",
                role.name,
                self.subscription(*place),
            )
        }));
        lines.push(String::new());
        lines.join("\n")
    }

    /// The command that runs the template, saved under this name.
    pub fn az_deployment(&self, file: &str) -> String {
        format!(
            "az deployment group create --name asw-roles --subscription {} --resource-group \"{}\" --template-file \"{file}\"",
            self.rule_group.subscription(),
            self.rule_group.name(),
        )
    }

    /// A template for the resource group of the rule; what belongs elsewhere is a deployment nested in it.
    pub fn template(&self) -> Value {
        let on_workspace: Vec<Value> = self.assignments(RightPlace::Workspace).collect();
        let mut resources: Vec<Value> = self.assignments(RightPlace::RuleGroup).collect();
        if self.workspace.group() == self.rule_group {
            resources.extend(on_workspace);
        } else if !on_workspace.is_empty() {
            resources.push(self.nested(on_workspace));
        }
        let mut template = template(resources);
        if self.principal.is_none() {
            let description = "Object ID of the app's enterprise application (service principal)";
            template["parameters"] =
                json!({ PRINCIPAL: { "type": "string", "metadata": { "description": description } } });
        }
        template
    }

    /// A deployment into the workspace's own resource group, which may be in another subscription.
    fn nested(&self, resources: Vec<Value>) -> Value {
        json!({
            "type": "Microsoft.Resources/deployments",
            "apiVersion": DEPLOYMENTS,
            "name": "asw-roles-on-workspace",
            "subscriptionId": self.workspace.subscription(),
            "resourceGroup": self.workspace.group().name(),
            "properties": { "mode": "Incremental", "template": template(resources) },
        })
    }

    fn assignments(&self, place: RightPlace) -> impl Iterator<Item = Value> {
        let here = self.roles.iter().filter(move |(each, _)| *each == place);
        here.map(move |(_, role)| {
            let scope = self.scope(place);
            let (name, principal) = match self.principal {
                Some(principal) => (
                    assignment_id(&scope, principal, *role).to_string(),
                    principal.to_string(),
                ),
                None => (
                    format!("[guid('{scope}', parameters('{PRINCIPAL}'), '{}')]", role.id),
                    format!("[parameters('{PRINCIPAL}')]"),
                ),
            };
            let mut assignment = json!({
                "type": "Microsoft.Authorization/roleAssignments",
                "apiVersion": ASSIGNMENTS,
                "name": name,
                "properties": {
                    "roleDefinitionId": format!(
                        "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{}",
                        self.subscription(place),
                        role.id
                    ),
                    "principalId": principal,
                    "principalType": "ServicePrincipal",
                },
            });
            // Without a scope it belongs to the resource group that is deployed to.
            if place == RightPlace::Workspace {
                assignment["scope"] = json!(format!(
                    "Microsoft.OperationalInsights/workspaces/{}",
                    self.workspace.name()
                ));
            }
            assignment
        })
    }

    fn scope(&self, place: RightPlace) -> String {
        match place {
            RightPlace::Workspace => self.workspace.to_string(),
            RightPlace::RuleGroup => self.rule_group.to_string(),
        }
    }

    const fn subscription(&self, place: RightPlace) -> SubscriptionId {
        match place {
            RightPlace::Workspace => self.workspace.subscription(),
            RightPlace::RuleGroup => self.rule_group.subscription(),
        }
    }
}

fn template(resources: Vec<Value>) -> Value {
    json!({ "$schema": SCHEMA, "contentVersion": "1.0.0.0", "resources": resources })
}

/// How `az` spells a national cloud; `None` for the public one, which is its default, and for one that it does not know.
fn cloud(environment: &Environment) -> Option<&'static str> {
    match environment.name.as_str() {
        "AzureUSGovernmentCloud" => Some("AzureUSGovernment"),
        "AzureChinaCloud" => Some("AzureChinaCloud"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::needs;

    const SUBSCRIPTION: &str = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    fn grant(rule_group: &str) -> Grant {
        let workspace = "resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/law-contoso";
        Grant {
            tenant_id: "11111111-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap(),
            client_id: "22222222-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap(),
            principal: Some("33333333-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap()),
            workspace: format!("{SUBSCRIPTION}/{workspace}").parse().unwrap(),
            rule_group: rule_group.parse().unwrap(),
            roles: roles(needs::of_groups().chain(needs::of_history(false))),
        }
    }

    fn public() -> Environment {
        Environment::built_in("AzurePublicCloud").unwrap()
    }

    /// A line as both shells split it: blanks part words, double quotes hold one together, and nothing in it means anything to
    /// either.
    fn words(line: &str) -> Vec<String> {
        assert!(
            !line.contains(['$', '`', '\'', '\\', ';', '&', '|', '<', '>', '!', '\n', '%']),
            "{line}"
        );
        let mut words = Vec::new();
        for (number, part) in line.split('"').enumerate() {
            if number % 2 == 1 {
                words.push(part.to_owned());
            } else {
                assert!(!part.contains(['(', ')', '*', '?', '{', '}', '~', '@']), "{part}");
                words.extend(part.split(' ').filter(|word| !word.is_empty()).map(str::to_owned));
            }
        }
        words
    }

    #[test]
    fn commands_are_filled_in_and_quoted_for_both_shells() {
        let grant = grant(&format!("{SUBSCRIPTION}/resourceGroups/rg-rules(eu)"));
        let script = grant.az(&public());
        let lines: Vec<&str> = script.lines().filter(|line| !line.starts_with('#')).collect();
        let told: Vec<(String, String)> = lines
            .iter()
            .map(|line| {
                let words = words(line);
                assert_eq!(words[..4], ["az", "role", "assignment", "create"]);
                let value = |name: &str| {
                    let at = words.iter().position(|word| word == name).unwrap();
                    words[at + 1].clone()
                };
                assert_eq!(value("--assignee-object-id"), grant.principal.unwrap().to_string());
                assert_eq!(value("--assignee-principal-type"), "ServicePrincipal");
                assert_eq!(value("--subscription"), grant.workspace.subscription().to_string());
                (value("--role"), value("--scope"))
            })
            .collect();
        let (workspace, group) = (grant.workspace.to_string(), grant.rule_group.to_string());
        assert_eq!(
            told,
            [
                ("Contributor".to_owned(), workspace),
                ("Monitoring Contributor".to_owned(), group.clone()),
                ("Monitoring Metrics Publisher".to_owned(), group),
            ]
        );
        assert!(
            script
                .lines()
                .filter(|line| line.starts_with('#'))
                .all(|line| !line.contains(['"', '\'']))
        );
        words(&grant.az_deployment("asw-roles.json"));
    }

    #[test]
    fn a_national_cloud_is_chosen_first() {
        let grant = grant(&format!("{SUBSCRIPTION}/resourceGroups/rg"));
        let environment = Environment::built_in("AzureUSGovernmentCloud").unwrap();
        assert!(
            grant
                .az(&environment)
                .contains("\naz cloud set --name AzureUSGovernment\n")
        );
        assert!(!grant.az(&public()).contains("az cloud"));
    }

    fn types(template: &Value) -> Vec<&str> {
        let resources = template["resources"].as_array().unwrap();
        resources.iter().filter_map(|each| each["type"].as_str()).collect()
    }

    #[test]
    fn the_template_holds_all_in_one_group() {
        let template = grant(&format!("{SUBSCRIPTION}/resourceGroups/RG-Monitor")).template();
        assert_eq!(types(&template), ["Microsoft.Authorization/roleAssignments"; 3]);
        let scopes: Vec<&Value> = template["resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|each| &each["scope"])
            .collect();
        assert_eq!(
            scopes,
            [
                &Value::Null,
                &Value::Null,
                &json!("Microsoft.OperationalInsights/workspaces/law-contoso")
            ]
        );
    }

    #[test]
    fn what_belongs_elsewhere_is_nested() {
        let other = "/subscriptions/99999999-4b5a-6978-8796-a5b4c3d2e1f0";
        let grant = grant(&format!("{other}/resourceGroups/rg-rules"));
        let template = grant.template();
        let kinds = types(&template);
        assert_eq!(kinds[2], "Microsoft.Resources/deployments");
        let nested = &template["resources"][2];
        assert_eq!(nested["subscriptionId"], json!(grant.workspace.subscription()));
        assert_eq!(nested["resourceGroup"], "rg-monitor");
        let inner = &nested["properties"]["template"];
        assert_eq!(types(inner), ["Microsoft.Authorization/roleAssignments"]);
        let role = |value: &Value| value["properties"]["roleDefinitionId"].as_str().unwrap().to_owned();
        assert!(role(&inner["resources"][0]).starts_with(&format!("{SUBSCRIPTION}/providers")));
        assert!(role(&template["resources"][0]).starts_with(&format!("{other}/providers")));
    }

    #[test]
    fn commands_and_template_name_the_same_assignments() {
        let grant = grant(&format!("{SUBSCRIPTION}/resourceGroups/rg-rules"));
        let (script, template) = (grant.az(&public()), grant.template());
        let mut names = Vec::new();
        let inner = &template["resources"][2]["properties"]["template"]["resources"];
        for each in template["resources"]
            .as_array()
            .unwrap()
            .iter()
            .chain(inner.as_array().unwrap())
        {
            if each["type"] == "Microsoft.Authorization/roleAssignments" {
                names.push(each["name"].as_str().unwrap().to_owned());
            }
        }
        assert!(names.len() == 3 && names.iter().all(|name| script.contains(name)));
    }

    #[test]
    fn a_principal_that_is_not_known_is_looked_up_or_asked_for() {
        let grant = Grant {
            principal: None,
            ..grant(&format!("{SUBSCRIPTION}/resourceGroups/rg-rules"))
        };
        let script = grant.az(&public());
        let assignee = format!("--assignee {} --role", grant.client_id);
        assert_eq!(script.matches(&assignee).count(), 3, "{script}");
        let template = grant.template();
        assert_eq!(template["parameters"][PRINCIPAL]["type"], "string");
        let inner = &template["resources"][2]["properties"]["template"]["resources"][0];
        assert_eq!(inner["properties"]["principalId"], "[parameters('principalId')]");
        assert!(inner["name"].as_str().unwrap().starts_with("[guid('/subscriptions/"));
    }
}
