//! Role assignments: list with the documented filters, read, give, take.

use chrono::{SecondsFormat, TimeDelta};
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::SLOW_ROLE_MINUTES;
use super::super::rbac::Assignment;
use super::super::roles::{self, Role};
use super::error::ArmError;
use super::scope::Scope;
use super::{Call, list};
use crate::lab::http::Response;

const READ: &str = "Microsoft.Authorization/roleAssignments/read";
const WRITE: &str = "Microsoft.Authorization/roleAssignments/write";
const DELETE: &str = "Microsoft.Authorization/roleAssignments/delete";
/// What only answers carry; a client may send it back, and it changes nothing.
const READ_ONLY: [&str; 8] = [
    "/id",
    "/name",
    "/type",
    "/properties/scope",
    "/properties/createdOn",
    "/properties/updatedOn",
    "/properties/createdBy",
    "/properties/updatedBy",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    properties: Properties,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Properties {
    role_definition_id: String,
    principal_id: String,
    #[serde(default)]
    principal_type: Option<String>,
    /// Conditions are none of the lab's business: nothing but null.
    #[serde(default, rename = "condition")]
    _condition: Option<()>,
    #[serde(default, rename = "conditionVersion")]
    _condition_version: Option<()>,
    #[serde(default, rename = "delegatedManagedIdentityResourceId")]
    _delegated: Option<()>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
}

/// What a list is narrowed to.
#[derive(Debug, PartialEq, Eq)]
enum Filter {
    /// At the scope, above it and below it.
    Around,
    /// At the scope and above it.
    AtScope,
    /// Around, of one principal.
    AroundOf(String),
    /// At the scope and above it, of one principal.
    AtScopeOf(String),
}

impl Filter {
    fn read(text: Option<&str>) -> Option<Self> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
            return Some(Self::Around);
        };
        let assigned = |text: &str| {
            let quoted = text.trim().strip_prefix("assignedTo('")?.strip_suffix("')")?;
            Some(quoted.to_owned())
        };
        if text == "atScope()" {
            return Some(Self::AtScope);
        }
        if let Some(rest) = text.strip_prefix("atScope() and ") {
            return assigned(rest).map(Self::AtScopeOf);
        }
        let principal = || {
            let quoted = text.strip_prefix("principalId eq ")?.trim();
            Some(quoted.strip_prefix('\'')?.strip_suffix('\'')?.to_owned())
        };
        assigned(text).or_else(principal).map(Self::AroundOf)
    }

    fn takes(&self, held: &Assignment, scope: &str) -> bool {
        let (below, principal) = match self {
            Self::Around => (true, None),
            Self::AtScope => (false, None),
            Self::AroundOf(principal) => (true, Some(principal)),
            Self::AtScopeOf(principal) => (false, Some(principal)),
        };
        (held.reaches(scope) || (below && held.is_below(scope)))
            && principal.is_none_or(|principal| held.principal.eq_ignore_ascii_case(principal))
    }
}

