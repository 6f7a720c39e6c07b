//! Subscriptions, resource groups, and the list of all resources: what a narrow role sees of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::super::estate::{ResourceGroup, Subscription, WORKSPACE_TYPE};
use super::super::rules::{ENDPOINT_TYPE, RULE_TYPE};
use super::error::ArmError;
use super::{Call, list};
use crate::lab::http::Response;

const READ_SUBSCRIPTION: &str = "Microsoft.Resources/subscriptions/read";
const READ_GROUP: &str = "Microsoft.Resources/subscriptions/resourceGroups/read";

impl Call<'_> {
    pub(super) fn list_subscriptions(&self) -> Result<Response, ArmError> {
        let start = match self.request.param("$skiptoken") {
            None => 0,
            Some(token) => offset(&token).ok_or_else(|| {
                ArmError::new(
                    400,
                    "InvalidSkipToken",
                    format!("The skip token '{token}' is not valid."),
                )
            })?,
        };
        let page = self.state.knobs.subscription_page_size;
        let mut seen = self
            .state
            .estate
            .subscriptions
            .iter()
            .filter(|one| self.sees(one))
            .skip(start);
        let value: Vec<Value> = seen
            .by_ref()
            .take(page)
            .map(|one| self.subscription_json(one))
            .collect();
        let mut body = json!({
            "value": value,
            "count": {"type": "Total", "value": value.len()},
        });
        if let (Some(_), Some(object)) = (seen.next(), body.as_object_mut()) {
            let version = self.request.param("api-version").unwrap_or_default();
            let token = STANDARD.encode((start + page).to_string());
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("api-version", &version)
                .append_pair("$skiptoken", &token)
                .finish();
            object.insert("nextLink".into(), format!("{}/subscriptions?{query}", self.base).into());
        }
        Ok(Response::json(200, &body))
    }

    pub(super) fn get_subscription(&self, id: &str) -> Result<Response, ArmError> {
        match self.state.estate.subscription(id) {
            Some(found) if self.sees(found) => Ok(Response::json(200, &self.subscription_json(found))),
            _ => Err(ArmError::forbidden(
                &self.caller,
                READ_SUBSCRIPTION,
                &format!("/subscriptions/{id}"),
            )),
        }
    }

    /// A role on the subscription shows it; one further down does too, unless the knob says otherwise.
    fn sees(&self, subscription: &Subscription) -> bool {
        self.may(READ_SUBSCRIPTION, &subscription.scope())
            || (self.state.knobs.narrow_role_subscription && self.touches(&subscription.id))
    }

    fn subscription_json(&self, subscription: &Subscription) -> Value {
        json!({
            "id": subscription.scope(),
            "authorizationSource": "RoleBased",
            "managedByTenants": [],
            "subscriptionId": subscription.id,
            "tenantId": self.state.directory.home().id,
            "displayName": subscription.name,
            "state": subscription.state,
            "subscriptionPolicies": {
                "locationPlacementId": "Public_2014-09-01",
                "quotaId": "PayAsYouGo_2014-09-01",
                "spendingLimit": "Off"
            }
        })
    }

    /// Only groups that the caller may read; nothing tells that the list is partial.
    pub(super) fn list_groups(&self, subscription: &str) -> Result<Response, ArmError> {
        self.refuse_strangers(subscription, READ_GROUP)?;
        let groups = self.state.estate.groups.iter();
        let groups = groups.filter(|group| group.subscription.eq_ignore_ascii_case(subscription));
        let readable = groups.filter(|group| self.may(READ_GROUP, &group.scope()));
        Ok(list(readable.map(group_json).collect()))
    }

    pub(super) fn get_group(&self, subscription: &str, name: &str) -> Result<Response, ArmError> {
        let scope = format!("/subscriptions/{subscription}/resourceGroups/{name}");
        self.authorize(READ_GROUP, &scope)?;
        Ok(Response::json(200, &group_json(self.group(subscription, name)?)))
    }

    /// Every resource that the caller may read. Of `$filter`, the comparison of the type is known.
    pub(super) fn list_resources(&self, subscription: &str) -> Result<Response, ArmError> {
        self.refuse_strangers(subscription, "Microsoft.Resources/subscriptions/resources/read")?;
        for option in ["$top", "$expand", "$skiptoken"] {
            if self.request.param(option).is_some() {
                return Err(ArmError::bad_request(format!(
                    "The query parameter '{option}' is not supported."
                )));
            }
        }
        let kind = match self.request.param("$filter") {
            None => None,
            Some(filter) => Some(resource_type(&filter).ok_or_else(|| {
                ArmError::new(
                    400,
                    "InvalidFilterInQueryString",
                    format!("Invalid $filter '{filter}' specified in the query string."),
                )
            })?),
        };
        let value = self
            .resources()
            .filter(|(_, of, _)| kind.as_ref().is_none_or(|kind| kind.eq_ignore_ascii_case(of)))
            .filter(|(id, of, _)| within(subscription, id) && self.may(&format!("{of}/read"), id))
            .map(|(_, _, json)| json)
            .collect();
        Ok(list(value))
    }

    /// Every resource of the lab: its ID, its type, and what the list says of it.
    fn resources(&self) -> impl Iterator<Item = (String, &'static str, Value)> {
        let estate = &self.state.estate;
        let workspaces = estate.workspaces.iter().map(|workspace| {
            let id = workspace.resource_id();
            let json = json!({
                "id": id,
                "name": workspace.name,
                "type": WORKSPACE_TYPE,
                "location": workspace.location,
                "tags": {"owner": "it-operations"}
            });
            (id, WORKSPACE_TYPE, json)
        });
        let rules = estate.rules.iter().map(|rule| (&rule.resource, RULE_TYPE));
        let endpoints = estate
            .endpoints
            .iter()
            .map(|endpoint| (&endpoint.resource, ENDPOINT_TYPE));
        workspaces.chain(rules.chain(endpoints).map(|(resource, kind)| {
            let id = resource.id(kind);
            let json = json!({
                "id": id,
                "name": resource.name,
                "type": kind,
                "kind": resource.kind.as_deref().unwrap_or_default(),
                "location": resource.location,
                "tags": resource.tags,
            });
            (id, kind, json)
        }))
    }

    /// 403 for a caller that holds nothing in the subscription.
    pub(super) fn refuse_strangers(&self, subscription: &str, action: &str) -> Result<(), ArmError> {
        if self.touches(subscription) {
            return Ok(());
        }
        let scope = format!("/subscriptions/{subscription}");
        Err(ArmError::forbidden(&self.caller, action, &scope))
    }
}

