//! How our types stand in columns: a *word* is a plain text (an ID, a state, a moment), a *document* is JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::failure::{Attempt, Trouble};
use crate::model::Problem;

/// The text of a value that serializes as a string.
pub(super) fn word<T: Serialize>(value: &T) -> Attempt<String> {
    match serde_json::to_value(value) {
        Ok(Value::String(text)) => Ok(text),
        _ => Err(unwritable::<T>()),
    }
}

/// The value behind a word; `column` is for the error.
pub(super) fn read_word<T: DeserializeOwned>(column: &str, text: String) -> Attempt<T> {
    serde_json::from_value(Value::String(text)).map_err(|error| unreadable(column, &error))
}

/// The JSON text of a value.
pub(super) fn document<T: Serialize>(value: &T) -> Attempt<String> {
    serde_json::to_string(value).map_err(|_| unwritable::<T>())
}

/// The value behind a JSON text; `column` is for the error.
pub(super) fn read_document<T: DeserializeOwned>(column: &str, text: &str) -> Attempt<T> {
    serde_json::from_str(text).map_err(|error| unreadable(column, &error))
}

fn unreadable(column: &str, error: &serde_json::Error) -> Trouble {
    Problem::Database {
        cause: format!("its column {column} holds something that this program does not understand ({error})"),
    }
    .into()
}

fn unwritable<T>() -> Trouble {
    Problem::Internal {
        what: format!("{} cannot be written to the database", std::any::type_name::<T>()),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{CollectionId, ConnectionState};
    use crate::store::failure::failure_of;

    #[test]
    fn words_read_back() {
        assert_eq!(word(&ConnectionState::Removing).unwrap(), "removing");
        let id: CollectionId = read_word("collection_id", "PS100016".into()).unwrap();
        assert_eq!(id.as_str(), "PS100016");
    }

    #[test]
    fn what_cannot_be_read_names_its_column() {
        let trouble = read_word::<ConnectionState>("connections.state", "sleeping".into()).unwrap_err();
        let failure = failure_of(std::path::Path::new("data"), trouble);
        assert!(
            matches!(failure.problem(), Problem::Database { cause } if cause.contains("column connections.state")),
            "{failure:?}"
        );
    }
}
