//! The switches of the site: situations of a hierarchy, faults of a provider, and behaviours that nobody has been able to
//! verify, so that a client can be tried against both.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::knob_table::KNOBS;

/// Which site the target is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hierarchy {
    /// A primary site without a parent (and with a secondary below it).
    Standalone,
    /// A primary site below a central administration site.
    Child,
    /// The central administration site itself.
    Cas,
    /// A standalone primary, reached at the provider on its passive site server.
    Passive,
}

/// What the service connection point says of its mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConnectionPoint {
    Online,
    Offline,
    /// Offline, with the value as a text.
    OfflineAsText,
    /// Installed, but without the property `OfflineMode`.
    Unknown,
    /// Not installed.
    Missing,
}

/// How memberships change between the pages of one reading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MidChange {
    /// After so many page requests of a collection.
    pub(super) after_pages: usize,
    /// So many memberships are moved.
    pub(super) moves: usize,
    /// So many more times; `None` for ever.
    pub(super) times: Option<usize>,
}

/// How a collection is evaluated under the eyes of a reader: half of the change shows in the rows while `CurrentStatus` says
/// "evaluating", count and change time still those of before; the other half, count and time come at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Evaluation {
    /// Begins after so many page requests of a collection.
    pub(super) after_pages: usize,
    /// Lasts for so many page requests.
    pub(super) pages: usize,
    /// So many members go, and as many come.
    pub(super) moves: usize,
    /// So many more times; `None` for ever.
    pub(super) times: Option<usize>,
}

/// All switches; the default is a healthy standalone primary site.
#[derive(Debug, Clone)]
pub(super) struct Knobs {
    pub(super) hierarchy: Hierarchy,
    /// Whether the host is some other web server instead of a provider.
    pub(super) iis: bool,
    pub(super) connection_point: ConnectionPoint,
    /// Build number that replaces the configured one.
    pub(super) build: Option<u32>,
    /// Whether every Kerberos ticket is let in, unseen.
    pub(super) kerberos_accepted: bool,
    /// GUID that replaces the one of the site whose provider answers: it was installed anew.
    pub(super) site_guid: Option<String>,
    /// Properties that a filter may not name.
    pub(super) refused_properties: Vec<String>,
    /// Whether a filter that the service does not take is answered with an empty list instead of 404.
    pub(super) refused_filters_empty: bool,
    /// Whether `$select` without all keys collapses rows.
    pub(super) collapse_select: bool,
    /// Rows a page, the rest behind `@odata.nextLink`.
    pub(super) next_link_cap: Option<usize>,
    /// Scheme and authority of `@odata.nextLink` instead of the site's own.
    pub(super) next_link_origin: Option<String>,
    /// Rows a page, the rest silently left out.
    pub(super) silent_cap: Option<usize>,
    /// Whether `$orderby` together with `$skip` is refused.
    pub(super) order_with_skip_refused: bool,
    /// Whether a filter with `gt`, `ge`, `lt` or `le` is refused.
    pub(super) ranges_refused: bool,
    /// Whether `$top` is passed over.
    pub(super) top_ignored: bool,
    /// Whether an account without rights gets 403 instead of 404.
    pub(super) no_rights_403: bool,
    pub(super) mid_change: Option<MidChange>,
    pub(super) evaluation: Option<Evaluation>,
    /// Collections whose `MemberCount` is wrong, and by how much.
    pub(super) member_count_off: BTreeMap<String, i64>,
    /// So many records are not in `SMS_R_System` until a listing of it has come to its end.
    pub(super) late_devices: usize,
    /// Other names of collections.
    pub(super) renamed: BTreeMap<String, String>,
    /// Collections that are not there any more.
    pub(super) gone: BTreeSet<String>,
    /// Scheme and authority under which the site is reached, for `@odata.context`.
    pub(super) origin: Option<String>,
    /// Name and ID of the tenant that the site knows, in place of the lab's own.
    pub(super) tenant: Option<(String, String)>,
    /// Whether the lab's own tenant and app are unknown to the site.
    pub(super) knows_no_apps: bool,
}

impl Default for Knobs {
    fn default() -> Self {
        Self {
            hierarchy: Hierarchy::Standalone,
            iis: false,
            connection_point: ConnectionPoint::Online,
            build: None,
            kerberos_accepted: false,
            site_guid: None,
            refused_properties: Vec::new(),
            refused_filters_empty: false,
            collapse_select: false,
            next_link_cap: None,
            next_link_origin: None,
            silent_cap: None,
            order_with_skip_refused: false,
            ranges_refused: false,
            top_ignored: false,
            no_rights_403: false,
            mid_change: None,
            evaluation: None,
            member_count_off: BTreeMap::new(),
            late_devices: 0,
            renamed: BTreeMap::new(),
            gone: BTreeSet::new(),
            origin: None,
            tenant: None,
            knows_no_apps: false,
        }
    }
}

