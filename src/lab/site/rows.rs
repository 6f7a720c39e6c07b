//! How a row looks on the wire: the typed cell, the layout of an entity, the spelling of dates.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Value, json};

use super::classes::{Class, Kind, Laziness, Property};

/// The value of one property of one row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Text(String),
    Date(DateTime<Utc>),
    Texts(Vec<String>),
    Objects(Vec<Value>),
}

impl Cell {
    pub(super) fn text(value: &str) -> Self {
        Self::Text(value.to_owned())
    }

    pub(super) fn texts(values: &[&str]) -> Self {
        Self::Texts(values.iter().map(|value| (*value).to_owned()).collect())
    }

    /// A text, or null where there is none.
    pub(super) fn maybe(value: Option<&str>) -> Self {
        value.map_or(Self::Null, Self::text)
    }

    /// A number, or null where there is none.
    pub(super) fn number(value: Option<i64>) -> Self {
        value.map_or(Self::Null, Self::Int)
    }

    /// A truth value, or null where it is not known.
    pub(super) fn flag(value: Option<bool>) -> Self {
        value.map_or(Self::Null, Self::Bool)
    }

    /// As JSON, in the AdminService's spelling.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(value) => json!(value),
            Self::Int(value) => json!(value),
            Self::Text(value) => json!(value),
            Self::Date(value) => json!(timestamp(*value)),
            Self::Texts(values) => json!(values),
            Self::Objects(values) => json!(values),
        }
    }

    /// As part of an etag or of a WMI path.
    fn key_text(&self) -> String {
        match self {
            Self::Text(value) => value.clone(),
            other => other.json().to_string(),
        }
    }
}

/// ISO 8601 in UTC with zero to three fraction digits, trailing zeros dropped, as the AdminService writes dates.
pub(super) fn timestamp(at: DateTime<Utc>) -> String {
    let text = at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let Some((seconds, fraction)) = text.trim_end_matches('Z').split_once('.') else {
        return text;
    };
    match fraction.trim_end_matches('0') {
        "" => format!("{seconds}Z"),
        digits => format!("{seconds}.{digits}Z"),
    }
}

