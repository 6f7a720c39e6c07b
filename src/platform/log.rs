//! The log, in the lines that Configuration Manager's own logs have, so that CMTrace and OneTrace fill their columns:
//!
//! ```text
//! <![LOG[group written collection=PS100016]LOG]!><time="10:11:12.345-120" date="05-22-2027" component="publish::groups" context="4711" type="1" thread="3" file="groups.rs:88">
//! ```
//!
//! * time is local; behind it the minutes that lead from it to UTC, as Windows counts them: `-120` is two hours *ahead* of UTC;
//! * `type` is 1 for information, 2 for a warning, 3 for an error; `context` is the process ID;
//! * an event is one line: line breaks and what would end the message early are replaced.
//!
//! Secrets do not come here: their types have no `Debug` and no `Display`.

use std::fmt::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::{DateTime, FixedOffset, Local};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry;

use super::log_file::{Bounds, CURRENT, LogFile};
use crate::model::{Problem, Result};

/// Crates of ours: the library and the two programs.
const OURS: [&str; 2] = ["azure_services_wizard", "asw"];

/// Characters of a message; more are cut.
const LONGEST_MESSAGE: usize = 8_000;

/// The log of this process.
#[derive(Debug)]
pub struct LogGuard {
    file: Arc<LogFile>,
}

impl LogGuard {
    /// The file that is written to.
    pub fn path(&self) -> PathBuf {
        self.file.path()
    }

    /// How many lines could not be written so far (disk full, folder gone).
    pub fn lost_lines(&self) -> u64 {
        self.file.lost()
    }
}

/// Starts the log of this process in the folder `dir`: events of our own crates up to `level`, those of others from warnings up.
/// Lines are written at once, so nothing is lost when the process is killed.
///
/// # Errors
/// `Log` when the folder or the file cannot be used, or the process has a log already.
pub fn init(dir: &Path, level: Level) -> Result<LogGuard> {
    let failed = |cause: String| Problem::Log { cause };
    let file = LogFile::open(dir, Bounds::default())
        .map_err(|error| failed(format!("{} cannot be written ({error})", dir.display())))?;
    let file = Arc::new(file);
    tracing::subscriber::set_global_default(subscriber(Arc::clone(&file), level))
        .map_err(|_| failed("this process writes a log already".into()))?;
    Ok(LogGuard { file })
}

/// The file that is written to in this folder.
pub fn file(dir: &Path) -> PathBuf {
    dir.join(CURRENT)
}

fn subscriber(file: Arc<LogFile>, level: Level) -> impl Subscriber + Send + Sync {
    let ours = LevelFilter::from_level(level);
    let others = ours.min(LevelFilter::WARN);
    let wanted = filter_fn(move |metadata| {
        let up_to = if below_ours(metadata.target()).is_some() {
            ours
        } else {
            others
        };
        *metadata.level() <= up_to
    });
    registry().with(CmTraceLayer { file }.with_filter(wanted.with_max_level_hint(ours)))
}

/// Writes each event as one line.
struct CmTraceLayer {
    file: Arc<LogFile>,
}

impl<S: Subscriber> Layer<S> for CmTraceLayer {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        self.file
            .append(&line(&text.whole(), event.metadata(), Local::now().fixed_offset()));
    }
}

