//! What a computer group looks like in a workspace. Pure: same membership, same text.
//!
//! A group is a saved search with the tag `Group` = `Computer` (Microsoft: "Computer groups in Azure Monitor log queries")
//! that carries its members in its own text, so that no time range of a reader can make it come out empty. A membership too
//! long for one text is cut into part functions, and the group is their union. Parts are named after their content
//! ([`Composition::generation`]), so that writing them twice changes nothing and a reader never sees two generations mixed.

use chrono::{DateTime, SecondsFormat, Utc};

use super::kql::{is_line_end, quoted, unquoted, unquoted_list};
use super::membership::{Membership, TextNames};
use super::{CollectionId, ConnectionId, Problem, Result, RuleId, SiteCode, reader};

/// Category of groups, as the portal shows it.
const CATEGORY: &str = "Configuration Manager collections";
/// Category of part functions; another one, so that they do not clutter the list of groups.
const PART_CATEGORY: &str = "Configuration Manager collections (parts)";
/// The generation of a group whose members come from the rows of history. No generation of parts is called so.
pub const FROM_ROWS: &str = "rows";
/// Version of what is written here, for programs that read it later.
pub(super) const FORMAT: &str = "1";

/// The tag that holds the connection's ID; what lacks it is not ours.
pub const CONNECTION_TAG: &str = "AswConnection";
const KIND_TAG: &str = "AswKind";
const SITE_TAG: &str = "AswSite";
const COLLECTION_TAG: &str = "AswCollection";
const VERSION_TAG: &str = "AswVersion";
const GENERATION_TAG: &str = "AswGeneration";
const AS_OF_TAG: &str = "AswAsOf";
const NAME_TAG: &str = "AswName";
const RULE_TAG: &str = "AswRule";
/// A tag's value can be no longer (Azure).
const LONGEST_TAG: usize = 256;

/// A saved search of a workspace: a query with a name, and perhaps a function alias. With the tag `Group` = `Computer` it is a
/// computer group (Microsoft: "Saved Searches", REST reference of Log Analytics).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedSearch {
    /// The last segment of its resource ID.
    pub id: String,
    /// Category, as the portal shows it.
    pub category: String,
    /// Name, as the portal shows it.
    pub display_name: String,
    /// The KQL text.
    pub query: String,
    /// The name by which queries call it.
    pub alias: Option<String>,
    /// Names and values.
    pub tags: Vec<(String, String)>,
    /// Changes with every write; only known for one that was read.
    pub etag: Option<String>,
}

impl SavedSearch {
    /// Whether it is what was sent: text, alias and every tag. Without one of the tags it would be no computer group, or none of ours.
    pub fn holds(&self, sent: &Self) -> bool {
        self.query == sent.query && self.alias == sent.alias && sent.tags.iter().all(|tag| self.tags.contains(tag))
    }
}

/// Whose groups these are.
#[derive(Debug, Clone)]
pub struct Owner {
    /// The connection.
    pub connection: ConnectionId,
    /// The site that the collections belong to.
    pub site: SiteCode,
}

/// How long a text may be, and how many parts a group may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one query text.
    pub text: usize,
    /// Parts of one group.
    pub parts: usize,
}

impl Default for Limits {
    /// The real limit of a saved search is not published; 8,000 is cautious, and is halved when a workspace refuses it.
    fn default() -> Self {
        Self { text: 8_000, parts: 50 }
    }
}

impl Limits {
    /// The most bytes that all texts of a group have together.
    pub const fn most_bytes(self) -> usize {
        self.text.saturating_mul(self.parts)
    }

    /// Whether so many members are probably too many: a fully qualified name with its quotes takes about 30 bytes.
    pub fn likely_exceeded_by(&self, members: i64) -> bool {
        let room = self.text.saturating_mul(self.parts) / 30;
        usize::try_from(members).is_ok_and(|members| members > room)
    }
}

/// A group and its parts, as saved searches.
#[derive(Debug, Clone)]
pub struct Composition {
    /// Names the content; part of every part's ID.
    pub generation: String,
    /// The parts; none where the group carries its members itself.
    pub parts: Vec<SavedSearch>,
    /// The group.
    pub group: SavedSearch,
}

/// The ID under which a connection's own record stands in the workspace.
pub fn record_id(connection: ConnectionId) -> String {
    format!("{}connection", id_prefix(connection))
}

