//! Moving a connection: from now on it reads another SMS Provider, and with that perhaps another site. What it is in Azure stays:
//! its groups keep their IDs and function names, although those carry the old site's code.
//!
//! Order: a look at the new site; the password under a name of its own; the connection's record in the workspace; then one
//! transaction that switches everything here; then the old password goes. A kill before the switch leaves the old connection whole
//! (at most the record names the new site already, which the same command finds so), one after it the new one.
//!
//! Nothing that was read at the old site counts after the switch. The next publication reads every collection and writes its group,
//! which puts the new site into comment and tags.

use std::collections::HashMap;

use serde_json::json;

use super::{Ground, make, open, secrets};
use crate::configmgr::Site;
use crate::model::group::Owner;
use crate::model::plan::{Progress, Step};
use crate::model::report::{KeptCollection, MissingCollection, Relocation};
use crate::model::site::SiteReading;
use crate::model::{
    CollectionId, Connection, ConnectionState, DeviceCollection, Problem, Result, SignIn, SiteConnection, SiteIdentity,
    SitePassword, Warning,
};
use crate::platform::{checkpoint, stoppable};
use crate::store::{GroupState, NextPassword, RunKind, SecretKind};

/// The way to the new site.
#[derive(Clone, Copy)]
pub struct Way<'a> {
    /// SMS Provider, sign-in, trust.
    pub site: &'a SiteConnection,
    /// The account's password; `None` where the account stays, and its password.
    pub password: Option<&'a SitePassword>,
}

