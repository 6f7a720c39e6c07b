//! Words of the schedule, on *Confirm* and *Completion*.

use crate::model::Problem;
use crate::model::schedule::{Every, Obstacle, ScheduleSeen, Standing, System};

/// A group.
pub const KEPT: &str = "Kept up to date";
/// A fact.
pub const NEXT_RUN: &str = "Next run";
/// A fact.
pub const SIGNED_OUT: &str = "While nobody is signed in";
/// While it is not known what this machine can do.
pub const LOOKING: &str = "Looking whether this machine can publish on schedule";
/// The command that installs a schedule.
pub const COMMAND: &str = "asw schedule install";
/// The command that publishes again and again without a scheduler.
pub const WATCH: &str = "asw sync --all --watch";
/// Below an offer: what is done to see that it works.
pub const PROVEN: &str = "After the first publication the scheduler publishes once more, to show that keyring, sign-ins and network \
     work where it runs. Where they do not, the schedule is taken away again, and Completion says why.";
/// No schedule publishes it.
pub const BY_ITSELF: &str = "Nothing publishes this connection by itself.";
/// It was not asked for.
pub const NOT_WISHED: &str = "Nothing publishes this connection by itself. To have this machine do it every 3 hours, run this in a \
     terminal, as this account:";
/// It was asked for, and there was no point in trying.
pub const NOT_TRIED: &str = "The schedule was not set up, since nothing was published. Once Publish now works in the list of \
     connections, run this in a terminal, as this account:";
/// After the reason why it is not there.
pub const INSTALL_LATER: &str =
    "The connection is not touched by this. Once the cause is gone, run this in a terminal, as this account:";
/// Where this machine has no scheduler for the account.
pub const WATCH_INSTEAD: &str = "The connection is not touched by this. To publish every 3 hours without a scheduler, leave this running \
     in a terminal:";

/// "every hour", "every 3 hours".
pub fn every(every: Every) -> String {
    match every.hours() {
        1 => "every hour".to_owned(),
        hours => format!("every {hours} hours"),
    }
}

/// The box that asks for it.
pub fn keep(every: Every, account: Option<&str>) -> String {
    let often = self::every(every);
    match account {
        Some(account) => format!("Keep it up to date {often} on this machine, as {account}"),
        None => format!("Keep it up to date {often} on this machine"),
    }
}

/// What it makes here, and what happens when nobody is signed in.
pub fn made(seen: &ScheduleSeen) -> &'static str {
    match seen.system {
        System::Systemd => {
            "Makes a timer of this account's systemd. While nobody is signed in it runs where this machine allows lingering, which is \
             asked for, and where the keyring opens without a person."
        }
        System::TaskScheduler => {
            "Makes a task of Task Scheduler, which runs only while this account is signed in. For one that always runs, Windows must \
             keep the account's password: untick this, and run asw schedule install --stored-password in a terminal afterwards."
        }
        System::Launchd => "Makes an agent of launchd, which runs only while this account is signed in.",
    }
}

/// There is a schedule already.
pub fn stands(standing: &Standing) -> String {
    match standing.every {
        Some(often) => format!("Already set up: {}", every(often)),
        None => "Already set up".to_owned(),
    }
}

/// What that means for this connection.
pub const STANDS_NOTE: &str =
    "This account's schedule on this machine publishes every connection whose import is on, and so this one.";

/// Why none can be set up here.
pub fn obstacle(obstacle: &Obstacle) -> String {
    match obstacle {
        Obstacle::Lab => "Not possible on the lab, which ends when this window is closed.".to_owned(),
        Obstacle::Refused(failure) => not_possible(failure.problem()),
    }
}

/// The same, for any cause.
pub fn not_possible(problem: &Problem) -> String {
    match problem {
        Problem::NoScheduler { what } => format!(
            "Not possible here, since this machine has no scheduler that runs for this account: {what}. Leave {WATCH} running in a \
             terminal instead."
        ),
        Problem::ScheduleFailed { what } => format!("Not possible here: {what}."),
        other => super::problem::wording(other).sentence,
    }
}

/// It has just been set up.
pub fn installed(standing: &Standing) -> String {
    format!(
        "This machine publishes it {} from now on. The first run by its scheduler has published.",
        every(standing.every.unwrap_or_default())
    )
}

/// It was tried, and nothing of it is left.
pub fn failed(problem: &Problem) -> String {
    match problem {
        Problem::Cancelled { .. } => "The schedule was not set up, since it was stopped.".to_owned(),
        other => super::problem::wording(other).sentence,
    }
}

/// When it runs next, and what happens when nobody is signed in.
pub fn facts(standing: &Standing) -> Vec<(&'static str, String)> {
    let next = standing.next.map_or_else(
        || match standing.every {
            Some(often) => format!("within the time that it is set to, {}", every(often)),
            None => "this system does not say".to_owned(),
        },
        super::home::moment,
    );
    let signed_out = match standing.unattended {
        Some(true) => "it runs all the same, as long as the keyring opens without a person.",
        Some(false) => "it does not run: it runs only while this account is signed in, and catches up after that.",
        None => "this system does not say whether it runs.",
    };
    vec![(NEXT_RUN, next), (SIGNED_OUT, signed_out.to_owned())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_told_as_people_say_them() {
        for (text, said) in [("1h", "every hour"), ("3h", "every 3 hours"), ("24h", "every 24 hours")] {
            assert_eq!(every(text.parse().unwrap()), said);
        }
    }

    #[test]
    fn each_reason_is_a_sentence_that_does_not_speak_of_something_done() {
        let refused = |problem: Problem| obstacle(&Obstacle::Refused(problem.into()));
        let what = "no systemd user instance answers".to_owned();
        let none = refused(Problem::NoScheduler { what });
        assert!(
            none.contains("no systemd user instance answers. Leave asw sync --all --watch running"),
            "{none}"
        );
        let what = "the path has quotes".to_owned();
        assert_eq!(
            refused(Problem::ScheduleFailed { what }),
            "Not possible here: the path has quotes."
        );
        assert!(obstacle(&Obstacle::Lab).starts_with("Not possible on the lab"));
    }
}
