//! Linux: a timer and a service of the account's own systemd instance.
//!
//! The service runs beside the account's session bus, so it has its keyring; with lingering the instance runs from the start of
//! the machine on, signed in or not.

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use etcetera::BaseStrategy;

use super::{Every, Schedule, Standing, done, failed, run, said, text, unavailable, unlink, write};
use crate::model::Result;

const SYSTEMCTL: &str = "systemctl";
const LOGINCTL: &str = "loginctl";

/// The service: one publication.
pub(super) fn service(schedule: &Schedule) -> Result<String> {
    let program = text(&schedule.program)?;
    if program.contains(['"', '\'', '\\']) {
        let what = format!("systemd runs no program whose path has quotes or backslashes in it, as {program} has");
        return Err(failed(what));
    }
    // The path of the program is taken as it is, but for specifiers; in the words after it `$` begins a variable.
    let mut command = quoted(program);
    for word in schedule.words()? {
        command.push(' ');
        command.push_str(&quoted(word).replace('$', "$$"));
    }
    Ok(format!(
        "[Unit]\n\
         Description=Publish device collections to Log Analytics (Azure Services Wizard)\n\
         \n\
         [Service]\n\
         Type=oneshot\n\
         ExecStart={command}\n"
    ))
}

/// The timer. A run that was missed while the machine was off is caught up.
pub(super) fn timer(schedule: &Schedule) -> String {
    // Each hour by name: 00/24 is no hour to systemd.
    let hours: Vec<String> = schedule
        .every
        .hours_of_the_day()
        .map(|hour| format!("{hour:02}"))
        .collect();
    format!(
        "[Unit]\n\
         Description=Publish device collections every {every} (Azure Services Wizard)\n\
         \n\
         [Timer]\n\
         OnCalendar=*-*-* {hours}:00:00\n\
         RandomizedDelaySec=10min\n\
         Persistent=true\n\
         \n\
         [Install]\n\
         WantedBy=timers.target\n",
        every = schedule.every,
        hours = hours.join(","),
    )
}

/// One word of a command line: in quotes, where only these three mean something to systemd.
fn quoted(word: &str) -> String {
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%");
    format!("\"{escaped}\"")
}

struct Files {
    service: PathBuf,
    timer: PathBuf,
}

fn files(schedule: &Schedule) -> Result<Files> {
    let base = etcetera::base_strategy::choose_base_strategy()
        .map_err(|_| unavailable("this account has no home folder".to_owned()))?;
    let folder = base.config_dir().join("systemd/user");
    let name = schedule.name();
    Ok(Files {
        service: folder.join(format!("{name}.service")),
        timer: folder.join(format!("{name}.timer")),
    })
}

fn systemctl(words: &[&str]) -> Result<()> {
    done(SYSTEMCTL, &[&["--user"], words].concat()).map(drop)
}

/// Whether an instance answers that takes the service.
pub(super) fn try_out(schedule: &Schedule) -> Result<()> {
    service(schedule)?;
    files(schedule)?;
    let asked = run(SYSTEMCTL, &["--user", "list-timers", "--no-legend"])?;
    if !asked.status.success() {
        return Err(unavailable(format!(
            "no systemd user instance answers ({})",
            said(&asked)
        )));
    }
    Ok(())
}

pub(super) fn place(schedule: &Schedule) -> Result<()> {
    let (service, timer) = (service(schedule)?, timer(schedule));
    try_out(schedule)?;
    let files = files(schedule)?;
    write(&files.service, service.as_bytes())?;
    write(&files.timer, timer.as_bytes())?;
    systemctl(&["daemon-reload"])
}

/// Waits for the end of the run. How it ended is told by the run itself.
pub(super) fn fire(schedule: &Schedule) -> Result<()> {
    run(SYSTEMCTL, &["--user", "start", "--wait", &service_name(schedule)]).map(drop)
}

fn service_name(schedule: &Schedule) -> String {
    format!("{}.service", schedule.name())
}