impl Call<'_> {
    pub(super) fn list_role_assignments(&mut self, scope: &Scope) -> Result<Response, ArmError> {
        let id = scope.id();
        self.authorize(READ, &id)?;
        self.exists(scope)?;
        let text = self.request.param("$filter");
        let filter = Filter::read(text.as_deref()).ok_or_else(|| {
            ArmError::new(
                400,
                "UnsupportedFilter",
                format!("The filter '{}' is not supported.", text.unwrap_or_default()),
            )
        })?;
        let held = self.state.access.all().filter(|held| filter.takes(held, &id));
        Ok(list(held.map(|held| self.assignment_json(held)).collect()))
    }

    pub(super) fn get_role_assignment(&mut self, scope: &Scope, name: &str) -> Result<Response, ArmError> {
        let id = scope.id();
        self.authorize(READ, &below(&id, name))?;
        let same = |held: &&Assignment| held.name.eq_ignore_ascii_case(name) && held.is_at(&id);
        match self.state.access.all().find(same) {
            Some(held) => Ok(Response::json(200, &self.assignment_json(held))),
            None => Err(ArmError::new(
                404,
                "RoleAssignmentNotFound",
                format!("The role assignment '{name}' is not found."),
            )),
        }
    }

    pub(super) fn put_role_assignment(&mut self, scope: &Scope, name: &str) -> Result<Response, ArmError> {
        let id = scope.id();
        self.authorize(WRITE, &below(&id, name))?;
        self.exists(scope)?;
        if uuid::Uuid::parse_str(name).is_err() {
            return Err(ArmError::new(
                400,
                "InvalidRoleAssignmentId",
                format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."),
            ));
        }
        let body: Body = self.body_without(&READ_ONLY)?;
        let role = find_role(&body.properties.role_definition_id)?;
        self.check_principal(&body.properties)?;
        let principal = body.properties.principal_id.to_ascii_lowercase();
        if let Some(standing) = self.standing_assignment(&id, name, &principal, role)? {
            return Ok(standing);
        }
        let by = self.caller.object_id.clone();
        let data_from = self.now + self.delay_of(&principal);
        let assignment = Assignment::new((name, &by), &principal, role, &id, (self.now, data_from));
        let answer = Response::json(201, &self.assignment_json(&assignment));
        self.state.access.add(assignment);
        Ok(answer)
    }

    /// 204 where there was none.
    pub(super) fn delete_role_assignment(&mut self, scope: &Scope, name: &str) -> Result<Response, ArmError> {
        let id = scope.id();
        self.authorize(DELETE, &below(&id, name))?;
        match self.state.access.remove(name, &id) {
            Some(gone) => Ok(Response::json(200, &self.assignment_json(&gone))),
            None => Ok(Response::empty(204)),
        }
    }

    /// The same assignment, where it stands already under this name.
    ///
    /// # Errors
    /// 400 where the name stands for something else, 409 where the same stands under another name.
    fn standing_assignment(
        &self,
        scope: &str,
        name: &str,
        principal: &str,
        role: &Role,
    ) -> Result<Option<Response>, ArmError> {
        let same = |held: &Assignment| {
            held.principal.eq_ignore_ascii_case(principal) && held.role.id == role.id && held.is_at(scope)
        };
        let mut all = self.state.access.all();
        if let Some(held) = all.find(|held| held.name.eq_ignore_ascii_case(name)) {
            return match same(held) {
                true => Ok(Some(Response::json(200, &self.assignment_json(held)))),
                false => Err(ArmError::new(
                    400,
                    "RoleAssignmentUpdateNotPermitted",
                    "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
                )),
            };
        }
        match self.state.access.all().find(|held| same(held)) {
            None => Ok(None),
            Some(held) => Err(ArmError::new(
                409,
                "RoleAssignmentExists",
                format!(
                    "The role assignment already exists. The ID of the existing role assignment is {}.",
                    held.name.replace('-', "")
                ),
            )),
        }
    }

    /// The principal must be in the directory, and known by now to Resource Manager.
    fn check_principal(&mut self, properties: &Properties) -> Result<(), ArmError> {
        let id = &properties.principal_id;
        let kind = self.state.directory.principal_type(id);
        let tries = &mut self.state.knobs.resources.principal_replicates_after;
        let known = kind.filter(|_| *tries == 0);
        *tries = tries.saturating_sub(1);
        let Some(kind) = known else {
            let tenant = &self.state.directory.home().id;
            return Err(ArmError::new(
                400,
                "PrincipalNotFound",
                format!(
                    "Principal {} does not exist in the directory {tenant}. Check that you have the correct principal \
                     ID. If you are creating this principal and then immediately assigning a role, this error might \
                     be related to a replication delay. In this case, set the role assignment principalType property \
                     to a value, such as ServicePrincipal, User, or Group. See \
                     https://aka.ms/docs-principaltype",
                    id.replace('-', "")
                ),
            ));
        };
        match properties.principal_type.as_deref().filter(|given| *given != kind) {
            None => Ok(()),
            Some(given) => Err(ArmError::new(
                400,
                "UnmatchedPrincipalType",
                format!(
                    "The PrincipalId '{}' has type '{kind}' , which is different from specified PrincipalType \
                     '{given}'.",
                    id.replace('-', "")
                ),
            )),
        }
    }

    /// How long data services do not honour a new role of a principal.
    fn delay_of(&self, principal: &str) -> TimeDelta {
        let slow = self.state.directory.object_id("slow-role");
        if slow.is_some_and(|slow| slow.eq_ignore_ascii_case(principal)) {
            return TimeDelta::minutes(SLOW_ROLE_MINUTES);
        }
        TimeDelta::seconds(self.state.knobs.resources.role_delay_s.into())
    }

    fn assignment_json(&self, held: &Assignment) -> Value {
        let made = held.made.to_rfc3339_opts(SecondsFormat::Micros, true);
        json!({
            "properties": {
                "roleDefinitionId": super::role_definitions::id(&held.place, held.role),
                "principalId": held.principal,
                "principalType": self.state.directory.principal_type(&held.principal).unwrap_or("ServicePrincipal"),
                "scope": held.place,
                "createdOn": made,
                "updatedOn": made,
                "createdBy": held.made_by,
                "updatedBy": held.made_by,
            },
            "id": below(&held.place, &held.name),
            "type": "Microsoft.Authorization/roleAssignments",
            "name": held.name,
        })
    }
}

