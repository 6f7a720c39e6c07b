//! Taking over, on this machine, a connection that another machine or account has made: its record and groups in the workspace
//! tell of it. It keeps its identity, so that its groups go on under their names.

use std::collections::HashMap;

use chrono::Utc;

use super::apply::{self, Adopted, Attempt, Connected, How};
use super::readiness::Readiness;
use super::{Ground, rights, verify};
use crate::azure::Azure;
use crate::model::connection::SetupSecrets;
use crate::model::group::{self, Kind};
use crate::model::plan::{Progress, Step};
use crate::model::report::FoundConnection;
use crate::model::{
    Connection, ConnectionId, ConnectionState, History, Problem, Result, RuleId, SavedSearch, Setup, WorkspaceId,
};
use crate::platform::stoppable;
use crate::store::{GroupState, Published, Store};

/// The connections of ours that a workspace carries.
///
/// # Errors
/// What keeps Azure from answering.
pub async fn find(azure: &Azure, workspace: &WorkspaceId) -> Result<Vec<FoundConnection>> {
    let mut found = told(&azure.saved_searches(workspace).await?);
    for connection in &mut found {
        if let Some(rule) = connection.rule.take() {
            connection.rule = standing(azure, connection.id, rule).await?;
        }
    }
    Ok(found)
}

/// Of connections that a workspace carries, those that this account does not have.
///
/// # Errors
/// The store's.
pub fn elsewhere(store: &Store, found: Vec<FoundConnection>) -> Result<Vec<FoundConnection>> {
    let here: Vec<ConnectionId> = store.connections()?.iter().map(|connection| connection.id).collect();
    Ok(found.into_iter().filter(|each| !here.contains(&each.id)).collect())
}

/// What the saved searches of a workspace tell.
fn told(all: &[SavedSearch]) -> Vec<FoundConnection> {
    let record = |search: &&SavedSearch| group::kind(search) == Some(Kind::Record);
    all.iter()
        .filter(record)
        .filter_map(|record| {
            let owner = group::owner(record)?;
            let groups = all
                .iter()
                .filter(|search| group::is_ours(search, owner.connection) && group::kind(search) == Some(Kind::Group));
            Some(FoundConnection {
                id: owner.connection,
                name: group::connection_name(record).unwrap_or_else(|| record.display_name.clone()),
                site: owner.site,
                collections: groups.filter_map(group::collection).collect(),
                rule: group::rule(record),
            })
        })
        .collect()
}

/// The rule that a record names, where it stands and says itself whose it is. One that the app may not look at is believed to
/// stand: taken for gone, nobody would find it any more.
async fn standing(azure: &Azure, connection: ConnectionId, rule: RuleId) -> Result<Option<RuleId>> {
    match azure.rule(&rule).await {
        Ok(found) => Ok(found
            .filter(|found| group::is_tagged(&found.tags, connection))
            .map(|found| found.id)),
        Err(failure) if matches!(failure.problem(), Problem::NotAllowed { .. }) => Ok(Some(rule)),
        Err(failure) if rights::is_closed(&failure) => Ok(None),
        Err(failure) => Err(failure),
    }
}

/// Takes over the connection of this ID; without one, that of the set-up's name, or the only one there is.
///
/// # Errors
/// [`Problem::NothingToAdopt`], [`Problem::AdoptWhich`], [`Problem::AlreadyHere`], [`Problem::AdoptOtherSite`];
/// [`Problem::NameTaken`]; as [`apply::connect`] else. What stands in Azure stays as it is then.
pub async fn adopt(
    ground: &Ground<'_>,
    setup: &Setup,
    secrets: &SetupSecrets,
    wanted: Option<ConnectionId>,
    how: How<'_>,
) -> Result<Connected> {
    apply::is_built(setup)?;
    let looking = async {
        let (azure, _) = verify::sign_in(&setup.environment, &setup.app, &secrets.client_secret, ground.tell).await?;
        (ground.tell)(Progress::Step(Step::Adopt));
        find(&azure, &setup.workspace).await
    };
    let found = stoppable(ground.stop, looking).await?;
    let found = chosen(found, setup, wanted)?;
    let _lock = ground.lock(found.id, setup.name.as_str())?;
    let here = ground.store.connections()?.into_iter().find(|each| each.id == found.id);
    let wanted = widened(setup, &found);
    let earlier = match here {
        // Begun before, and not brought to its end.
        Some(here) if here.state == ConnectionState::Connecting && here.setup == wanted => Some(here),
        Some(here) => {
            let name = here.setup.name.to_string();
            return Err(Problem::AlreadyHere { name }.into());
        }
        None => None,
    };
    let connection = earlier
        .clone()
        .unwrap_or_else(|| apply::intended(&wanted, Some(found.id)));
    let checked = Setup {
        collections: setup.collections.clone(),
        ..wanted.clone()
    };
    let attempt = Attempt {
        ground,
        setup: &wanted,
        secrets,
        earlier,
        adopted: Some(Adopted { found: &found, checked }),
        how,
    };
    attempt.run(connection).await
}

