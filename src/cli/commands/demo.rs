//! `asw demo`: the main job on the built-in lab. Start a lab, connect, publish, show the groups, compare them with the
//! lab's truth, stop. Data in a temporary folder, secrets in memory; nothing stays behind.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use super::lab::{broken, knobs, shaped, start};
use super::{groups, sync};
use crate::backend::publication::publish_once;
use crate::cli::answer::{Answer, failure_json, failure_text};
use crate::cli::args::DemoArgs;
use crate::cli::host::Host;
use crate::cli::progress;
use crate::cli::session::Session;
use crate::connect::apply::{self, OnFailure};
use crate::connect::setup_file;
use crate::connect::{open, secrets};
use crate::lab::Lab;
use crate::model::connection::SetupSecrets;
use crate::model::report::{Group, SyncReport};
use crate::model::{Connection, Failure, Problem, Result, SecretKey, SitePassword};
use crate::platform::stoppable;
use crate::publish::sync::Options;
use crate::publish::view::{self, Selection};
use crate::text::count;

/// The app whose only right is Contributor on the workspace: what the original article asks for.
const APP: &str = "workspace-contributor";

/// Shows the main job.
pub(super) async fn demo(options: &DemoArgs, host: &Host, json: bool) -> Result<Answer> {
    if let Some(list) = knobs(&options.shape) {
        return Ok(list);
    }
    let folder = tempfile::tempdir().map_err(|cause| Problem::DataFolder {
        path: "(temporary)".to_owned(),
        cause: cause.to_string(),
    })?;
    let say = |line: &str| {
        if !json {
            host.out(&format!("{line}\n"));
        }
    };
    let shape = &options.shape;
    let config = shaped(shape)?;
    say(&format!(
        "1. Starting a lab with {} and {} (seed {})",
        count(config.devices, "device", "devices"),
        count(config.collections, "device collection", "device collections"),
        shape.seed
    ));
    let lab = stoppable(&host.stop, start(config)).await?;
    let outcome = show(&lab, folder.path(), host, &say).await;
    let unused = lab.faults().list().iter().filter(|state| state.fired == 0).count();
    lab.stop().await.map_err(broken)?;
    outcome.map(|mut answer| {
        if unused > 0 {
            let what = count(unused, "planned fault was", "planned faults were");
            answer
                .remarks
                .push_str(&format!("Note: {what} never met: check service, method and path.\n"));
        }
        answer
    })
}

async fn show(lab: &Lab, folder: &Path, host: &Host, say: &impl Fn(&str)) -> Result<Answer> {
    let info = lab.info();
    let app = info.apps.iter().find(|app| app.label == APP).ok_or_else(lab_lacks)?;
    let setup = setup_file::load(Path::new(info.setup_files.get(APP).ok_or_else(lab_lacks)?))?;
    let tell = if host.terminal {
        progress::teller(host)
    } else {
        progress::silent()
    };
    let session = Session::in_folder(folder.to_owned(), secrets::in_memory(), tell, host.stop.clone())?;
    let given = SetupSecrets {
        client_secret: SecretKey::parse(&app.secret)?,
        site_password: Some(SitePassword::parse(&info.site.password)?),
    };

    say(&format!(
        "2. Connecting site {} to workspace {}",
        info.site.provider,
        setup.workspace.name()
    ));
    let connected = apply::connect(&session.ground().await?, &setup, &given, OnFailure::Undo.into()).await?;
    let connection = connected.connection;

    say(&format!(
        "3. Publishing {}",
        count(setup.collections.len(), "collection", "collections")
    ));
    let report = publish_once(&session.ground().await?, &connection, Options::default()).await?;
    say(sync::report_text(&report, false).trim_end());

    if report.cancelled {
        return Err(Problem::Cancelled {
            partly: false,
            left: "the rest of the demo".to_owned(),
        }
        .into());
    }

    say("4. Asking the workspace for its computer groups");
    let groups = answered(&session, &connection).await?;
    say(groups::table(&groups, false).trim_end());

    say("5. Comparing every group with what the site really holds");
    let differ = differences(lab, &groups)?;
    Ok(verdict(&report, &groups, differ))
}

async fn answered(session: &Session, connection: &Connection) -> Result<Vec<Group>> {
    let azure = open::azure(&session.ground().await?, connection).await?;
    let mut groups = view::groups(
        &azure,
        connection,
        &Selection {
            only: None,
            members: true,
        },
    )
    .await?;
    groups.sort_by(|one, other| one.collection_id.cmp(&other.collection_id));
    Ok(groups)
}

/// A demo checks for itself: each chosen collection against the truth of the lab, which knows nothing of our code.
fn differences(lab: &Lab, groups: &[Group]) -> Result<Vec<String>> {
    let truth = lab.truth(None).ok_or_else(lab_lacks)?;
    let chosen = lab.site().chosen_collections();
    let mut shown: BTreeMap<&str, &Group> = groups
        .iter()
        .map(|group| (group.collection_id.as_str(), group))
        .collect();
    let mut differ: Vec<String> = truth
        .collections
        .iter()
        .filter(|collection| chosen.contains(&collection.id))
        .filter(|collection| {
            let group = shown.remove(collection.id.as_str());
            group
                .and_then(|group| group.computers.as_ref())
                .is_none_or(|computers| sorted(computers) != sorted(&collection.computers))
        })
        .map(|collection| collection.id.clone())
        .collect();
    // A group of a collection that nobody chose would be as wrong as a missing one.
    differ.extend(shown.into_keys().map(str::to_owned));
    Ok(differ)
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    sorted
}

fn verdict(report: &SyncReport, groups: &[Group], differ: Vec<String>) -> Answer {
    let shown: Vec<Value> = groups
        .iter()
        .map(|group| json!({ "collection_id": group.collection_id, "name": group.name, "alias": group.alias, "as_of": group.as_of, "count": group.count }))
        .collect();
    let mut json = json!({ "sync": sync::report_json(report), "groups": shown, "differ": differ });
    if differ.is_empty() {
        let human = format!(
            "   {} equal the site's memberships. Nothing was left behind.",
            count(groups.len(), "group", "groups")
        );
        return Answer::done(human, json);
    }
    let failure = Failure::from(Problem::DemoDiffers { groups: differ });
    if let Value::Object(fields) = &mut json {
        fields.insert("error".into(), failure_json(&failure));
    }
    let mut answer = Answer::done("", json).ending(failure.problem().class().into());
    answer.remarks = failure_text(&failure);
    answer
}

fn lab_lacks() -> Failure {
    Problem::Internal {
        what: "the lab lacks what the demo needs".to_owned(),
    }
    .into()
}
