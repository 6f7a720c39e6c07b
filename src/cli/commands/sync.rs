//! `asw sync [NAME] [--all] [--full] [--dry-run] [--watch [--every 3h]]`.

use chrono::Utc;
use serde_json::{Value, json};

use super::reminder;
use super::watch::{Here, Job, Stopped, watch};
use crate::backend::publication::{is_good, nothing_done, publish_once};
use crate::cli::answer::{Answer, Exit, failure_json, failure_text};
use crate::cli::args::{Args, SyncArgs};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::model::dry_run::{Beside, Totals};
use crate::model::problem::Class;
use crate::model::report::{CollectionReport, Outcome, SyncReport};
use crate::model::{Connection, ConnectionState, Failure, Problem, Result};
use crate::publish::sync::Options;
use crate::schedule::LastScheduled;
use crate::text;

/// Publishes once, or for ever on schedule. A watch goes on after a failure: the next round may find the trouble gone.
pub(super) async fn sync(args: &Args, options: &SyncArgs, host: &Host) -> Result<Answer> {
    let session = Session::open(args, host)?;
    let secrets = SecretsInput::new(host, args.secrets_stdin).await?;
    let mut publishing = Publishing {
        session: &session,
        args,
        options,
        secrets: &secrets,
        host,
    };
    if options.watch {
        return match watch(&Here, options.every, &session.stop, &mut publishing).await {
            Stopped::Working(answer) => answer,
            Stopped::Waiting => Ok(Answer::done("Stopped watching.", json!({ "stopped": true }))),
        };
    }
    let started = Utc::now();
    let answer = publishing.round().await;
    if options.scheduled {
        let answer = answer.unwrap_or_else(Answer::from);
        LastScheduled::keep(&session.data_dir, started, answer.exit as u8, answer.json.clone())?;
        return Ok(answer);
    }
    answer
}

/// What a watch does again and again.
struct Publishing<'a> {
    session: &'a Session,
    args: &'a Args,
    options: &'a SyncArgs,
    secrets: &'a SecretsInput<'a>,
    host: &'a Host,
}

impl Job for Publishing<'_> {
    type Answer = Result<Answer>;

    async fn round(&mut self) -> Result<Answer> {
        round(self.session, self.args, self.options, self.secrets).await
    }

    fn tell(&mut self, answer: Result<Answer>) {
        self.host.print(&answer.unwrap_or_else(Answer::from), self.args.json);
    }
}

fn chosen(session: &Session, options: &SyncArgs) -> Result<Vec<Connection>> {
    if let Some(name) = &options.name {
        return Ok(vec![session.ready(name)?]);
    }
    let mut ready: Vec<Connection> = session
        .store
        .connections()?
        .into_iter()
        .filter(|each| each.state == ConnectionState::Ready)
        .collect();
    if options.all {
        ready.retain(|each| each.setup.import);
        return Ok(ready);
    }
    match ready.len() {
        1 => Ok(ready),
        0 => {
            let what =
                "there is no connection that is complete: see asw list, or make one with asw connect --file SETUP.toml";
            Err(Problem::Usage { what: what.to_owned() }.into())
        }
        _ => Err(Problem::Usage {
            what: "there are several connections: name one, or use --all".to_owned(),
        }
        .into()),
    }
}

async fn round(session: &Session, args: &Args, options: &SyncArgs, secrets: &SecretsInput<'_>) -> Result<Answer> {
    let connections = chosen(session, options)?;
    if let ([only], false) = (connections.as_slice(), options.all) {
        return one(session, args, options, secrets, only).await;
    }
    let mut human = String::new();
    let mut remarks = String::new();
    let mut runs = Vec::new();
    let mut exits = Vec::new();
    for connection in &connections {
        let answer = one(session, args, options, secrets, connection)
            .await
            .unwrap_or_else(Answer::from);
        human.push_str(&answer.human);
        remarks.push_str(&answer.remarks);
        runs.push(json!({ "name": connection.setup.name, "result": answer.json }));
        exits.push(answer.exit);
    }
    Ok(Answer {
        human,
        remarks,
        json: json!({ "runs": runs }),
        exit: together(&exits),
    })
}

/// One exit code for several runs: theirs where they agree, else "partly".
fn together(exits: &[Exit]) -> Exit {
    match exits.first() {
        None => Exit::Done,
        Some(first) if exits.iter().all(|exit| exit == first) => *first,
        Some(_) => Exit::Partly,
    }
}

