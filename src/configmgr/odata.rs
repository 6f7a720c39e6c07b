//! Addresses, envelopes and the tolerant reading of values.
//!
//! The service maps WMI types to its own: unsigned numbers arrive as 64-bit ones, flags as true, 1 or null, dates with no to
//! many digits of a second. What a property holds decides what it means here, never how it is spelt.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, NaiveDateTime, Utc};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Where the classes of the provider are.
const ROUTE: &str = "/AdminService/wmi/";

/// What stands as it is in a query; the rest is percent-encoded, a plus sign too, which would be read as a blank.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b',');

/// Path and query of a request.
#[derive(Debug, Clone)]
pub(super) struct Address(String);

impl Address {
    /// All rows of a class.
    pub(super) fn class(name: &str) -> Self {
        Self(format!("{ROUTE}{name}"))
    }

    /// The number of rows of a class.
    pub(super) fn count(name: &str) -> Self {
        Self(format!("{ROUTE}{name}/$count"))
    }

    /// One object, by a text key.
    pub(super) fn object(class: &str, key: &str) -> Self {
        Self(format!("{ROUTE}{class}('{}')", utf8_percent_encode(key, PLAIN)))
    }

    /// One object, by a numeric key.
    pub(super) fn numbered(class: &str, key: i64) -> Self {
        Self(format!("{ROUTE}{class}({key})"))
    }

    /// Adds an option, such as `$select`.
    pub(super) fn with(mut self, option: &str, value: &str) -> Self {
        self.0.push(if self.0.contains('?') { '&' } else { '?' });
        self.0.push_str(option);
        self.0.push('=');
        self.0.extend(utf8_percent_encode(value, PLAIN));
        self
    }

    /// Adds `$select`. Always include the keys of the class: without them a site may collapse rows.
    pub(super) fn select(self, properties: &[&str]) -> Self {
        self.with("$select", &properties.join(","))
    }

    pub(super) fn into_target(self) -> String {
        self.0
    }
}

/// A text as a literal of a filter. For identifiers only, which have neither quotes nor backslashes: sites refuse a literal with
/// a backslash, so names, which may have one, are never filtered by. We read them all and choose on our side.
pub(super) fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A whole page of a list, for answers of a row or two; see [`super::list`] for all others.
#[derive(Debug, Deserialize)]
pub(super) struct Page<R> {
    /// The rows.
    #[serde(rename = "value")]
    pub(super) rows: Vec<R>,
    /// Where the list goes on, if this is not all of it.
    #[serde(rename = "@odata.nextLink", default)]
    pub(super) next_link: Option<String>,
}

/// The answer to a keyed read: a list of one, as the WMI route sends it, or the bare object, as OData has it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum Keyed<R> {
    List { value: Vec<R> },
    Bare(R),
}

impl<R> Keyed<R> {
    pub(super) fn into_first(self) -> Option<R> {
        match self {
            Self::List { value } => value.into_iter().next(),
            Self::Bare(row) => Some(row),
        }
    }
}

/// The service's own words in an error body, where it is the JSON of an error.
pub(super) fn error_message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        error: Inner,
    }
    #[derive(Deserialize)]
    struct Inner {
        #[serde(default)]
        message: Value,
    }
    let body: Body = serde_json::from_slice(body).ok()?;
    let message = match body.error.message {
        Value::String(text) => text,
        // The verbose form of OData: {"lang": …, "value": …}.
        Value::Object(parts) => parts
            .get("value")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned(),
        _ => String::new(),
    };
    Some(message.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Whether the words are those that the service finds for an account without rights.
pub(super) fn is_access_denied(message: &str) -> bool {
    message.to_ascii_lowercase().contains("access denied")
}

/// A value that a property holds, texts as they stand in the answer: no tree of values is made, since rows come by the million.
enum Held<'de> {
    Null,
    Flag(bool),
    Whole(i64),
    Float(f64),
    Text(Cow<'de, str>),
    /// A list, an object, or a number beyond all others.
    Other(Value),
}

struct HeldVisitor;

impl<'de> Deserialize<'de> for Held<'de> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(HeldVisitor)
    }
}

