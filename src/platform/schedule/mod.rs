//! The machine's own scheduler, set to publish for this account: one schedule a data folder.
//!
//! | file | system |
//! | --- | --- |
//! | `systemd` | Linux: a user timer and its service |
//! | `task_scheduler` | Windows: a task |
//! | `launchd` | macOS: an agent |
//!
//! Tried here are the files that are written, and on Linux how they are put in place. Task Scheduler and launchd were not there to
//! be tried; what drives them is kept to a few calls of the system's own programs.
//!
//! Start at [`Scheduler`]; this machine's own is [`Here`].

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use sha2::{Digest, Sha256};

use crate::model::schedule::{Every, Standing, System};
use crate::model::{Failure, Problem, Result};

mod launchd;
mod systemd;
mod task_scheduler;

/// What is to run, and how often.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    /// The program, as an absolute path.
    pub program: PathBuf,
    /// The data folder, as an absolute path.
    pub data_dir: PathBuf,
    /// How often.
    pub every: Every,
    /// Windows: also while the account is not signed in, with its password stored by the system. Never without a password
    /// (S4U): such a run has neither the account's keyring nor Kerberos on the network.
    pub stored_password: bool,
}

/// Something that runs [`Schedule`]s. Everything here blocks.
pub trait Scheduler: Send + Sync {
    /// Which it is.
    fn system(&self) -> System;

    /// The account that it runs schedules as, where the system says.
    fn account(&self) -> Option<String>;

    /// Looks whether the schedule could be put in place; changes nothing.
    ///
    /// # Errors
    /// [`Problem::NoScheduler`] where the system has none for this account; [`Problem::ScheduleFailed`] where the schedule cannot be
    /// written down for it.
    fn try_out(&self, schedule: &Schedule) -> Result<()>;

    /// Puts the schedule in place; it runs nothing yet, where the system can hold it back.
    ///
    /// # Errors
    /// [`Problem::NoScheduler`] where the system has none for this account; [`Problem::ScheduleFailed`].
    fn place(&self, schedule: &Schedule) -> Result<()>;

    /// Has it run now, as it will run on its own. May come back before the run has ended.
    ///
    /// # Errors
    /// As [`Scheduler::place`].
    fn fire(&self, schedule: &Schedule) -> Result<()>;

    /// Lets it run on its own from now on.
    ///
    /// # Errors
    /// As [`Scheduler::place`].
    fn arm(&self, schedule: &Schedule) -> Result<()>;

    /// Takes it away; answers whether there was one.
    ///
    /// # Errors
    /// As [`Scheduler::place`].
    fn remove(&self, schedule: &Schedule) -> Result<bool>;

    /// What stands of it.
    ///
    /// # Errors
    /// As [`Scheduler::place`].
    fn standing(&self, schedule: &Schedule) -> Result<Standing>;
}

/// The scheduler of this machine.
#[derive(Debug, Clone, Copy)]
pub struct Here;

impl Here {
    const SYSTEM: System = if cfg!(windows) {
        System::TaskScheduler
    } else if cfg!(target_os = "macos") {
        System::Launchd
    } else {
        System::Systemd
    };
}

impl Scheduler for Here {
    fn system(&self) -> System {
        Self::SYSTEM
    }

    fn account(&self) -> Option<String> {
        match Self::SYSTEM {
            System::TaskScheduler => task_scheduler::account().ok(),
            System::Systemd | System::Launchd => {
                let output = done("id", &["-un"]).ok()?;
                let name = String::from_utf8_lossy(&output.stdout).trim().to_owned();
                (!name.is_empty()).then_some(name)
            }
        }
    }

    fn try_out(&self, schedule: &Schedule) -> Result<()> {
        match Self::SYSTEM {
            System::Systemd => systemd::try_out(schedule),
            System::TaskScheduler => task_scheduler::try_out(schedule),
            System::Launchd => launchd::try_out(schedule),
        }
    }

    fn place(&self, schedule: &Schedule) -> Result<()> {
        match Self::SYSTEM {
            System::Systemd => systemd::place(schedule),
            System::TaskScheduler => task_scheduler::place(schedule),
            System::Launchd => launchd::place(schedule),
        }
    }

    fn fire(&self, schedule: &Schedule) -> Result<()> {
        match Self::SYSTEM {
            System::Systemd => systemd::fire(schedule),
            System::TaskScheduler => task_scheduler::fire(schedule),
            System::Launchd => launchd::fire(schedule),
        }
    }

    fn arm(&self, schedule: &Schedule) -> Result<()> {
        match Self::SYSTEM {
            System::Systemd => systemd::arm(schedule),
            System::TaskScheduler | System::Launchd => Ok(()), // placing has done it
        }
    }

    fn remove(&self, schedule: &Schedule) -> Result<bool> {
        match Self::SYSTEM {
            System::Systemd => systemd::remove(schedule),
            System::TaskScheduler => task_scheduler::remove(schedule),
            System::Launchd => launchd::remove(schedule),
        }
    }

