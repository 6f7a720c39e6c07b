//! `asw diagnose [NAME] [--out FILE]`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::out;
use crate::backend::diagnosis::{self, Subject};
use crate::cli::answer::{Answer, failure_json};
use crate::cli::args::{Args, DiagnoseArgs};
use crate::cli::host::Host;
use crate::cli::progress;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::model::diagnosis::{Diagnosis, Examined, Layer, Verdict, Why};
use crate::model::{ConnectionName, Result};
use crate::platform::{DataDir, stoppable};
use crate::schedule::Machine;
use crate::text::diagnosis as words;

/// Makes the report. That something fails is what it is for: the command has done its work all the same.
pub(super) async fn diagnose(args: &Args, options: &DiagnoseArgs, host: &Host) -> Result<Answer> {
    let name: Option<ConnectionName> = options.name.as_deref().map(str::parse).transpose()?;
    let data_dir = DataDir::resolve(args.data_dir.as_deref())?;
    if let Some(path) = &options.out {
        out::must_be_new(path)?; // not only once the report is made, which takes a while and would be lost
    }
    // A database that cannot be opened is in the report, too.
    let session = Session::open(args, host);
    let vault = match &session {
        Ok(session) => {
            if let (true, Some(name)) = (args.secrets_in_memory, &options.name) {
                let input = SecretsInput::new(host, args.secrets_stdin).await?;
                super::lend_secrets(session, args, &input, &session.connection(name)?).await?;
            }
            let opening = diagnosis::keyring_of(async { session.vault().await.map(Arc::clone) });
            stoppable(&host.stop, opening).await
        }
        Err(failure) => Err(failure.clone()),
    };
    let subject = Subject {
        data_dir: data_dir.path(),
        store: session.as_ref().map(|session| &session.store).map_err(Clone::clone),
        vault,
        machine: Some(&Machine::here()),
        name: name.as_ref(),
        tell: &progress::teller(host),
    };
    let report = stoppable(&host.stop, diagnosis::diagnose(&subject)).await?;
    let text = words::report(&report);
    let mut json = json_of(&report);
    let Some(path) = &options.out else {
        json["report"] = json!(text);
        return Ok(Answer::done(text, json));
    };
    out::write(path, &text)?;
    json["file"] = json!(path);
    let human = format!("{}\nThe report is in {}.", words::result(&report), path.display());
    Ok(Answer::done(human, json))
}

fn json_of(report: &Diagnosis) -> Value {
    let layers: Vec<Value> = report.layers.iter().map(layer).collect();
    json!({
        "name": report.connection.as_ref().map(|connection| &connection.setup.name),
        "version": report.machine.version,
        "data_dir": report.machine.data_dir,
        "log": report.machine.log,
        "failed": report.failed(),
        "layers": layers,
    })
}

fn layer(each: &Examined) -> Value {
    let mut entry = json!({ "layer": code(&each.layer), "name": words::layer(&each.layer) });
    match &each.verdict {
        Verdict::Passed(seen) => {
            entry["passed"] = json!(true);
            entry["seen"] = json!(seen);
        }
        Verdict::Failed(failure) => {
            entry["passed"] = json!(false);
            entry["error"] = failure_json(failure);
        }
        Verdict::NotLookedAt(why) => {
            entry["passed"] = Value::Null;
            entry["why"] = json!(match why {
                Why::Depends => "depends",
                Why::NotUsed => "not_used",
                Why::Lab => "lab",
            });
        }
    }
    entry
}

fn code(layer: &Layer) -> String {
    match layer {
        Layer::DataFolder => "data_folder".to_owned(),
        Layer::Store => "store".to_owned(),
        Layer::Keyring => "keyring".to_owned(),
        Layer::Schedule => "schedule".to_owned(),
        Layer::SecretKey => "secret_key".to_owned(),
        Layer::SitePassword => "site_password".to_owned(),
        Layer::Query => "query".to_owned(),
        Layer::Ingestion => "ingestion".to_owned(),
        Layer::Check(kind) => {
            let named = serde_json::to_value(kind).unwrap_or_default();
            named["check"].as_str().unwrap_or_default().to_owned()
        }
    }
}