/// A connection that has moved.
#[derive(Debug)]
pub struct Relocated {
    /// The connection as it stands now.
    pub connection: Connection,
    /// What was done.
    pub relocation: Relocation,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

/// What a move would do. Changes nothing.
///
/// # Errors
/// [`Problem::SecretsMissing`] where another account signs in and no password is given; whatever keeps the site from answering, or
/// makes it one that no connection may have ([`Problem::ChildPrimary`]).
pub async fn plan(ground: &Ground<'_>, connection: &Connection, way: Way<'_>) -> Result<Relocation> {
    let password = password(ground, connection, way).await?;
    let look = async {
        (ground.tell)(Progress::Step(Step::ReadSite));
        let site = Site::new(way.site, password)?;
        let reading = site.describe().await?;
        (ground.tell)(Progress::Step(Step::FindCollections));
        Ok((reading, site.collections().await?))
    };
    let (reading, listed) = stoppable(ground.stop, look).await?;
    let states = ground.store.groups(connection.id)?;
    Ok(planned(connection, &states, reading, &listed))
}

/// The password for the new way in.
async fn password(ground: &Ground<'_>, connection: &Connection, way: Way<'_>) -> Result<Option<SitePassword>> {
    match (&way.site.sign_in, way.password) {
        (SignIn::CurrentUser | SignIn::None, _) => Ok(None),
        (SignIn::Account(_), Some(password)) => Ok(Some(password.duplicate())),
        (SignIn::Account(_), None) if keeps_account(connection, way.site) => {
            let kept = secrets::site_password(ground.store, ground.vault, connection.id).await?;
            Ok(Some(kept))
        }
        (SignIn::Account(account), None) => {
            let what = format!("the password of {account}");
            Err(Problem::SecretsMissing { what }.into())
        }
    }
}

/// Whether the account that signs in stays the same one: then its password may stay, too.
pub fn keeps_account(connection: &Connection, site: &SiteConnection) -> bool {
    matches!((&connection.setup.site.sign_in, &site.sign_in),
        (SignIn::Account(old), SignIn::Account(new)) if old.to_lowercase() == new.to_lowercase())
}

fn planned(
    connection: &Connection,
    states: &[GroupState],
    reading: SiteReading,
    listed: &[DeviceCollection],
) -> Relocation {
    let there: HashMap<&CollectionId, &DeviceCollection> = listed.iter().map(|each| (&each.id, each)).collect();
    let known = |id: &CollectionId| {
        let state = states.iter().find(|state| state.collection == *id);
        state.map_or("", |state| state.name.as_str())
    };
    let (mut kept, mut missing) = (Vec::new(), Vec::new());
    for id in &connection.setup.collections {
        let name = known(id);
        match there.get(id) {
            Some(found) => kept.push(KeptCollection {
                id: id.clone(),
                name: found.name.clone(),
                name_before: (!name.is_empty() && name != found.name).then(|| name.to_owned()),
            }),
            None => missing.push(MissingCollection {
                id: id.clone(),
                name: name.to_owned(),
                namesakes: namesakes(name, listed),
            }),
        }
    }
    Relocation {
        from: connection.site.clone(),
        to: reading,
        kept,
        missing,
    }
}

fn namesakes(name: &str, listed: &[DeviceCollection]) -> Vec<CollectionId> {
    let same = listed.iter().filter(|each| !name.is_empty() && each.name == name);
    same.map(|each| each.id.clone()).collect()
}

/// Moves a connection. `agreed` is the site that a person has seen in the plan: no other one is gone over to.
///
/// # Errors
/// As [`plan`]; [`Problem::SiteChanged`], [`Problem::SiteReplaced`] where another site answers by now; [`Problem::Busy`]; the
/// keyring's, the store's or Azure's. The connection is as it was then.
pub async fn relocate(
    ground: &Ground<'_>,
    connection: &Connection,
    way: Way<'_>,
    agreed: &SiteIdentity,
) -> Result<Relocated> {
    let _lock = ground.lock(connection.id, connection.setup.name.as_str())?;
    let connection = ground.fresh(connection, &[ConnectionState::Ready])?;
    if way.password.is_some() {
        ground.keeps_secrets(connection.id)?;
    }
    // Boxed: it is many futures deep.
    let moved = Box::pin(moved(ground, &connection, way, agreed));
    let summary = |done: &Relocated| {
        let (kept, missing) = (done.relocation.kept.len(), done.relocation.missing.len());
        json!({ "site": done.relocation.to.identity.code, "kept": kept, "missing": missing })
    };
    ground.recorded(connection.id, RunKind::Move, moved, summary).await
}

async fn moved(ground: &Ground<'_>, connection: &Connection, way: Way<'_>, agreed: &SiteIdentity) -> Result<Relocated> {
    let relocation = plan(ground, connection, way).await?;
    agreed.must_be(&relocation.to.identity)?;
    secrets::sweep(ground.store, ground.vault, connection.id).await?;
    let mut next = connection.clone();
    next.setup.site = way.site.clone();
    next.site = Some(relocation.to.identity.clone());
    let switched = switch(ground, connection, &next, way).await;
    // The old password; or the new one, where nothing came of it.
    let left = secrets::sweep(ground.store, ground.vault, connection.id).await;
    switched?;
    checkpoint("move: old password deleted");
    let mut warnings = relocation.to.warnings.clone();
    let left = left?;
    if left > 0 {
        warnings.push(Warning::LeftInKeyring { entries: left });
    }
    Ok(Relocated {
        connection: next,
        relocation,
        warnings,
    })
}

async fn switch(ground: &Ground<'_>, connection: &Connection, next: &Connection, way: Way<'_>) -> Result<()> {
    let unmoved = "everything; the connection is as it was";
    ground.cancelled(false, unmoved)?;
    let entry = new_password(ground, connection, way).await?;
    record(ground, next).await?;
    checkpoint("move: record written");
    ground.cancelled(false, unmoved)?;
    (ground.tell)(Progress::Step(Step::SwitchSite));
    let password = match (&entry, &way.site.sign_in) {
        (Some(entry), _) => NextPassword::Entry(entry),
        (None, SignIn::Account(_)) => NextPassword::Same,
        (None, SignIn::CurrentUser | SignIn::None) => NextPassword::None,
    };
    ground.store.relocate(next, password)?;
    checkpoint("move: switched");
    Ok(())
}

/// Lays the new password up, where there is one; answers its entry.
async fn new_password(ground: &Ground<'_>, connection: &Connection, way: Way<'_>) -> Result<Option<String>> {
    let (SignIn::Account(_), Some(password)) = (&way.site.sign_in, way.password) else {
        return Ok(None);
    };
    (ground.tell)(Progress::Step(Step::StoreSecrets));
    let points = secrets::Points {
        pending: Some("move: password pending"),
        stored: "move: password stored",
        switched: "move: switched",
    };
    let (kind, text) = (SecretKind::SitePassword, secrets::copy(password.expose()));
    let entry = secrets::lay_up(ground.store, ground.vault, connection.id, kind, text, &points).await?;
    Ok(Some(entry))
}

/// Another machine finds the connection by its record, and asks that one for the site.
async fn record(ground: &Ground<'_>, next: &Connection) -> Result<()> {
    let Some(site) = &next.site else {
        return Ok(());
    };
    (ground.tell)(Progress::Step(Step::WriteRecord));
    let azure = open::azure(ground, next).await?;
    let owner = Owner {
        connection: next.id,
        site: site.code.clone(),
    };
    let written = make::keep_record(&azure, next, &owner, false);
    stoppable(ground.stop, written).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SiteGuid;
    use crate::model::site::SiteFacts;
    use crate::store::samples;

    fn identity(code: &str, guid: u8) -> SiteIdentity {
        SiteIdentity {
            code: code.parse().unwrap(),
            name: "x".into(),
            build: None,
            is_cas: code == "CAS",
            guid: Some(SiteGuid::new(uuid::Uuid::from_bytes([guid; 16]))),
            providers: Vec::new(),
        }
    }

    fn at(identity: SiteIdentity) -> SiteReading {
        SiteReading {
            identity,
            facts: SiteFacts::default(),
            warnings: Vec::new(),
        }
    }

    fn listed(id: &str, name: &str) -> DeviceCollection {
        DeviceCollection {
            id: id.parse().unwrap(),
            name: name.into(),
            member_count: 1,
            last_member_change: None,
            current_status: None,
            path: None,
            limiting: None,
            is_built_in: false,
            is_cloud_synced: false,
        }
    }

    fn state(id: &str, name: &str) -> GroupState {
        GroupState::new(id.parse().unwrap(), name.into())
    }

    #[test]
    fn a_collection_is_kept_where_its_id_is_there_whatever_its_name() {
        let mut connection = samples::connection("x");
        connection.setup.collections = ["PS100014", "PS100015", "PS100016", "SMS00001"]
            .map(|id| id.parse().unwrap())
            .to_vec();
        let states = [
            state("PS100014", "Servers"),
            state("PS100015", "Laptops"),
            state("PS100016", "Kiosks"),
        ];
        let there = [
            listed("PS100014", "Servers"),
            listed("PS100015", "Notebooks"),
            listed("CAS00022", "Kiosks"),
            listed("SMS00001", "All Systems"),
        ];
        let plan = planned(&connection, &states, at(identity("CAS", 2)), &there);
        let kept: Vec<_> = plan
            .kept
            .iter()
            .map(|each| (each.id.as_str(), each.name.as_str(), each.name_before.as_deref()))
            .collect();
        assert_eq!(
            kept,
            [
                ("PS100014", "Servers", None),
                ("PS100015", "Notebooks", Some("Laptops")),
                ("SMS00001", "All Systems", None),
            ]
        );
        let missing: Vec<_> = plan
            .missing
            .iter()
            .map(|each| (each.id.as_str(), each.name.as_str()))
            .collect();
        assert_eq!(missing, [("PS100016", "Kiosks")]);
        assert_eq!(plan.missing[0].namesakes, ["CAS00022".parse().unwrap()]);
    }

    #[test]
    fn the_same_site_another_one_or_one_installed_anew() {
        let told = |from: Option<SiteIdentity>, to| {
            let mut connection = samples::connection("x");
            connection.site = from;
            let plan = planned(&connection, &[], at(to), &[]);
            (plan.is_same_site(), plan.is_installed_anew())
        };
        let was = || Some(identity("PS1", 1));
        assert_eq!(told(was(), identity("PS1", 1)), (true, false));
        assert_eq!(told(was(), identity("CAS", 2)), (false, false));
        assert_eq!(told(was(), identity("PS1", 2)), (false, true));
        assert_eq!(told(None, identity("PS1", 2)), (false, false));
    }

    #[test]
    fn a_password_stays_with_its_account_only() {
        let connection = samples::connection("x");
        let with = |sign_in| SiteConnection {
            sign_in,
            ..connection.setup.site.clone()
        };
        for (sign_in, stays) in [
            (SignIn::Account("corp\\SVC-ASW".into()), true),
            (SignIn::Account("CORP\\other".into()), false),
            (SignIn::CurrentUser, false),
        ] {
            assert_eq!(keeps_account(&connection, &with(sign_in)), stays);
        }
    }
}