/// What the IDs of everything that a connection writes start with.
pub fn id_prefix(connection: ConnectionId) -> String {
    format!("asw-{}-", connection.short())
}

/// The saved-search ID of a collection's group.
pub fn group_id(connection: ConnectionId, collection: &CollectionId) -> String {
    format!("{}{}", id_prefix(connection), collection.as_str().to_lowercase())
}

/// The saved-search ID of one part of a generation; `number` counts from 1.
pub fn part_id(connection: ConnectionId, collection: &CollectionId, generation: &str, number: usize) -> String {
    format!("{}-{generation}-{number}", group_id(connection, collection))
}

/// The function name of a collection's group: `ConfigMgr_PS1_PS100016`, with a suffix where another connection has that
/// already (built-in IDs such as SMS00001 repeat in every hierarchy). Function names compare without regard to case.
pub fn alias(owner: &Owner, collection: &CollectionId, taken: impl Fn(&str) -> bool) -> String {
    let plain = format!("ConfigMgr_{}_{collection}", owner.site);
    if taken(&plain) {
        format!("{plain}_{}", owner.connection.short())
    } else {
        plain
    }
}

/// Whether a function name belongs to a saved search of somebody else.
pub fn is_taken(standing: &[SavedSearch], owner: &Owner, alias: &str) -> bool {
    standing.iter().any(|search| {
        let has_it = |taken: &str| taken.eq_ignore_ascii_case(alias);
        search.alias.as_deref().is_some_and(has_it) && !is_ours(search, owner.connection)
    })
}

/// Whether a saved search was written by this connection.
pub fn is_ours(search: &SavedSearch, connection: ConnectionId) -> bool {
    search.id.to_lowercase().starts_with(&id_prefix(connection))
        && tag(search, CONNECTION_TAG).is_some_and(|value| value.eq_ignore_ascii_case(&connection.to_string()))
}

/// The query for the members of a group.
pub fn members_query(alias: &str) -> String {
    alias.to_owned()
}

/// The query for their number.
pub fn count_query(alias: &str) -> String {
    format!("{alias} | count")
}

/// Whether the tags of a resource say that it belongs to this connection. Names of tags compare without regard to case.
pub fn is_tagged(tags: &[(String, String)], connection: ConnectionId) -> bool {
    let id = connection.to_string();
    tags.iter()
        .any(|(name, value)| name.eq_ignore_ascii_case(CONNECTION_TAG) && value.eq_ignore_ascii_case(&id))
}

/// What a saved search of ours is, read back from its tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A computer group.
    Group,
    /// A part of one.
    Part,
    /// The connection's own record.
    Record,
}

/// Reads back what a saved search of ours is.
pub fn kind(search: &SavedSearch) -> Option<Kind> {
    match tag(search, KIND_TAG)? {
        "group" => Some(Kind::Group),
        "part" => Some(Kind::Part),
        "connection" => Some(Kind::Record),
        _ => None,
    }
}

/// Reads back the collection of a group.
pub fn collection(search: &SavedSearch) -> Option<CollectionId> {
    tag(search, COLLECTION_TAG)?.parse().ok()
}

/// Reads back the generation that a group shows.
pub fn generation(search: &SavedSearch) -> Option<&str> {
    tag(search, GENERATION_TAG)
}

/// Whether a group shows this generation: by its tag, or, where somebody has edited it, by the parts that its text calls.
pub fn shows(group: &SavedSearch, wanted: &str) -> bool {
    generation(group) == Some(wanted) || group.query.contains(&format!("_{wanted}_"))
}

/// How many parts of this generation a group calls.
pub fn calls(group: &SavedSearch, generation: &str) -> usize {
    group.query.matches(&format!("_{generation}_")).count()
}

/// Reads back the moment that a group, or a part of one, speaks of.
pub fn as_of(search: &SavedSearch) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(tag(search, AS_OF_TAG)?)
        .ok()
        .map(|moment| moment.to_utc())
}

/// The record that says, in the workspace itself, which connection writes here, and through which rule its history goes.
/// Another machine finds the connection by it.
pub fn record(owner: &Owner, name: &str, rule: Option<&RuleId>) -> SavedSearch {
    let rule = rule.map(ToString::to_string).filter(|rule| rule.len() <= LONGEST_TAG);
    let mut more = vec![(NAME_TAG, name)];
    more.extend(rule.as_deref().map(|rule| (RULE_TAG, rule)));
    SavedSearch {
        id: record_id(owner.connection),
        category: CATEGORY.to_owned(),
        display_name: format!("Connection of site {} ({})", owner.site, owner.connection.short()),
        query: format!(
            "print Connection={}, ConnectionId={}, Site={}, Format={}",
            quoted(name),
            quoted(&owner.connection.to_string()),
            quoted(owner.site.as_str()),
            quoted(FORMAT),
        ),
        alias: None,
        tags: tags(owner, "connection", &more),
        etag: None,
    }
}

