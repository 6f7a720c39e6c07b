//! Role definitions: the built-in ones, by GUID and by name.

use serde_json::{Value, json};

use super::super::roles::{self, Role};
use super::error::ArmError;
use super::scope::Scope;
use super::{Call, list};
use crate::lab::http::Response;

const READ: &str = "Microsoft.Authorization/roleDefinitions/read";

impl Call<'_> {
    /// All of them, or the one that `$filter=roleName eq '…'` names.
    pub(super) fn list_role_definitions(&mut self, scope: Option<&Scope>) -> Result<Response, ArmError> {
        let place = self.enter_definitions(scope)?;
        let name = match self.request.param("$filter") {
            None => None,
            Some(filter) => Some(role_name(&filter).ok_or_else(|| {
                ArmError::new(
                    400,
                    "UnsupportedFilter",
                    format!("The filter '{filter}' is not supported."),
                )
            })?),
        };
        let all = roles::ALL.into_iter();
        let found = all.filter(|role| name.as_ref().is_none_or(|name| role.name.eq_ignore_ascii_case(name)));
        Ok(list(found.map(|role| definition_json(&place, role)).collect()))
    }

    pub(super) fn get_role_definition(&mut self, scope: Option<&Scope>, id: &str) -> Result<Response, ArmError> {
        let place = self.enter_definitions(scope)?;
        match roles::by_id(id) {
            Some(role) => Ok(Response::json(200, &definition_json(&place, role))),
            None => Err(ArmError::new(
                404,
                "RoleDefinitionDoesNotExist",
                format!(
                    "The specified role definition with ID '{}' does not exist.",
                    id.replace('-', "")
                ),
            )),
        }
    }

    /// The scope; everybody who came in may look at the tenant's definitions.
    fn enter_definitions(&mut self, scope: Option<&Scope>) -> Result<String, ArmError> {
        let Some(scope) = scope else {
            return Ok(String::new());
        };
        self.authorize(READ, &scope.id())?;
        self.exists(scope)?;
        Ok(scope.id())
    }
}

/// The ID of a role's definition, seen from a scope.
pub(super) fn id(scope: &str, role: &Role) -> String {
    let subscription: String = scope.split('/').take(3).collect::<Vec<_>>().join("/");
    format!(
        "{subscription}/providers/Microsoft.Authorization/roleDefinitions/{}",
        role.id
    )
}

/// The name in `roleName eq '…'`.
fn role_name(filter: &str) -> Option<String> {
    let quoted = filter.trim().strip_prefix("roleName eq ")?.trim();
    Some(quoted.strip_prefix('\'')?.strip_suffix('\'')?.replace("''", "'"))
}

fn definition_json(scope: &str, role: &Role) -> Value {
    json!({
        "properties": {
            "roleName": role.name,
            "type": "BuiltInRole",
            "description": format!("Built-in role {}.", role.name),
            "assignableScopes": ["/"],
            "permissions": [{
                "actions": role.actions,
                "notActions": role.not_actions,
                "dataActions": role.data_actions,
                "notDataActions": [],
            }],
        },
        "id": id(scope, role),
        "type": "Microsoft.Authorization/roleDefinitions",
        "name": role.id,
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, code, json_of, names};
    use http::Method;

    #[test]
    fn a_role_is_found_by_name_and_by_guid() {
        let lab = Lab::new();
        let path = |scope: &str| format!("{scope}/providers/Microsoft.Authorization/roleDefinitions");
        let ask = |scope: &str, filter: &str| {
            let query = format!("api-version=2022-04-01{filter}");
            lab.arm("ready", Method::GET, &path(scope), &query, None)
        };
        let scope = lab.workspace(0);
        let publisher = "3913510d-42f4-4e42-8a64-420c390055eb";
        let found = ask(&scope, "&$filter=roleName eq 'monitoring metrics publisher'");
        assert_eq!(names(&found), [publisher]);
        let id = json_of(&found)["value"][0]["id"].as_str().unwrap().to_owned();
        assert!(id.starts_with(&lab.subscription()), "{id}");
        let read = lab.get("ready", &format!("{}/{publisher}", path(&scope)), "2022-04-01");
        assert_eq!(json_of(&read), json_of(&found)["value"][0]);
        assert_eq!(names(&ask("", "")).len(), 10);
        assert!(names(&ask(&scope, "&$filter=roleName eq 'Nobody'")).is_empty());
        assert_eq!(code(&ask(&scope, "&$filter=type eq 'x'")), "UnsupportedFilter");
        assert_eq!(code(&ask(&lab.subscription(), "")), "AuthorizationFailed");
        let none = lab.get("ready", &format!("{}/none", path(&scope)), "2022-04-01");
        assert_eq!(code(&none), "RoleDefinitionDoesNotExist");
    }
}
