use chrono::TimeDelta;
use http::Method;
use serde_json::{Value, json};

use super::super::super::testing::{Lab, code, json_of};
use crate::lab::http::Response;

const QUERY: &str = "api-version=2021-04-01";

fn path(lab: &Lab) -> String {
    format!("{}/providers/Microsoft.Resources/deployments/history", lab.group())
}

/// Table, rule and upload role, as an administrator would deploy them.
fn template(lab: &Lab) -> Value {
    let rule = lab.rule_body("A_CL");
    let table = "[resourceId('Microsoft.OperationalInsights/workspaces/tables', parameters('workspace'), 'A_CL')]";
    json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {
            "workspace": {"type": "string"},
            "principal": {"type": "string"},
            "rule": {"type": "string", "defaultValue": "dcr-a"}
        },
        "variables": {"role": "[subscriptionResourceId('Microsoft.Authorization/roleDefinitions', '3913510d-42f4-4e42-8a64-420c390055eb')]"},
        "resources": [
            {
                "type": "Microsoft.Authorization/roleAssignments",
                "apiVersion": "2022-04-01",
                "name": "[guid(resourceGroup().id, parameters('rule'), parameters('principal'))]",
                "scope": "[format('Microsoft.Insights/dataCollectionRules/{0}', parameters('rule'))]",
                "properties": {
                    "roleDefinitionId": "[variables('role')]",
                    "principalId": "[parameters('principal')]",
                    "principalType": "ServicePrincipal"
                },
                "dependsOn": ["[resourceId('Microsoft.Insights/dataCollectionRules', parameters('rule'))]"]
            },
            {
                "type": "Microsoft.Insights/dataCollectionRules",
                "apiVersion": "2023-03-11",
                "name": "[parameters('rule')]",
                "location": "[resourceGroup().location]",
                "kind": "Direct",
                "properties": rule["properties"],
                "dependsOn": [table]
            },
            {
                "type": "Microsoft.OperationalInsights/workspaces/tables",
                "apiVersion": "2023-09-01",
                "name": "[concat(parameters('workspace'), '/A_CL')]",
                "properties": {"schema": {"name": "A_CL", "columns": [
                    {"name": "TimeGenerated", "type": "dateTime"},
                    {"name": "Computer", "type": "string"}
                ]}}
            }
        ],
        "outputs": {"rule": {"type": "string", "value": "[resourceId('Microsoft.Insights/dataCollectionRules', parameters('rule'))]"}}
    })
}

fn put(lab: &Lab, label: &str, template: Value) -> Response {
    let parameters = json!({
        "workspace": {"value": "law-contoso"},
        "principal": {"value": lab.app("no-publisher").object_id}
    });
    let body = json!({"properties": {"mode": "Incremental", "template": template, "parameters": parameters}});
    lab.arm(label, Method::PUT, &path(lab), QUERY, Some(body))
}

fn properties(lab: &Lab) -> Value {
    json_of(&lab.get("owner", &path(lab), "2021-04-01"))["properties"].clone()
}

#[test]
fn a_template_is_deployed_resource_by_resource() {
    let mut lab = Lab::new();
    let taken = put(&lab, "owner", template(&lab));
    assert_eq!(taken.status, 201);
    assert_eq!(json_of(&taken)["properties"]["provisioningState"], "Accepted");
    let poll = taken.headers.get("azure-asyncoperation").unwrap().to_str().unwrap();
    let poll = url::Url::parse(poll).unwrap();
    let status =
        |lab: &Lab| json_of(&lab.arm("owner", Method::GET, poll.path(), poll.query().unwrap(), None))["status"].clone();
    assert_eq!(status(&lab), "Running");
    assert_eq!(code(&put(&lab, "owner", template(&lab))), "DeploymentActive");
    assert_eq!(lab.get("ready", &lab.rule("dcr-a"), "2023-03-11").status, 404);
    lab.now += TimeDelta::seconds(1);
    assert_eq!(status(&lab), "Succeeded");
    assert_eq!(lab.get("ready", &lab.rule("dcr-a"), "2023-03-11").status, 200);
    let properties = properties(&lab);
    assert_eq!(properties["outputs"]["rule"]["value"], lab.rule("dcr-a"));
    assert_eq!(properties["outputResources"].as_array().unwrap().len(), 3);
    let (principal, rule) = (lab.app("no-publisher").object_id, lab.rule("dcr-a"));
    let upload = "Microsoft.Insights/Telemetry/Write";
    assert!(lab.cloud.state().access.allows_data(&principal, upload, &rule, lab.now));
    let operations = lab.get("owner", &format!("{}/operations", path(&lab)), "2021-04-01");
    assert_eq!(json_of(&operations)["value"].as_array().unwrap().len(), 3);
    // Once more changes nothing.
    assert_eq!(put(&lab, "owner", template(&lab)).status, 200);
    lab.now += TimeDelta::seconds(2);
    assert_eq!(status(&lab), "Succeeded");
}