/// Reads back whose saved search this is, whichever connection of ours that may be.
pub fn owner(search: &SavedSearch) -> Option<Owner> {
    let connection: ConnectionId = tag(search, CONNECTION_TAG)?.parse().ok()?;
    let site = tag(search, SITE_TAG)?.parse().ok()?;
    is_ours(search, connection).then_some(Owner { connection, site })
}

/// Reads back the name of a connection from its record; older ones carry it in their text only.
pub fn connection_name(record: &SavedSearch) -> Option<String> {
    let in_text = || unquoted(record.query.strip_prefix("print Connection=")?);
    tag(record, NAME_TAG).map(str::to_owned).or_else(in_text)
}

/// Reads back the rule of a connection's history from its record.
pub fn rule(record: &SavedSearch) -> Option<RuleId> {
    tag(record, RULE_TAG)?.parse().ok()
}

/// Makes the saved searches of a membership.
///
/// # Errors
/// [`Problem::TooManyParts`] where it does not fit into the allowed number of parts.
pub fn compose(owner: &Owner, membership: &Membership, alias: &str, limits: Limits) -> Result<Composition> {
    let too_many = |parts, limit| Problem::TooManyParts {
        collection: membership.collection.clone(),
        parts,
        limit,
    };
    let names = match &membership.names {
        TextNames::All(names) => names,
        TextNames::TooLong { bytes } => return Err(too_many(bytes / limits.text + 1, limits.parts).into()),
    };
    let comment = comment(owner, membership);
    let whole = format!("{comment}\n{} | distinct Computer", datatable(names));
    let fits = whole.len() <= limits.text;
    let generation = membership.generation(limits, fits);
    if fits {
        let group = group(owner, membership, alias, &generation, whole);
        return Ok(Composition {
            generation,
            parts: Vec::new(),
            group,
        });
    }
    let slices = slices(names, limits.text);
    if slices.len() > limits.parts {
        return Err(too_many(slices.len(), limits.parts).into());
    }
    let parts: Vec<SavedSearch> = slices
        .iter()
        .enumerate()
        .map(|(index, computers)| part(owner, membership, &generation, index + 1, computers))
        .collect();
    let calls: Vec<String> = parts
        .iter()
        .filter_map(|part| part.alias.as_ref())
        .map(|alias| format!("({alias}())"))
        .collect();
    let union = format!("{comment}\nunion {} | distinct Computer", calls.join(", "));
    if union.len() > limits.text {
        // The union itself has no room for so many calls.
        let room = limits.text.saturating_sub(comment.len()) / calls.first().map_or(1, |call| call.len() + 2);
        return Err(too_many(slices.len(), room.min(slices.len() - 1)).into());
    }
    let group = group(owner, membership, alias, &generation, union);
    Ok(Composition {
        generation,
        parts,
        group,
    })
}

/// Makes the group of a membership too long for its own text: its members come from the rows of history. To be written only once
/// a query has seen them whole.
pub fn from_rows(owner: &Owner, membership: &Membership, alias: &str) -> Composition {
    let text = format!(
        "// ConfigMgr collection {} \"{}\", site {}, from the rows of history: the newest complete membership\n{}",
        membership.collection,
        one_line(&membership.name),
        owner.site,
        reader::members(owner.connection, &membership.collection),
    );
    Composition {
        generation: FROM_ROWS.to_owned(),
        parts: Vec::new(),
        group: group(owner, membership, alias, FROM_ROWS, text),
    }
}

fn group(owner: &Owner, membership: &Membership, alias: &str, generation: &str, query: String) -> SavedSearch {
    let id = membership.collection.to_string();
    let as_of = moment(membership.as_of);
    let mut tags = tags(
        owner,
        "group",
        &[(COLLECTION_TAG, &id), (GENERATION_TAG, generation), (AS_OF_TAG, &as_of)],
    );
    // The tag that makes a saved search a computer group.
    tags.insert(0, ("Group".to_owned(), "Computer".to_owned()));
    SavedSearch {
        id: group_id(owner.connection, &membership.collection),
        category: CATEGORY.to_owned(),
        display_name: display_name(&membership.name, &membership.collection),
        query,
        alias: Some(alias.to_owned()),
        tags,
        etag: None,
    }
}

