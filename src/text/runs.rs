//! Words of the record of runs, in the window and in `asw status --runs`.

use super::progress;
use crate::model::report::Outcome;
use crate::model::run_history::{RunSeen, Sample};
use crate::model::run_record::{RunKind, RunRecord};

/// The title of the list, and its name.
pub const TITLE: &str = "Record of runs";
/// A column.
pub const STARTED: &str = "Begun";
/// A column.
pub const WHAT: &str = "What";
/// A column.
pub const TOOK: &str = "Took";
/// A column.
pub const RESULT: &str = "Result";
/// While there is none.
pub const NONE: &str = "No run is on record yet. They are kept for 400 days.";
/// While the record is read.
pub const READING: &str = "Reading the record of runs";
/// The title of the plot.
pub const MEMBERS: &str = "Members over time";
/// A choice: of which collection.
pub const MEMBERS_OF: &str = "Members of";
/// One of them.
pub const ALL_COLLECTIONS: &str = "all collections together";
/// In place of the plot.
pub const NOTHING_TO_PLOT: &str = "Once it was published, the number of members over time is shown here.";

/// What a run was for.
pub const fn kind(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Sync => "publication",
        RunKind::Connect => "connection made",
        RunKind::UpdateSecret => "secret key replaced",
        RunKind::Remove => "removal",
        RunKind::Move => "moved to another SMS Provider",
    }
}

/// How many collections came to what, and what was sent: "2 published", "11 not moved".
pub fn figures(record: &RunRecord) -> Vec<String> {
    let mut figures: Vec<String> = Outcome::IN_ORDER
        .iter()
        .map(|outcome| (record.count(*outcome), progress::outcome(*outcome)))
        .filter(|(count, _)| *count > 0)
        .map(|(count, words)| format!("{count} {words}"))
        .collect();
    if !record.sent.is_none() {
        figures.push(super::history::sent(record.sent));
    }
    figures
}

/// How long it took.
pub fn took(run: &RunSeen) -> String {
    match run.ended {
        None => "end not known".to_owned(),
        Some(ended) => format!("{} s", (ended - run.started).num_seconds().max(0)),
    }
}

/// What came of it, in a line.
pub fn result(run: &RunSeen) -> String {
    let mut parts = figures(&run.record);
    if let Some(problem) = &run.record.problem {
        parts.insert(0, format!("failed: {}", super::problem::wording(problem).sentence));
    }
    if run.record.cancelled {
        parts.insert(0, "stopped".to_owned());
    }
    match (parts.is_empty(), run.ended) {
        (false, _) => parts.join(", "),
        (true, Some(_)) => "done".to_owned(),
        (true, None) => String::new(),
    }
}

/// Members at a moment.
pub fn sample(sample: &Sample) -> String {
    format!(
        "{}: {}",
        super::home::moment(sample.at),
        super::count(
            usize::try_from(sample.members).unwrap_or(usize::MAX),
            "member",
            "members"
        )
    )
}

/// What the plot shows, for who does not see it.
pub fn plotted(samples: &[Sample]) -> String {
    let members = samples.iter().map(|each| each.members);
    match (samples, members.clone().min(), members.max()) {
        ([first, .., last], Some(least), Some(most)) => format!(
            "From {} to {}; between {least} and {most}.",
            sample(first),
            sample(last)
        ),
        ([one], ..) => sample(one),
        _ => NOTHING_TO_PLOT.to_owned(),
    }
}

/// How many runs there are beside those that are listed.
pub fn more(listed: usize, all: usize) -> Option<String> {
    (all > listed).then(|| format!("The latest {listed} of {all}. All: asw status \"NAME\" --runs {all}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Problem;

    fn run(record: RunRecord) -> RunSeen {
        let at = chrono::DateTime::UNIX_EPOCH;
        RunSeen {
            kind: RunKind::Sync,
            started: at,
            ended: Some(at + chrono::TimeDelta::seconds(3)),
            record,
        }
    }

    #[test]
    fn a_run_says_what_came_of_it_and_why() {
        let of = |record| result(&run(record));
        assert_eq!(of(RunRecord::default()), "done");
        let unmoved = RunRecord {
            unmoved: vec!["PS100001".parse().unwrap()],
            cancelled: true,
            ..RunRecord::default()
        };
        assert_eq!(of(unmoved), "stopped, 1 not moved");
        let failed = RunRecord {
            problem: Some(Problem::SecretExpired),
            ..RunRecord::default()
        };
        assert_eq!(of(failed), "failed: The secret key has expired.");
        assert_eq!(took(&run(RunRecord::default())), "3 s");
    }

    #[test]
    fn the_plot_is_told_in_words() {
        let sample = |second, members| Sample {
            at: chrono::DateTime::from_timestamp(second, 0).unwrap(),
            members,
        };
        assert_eq!(plotted(&[]), NOTHING_TO_PLOT);
        assert_eq!(plotted(&[sample(0, 1)]), "1970-01-01 00:00 UTC: 1 member");
        assert_eq!(
            plotted(&[sample(0, 5), sample(60, 9), sample(120, 7)]),
            "From 1970-01-01 00:00 UTC: 5 members to 1970-01-01 00:02 UTC: 7 members; between 5 and 9."
        );
    }
}
