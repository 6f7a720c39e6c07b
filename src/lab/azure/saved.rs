//! Saved searches: what a workspace accepts as one, and what it stores.
//!
//! The rules are those of Microsoft's REST reference "Saved Searches" and of "Functions in Azure Monitor log queries".

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

/// Most tags of one saved search.
const TAGS: usize = 15;
/// Longest value of a tag, in characters.
const TAG_VALUE_CHARS: usize = 256;
/// Longest ID, in characters.
const ID_CHARS: usize = 260;

/// A stored saved search.
#[derive(Debug, Clone)]
pub(super) struct SavedSearch {
    /// The ID, spelled as it was first written.
    pub(super) id: String,
    /// Changes with every write.
    pub(super) etag: String,
    /// The rest.
    pub(super) properties: Properties,
}

/// The `properties` of a saved search, in Microsoft's spelling; any other name is refused.
#[derive(Debug, Clone, serde::Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Properties {
    /// The heading that it is listed under.
    pub(super) category: String,
    /// The name that people see.
    pub(super) display_name: String,
    /// The query.
    pub(super) query: String,
    /// The name by which other queries call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) function_alias: Option<String>,
    /// The parameters of the function.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) function_parameters: Option<String>,
    /// Version of the query language.
    #[serde(default = "current_version")]
    pub(super) version: i64,
    /// Tags; `Group` = `Computer` makes it a computer group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<Tag>,
}

/// A tag of a saved search.
#[derive(Debug, Clone, serde::Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tag {
    /// Its name.
    pub(super) name: String,
    /// Its value.
    pub(super) value: String,
}

/// The body of a PUT.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Write {
    /// Which stored version this write replaces: `*` for any.
    #[serde(default)]
    pub(super) etag: Option<String>,
    /// What is to be stored.
    pub(super) properties: Properties,
    /// What the answer to a GET carries besides; a client may send it back, and it changes nothing.
    #[serde(default, rename = "id")]
    _id: Option<String>,
    #[serde(default, rename = "name")]
    _name: Option<String>,
    #[serde(default, rename = "type")]
    _type: Option<String>,
}

fn current_version() -> i64 {
    2
}

impl Properties {
    /// Why these properties cannot be stored, in a sentence; `query_chars` is the longest query text.
    pub(super) fn fault(&self, query_chars: usize) -> Option<String> {
        for (name, value) in [
            ("category", &self.category),
            ("displayName", &self.display_name),
            ("query", &self.query),
        ] {
            if value.trim().is_empty() {
                return Some(format!("The property '{name}' of the saved search must not be empty."));
            }
        }
        let chars = self.query.chars().count();
        if chars > query_chars {
            return Some(format!(
                "The query of the saved search is too long: it has {chars} characters, and at most {query_chars} are allowed."
            ));
        }
        if !matches!(self.version, 1 | 2) {
            return Some(format!(
                "The version '{}' of the saved search is not valid.",
                self.version
            ));
        }
        if self.function_parameters.is_some() && self.function_alias.is_none() {
            return Some("Function parameters need a function alias.".into());
        }
        self.alias_fault().or_else(|| self.tag_fault())
    }

    fn alias_fault(&self) -> Option<String> {
        let alias = self.function_alias.as_deref()?;
        let good = !alias.is_empty()
            && !alias.starts_with('_')
            && alias.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
        (!good).then(|| {
            format!(
                "The function alias '{alias}' is not valid: only letters, digits and underscores are allowed, and it \
                 must not start with an underscore."
            )
        })
    }

    fn tag_fault(&self) -> Option<String> {
        if self.tags.len() > TAGS {
            return Some(format!(
                "The saved search has {} tags, and at most {TAGS} are allowed.",
                self.tags.len()
            ));
        }
        self.tags.iter().find_map(|tag| {
            if tag.name.is_empty() {
                return Some("A tag of the saved search has no name.".into());
            }
            let chars = tag.value.chars().count();
            (chars > TAG_VALUE_CHARS).then(|| {
                format!(
                    "The value of tag '{}' has {chars} characters, and at most {TAG_VALUE_CHARS} are allowed.",
                    tag.name
                )
            })
        })
    }
}