/// The message of an event and, behind it, its fields.
#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Text {
    fn whole(self) -> String {
        self.message + &self.fields
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail; an error could only come from the value's own `Debug`.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}

fn line(message: &str, metadata: &Metadata<'_>, at: DateTime<FixedOffset>) -> String {
    let kind = match *metadata.level() {
        Level::ERROR => 3,
        Level::WARN => 2,
        _ => 1,
    };
    format!(
        "<![LOG[{message}]LOG]!><time=\"{time}\" date=\"{date}\" component=\"{component}\" \
         context=\"{process}\" type=\"{kind}\" thread=\"{thread}\" file=\"{file}:{line}\">\n",
        message = one_line(message),
        time = time(at),
        date = at.format("%m-%d-%Y"),
        component = attribute(component(metadata.target())),
        process = std::process::id(),
        thread = thread_number(),
        file = attribute(file_name(metadata.file().unwrap_or_default())),
        line = metadata.line().unwrap_or_default(),
    )
}

/// Local time, and the minutes from it to UTC.
fn time(at: DateTime<FixedOffset>) -> String {
    let to_utc = -at.offset().local_minus_utc() / 60;
    format!("{}{to_utc:+04}", at.format("%H:%M:%S%.3f"))
}

/// The module below our crate; of other crates the whole target.
fn component(target: &str) -> &str {
    below_ours(target).filter(|module| !module.is_empty()).unwrap_or(target)
}

/// What stands behind the name of a crate of ours; `None` for other crates.
fn below_ours(target: &str) -> Option<&str> {
    OURS.iter().find_map(|ours| match target.strip_prefix(ours)? {
        "" => Some(""),
        below => below.strip_prefix("::"),
    })
}

fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or_default()
}

/// The number that the standard library gives a thread; there is no number of the operating system without unsafe code.
fn thread_number() -> String {
    let id = format!("{:?}", std::thread::current().id());
    id.chars().filter(char::is_ascii_digit).collect()
}

/// A message that stays on one line and does not end before its end.
fn one_line(message: &str) -> String {
    let is_break = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
    let mut text: String = message
        .chars()
        .take(LONGEST_MESSAGE)
        .map(|c| if is_break(c) { ' ' } else { c })
        .collect();
    if message.chars().nth(LONGEST_MESSAGE).is_some() {
        text.push('…');
    }
    text.replace("]LOG]!>", "]LOG]! >").replace("<![LOG[", "<! [LOG[")
}

