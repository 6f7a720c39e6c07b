//! What the caller may do at a scope: one element for each role that reaches it.

use serde_json::{Value, json};

use super::error::ArmError;
use super::scope::Scope;
use super::{Call, list};
use crate::lab::http::Response;

const READ: &str = "Microsoft.Authorization/permissions/read";

impl Call<'_> {
    pub(super) fn permissions(&mut self, scope: &Scope) -> Result<Response, ArmError> {
        let id = scope.id();
        self.authorize(READ, &id)?;
        self.exists(scope)?;
        let mut seen = Vec::new();
        let mut value: Vec<Value> = Vec::new();
        for held in self.state.access.reaching(&self.caller.object_id, &id) {
            let role = held.role;
            if seen.contains(&role.id) {
                continue;
            }
            seen.push(role.id);
            value.push(json!({
                "actions": role.actions,
                "notActions": role.not_actions,
                "dataActions": role.data_actions,
                "notDataActions": [],
            }));
        }
        Ok(list(value))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of};
    use serde_json::{Value, json};

    fn ask(lab: &Lab, label: &str, scope: &str) -> Vec<Value> {
        let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
        let body = json_of(&lab.get(label, &path, "2022-04-01"));
        body["value"].as_array().unwrap_or_else(|| panic!("{body}")).clone()
    }

    #[test]
    fn each_role_that_reaches_the_scope_is_one_element() {
        let lab = Lab::new();
        let (workspace, group) = (lab.workspace(0), lab.group());
        let alone = ask(&lab, "workspace-contributor", &workspace);
        assert_eq!(alone.len(), 1);
        assert_eq!(alone[0]["actions"], json!(["*"]));
        let not: Vec<&str> = alone[0]["notActions"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert!(not.contains(&"Microsoft.Authorization/*/Write"));
        assert_eq!(ask(&lab, "ready", &workspace).len(), 3);
        let on_group = ask(&lab, "ready", &group);
        assert_eq!(on_group.len(), 2);
        assert!(
            on_group[1]["dataActions"]
                .to_string()
                .contains("Microsoft.Insights/Telemetry/Write")
        );
        assert_eq!(ask(&lab, "owner", &lab.subscription())[0]["notActions"], json!([]));
        assert_eq!(ask(&lab, "slow-role", &group).len(), 2);
    }

    #[test]
    fn who_may_not_read_permissions_is_refused() {
        let lab = Lab::new();
        for (label, scope) in [("no-rights", lab.workspace(0)), ("workspace-contributor", lab.group())] {
            let path = format!("{scope}/providers/Microsoft.Authorization/permissions");
            assert_eq!(code(&lab.get(label, &path, "2022-04-01")), "AuthorizationFailed");
        }
        let path = format!(
            "{}/providers/Microsoft.Authorization/permissions",
            lab.workspace(0) + "x"
        );
        assert_eq!(code(&lab.get("owner", &path, "2022-04-01")), "ResourceNotFound");
    }

    #[test]
    fn roles_come_and_go_by_the_knobs() {
        let lab = Lab::new();
        let workspace = lab.workspace(0);
        let role = json!({"label": "no-rights", "role": "log analytics contributor"});
        lab.knob("assign_role", role);
        assert!(
            ask(&lab, "no-rights", &workspace)[0]["actions"]
                .to_string()
                .contains("OperationalInsights/*")
        );
        lab.knob("remove_role", json!({"label": "no-rights"}));
        assert_eq!(lab.get("no-rights", &workspace, "2023-09-01").status, 403);
        assert!(
            lab.cloud
                .set_knob("remove_role", &json!({"label": "no-rights"}))
                .is_err()
        );
    }
}
