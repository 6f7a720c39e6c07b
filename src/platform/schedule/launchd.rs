//! macOS: an agent of launchd, which runs while the account is signed in.
//!
//! Not tried on macOS. launchd has no random delay: the minute comes from the schedule's name, so that machines differ. A run that
//! was missed in sleep is caught up; one that was missed while the machine was off is not.

use std::fmt::Write;
use std::path::PathBuf;

use etcetera::BaseStrategy;

use super::task_scheduler::escaped;
use super::{Every, Schedule, Standing, done, run, text, unavailable, unlink, write};
use crate::model::Result;

const LAUNCHCTL: &str = "launchctl";

/// The agent.
pub(super) fn agent(schedule: &Schedule) -> Result<String> {
    let mut words = String::new();
    for word in [text(&schedule.program)?].into_iter().chain(schedule.words()?) {
        let _ = writeln!(words, "    <string>{}</string>", escaped(word));
    }
    let name = schedule.name();
    let minute = name.bytes().fold(0_u32, |sum, byte| sum * 31 % 60 + u32::from(byte)) % 60;
    let mut times = String::new();
    for hour in schedule.every.hours_of_the_day() {
        let _ = writeln!(
            times,
            "    <dict><key>Hour</key><integer>{hour}</integer><key>Minute</key><integer>{minute}</integer></dict>"
        );
    }
    Ok(format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>{name}</string>
  <key>ProgramArguments</key>
  <array>
{words}  </array>
  <key>StartCalendarInterval</key>
  <array>
{times}  </array>
  <key>ProcessType</key>
  <string>Background</string>
</dict>
</plist>
"#
    ))
}

fn file(schedule: &Schedule) -> Result<PathBuf> {
    let base = etcetera::base_strategy::choose_base_strategy()
        .map_err(|_| unavailable("this account has no home folder".to_owned()))?;
    let folder = base.home_dir().join("Library/LaunchAgents");
    Ok(folder.join(format!("{}.plist", schedule.name())))
}

/// The account's own session: `gui/501`.
fn domain() -> Result<String> {
    let output = done("id", &["-u"])?;
    Ok(format!("gui/{}", String::from_utf8_lossy(&output.stdout).trim()))
}

/// Whether the account has a session that takes the agent.
pub(super) fn try_out(schedule: &Schedule) -> Result<()> {
    agent(schedule)?;
    file(schedule)?;
    done(LAUNCHCTL, &["print", &domain()?]).map(drop)
}

pub(super) fn place(schedule: &Schedule) -> Result<()> {
    let (agent, file, domain) = (agent(schedule)?, file(schedule)?, domain()?);
    // An earlier one goes first: launchd does not read a changed file by itself.
    let _ = run(LAUNCHCTL, &["bootout", &format!("{domain}/{}", schedule.name())])?;
    write(&file, agent.as_bytes())?;
    done(LAUNCHCTL, &["bootstrap", &domain, text(&file)?]).map(drop)
}

pub(super) fn fire(schedule: &Schedule) -> Result<()> {
    let target = format!("{}/{}", domain()?, schedule.name());
    done(LAUNCHCTL, &["kickstart", &target]).map(drop)
}

pub(super) fn remove(schedule: &Schedule) -> Result<bool> {
    let removed = unlink(&file(schedule)?)?;
    if removed {
        let _ = run(LAUNCHCTL, &["bootout", &format!("{}/{}", domain()?, schedule.name())]);
    }
    Ok(removed)
}

pub(super) fn standing(schedule: &Schedule) -> Result<Standing> {
    let written = std::fs::read_to_string(file(schedule)?).ok();
    let installed = written.is_some();
    Ok(Standing {
        installed,
        every: written.and_then(|agent| every_of(&agent)),
        next: None,
        unattended: installed.then_some(false),
    })
}

/// How often an agent of ours runs.
fn every_of(agent: &str) -> Option<Every> {
    Every::times_a_day(agent.matches("<key>Hour</key>").count()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{PATH, elements, schedule};
    use super::*;

    proptest! {
        #[test]
        fn every_path_comes_out_as_it_went_in(program in PATH, data in PATH) {
            let schedule = schedule(&program, &data);
            let found = elements(&agent(&schedule).unwrap());
            let words = found.iter().filter(|(path, _)| path == "plist/dict/array/string");
            let words: Vec<&str> = words.map(|(_, text)| text.as_str()).collect();
            prop_assert_eq!(words, [program.as_str(), "--data-dir", &data, "sync", "--all", "--scheduled"]);
            let label = found.iter().find(|(path, _)| path == "plist/dict/string");
            prop_assert_eq!(&label.unwrap().1, &schedule.name());
        }
    }

    #[test]
    fn it_runs_at_eight_times_a_day_at_one_minute() {
        let agent = agent(&schedule("/asw", "/data")).unwrap();
        assert_eq!(every_of(&agent), Some(Every::default()));
        let found = elements(&agent);
        let numbers = found.iter().filter(|(path, _)| path.ends_with("array/dict/integer"));
        let numbers: Vec<u32> = numbers.map(|(_, text)| text.parse().unwrap()).collect();
        let hours: Vec<u32> = numbers.iter().copied().step_by(2).collect();
        assert_eq!(hours, [0, 3, 6, 9, 12, 15, 18, 21]);
        assert!(numbers[1] < 60 && numbers.iter().skip(1).step_by(2).all(|minute| *minute == numbers[1]));
    }
}
