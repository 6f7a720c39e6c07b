//! What a command answers: text for people, one JSON document for scripts, an exit code.

use serde_json::{Map, Value, json};

use crate::model::problem::Class;
use crate::model::{Failure, Warning};
use crate::text;

/// The exit codes of `asw`. Scripts rely on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Failed.
    Failed = 1,
    /// Wrong usage or unreadable input.
    Usage = 2,
    /// Refused by Azure: credentials or rights.
    Azure = 3,
    /// Refused by the site.
    Site = 4,
    /// Nothing reachable.
    Network = 5,
    /// Partly done.
    Partly = 6,
    /// Another run of this connection is under way.
    Busy = 7,
}

impl From<Class> for Exit {
    fn from(class: Class) -> Self {
        match class {
            Class::Failed => Self::Failed,
            Class::Input => Self::Usage,
            Class::Azure => Self::Azure,
            Class::Site => Self::Site,
            Class::Network => Self::Network,
            Class::Partly => Self::Partly,
            Class::Busy => Self::Busy,
        }
    }
}

/// The answer of a command.
#[derive(Debug)]
pub struct Answer {
    /// For people, on standard output.
    pub human: String,
    /// For people, on standard error: warnings and failures.
    pub remarks: String,
    /// For scripts.
    pub json: Value,
    /// How it ended.
    pub exit: Exit,
}

impl Answer {
    /// Done.
    pub fn done(human: impl Into<String>, json: Value) -> Self {
        Self {
            human: human.into(),
            remarks: String::new(),
            json,
            exit: Exit::Done,
        }
    }

    /// Done, with everything said already.
    pub fn silent() -> Self {
        Self::done("", Value::Null)
    }

    /// The same with warnings: as sentences for people, as a list `warnings` for scripts.
    #[must_use]
    pub fn with_warnings(mut self, warnings: &[Warning]) -> Self {
        for warning in warnings {
            self.remarks
                .push_str(&format!("Note: {}\n", text::warning::sentence(warning)));
        }
        if let Value::Object(fields) = &mut self.json {
            fields.insert("warnings".into(), warnings.iter().map(warning_json).collect());
        }
        self
    }

    /// The same, ended by a failure: its exit code, and an `error` for scripts.
    #[must_use]
    pub fn failing(mut self, failure: &Failure) -> Self {
        if let Value::Object(fields) = &mut self.json {
            fields.insert("error".into(), failure_json(failure));
        }
        self.exit = failure.problem().class().into();
        self
    }

    /// The same with another exit code.
    #[must_use]
    pub const fn ending(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        Self {
            human: String::new(),
            remarks: failure_text(&failure),
            json: json!({ "error": failure_json(&failure) }),
            exit: failure.problem().class().into(),
        }
    }
}

/// Sentence, next step and details of a failure, for people.
pub fn failure_text(failure: &Failure) -> String {
    let words = text::problem::wording(failure.problem());
    let mut said = format!("{}\n  Next: {}\n", words.sentence, words.next_step);
    for (name, value) in failure.details() {
        said.push_str(&format!("  {name}: {value}\n"));
    }
    said
}

/// A failure as `{"code","message","next_step","details"}`.
pub fn failure_json(failure: &Failure) -> Value {
    let words = text::problem::wording(failure.problem());
    let details: Map<String, Value> = failure
        .details()
        .iter()
        .map(|(name, value)| (name.to_string(), Value::from(value.as_str())))
        .collect();
    json!({
        "code": failure.problem().code(),
        "message": words.sentence,
        "next_step": words.next_step,
        "details": details,
    })
}

fn warning_json(warning: &Warning) -> Value {
    let mut fields = serde_json::to_value(warning).unwrap_or_default();
    if let Value::Object(fields) = &mut fields {
        fields.insert("message".into(), text::warning::sentence(warning).into());
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Problem;

    #[test]
    fn a_failure_is_one_json_document() {
        let failure = Failure::from(Problem::SecretExpired).with("Trace ID", "t-1");
        let answer = Answer::from(failure);
        assert_eq!(answer.exit, Exit::Azure);
        assert_eq!(answer.json["error"]["code"], "secret_expired");
        assert_eq!(answer.json["error"]["details"]["Trace ID"], "t-1");
        assert!(answer.remarks.contains("The secret key has expired.\n  Next: Create"));
    }
}
