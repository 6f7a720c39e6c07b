//! Workspaces: the list at two scopes, and one of them.

use super::super::knobs::NarrowLists;
use super::error::ArmError;
use super::scope::ResourceName;
use super::{Call, list};
use crate::lab::http::Response;

const READ: &str = "Microsoft.OperationalInsights/workspaces/read";

impl Call<'_> {
    /// Who may read at the scope of the list sees all of it; for who may not, the knob decides.
    pub(super) fn list_workspaces(&self, subscription: &str, group: Option<&str>) -> Result<Response, ArmError> {
        let mut scope = format!("/subscriptions/{subscription}");
        if let Some(group) = group {
            scope = format!("{scope}/resourceGroups/{group}");
        }
        let wide = self.may(READ, &scope);
        if !wide {
            self.refuse_strangers(subscription, READ)?;
            if self.state.knobs.narrow_role_lists == NarrowLists::Forbidden {
                return Err(ArmError::forbidden(&self.caller, READ, &scope));
            }
        }
        if let Some(group) = group.filter(|_| wide) {
            self.group(subscription, group)?;
        }
        let listed = wide || self.state.knobs.narrow_role_lists == NarrowLists::Listed;
        let workspaces = self.state.estate.workspaces.iter();
        let value = workspaces
            .filter(|_| listed)
            .filter(|one| one.subscription.eq_ignore_ascii_case(subscription))
            .filter(|one| group.is_none_or(|group| one.group.eq_ignore_ascii_case(group)))
            .filter(|one| self.may(READ, &one.resource_id()))
            .map(|one| one.to_json(self.now))
            .collect();
        Ok(list(value))
    }

    pub(super) fn get_workspace(&mut self, name: &ResourceName) -> Result<Response, ArmError> {
        let now = self.now;
        Ok(Response::json(200, &self.workspace(name, READ, "")?.to_json(now)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of, names};
    use serde_json::json;

    #[test]
    fn a_narrow_role_sees_what_the_knob_says() {
        let lab = Lab::new();
        let path = |scope: &str| format!("{scope}/providers/Microsoft.OperationalInsights/workspaces");
        let (wide, narrow) = (path(&lab.subscription()), path(&lab.group()));
        let list = |label: &str, path: &str| names(&lab.get(label, path, "2023-09-01"));
        assert_eq!(
            list("owner", &wide),
            [
                "law-contoso",
                "law-contoso-capped",
                "law-branch",
                "law-suspended",
                "law-private"
            ]
        );
        assert_eq!(list("ready", &narrow), ["law-contoso", "law-contoso-capped"]);
        for scope in [&wide, &narrow] {
            assert_eq!(list("workspace-contributor", scope), Vec::<String>::new());
            assert_eq!(code(&lab.get("no-rights", scope, "2023-09-01")), "AuthorizationFailed");
        }
        lab.knob("narrow_role_lists", json!("listed"));
        assert_eq!(list("workspace-contributor", &wide), ["law-contoso"]);
        assert_eq!(list("ready", &wide), ["law-contoso", "law-contoso-capped"]);
        lab.knob("narrow_role_lists", json!("forbidden"));
        assert_eq!(
            code(&lab.get("workspace-contributor", &wide, "2023-09-01")),
            "AuthorizationFailed"
        );
        assert_eq!(list("ready", &narrow).len(), 2);
        let none = path(&lab.group().replace("rg-configmgr", "rg-none"));
        assert_eq!(code(&lab.get("owner", &none, "2023-09-01")), "ResourceGroupNotFound");
    }

    #[test]
    fn a_workspace_has_its_query_id_and_its_quota_status() {
        let lab = Lab::new();
        let get = |place: usize| json_of(&lab.get("owner", &lab.workspace(place), "2023-09-01"));
        let (healthy, capped) = (get(0), get(1));
        assert_eq!(
            healthy["properties"]["customerId"],
            lab.cloud.workspaces()[0].customer_id
        );
        assert_eq!(healthy["properties"]["provisioningState"], "Succeeded");
        assert_eq!(
            healthy["properties"]["workspaceCapping"]["dataIngestionStatus"],
            "RespectQuota"
        );
        assert_eq!(
            capped["properties"]["workspaceCapping"]["dataIngestionStatus"],
            "OverQuota"
        );
        let id = healthy["id"].as_str().unwrap();
        assert!(
            id.eq_ignore_ascii_case(&lab.workspace(0)) && id.contains("/resourcegroups/"),
            "{id}"
        );
        let shouted = lab.workspace(0).to_uppercase().replace("%20", " ");
        assert_eq!(lab.get("reader", &shouted, "2023-09-01").status, 200);
    }

    #[test]
    fn workspaces_are_unwell_in_different_ways_and_the_first_on_request() {
        let lab = Lab::new();
        let health = |place: usize| {
            let body = json_of(&lab.get("owner", &lab.workspace(place), "2023-09-01"));
            let own = &body["properties"];
            let status = own["workspaceCapping"]["dataIngestionStatus"].clone();
            let public = own["publicNetworkAccessForIngestion"].clone();
            (status, public, own["publicNetworkAccessForQuery"].clone())
        };
        let (on, off) = (json!("Enabled"), json!("Disabled"));
        assert_eq!(health(3), (json!("SubscriptionSuspended"), on.clone(), on.clone()));
        assert_eq!(health(4), (json!("RespectQuota"), off.clone(), off.clone()));
        lab.knob(
            "workspace",
            json!({"ingestion_status": "ForceOff", "public_ingestion": false}),
        );
        assert_eq!(health(0), (json!("ForceOff"), off, on));
        for bad in [
            json!({"place": 9}),
            json!({"ingestion_status": "Unwell"}),
            json!({"colour": 1}),
        ] {
            assert!(lab.cloud.set_knob("workspace", &bad).is_err(), "{bad}");
        }
    }
}
