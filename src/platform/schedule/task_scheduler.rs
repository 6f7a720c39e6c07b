//! Windows: a task of Task Scheduler, made by `schtasks.exe` from XML.
//!
//! Not tried on Windows. The task runs with the account's own token: while it is signed in, or, with its password stored, always.
//! "Do not store password" (S4U) is never used: such a run cannot open the Credential Manager and has no Kerberos on the network.

use std::fmt::Write;

use super::{Every, Schedule, Standing, done, failed, run, text, unlink, write};
use crate::model::Result;

const SCHTASKS: &str = "schtasks.exe";

/// The task.
pub(super) fn task(schedule: &Schedule, account: &str) -> Result<String> {
    let program = text(&schedule.program)?;
    let words = schedule.words()?;
    // Task Scheduler replaces %NAME% in both, and has no way to write a percent sign.
    if [program, words[1]].iter().any(|path| path.contains('%')) {
        let what = "Task Scheduler cannot run programs or use folders with a percent sign in their path";
        return Err(failed(what.to_owned()));
    }
    let arguments: Vec<String> = words.into_iter().map(argument).collect();
    Ok(format!(
        r#"<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Publishes device collections to Log Analytics (Azure Services Wizard)</Description>
  </RegistrationInfo>
  <Triggers>
    <CalendarTrigger>
      <Repetition>
        <Interval>PT{hours}H</Interval>
        <Duration>P1D</Duration>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <StartBoundary>2026-01-01T00:00:00</StartBoundary>
      <Enabled>true</Enabled>
      <RandomDelay>PT10M</RandomDelay>
      <ScheduleByDay>
        <DaysInterval>1</DaysInterval>
      </ScheduleByDay>
    </CalendarTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <UserId>{account}</UserId>
      <LogonType>{logon}</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT12H</ExecutionTimeLimit>
    <Enabled>true</Enabled>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"#,
        hours = schedule.every.hours(),
        account = escaped(account),
        logon = if schedule.stored_password {
            "Password"
        } else {
            "InteractiveToken"
        },
        program = escaped(program),
        arguments = escaped(&arguments.join(" ")),
    ))
}

/// Text inside an element.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// One argument in quotes, as the C runtime takes command lines apart: backslashes count double before a quote.
fn argument(word: &str) -> String {
    let mut quoted = String::from("\"");
    let mut backslashes = 0;
    for each in word.chars() {
        match each {
            '\\' => backslashes += 1,
            '"' => {
                quoted.push_str(&"\\".repeat(backslashes + 1));
                backslashes = 0;
            }
            _ => backslashes = 0,
        }
        quoted.push(each);
    }
    let _ = write!(quoted, "{}\"", "\\".repeat(backslashes));
    quoted
}

/// schtasks.exe reads UTF-16 with a byte order mark.
fn utf16(text: &str) -> Vec<u8> {
    let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
    units.flat_map(u16::to_le_bytes).collect()
}

/// The account that runs this, as `DOMAIN\user`.
pub(super) fn account() -> Result<String> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let user = variable("USERNAME").ok_or_else(|| failed("Windows does not say whose session this is".to_owned()))?;
    Ok(variable("USERDOMAIN").map_or(user.clone(), |domain| format!("{domain}\\{user}")))
}

/// Whether the task can be written down, and Task Scheduler can be asked.
pub(super) fn try_out(schedule: &Schedule) -> Result<()> {
    task(schedule, &account()?)?;
    run(SCHTASKS, &["/?"]).map(drop)
}

pub(super) fn place(schedule: &Schedule) -> Result<()> {
    let (name, account) = (schedule.name(), account()?);
    let file = schedule.data_dir.join("schedule.xml");
    write(&file, &utf16(&task(schedule, &account)?))?;
    let path = text(&file)?;
    let create = ["/Create", "/TN", &name, "/XML", path, "/F"];
    let placed = if schedule.stored_password {
        // It asks for the password itself; a password is never an argument.
        let asked = [&create[..], &["/RU", &account, "/RP", "*"]].concat();
        let ended = std::process::Command::new(SCHTASKS).args(asked).status();
        match ended {
            Ok(status) if status.success() => Ok(()),
            Ok(status) => Err(failed(format!("{SCHTASKS} has ended with {status}"))),
            Err(cause) => Err(failed(format!("{SCHTASKS} cannot be run ({cause})"))),
        }
    } else {
        done(SCHTASKS, &create).map(drop)
    };
    unlink(&file)?;
    placed
}