impl Knobs {
    /// Turns one switch; [`super::KNOBS`] is the table of them.
    pub(super) fn set(&mut self, name: &str, value: &Value) -> Result<(), String> {
        match name {
            "hierarchy" => {
                self.hierarchy = one_of(
                    name,
                    value,
                    &[
                        ("standalone", Hierarchy::Standalone),
                        ("child", Hierarchy::Child),
                        ("cas", Hierarchy::Cas),
                        ("passive", Hierarchy::Passive),
                    ],
                )?;
            }
            "role" => self.iis = one_of(name, value, &[("provider", false), ("iis", true)])?,
            "scp" => {
                self.connection_point = one_of(
                    name,
                    value,
                    &[
                        ("online", ConnectionPoint::Online),
                        ("offline", ConnectionPoint::Offline),
                        ("offline-as-text", ConnectionPoint::OfflineAsText),
                        ("unknown", ConnectionPoint::Unknown),
                        ("missing", ConnectionPoint::Missing),
                    ],
                )?;
            }
            "kerberos" => self.kerberos_accepted = one_of(name, value, &[("refused", false), ("accepted", true)])?,
            "site_guid" => self.site_guid = guid(name, value)?,
            "refused_properties" => self.refused_properties = names(name, value)?,
            "build" => self.build = count(name, value)?.map(|build| u32::try_from(build).unwrap_or(u32::MAX)),
            "refused_filters" => {
                self.refused_filters_empty = one_of(name, value, &[("404", false), ("empty", true)])?;
            }
            "collapse_select" => self.collapse_select = truth(name, value)?,
            "next_link_cap" => self.next_link_cap = cap(name, value)?,
            "next_link_origin" => self.next_link_origin = words(name, value)?,
            "silent_cap" => self.silent_cap = cap(name, value)?,
            "orderby_with_skip" => {
                self.order_with_skip_refused = one_of(name, value, &[("accepted", false), ("refused", true)])?;
            }
            "ranges" => self.ranges_refused = one_of(name, value, &[("accepted", false), ("refused", true)])?,
            "top" => self.top_ignored = one_of(name, value, &[("honoured", false), ("ignored", true)])?,
            "no_rights_status" => {
                self.no_rights_403 = one_of(name, value, &[("404", false), ("403", true)])?;
            }
            "mid_change" => self.mid_change = mid_change(name, value)?,
            "evaluation" => self.evaluation = evaluation(name, value)?,
            "member_count_off" => self.member_count_off = offsets(name, value)?,
            "late_devices" => self.late_devices = count(name, value)?.unwrap_or_default(),
            "renamed" => self.renamed = of_type(name, value)?,
            "gone" => self.gone = of_type(name, value)?,
            "origin" => self.origin = words(name, value)?,
            "tenant" => self.tenant = tenant(name, value)?,
            "known_apps" => self.knows_no_apps = one_of(name, value, &[("lab", false), ("none", true)])?,
            _ => {
                let known: Vec<&str> = KNOBS.iter().map(|knob| knob.name).collect();
                return Err(format!(
                    "the site has no knob called {name}; it has {}",
                    known.join(", ")
                ));
            }
        }
        Ok(())
    }
}

fn one_of<T: Copy>(name: &str, value: &Value, choices: &[(&str, T)]) -> Result<T, String> {
    // `404` may be written as a number too.
    let word = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    choices
        .iter()
        .find(|(choice, _)| *choice == word)
        .map(|(_, meaning)| *meaning)
        .ok_or_else(|| {
            let known: Vec<&str> = choices.iter().map(|(choice, _)| *choice).collect();
            format!("knob {name} takes one of {}, not {value}", known.join(", "))
        })
}

fn truth(name: &str, value: &Value) -> Result<bool, String> {
    value
        .as_bool()
        .ok_or_else(|| format!("knob {name} takes true or false, not {value}"))
}

fn count(name: &str, value: &Value) -> Result<Option<usize>, String> {
    if value.is_null() {
        return Ok(None);
    }
    value
        .as_u64()
        .and_then(|number| usize::try_from(number).ok())
        .map(Some)
        .ok_or_else(|| format!("knob {name} takes a number or null, not {value}"))
}

/// A cap of nothing would page for ever.
fn cap(name: &str, value: &Value) -> Result<Option<usize>, String> {
    match count(name, value)? {
        Some(0) => Err(format!("knob {name} takes a number from 1, or null")),
        other => Ok(other),
    }
}

fn words(name: &str, value: &Value) -> Result<Option<String>, String> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.trim_end_matches('/').to_owned())),
        _ => Err(format!("knob {name} takes a text or null, not {value}")),
    }
}

fn mid_change(name: &str, value: &Value) -> Result<Option<MidChange>, String> {
    let (after, moves, times) = match value {
        Value::Null | Value::Bool(false) => return Ok(None),
        Value::Object(_) => (
            value.get("after_pages").cloned().unwrap_or(Value::from(1)),
            value.get("moves").cloned().unwrap_or(Value::from(4)),
            value.get("times").cloned().unwrap_or(Value::from(1)),
        ),
        number => (number.clone(), Value::from(4), Value::from(1)),
    };
    match (cap(name, &after)?, cap(name, &moves)?, count(name, &times)?) {
        (Some(after_pages), Some(moves), times) => Ok(Some(MidChange {
            after_pages,
            moves,
            times,
        })),
        _ => Err(format!("knob {name} takes a number, or after_pages, moves and times")),
    }
}

