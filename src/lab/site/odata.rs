//! The query options and the resource path of a request.

use url::form_urlencoded;

use super::classes::{Class, Kind, Laziness, Property};
use super::filter::Expression;
use super::parser::{quoted, unknown_property};

/// Why a query is not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The service does not take such a filter: 404, or an empty list where the switch says so.
    Unsupported(String),
    /// Against the rules of OData, or an option that the service does not know: 400.
    Malformed(String),
}

/// The query options of a list or of a keyed read.
#[derive(Debug, Default)]
pub(super) struct Options {
    /// `None` is everything.
    pub(super) select: Option<Vec<&'static Property>>,
    pub(super) filter: Option<Expression>,
    /// Properties with "descending".
    pub(super) order: Vec<(&'static Property, bool)>,
    pub(super) top: Option<usize>,
    pub(super) skip: Option<usize>,
}

fn malformed(reason: String) -> Refusal {
    Refusal::Malformed(format!("The query specified in the URI is not valid. {reason}."))
}

impl Options {
    /// Reads the options of a query. Parameters without a dollar sign are the caller's own and are passed over; options
    /// that the service does not have are refused, never ignored.
    pub(super) fn parse(query: Option<&str>, class: &Class, keyed: bool) -> Result<Self, Refusal> {
        let mut options = Self::default();
        let mut seen: Vec<String> = Vec::new();
        let mut selection = None;
        for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
            if !name.starts_with('$') {
                continue;
            }
            let name = name.to_lowercase();
            if seen.contains(&name) {
                return Err(malformed(format!("Query option '{name}' was specified more than once")));
            }
            if keyed && name != "$select" {
                return Err(malformed(format!(
                    "Query option '{name}' does not go with a keyed read"
                )));
            }
            match name.as_str() {
                "$select" => selection = Some(value.into_owned()),
                "$filter" => options.filter = Some(Expression::parse(&value, class)?),
                "$orderby" => options.order = order(&value, class)?,
                "$top" => options.top = Some(number(&name, &value)?),
                "$skip" => options.skip = Some(number(&name, &value)?),
                _ => return Err(malformed(format!("Query option '{name}' is not supported"))),
            }
            seen.push(name);
        }
        if let Some(names) = selection {
            // What may be chosen depends on the filter, which may stand behind it.
            let of_one_site = options
                .filter
                .as_ref()
                .is_some_and(|filter| filter.pinned("SiteCode").is_some());
            let may_choose = |property: &Property| match property.laziness {
                Laziness::Eager => true,
                Laziness::FilledForOneSite => keyed || of_one_site,
                Laziness::Lazy | Laziness::FilledAnyway => keyed,
            };
            options.select = select(&names, class, may_choose)?;
        }
        Ok(options)
    }
}

fn select(
    value: &str,
    class: &Class,
    may_choose: impl Fn(&Property) -> bool,
) -> Result<Option<Vec<&'static Property>>, Refusal> {
    if value.trim() == "*" {
        return Ok(None);
    }
    let mut chosen = Vec::new();
    for name in value.split(',').map(str::trim) {
        let property = class.property(name).ok_or_else(|| unknown_property(name, class))?;
        if !may_choose(property) {
            return Err(malformed(format!(
                "Select on the lazy column '{}' is not supported",
                property.name
            )));
        }
        chosen.push(property);
    }
    Ok(Some(chosen))
}

fn order(value: &str, class: &Class) -> Result<Vec<(&'static Property, bool)>, Refusal> {
    let mut order = Vec::new();
    for part in value.split(',') {
        let mut words = part.split_whitespace();
        let name = words.next().unwrap_or_default();
        let property = class.property(name).ok_or_else(|| unknown_property(name, class))?;
        let sortable = !matches!(property.kind, Kind::Texts | Kind::Objects | Kind::Binary) && !property.is_lazy();
        let descending = match (words.next(), words.next()) {
            (None | Some("asc"), None) => false,
            (Some("desc"), None) => true,
            _ => return Err(malformed(format!("'{part}' is not an order"))),
        };
        if !sortable {
            return Err(malformed(format!("{name} has no order")));
        }
        order.push((property, descending));
    }
    Ok(order)
}

fn number(name: &str, value: &str) -> Result<usize, Refusal> {
    value
        .parse()
        .map_err(|_| malformed(format!("Invalid value '{value}' for {name} query option found")))
}

/// What a path below the WMI route names.
#[derive(Debug, PartialEq)]
pub(super) enum Target {
    ServiceDocument,
    Metadata,
    /// A whole class.
    List(String),
    /// The number of its rows.
    Count(String),
    /// One object, by its key as written.
    Keyed(String, Key),
    /// A static method of a class.
    Method(String, String),
    /// An action of one object.
    Action(String, Key, String),
}

/// A key of one part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Key {
    Text(String),
    Number(i64),
}

