//! Each query: reads, changes nothing.

use std::path::PathBuf;
use std::sync::Arc;

use chrono::Utc;

use super::commands::way;
use super::diagnosis::{self, Subject};
use super::hands::{Hands, guarded, off_thread};
use super::{app_file, overview, properties, published, upkeep};
use crate::azure::{Azure, WorkspaceList, sign_in_person};
use crate::configmgr::{self, Site};
use crate::connect::rights::Aid;
use crate::connect::{adopt, open, readiness, relocate, remnants, remove, setup_file, verify};
use crate::flow::effect::{AppAccess, HistorySeen, RightsSeen, SiteAccess, Visible};
use crate::flow::wizard::Listed;
use crate::flow::{Answer, Query};
use crate::model::diagnosis::Diagnosis;
use crate::model::person::{PersonAccess, PersonSeen};
use crate::model::plan::{Progress, Step};
use crate::model::removal::{Remnants, RemovalInventory};
use crate::model::report::{ConnectionOverview, Relocation};
use crate::model::site::SiteReading;
use crate::model::{
    ConnectionName, Failure, History, KnownApp, Problem, ResourceGroupId, Result, Subscription, Warning, WorkspaceId,
};
use crate::platform::log;

/// Finds out what is asked.
pub(super) async fn answer(hands: &Hands, query: Query) -> Answer {
    match query {
        Query::Connections => Answer::Connections(guarded(connections(hands)).await),
        Query::Site(access) => Answer::Site(guarded(site(hands, access)).await),
        Query::Certificate(provider) => Answer::Certificate(guarded(configmgr::presented_certificate(&provider)).await),
        Query::Verify(access) => Answer::Verify(guarded(verified(hands, &access)).await),
        Query::Workspaces(access) => Answer::Workspaces(guarded(workspaces(hands, &access)).await),
        Query::Rights(access, id) => Answer::Rights(guarded(rights(hands, &access, &id)).await),
        Query::History(access, id, group) => Answer::History(guarded(history(hands, &access, &id, &group)).await),
        Query::Person(access) => Answer::Person(guarded(person(hands, access)).await),
        Query::Collections(access) => Answer::Collections(guarded(collections(hands, access)).await),
        Query::KnownApps(access) => Answer::KnownApps(guarded(known_apps(access)).await),
        Query::AppFile(path) => Answer::AppFile(off_thread(move || app_file::read(&path)).await),
        Query::Schedule => Answer::Schedule(guarded(upkeep::seen(hands)).await),
        Query::SaveText(path, text, if_there) => {
            Answer::SaveText(off_thread(move || published::save(path, &text, if_there)).await)
        }
        Query::Relocation(name, access) => {
            Answer::Relocation(guarded(relocation(hands, &name, &access)).await.map(Box::new))
        }
        Query::Properties(name, ask) => Answer::Properties(properties::told(hands, &name, ask).await),
        Query::Inventory(name) => Answer::Inventory(guarded(inventory(hands, &name)).await),
        Query::Remnants(name) => Answer::Remnants(guarded(what_stays(hands, name)).await),
        Query::Settings(name) => Answer::Settings(guarded(settings(hands, name)).await),
        Query::SetupFile(path) => {
            let read = move || setup_file::load(&path).map(Box::new);
            Answer::SetupFile(off_thread(read).await)
        }
        Query::Diagnose(name) => Answer::Diagnose(guarded(diagnosed(hands, name.as_ref())).await.map(Box::new)),
        Query::OpenLog => Answer::OpenLog(off_thread(log_opener(hands)).await),
        Query::Look(look) => Answer::Seen(published::seen(hands, look).await),
    }
}

fn begin(hands: &Hands, step: Step) {
    (hands.tell)(Progress::Step(step));
}

async fn connections(hands: &Hands) -> Result<Vec<ConnectionOverview>> {
    let core = Arc::clone(&hands.core);
    off_thread(move || overview::all(&core.store)).await
}

