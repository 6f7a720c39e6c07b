//! `asw schedule install|remove|status`: this machine's scheduler, and the proof that a run by it works.

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::cli::answer::{Answer, Exit};
use crate::cli::args::{Args, ScheduleArgs, ScheduleChange};
use crate::cli::host::Host;
use crate::cli::session::Session;
use crate::model::{ConnectionState, Problem, Result};
use crate::platform::schedule::{Every, Schedule, Standing, System};
use crate::platform::stoppable;
use crate::store::RunKind;

/// How long the first run may take, and how often it is looked for where the system does not wait for it.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// What the scheduled run before has left in the data folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Scheduled {
    started: DateTime<Utc>,
    ended: DateTime<Utc>,
    exit: u8,
    answer: Value,
}

impl Scheduled {
    /// Writes down how a scheduled run has ended. No secret is in any answer.
    ///
    /// # Errors
    /// `FileUnwritable`.
    pub(super) fn keep(data_dir: &Path, started: DateTime<Utc>, answer: &Answer) -> Result<()> {
        let kept = Self {
            started,
            ended: Utc::now(),
            exit: answer.exit as u8,
            answer: answer.json.clone(),
        };
        let path = file(data_dir);
        // By another name first, so that whoever waits for it never reads half of it.
        let half = path.with_extension("part");
        let written = std::fs::write(&half, json!(kept).to_string()).and_then(|()| std::fs::rename(&half, &path));
        written.map_err(|cause| {
            let (path, cause) = (path.display().to_string(), cause.to_string());
            Problem::FileUnwritable { path, cause }.into()
        })
    }

    fn read(data_dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(file(data_dir)).ok()?).ok()
    }

    fn ended_well(&self) -> bool {
        self.exit == Exit::Done as u8
    }

    /// What it says of its end, for people.
    fn said(&self) -> String {
        let runs = self.answer["runs"].as_array().into_iter().flatten();
        let answers = std::iter::once(&self.answer).chain(runs.map(|run| &run["result"]));
        let collections = |answer: &Value| answer["collections"].as_array().cloned().unwrap_or_default();
        let errors = answers.flat_map(|answer| std::iter::once(answer.clone()).chain(collections(answer)));
        let mut errors = errors.filter_map(|each| each["error"]["message"].as_str().map(str::to_owned));
        errors
            .next()
            .unwrap_or_else(|| format!("it ended with exit code {}", self.exit))
    }
}

fn file(data_dir: &Path) -> PathBuf {
    data_dir.join("scheduled-run.json")
}

/// Sets this machine's scheduler, takes the schedule away, or says what stands.
pub(super) async fn schedule(args: &Args, options: &ScheduleArgs, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    match options.change {
        ScheduleChange::Install { every, stored_password } => install(&session, every, stored_password).await,
        ScheduleChange::Remove => remove(&session).await,
        ScheduleChange::Status => status(&session).await,
    }
}

fn plan(session: &Session, every: Every, stored_password: bool) -> Result<Schedule> {
    let program = std::env::current_exe().map_err(|cause| Problem::ScheduleFailed {
        what: format!("this program does not find itself ({cause})"),
    })?;
    Ok(Schedule {
        program,
        data_dir: session.data_dir.clone(),
        every,
        stored_password,
    })
}

/// Does something with the system's scheduler, away from the runtime's threads.
async fn with<T: Send + 'static>(
    schedule: &Schedule,
    act: impl FnOnce(System, &Schedule) -> Result<T> + Send + 'static,
) -> Result<T> {
    let schedule = schedule.clone();
    let acted = tokio::task::spawn_blocking(move || act(System::HERE, &schedule)).await;
    acted.map_err(|_| Problem::Internal {
        what: "asking the system's scheduler ended without an answer".to_owned(),
    })?
}