fn evaluation(name: &str, value: &Value) -> Result<Option<Evaluation>, String> {
    let part = |key: &str, otherwise: u64| value.get(key).cloned().unwrap_or(Value::from(otherwise));
    let after = match value {
        Value::Null | Value::Bool(false) => return Ok(None),
        Value::Object(_) => part("after_pages", 1),
        number => number.clone(),
    };
    let counts = (
        cap(name, &after)?,
        cap(name, &part("pages", 3))?,
        cap(name, &part("moves", 2))?,
    );
    match (counts, count(name, &part("times", 1))?) {
        ((Some(after_pages), Some(pages), Some(moves)), times) => Ok(Some(Evaluation {
            after_pages,
            pages,
            moves,
            times,
        })),
        _ => Err(format!(
            "knob {name} takes a number, or after_pages, pages, moves and times"
        )),
    }
}

fn guid(name: &str, value: &Value) -> Result<Option<String>, String> {
    let Some(text) = words(name, value)? else {
        return Ok(None);
    };
    uuid::Uuid::try_parse(&text)
        .map(|id| Some(id.to_string().to_uppercase()))
        .map_err(|_| format!("knob {name} takes a GUID or null, not {value}"))
}

/// Names of properties: one text with commas, or an array of texts.
fn names(name: &str, value: &Value) -> Result<Vec<String>, String> {
    let wrong = || format!("knob {name} takes names of properties, or null, not {value}");
    match value {
        Value::Null => Ok(Vec::new()),
        Value::String(text) => Ok(text.split(',').map(|part| part.trim().to_owned()).collect()),
        Value::Array(items) => items
            .iter()
            .map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong))
            .collect(),
        _ => Err(wrong()),
    }
}

fn offsets(name: &str, value: &Value) -> Result<BTreeMap<String, i64>, String> {
    let wrong = || format!("knob {name} takes an object of collection ID and difference, or null");
    match value {
        Value::Null => Ok(BTreeMap::new()),
        Value::Object(pairs) => pairs
            .iter()
            .map(|(id, by)| by.as_i64().map(|by| (id.to_ascii_uppercase(), by)).ok_or_else(wrong))
            .collect(),
        _ => Err(wrong()),
    }
}

fn of_type<T: serde::de::DeserializeOwned + Default>(name: &str, value: &Value) -> Result<T, String> {
    if value.is_null() {
        return Ok(T::default());
    }
    serde_json::from_value(value.clone()).map_err(|why| format!("knob {name} does not take {value}: {why}"))
}

fn tenant(name: &str, value: &Value) -> Result<Option<(String, String)>, String> {
    if value.is_null() {
        return Ok(None);
    }
    let part = |key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    match (part("name"), part("id")) {
        (Some(name), Some(id)) => Ok(Some((name, id))),
        _ => Err(format!("knob {name} takes an object with name and id, or null")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_knobs_take_their_values_and_say_what_they_take() {
        let mut knobs = Knobs::default();
        knobs.set("hierarchy", &json!("child")).unwrap();
        knobs.set("refused_filters", &json!("empty")).unwrap();
        knobs.set("next_link_cap", &json!(100)).unwrap();
        knobs
            .set("mid_change", &json!({"after_pages": 2, "times": null}))
            .unwrap();
        knobs.set("member_count_off", &json!({"ps100014": -3})).unwrap();
        assert_eq!(knobs.hierarchy, Hierarchy::Child);
        assert!(knobs.refused_filters_empty);
        assert_eq!(knobs.next_link_cap, Some(100));
        assert_eq!(
            knobs.mid_change.as_ref().map(|m| (m.after_pages, m.times)),
            Some((2, None))
        );
        assert_eq!(knobs.member_count_off.get("PS100014"), Some(&-3));

        let message = knobs.set("scp", &json!("sleepy")).unwrap_err();
        assert!(
            message.contains("scp") && message.contains("offline-as-text"),
            "{message}"
        );
        assert!(knobs.set("next_link_cap", &json!(0)).is_err());
        let message = knobs.set("colour", &json!("red")).unwrap_err();
        assert!(message.contains("colour") && message.contains("hierarchy"), "{message}");

        knobs.set("evaluation", &json!({"pages": 9, "times": null})).unwrap();
        let evaluation = knobs
            .evaluation
            .as_ref()
            .map(|e| (e.after_pages, e.pages, e.moves, e.times));
        assert_eq!(evaluation, Some((1, 9, 2, None)));
        knobs.set("refused_properties", &json!("ResourceID, Name")).unwrap();
        assert_eq!(knobs.refused_properties, ["ResourceID", "Name"]);
        assert!(knobs.set("site_guid", &json!("PS1")).is_err());
    }
}