async fn site(hands: &Hands, access: SiteAccess) -> Result<SiteReading> {
    begin(hands, Step::ReadSite);
    Site::new(&access.connection, access.password)?.describe().await
}

async fn collections(hands: &Hands, access: SiteAccess) -> Result<Listed> {
    begin(hands, Step::FindCollections);
    let listed = Site::new(&access.connection, access.password)?.collections().await?;
    // Here, where nobody waits for the next frame.
    off_thread(move || Ok(Listed::new(listed))).await
}

async fn relocation(hands: &Hands, name: &ConnectionName, access: &SiteAccess) -> Result<Relocation> {
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, name)?;
    relocate::plan(&ground, &connection, way(access)).await
}

async fn known_apps(access: SiteAccess) -> Result<Vec<KnownApp>> {
    Site::new(&access.connection, access.password)?.known_apps().await
}

async fn verified(hands: &Hands, access: &AppAccess) -> Result<Vec<Warning>> {
    let today = Utc::now().date_naive();
    let seen = verify::app(&access.environment, &access.app, &access.secret, today, &hands.tell).await?;
    Ok(seen.warnings)
}

async fn sign_in(hands: &Hands, access: &AppAccess) -> Result<Azure> {
    let (azure, _) = verify::sign_in(&access.environment, &access.app, &access.secret, &hands.tell).await?;
    Ok(azure)
}

async fn workspaces(hands: &Hands, access: &AppAccess) -> Result<Visible> {
    let azure = sign_in(hands, access).await?;
    begin(hands, Step::SeeSubscriptions);
    let (subscriptions, workspaces) = tokio::join!(azure.subscriptions(), azure.workspaces());
    together(subscriptions, workspaces)
}

/// A role on a workspace alone may show one list and not the other: one that fails hides nothing of the other.
fn together(subscriptions: Result<Vec<Subscription>>, workspaces: Result<WorkspaceList>) -> Result<Visible> {
    let mut visible = Visible {
        subscriptions: Vec::new(),
        workspaces: Vec::new(),
        incomplete: Vec::new(),
    };
    match (subscriptions, workspaces) {
        (Err(_), Err(failure)) => return Err(failure),
        (Err(failure), Ok(list)) => {
            note(&mut visible.incomplete, failure.with("List", "subscriptions"));
            take(&mut visible, list);
        }
        (Ok(subscriptions), Ok(list)) => {
            visible.subscriptions = subscriptions;
            take(&mut visible, list);
        }
        (Ok(subscriptions), Err(failure)) => {
            visible.subscriptions = subscriptions;
            note(&mut visible.incomplete, failure.with("List", "workspaces"));
        }
    }
    Ok(visible)
}

fn take(visible: &mut Visible, list: WorkspaceList) {
    visible.workspaces = list.workspaces;
    for (name, failure) in list.incomplete {
        note(&mut visible.incomplete, failure.with("List", name));
    }
}

/// Several lists begin with the same question; its failure is said once.
fn note(incomplete: &mut Vec<Failure>, failure: Failure) {
    if incomplete.iter().all(|each| each.problem() != failure.problem()) {
        incomplete.push(failure);
    }
}

async fn rights(hands: &Hands, access: &AppAccess, id: &WorkspaceId) -> Result<RightsSeen> {
    let azure = sign_in(hands, access).await?;
    let seen = readiness::on_workspace(&azure, id, &hands.tell).await;
    Ok(RightsSeen {
        workspace: seen.workspace,
        checks: seen.checks,
    })
}

async fn history(hands: &Hands, access: &AppAccess, id: &WorkspaceId, group: &ResourceGroupId) -> Result<HistorySeen> {
    let (azure, identity) = verify::sign_in(&access.environment, &access.app, &access.secret, &hands.tell).await?;
    let person = hands.core.person(&access.environment, access.app.tenant_id);
    let aid = Aid::of(None, person.as_ref());
    let seen = readiness::with_history(&azure, id, group, History::On, aid, &hands.tell).await;
    if seen.history.is_empty() {
        // What kept it from being looked at.
        if let Some(failure) = seen.first_failure() {
            return Err(failure.clone());
        }
    }
    let found = adopt::find(&azure, id).await?;
    Ok(HistorySeen {
        checks: seen.history,
        elsewhere: adopt::elsewhere(&hands.core.store, found)?,
        principal: identity.object_id,
    })
}