async fn install(session: &Session, every: Every, stored_password: bool) -> Result<Answer> {
    if stored_password && System::HERE != System::TaskScheduler {
        let what = "--stored-password is for Windows; here a schedule needs no password".to_owned();
        return Err(Problem::Usage { what }.into());
    }
    let connections = session.store.connections()?;
    if !connections
        .iter()
        .any(|each| each.state == ConnectionState::Ready && each.setup.import)
    {
        let what = "there is nothing to publish on schedule: make a connection with asw connect --file SETUP.toml, \
                    or take one in with asw set NAME --import on";
        return Err(Problem::Usage { what: what.to_owned() }.into());
    }
    let schedule = plan(session, every, stored_password)?;
    let outcome = match with(&schedule, System::place).await {
        Ok(()) => prove_and_arm(session, &schedule).await,
        Err(failure) => Err(failure),
    };
    if let Err(failure) = outcome {
        // The first failure is the answer, whatever becomes of this.
        let _ = with(&schedule, System::remove).await;
        return Err(failure);
    }
    let standing = with(&schedule, System::standing).await?;
    let mut answer = answer(session, &schedule, &standing);
    answer.human = format!(
        "The first run by the system's scheduler has published.\n{}",
        answer.human
    );
    Ok(answer)
}

/// One real run where all later ones will take place: keyring, sign-in and network must work there, not here.
async fn prove_and_arm(session: &Session, schedule: &Schedule) -> Result<()> {
    let begun = Utc::now();
    stoppable(&session.stop, with(schedule, System::fire)).await?;
    let ended = tokio::time::timeout(PATIENCE, stoppable(&session.stop, first_run(session, begun))).await;
    let run = ended.map_err(|_| failed("its first run has not ended within half an hour".to_owned()))??;
    if !run.ended_well() {
        return Err(failed(format!("its first run did not publish: {}", run.said())));
    }
    for connection in session.store.connections()? {
        let due = connection.state == ConnectionState::Ready && connection.setup.import;
        let last = session.store.last_run(connection.id, RunKind::Sync)?;
        if due && last.is_none_or(|last| last.started < begun) {
            let name = &connection.setup.name;
            return Err(failed(format!("its first run has not published \"{name}\"")));
        }
    }
    with(schedule, System::arm).await
}

/// Waits until a run has ended that began after this moment.
async fn first_run(session: &Session, begun: DateTime<Utc>) -> Result<Scheduled> {
    loop {
        if let Some(run) = Scheduled::read(&session.data_dir).filter(|run| run.started >= begun) {
            return Ok(run);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn failed(what: String) -> crate::model::Failure {
    // What a run says is a sentence already.
    let what = what.trim_end_matches('.').to_owned();
    Problem::ScheduleFailed { what }.into()
}

async fn remove(session: &Session) -> Result<Answer> {
    let schedule = plan(session, Every::default(), false)?;
    let removed = with(&schedule, System::remove).await?;
    let human = if removed {
        "The schedule is removed. Computer groups stay as they are until asw sync is run."
    } else {
        "There was no schedule."
    };
    Ok(Answer::done(human, json!({ "removed": removed })))
}

async fn status(session: &Session) -> Result<Answer> {
    let schedule = plan(session, Every::default(), false)?;
    let standing = with(&schedule, System::standing).await?;
    Ok(answer(session, &schedule, &standing))
}

fn answer(session: &Session, schedule: &Schedule, standing: &Standing) -> Answer {
    let last = Scheduled::read(&session.data_dir);
    let json = json!({
        "schedule": {
            "installed": standing.installed,
            "name": schedule.name(),
            "next": standing.next,
            "unattended": standing.unattended,
            "last": last,
        },
    });
    Answer::done(describe(schedule, standing, last.as_ref()), json)
}

fn describe(schedule: &Schedule, standing: &Standing, last: Option<&Scheduled>) -> String {
    let moment = |at: DateTime<Utc>| at.format("%Y-%m-%d %H:%M UTC").to_string();
    let mut lines = vec![if standing.installed {
        format!("The schedule \"{}\" is installed.", schedule.name())
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
