//! The JSON of a saved search.

use serde_json::{Value, json};

use super::error::words;
use crate::model::SavedSearch;

/// What a write takes for granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// No saved search has this ID yet.
    New,
    /// Whatever is there is replaced.
    Overwrite,
    /// What is there still has this etag.
    IfMatch(String),
}

/// The body of a write.
pub(super) fn to_json(search: &SavedSearch, write: &Write) -> Value {
    let tags: Vec<Value> = search
        .tags
        .iter()
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    let mut properties = json!({
        "category": search.category,
        "displayName": search.display_name,
        "query": search.query,
        "version": 2,
        "tags": tags,
    });
    if let Some(alias) = &search.alias {
        properties["functionAlias"] = json!(alias);
    }
    match write {
        Write::New => json!({"properties": properties}),
        Write::Overwrite => json!({"etag": "*", "properties": properties}),
        Write::IfMatch(etag) => json!({"etag": etag, "properties": properties}),
    }
}

/// Whether two have the same content. The alias and the tags count; ID and etag do not.
pub(super) fn is_same(a: &SavedSearch, b: &SavedSearch) -> bool {
    let content = |search: &SavedSearch| {
        let mut tags = search.tags.clone();
        tags.sort();
        let SavedSearch {
            category,
            display_name,
            query,
            alias,
            ..
        } = search.clone();
        (category, display_name, query, alias, tags)
    };
    content(a) == content(b)
}

/// Reads a saved search; only its ID must be there.
pub(super) fn read(json: &Value) -> Option<SavedSearch> {
    let properties = json.get("properties").unwrap_or(json);
    let text = |name: &str| properties.get(name).and_then(Value::as_str).map(str::to_owned);
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    Some(SavedSearch {
        id: id_of(json)?,
        category: text("category").unwrap_or_default(),
        display_name: text("displayName").unwrap_or_default(),
        query: text("query").unwrap_or_default(),
        alias: filled(text("functionAlias")),
        tags: tags_of(properties.get("tags")),
        etag: filled(
            json.get("etag")
                .or_else(|| json.get("eTag"))
                .and_then(Value::as_str)
                .map(str::to_owned),
        ),
    })
}

/// What follows `/savedSearches/` in the resource ID, else the name.
fn id_of(json: &Value) -> Option<String> {
    const BEFORE: &str = "/savedsearches/";
    let id = json.get("id").and_then(Value::as_str).unwrap_or_default();
    // Lower case of ASCII keeps every position.
    let after = id
        .to_ascii_lowercase()
        .find(BEFORE)
        .and_then(|at| id.get(at + BEFORE.len()..));
    let name = json.get("name").and_then(Value::as_str);
    after
        .filter(|id| !id.is_empty())
        .or(name)
        .map(words)
        .filter(|id| !id.is_empty())
}

/// Tags as the API defines them, a list of names and values, or as one object.
fn tags_of(json: Option<&Value>) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match json {
        Some(Value::Array(tags)) => tags
            .iter()
            .filter_map(|tag| Some((text(tag.get("name")?), tag.get("value").map(text).unwrap_or_default())))
            .collect(),
        Some(Value::Object(tags)) => tags.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
        _ => Vec::new(),
    }
}
