//! What a test may turn about sign-ins, Microsoft Graph, uploads and queries.
//!
//! | knob | value | meaning |
//! | --- | --- | --- |
//! | `conditional_access` | `{"label","blocked"}` | a policy blocks sign-in of the app, or of people where the label is `administrators-client` (`"blocked"`: true when left out) |
//! | `national_tenant_error` | 90038 or 900382 | how tokens for a tenant of another cloud are refused (90038) |
//! | `national_discovery` | boolean | whether tenant discovery answers for such a tenant (true) or refuses it with 90038 |
//! | `auto_consent` | `{"person","approve"}` or null | the sign-in page is answered for this person before it is shown (`"approve"`: true when left out); null shows it again |
//! | `device_code` | `{"user_code","person","approve"}` | this person types the code in, and approves or declines (`"approve"`: true when left out) |
//! | `device_code_interval_s` | number | seconds that a device waits between two questions (5) |
//! | `grant_graph` | `{"label","permission"}` | an administrator consents to this application permission for Microsoft Graph: `Application.Read.All` or `Application.ReadWrite.OwnedBy` |
//! | `secret_replicates_after_s` | number | seconds until a secret that Microsoft Graph has added works (0) |
//! | `upload_size_counts` | `"both"` or `"wire"` | whether the 1 MB of an upload are counted packed and unpacked, or as sent only (`"both"`) |
//! | `uploads_per_minute` | number | uploads that a rule takes in a minute (12,000) |
//! | `upload_span` | `"limited"` or `"any"` | whether rows more than 30 minutes apart are refused in one upload (`"limited"`) |
//! | `unwritten_table` | `"unresolved"` or `"empty"` | what a query finds of a custom table before its first row (`"unresolved"`: an error) |
//! | `answer_rows` | number or null | rows of a query's answer; a longer one is cut there, with an error of code `PartialError` (null: 500,000, and a longer one is refused) |
//!
//! People are named by label (`"owner"`, `"reader"`) or by sign-in name.

use serde_json::Value;

use super::super::directory::PublicClient;
use super::super::entra::Answer;
use super::super::{State, graph};
use super::{app, count, text};

/// Settings that stay until they are set again.
pub(in super::super) struct ServiceKnobs {
    /// 90038 or 900382.
    pub(in super::super) national_tenant_error: u32,
    /// Whether tenant discovery answers for tenants of other clouds.
    pub(in super::super) national_discovery: bool,
    /// Seconds until an added secret works.
    pub(in super::super) secret_replicates_after_s: i64,
    /// Whether an upload is measured unpacked too.
    pub(in super::super) upload_counts_unpacked: bool,
    /// Uploads that a rule takes in a minute.
    pub(in super::super) uploads_per_minute: usize,
    /// Whether the rows of an upload must be close in time.
    pub(in super::super) upload_span_limited: bool,
    /// Whether a custom table can be queried before its first row.
    pub(in super::super) unwritten_is_empty: bool,
    /// Rows at which an answer is cut.
    pub(in super::super) answer_rows: Option<usize>,
}

impl Default for ServiceKnobs {
    fn default() -> Self {
        Self {
            national_tenant_error: 90_038,
            national_discovery: true,
            secret_replicates_after_s: 0,
            upload_counts_unpacked: true,
            uploads_per_minute: 12_000,
            upload_span_limited: true,
            unwritten_is_empty: false,
            answer_rows: None,
        }
    }
}