async fn person(hands: &Hands, access: PersonAccess) -> Result<PersonSeen> {
    begin(hands, Step::SignInPerson);
    let (azure, seen) = sign_in_person(&access, &hands.core.open_browser, hands.tell.clone()).await?;
    hands.core.keep_person(access.environment, access.tenant_id, azure);
    Ok(seen)
}

async fn inventory(hands: &Hands, name: &ConnectionName) -> Result<RemovalInventory> {
    let connection = match open::find(&hands.core.store, name) {
        // Gone meanwhile: nothing of it is left to go.
        Err(failure) if matches!(failure.problem(), Problem::NoSuchConnection { .. }) => {
            return Ok(RemovalInventory::default());
        }
        found => found?,
    };
    if !remove::is_in_azure(&hands.core.store, &connection)? {
        return Ok(RemovalInventory::default());
    }
    let ground = hands.ground().await?;
    begin(hands, Step::SignIn);
    let azure = open::azure(&ground, &connection).await?;
    remove::inventory(&azure, &connection).await
}

async fn settings(hands: &Hands, name: ConnectionName) -> Result<String> {
    let core = Arc::clone(&hands.core);
    off_thread(move || setup_file::text(&open::find(&core.store, &name)?.setup)).await
}

async fn diagnosed(hands: &Hands, name: Option<&ConnectionName>) -> Result<Diagnosis> {
    let core = &hands.core;
    let vault = diagnosis::keyring_of(async { core.vault().await.map(Arc::clone) }).await;
    let subject = Subject {
        data_dir: &core.data_dir,
        store: Ok(&core.store),
        vault,
        machine: core.machine.as_ref(),
        name,
        tell: &hands.tell,
    };
    diagnosis::diagnose(&subject).await
}

/// Opens the log, elsewhere; answers which file it is.
fn log_opener(hands: &Hands) -> impl FnOnce() -> Result<PathBuf> + Send + use<> {
    let (path, open) = (log::file(&hands.core.data_dir.join("logs")), hands.core.open_file);
    move || {
        let cause = match path.is_file() {
            true if open(&path) => return Ok(path),
            true => "no program could be started that shows it",
            false => "nothing was logged yet",
        };
        let (path, cause) = (path.display().to_string(), cause.to_owned());
        Err(Problem::FileUnreadable { path, cause }.into())
    }
}

async fn what_stays(hands: &Hands, name: ConnectionName) -> Result<Remnants> {
    let core = Arc::clone(&hands.core);
    off_thread(move || remnants::remnants(&core.store, &open::find(&core.store, &name)?)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(host: &str) -> Failure {
        Problem::CutOff { host: host.to_owned() }.into()
    }

    #[test]
    fn one_list_that_fails_hides_nothing_of_the_other() {
        let list = |incomplete| WorkspaceList {
            workspaces: Vec::new(),
            incomplete,
        };
        let hosts = |visible: Visible| -> Vec<String> {
            let name = |each: &Failure| format!("{:?} {:?}", each.problem().code(), each.details());
            visible.incomplete.iter().map(name).collect()
        };
        let seen = together(
            Err(failure("a")),
            Ok(list(vec![("x", failure("a")), ("y", failure("b"))])),
        )
        .unwrap();
        assert_eq!(hosts(seen).len(), 2, "the same failure is said once");
        let seen = together(Ok(Vec::new()), Err(failure("a"))).unwrap();
        assert_eq!(hosts(seen).len(), 1);
        let both = together(Err(failure("a")), Err(failure("b"))).unwrap_err();
        assert_eq!(both.problem(), failure("b").problem());
    }
}
