//! `asw schedule install|remove|status`: what [`crate::schedule`] does, in words.

use chrono::{DateTime, Utc};
use serde_json::json;

use crate::cli::answer::Answer;
use crate::cli::args::{Args, ScheduleArgs, ScheduleChange};
use crate::cli::host::Host;
use crate::cli::session::Session;
use crate::model::Result;
use crate::model::schedule::Standing;
use crate::schedule::{Job, LastScheduled, Machine};

/// Sets this machine's scheduler, takes the schedule away, or says what stands.
pub(super) async fn schedule(args: &Args, options: &ScheduleArgs, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    let machine = Machine::here();
    let job = Job {
        machine: &machine,
        data_dir: &session.data_dir,
        store: &session.store,
        stop: &session.stop,
    };
    match options.change {
        ScheduleChange::Install { every, stored_password } => {
            let standing = job.install(every, stored_password).await?;
            let mut answer = answer(&job, &standing)?;
            answer.human = format!(
                "The first run by the system's scheduler has published.\n{}",
                answer.human
            );
            Ok(answer)
        }
        ScheduleChange::Remove => Ok(removed(job.remove().await?)),
        ScheduleChange::Status => answer(&job, &job.standing().await?),
    }
}

fn removed(removed: bool) -> Answer {
    let human = if removed {
        "The schedule is removed. Computer groups stay as they are until asw sync is run."
    } else {
        "There was no schedule."
    };
    Answer::done(human, json!({ "removed": removed }))
}

fn answer(job: &Job<'_>, standing: &Standing) -> Result<Answer> {
    let (name, last) = (job.name()?, LastScheduled::read(job.data_dir));
    let json = json!({
        "schedule": {
            "installed": standing.installed,
            "name": name,
            "every": standing.every.map(|every| every.to_string()),
            "next": standing.next,
            "unattended": standing.unattended,
            "last": last,
        },
    });
    Ok(Answer::done(describe(&name, standing, last.as_ref()), json))
}

fn describe(name: &str, standing: &Standing, last: Option<&LastScheduled>) -> String {
    let moment = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
    let mut lines = vec![if standing.installed {
        let every = standing
            .every
            .map(|every| format!(", every {every}"))
            .unwrap_or_default();
        format!("The schedule \"{name}\" is installed{every}.")
    } else {
        "No schedule is installed. Next: asw schedule install".to_owned()
    }];
    if let Some(next) = standing.next {
        lines.push(format!("Next run: {}", moment(next)));
    }
    if let Some(last) = last {
        let how = if last.ended_well() {
            "published".to_owned()
        } else {
            last.said()
        };
        lines.push(format!("Last run: {}, {how}", moment(last.started)));
    }
    if standing.unattended == Some(false) {
        lines.push("It runs only while this account is signed in.".to_owned());
    }
    lines.join("\n")
}
