//! What a test may turn about resources: how Resource Manager answers changes to them, and what others do to them meanwhile.
//!
//! | knob | value | meaning |
//! | --- | --- | --- |
//! | `table_answer` | `"both"`, `"async_operation"`, `"location"`, `"done"` | how a change to a table is answered: 202 with both headers (the default) or with one, or 200 |
//! | `table_s` | number | seconds of lab time that such a change takes (1) |
//! | `retry_after_s` | number | what `Retry-After` says of operations that run (1) |
//! | `operation_outcome` | `"Succeeded"`, `"Failed"`, `"Canceled"` | how operations end that are started from now on (`"Succeeded"`) |
//! | `direct_rules` | `"offered"`, `"ignored"`, `"refused"` | whether a rule of kind `Direct` gets an address of its own, is made without one, or is not made (`"offered"`) |
//! | `linked_check` | boolean | whether writing a rule asks for a right on its workspace as well (true) |
//! | `role_delay_s` | number | seconds of lab time until data services honour a role given from now on (0) |
//! | `principal_replicates_after` | number | how often a role is refused because its principal is not known yet (0) |
//! | `provider_unregistered` | namespace | this resource provider is not registered in any subscription until it is again |
//! | `lock` | `{"scope","level"}` or null | a lock at this scope: `"CanNotDelete"` or `"ReadOnly"` |
//! | `policy_denies` | list of types | a policy forbids writing resources of these types, such as `"Microsoft.Insights/dataCollectionRules"` |
//! | `workspace` | `{"place","ingestion_status","public_ingestion","public_query"}` | health of a workspace, by its place in the list (0); what is left out stays |
//! | `drop_table` | `{"name"}` | somebody else deletes this table of the first workspace |
//! | `drop_rule` | `{"name"}` | somebody else deletes this rule |
//! | `foreign_table` | `{"name"}` | somebody else makes this table in the first workspace, with columns of their own |
//! | `foreign_rule` | `{"name"}` | somebody else makes this rule in the first workspace's resource group, for a table of their own |
//! | `foreign_function` | `{"alias"}` | somebody else stores a function of this alias in the first workspace |

use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;

use super::super::State;
use super::super::operations::Outcome;
use super::super::others;
use super::{scope, text};

/// How a change to a table is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum TableAnswer {
    /// 202 with `Azure-AsyncOperation` and `Location`.
    Both,
    /// 202 with `Azure-AsyncOperation`.
    AsyncOperation,
    /// 202 with `Location`.
    Location,
    /// 200, and the change is done.
    Done,
}

/// What becomes of a rule of kind `Direct`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in super::super) enum DirectRules {
    /// It gets an address of its own.
    Offered,
    /// It is made without one.
    Ignored,
    /// It is not made.
    Refused,
}

/// What a lock keeps from happening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(in super::super) enum LockLevel {
    /// Deleting.
    CanNotDelete,
    /// Deleting and changing.
    ReadOnly,
}

/// Settings that stay until they are set again.
pub(in super::super) struct ResourceKnobs {
    /// How a change to a table is answered.
    pub(in super::super) table_answer: TableAnswer,
    /// Seconds that such a change takes.
    pub(in super::super) table_s: u32,
    /// What `Retry-After` says.
    pub(in super::super) retry_after_s: u32,
    /// How operations end.
    pub(in super::super) operation_outcome: Outcome,
    /// What becomes of rules of kind `Direct`.
    pub(in super::super) direct_rules: DirectRules,
    /// Whether writing a rule asks for a right on its workspace.
    pub(in super::super) linked_check: bool,
    /// Seconds until data services honour a new role.
    pub(in super::super) role_delay_s: u32,
    /// How often a principal is still unknown.
    pub(in super::super) principal_replicates_after: u32,
    /// The scope of a lock, and what it forbids.
    pub(in super::super) lock: Option<(String, LockLevel)>,
    /// Types that a policy forbids to write.
    pub(in super::super) policy_denies: Vec<String>,
}

impl Default for ResourceKnobs {
    fn default() -> Self {
        Self {
            table_answer: TableAnswer::Both,
            table_s: 1,
            retry_after_s: 1,
            operation_outcome: Outcome::Succeeded,
            direct_rules: DirectRules::Offered,
            linked_check: true,
            role_delay_s: 0,
            principal_replicates_after: 0,
            lock: None,
            policy_denies: Vec::new(),
        }
    }
}

/// Sets a knob of this table; `false` where there is none of this name.
pub(super) fn set(state: &mut State, name: &str, value: &Value) -> Result<bool, String> {
    let knobs = &mut state.knobs.resources;
    match name {
        "table_answer" => knobs.table_answer = read(name, value)?,
        "table_s" => knobs.table_s = read(name, value)?,
        "retry_after_s" => knobs.retry_after_s = read(name, value)?,
        "operation_outcome" => knobs.operation_outcome = read(name, value)?,
        "direct_rules" => knobs.direct_rules = read(name, value)?,
        "linked_check" => knobs.linked_check = read(name, value)?,
        "role_delay_s" => knobs.role_delay_s = read(name, value)?,
        "principal_replicates_after" => knobs.principal_replicates_after = read(name, value)?,
        "policy_denies" => knobs.policy_denies = read(name, value)?,
        "lock" => {
            knobs.lock = None;
            if !value.is_null() {
                let level = read("level", value.get("level").unwrap_or(&Value::Null))?;
                state.knobs.resources.lock = Some((scope(state, value)?, level));
            }
        }
        "provider_unregistered" => {
            let namespace: String = read(name, value)?;
            state
                .registrations
                .insert(namespace.to_ascii_lowercase(), DateTime::<chrono::Utc>::MAX_UTC);
        }
        "workspace" => set_health(state, read(name, value)?)?,
        "drop_table" => others::drop_table(state, text(value, "name")?)?,
        "drop_rule" => others::drop_rule(state, text(value, "name")?)?,
        "foreign_table" => others::make_table(state, text(value, "name")?)?,
        "foreign_rule" => others::make_rule(state, text(value, "name")?)?,
        "foreign_function" => others::make_function(state, text(value, "alias")?)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn read<T: serde::de::DeserializeOwned>(name: &str, value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|error| format!("{name} cannot be {value}: {error}"))
}

/// The health of a workspace, as far as it is to change.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Health {
    #[serde(default)]
    place: usize,
    ingestion_status: Option<String>,
    public_ingestion: Option<bool>,
    public_query: Option<bool>,
}

/// What a workspace says of its ingestion.
const STATUSES: [&str; 6] = [
    "RespectQuota",
    "ForceOn",
    "ForceOff",
    "OverQuota",
    "SubscriptionSuspended",
    "ApproachingQuota",
];

fn set_health(state: &mut State, health: Health) -> Result<(), String> {
    let workspace = state.estate.workspaces.get_mut(health.place);
    let workspace = workspace.ok_or_else(|| format!("the lab has no workspace {}", health.place))?;
    if let Some(status) = health.ingestion_status {
        let known = STATUSES.into_iter().find(|one| one.eq_ignore_ascii_case(&status));
        workspace.ingestion_status = known.ok_or_else(|| format!("no ingestion status {status}"))?;
    }
    workspace.public_ingestion = health.public_ingestion.unwrap_or(workspace.public_ingestion);
    workspace.public_query = health.public_query.unwrap_or(workspace.public_query);
    Ok(())
}
