//! One planned fault: how it is written in JSON, what is refused, which requests it matches.
//!
//! ```json
//! {"service":"arm","method":"PUT","path":"/savedSearches/","phase":"after","kind":"status","status":503,"retry_after":2,"times":1}
//! ```
//!
//! | field | meaning |
//! | --- | --- |
//! | `service` | `entra`, `arm`, `query`, `graph`, `ingestion` or `site`; any service where left out |
//! | `method` | any method where left out |
//! | `path` | a part of the path, or, with `*` in it, a pattern for the whole path; `*` stands for any text, slashes too. Letter case does not matter. It is tried on the path as sent, on the decoded path, and on the decoded path with `?` and query |
//! | `phase` | `before`: the service has not seen the request. `after`: it has done its work, and the answer suffers. Default: `before`, for `truncate` `after` |
//! | `kind` | `status`: answer `status`, with `retry_after` (seconds, or a date as text) and `body` (text or JSON). `delay`: wait `delay_ms`. `drop`: close the connection without an answer. `truncate`: close it in the middle of the body. `garbage`: 200 with bytes that are no JSON. `hold`: wait until `POST /release`. `lose`: answer the PUT of a saved search (service `arm`) or an upload (service `ingestion`) as usual, yet store nothing |
//! | | for uploads only, whose answer is as usual: `late`: queries see the rows `late_s` seconds of lab time later (300). `reorder`: they are stored in another order, and each is seen at its own moment within `late_s` seconds (60). `duplicate`: they are stored twice. `restamp`: their TimeGenerated becomes the time of arrival, moved by `shift_s` seconds (0) |
//! | `after` | let this many matching requests pass first |
//! | `times` | happen this often; for ever where left out |
//! | `probability`, `seed` | happen to this share of the matching requests, 0 to 1, drawn from `seed` (1 where left out) |

use std::time::Duration;

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::azure::Mishap;
use super::http::Request;
use super::pattern;
use super::service::Service;

/// A planned fault, checked. Made from JSON only: [`Fault::parse_all`], [`Fault::from_value`].
#[derive(Debug, Clone, Serialize)]
#[serde(into = "Written")]
pub struct Fault {
    written: Written,
    method: Option<Method>,
    /// When it strikes.
    pub(super) phase: Phase,
    /// What it does.
    pub(super) act: Act,
    /// How often, and to which of the matching requests.
    pub(super) turn: Turn,
}

/// Why a fault was refused, as a sentence that names the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct FaultError(String);

/// Whether the service has done its work when the fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Phase {
    /// Nothing was done.
    Before,
    /// All was done; the answer suffers.
    After,
}

/// What a fault does to a request.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Status(PlannedAnswer),
    Delay(Duration),
    Drop,
    Truncate,
    Garbage,
    Hold,
    /// The PUT of a saved search does nothing.
    Lose,
    /// The rows of an upload come to grief after it was accepted.
    Upload(Mishap),
}

/// The answer of a `status` fault.
#[derive(Debug, Clone)]
pub(super) struct PlannedAnswer {
    pub status: u16,
    pub retry_after: Option<String>,
    pub body: Option<Value>,
}

/// Which of the matching requests a fault strikes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    pub after: u64,
    pub times: Option<u64>,
    pub probability: Option<f64>,
    pub seed: u64,
}

/// A fault as it is written.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    service: Option<Service>,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phase: Option<Phase>,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<RetryAfter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    late_s: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    shift_s: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    times: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probability: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Status,
    Delay,
    Drop,
    Truncate,
    Garbage,
    Hold,
    Lose,
    Late,
    Reorder,
    Duplicate,
    Restamp,
}

impl Kind {
    fn quoted(self) -> String {
        serde_json::to_string(&self).unwrap_or_default()
    }
}

/// `Retry-After` is a number of seconds or a date (RFC 9110).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged, expecting = "expected a number of seconds, or a date as text")]
enum RetryAfter {
    Seconds(u64),
    Text(String),
}

impl Fault {
    /// Reads a fault file: one fault or an array of them.
    ///
    /// # Errors
    /// A sentence that names the field, and the fault by its place where there are several.
    pub fn parse_all(text: &str) -> Result<Vec<Self>, FaultError> {
        let value =
            serde_json::from_str(text).map_err(|error| FaultError(format!("The faults are not JSON: {error}.")))?;
        Self::all_from_value(value)
    }