pub(super) fn arm(schedule: &Schedule) -> Result<()> {
    systemctl(&["enable", "--now", &format!("{}.timer", schedule.name())])?;
    // Where it is not allowed, the standing says so.
    let _ = run(LOGINCTL, &["enable-linger"]);
    Ok(())
}

pub(super) fn remove(schedule: &Schedule) -> Result<bool> {
    let files = files(schedule)?;
    if !files.timer.exists() && !files.service.exists() {
        return Ok(false);
    }
    // Without an instance there is nothing to stop; the files go all the same.
    let timer = format!("{}.timer", schedule.name());
    let _ = run(SYSTEMCTL, &["--user", "disable", "--now", &timer]);
    let removed = [unlink(&files.timer)?, unlink(&files.service)?];
    let _ = run(SYSTEMCTL, &["--user", "daemon-reload"]);
    // A run that has failed is remembered even when its unit is gone.
    let _ = run(SYSTEMCTL, &["--user", "reset-failed", &service_name(schedule)]);
    Ok(removed.contains(&true))
}

pub(super) fn standing(schedule: &Schedule) -> Result<Standing> {
    let written = std::fs::read_to_string(files(schedule)?.timer).ok();
    let installed = written.is_some();
    let timer = format!("{}.timer", schedule.name());
    let linger = installed.then(|| asked(LOGINCTL, &["show-user", "--value", "--property", "Linger"]));
    let next = installed.then(|| asked(SYSTEMCTL, &["--user", "list-timers", "--output", "json", &timer]));
    Ok(Standing {
        installed,
        every: written.and_then(|timer| every_of(&timer)),
        next: next.flatten().and_then(|timers| next_of(&timers)),
        unattended: linger.flatten().map(|linger| linger == "yes"),
    })
}