fn part(owner: &Owner, membership: &Membership, generation: &str, number: usize, computers: &[String]) -> SavedSearch {
    let collection = &membership.collection;
    let (id, as_of) = (collection.to_string(), moment(membership.as_of));
    SavedSearch {
        id: part_id(owner.connection, collection, generation, number),
        category: PART_CATEGORY.to_owned(),
        display_name: format!("{collection} part {number} ({generation})"),
        query: datatable(computers),
        alias: Some(format!(
            "ConfigMgrPart_{}_{collection}_{generation}_{number}",
            owner.connection.short()
        )),
        tags: tags(
            owner,
            "part",
            &[(COLLECTION_TAG, &id), (GENERATION_TAG, generation), (AS_OF_TAG, &as_of)],
        ),
        etag: None,
    }
}

fn display_name(name: &str, collection: &CollectionId) -> String {
    format!("{} ({collection})", one_line(name))
}

/// The collection's name out of a group's display name.
pub fn name_of(search: &SavedSearch, collection: &CollectionId) -> String {
    let suffix = format!(" ({collection})");
    search
        .display_name
        .strip_suffix(&suffix)
        .unwrap_or(&search.display_name)
        .to_owned()
}

fn tags(owner: &Owner, kind: &str, more: &[(&str, &str)]) -> Vec<(String, String)> {
    let connection = owner.connection.to_string();
    let common = [
        (CONNECTION_TAG, connection.as_str()),
        (SITE_TAG, owner.site.as_str()),
        (KIND_TAG, kind),
        (VERSION_TAG, FORMAT),
    ];
    common
        .iter()
        .chain(more)
        .map(|&(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

fn tag<'a>(search: &'a SavedSearch, name: &str) -> Option<&'a str> {
    search
        .tags
        .iter()
        .find(|(each, _)| each == name)
        .map(|(_, value)| value.as_str())
}

fn comment(owner: &Owner, membership: &Membership) -> String {
    format!(
        "// ConfigMgr collection {} \"{}\", site {}, AsOf {}{}, {}",
        membership.collection,
        one_line(&membership.name),
        owner.site,
        moment(membership.as_of),
        if membership.approximate { " (approximate)" } else { "" },
        computers(membership.computers),
    )
}

fn computers(count: usize) -> String {
    format!("{count} {}", if count == 1 { "computer" } else { "computers" })
}

fn moment(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// A name on one line: a line break in a comment would turn the rest of a name into query text.
fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() || is_line_end(c) { ' ' } else { c })
        .collect()
}

const TABLE_HEAD: &str = "datatable(Computer:string)[";

/// Reads back the members that a text carries itself: a group that is not in parts, or a part. `None` for any other text.
pub fn carried(search: &SavedSearch) -> Option<Vec<String>> {
    let (_, table) = search.query.split_once(TABLE_HEAD)?;
    unquoted_list(table)
}

fn datatable(computers: &[String]) -> String {
    let rows: Vec<String> = computers.iter().map(|computer| quoted(computer)).collect();
    format!("{TABLE_HEAD}{}]", rows.join(","))
}

