//! Columns of tables and streams: how their types are spelled, and what their names may be.

use crate::lab::kql::ColumnType;

/// Longest name of a column, in characters.
const NAME_CHARS: usize = 45;
/// Names that the service keeps for itself.
const RESERVED: [&str; 7] = [
    "_ResourceId",
    "id",
    "_SubscriptionId",
    "TenantId",
    "Type",
    "UniqueId",
    "Title",
];

/// A type as the schema of a table spells it.
pub(super) fn in_table(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::Int => "int",
        ColumnType::Long => "long",
        ColumnType::Real => "real",
        ColumnType::Bool => "boolean",
        ColumnType::DateTime => "dateTime",
        ColumnType::Guid => "guid",
        ColumnType::Dynamic => "dynamic",
        ColumnType::String | ColumnType::TimeSpan => "string",
    }
}

/// A type as a stream declaration spells it.
pub(super) fn in_stream(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::DateTime => "datetime",
        other => in_table(other),
    }
}

/// Reads a type of a table's schema.
pub(super) fn of_table(text: &str) -> Option<ColumnType> {
    Some(match text {
        "string" => ColumnType::String,
        "int" => ColumnType::Int,
        "long" => ColumnType::Long,
        "real" => ColumnType::Real,
        "boolean" => ColumnType::Bool,
        "dateTime" => ColumnType::DateTime,
        "guid" => ColumnType::Guid,
        "dynamic" => ColumnType::Dynamic,
        _ => return None,
    })
}

/// Reads a type of a stream declaration, which has no `guid` and spells dates in lower case.
pub(super) fn of_stream(text: &str) -> Option<ColumnType> {
    match text {
        "datetime" => Some(ColumnType::DateTime),
        "dateTime" | "guid" => None,
        other => of_table(other),
    }
}

/// Why this cannot be the name of a column, in a sentence.
pub(super) fn name_fault(name: &str) -> Option<String> {
    let chars = name.chars().count();
    let shaped = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_');
    if RESERVED.iter().any(|one| one.eq_ignore_ascii_case(name)) {
        return Some(format!("The column name '{name}' is reserved."));
    }
    if !shaped || chars > NAME_CHARS {
        return Some(format!(
            "The column name '{name}' is not valid: it must start with a letter, have only letters, digits and \
             underscores, and at most {NAME_CHARS} characters."
        ));
    }
    None
}

/// The first name that occurs twice; names compare without case.
pub(super) fn twice<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut seen = std::collections::HashSet::new();
    names.into_iter().find(|name| !seen.insert(name.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_and_streams_spell_dates_differently_and_streams_have_no_guid() {
        assert_eq!(of_table("dateTime"), of_stream("datetime"));
        for (text, reader) in [
            ("datetime", of_table as fn(&str) -> Option<ColumnType>),
            ("bool", of_table),
            ("dateTime", of_stream),
            ("guid", of_stream),
        ] {
            assert_eq!(reader(text), None, "{text}");
        }
        for text in ["string", "int", "long", "real", "boolean", "dynamic"] {
            let kind = of_table(text).unwrap();
            assert_eq!((in_table(kind), in_stream(kind)), (text, text));
        }
    }

    #[test]
    fn names_have_a_shape_and_some_are_reserved() {
        for good in ["TimeGenerated", "a", "A_1", "a".repeat(45).as_str()] {
            assert_eq!(name_fault(good), None, "{good}");
        }
        for bad in [
            "",
            "1a",
            "_a",
            "a b",
            "a-b",
            "tenantid",
            "Type",
            "a".repeat(46).as_str(),
        ] {
            assert!(name_fault(bad).is_some(), "{bad}");
        }
        assert_eq!(twice(["a", "b", "A"].into_iter()), Some("A"));
    }
}