#[test]
fn the_callers_rights_count_for_each_resource() {
    let mut lab = Lab::new();
    assert_eq!(
        code(&put(&lab, "workspace-contributor", template(&lab))),
        "AuthorizationFailed"
    );
    assert_eq!(put(&lab, "no-publisher", template(&lab)).status, 201);
    properties(&lab);
    lab.now += TimeDelta::seconds(1);
    let failed = properties(&lab);
    assert_eq!(failed["provisioningState"], "Failed");
    assert_eq!(failed["error"]["code"], "DeploymentFailed");
    let detail = &failed["error"]["details"][0];
    assert_eq!(detail["code"], "AuthorizationFailed");
    assert!(detail["message"].to_string().contains("roleAssignments/write"));
    assert_eq!(lab.get("ready", &lab.rule("dcr-a"), "2023-03-11").status, 200);
}

#[test]
fn without_its_dependencies_a_rule_comes_too_early() {
    let mut lab = Lab::new();
    let mut hasty = template(&lab);
    hasty["resources"][1].as_object_mut().unwrap().remove("dependsOn");
    hasty["resources"].as_array_mut().unwrap().swap(1, 2);
    put(&lab, "owner", hasty);
    let running = properties(&lab);
    assert_eq!(running["provisioningState"], "Running");
    lab.now += TimeDelta::seconds(1);
    let failed = properties(&lab);
    assert_eq!(failed["provisioningState"], "Failed");
    assert!(failed["error"]["details"].to_string().contains("InvalidOutputTable"));
}

#[test]
fn a_nested_template_goes_to_its_own_resource_group() {
    let mut lab = Lab::new();
    let inner = json!({
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"name": {"type": "string"}},
        "resources": [{
            "type": "Microsoft.Insights/dataCollectionEndpoints",
            "apiVersion": "2023-03-11",
            "name": "[parameters('name')]",
            "location": "[resourceGroup().location]",
            "properties": {}
        }]
    });
    let outer = json!({
        "$schema": "https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "parameters": {"name": {"type": "string", "defaultValue": "dce-nested"}},
        "resources": [{
            "type": "Microsoft.Resources/deployments",
            "apiVersion": "2021-04-01",
            "name": "inner",
            "resourceGroup": "rg-branch",
            "properties": {
                "mode": "Incremental",
                "expressionEvaluationOptions": {"scope": "inner"},
                "parameters": {"name": {"value": "[parameters('name')]"}},
                "template": inner
            }
        }]
    });
    let path = format!("{}/providers/Microsoft.Resources/deployments/outer", lab.subscription());
    let mut body = json!({"properties": {"mode": "Incremental", "template": outer}});
    let missing = lab.arm("owner", Method::PUT, &path, QUERY, Some(body.clone()));
    assert_eq!(code(&missing), "LocationRequired");
    body["location"] = json!("westeurope");
    let validated = lab.arm(
        "owner",
        Method::POST,
        &format!("{path}/validate"),
        QUERY,
        Some(body.clone()),
    );
    assert_eq!(validated.status, 200);
    assert_eq!(lab.arm("owner", Method::PUT, &path, QUERY, Some(body)).status, 201);
    let done = json_of(&lab.get("owner", &path, "2021-04-01"));
    assert_eq!(done["properties"]["provisioningState"], "Succeeded", "{done}");
    let group = lab.group().replace("rg-configmgr", "rg-branch");
    let endpoint = format!("{group}/providers/Microsoft.Insights/dataCollectionEndpoints/dce-nested");
    let endpoint = json_of(&lab.get("owner", &endpoint, "2023-03-11"));
    assert_eq!(endpoint["location"], "northeurope");
    lab.now += TimeDelta::seconds(1);
    assert_eq!(lab.get("owner", &format!("{path}x"), "2021-04-01").status, 404);
}

#[test]
fn what_the_lab_cannot_deploy_is_refused_at_once() {
    let lab = Lab::new();
    let mut unknown = template(&lab);
    unknown["resources"][1]["location"] = json!("[reference('x').location]");
    let refused = put(&lab, "owner", unknown);
    assert_eq!((refused.status, code(&refused).as_str()), (400, "InvalidTemplate"));
    assert!(json_of(&refused)["error"]["message"].to_string().contains("reference"));
    let body = json!({"properties": {"mode": "Complete", "template": template(&lab)}});
    let complete = lab.arm("owner", Method::PUT, &path(&lab), QUERY, Some(body));
    assert_eq!(code(&complete), "InvalidDeployment");
    assert_eq!(code(&lab.get("owner", &path(&lab), "2021-04-01")), "DeploymentNotFound");
}