    /// Checks one fault or an array of them.
    ///
    /// # Errors
    /// As [`Fault::parse_all`].
    pub fn all_from_value(value: Value) -> Result<Vec<Self>, FaultError> {
        let Value::Array(items) = value else {
            return Ok(vec![Self::from_value(value)?]);
        };
        items
            .into_iter()
            .enumerate()
            .map(|(place, item)| {
                Self::from_value(item).map_err(|error| FaultError(format!("Fault {}: {error}", place + 1)))
            })
            .collect()
    }

    /// Checks one fault.
    ///
    /// # Errors
    /// A sentence that names the field.
    pub fn from_value(value: Value) -> Result<Self, FaultError> {
        let written = Written::deserialize(&value).map_err(|error| FaultError(unreadable(&value, &error)))?;
        written.check().map_err(FaultError)
    }

    /// Whether a request to a service is one that this fault is for.
    pub(super) fn matches(&self, service: Service, request: &Request) -> bool {
        self.written.service.is_none_or(|wanted| wanted == service)
            && self.method.as_ref().is_none_or(|wanted| *wanted == request.method)
            && self
                .written
                .path
                .as_ref()
                .is_none_or(|pattern| pattern::matches(pattern, request))
            && match self.act {
                // Only the PUT of a saved search has an answer that can be made without doing the work.
                Act::Lose => is_saved_search_put(request),
                Act::Upload(_) => service == Service::Ingestion && request.method == Method::POST,
                _ => true,
            }
    }

    /// The kind, as written.
    pub(super) fn kind(&self) -> &'static str {
        match self.act {
            Act::Status(_) => "status",
            Act::Delay(_) => "delay",
            Act::Drop => "drop",
            Act::Truncate => "truncate",
            Act::Garbage => "garbage",
            Act::Hold => "hold",
            Act::Lose | Act::Upload(Mishap::Lose) => "lose",
            Act::Upload(Mishap::Late(_)) => "late",
            Act::Upload(Mishap::Reorder(_)) => "reorder",
            Act::Upload(Mishap::Duplicate) => "duplicate",
            Act::Upload(Mishap::Restamp(_)) => "restamp",
        }
    }
}

impl From<Fault> for Written {
    fn from(fault: Fault) -> Self {
        fault.written
    }
}

impl Written {
    fn check(self) -> Result<Fault, String> {
        self.refuse_stray_fields()?;
        let method = match &self.method {
            None => None,
            Some(name) => Some(
                Method::from_bytes(name.to_ascii_uppercase().as_bytes())
                    .map_err(|_| format!("The field \"method\" says \"{name}\", which is no HTTP method."))?,
            ),
        };
        if self.probability.is_some_and(|share| !(0.0..=1.0).contains(&share)) {
            return Err("The field \"probability\" must be a number from 0 to 1.".into());
        }
        let act = self.act()?;
        let default_phase = if matches!(act, Act::Truncate) {
            Phase::After
        } else {
            Phase::Before
        };
        Ok(Fault {
            method,
            phase: self.phase.unwrap_or(default_phase),
            act,
            turn: Turn {
                after: self.after.unwrap_or(0),
                times: self.times,
                probability: self.probability,
                seed: self.seed.unwrap_or(1),
            },
            written: self,
        })
    }

    fn act(&self) -> Result<Act, String> {
        Ok(match self.kind {
            Kind::Status => Act::Status(self.planned_answer()?),
            Kind::Delay => Act::Delay(Duration::from_millis(
                self.delay_ms
                    .ok_or("A fault of kind \"delay\" needs the field \"delay_ms\", a number of milliseconds.")?,
            )),
            Kind::Drop => Act::Drop,
            Kind::Truncate => Act::Truncate,
            Kind::Garbage => Act::Garbage,
            Kind::Hold => Act::Hold,
            Kind::Lose if self.service == Some(Service::Arm) => Act::Lose,
            Kind::Lose | Kind::Late | Kind::Reorder | Kind::Duplicate | Kind::Restamp => Act::Upload(self.mishap()?),
        })
    }

    fn planned_answer(&self) -> Result<PlannedAnswer, String> {
        let status = self
            .status
            .ok_or("A fault of kind \"status\" needs the field \"status\", such as 503.")?;
        if !(200..=599).contains(&status) {
            return Err(format!(
                "The field \"status\" says {status}; a final answer has a status from 200 to 599."
            ));
        }
        let retry_after = self.retry_after.as_ref().map(|wait| match wait {
            RetryAfter::Seconds(seconds) => seconds.to_string(),
            RetryAfter::Text(text) => text.clone(),
        });
        Ok(PlannedAnswer {
            status,
            retry_after,
            body: self.body.clone(),
        })
    }

