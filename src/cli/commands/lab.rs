//! `asw lab`: runs the built-in lab until Ctrl-C or the end of standard input.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::answer::Answer;
use crate::cli::args::{LabArgs, LabShape, SiteKnob};
use crate::cli::host::Host;
use crate::lab::site::{KNOBS, knobs_as_text};
use crate::lab::{self, Fault, Lab, LabConfig, LabInfo, NationalCloud};
use crate::model::{Failure, Problem, Result};
use crate::platform::stoppable;

/// Runs the lab; says where everything is once it is ready.
pub(super) async fn lab(options: &LabArgs, host: &Host, json: bool) -> Result<Answer> {
    if let Some(list) = knobs(&options.shape) {
        return Ok(list);
    }
    let config = LabConfig {
        cloud: NationalCloud::named(&options.cloud).unwrap_or_default(),
        tls: options.tls,
        port: options.port,
        site_build: options.site_build.parse().unwrap_or(LabConfig::default().site_build),
        site_auth: !options.no_site_auth,
        site_host: options.site_host.clone(),
        decoys: options.decoys,
        ..shaped(&options.shape)?
    };
    let lab = stoppable(&host.stop, start(config)).await?;
    let info = lab.info();
    if json {
        let line = serde_json::to_string(info).map_err(|cause| Problem::Internal {
            what: cause.to_string(),
        })?;
        host.out(&format!("{line}\n"));
    } else {
        host.out(&describe(&lab));
    }
    tokio::select! {
        () = host.stop.cancelled() => {}
        () = end_of_input() => {}
    }
    lab.stop().await.map_err(broken)?;
    Ok(Answer::silent())
}

/// Nobody is left who could want the lab.
async fn end_of_input() {
    let mut input = tokio::io::stdin();
    let _ = tokio::io::copy(&mut input, &mut tokio::io::sink()).await;
}

/// The list of the site's knobs, where it is asked for.
pub(super) fn knobs(shape: &LabShape) -> Option<Answer> {
    shape.site.contains(&SiteKnob::Help).then(|| {
        let list = knobs_as_text();
        let table = KNOBS
            .iter()
            .map(|knob| json!({ "name": knob.name, "takes": knob.takes, "meaning": knob.meaning }));
        let table: Vec<Value> = table.collect();
        Answer::done(
            format!("Knobs of the lab's site; the first value is the default.\n\n{list}"),
            json!({ "knobs": table }),
        )
    })
}

/// The lab that the options ask for.
pub(super) fn shaped(shape: &LabShape) -> Result<LabConfig> {
    Ok(LabConfig {
        seed: shape.seed,
        devices: usize::try_from(shape.devices).unwrap_or_default(),
        collections: usize::try_from(shape.collections).unwrap_or_default(),
        faults: match &shape.fault {
            Some(path) => faults(path)?,
            None => Vec::new(),
        },
        site_knobs: shape.site.iter().filter_map(knob).collect(),
        ..LabConfig::default()
    })
}

fn knob(knob: &SiteKnob) -> Option<(String, Value)> {
    match knob {
        SiteKnob::Help => None,
        SiteKnob::Set(name, value) => Some((name.clone(), value.clone())),
    }
}

fn faults(path: &Path) -> Result<Vec<Fault>> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|cause| Problem::FileUnreadable {
        path: name.clone(),
        cause: cause.to_string(),
    })?;
    Fault::parse_all(&text).map_err(|refused| {
        let why = refused.to_string().trim_end_matches('.').to_owned();
        Problem::FileMalformed {
            path: name,
            line: 1,
            column: 1,
            why,
        }
        .into()
    })
}

/// Starts it.
pub(super) async fn start(config: LabConfig) -> Result<Lab> {
    lab::start(config).await.map_err(broken)
}

/// The lab's own trouble.
pub(super) fn broken(error: lab::LabError) -> Failure {
    Problem::Usage {
        what: format!("the lab does not run: {}", error.to_string().trim_end_matches('.')),
    }
    .into()
}

const WORKSPACES: &str = "  workspaces\n";

/// The other accounts of the site, and its decoys.
fn beside_the_site(info: &LabInfo) -> String {
    let mut text = "  other accounts of the site (role, account, password)\n".to_owned();
    for other in info.site.accounts.iter().skip(1) {
        text.push_str(&format!(
            "    {:<22} {}  {}\n",
            other.role, other.account, other.password
        ));
    }
    if let Some(decoys) = &info.site.decoys {
        text.push_str(&format!(
            "  decoys       iis {}, closed {}, slow {}, midway {}\n",
            decoys.iis, decoys.closed, decoys.slow, decoys.midway
        ));
    }
    text
}

fn describe(lab: &Lab) -> String {
    let info = lab.info();
    let mut text = format!(
        "The lab runs until Ctrl-C. Nothing of it is real.\n\
         \n  tenant       {} ({})\n  site         {} (account {}, password {})\n{WORKSPACES}",
        info.tenant.name, info.tenant.id, info.site.provider, info.site.account, info.site.password
    );
    text.insert_str(text.len() - WORKSPACES.len(), &beside_the_site(info));
    for workspace in &info.workspaces {
        text.push_str(&format!("    {}\n", workspace.resource_id));
    }
    text.push_str("  apps (label, client ID, secret key)\n");
    for app in &info.apps {
        text.push_str(&format!("    {:<22} {}  {}\n", app.label, app.client_id, app.secret));
    }
    text.push_str(&format!(
        "  people (sign-in name, password), who sign in with the public client {}\n",
        info.public_client_id
    ));
    for person in &info.people {
        text.push_str(&format!("    {:<32} {}\n", person.name, person.password));
    }
    text.push_str(&format!(
        "  environment  {}\n  control      {}\n  set-up files\n",
        info.environment_file, info.control
    ));
    for (label, path) in &info.setup_files {
        text.push_str(&format!("    {label:<22} {path}\n"));
    }
    text
}
