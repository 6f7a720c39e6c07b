//! A look at every layer, for a ticket: this machine, and one connection where one is named. Changes nothing, and ends where Azure
//! or the site do not answer.
//!
//! | file | what |
//! | --- | --- |
//! | this one | the report as a whole; the layers of this machine |
//! | `connection` | the layers of a connection: its secrets, Azure, the site |
//! | `recent` | its latest runs |
//!
//! Start at [`diagnose`].

use std::path::Path;
use std::time::Duration;

use chrono::Utc;

use super::hands::off_thread;
use crate::model::diagnosis::{Diagnosis, Examined, Layer, Machine as Facts, RunLine, Verdict, Why};
use crate::model::plan::Tell;
use crate::model::schedule::Obstacle;
use crate::model::{Connection, ConnectionName, Failure, Problem, Result};
use crate::platform::{log, log_tail, system};
use crate::schedule::{Job, Machine};
use crate::secrets::SharedVault;
use crate::store::Store;

mod connection;
mod recent;

/// What a report is made from.
pub struct Subject<'a> {
    /// The data folder.
    pub data_dir: &'a Path,
    /// Our memory, where it can be opened.
    pub store: Result<&'a Store>,
    /// The keyring, where one answers: as [`keyring_of`] hands it over.
    pub vault: Result<SharedVault>,
    /// Where schedules are set; `None` where none may be.
    pub machine: Option<&'a Machine>,
    /// The connection, where the report is about one.
    pub name: Option<&'a ConnectionName>,
    /// Hears how far it is.
    pub tell: &'a Tell,
}

/// For so long a layer is waited for. What has not answered by then has failed, and the report says so.
const PATIENCE: Duration = Duration::from_secs(60);

/// So many lines of the log, and so many runs.
const RECENT: usize = 20;

/// The keyring that is being opened, for so long as one that works needs at most: one that does not answer must not keep the report
/// from being made.
///
/// # Errors
/// The opening's; [`Problem::TimedOut`].
pub async fn keyring_of(opening: impl Future<Output = Result<SharedVault>>) -> Result<SharedVault> {
    connection::within(connection::PATIENCE_OF_KEYRING, "the keyring", opening).await
}

/// Makes the report.
///
/// # Errors
/// [`Problem::NoSuchConnection`]; else none: what fails is in the report.
pub async fn diagnose(subject: &Subject<'_>) -> Result<Diagnosis> {
    let known = match (&subject.store, subject.name) {
        (Ok(store), Some(name)) => known(store, name).map(Some),
        _ => Ok(None),
    };
    if let Err(failure) = &known
        && matches!(failure.problem(), Problem::NoSuchConnection { .. })
    {
        return Err(failure.clone());
    }
    let is_read = known.as_ref().map(|_| ()).map_err(Failure::clone);
    let (connection, runs) = known.unwrap_or_default().unzip();
    let mut layers = vec![data_folder(subject).await, store(subject, is_read)];
    layers.push(Examined::of(Layer::Keyring, keyring(subject)));
    layers.push(schedule(subject).await);
    if let (Some(connection), Ok(store)) = (&connection, &subject.store) {
        layers.extend(connection::layers(subject, store, connection).await);
    }
    let logs = subject.data_dir.join("logs");
    let read = logs.clone();
    Ok(Diagnosis {
        at: Utc::now(),
        machine: facts(subject, &logs).await,
        layers,
        connection: connection.map(Box::new),
        runs: runs.unwrap_or_default(),
        log: off_thread(move || Ok(log_tail::recent(&read, RECENT))).await?,
    })
}

async fn facts(subject: &Subject<'_>, logs: &Path) -> Facts {
    let system = off_thread(|| Ok(system::description())).await;
    let features = [("lab", cfg!(feature = "lab")), ("kerberos", cfg!(feature = "kerberos"))];
    Facts {
        version: env!("CARGO_PKG_VERSION"),
        features: features
            .iter()
            .filter(|(_, built)| *built)
            .map(|(name, _)| *name)
            .collect(),
        system: system.unwrap_or_else(|_| std::env::consts::OS.to_owned()),
        architecture: std::env::consts::ARCH,
        program: std::env::current_exe().unwrap_or_default(),
        data_dir: subject.data_dir.to_owned(),
        log: log::file(logs),
        variables: system::variables(),
        connections: subject
            .store
            .as_ref()
            .ok()
            .and_then(|store| store.connections().ok())
            .map_or(0, |all| all.len()),
    }
}

async fn data_folder(subject: &Subject<'_>) -> Examined {
    let folder = subject.data_dir.to_owned();
    let tried = off_thread(move || {
        let failed = |cause: std::io::Error| Problem::DataFolder {
            path: folder.display().to_string(),
            cause: cause.to_string(),
        };
        tempfile::tempfile_in(&folder).map_err(failed)?;
        Ok(format!("{} can be written", folder.display()))
    });
    Examined::of(Layer::DataFolder, tried.await)
}

/// What the store remembers of a connection.
fn known(store: &Store, name: &ConnectionName) -> Result<(Connection, Vec<RunLine>)> {
    let connection = crate::connect::open::find(store, name)?;
    let runs = recent::runs(store, &connection, RECENT)?;
    Ok((connection, runs))
}

fn store(subject: &Subject<'_>, is_read: Result<()>) -> Examined {
    let verdict = subject.store.as_ref().map_err(Failure::clone).and_then(|store| {
        let version = store.check()?;
        is_read?;
        Ok(format!("whole, schema {version}"))
    });
    Examined::of(Layer::Store, verdict)
}

fn keyring(subject: &Subject<'_>) -> Result<String> {
    let vault = subject.vault.as_ref().map_err(Failure::clone)?;
    Ok(if vault.is_persistent() {
        "it answers"
    } else {
        "in memory, for this run only"
    }
    .to_owned())
}

async fn schedule(subject: &Subject<'_>) -> Examined {
    let (Some(machine), Ok(store)) = (subject.machine, &subject.store) else {
        let why = if subject.machine.is_none() {
            Why::Lab
        } else {
            Why::Depends
        };
        return Examined::skipped(Layer::Schedule, why);
    };
    let job = Job {
        machine,
        data_dir: subject.data_dir,
        store,
        stop: &tokio_util::sync::CancellationToken::new(),
    };
    let verdict = job.seen().await.and_then(|seen| {
        let standing = &seen.standing;
        match seen.obstacle {
            // What runs already needs no installing.
            Some(Obstacle::Refused(failure)) if !standing.installed => Err(failure),
            _ if standing.installed => Ok("installed".to_owned()),
            _ => Ok("none is installed; one can be".to_owned()),
        }
    });
    Examined::of(Layer::Schedule, verdict)
}

impl Examined {
    fn of(layer: Layer, outcome: Result<String>) -> Self {
        Self {
            layer,
            verdict: outcome.map_or_else(Verdict::Failed, Verdict::Passed),
            warnings: Vec::new(),
        }
    }

    const fn skipped(layer: Layer, why: Why) -> Self {
        Self {
            layer,
            verdict: Verdict::NotLookedAt(why),
            warnings: Vec::new(),
        }
    }
}