    fn mishap(&self) -> Result<Mishap, String> {
        let kind = self.kind.quoted();
        match (self.kind, self.service) {
            (Kind::Lose, None) => {
                return Err(
                    "A fault of kind \"lose\" needs \"service\":\"arm\", for the PUT of saved searches, or \
                     \"service\":\"ingestion\", for uploads."
                        .into(),
                );
            }
            (_, None | Some(Service::Ingestion)) => {}
            _ => {
                return Err(format!(
                    "A fault of kind {kind} is for uploads: its service is \"ingestion\"."
                ));
            }
        }
        let late = |otherwise: u32| i64::from(self.late_s.unwrap_or(otherwise));
        Ok(match self.kind {
            Kind::Late => Mishap::Late(late(300)),
            Kind::Reorder => Mishap::Reorder(late(60)),
            Kind::Duplicate => Mishap::Duplicate,
            Kind::Restamp => Mishap::Restamp(i64::from(self.shift_s.unwrap_or(0))),
            _ => Mishap::Lose,
        })
    }

    /// A field that the kind does not use is a slip of the planner, who would wait for it in vain.
    fn refuse_stray_fields(&self) -> Result<(), String> {
        let owned = [
            ("status", self.status.is_some(), &[Kind::Status] as &[Kind]),
            ("retry_after", self.retry_after.is_some(), &[Kind::Status]),
            ("body", self.body.is_some(), &[Kind::Status]),
            ("delay_ms", self.delay_ms.is_some(), &[Kind::Delay]),
            ("late_s", self.late_s.is_some(), &[Kind::Late, Kind::Reorder]),
            ("shift_s", self.shift_s.is_some(), &[Kind::Restamp]),
        ];
        let mut owned = owned.into_iter();
        if let Some((field, _, kinds)) = owned.find(|(_, given, kinds)| *given && !kinds.contains(&self.kind)) {
            let kinds: Vec<String> = kinds.iter().map(|kind| kind.quoted()).collect();
            let kinds = kinds.join(" or ");
            return Err(format!("The field \"{field}\" is only for faults of kind {kinds}."));
        }
        let rows = [Kind::Lose, Kind::Late, Kind::Reorder, Kind::Duplicate, Kind::Restamp];
        if self.phase.is_some() && rows.contains(&self.kind) {
            let kind = self.kind.quoted();
            return Err(format!(
                "The field \"phase\" has no meaning for a fault of kind {kind}."
            ));
        }
        if self.seed.is_some() && self.probability.is_none() {
            return Err("The field \"seed\" is only used together with \"probability\".".into());
        }
        Ok(())
    }
}

/// The sentence for a fault that cannot be read, with the field to blame: JSON's own errors do not name it.
fn unreadable(value: &Value, error: &serde_json::Error) -> String {
    let readable_alone = |name: &str, member: &Value| {
        let mut alone = serde_json::Map::from_iter([("kind".to_owned(), Value::from("drop"))]);
        alone.insert(name.to_owned(), member.clone());
        Written::deserialize(&Value::Object(alone)).is_ok()
    };
    let culprit = value
        .as_object()
        .into_iter()
        .flatten()
        .find(|(name, member)| !readable_alone(name, member));
    match culprit {
        Some((name, _)) => format!("The field \"{name}\" cannot be read: {error}."),
        None => format!("A fault cannot be read: {error}."),
    }
}