async fn one(
    session: &Session,
    args: &Args,
    options: &SyncArgs,
    secrets: &SecretsInput<'_>,
    connection: &Connection,
) -> Result<Answer> {
    super::lend_secrets(session, args, secrets, connection).await?;
    let wanted = Options {
        full: options.full,
        dry_run: options.dry_run,
    };
    let published = publish_once(&session.ground().await?, connection, wanted).await;
    let answered = published.and_then(|report| answer(&report, options.dry_run));
    let unattended = options.watch || options.scheduled;
    // After a failure, too: then most of all.
    Ok(reminder::remind(
        session,
        connection,
        unattended,
        answered.unwrap_or_else(Answer::from),
    ))
}

/// The answer for a run. Where nothing at all could be done, the cause is the answer.
fn answer(report: &SyncReport, dry_run: bool) -> Result<Answer> {
    if let Some(failure) = nothing_done(report) {
        return Err(failure.clone());
    }
    if report.cancelled {
        let left = text::count(report.count(Outcome::Skipped), "collection", "collections");
        let half = |each: &CollectionReport| {
            each.error
                .as_ref()
                .is_some_and(|failure| failure.problem().class() == Class::Partly)
        };
        let partly = report
            .collections
            .iter()
            .any(|each| is_good(each.outcome) || half(each));
        let stopped = Failure::from(Problem::Cancelled { partly, left });
        let mut answer =
            Answer::done(report_text(report, dry_run), report_json(report)).with_warnings(&report.warnings);
        answer.remarks.push_str(&failure_text(&stopped));
        return Ok(answer.failing(&stopped));
    }
    let answer = Answer::done(report_text(report, dry_run), report_json(report)).with_warnings(&report.warnings);
    Ok(if report.is_partial() {
        answer.ending(Exit::Partly)
    } else {
        answer
    })
}

/// A run for people.
pub(super) fn report_text(report: &SyncReport, dry_run: bool) -> String {
    let mut lines = format!(
        "{}{}\n",
        report.connection,
        if dry_run { " (dry run: nothing was written)" } else { "" }
    );
    for each in &report.collections {
        let computers = each
            .computers
            .map(|count| text::count(count, "computer", "computers"))
            .unwrap_or_default();
        lines.push_str(&format!(
            "  {}  {:<13}  {computers:>16}  \"{}\"\n",
            each.id,
            text::progress::outcome(each.outcome),
            each.name
        ));
        if let Some(failure) = &each.error {
            let words = text::problem::wording(failure.problem());
            lines.push_str(&format!(
                "            {}\n            Next: {}\n",
                words.sentence, words.next_step
            ));
        }
        for line in each.would.iter().flat_map(text::dry_run::lines) {
            lines.push_str(&format!("            {line}\n"));
        }
    }
    let counts: Vec<String> = Outcome::IN_ORDER
        .iter()
        .filter(|outcome| report.count(**outcome) > 0)
        .map(|outcome| format!("{} {}", report.count(*outcome), text::progress::outcome(*outcome)))
        .collect();
    let seconds = (report.finished - report.started).num_milliseconds().max(0) / 100;
    lines.push_str(&format!(
        "  {} in {}.{} s\n",
        counts.join(", "),
        seconds / 10,
        seconds % 10
    ));
    if let Some((totals, beside)) = totals(report) {
        for line in text::dry_run::totals(&totals, beside) {
            lines.push_str(&format!("  {line}\n"));
        }
    }
    lines
}

/// What a dry run comes to.
fn totals(report: &SyncReport) -> Option<(Totals, &Beside)> {
    let beside = report.beside.as_ref()?;
    let all = report.collections.iter().filter_map(|each| each.would.as_ref());
    Some((Totals::of(all, beside), beside))
}

/// A run for scripts.
pub(super) fn report_json(report: &SyncReport) -> Value {
    let collections: Vec<Value> = report
        .collections
        .iter()
        .map(|each| {
            let mut entry = json!({
                "id": each.id,
                "name": each.name,
                "outcome": each.outcome,
                "computers": each.computers,
                "as_of": each.as_of,
                "parts": each.parts,
                "sent": each.sent,
                "error": each.error.as_ref().map(failure_json),
            });
            if let Some(would) = &each.would {
                entry["would"] = json!(would);
            }
            entry
        })
        .collect();
    let mut run = json!({
        "name": report.connection,
        "started": report.started,
        "finished": report.finished,
        "cancelled": report.cancelled,
        "sent": report.sent(),
        "collections": collections,
    });
    if let Some((totals, beside)) = totals(report) {
        run["would"] = json!(totals);
        run["would"]["stray_parts"] = json!(beside.stray_parts);
    }
    run
}