impl<'de> Visitor<'de> for HeldVisitor {
    type Value = Held<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Held<'de>, E> {
        Ok(Held::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Held<'de>, E> {
        Ok(Held::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Held<'de>, E> {
        Ok(Held::Whole(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Held<'de>, E> {
        Ok(i64::try_from(number).map_or_else(|_| Held::Other(number.into()), Held::Whole))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Held<'de>, E> {
        Ok(Held::Float(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Held<'de>, E> {
        Ok(Held::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Held<'de>, E> {
        Ok(Held::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Held<'de>, A::Error> {
        Value::deserialize(SeqAccessDeserializer::new(items)).map(Held::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Held<'de>, A::Error> {
        Value::deserialize(MapAccessDeserializer::new(members)).map(Held::Other)
    }
}

impl Held<'_> {
    fn number(&self) -> Option<i64> {
        match self {
            Self::Flag(flag) => Some(i64::from(*flag)),
            Self::Whole(number) => Some(*number),
            Self::Float(number) => whole(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Null | Self::Other(_) => None,
        }
    }

    fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Flag(flag) => flag.into(),
            Self::Whole(number) => number.into(),
            Self::Float(number) => number.into(),
            Self::Text(text) => text.into(),
            Self::Other(value) => value,
        }
    }

    fn mismatch<E: Error>(self, what: &str) -> E {
        let shown: String = self.into_value().to_string().chars().take(40).collect();
        E::custom(format!("{shown} is not {what}"))
    }
}

/// `16777219.0` is a number too; past 2^53 it no longer says which.
#[allow(clippy::cast_possible_truncation)] // checked right before
fn whole(float: f64) -> Option<i64> {
    (float.fract() == 0.0 && float.abs() < 9_007_199_254_740_992.0).then_some(float as i64)
}

/// A number that must be there.
pub(super) fn number<'de, D: Deserializer<'de>>(source: D) -> Result<i64, D::Error> {
    let held = Held::deserialize(source)?;
    held.number().ok_or_else(|| held.mismatch("a number"))
}

/// A number, or null.
pub(super) fn optional_number<'de, D: Deserializer<'de>>(source: D) -> Result<Option<i64>, D::Error> {
    match Held::deserialize(source)? {
        Held::Null => Ok(None),
        held => held.number().map(Some).ok_or_else(|| held.mismatch("a number")),
    }
}

/// A flag as true, 1 or "true"; null, as the site has it for records without a client, is false.
pub(super) fn flag<'de, D: Deserializer<'de>>(source: D) -> Result<bool, D::Error> {
    match Held::deserialize(source)? {
        Held::Null => Ok(false),
        Held::Text(text) if text.trim().eq_ignore_ascii_case("true") => Ok(true),
        Held::Text(text) if text.trim().eq_ignore_ascii_case("false") => Ok(false),
        held => held
            .number()
            .map(|number| number != 0)
            .ok_or_else(|| held.mismatch("a flag")),
    }
}

/// A text; null is empty.
pub(super) fn text<'de, D: Deserializer<'de>>(source: D) -> Result<String, D::Error> {
    match Held::deserialize(source)? {
        Held::Null => Ok(String::new()),
        Held::Text(text) => Ok(text.into_owned()),
        held @ (Held::Whole(_) | Held::Float(_) | Held::Other(Value::Number(_))) => Ok(held.into_value().to_string()),
        held => Err(held.mismatch("a text")),
    }
}

/// What a text says, where it can be read so; `None` otherwise, and for what is no text.
pub(super) fn parsed<'de, D: Deserializer<'de>, T: FromStr>(source: D) -> Result<Option<T>, D::Error> {
    Ok(match Held::deserialize(source)? {
        Held::Text(text) => text.parse().ok(),
        _ => None,
    })
}

/// A list of texts; null is empty, and one text alone is a list of one.
pub(super) fn texts<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<String>, D::Error> {
    match Held::deserialize(source)? {
        Held::Null => Ok(Vec::new()),
        Held::Text(text) => Ok(vec![text.into_owned()]),
        Held::Other(Value::Array(items)) => Ok(items
            .into_iter()
            .filter_map(|item| match item {
                Value::String(text) => Some(text),
                _ => None,
            })
            .collect()),
        held => Err(held.mismatch("a list of texts")),
    }
}

/// A date in UTC; "never", which the service writes as a date in 1970 or 1980, and null are `None`.
pub(super) fn date<'de, D: Deserializer<'de>>(source: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    let held = Held::deserialize(source)?;
    let parsed = match &held {
        Held::Null => return Ok(None),
        Held::Text(text) => parse_date(text.trim()),
        _ => None,
    };
    parsed
        .map(|date| (date.year() > 1980).then_some(date))
        .ok_or_else(|| held.mismatch("a date"))
}

fn parse_date(text: &str) -> Option<DateTime<Utc>> {
    let with_zone = DateTime::parse_from_rfc3339(text).map(|date| date.to_utc());
    let without = || NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f").map(|date| date.and_utc());
    with_zone.or_else(|_| without()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    struct Row {
        #[serde(deserialize_with = "number")]
        id: i64,
        #[serde(default, deserialize_with = "optional_number")]
        kind: Option<i64>,
        #[serde(default, deserialize_with = "flag")]
        client: bool,
        #[serde(default, deserialize_with = "text")]
        name: String,
        #[serde(default, deserialize_with = "texts")]
        names: Vec<String>,
        #[serde(default, deserialize_with = "date")]
        changed: Option<DateTime<Utc>>,
    }

    fn row(json: &str) -> Row {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn numbers_in_every_form() {
        for id in ["16777219", "16777219.0", "\"16777219\""] {
            assert_eq!(row(&format!("{{\"id\":{id}}}")).id, 16_777_219, "{id}");
        }
        for bad in ["null", "1.5", "\"x\"", "[]", "1e300"] {
            assert!(
                serde_json::from_str::<Row>(&format!("{{\"id\":{bad}}}")).is_err(),
                "{bad}"
            );
        }
        assert!(serde_json::from_str::<Row>("{}").is_err(), "a key may not be missing");
        assert_eq!(row(r#"{"id":1,"kind":null}"#).kind, None);
        assert_eq!(row(r#"{"id":1,"kind":"5"}"#).kind, Some(5));
    }

    #[test]
    fn flags_in_every_form() {
        for (json, expected) in [
            ("true", true),
            ("1", true),
            ("\"True\"", true),
            ("\"1\"", true),
            ("false", false),
            ("0", false),
            ("null", false),
            ("\"0\"", false),
            ("\"FALSE\"", false),
        ] {
            assert_eq!(
                row(&format!("{{\"id\":1,\"client\":{json}}}")).client,
                expected,
                "{json}"
            );
        }
        assert!(!row(r#"{"id":1}"#).client);
        assert!(serde_json::from_str::<Row>(r#"{"id":1,"client":"maybe"}"#).is_err());
    }

    #[test]
    fn dates_with_any_fraction_and_never() {
        let date = |text: &str| row(&format!("{{\"id\":1,\"changed\":\"{text}\"}}")).changed;
        let expected = date("2026-07-18T08:08:03Z").unwrap();
        assert_eq!(expected.to_rfc3339(), "2026-07-18T08:08:03+00:00");
        for (text, nanos) in [
            ("2026-07-18T08:08:03.87Z", 870_000_000),
            ("2026-07-18T08:08:03.593Z", 593_000_000),
            ("2026-07-18T08:08:03.5930001Z", 593_000_100),
            ("2026-07-18T10:08:03.5+02:00", 500_000_000),
            ("2026-07-18T08:08:03.5", 500_000_000),
        ] {
            let found = date(text).unwrap();
            assert_eq!(found.timestamp(), expected.timestamp(), "{text}");
            assert_eq!(found.timestamp_subsec_nanos(), nanos, "{text}");
        }
        for never in ["1970-01-01T00:00:00Z", "1980-01-01T00:00:00.000Z"] {
            assert_eq!(date(never), None);
        }
        assert!(serde_json::from_str::<Row>(r#"{"id":1,"changed":"yesterday"}"#).is_err());
    }

    #[test]
    fn texts_and_lists() {
        let found = row(r#"{"id":1,"name":null,"names":["a",null,"b.c"],"more":{"ignored":[1]}}"#);
        assert_eq!(
            (found.name.as_str(), found.names.as_slice()),
            ("", ["a".to_owned(), "b.c".to_owned()].as_slice())
        );
        assert_eq!(row(r#"{"id":1,"names":"a.b"}"#).names, ["a.b"]);
        assert!(row(r#"{"id":1,"names":null}"#).names.is_empty());
    }

    #[test]
    fn both_envelopes_of_a_keyed_read() {
        let first = |json: &str| {
            serde_json::from_str::<Keyed<Row>>(json)
                .unwrap()
                .into_first()
                .map(|row| row.id)
        };
        assert_eq!(first(r#"{"@odata.context":"x","value":[{"id":7}]}"#), Some(7));
        assert_eq!(first(r#"{"@odata.context":"x/$entity","id":7}"#), Some(7));
        assert_eq!(first(r#"{"value":[]}"#), None);
    }

    #[test]
    fn the_whole_query_is_encoded() {
        let address = Address::class("SMS_Collection")
            .select(&["CollectionID", "Name"])
            .with("$filter", &format!("Name eq {}", text_literal("R&D + O'Neill")));
        assert_eq!(
            address.into_target(),
            "/AdminService/wmi/SMS_Collection?$select=CollectionID,Name&$filter=Name%20eq%20%27R%26D%20%2B%20O%27%27Neill%27"
        );
        assert_eq!(
            Address::object("SMS_Collection", "PS100016").into_target(),
            "/AdminService/wmi/SMS_Collection('PS100016')"
        );
    }

    /// The filters that stand in the source, as texts: every comparison in them, with what is compared.
    fn filters(source: &str) -> Vec<(String, String)> {
        let code = source.split("#[cfg(test)]").next().unwrap();
        let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let texts: Vec<String> = code
            .flat_map(|line| line.split('"').skip(1).step_by(2).map(str::to_owned))
            .collect();
        let operators = [" eq ", " ne ", " gt ", " ge ", " lt ", " le "];
        let compared = |text: &str| {
            let at = operators.iter().find_map(|operator| text.find(operator))?;
            text[..at]
                .split_whitespace()
                .last()
                .map(|word| (word.to_owned(), text.to_owned()))
        };
        texts.iter().filter_map(|text| compared(text)).collect()
    }

    #[test]
    fn filters_are_of_the_cautious_kind() {
        let folder = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src/configmgr"));
        let mut found = 0;
        for file in std::fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                continue;
            }
            for (property, filter) in filters(&std::fs::read_to_string(&path).unwrap()) {
                found += 1;
                // `{}` is the key of a listing.
                let known = ["CollectionID", "ResourceID", "ResourceId", "SiteCode", "{}"];
                assert!(known.contains(&property.as_str()), "{}: {filter}", path.display());
                let plain = !filter.contains(" or ") && !filter.contains('\\');
                assert!(plain, "{}: sites refuse {filter}", path.display());
            }
        }
        assert!(
            found >= 3,
            "the filters of members, of one collection and of paging by key"
        );
        assert_eq!(
            filters(r#"x("Name eq 'a' or b"); // c"#),
            [("Name".to_owned(), "Name eq 'a' or b".to_owned())]
        );
        // What stands in the literals can hold nothing else.
        for id in ["PS1\\0016", "PS1'0016"] {
            assert!(id.parse::<crate::model::CollectionId>().is_err(), "{id}");
        }
        for code in ["P\\1", "P'1"] {
            assert!(code.parse::<crate::model::SiteCode>().is_err(), "{code}");
        }
    }

    #[test]
    fn error_bodies() {
        let denied = br#"{"error":{"code":"404","message":"Access denied  WMI QUERY: "}}"#;
        let message = error_message(denied).unwrap();
        assert_eq!(message, "Access denied WMI QUERY:");
        assert!(is_access_denied(&message));
        assert_eq!(
            error_message(br#"{"error":{"message":{"lang":"en","value":"No."}}}"#).unwrap(),
            "No."
        );
        assert_eq!(error_message(b"<html>404 - File or directory not found.</html>"), None);
        assert_eq!(error_message(b""), None);
    }
}