/// A value that does not end before its quote.
fn attribute(value: &str) -> String {
    value.replace(|c: char| c == '"' || c.is_control(), "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One line, taken apart without mercy.
    #[derive(Debug, PartialEq)]
    struct Parsed {
        message: String,
        time: String,
        date: String,
        component: String,
        kind: u8,
        thread: u64,
        file: String,
    }

    fn parse(line: &str) -> Parsed {
        let rest = line.strip_prefix("<![LOG[").expect("begins as a line");
        let (message, rest) = rest.split_once("]LOG]!>").expect("message ends");
        let mut rest = rest.strip_prefix('<').expect("attributes begin");
        let mut value = |name: &str, separator: &str| {
            let from = rest
                .strip_prefix(name)
                .and_then(|rest| rest.strip_prefix("=\""))
                .expect(name);
            let (value, behind) = from.split_once('"').expect(name);
            rest = behind.strip_prefix(separator).expect(name);
            value.to_owned()
        };
        let parsed = Parsed {
            message: message.to_owned(),
            time: value("time", " "),
            date: value("date", " "),
            component: value("component", " "),
            kind: {
                assert_eq!(value("context", " "), std::process::id().to_string());
                value("type", " ").parse().unwrap()
            },
            thread: value("thread", " ").parse().unwrap(),
            file: value("file", ">"),
        };
        assert_eq!(rest, "", "nothing behind the line");
        parsed
    }

    /// The lines that `job` writes.
    fn logged(level: Level, job: impl FnOnce()) -> Vec<Parsed> {
        let dir = tempfile::tempdir().unwrap();
        let file = Arc::new(LogFile::open(dir.path(), Bounds::default()).unwrap());
        tracing::subscriber::with_default(subscriber(Arc::clone(&file), level), job);
        let text = std::fs::read_to_string(file.path()).unwrap();
        text.lines().map(parse).collect()
    }

    #[test]
    fn events_become_lines_with_all_columns() {
        let lines = logged(Level::DEBUG, || {
            tracing::info!(collection = "PS100016", rows = 7, ok = true, "read");
            tracing::warn!(host = %"cm01", "slow");
            tracing::error!(cause = ?Some(1), "gone: {}", "x");
            tracing::debug!("detail");
            tracing::trace!("not written");
        });
        let seen: Vec<_> = lines.iter().map(|line| (line.kind, line.message.as_str())).collect();
        assert_eq!(
            seen,
            [
                (1, "read collection=\"PS100016\" rows=7 ok=true"),
                (2, "slow host=cm01"),
                (3, "gone: x cause=Some(1)"),
                (1, "detail"),
            ]
        );
        let first = lines.first().unwrap();
        let stamp = format!("{} {}", first.date, first.time.get(..12).unwrap());
        let local = chrono::NaiveDateTime::parse_from_str(&stamp, "%m-%d-%Y %H:%M:%S%.3f").unwrap();
        let to_utc: i64 = first.time.get(12..).unwrap().parse().unwrap();
        let age = chrono::Utc::now().naive_utc() - (local + chrono::TimeDelta::minutes(to_utc));
        assert!((0..60).contains(&age.num_seconds()), "{first:?}");
        assert_eq!(first.component, "platform::log::tests");
        let (file, line) = first.file.split_once(':').unwrap();
        assert_eq!(file, "log.rs");
        assert!(line.parse::<u32>().unwrap() > 100);
        assert!(first.thread > 0);
    }

    #[test]
    fn no_message_can_break_its_line() {
        let nasty = [
            "two\r\nlines",
            "ends early ]LOG]!><time=\"x\">",
            "]LOG]!]LOG]!>>",
            "half ]LOG]!",
            "begins <![LOG[ again",
            "nul \0 and \u{2028} and \u{85}",
            "日本語 \"quoted\"",
        ];
        let lines = logged(Level::INFO, || {
            for message in nasty {
                tracing::info!("{message}");
                tracing::info!(text = message, raw = %message, "field");
            }
        });
        assert_eq!(lines.len(), 2 * nasty.len());
        let messages: Vec<_> = lines.iter().step_by(2).map(|line| line.message.as_str()).collect();
        assert_eq!(messages.first(), Some(&"two  lines"));
        assert_eq!(messages.get(1), Some(&"ends early ]LOG]! ><time=\"x\">"));
        assert_eq!(messages.last(), nasty.last());
    }

    #[test]
    fn other_crates_speak_up_for_warnings_only() {
        let speak = || {
            tracing::info!(target: "hyper::client", "chatter");
            tracing::warn!(target: "hyper::client", "trouble");
            tracing::info!(target: "asw", "ours");
            tracing::info!(target: "azure_services_wizard_other", "not ours");
        };
        let components = |level| -> Vec<String> {
            let lines = logged(level, speak);
            lines.into_iter().map(|line| line.component).collect()
        };
        assert_eq!(components(Level::DEBUG), ["hyper::client", "asw"]);
        assert_eq!(components(Level::ERROR), [""; 0]);
    }

    #[test]
    fn times_lead_to_utc_as_windows_counts() {
        let time = |text: &str| time(DateTime::parse_from_rfc3339(text).unwrap());
        assert_eq!(time("2027-05-22T10:11:12.345+02:00"), "10:11:12.345-120");
        assert_eq!(time("2027-05-22T10:11:12.345-05:00"), "10:11:12.345+300");
        assert_eq!(time("2027-05-22T10:11:12Z"), "10:11:12.000+000");
        assert_eq!(time("2027-05-22T23:59:59.999+05:45"), "23:59:59.999-345");
    }

    #[test]
    fn a_very_long_message_is_cut() {
        let lines = logged(Level::INFO, || tracing::info!("{}", "ä".repeat(20_000)));
        let message = &lines.first().unwrap().message;
        assert_eq!(message.chars().count(), LONGEST_MESSAGE + 1);
        assert!(message.ends_with('…'));
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_a_problem() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("taken");
        std::fs::write(&path, "").unwrap();
        let failure = init(&path, Level::INFO).unwrap_err();
        assert!(
            matches!(failure.problem(), Problem::Log { cause } if cause.contains("taken")),
            "{failure:?}"
        );
    }
}