/// Whether a resource is in a subscription.
fn within(subscription: &str, id: &str) -> bool {
    let own = id.split('/').nth(2);
    own.is_some_and(|own| own.eq_ignore_ascii_case(subscription))
}

fn group_json(group: &ResourceGroup) -> Value {
    json!({
        "id": group.scope(),
        "name": group.name,
        "type": "Microsoft.Resources/resourceGroups",
        "location": group.location,
        "tags": {},
        "properties": {"provisioningState": "Succeeded"}
    })
}

/// The type in `resourceType eq '…'`.
fn resource_type(filter: &str) -> Option<String> {
    let mut words = filter.split_whitespace();
    let (field, operator, value) = (words.next()?, words.next()?, words.next()?);
    if words.next().is_some() || !field.eq_ignore_ascii_case("resourceType") || !operator.eq_ignore_ascii_case("eq") {
        return None;
    }
    Some(value.strip_prefix('\'')?.strip_suffix('\'')?.to_owned())
}

fn offset(token: &str) -> Option<usize> {
    String::from_utf8(STANDARD.decode(token).ok()?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of, names};
    use http::Method;
    use serde_json::json;

    fn subscriptions(lab: &Lab, label: &str) -> usize {
        let body = json_of(&lab.get(label, "/subscriptions", "2022-12-01"));
        body["value"].as_array().unwrap().len()
    }

    #[test]
    fn an_app_sees_the_subscriptions_that_it_has_a_role_in() {
        let lab = Lab::new();
        let counts =
            ["owner", "workspace-contributor", "no-publisher", "no-rights"].map(|app| subscriptions(&lab, app));
        assert_eq!(counts, [2, 1, 1, 0]);
        let id = lab.subscription();
        assert_eq!(lab.get("reader", &id, "2022-12-01").status, 200);
        assert_eq!(code(&lab.get("no-rights", &id, "2022-12-01")), "AuthorizationFailed");
        lab.knob("narrow_role_subscription", json!(false));
        let counts = ["owner", "workspace-contributor", "no-publisher"].map(|app| subscriptions(&lab, app));
        assert_eq!(counts, [2, 0, 0]);
        assert_eq!(lab.get("reader", &id, "2022-12-01").status, 403);
    }

    #[test]
    fn a_long_list_of_subscriptions_comes_in_pages() {
        let lab = Lab::new();
        lab.knob("subscription_page_size", json!(1));
        let first = json_of(&lab.get("owner", "/subscriptions", "2022-12-01"));
        let next = url::Url::parse(first["nextLink"].as_str().unwrap()).unwrap();
        assert_eq!(next.origin().ascii_serialization(), lab.urls.arm);
        let second = json_of(&lab.arm("owner", Method::GET, next.path(), next.query().unwrap(), None));
        assert_eq!(first["value"][0]["state"], "Enabled");
        assert_eq!(second["value"][0]["state"], "Disabled");
        assert!(second.get("nextLink").is_none());
        let bad = lab.arm(
            "owner",
            Method::GET,
            "/subscriptions",
            "api-version=2022-12-01&$skiptoken=x",
            None,
        );
        assert_eq!(bad.status, 400);
    }

    #[test]
    fn resource_groups_are_listed_by_what_the_role_reaches() {
        let lab = Lab::new();
        let path = format!("{}/resourcegroups", lab.subscription());
        let list = |label: &str| names(&lab.get(label, &path, "2021-04-01"));
        assert_eq!(list("owner"), ["rg-configmgr", "rg-branch"]);
        assert_eq!(list("ready"), ["rg-configmgr"]);
        assert_eq!(list("workspace-contributor"), Vec::<String>::new());
        assert_eq!(code(&lab.get("no-rights", &path, "2021-04-01")), "AuthorizationFailed");
        assert_eq!(lab.get("ready", &lab.group(), "2021-04-01").status, 200);
        assert_eq!(lab.get("reader", &lab.group(), "2021-04-01").status, 403);
    }

    #[test]
    fn the_generic_list_shows_a_narrow_role_its_workspace() {
        let lab = Lab::new();
        let path = format!("{}/resources", lab.subscription());
        let ask = |label: &str, filter: &str| {
            let query = format!("api-version=2021-04-01&$filter={filter}");
            lab.arm(label, Method::GET, &path, &query, None)
        };
        let wanted = "resourceType eq 'microsoft.operationalinsights/Workspaces'";
        assert_eq!(names(&ask("workspace-contributor", wanted)), ["law-contoso"]);
        assert_eq!(names(&ask("owner", wanted)).len(), 5);
        assert!(names(&ask("owner", "resourceType eq 'Microsoft.Compute/disks'")).is_empty());
        assert_eq!(code(&ask("owner", "name eq 'x'")), "InvalidFilterInQueryString");
        assert_eq!(ask("no-rights", wanted).status, 403);
    }

    #[test]
    fn a_disabled_subscription_is_read_only() {
        let lab = Lab::new();
        let all = json_of(&lab.get("owner", "/subscriptions", "2022-12-01"));
        let id = all["value"][1]["id"].as_str().unwrap();
        let path =
            format!("{id}/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w/savedSearches/s");
        let answer = lab.arm("owner", Method::PUT, &path, "api-version=2023-09-01", Some(json!({})));
        assert_eq!(
            (answer.status, code(&answer).as_str()),
            (409, "ReadOnlyDisabledSubscription")
        );
    }
}
