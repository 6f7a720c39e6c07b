//! Words of *Move connection*, in the window and on the command line.

use super::count;
use super::general::site_title;
use crate::model::ConnectionName;
use crate::model::report::{ConnectionOverview, KeptCollection, MissingCollection, Relocation};

/// The dialog's title.
pub const TITLE: &str = "Move connection";
/// What does not change.
pub const STAYS: &str = "The computer groups in the workspace keep their IDs and function names, so queries go on to work. Nothing is \
                         changed before Move.";
/// While it is looked up what becomes of the collections.
pub const LOOKING: &str = "Looking for the chosen collections there";
/// A button.
pub const MOVE: &str = "Move";
/// Why that button is not available.
pub const CHECK_FIRST: &str =
    "Check the site first: what becomes of the collections is shown before anything is changed.";
/// While it begins.
pub const STARTING: &str = "Starting";
/// Below a failure.
pub const AS_IT_WAS: &str = "The connection is as it was.";

/// How many collections are listed by name in the window.
const LISTED: usize = 8;

/// What this is about.
pub fn about(name: &ConnectionName, overview: Option<&ConnectionOverview>) -> String {
    let now = overview.map(|overview| {
        let connection = &overview.connection;
        let provider = &connection.setup.site.provider;
        match &connection.site {
            Some(site) => format!(" now reads the site {} through {provider}, and", site.code),
            None => format!(" now reads {provider}, and"),
        }
    });
    format!(
        "\"{name}\"{} will read another SMS Provider, and the site there: such as the central administration site that was put \
         above its site.",
        now.unwrap_or_default()
    )
}

/// It has gone over.
pub fn done(name: &ConnectionName, plan: &Relocation) -> String {
    format!(
        "\"{name}\" now reads {}. The next publication reads all collections anew.",
        site_title(&plan.to.identity)
    )
}

/// Collections that are there and have another name now, as lines.
pub fn kept_lines(plan: &Relocation) -> Vec<String> {
    let renamed: Vec<&KeptCollection> = plan.kept.iter().filter(|each| each.name_before.is_some()).collect();
    cut(renamed.len(), renamed.into_iter().map(kept_line))
}

/// Collections that are not there, as lines.
pub fn missing_lines(plan: &Relocation) -> Vec<String> {
    cut(plan.missing.len(), plan.missing.iter().map(missing_line))
}

fn cut(all: usize, lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut cut: Vec<String> = lines.take(LISTED).collect();
    if all > LISTED {
        cut.push(format!("and {} more", all - LISTED));
    }
    cut
}

/// Where it goes.
pub fn from_to(plan: &Relocation) -> String {
    let to = site_title(&plan.to.identity);
    match &plan.from {
        Some(_) if plan.is_same_site() => format!("The site stays the same: {to}."),
        Some(from) => format!("From {} to {to}.", site_title(from)),
        None => format!("To {to}."),
    }
}

/// A site was installed anew: what a person must look at.
pub fn installed_anew(plan: &Relocation) -> Option<String> {
    let code = &plan.to.identity.code;
    plan.is_installed_anew().then(|| {
        format!(
            "The site {code} was installed anew. Its collection IDs start over, so an ID may belong to another collection now: \
             compare the names."
        )
    })
}

/// What becomes of the collections that are there.
pub fn kept(plan: &Relocation) -> String {
    let all = plan.kept.len() + plan.missing.len();
    match (plan.kept.len(), all) {
        (_, 0) => "No collection is chosen.".to_owned(),
        (0, _) => "None of the chosen collections is at the new site.".to_owned(),
        (kept, _) => format!(
            "{kept} of {} at the new site: the groups keep their IDs and function names.",
            count(all, "chosen collection is", "chosen collections are")
        ),
    }
}

/// What becomes of those that are not; `None` where all are there.
pub fn missing(plan: &Relocation) -> Option<String> {
    let missing = plan.missing.len();
    (missing > 0).then(|| {
        format!(
            "{} not at the new site, or out of the account's scope: still chosen, the groups left as they are.",
            count(missing, "collection is", "collections are")
        )
    })
}

/// A collection that is there.
pub fn kept_line(collection: &KeptCollection) -> String {
    let KeptCollection { id, name, name_before } = collection;
    match name_before {
        Some(before) => format!("{id}  \"{name}\", until now \"{before}\""),
        None => format!("{id}  \"{name}\""),
    }
}

/// A collection that is not.
pub fn missing_line(collection: &MissingCollection) -> String {
    let MissingCollection { id, name, namesakes } = collection;
    let named = if name.is_empty() {
        String::new()
    } else {
        format!("  \"{name}\"")
    };
    match namesakes.as_slice() {
        [] => format!("{id}{named}"),
        same => format!("{id}{named}; the new site has this name at {}", super::ids_listed(same)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::site::{SiteFacts, SiteReading};
    use crate::model::{SiteGuid, SiteIdentity};

    fn site(code: &str, guid: u8) -> SiteIdentity {
        SiteIdentity {
            code: code.parse().unwrap(),
            name: "Site".into(),
            build: None,
            is_cas: code == "CAS",
            guid: Some(SiteGuid::new(uuid::Uuid::from_bytes([guid; 16]))),
            providers: Vec::new(),
        }
    }

    fn plan(to: SiteIdentity) -> Relocation {
        Relocation {
            from: Some(site("PS1", 1)),
            to: SiteReading {
                identity: to,
                facts: SiteFacts::default(),
                warnings: Vec::new(),
            },
            kept: vec![KeptCollection {
                id: "PS100014".parse().unwrap(),
                name: "Notebooks".into(),
                name_before: Some("Laptops".into()),
            }],
            missing: vec![MissingCollection {
                id: "PS100015".parse().unwrap(),
                name: "Kiosks".into(),
                namesakes: vec!["CAS00022".parse().unwrap()],
            }],
        }
    }

    #[test]
    fn the_way_of_a_connection_in_words() {
        let other = plan(site("CAS", 2));
        assert_eq!(
            from_to(&other),
            "From PS1 – Site, standalone primary site to CAS – Site, central administration site."
        );
        assert_eq!(installed_anew(&other), None);
        let same = from_to(&plan(site("PS1", 1)));
        assert_eq!(same, "The site stays the same: PS1 – Site, standalone primary site.");
        assert!(installed_anew(&plan(site("PS1", 2))).is_some());
    }

    #[test]
    fn what_becomes_of_the_collections_in_words() {
        let plan = plan(site("CAS", 2));
        assert!(kept(&plan).starts_with("1 of 2 chosen collections are at"));
        assert!(missing(&plan).unwrap().starts_with("1 collection is not at"));
        assert_eq!(
            kept_line(&plan.kept[0]),
            "PS100014  \"Notebooks\", until now \"Laptops\""
        );
        assert_eq!(
            missing_line(&plan.missing[0]),
            "PS100015  \"Kiosks\"; the new site has this name at CAS00022"
        );
        let whole = Relocation {
            missing: Vec::new(),
            ..plan
        };
        assert_eq!(missing(&whole), None);
    }
}