impl SavedSearch {
    /// The resource as its provider shows it; as in Microsoft's example, its ID does not begin with a slash.
    pub(super) fn to_json(&self, workspace: &str) -> Value {
        json!({
            "id": format!("{}/savedSearches/{}", workspace.trim_start_matches('/'), self.id),
            "name": self.id,
            "type": "Microsoft.OperationalInsights/savedSearches",
            "etag": self.etag,
            "properties": self.properties,
        })
    }

    /// The text by which other queries can call it: language version 2, an alias, no parameters.
    pub(super) fn function(&self) -> Option<(&str, &str)> {
        let properties = &self.properties;
        let callable = properties.version == 2 && properties.function_parameters.is_none();
        let alias = properties.function_alias.as_deref().filter(|_| callable)?;
        Some((alias, &properties.query))
    }

    /// What somebody else has stored in the first workspace: an ordinary search, and a computer group whose alias a
    /// connector of the site PS1 would want for the built-in collection SMS00001.
    pub(super) fn of_others(at: DateTime<Utc>) -> Vec<Self> {
        let plain = Properties {
            category: "Operations".into(),
            display_name: "Computers without a heartbeat".into(),
            query: "Heartbeat | summarize LastCall = max(TimeGenerated) by Computer | where LastCall < ago(1d)".into(),
            function_alias: None,
            function_parameters: None,
            version: 2,
            tags: Vec::new(),
        };
        let group = Properties {
            category: "Operations".into(),
            display_name: "Servers of the old data centre".into(),
            query: "datatable(Computer:string)[\"OLD-SRV-01\", \"OLD-SRV-02\"] | distinct Computer".into(),
            function_alias: Some("ConfigMgr_PS1_SMS00001".into()),
            tags: vec![Tag {
                name: "Group".into(),
                value: "Computer".into(),
            }],
            ..plain.clone()
        };
        [
            ("operations-silent-computers", plain),
            ("operations-old-servers", group),
        ]
        .into_iter()
        .map(|(id, properties)| Self {
            id: id.into(),
            etag: etag(at),
            properties,
        })
        .collect()
    }
}

/// The etag of a write at a moment.
pub(super) fn etag(at: DateTime<Utc>) -> String {
    let seconds = at.format("%Y-%m-%dT%H%%3A%M%%3A%S");
    format!("W/\"datetime'{seconds}.{:07}Z'\"", at.timestamp_subsec_nanos() / 100)
}

/// Whether ARM takes this as the ID of a saved search.
pub(super) fn id_is_good(id: &str) -> bool {
    let chars = id.chars().count();
    (1..=ID_CHARS).contains(&chars)
        && !id.ends_with(['.', ' '])
        && !id.contains(|one: char| one.is_control() || "<>%&\\?/#".contains(one))
}

/// Whether another saved search of the workspace has this alias already, whatever its case.
pub(super) fn alias_taken<'a>(saved: &'a BTreeMap<String, SavedSearch>, id: &str, alias: &str) -> Option<&'a str> {
    saved
        .iter()
        .filter(|(other, _)| !other.eq_ignore_ascii_case(id))
        .find(|(_, search)| {
            let taken = search.properties.function_alias.as_deref();
            taken.is_some_and(|taken| taken.eq_ignore_ascii_case(alias))
        })
        .map(|(_, search)| search.id.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeZone;

    #[test]
    fn an_etag_has_the_form_of_microsofts_example() {
        let at = Utc.with_ymd_and_hms(2017, 10, 2, 23, 15, 41).unwrap() + chrono::TimeDelta::nanoseconds(70_987_500);
        assert_eq!(etag(at), "W/\"datetime'2017-10-02T23%3A15%3A41.0709875Z'\"");
    }

    #[test]
    fn ids_that_arm_refuses_are_refused() {
        assert!(id_is_good("configmgr-1a2b-ps100016"));
        assert!(id_is_good("LogManagement(w)_LogManagement|Alerts"));
        let long = "a".repeat(261);
        for bad in ["", "a/b", "a?b", "a%b", "ends.", "ends ", "tab\t", &long] {
            assert!(!id_is_good(bad), "{bad:?}");
        }
    }
}