/// Cuts sorted names into runs whose `datatable` is at most `limit` bytes long; a name longer than that stands alone.
fn slices(computers: &[String], limit: usize) -> Vec<&[String]> {
    let room = limit.saturating_sub(TABLE_HEAD.len() + 1).max(1);
    let mut slices = Vec::new();
    let (mut rest, mut used, mut taken) = (computers, 0, 0);
    for computer in computers {
        let needs = quoted(computer).len() + 1;
        if taken > 0 && used + needs > room {
            let (slice, remaining) = rest.split_at(taken);
            slices.push(slice);
            (rest, used, taken) = (remaining, 0, 0);
        }
        used += needs;
        taken += 1;
    }
    slices.push(rest);
    slices
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner() -> Owner {
        Owner {
            connection: "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap(),
            site: "PS1".parse().unwrap(),
        }
    }

    fn membership(computers: &[&str]) -> Membership {
        Membership::new(
            "PS100016".parse().unwrap(),
            "All \"Servers\"\n| evil".into(),
            DateTime::UNIX_EPOCH,
            computers.iter().map(|&name| name.to_owned()).collect(),
        )
    }

    #[test]
    fn a_small_group_carries_its_members() {
        let made = compose(
            &owner(),
            &membership(&["a.corp", "b\"\\"]),
            "ConfigMgr_PS1_PS100016",
            Limits::default(),
        )
        .unwrap();
        assert!(made.parts.is_empty());
        assert_eq!(
            made.group.query,
            "// ConfigMgr collection PS100016 \"All \"Servers\" | evil\", site PS1, AsOf 1970-01-01T00:00:00Z, 2 computers\n\
             datatable(Computer:string)[\"a.corp\",\"b\\\"\\\\\"] | distinct Computer"
        );
        assert_eq!(
            made.group.tags.first(),
            Some(&("Group".to_owned(), "Computer".to_owned()))
        );
        assert!(is_ours(&made.group, owner().connection));
        assert_eq!(as_of(&made.group), Some(DateTime::UNIX_EPOCH));
        assert_eq!(kind(&made.group), Some(Kind::Group));
    }

    #[test]
    fn an_empty_group_is_a_group() {
        let made = compose(&owner(), &membership(&[]), "x", Limits::default()).unwrap();
        assert!(
            made.group
                .query
                .ends_with("0 computers\ndatatable(Computer:string)[] | distinct Computer")
        );
    }

    #[test]
    fn a_long_group_is_the_union_of_its_parts() {
        let names: Vec<String> = (0..500).map(|n| format!("pc{n:04}.corp.example")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let limits = Limits { text: 2_000, parts: 50 };
        let made = compose(&owner(), &membership(&names), "x", limits).unwrap();
        assert!(made.parts.len() > 1);
        assert!(
            made.parts
                .iter()
                .chain([&made.group])
                .all(|search| search.query.len() <= limits.text)
        );
        assert!(
            made.parts
                .iter()
                .all(|part| part.tags.iter().all(|(name, _)| name != "Group"))
        );
        let together: String = made.parts.iter().map(|part| part.query.as_str()).collect();
        assert!(
            names
                .iter()
                .all(|name| together.matches(&format!("\"{name}\"")).count() == 1)
        );
        for part in &made.parts {
            assert!(
                made.group
                    .query
                    .contains(&format!("({}())", part.alias.as_deref().unwrap()))
            );
        }
    }

    #[test]
    fn no_two_readings_share_their_parts() {
        let names: Vec<String> = (0..500).map(|n| format!("pc{n:04}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let limits = Limits { text: 1_500, parts: 50 };
        let first = compose(&owner(), &membership(&names), "x", limits).unwrap();
        let again = compose(&owner(), &membership(&names), "x", limits).unwrap();
        assert_ne!(first.generation, again.generation);
        assert_eq!(calls(&first.group, &first.generation), first.parts.len());
        assert_eq!(calls(&first.group, &again.generation), 0);
    }

    #[test]
    fn too_large_is_said_and_not_cut() {
        let names: Vec<String> = (0..500).map(|n| format!("pc{n:04}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let refused = compose(&owner(), &membership(&names), "x", Limits { text: 1_000, parts: 3 }).unwrap_err();
        assert!(matches!(refused.problem(), Problem::TooManyParts { parts, limit: 3, .. } if *parts > 3));
        let unread = Membership {
            names: TextNames::TooLong { bytes: 9_500 },
            ..membership(&[])
        };
        let refused = compose(&owner(), &unread, "x", Limits { text: 1_000, parts: 3 }).unwrap_err();
        assert!(matches!(
            refused.problem(),
            Problem::TooManyParts {
                parts: 10,
                limit: 3,
                ..
            }
        ));
    }

    #[test]
    fn an_alias_gets_out_of_the_way() {
        let id: CollectionId = "SMS00001".parse().unwrap();
        assert_eq!(alias(&owner(), &id, |_| false), "ConfigMgr_PS1_SMS00001");
        assert_eq!(alias(&owner(), &id, |_| true), "ConfigMgr_PS1_SMS00001_1f0e2d3c");
    }

    #[test]
    fn what_lacks_our_tag_is_not_ours() {
        let mut search = compose(&owner(), &membership(&[]), "x", Limits::default())
            .unwrap()
            .group;
        search.tags.retain(|(name, _)| name != CONNECTION_TAG);
        assert!(!is_ours(&search, owner().connection));
    }
}