/// Sets one of these knobs; `false` where none of them has this name.
pub(super) fn set(state: &mut State, name: &str, value: &Value) -> Result<bool, String> {
    match name {
        "conditional_access" => {
            let blocked = flag(value, "blocked")?;
            if text(value, "label")? == PublicClient::LABEL {
                state.directory.public_client.blocked_by_policy = blocked;
            } else {
                app(state, value)?.blocked_by_policy = blocked;
            }
        }
        "national_tenant_error" => {
            state.knobs.services.national_tenant_error = match value.as_u64() {
                Some(90_038) => 90_038,
                Some(900_382) => 900_382,
                _ => return Err(format!("{name} is 90038 or 900382")),
            };
        }
        "national_discovery" => {
            state.knobs.services.national_discovery =
                value.as_bool().ok_or_else(|| format!("{name} is true or false"))?;
        }
        "auto_consent" if value.is_null() => state.sign_ins.automatic = None,
        "auto_consent" => state.sign_ins.automatic = Some(answer(state, value)?),
        "device_code" => {
            let (code, answer) = (text(value, "user_code")?, answer(state, value)?);
            if !state.sign_ins.answer_device(code, answer) {
                return Err(format!("no device waits with the code {code}"));
            }
        }
        "device_code_interval_s" => state.sign_ins.device_interval_s = seconds(name, value)?.max(1),
        "secret_replicates_after_s" => state.knobs.services.secret_replicates_after_s = seconds(name, value)?,
        "grant_graph" => {
            let permission = text(value, "permission")?;
            let permission = graph::PERMISSIONS.iter().find(|known| **known == permission);
            let permission = *permission.ok_or_else(|| format!("\"permission\" is one of {:?}", graph::PERMISSIONS))?;
            app(state, value)?.graph_permissions.push(permission);
        }
        "upload_size_counts" => {
            state.knobs.services.upload_counts_unpacked = one_of(name, value, [("both", true), ("wire", false)])?;
        }
        "upload_span" => {
            state.knobs.services.upload_span_limited = one_of(name, value, [("limited", true), ("any", false)])?;
        }
        "unwritten_table" => {
            state.knobs.services.unwritten_is_empty = one_of(name, value, [("unresolved", false), ("empty", true)])?;
        }
        "answer_rows" if value.is_null() => state.knobs.services.answer_rows = None,
        "answer_rows" => state.knobs.services.answer_rows = Some(count(name, value)?),
        "uploads_per_minute" => state.knobs.services.uploads_per_minute = count(name, value)?,
        _ => return Ok(false),
    }
    Ok(true)
}

/// One of two words, and what each stands for.
fn one_of(name: &str, value: &Value, words: [(&str, bool); 2]) -> Result<bool, String> {
    let found = words.iter().find(|(word, _)| value == word);
    let [(first, _), (second, _)] = words;
    found
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| format!("{name} is \"{first}\" or \"{second}\""))
}

/// What a person answers to a sign-in.
fn answer(state: &State, value: &Value) -> Result<Answer, String> {
    let name = text(value, "person")?;
    let mut people = state.directory.people.iter();
    let person = people.find(|person| person.label == name || person.sign_in_name.eq_ignore_ascii_case(name));
    let person = person.ok_or_else(|| format!("no person called {name}"))?;
    Ok(match flag(value, "approve")? {
        true => Answer::Approved(person.object_id.clone()),
        false => Answer::Declined,
    })
}

/// A field that is true or false, and true when left out.
fn flag(value: &Value, name: &str) -> Result<bool, String> {
    match value.get(name) {
        None => Ok(true),
        Some(flag) => flag.as_bool().ok_or_else(|| format!("\"{name}\" is true or false")),
    }
}

fn seconds(name: &str, value: &Value) -> Result<i64, String> {
    let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
    number
        .map(i64::from)
        .ok_or_else(|| format!("{name} is a whole number of seconds"))
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::Lab;
    use serde_json::json;

    #[test]
    fn a_value_that_means_nothing_is_refused_by_name() {
        let lab = Lab::new();
        for (name, value, part) in [
            ("upload_size_counts", json!("none"), "\"both\" or \"wire\""),
            ("upload_span", json!(true), "\"limited\" or \"any\""),
            ("unwritten_table", json!(0), "\"unresolved\" or \"empty\""),
            ("uploads_per_minute", json!(0), "from 1 on"),
            ("national_tenant_error", json!(50_059), "90038 or 900382"),
            ("national_discovery", json!("no"), "true or false"),
            ("secret_replicates_after_s", json!(-1), "whole number of seconds"),
            ("conditional_access", json!({"label": "nobody"}), "nobody"),
            (
                "conditional_access",
                json!({"label": "ready", "blocked": 1}),
                "\"blocked\"",
            ),
            ("auto_consent", json!({"person": "nobody"}), "nobody"),
            ("device_code", json!({"person": "owner"}), "\"user_code\""),
            (
                "grant_graph",
                json!({"label": "ready", "permission": "All"}),
                "Application.Read.All",
            ),
        ] {
            let refused = lab.cloud.set_knob(name, &value).unwrap_err();
            assert!(refused.contains(part), "{name}: {refused}");
        }
    }
}