fn below(scope: &str, name: &str) -> String {
    format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}")
}

/// The role that a definition's ID names; anything may stand before the type.
fn find_role(definition: &str) -> Result<&'static Role, ArmError> {
    let lower = definition.to_ascii_lowercase();
    let id = lower
        .split_once("/providers/microsoft.authorization/roledefinitions/")
        .map(|(_, id)| id);
    id.and_then(roles::by_id).ok_or_else(|| {
        let id = lower.rsplit('/').next().unwrap_or_default().replace('-', "");
        ArmError::new(
            400,
            "RoleDefinitionDoesNotExist",
            format!("The specified role definition with ID '{id}' does not exist."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of};
    use super::*;
    use http::Method;

    const PUBLISHER: &str = "3913510d-42f4-4e42-8a64-420c390055eb";
    const NAME: &str = "6f1de3a0-0000-4000-8000-000000000001";
    const OTHER: &str = "6f1de3a0-0000-4000-8000-000000000002";

    fn put(lab: &Lab, label: &str, scope: &str, name: &str, body: Value) -> Response {
        lab.arm(
            label,
            Method::PUT,
            &below(scope, name),
            "api-version=2022-04-01",
            Some(body),
        )
    }

    fn body(lab: &Lab, role: &str, principal: &str) -> Value {
        let definition = format!(
            "{}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            lab.subscription()
        );
        json!({"properties": {
            "roleDefinitionId": definition,
            "principalId": principal,
            "principalType": "ServicePrincipal"
        }})
    }

    fn principal(lab: &Lab, label: &str) -> String {
        lab.app(label).object_id
    }

    #[test]
    fn the_same_twice_is_harmless_and_anything_else_is_refused() {
        let lab = Lab::new();
        let scope = lab.group();
        let wanted = body(&lab, PUBLISHER, &principal(&lab, "no-publisher"));
        let first = put(&lab, "owner", &scope, NAME, wanted.clone());
        let second = put(&lab, "owner", &scope, NAME, wanted.clone());
        assert_eq!((first.status, second.status), (201, 200));
        assert_eq!(json_of(&first), json_of(&second));
        let again = put(&lab, "owner", &scope, OTHER, wanted.clone());
        assert_eq!((again.status, code(&again).as_str()), (409, "RoleAssignmentExists"));
        for (scope, role, label) in [
            (scope.clone(), "acdd72a7-3385-48ef-bd42-f606fba81ae7", "no-publisher"),
            (scope.clone(), PUBLISHER, "reader"),
            (lab.subscription(), PUBLISHER, "no-publisher"),
        ] {
            let changed = put(&lab, "owner", &scope, NAME, body(&lab, role, &principal(&lab, label)));
            assert_eq!(
                (changed.status, code(&changed).as_str()),
                (400, "RoleAssignmentUpdateNotPermitted")
            );
        }
        let path = below(&scope, NAME);
        let read = lab.get("reader", &below(&lab.workspace(0), NAME), "2022-04-01");
        assert_eq!((read.status, code(&read).as_str()), (404, "RoleAssignmentNotFound"));
        assert_eq!(lab.get("owner", &path, "2022-04-01").status, 200);
        let delete = || {
            lab.arm("owner", Method::DELETE, &path, "api-version=2022-04-01", None)
                .status
        };
        assert_eq!([delete(), delete()], [200, 204]);
    }

    #[test]
    fn only_who_may_give_roles_gives_them() {
        let lab = Lab::new();
        let wanted = body(&lab, PUBLISHER, &principal(&lab, "no-publisher"));
        for label in ["ready", "no-publisher", "workspace-contributor", "reader", "no-rights"] {
            let answer = put(&lab, label, &lab.group(), NAME, wanted.clone());
            assert_eq!(
                (answer.status, code(&answer).as_str()),
                (403, "AuthorizationFailed"),
                "{label}"
            );
            let text = json_of(&answer)["error"]["message"].to_string();
            assert!(text.contains(WRITE), "{text}");
        }
        for role in ["User Access Administrator", "Role Based Access Control Administrator"] {
            let lab = Lab::new();
            let grant = json!({"label": "no-rights", "role": role, "scope": "resourceGroup"});
            lab.knob("assign_role", grant);
            let wanted = body(&lab, PUBLISHER, &principal(&lab, "no-publisher"));
            assert_eq!(put(&lab, "no-rights", &lab.group(), NAME, wanted).status, 201, "{role}");
        }
    }

    #[test]
    fn what_is_not_there_or_not_well_written_is_refused() {
        let lab = Lab::new();
        let scope = lab.group();
        let good = principal(&lab, "no-publisher");
        let ask = |name: &str, role: &str, principal: &str| {
            let answer = put(&lab, "owner", &scope, name, body(&lab, role, principal));
            (answer.status, code(&answer))
        };
        assert_eq!(ask("mine", PUBLISHER, &good), (400, "InvalidRoleAssignmentId".into()));
        assert_eq!(ask(NAME, OTHER, &good), (400, "RoleDefinitionDoesNotExist".into()));
        assert_eq!(ask(NAME, PUBLISHER, OTHER), (400, "PrincipalNotFound".into()));
        let nobody = principal(&lab, "no-service-principal");
        assert_eq!(ask(NAME, PUBLISHER, &nobody), (400, "PrincipalNotFound".into()));
        let mut person = body(&lab, PUBLISHER, &good);
        person["properties"]["principalType"] = json!("User");
        assert_eq!(
            code(&put(&lab, "owner", &scope, NAME, person)),
            "UnmatchedPrincipalType"
        );
        let nowhere = format!("{scope}/providers/Microsoft.Insights/dataCollectionRules/none");
        let missing = put(&lab, "owner", &nowhere, NAME, body(&lab, PUBLISHER, &good));
        assert_eq!((missing.status, code(&missing).as_str()), (404, "ResourceNotFound"));
        let mut extra = body(&lab, PUBLISHER, &good);
        extra["properties"]["colour"] = json!("red");
        assert_eq!(put(&lab, "owner", &scope, NAME, extra).status, 400);
    }

    #[test]
    fn a_new_principal_is_found_after_some_tries() {
        let lab = Lab::new();
        lab.knob("principal_replicates_after", json!(2));
        let wanted = body(&lab, PUBLISHER, &principal(&lab, "no-publisher"));
        let tries = [(); 3].map(|()| put(&lab, "owner", &lab.group(), NAME, wanted.clone()).status);
        assert_eq!(tries, [400, 400, 201]);
    }

    #[test]
    fn a_role_counts_at_once_for_control_and_in_its_own_time_for_data() {
        let lab = Lab::new();
        let may = |label: &str, seconds: i64| {
            let (principal, scope) = (principal(&lab, label), lab.group());
            let now = lab.now + TimeDelta::seconds(seconds);
            let state = lab.cloud.state();
            let action = "Microsoft.Insights/Telemetry/Write";
            state.access.allows_data(&principal, action, &scope, now)
        };
        lab.knob("role_delay_s", json!(90));
        lab.knob("remove_role", json!({"label": "slow-role", "scope": "resourceGroup"}));
        for (name, label) in [(NAME, "no-publisher"), (OTHER, "slow-role")] {
            let wanted = body(&lab, PUBLISHER, &principal(&lab, label));
            assert_eq!(put(&lab, "owner", &lab.group(), name, wanted).status, 201);
        }
        assert_eq!([may("no-publisher", 89), may("no-publisher", 90)], [false, true]);
        assert_eq!([may("slow-role", 1799), may("slow-role", 1800)], [false, true]);
        let contributor = body(
            &lab,
            "b24988ac-6180-42a0-ab88-20f7382dd24c",
            &principal(&lab, "no-rights"),
        );
        let name = NAME.replace("0001", "0003");
        assert_eq!(put(&lab, "owner", &lab.workspace(0), &name, contributor).status, 201);
        assert_eq!(lab.get("no-rights", &lab.workspace(0), "2023-09-01").status, 200);
    }

    #[test]
    fn lists_are_filtered_as_documented() {
        let lab = Lab::new();
        let count = |scope: &str, filter: &str| {
            let path = format!("{scope}/providers/Microsoft.Authorization/roleAssignments");
            let query = format!("api-version=2022-04-01&$filter={filter}");
            let body = json_of(&lab.arm("owner", Method::GET, &path, &query, None));
            body["value"].as_array().unwrap_or_else(|| panic!("{body}")).len()
        };
        let ready = principal(&lab, "ready");
        let (group, workspace) = (lab.group(), lab.workspace(0));
        assert_eq!(count(&workspace, &format!("assignedTo('{ready}')")), 3);
        assert_eq!(count(&group, &format!("atScope() and assignedTo('{ready}')")), 2);
        assert_eq!(count(&group, &format!("principalId eq '{}'", ready.to_uppercase())), 3);
        assert!(count(&group, "") > count(&group, "atScope()"));
        let subscription = json_of(&lab.arm(
            "owner",
            Method::GET,
            &format!(
                "{}/providers/Microsoft.Authorization/roleAssignments",
                lab.subscription()
            ),
            "api-version=2022-04-01&$filter=atScope()",
            None,
        ));
        let kinds: Vec<&str> = subscription["value"]
            .as_array()
            .unwrap()
            .iter()
            .filter_map(|one| one["properties"]["principalType"].as_str())
            .collect();
        assert_eq!(kinds, ["ServicePrincipal", "User", "User"]);
        let path = format!("{group}/providers/Microsoft.Authorization/roleAssignments");
        let bad = lab.arm(
            "owner",
            Method::GET,
            &path,
            "api-version=2022-04-01&$filter=x eq 1",
            None,
        );
        assert_eq!((bad.status, code(&bad).as_str()), (400, "UnsupportedFilter"));
        assert_eq!(lab.get("no-rights", &path, "2022-04-01").status, 403);
    }
}