fn chosen(found: Vec<FoundConnection>, setup: &Setup, wanted: Option<ConnectionId>) -> Result<FoundConnection> {
    let fits = |each: &&FoundConnection| match wanted {
        Some(id) => each.id == id,
        None => each
            .name
            .parse()
            .is_ok_and(|name: crate::model::ConnectionName| name == setup.name),
    };
    if let Some(one) = found.iter().find(fits) {
        return Ok(one.clone());
    }
    match found.as_slice() {
        [only] if wanted.is_none() => Ok(only.clone()),
        several if wanted.is_none() && !several.is_empty() => {
            let names = several.iter().map(|each| each.name.clone()).collect();
            Err(Problem::AdoptWhich { names }.into())
        }
        _ => {
            let workspace = setup.workspace.clone();
            Err(Problem::NothingToAdopt { workspace }.into())
        }
    }
}

/// The set-up with all that the connection is already: no group of it may be left without anybody who renews it, and no rule
/// without anybody who uploads.
fn widened(setup: &Setup, found: &FoundConnection) -> Setup {
    let mut wanted = setup.clone();
    for collection in &found.collections {
        if !wanted.collections.contains(collection) {
            wanted.collections.push(collection.clone());
        }
    }
    if let Some(rule) = &found.rule {
        wanted.rule_group = Some(rule.group().clone()).filter(|group| *group != setup.workspace.group());
        if wanted.history == History::Off {
            wanted.history = History::On;
        }
    }
    wanted
}

/// Rebuilds what we must know of the groups from the groups themselves, before anything is written.
pub(super) async fn take_over(
    ground: &Ground<'_>,
    connection: &Connection,
    ready: &Readiness,
    found: &FoundConnection,
) -> Result<()> {
    let (Some(azure), Some(site)) = (&ready.azure, &ready.site) else {
        return Ok(());
    };
    if site.code != found.site {
        return Err(Problem::AdoptOtherSite {
            theirs: found.site.clone(),
            ours: site.code.clone(),
        }
        .into());
    }
    let all = azure.saved_searches(&connection.setup.workspace).await?;
    for state in states(&all, connection.id) {
        ground.store.put_group(connection.id, &state)?;
    }
    Ok(())
}