/// Whether a request writes one saved search.
fn is_saved_search_put(request: &Request) -> bool {
    request.method == Method::PUT
        && request
            .segments()
            .iter()
            .rev()
            .nth(1)
            .is_some_and(|segment| segment.eq_ignore_ascii_case("savedSearches"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::lab::http::tests::request;

    fn fault(value: Value) -> Fault {
        Fault::from_value(value).unwrap()
    }

    fn refusal(value: Value) -> String {
        Fault::all_from_value(value).unwrap_err().to_string()
    }

    #[test]
    fn matches_service_method_and_path_in_any_spelling() {
        let planned = fault(json!({"service":"site","method":"get","path":"SMS_Collection('PS1')","kind":"drop"}));
        let encoded = request("GET", "/AdminService/wmi/sms_collection(%27ps1%27)", "");
        assert!(planned.matches(Service::Site, &encoded));
        assert!(!planned.matches(Service::Arm, &encoded));
        assert!(!planned.matches(
            Service::Site,
            &request("POST", "/AdminService/wmi/SMS_Collection('PS1')", "")
        ));
        assert!(!planned.matches(
            Service::Site,
            &request("GET", "/AdminService/wmi/SMS_Collection('PS2')", "")
        ));
    }

    #[test]
    fn patterns_see_the_query_too() {
        let planned = fault(json!({"path":"$filter=Name eq 'a'","kind":"drop"}));
        assert!(planned.matches(Service::Site, &request("GET", "/x?$filter=Name%20eq+%27A%27", "")));
        assert!(!planned.matches(Service::Site, &request("GET", "/x?$filter=Name%20eq+%27B%27", "")));
        let whole = fault(json!({"path":"*/savedSearches/one","kind":"drop"}));
        assert!(whole.matches(
            Service::Arm,
            &request("PUT", "/w/savedSearches/one?api-version=2023-09-01", "")
        ));
        assert!(!whole.matches(
            Service::Arm,
            &request("PUT", "/w/savedSearches/one2?api-version=2023-09-01", "")
        ));
    }

    #[test]
    fn lose_is_for_the_put_of_a_saved_search() {
        let planned = fault(json!({"service":"arm","kind":"lose"}));
        assert!(planned.matches(Service::Arm, &request("PUT", "/w/savedsearches/one", "{}")));
        assert!(!planned.matches(Service::Arm, &request("GET", "/w/savedSearches/one", "")));
        assert!(!planned.matches(Service::Arm, &request("PUT", "/w/tables/T_CL", "{}")));
    }

    #[test]
    fn refusals_name_the_field() {
        assert!(refusal(json!({"kind":"drop","pth":"/x"})).contains("`pth`"));
        assert!(refusal(json!({"kind":"drop","times":"x"})).starts_with("The field \"times\""));
        assert!(refusal(json!({"kind":"status","status":503,"retry_after":[]})).contains("number of seconds"));
        assert!(refusal(json!({"path":"/x"})).contains("`kind`"));
        assert!(refusal(json!("drop")).starts_with("A fault cannot be read"));
        assert!(refusal(json!({"kind":"status"})).contains("\"status\""));
        assert!(refusal(json!({"kind":"status","status":99})).contains("99"));
        assert!(refusal(json!({"kind":"delay"})).contains("\"delay_ms\""));
        assert!(refusal(json!({"kind":"drop","status":500})).contains("\"status\""));
        assert!(refusal(json!({"kind":"drop","seed":5})).contains("\"seed\""));
        assert!(refusal(json!({"kind":"drop","probability":1.5})).contains("\"probability\""));
        assert!(refusal(json!({"kind":"drop","method":"G T"})).contains("\"method\""));
        assert!(refusal(json!({"kind":"explode"})).contains("explode"));
        assert!(refusal(json!([{"kind":"drop"},{"kind":"drop","x":1}])).starts_with("Fault 2:"));
        assert!(refusal(json!({"service":"site","kind":"lose"})).contains("\"ingestion\""));
        assert!(refusal(json!({"service":"arm","kind":"lose","phase":"after"})).contains("\"phase\""));
    }

    #[test]
    fn kinds_for_uploads_strike_uploads_only() {
        let upload = request("POST", "/dcr/x/dataCollectionRules/d/streams/Custom-A", "[]");
        for kind in ["late", "reorder", "duplicate", "restamp"] {
            let planned = fault(json!({"kind": kind}));
            assert_eq!(planned.kind(), kind);
            assert!(planned.matches(Service::Ingestion, &upload));
            assert!(!planned.matches(Service::Arm, &upload), "{kind}");
            let sentence = refusal(json!({"service":"arm","kind":kind}));
            assert!(sentence.contains("uploads") && sentence.contains(kind), "{sentence}");
            assert!(refusal(json!({"kind":kind,"phase":"after"})).contains("\"phase\""));
        }
        let lost = fault(json!({"service":"ingestion","kind":"lose"}));
        assert!(lost.matches(Service::Ingestion, &upload) && lost.kind() == "lose");
        assert!(refusal(json!({"kind":"lose"})).contains("\"service\":\"ingestion\""));
        assert!(refusal(json!({"kind":"duplicate","late_s":5})).contains("\"late\" or \"reorder\""));
        assert!(refusal(json!({"kind":"late","shift_s":5})).contains("\"restamp\""));
        assert!(matches!(
            fault(json!({"kind":"late"})).act,
            Act::Upload(Mishap::Late(300))
        ));
        assert!(matches!(
            fault(json!({"kind":"restamp","shift_s":-60})).act,
            Act::Upload(Mishap::Restamp(-60))
        ));
    }

    #[test]
    fn a_fault_is_listed_as_it_was_written() {
        let written = json!({"service":"arm","path":"/x","kind":"status","status":503,"retry_after":"soon","times":2});
        assert_eq!(serde_json::to_value(fault(written.clone())).unwrap(), written);
    }
}
