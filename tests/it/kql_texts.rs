//! Every KQL text that is stored or sent, for Microsoft's language service: `tests/kql/check.mjs` sets `ASW_KQL_TEXTS` to the file
//! that it wants them in. Without it the texts are only made.

use azure_services_wizard::model::group::{self, Limits, Owner};
use azure_services_wizard::model::group_query::{self, Called, Within};
use azure_services_wizard::model::history::{COLUMNS, TABLE, rule_id};
use azure_services_wizard::model::log_query::Ready;
use azure_services_wizard::model::membership::Membership;
use azure_services_wizard::model::{SavedSearch, reader};
use chrono::DateTime;
use serde_json::{Value, json};

/// Names that would end a string, a line or a statement, if they could.
const NASTY: [&str; 12] = [
    "pc001.corp.example",
    "quote\"]; drop",
    "back\\slash\\",
    "apostrophe'",
    "line\nbreak\r\n",
    "tab\tnull\0bell\u{7}",
    "next\u{85}line",
    "separators\u{2028}\u{2029}",
    "コンピューター",
    "כחול\u{202e}",
    "``` | take 1",
    "\u{1f5a5}\u{fe0f} // no comment",
];

fn membership(names: impl IntoIterator<Item = String>, name: &str) -> Membership {
    let collection = "PS100016".parse().unwrap();
    Membership::new(
        collection,
        name.to_owned(),
        DateTime::UNIX_EPOCH,
        names.into_iter().collect(),
    )
}

/// Saved searches as a workspace would hold them: whole groups, one of parts, an empty one, one made from rows, record, function.
fn stored() -> Vec<SavedSearch> {
    let owner = Owner {
        connection: "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap(),
        site: "PS1".parse().unwrap(),
    };
    let nasty = || NASTY.iter().map(|&name| name.to_owned());
    let many = || {
        (0..200)
            .map(|number| format!("pc{number:03}\".corp.example"))
            .chain(nasty())
    };
    let groups = [
        (membership(nasty(), "All \"Servers\"\n| take 1 //"), 8_000),
        (membership(many(), "東京 \u{2028} where"), 600),
        (membership([], "Empty"), 8_000),
    ];
    let mut stored = Vec::new();
    for (number, (membership, text)) in groups.into_iter().enumerate() {
        let alias = format!("ConfigMgr_PS1_PS10001{number}");
        let composition = group::compose(&owner, &membership, &alias, Limits { text, parts: 50 }).unwrap();
        stored.extend(composition.parts);
        stored.push(composition.group);
    }
    let large = membership(nasty(), "Every \"PC\"\n| take 1 //");
    stored.push(group::from_rows(&owner, &large, "ConfigMgr_PS1_PS100019").group);
    let resource_group = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg";
    let rule = rule_id(&resource_group.parse().unwrap(), owner.connection).unwrap();
    stored.push(group::record(&owner, "Contoso \"production\"\\", Some(&rule)));
    stored.push(reader::function());
    stored
}

/// What is asked about groups: of all of them, and of each.
fn about_groups(stored: &[SavedSearch]) -> Vec<String> {
    let groups: Vec<Called> = stored
        .iter()
        .filter(|search| group::kind(search) == Some(group::Kind::Group))
        .map(|search| Called {
            collection: group::collection(search).unwrap(),
            alias: search.alias.clone().unwrap(),
        })
        .collect();
    assert!(groups.len() > 2);
    let mut queries = vec![
        group_query::PROBE.to_owned(),
        group_query::counts(&groups),
        group_query::distinct(&groups),
        group_query::plain_computers(&groups),
    ];
    for within in Within::ALL {
        queries.extend([
            group_query::matched(&groups, within),
            group_query::matched_over_all(&groups, within),
            group_query::computers(&groups, within),
        ]);
    }
    queries.extend(NASTY.iter().map(|name| group_query::groups_of(&groups, name)));
    for alias in groups.iter().map(|group| group.alias.as_str()) {
        queries.extend([
            group_query::plain_members(alias),
            group_query::members(alias, Within::Week),
        ]);
        queries.extend(Ready::ALL.map(|ready| ready.text(alias)));
    }
    queries
}

#[test]
fn every_text_is_made_and_written_where_it_is_asked_for() {
    let stored = stored();
    assert!(
        stored
            .iter()
            .filter(|search| group::kind(search) == Some(group::Kind::Part))
            .count()
            > 1
    );
    let functions: Vec<Value> = stored
        .iter()
        .map(|search| json!({ "id": search.id, "alias": search.alias, "query": search.query }))
        .collect();
    let mut queries: Vec<String> = Vec::new();
    for alias in stored.iter().filter_map(|search| search.alias.as_deref()) {
        queries.extend([group::members_query(alias), group::count_query(alias)]);
        queries.push(format!("Heartbeat | where Computer in~ ({alias})"));
    }
    queries.extend(about_groups(&stored));
    let connection = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap();
    queries.push(reader::arrived(connection, &[uuid::Uuid::nil(), uuid::Uuid::max()]));
    queries.extend([reader::all_rows(), reader::ANSWERS.to_owned()]);
    let columns = COLUMNS.map(|column| json!([column.name, column.kind.in_stream()]));
    let texts = json!({
        "tables": { TABLE: columns },
        "functions": functions,
        "queries": queries,
        "names": NASTY,
    });
    if let Some(path) = std::env::var_os("ASW_KQL_TEXTS") {
        std::fs::write(path, texts.to_string()).unwrap();
    }
}