/// Reads the segments behind the route, already decoded; `None` for a path that names nothing.
pub(super) fn target(segments: &[String]) -> Option<Target> {
    let words: Vec<&str> = segments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => Some(Target::ServiceDocument),
        ["$metadata"] => Some(Target::Metadata),
        [one] => match object(one) {
            Some((class, key)) => Some(Target::Keyed(class, key)),
            None if one.contains('(') => None,
            None => match one.split_once('.') {
                Some((class, method)) => Some(Target::Method(class.to_owned(), method.to_owned())),
                None => Some(Target::List((*one).to_owned())),
            },
        },
        [class, "$count"] => Some(Target::Count((*class).to_owned())),
        [one, action] if action.starts_with("AdminService.") => {
            let (class, key) = object(one)?;
            let action = action.trim_start_matches("AdminService.");
            Some(Target::Action(class, key, action.to_owned()))
        }
        [class, key] => {
            let key = key.parse().map_or_else(|_| Key::Text((*key).to_owned()), Key::Number);
            Some(Target::Keyed((*class).to_owned(), key))
        }
        _ => None,
    }
}

/// A class and the key of one of its objects, as in `SMS_Collection('SMS00001')`.
fn object(text: &str) -> Option<(String, Key)> {
    let (class, key) = text.split_once('(')?;
    Some((class.to_owned(), key_in_brackets(key.strip_suffix(')')?)?))
}

/// `'SMS00001'`, `16777219` or `CollectionID='SMS00001'`. Keys of several parts are not taken.
fn key_in_brackets(text: &str) -> Option<Key> {
    let bare = match text.split_once('=') {
        Some((name, value)) if !name.contains('\'') => value,
        _ => text,
    };
    match bare.trim().strip_prefix('\'') {
        Some(rest) => match quoted(rest) {
            Ok((key, "")) => Some(Key::Text(key)),
            _ => None,
        },
        None => bare.trim().parse().ok().map(Key::Number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::site::classes::class;

    fn options(query: &str) -> Result<Options, Refusal> {
        Options::parse(Some(query), class("SMS_Collection").unwrap(), false)
    }

    #[test]
    fn options_are_read_decoded() {
        let options = options("$select=name,CollectionID&%24filter=Name+eq+'a%26b'&$top=10&$skip=20&x=1").unwrap();
        let names: Vec<&str> = options.select.unwrap().iter().map(|p| p.name).collect();
        assert_eq!(names, ["Name", "CollectionID"]);
        assert!(options.filter.is_some());
        assert_eq!((options.top, options.skip), (Some(10), Some(20)));
    }

    #[test]
    fn what_the_service_does_not_have_is_refused() {
        for query in [
            "$count=true",
            "$expand=Members",
            "$top=-1",
            "$top=ten",
            "$top=1&$top=2",
            "$select=RefreshType",
            "$select=Nothing",
            "$select=",
            "$orderby=CollectionRules",
            "$orderby=Name upwards",
            "$skiptoken=5",
        ] {
            assert!(matches!(options(query), Err(Refusal::Malformed(_))), "{query}");
        }
        let keyed = Options::parse(Some("$select=RefreshType"), class("SMS_Collection").unwrap(), true);
        assert!(keyed.is_ok(), "a keyed read may choose lazy properties");
        assert!(Options::parse(Some("$top=1"), class("SMS_Collection").unwrap(), true).is_err());
    }

    #[test]
    fn paths_name_their_targets() {
        let read = |path: &str| {
            target(
                &path
                    .split('/')
                    .filter(|s| !s.is_empty())
                    .map(str::to_owned)
                    .collect::<Vec<_>>(),
            )
        };
        let keyed = |class: &str, key: Key| Some(Target::Keyed(class.to_owned(), key));
        assert_eq!(read(""), Some(Target::ServiceDocument));
        assert_eq!(read("$metadata"), Some(Target::Metadata));
        assert_eq!(read("SMS_Site"), Some(Target::List("SMS_Site".to_owned())));
        assert_eq!(read("SMS_Site/$count"), Some(Target::Count("SMS_Site".to_owned())));
        assert_eq!(
            read("SMS_Collection('SMS00001')"),
            keyed("SMS_Collection", Key::Text("SMS00001".to_owned()))
        );
        assert_eq!(
            read("SMS_Collection/PS100200"),
            keyed("SMS_Collection", Key::Text("PS100200".to_owned()))
        );
        assert_eq!(
            read("SMS_R_System(16777219)"),
            keyed("SMS_R_System", Key::Number(16_777_219))
        );
        assert_eq!(
            read("SMS_Site(SiteCode='a''b')"),
            keyed("SMS_Site", Key::Text("a'b".to_owned()))
        );
        assert_eq!(
            read("SMS_Collection('SMS00001')/AdminService.RequestRefresh"),
            Some(Target::Action(
                "SMS_Collection".to_owned(),
                Key::Text("SMS00001".to_owned()),
                "RequestRefresh".to_owned()
            ))
        );
        for path in [
            "SMS_Site(",
            "SMS_Site('a",
            "SMS_Site('a'b)",
            "SMS_X(A='a',B=1)",
            "a/b/c",
        ] {
            assert_eq!(read(path), None, "{path}");
        }
    }
}
