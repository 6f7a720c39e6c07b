//! What a test may turn: limits that Microsoft does not publish, behaviours that are documented only in part, and what
//! an administrator does to an app while the program runs.
//!
//! | knob | value | meaning |
//! | --- | --- | --- |
//! | `query_chars` | number | longest query text that a saved search may carry (10,000) |
//! | `etag_mismatch_status` | 409 or 412 | answer to a write whose etag is not the stored one (409) |
//! | `subscription_page_size` | number | subscriptions on one page of their list (100) |
//! | `narrow_role_lists` | `"empty"`, `"listed"`, `"forbidden"` | what the list of workspaces answers to a principal that holds a role on a workspace alone (`"empty"`) |
//! | `narrow_role_subscription` | boolean | whether such a principal sees the subscription (true) |
//! | `rotate_secret` | `{"label"}` | the app's next secret key is added; the old one stays |
//! | `expire_secret` | `{"label"}` | the app's first secret key has expired |
//! | `disable_app` | `{"label","disabled"}` | sign-in of the app is switched off (`"disabled"`: true when left out) |
//! | `remove_role` | `{"label","scope"}` | what the app holds at this scope is taken away |
//! | `assign_role` | `{"label","role","scope"}` | the app gets a built-in role, by its portal name |
//! | `drop_saved_search` | `{"id"}` | somebody else deletes this saved search of the first workspace |
//!
//! What may be turned about resources is in the table of `resources`; about sign-ins, Microsoft Graph, uploads and queries
//! in that of `services`.
//!
//! A scope is `"workspace"` (also when left out), `"resourceGroup"` or `"subscription"`: the ones of the first workspace.

mod resources;
mod services;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::State;
use super::directory::App;
use super::roles;

pub(super) use self::resources::{DirectRules, LockLevel, ResourceKnobs, TableAnswer};
pub(super) use self::services::ServiceKnobs;

/// What the list of workspaces answers to a principal that may read a workspace but not the scope it is listed at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NarrowLists {
    /// 200 with an empty list.
    Empty,
    /// 200 with the workspaces that it may read.
    Listed,
    /// 403 `AuthorizationFailed`.
    Forbidden,
}

/// Settings that stay until they are set again.
pub(super) struct Knobs {
    /// Longest query text of a saved search, in characters.
    pub(super) query_chars: usize,
    /// 409 or 412.
    pub(super) etag_mismatch_status: u16,
    /// Subscriptions on one page.
    pub(super) subscription_page_size: usize,
    /// What narrow roles see in a list of workspaces.
    pub(super) narrow_role_lists: NarrowLists,
    /// Whether narrow roles see their subscription.
    pub(super) narrow_role_subscription: bool,
    /// Those about resources.
    pub(super) resources: ResourceKnobs,
    /// Those about sign-ins, Microsoft Graph, uploads and queries.
    pub(super) services: ServiceKnobs,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            query_chars: 10_000,
            etag_mismatch_status: 409,
            subscription_page_size: 100,
            narrow_role_lists: NarrowLists::Empty,
            narrow_role_subscription: true,
            resources: ResourceKnobs::default(),
            services: ServiceKnobs::default(),
        }
    }
}

/// Sets a knob or does what it names.
pub(super) fn set(state: &mut State, name: &str, value: &Value) -> Result<(), String> {
    let knobs = &mut state.knobs;
    match name {
        "query_chars" => knobs.query_chars = count(name, value)?,
        "subscription_page_size" => knobs.subscription_page_size = count(name, value)?,
        "narrow_role_subscription" => {
            knobs.narrow_role_subscription = value.as_bool().ok_or_else(|| format!("{name} is true or false"))?;
        }
        "etag_mismatch_status" => {
            knobs.etag_mismatch_status = match value.as_u64() {
                Some(409) => 409,
                Some(412) => 412,
                _ => return Err(format!("{name} is 409 or 412")),
            };
        }
        "narrow_role_lists" => {
            knobs.narrow_role_lists = match value.as_str() {
                Some("empty") => NarrowLists::Empty,
                Some("listed") => NarrowLists::Listed,
                Some("forbidden") => NarrowLists::Forbidden,
                _ => return Err(format!("{name} is \"empty\", \"listed\" or \"forbidden\"")),
            };
        }
        "rotate_secret" => {
            let app = app(state, value)?;
            let next = app.next_secret.clone();
            app.secrets.retain(|secret| secret.key_id != next.key_id);
            app.secrets.push(next);
        }
        "expire_secret" => {
            let first = app(state, value)?.secrets.first_mut();
            first.ok_or("the app has no secret")?.expires = DateTime::<Utc>::UNIX_EPOCH;
        }
        "disable_app" => {
            app(state, value)?.disabled = value.get("disabled").and_then(Value::as_bool).unwrap_or(true);
        }
        "remove_role" => {
            let (principal, scope) = (app(state, value)?.object_id.clone(), scope(state, value)?);
            if state.access.revoke_at(&principal, &scope) == 0 {
                return Err(format!("the app holds no role at {scope}"));
            }
        }
        "assign_role" => {
            let (principal, scope) = (app(state, value)?.object_id.clone(), scope(state, value)?);
            let role = text(value, "role")?;
            let role = roles::named(role).ok_or_else(|| format!("no role called {role}"))?;
            state.access.assign(&principal, role, &scope, DateTime::UNIX_EPOCH);
        }
        "drop_saved_search" => {
            let id = text(value, "id")?;
            let first = state.estate.workspaces.first_mut();
            let gone = first.and_then(|workspace| workspace.saved.remove(&id.to_ascii_lowercase()));
            gone.map(|_| ()).ok_or_else(|| format!("no saved search {id}"))?;
        }
        _ if resources::set(state, name, value)? => {}
        _ if services::set(state, name, value)? => {}
        _ => return Err(format!("no knob called {name}")),
    }
    Ok(())
}

fn count(name: &str, value: &Value) -> Result<usize, String> {
    let number = value.as_u64().and_then(|number| usize::try_from(number).ok());
    number
        .filter(|number| *number > 0)
        .ok_or_else(|| format!("{name} is a whole number from 1 on"))
}

fn text<'a>(value: &'a Value, name: &str) -> Result<&'a str, String> {
    let text = value.get(name).and_then(Value::as_str);
    text.ok_or_else(|| format!("\"{name}\" is missing"))
}

fn app<'a>(state: &'a mut State, value: &Value) -> Result<&'a mut App, String> {
    let label = text(value, "label")?;
    let app = state.directory.labelled(label);
    app.ok_or_else(|| format!("no app labelled {label}"))
}

fn scope(state: &State, value: &Value) -> Result<String, String> {
    let workspace = state.estate.workspaces.first().ok_or("the lab has no workspace")?;
    let subscription = format!("/subscriptions/{}", workspace.subscription);
    match value.get("scope").map_or(Some("workspace"), Value::as_str) {
        Some("workspace") => Ok(workspace.resource_id()),
        Some("resourceGroup") => Ok(format!("{subscription}/resourceGroups/{}", workspace.group)),
        Some("subscription") => Ok(subscription),
        _ => Err("\"scope\" is \"workspace\", \"resourceGroup\" or \"subscription\"".into()),
    }
}