pub(super) fn fire(schedule: &Schedule) -> Result<()> {
    done(SCHTASKS, &["/Run", "/TN", &schedule.name()]).map(drop)
}

pub(super) fn remove(schedule: &Schedule) -> Result<bool> {
    if !standing(schedule)?.installed {
        return Ok(false);
    }
    done(SCHTASKS, &["/Delete", "/TN", &schedule.name(), "/F"]).map(|_| true)
}

/// When it runs next, schtasks.exe says in the system's language only.
pub(super) fn standing(schedule: &Schedule) -> Result<Standing> {
    let asked = run(SCHTASKS, &["/Query", "/TN", &schedule.name(), "/XML"])?;
    let installed = asked.status.success();
    let xml = String::from_utf8_lossy(&asked.stdout);
    Ok(Standing {
        installed,
        every: every_of(&xml).filter(|_| installed),
        next: None,
        unattended: installed.then(|| xml.contains("<LogonType>Password</LogonType>")),
    })
}

/// How often a task of ours runs.
fn every_of(xml: &str) -> Option<Every> {
    let (_, rest) = xml.split_once("<Interval>PT")?;
    let (hours, _) = rest.split_once("H</Interval>")?;
    format!("{hours}h").parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::{PATH, elements, schedule};
    use super::*;

    fn of<'a>(found: &'a [(String, String)], path: &str) -> &'a str {
        let found = found.iter().find(|(each, _)| each.ends_with(path));
        found.map_or_else(|| panic!("no {path}"), |(_, text)| text)
    }

    /// The arguments, as the C runtime takes a command line apart; written from Microsoft's rules for argc and argv.
    fn read(line: &str) -> Vec<String> {
        let (mut words, mut word, mut inside) = (Vec::new(), String::new(), false);
        let mut rest = line.chars().peekable();
        while let Some(each) = rest.next() {
            match each {
                '\\' => {
                    let mut count = 1;
                    while rest.next_if_eq(&'\\').is_some() {
                        count += 1;
                    }
                    if rest.peek() == Some(&'"') {
                        word.push_str(&"\\".repeat(count / 2));
                        if count % 2 == 1 {
                            word.push('"');
                            rest.next();
                        }
                    } else {
                        word.push_str(&"\\".repeat(count));
                    }
                }
                '"' => inside = !inside,
                ' ' if !inside => words.push(std::mem::take(&mut word)),
                other => word.push(other),
            }
        }
        assert!(!inside);
        words.push(word);
        words
    }

    proptest! {
        #[test]
        fn every_path_comes_out_as_it_went_in(program in PATH, data in PATH) {
            let made = task(&schedule(&program, &data), "CORP\\svc <&>");
            if format!("{program}{data}").contains('%') {
                prop_assert_eq!(made.unwrap_err().problem().code(), "schedule_failed");
            } else {
                let found = elements(&made.unwrap());
                prop_assert_eq!(of(&found, "Exec/Command"), program);
                let words = read(of(&found, "Exec/Arguments"));
                prop_assert_eq!(words, ["--data-dir", &data, "sync", "--all", "--scheduled"]);
                prop_assert_eq!(of(&found, "Principal/UserId"), "CORP\\svc <&>");
            }
        }
    }

    #[test]
    fn it_runs_with_the_accounts_own_sign_in_and_catches_up() {
        let mut schedule = schedule(r"C:\asw.exe", r"C:\data\");
        for (stored_password, logon) in [(false, "InteractiveToken"), (true, "Password")] {
            schedule.stored_password = stored_password;
            let task = task(&schedule, "CORP\\svc").unwrap();
            assert_eq!(every_of(&task), Some(Every::default()));
            let found = elements(&task);
            assert_eq!(of(&found, "Principal/LogonType"), logon);
            assert_eq!(of(&found, "Settings/StartWhenAvailable"), "true");
            assert_eq!(of(&found, "Settings/MultipleInstancesPolicy"), "IgnoreNew");
            assert_eq!(of(&found, "Repetition/Interval"), "PT3H");
            assert_eq!(of(&found, "CalendarTrigger/RandomDelay"), "PT10M");
        }
    }

    #[test]
    fn the_file_is_utf_16_with_its_mark() {
        assert_eq!(utf16("aß"), [0xFF, 0xFE, b'a', 0, 0xDF, 0]);
    }
}
