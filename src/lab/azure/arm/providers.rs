//! Resource providers of a subscription: what they are, and registering one.

use chrono::TimeDelta;
use serde_json::{Value, json};

use super::error::ArmError;
use super::{Call, versions};
use crate::lab::http::Response;

const READ: &str = "Microsoft.Resources/subscriptions/providers/read";
/// How long a registration takes, in seconds.
const REGISTRATION_S: i64 = 1;

/// Namespaces and their resource types.
const PROVIDERS: [(&str, &[&str]); 4] = [
    (
        "Microsoft.OperationalInsights",
        &["workspaces", "workspaces/tables", "workspaces/savedSearches"],
    ),
    (
        "Microsoft.Insights",
        &["dataCollectionRules", "dataCollectionEndpoints"],
    ),
    (
        "Microsoft.Authorization",
        &["roleAssignments", "roleDefinitions", "permissions"],
    ),
    ("Microsoft.Resources", &["deployments"]),
];

/// Whether the lab has this namespace.
pub(super) fn known(namespace: &str) -> bool {
    find(namespace).is_some()
}

fn find(namespace: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    PROVIDERS.iter().find(|(name, _)| name.eq_ignore_ascii_case(namespace))
}

impl Call<'_> {
    pub(super) fn get_provider(&self, subscription: &str, namespace: &str) -> Result<Response, ArmError> {
        self.authorize(READ, &format!("/subscriptions/{subscription}"))?;
        Ok(Response::json(200, &self.provider_json(subscription, namespace)))
    }

    /// Begins the registration, which ends soon after; one that is there stays.
    pub(super) fn register_provider(&mut self, subscription: &str, namespace: &str) -> Result<Response, ArmError> {
        let scope = format!("/subscriptions/{subscription}");
        self.authorize(&format!("{namespace}/register/action"), &scope)?;
        let done = self.now + TimeDelta::seconds(REGISTRATION_S);
        if let Some(at) = self.state.registrations.get_mut(&namespace.to_ascii_lowercase()) {
            *at = done.min(*at);
        }
        Ok(Response::json(200, &self.provider_json(subscription, namespace)))
    }

    fn provider_json(&self, subscription: &str, namespace: &str) -> Value {
        let (name, types) = find(namespace).copied().unwrap_or(("", &[]));
        let pending = self.state.registrations.get(&name.to_ascii_lowercase());
        let state = match pending {
            Some(at) if *at == chrono::DateTime::<chrono::Utc>::MAX_UTC => "NotRegistered",
            Some(at) if *at > self.now => "Registering",
            _ => "Registered",
        };
        let workspaces = self.state.estate.workspaces.iter();
        let mut locations: Vec<&str> = workspaces.map(|workspace| workspace.location).collect();
        locations.dedup();
        let types: Vec<Value> = types
            .iter()
            .map(|kind| json!({"resourceType": kind, "locations": locations, "apiVersions": versions::of_type(kind)}))
            .collect();
        json!({
            "id": format!("/subscriptions/{subscription}/providers/{name}"),
            "namespace": name,
            "registrationPolicy": "RegistrationRequired",
            "registrationState": state,
            "resourceTypes": types,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of};
    use chrono::TimeDelta;
    use http::Method;
    use serde_json::json;

    #[test]
    fn rules_wait_for_the_registration_of_their_provider() {
        let mut lab = Lab::new();
        lab.knob("table_answer", json!("done"));
        lab.put_table("ready", "A_CL", &["Computer"]);
        lab.knob("provider_unregistered", json!("microsoft.insights"));
        let refused = lab.put_rule("ready", "dcr-a", "A_CL", json!({}));
        assert_eq!(
            (refused.status, code(&refused).as_str()),
            (409, "MissingSubscriptionRegistration")
        );
        let path = format!("{}/providers/Microsoft.Insights", lab.subscription());
        let state = |lab: &Lab| json_of(&lab.get("owner", &path, "2021-04-01"))["registrationState"].clone();
        assert_eq!(state(&lab), "NotRegistered");
        let register = |lab: &Lab, label: &str| {
            lab.arm(
                label,
                Method::POST,
                &format!("{path}/register"),
                "api-version=2021-04-01",
                None,
            )
        };
        assert_eq!(register(&lab, "ready").status, 403);
        assert_eq!(register(&lab, "owner").status, 200);
        assert_eq!(state(&lab), "Registering");
        lab.now += TimeDelta::seconds(1);
        assert_eq!(state(&lab), "Registered");
        assert_eq!(lab.put_rule("ready", "dcr-a", "A_CL", json!({})).status, 201);
        let other = format!("{}/providers/Microsoft.Compute", lab.subscription());
        assert_eq!(lab.get("owner", &other, "2021-04-01").status, 404);
    }
}