/// An entity whose members keep their order, which the JSON object of `serde_json` does not.
#[derive(Debug)]
pub(super) struct Entity(pub(super) Vec<(&'static str, Value)>);

impl Serialize for Entity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in &self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// Where a row is shown: the upper-case NetBIOS name of the provider, its site code, and whether this is a keyed read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Showing<'a> {
    pub(super) server: &'a str,
    pub(super) site_code: &'a str,
    pub(super) keyed: bool,
}

/// Only the chosen properties, in schema order, without the etag and without any property that begins with `__`.
pub(super) fn chosen(
    class: &Class,
    choice: &[&'static Property],
    showing: Showing<'_>,
    cell: impl Fn(&'static str) -> Cell,
) -> Entity {
    let wanted = class.properties.iter().filter(|p| choice.contains(p));
    // A lazy property that could be chosen in a list at all is filled there.
    let value = |p: &'static Property| match p.laziness {
        Laziness::FilledForOneSite => cell(p.name),
        _ => shown(p, showing, &cell),
    };
    Entity(wanted.map(|p| (p.name, value(p).json())).collect())
}

/// The whole entity: etag, lazy-property lists, properties, the `__` block, and arrays of embedded objects last.
pub(super) fn whole(class: &Class, showing: Showing<'_>, cell: impl Fn(&'static str) -> Cell) -> Entity {
    let keys: Vec<(&str, Cell)> = class.keys.iter().map(|key| (*key, cell(key))).collect();
    let etag = keys.iter().map(|(_, key)| key.key_text()).collect::<Vec<_>>().join(";");
    let lazy: Vec<&str> = std::iter::once("__QUALIFIER_SECURITYVERBS")
        .chain(
            class
                .properties
                .iter()
                .filter(|p| p.laziness.is_empty_in_lists())
                .map(|p| p.name),
        )
        .collect();
    let mut members = vec![
        ("@odata.etag", json!(etag)),
        ("__LAZYPROPERTIES", json!(lazy)),
        ("__QUALIFIER_SECURITYVERBS", Value::Null),
    ];
    let (objects, plain): (Vec<_>, Vec<_>) = class.properties.iter().partition(|p| p.kind == Kind::Objects);
    members.extend(plain.into_iter().map(|p| (p.name, shown(p, showing, &cell).json())));
    members.extend(system_block(class, showing, &keys));
    members.extend(objects.into_iter().map(|p| (p.name, shown(p, showing, &cell).json())));
    Entity(members)
}

fn system_block(class: &Class, showing: Showing<'_>, keys: &[(&str, Cell)]) -> Vec<(&'static str, Value)> {
    let path_keys: Vec<String> = keys
        .iter()
        .map(|(name, key)| match key {
            Cell::Text(value) => format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")),
            other => format!("{name}={}", other.key_text()),
        })
        .collect();
    let path = format!("{}.{}", class.name, path_keys.join(","));
    let namespace = format!("root\\sms\\site_{}", showing.site_code);
    let server = showing.server;
    vec![
        ("__GENUS", json!(2)),
        ("__CLASS", json!(class.name)),
        ("__SUPERCLASS", json!(class.ancestry.first())),
        ("__DYNASTY", json!(class.ancestry.last())),
        ("__RELPATH", json!(path)),
        ("__PROPERTY_COUNT", json!(class.properties.len())),
        ("__DERIVATION", json!(class.ancestry)),
        ("__SERVER", json!(server)),
        ("__NAMESPACE", json!(namespace)),
        ("__PATH", json!(format!("\\\\{server}\\{namespace}:{path}"))),
    ]
}

/// A lazy property is present but empty outside a keyed read.
fn shown(property: &'static Property, showing: Showing<'_>, cell: &impl Fn(&'static str) -> Cell) -> Cell {
    if !property.laziness.is_empty_in_lists() || showing.keyed {
        return cell(property.name);
    }
    match property.kind {
        Kind::Objects => Cell::Objects(Vec::new()),
        Kind::Texts => Cell::Texts(Vec::new()),
        Kind::Int32 | Kind::Int64 => Cell::Int(0),
        Kind::Text | Kind::Bool | Kind::Date | Kind::Binary => Cell::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::site::classes::class;

    fn at(text: &str) -> DateTime<Utc> {
        DateTime::parse_from_rfc3339(text).unwrap().with_timezone(&Utc)
    }

    #[test]
    fn dates_drop_trailing_zeros() {
        for text in [
            "2026-07-18T08:08:03.87Z",
            "2026-07-27T17:25:10Z",
            "2025-11-26T15:52:42.593Z",
            "1970-01-01T00:00:00Z",
        ] {
            assert_eq!(timestamp(at(text)), text);
        }
    }

    #[test]
    fn a_whole_row_has_the_providers_order() {
        let class = class("SMS_SCI_SysResUse").unwrap();
        let showing = Showing {
            server: "PROV01",
            site_code: "P01",
            keyed: false,
        };
        let row = whole(class, showing, |name| match name {
            "FileType" => Cell::Int(2),
            "ItemName" => Cell::text("a\\b"),
            "ItemType" => Cell::text("T"),
            "SiteCode" => Cell::text("P01"),
            "Props" => Cell::Objects(vec![json!({"PropertyName": "x"})]),
            _ => Cell::Null,
        });
        let names: Vec<&str> = row.0.iter().map(|(name, _)| *name).collect();
        assert_eq!(
            names[..5],
            [
                "@odata.etag",
                "__LAZYPROPERTIES",
                "__QUALIFIER_SECURITYVERBS",
                "FileType",
                "ItemName"
            ]
        );
        assert_eq!(names[names.len() - 3..], ["__PATH", "PropLists", "Props"]);
        let text = serde_json::to_string(&row).unwrap();
        assert!(
            text.starts_with(r#"{"@odata.etag":"2;a\\b;T;P01","__LAZYPROPERTIES":["#),
            "{text}"
        );
        assert!(
            text.contains(r#"SMS_SCI_SysResUse.FileType=2,ItemName=\"a\\\\b\",ItemType=\"T\",SiteCode=\"P01\""#),
            "{text}"
        );
        assert!(text.ends_with(r#""Props":[{"PropertyName":"x"}]}"#), "{text}");
    }
}