/// What the groups say of themselves. Which members they have is not taken from there: an empty hash makes the next run read
/// each collection and write its group.
fn states(all: &[SavedSearch], connection: ConnectionId) -> Vec<GroupState> {
    let ours = || all.iter().filter(|search| group::is_ours(search, connection));
    let mut parts: HashMap<_, usize> = HashMap::new();
    for part in ours().filter(|search| group::kind(search) == Some(Kind::Part)) {
        if let (Some(collection), Some(generation)) = (group::collection(part), group::generation(part)) {
            *parts.entry((collection, generation.to_owned())).or_default() += 1;
        }
    }
    ours()
        .filter(|search| group::kind(search) == Some(Kind::Group))
        .filter_map(|search| {
            let collection = group::collection(search)?;
            let generation = group::generation(search).unwrap_or_default().to_owned();
            let mut state = GroupState::new(collection.clone(), group::name_of(search, &collection));
            state.alias.clone_from(&search.alias);
            state.published = Some(Published {
                hash: String::new(),
                parts: parts
                    .get(&(collection, generation.clone()))
                    .copied()
                    .unwrap_or_default(),
                generation,
                as_of: group::as_of(search).unwrap_or_default(),
                computers: 0,
                sent_at: Utc::now(),
                visible_at: None,
            });
            Some(state)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::model::group::{Limits, Owner};
    use crate::model::history::rule_id;
    use crate::model::membership::Membership;
    use crate::model::{AppIdUri, AppRegistration, ApplicationName, Environment, SignIn, SiteConnection, TenantName};

    const GUID: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    fn owner(id: &str) -> Owner {
        Owner {
            connection: id.parse().unwrap(),
            site: "PS1".parse().unwrap(),
        }
    }

    fn setup(name: &str) -> Setup {
        let workspace = "providers/Microsoft.OperationalInsights/workspaces/law";
        Setup {
            name: name.parse().unwrap(),
            description: String::new(),
            environment: Environment::built_in("AzurePublicCloud").unwrap(),
            app: AppRegistration {
                tenant_name: TenantName::new("contoso.onmicrosoft.com"),
                tenant_id: GUID.parse().unwrap(),
                application_name: ApplicationName::new("x"),
                client_id: GUID.parse().unwrap(),
                secret_expiry: "2027-05-22".parse().unwrap(),
                app_id_uri: AppIdUri::new("https://x"),
            },
            workspace: format!("/subscriptions/{GUID}/resourceGroups/rg/{workspace}")
                .parse()
                .unwrap(),
            site: SiteConnection {
                provider: "cm01.corp.example".parse().unwrap(),
                sign_in: SignIn::None,
                trust: crate::model::CertificateTrust::System,
            },
            collections: vec!["PS100001".parse().unwrap()],
            members: crate::model::MemberScope::default(),
            history: History::Off,
            rule_group: None,
            import: true,
        }
    }

    fn workspace_of(owner: &Owner, name: &str) -> Vec<SavedSearch> {
        let rule = rule_id(&setup("x").workspace.group(), owner.connection).unwrap();
        let membership = Membership::new(
            "PS100016".parse().unwrap(),
            "All Servers".into(),
            DateTime::UNIX_EPOCH,
            (0..100).map(|number| format!("pc{number:03}")).collect(),
        );
        let limits = Limits { text: 600, parts: 50 };
        let composition = group::compose(owner, &membership, "ConfigMgr_PS1_PS100016", limits).unwrap();
        let mut all = composition.parts;
        all.extend([composition.group, group::record(owner, name, Some(&rule))]);
        all
    }

    #[test]
    fn a_connection_is_found_by_what_it_wrote() {
        let owner = owner(GUID);
        let mut all = workspace_of(&owner, "Contoso \"production\"");
        let found = told(&all);
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].id, found[0].name.as_str()),
            (owner.connection, "Contoso \"production\"")
        );
        assert_eq!(found[0].collections, ["PS100016".parse().unwrap()]);
        assert!(found[0].rule.is_some());
        // An older record carries the name in its text only, and knows of no rule.
        for search in &mut all {
            search.tags.retain(|(name, _)| name != "AswName" && name != "AswRule");
        }
        let older = told(&all);
        assert_eq!(
            (older[0].name.as_str(), &older[0].rule),
            ("Contoso \"production\"", &None)
        );
        assert_eq!(told(&[]), []);
    }

    #[test]
    fn the_state_of_its_groups_comes_from_them() {
        let owner = owner(GUID);
        let all = workspace_of(&owner, "x");
        let states = states(&all, owner.connection);
        assert_eq!(states.len(), 1);
        let published = states[0].published.as_ref().unwrap();
        assert_eq!(states[0].alias.as_deref(), Some("ConfigMgr_PS1_PS100016"));
        assert_eq!(states[0].name, "All Servers");
        assert_eq!(published.parts, all.len() - 2);
        assert!(published.hash.is_empty() && published.as_of == DateTime::UNIX_EPOCH);
    }

    #[test]
    fn which_one_is_meant() {
        let found = |id: &str, name: &str| FoundConnection {
            id: id.parse().unwrap(),
            name: name.into(),
            site: "PS1".parse().unwrap(),
            collections: Vec::new(),
            rule: None,
        };
        let (one, two) = (found(GUID, "One"), found("2f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", "Two"));
        let choose = |all: &[&FoundConnection], name: &str, id: Option<ConnectionId>| {
            chosen(all.iter().map(|&each| each.clone()).collect(), &setup(name), id)
                .map(|found| found.name)
                .map_err(|failure| failure.problem().code())
        };
        assert_eq!(choose(&[&one, &two], "two", None), Ok("Two".into()));
        assert_eq!(choose(&[&one], "Anything", None), Ok("One".into()));
        assert_eq!(choose(&[&one, &two], "Three", None), Err("adopt_which"));
        assert_eq!(choose(&[&one, &two], "One", Some(two.id)), Ok("Two".into()));
        assert_eq!(choose(&[&one], "One", Some(two.id)), Err("nothing_to_adopt"));
        assert_eq!(choose(&[], "One", None), Err("nothing_to_adopt"));
    }

    #[test]
    fn nothing_that_the_connection_has_is_left_behind() {
        let rule = rule_id(
            &format!("/subscriptions/{GUID}/resourceGroups/rules").parse().unwrap(),
            owner(GUID).connection,
        );
        let found = FoundConnection {
            id: GUID.parse().unwrap(),
            name: "x".into(),
            site: "PS1".parse().unwrap(),
            collections: vec!["PS100001".parse().unwrap(), "PS100016".parse().unwrap()],
            rule: Some(rule.unwrap()),
        };
        let wanted = widened(&setup("x"), &found);
        let ids: Vec<&str> = wanted.collections.iter().map(|id| id.as_str()).collect();
        assert_eq!(ids, ["PS100001", "PS100016"]);
        assert_eq!((wanted.history, wanted.rule_group().name()), (History::On, "rules"));
    }
}
