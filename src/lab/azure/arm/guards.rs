//! What stands between a request and a change: roles first, then locks, policies and the registration of the provider.

use super::super::knobs::LockLevel;
use super::Call;
use super::error::ArmError;

impl Call<'_> {
    /// Whether the caller's roles grant this.
    pub(super) fn may(&self, action: &str, scope: &str) -> bool {
        self.state.access.allows(&self.caller.object_id, action, scope)
    }

    /// Lets pass what the caller's roles grant and nothing else forbids.
    pub(super) fn authorize(&self, action: &str, scope: &str) -> Result<(), ArmError> {
        if !self.may(action, scope) {
            return Err(ArmError::forbidden(&self.caller, action, scope));
        }
        if let Some(kind) = action.strip_suffix("/write") {
            self.check_lock("write", scope)?;
            self.check_policy(kind, scope)?;
            self.check_registration(kind)?;
        } else if action.ends_with("/delete") {
            self.check_lock("delete", scope)?;
        }
        Ok(())
    }

    fn check_lock(&self, operation: &str, scope: &str) -> Result<(), ArmError> {
        let Some((locked, level)) = &self.state.knobs.resources.lock else {
            return Ok(());
        };
        let (scope_lower, locked_lower) = (scope.to_lowercase(), locked.to_lowercase());
        let below = scope_lower.strip_prefix(&locked_lower);
        let inside = below.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        if !inside || (operation == "write" && *level == LockLevel::CanNotDelete) {
            return Ok(());
        }
        Err(ArmError::new(
            409,
            "ScopeLocked",
            format!(
                "The scope '{scope}' cannot perform {operation} operation because following scope(s) are locked: \
                 '{locked}'. Please remove the lock and try again."
            ),
        ))
    }

    fn check_policy(&self, kind: &str, scope: &str) -> Result<(), ArmError> {
        let denied = &self.state.knobs.resources.policy_denies;
        if !denied.iter().any(|one| one.eq_ignore_ascii_case(kind)) {
            return Ok(());
        }
        let name = scope.rsplit('/').next().unwrap_or_default();
        Err(ArmError::new(
            403,
            "RequestDisallowedByPolicy",
            format!(
                "Resource '{name}' was disallowed by policy. Policy identifiers: '[{{\"policyAssignment\":{{\"name\":\
                 \"Allowed resource types\",\"id\":\"/providers/Microsoft.Authorization/policyAssignments/\
                 allowed-types\"}}}}]'."
            ),
        ))
    }

    fn check_registration(&self, kind: &str) -> Result<(), ArmError> {
        let namespace = kind.split('/').next().unwrap_or_default();
        let registered = self.state.registrations.get(&namespace.to_ascii_lowercase());
        if registered.is_none_or(|at| *at <= self.now) {
            return Ok(());
        }
        Err(ArmError::new(
            409,
            "MissingSubscriptionRegistration",
            format!(
                "The subscription is not registered to use namespace '{namespace}'. See https://aka.ms/rps-not-found \
                 for how to register subscriptions."
            ),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of};
    use http::Method;
    use serde_json::json;

    fn put(lab: &Lab, name: &str) -> (u16, String) {
        let answer = lab.put_table("ready", name, &["Computer"]);
        let text = if answer.status < 400 {
            String::new()
        } else {
            code(&answer)
        };
        (answer.status, text)
    }

    #[test]
    fn a_lock_stops_changes_or_only_deletion_and_names_its_scope() {
        let lab = Lab::new();
        lab.knob("table_answer", json!("done"));
        assert_eq!(put(&lab, "A_CL").0, 200);
        lab.knob("lock", json!({"scope": "resourceGroup", "level": "CanNotDelete"}));
        assert_eq!(put(&lab, "B_CL").0, 200);
        let path = lab.table("A_CL");
        let gone = lab.arm("ready", Method::DELETE, &path, "api-version=2023-09-01", None);
        assert_eq!((gone.status, code(&gone).as_str()), (409, "ScopeLocked"));
        assert!(json_of(&gone)["error"]["message"].to_string().contains(&lab.group()));
        lab.knob("lock", json!({"level": "ReadOnly"}));
        assert_eq!(put(&lab, "C_CL"), (409, "ScopeLocked".into()));
        assert_eq!(lab.get("ready", &path, "2023-09-01").status, 200);
        lab.knob("lock", json!(null));
        assert_eq!(put(&lab, "C_CL").0, 200);
        assert!(lab.cloud.set_knob("lock", &json!({"level": "Open"})).is_err());
    }

    #[test]
    fn a_policy_forbids_a_type() {
        let lab = Lab::new();
        lab.knob(
            "policy_denies",
            json!(["microsoft.operationalinsights/workspaces/tables"]),
        );
        assert_eq!(put(&lab, "A_CL"), (403, "RequestDisallowedByPolicy".into()));
        lab.knob("policy_denies", json!([]));
        assert_eq!(put(&lab, "A_CL").0, 202);
    }
}