    fn standing(&self, schedule: &Schedule) -> Result<Standing> {
        match Self::SYSTEM {
            System::Systemd => systemd::standing(schedule),
            System::TaskScheduler => task_scheduler::standing(schedule),
            System::Launchd => launchd::standing(schedule),
        }
    }
}

impl Schedule {
    /// Its name: always the same for one data folder, another one for every other.
    pub fn name(&self) -> String {
        let digest = Sha256::digest(self.data_dir.as_os_str().as_encoded_bytes());
        let short: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        format!("azure-services-wizard-{short}")
    }

    /// The words after the program.
    fn words(&self) -> Result<[&str; 5]> {
        Ok(["--data-dir", text(&self.data_dir)?, "sync", "--all", "--scheduled"])
    }
}

/// A path as text. Every one of these systems keeps text without control characters.
fn text(path: &Path) -> Result<&str> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    text.ok_or_else(|| {
        let path = path.display();
        failed(format!(
            "the path \"{path}\" cannot be written down for the system's scheduler"
        ))
    })
}

fn failed(what: String) -> Failure {
    Problem::ScheduleFailed { what }.into()
}

fn unavailable(what: String) -> Failure {
    Problem::NoScheduler { what }.into()
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    let written = path.parent().map_or(Ok(()), std::fs::create_dir_all);
    let written = written.and_then(|()| std::fs::write(path, content));
    written.map_err(|cause| failed(format!("{} cannot be written ({cause})", path.display())))
}

/// Takes a file away; answers whether it was there.
fn unlink(path: &Path) -> Result<bool> {
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(false),
        Err(cause) => Err(failed(format!("{} cannot be deleted ({cause})", path.display()))),
    }
}

/// Runs a program of the system, whatever becomes of it.
fn run<S: AsRef<OsStr>>(program: &str, words: &[S]) -> Result<Output> {
    let ran = without_console(&mut Command::new(program)).args(words).output();
    ran.map_err(|cause| unavailable(format!("{program} cannot be run ({cause})")))
}

/// The window has no terminal: a program that it starts would open one.
#[cfg(windows)]
fn without_console(command: &mut Command) -> &mut Command {
    use std::os::windows::process::CommandExt;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    command.creation_flags(CREATE_NO_WINDOW)
}

#[cfg(not(windows))]
const fn without_console(command: &mut Command) -> &mut Command {
    command
}

/// Runs a program of the system that has to succeed.
fn done<S: AsRef<OsStr>>(program: &str, words: &[S]) -> Result<Output> {
    let output = run(program, words)?;
    if output.status.success() {
        return Ok(output);
    }
    Err(failed(format!("{program} says: {}", said(&output))))
}

/// What a program says when it fails, in one line.
fn said(output: &Output) -> String {
    let said = [&output.stderr, &output.stdout].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    let lines = said.iter().flat_map(|text| text.lines()).map(str::trim);
    let line = lines.into_iter().find(|line| !line.is_empty()).map(str::to_owned);
    line.unwrap_or_else(|| output.status.to_string())
}

#[cfg(test)]
mod testing {
    use super::*;

    pub(super) fn schedule(program: &str, data_dir: &str) -> Schedule {
        Schedule {
            program: program.into(),
            data_dir: data_dir.into(),
            every: "3h".parse().unwrap(),
            stored_password: false,
        }
    }

    /// Paths with everything in them that has a meaning to somebody.
    pub(super) const PATH: &str = r#"/[ a-z%$"'\\&<>;{}#!@~äß東=:-]{1,40}"#;

    /// An XML document as the text of its elements, in order: (path of names, text).
    pub(super) fn elements(xml: &str) -> Vec<(String, String)> {
        use quick_xml::events::Event;
        let mut reader = quick_xml::Reader::from_str(xml);
        let (mut path, mut found) = (Vec::<String>::new(), Vec::<(String, String)>::new());
        // Text belongs to the element that has just begun; what stands between elements is layout.
        let mut inside = false;
        loop {
            match reader.read_event().unwrap() {
                Event::Start(start) => {
                    path.push(String::from_utf8(start.name().as_ref().to_vec()).unwrap());
                    found.push((path.join("/"), String::new()));
                    inside = true;
                }
                Event::End(_) => {
                    path.pop();
                    inside = false;
                }
                Event::Text(text) => {
                    if let Some((_, content)) = found.last_mut().filter(|_| inside) {
                        content.push_str(&text.decode().unwrap());
                    }
                }
                Event::GeneralRef(reference) => {
                    let name = reference.decode().unwrap();
                    let (_, content) = found.last_mut().unwrap();
                    content.push_str(quick_xml::escape::resolve_xml_entity(&name).unwrap());
                }
                Event::Eof => return found,
                _ => {}
            }
        }
    }

    #[test]
    fn one_name_for_each_data_folder() {
        let name = |folder| schedule("/opt/asw", folder).name();
        assert_eq!(name("/data"), name("/data"));
        assert_ne!(name("/data"), name("/date"));
    }
}