fn asked(program: &str, words: &[&str]) -> Option<String> {
    let output = done(program, words).ok()?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// How often a timer of ours elapses.
fn every_of(timer: &str) -> Option<Every> {
    let times = timer.lines().find_map(|line| line.strip_prefix("OnCalendar=*-*-* "))?;
    let (hours, _) = times.split_once(':')?;
    Every::times_a_day(hours.split(',').count()).ok()
}

/// When the one timer of a list elapses: `[{"next":1795716208814737,…}]`, in microseconds. Older versions know no such list.
fn next_of(timers: &str) -> Option<DateTime<Utc>> {
    let timers: serde_json::Value = serde_json::from_str(timers).ok()?;
    DateTime::from_timestamp_micros(timers.get(0)?.get("next")?.as_i64()?)
}

#[cfg(test)]
mod tests {
    use std::io::ErrorKind;

    use proptest::prelude::*;

    use super::super::testing::{PATH, schedule};
    use super::*;

    /// The words of a command line, as systemd.service(5) and systemd.syntax(7) say that they are read; written from those pages.
    fn read(line: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut rest = line.chars().peekable();
        while rest.next_if_eq(&'"').is_some() {
            let mut word = String::new();
            loop {
                match rest.next().unwrap() {
                    '"' => break,
                    '\\' => word.push(rest.next().unwrap()),
                    '%' => {
                        assert_eq!(rest.next(), Some('%'), "a specifier");
                        word.push('%');
                    }
                    '$' if !words.is_empty() => {
                        assert_eq!(rest.next(), Some('$'), "a variable");
                        word.push('$');
                    }
                    other => word.push(other),
                }
            }
            words.push(word);
            let space = rest.next();
            assert!(space.is_none() || space == Some(' '), "after a quoted word: {space:?}");
        }
        assert!(rest.next().is_none());
        words
    }

    proptest! {
        #[test]
        fn every_path_comes_out_as_it_went_in(program in PATH, data in PATH) {
            let service = service(&schedule(&program, &data));
            if program.contains(['"', '\'', '\\']) {
                prop_assert_eq!(service.unwrap_err().problem().code(), "schedule_failed");
                return Ok(());
            }
            let service = service.unwrap();
            let line = service.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
            prop_assert_eq!(read(line), [program.as_str(), "--data-dir", &data, "sync", "--all", "--scheduled"]);
        }
    }

    #[test]
    fn what_would_break_the_line_is_refused() {
        for path in ["/a\nb", "/a\u{7}"] {
            let failure = service(&schedule("/opt/asw", path)).unwrap_err();
            assert_eq!(failure.problem().code(), "schedule_failed");
        }
    }

    #[test]
    fn a_missed_run_is_caught_up_and_machines_do_not_run_all_at_once() {
        let timer = timer(&schedule("/opt/asw", "/data"));
        for line in [
            "OnCalendar=*-*-* 00,03,06,09,12,15,18,21:00:00",
            "Persistent=true",
            "RandomizedDelaySec=10min",
        ] {
            assert!(timer.lines().any(|each| each == line), "{line}\n{timer}");
        }
    }

    #[test]
    fn how_often_it_runs_is_read_from_the_timer() {
        for every in ["1h", "3h", "24h"] {
            let every = every.parse().unwrap();
            let schedule = Schedule {
                every,
                ..schedule("/opt/asw", "/data")
            };
            assert_eq!(every_of(&timer(&schedule)), Some(every));
        }
        assert_eq!(every_of("[Timer]\nOnCalendar=weekly\n"), None);
    }

    /// As systemd 252 has printed it.
    #[test]
    fn the_next_run_is_read() {
        let printed = r#"[{"next":1795716208814737,"left":1795716208814737,"last":0,"passed":0,"unit":"x.timer","activates":"x.service"}]"#;
        assert_eq!(next_of(printed).unwrap().timestamp(), 1_795_716_208);
        for none in ["", "[]", "[{}]", "0 timers listed."] {
            assert_eq!(next_of(none), None);
        }
    }

    /// systemd's own opinion of both files, for paths with everything in them.
    #[test]
    #[cfg(target_os = "linux")]
    fn systemd_takes_the_files() {
        use std::os::unix::fs::PermissionsExt;
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("a b%h $HOME ;ä");
        let data = outer.path().join(r#"a b%h $HOME ${HOME} "q" \ 'x' ;"#);
        std::fs::create_dir(&folder).unwrap();
        let program = folder.join("asw");
        std::fs::write(&program, "#!/bin/sh\n").unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let schedule = schedule(program.to_str().unwrap(), data.to_str().unwrap());
        let (one, two) = (
            outer.path().join("asw-test.service"),
            outer.path().join("asw-test.timer"),
        );
        std::fs::write(&one, service(&schedule).unwrap()).unwrap();
        std::fs::write(&two, timer(&schedule)).unwrap();
        let verify = || {
            std::process::Command::new("systemd-analyze")
                .env("XDG_RUNTIME_DIR", outer.path())
                .args(["--user", "verify"])
                .args([&one, &two])
                .output()
        };
        let output = match verify() {
            Err(cause) if cause.kind() == ErrorKind::NotFound => {
                eprintln!("NOT RUN: systemd-analyze is not on this machine");
                return;
            }
            output => output.unwrap(),
        };
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !said.contains("asw-test"), "{said}");
        for every in ["1h", "2h", "4h", "6h", "8h", "12h", "24h"] {
            let every = every.parse().unwrap();
            let other = Schedule {
                every,
                ..schedule.clone()
            };
            std::fs::write(&two, timer(&other)).unwrap();
            let said = verify().unwrap().stderr;
            assert!(!String::from_utf8_lossy(&said).contains("asw-test"), "{every}");
        }
        // The same with a mistake in it is not taken: it does look.
        std::fs::write(&two, timer(&schedule).replace("00,03", "00,x")).unwrap();
        assert!(String::from_utf8_lossy(&verify().unwrap().stderr).contains("asw-test.timer"));
    }
}
