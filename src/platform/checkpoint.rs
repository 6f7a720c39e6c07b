//! Places in a job where a test may stop the program, to kill it right there and to see that the next run finishes.
//!
//! In builds with debug assertions a process whose environment has `ASW_PAUSE_AT` with the name of a checkpoint says so on stderr when it
//! arrives there, and goes no further. Other builds know nothing of it.

/// The environment variable that names a checkpoint.
pub const VARIABLE: &str = "ASW_PAUSE_AT";

/// All checkpoints, in the order in which each job passes them.
pub const ALL: &[&str] = &[
    "connect: begun",
    "connect: intent recorded",
    "connect: secret stored",
    "connect: pointer set",
    "connect: record written",
    "history: table made",
    "history: rule made",
    "history: role given",
    "history: function written",
    "history: rule deleted",
    "publish: reading done",
    "publish: pending recorded",
    "publish: part written",
    "publish: parts written",
    "publish: group written",
    "publish: old parts deleted",
    "publish: state stored",
    "rows: some taken",
    "rows: marker taken",
    "update-secret: verified",
    "update-secret: entry pending",
    "update-secret: secret stored",
    "update-secret: pointer switched",
    "update-secret: old secret deleted",
    "create-secret: intent recorded",
    "create-secret: key made",
    "create-secret: verified",
    "create-secret: pointer switched",
    "move: password pending",
    "move: password stored",
    "move: record written",
    "move: switched",
    "move: old password deleted",
    "remove: intent recorded",
    "remove: group deleted",
    "remove: groups deleted",
    "remove: record deleted",
    "remove: secrets deleted",
];

/// Passes the checkpoint `name`, which must be one of [`ALL`]; or prints `paused at <name>` and never comes back, where a
/// test asks for it.
pub fn checkpoint(name: &'static str) {
    debug_assert!(ALL.contains(&name), "\"{name}\" is not in the list of checkpoints");
    if cfg!(debug_assertions) && std::env::var_os(VARIABLE).is_some_and(|wanted| wanted == name) {
        eprintln!("paused at {name}");
        loop {
            // A parked thread may wake without a reason.
            std::thread::park();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn names_are_distinct() {
        assert_eq!(ALL.iter().collect::<BTreeSet<_>>().len(), ALL.len());
    }

    #[test]
    fn nobody_waits_unless_asked_to() {
        checkpoint("publish: group written");
    }

    #[test]
    #[should_panic(expected = "not in the list")]
    fn a_name_that_is_not_listed_is_a_mistake() {
        checkpoint("publish: elsewhere");
    }

    /// Not a test: the other process of the next one.
    #[test]
    #[ignore = "run by another test"]
    fn pass_two_checkpoints() {
        checkpoint("connect: intent recorded");
        checkpoint("connect: secret stored");
        eprintln!("passed both");
    }

    #[test]
    fn the_process_stops_at_the_one_asked_for() {
        let mut other = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture"])
            .arg("platform::checkpoint::tests::pass_two_checkpoints")
            .env(VARIABLE, "connect: secret stored")
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(other.stderr.take().unwrap()).lines();
        assert_eq!(lines.next().unwrap().unwrap(), "paused at connect: secret stored");
        assert!(other.try_wait().unwrap().is_none(), "still there, to be killed");
        other.kill().unwrap();
        assert!(!other.wait().unwrap().success());
        assert!(lines.next().is_none(), "nothing was done behind the checkpoint");
    }
}
