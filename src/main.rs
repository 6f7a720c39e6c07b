//! `azure-services-wizard`: the window. Parses the command line, puts the program together, and opens it.

#![cfg_attr(windows, windows_subsystem = "windows")]

#[cfg(feature = "lab")]
mod on_lab;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use azure_services_wizard::backend::{Backend, Surroundings};
use azure_services_wizard::cli::answer::Exit;
use azure_services_wizard::connect::environment_file;
use azure_services_wizard::model::{ConnectionName, Environment, Failure, Result, environment};
use azure_services_wizard::platform::single_instance::{self, Call, Start};
use azure_services_wizard::platform::{DataDir, browser, log, system};
use azure_services_wizard::schedule::Machine;
use azure_services_wizard::text::{self, Wording};
use azure_services_wizard::ui::window::{self, Obstacle, Opening};
use azure_services_wizard::ui::{LabSheet, Parts};
use clap::Parser;

/// Publishes Configuration Manager device collections to Log Analytics as computer groups, in a window.
#[derive(Debug, Parser)]
#[command(name = "azure-services-wizard", version)]
struct Args {
    /// The folder with connections and log [default: ASW_DATA_DIR, else the platform's own]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// A custom cloud to offer beside the built-in ones; may be given several times
    #[arg(long, value_name = "FILE")]
    environment: Vec<PathBuf>,
    /// Open "Update secret key" for this connection
    #[arg(long, value_name = "NAME")]
    update_secret: Option<ConnectionName>,
    /// Light or dark, whatever the system says
    #[arg(long, value_enum, default_value_t)]
    theme: Theme,
    #[cfg(feature = "lab")]
    #[command(flatten)]
    lab: on_lab::LabArgs,
}

/// Which colours.
#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum Theme {
    /// As the system says; light where it does not say.
    #[default]
    System,
    Light,
    Dark,
}

impl From<Theme> for egui::ThemePreference {
    fn from(theme: Theme) -> Self {
        match theme {
            Theme::System => Self::System,
            Theme::Light => Self::Light,
            Theme::Dark => Self::Dark,
        }
    }
}

/// Why the program ends without having shown its window.
enum Stop {
    /// Something of ours failed.
    Failed(Box<Failure>),
    /// There is no window.
    NoWindow(Obstacle),
    /// Something else, already in words.
    Said(Wording),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

impl From<Obstacle> for Stop {
    fn from(obstacle: Obstacle) -> Self {
        Self::NoWindow(obstacle)
    }
}

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(refused) => return usage(&refused),
    };
    let stop = match begin(args) {
        Ok(()) => return ExitCode::SUCCESS,
        Err(stop) => stop,
    };
    let (words, code) = match stop {
        Stop::Failed(failure) => (
            text::problem::wording(failure.problem()),
            Exit::from(failure.problem().class()),
        ),
        Stop::NoWindow(obstacle) => (obstacle.wording(), Exit::Failed),
        Stop::Said(words) => (words, Exit::Failed),
    };
    complain(&text::launch::said(&words));
    ExitCode::from(code as u8)
}

fn begin(args: Args) -> std::result::Result<(), Stop> {
    window::look_for_display()?;
    #[cfg(feature = "lab")]
    if args.lab.lab {
        return on_lab::run(args);
    }
    on_this_machine(args)
}

/// The real thing: this account's data folder and keyring.
fn on_this_machine(args: Args) -> std::result::Result<(), Stop> {
    let environments = environments(&args.environment)?;
    let data_dir = DataDir::resolve(args.data_dir.as_deref())?.path().to_owned();
    let surroundings = Surroundings {
        data_dir,
        vault: None,
        open_browser: browser::open,
        open_file: system::open_file,
        machine: Some(Machine::beside_window()),
    };
    open(surroundings, environments, None, &args)
}

/// Opens the window of a data folder that stays; or raises the one that it has.
fn open(
    surroundings: Surroundings,
    environments: Vec<Environment>,
    lab: Option<LabSheet>,
    args: &Args,
) -> std::result::Result<(), Stop> {
    let data_dir = surroundings.data_dir.clone();
    let call = Call {
        update_secret: args.update_secret.clone(),
    };
    let first = match single_instance::start(&data_dir, &call)? {
        Start::First(first) => first,
        Start::Heard if args.environment.is_empty() => {
            println!("{}", text::launch::RAISED);
            return Ok(());
        }
        Start::Heard => return Err(Stop::Said(text::launch::environments_not_taken())),
        Start::Unheard => return Err(Stop::Said(text::launch::unheard())),
    };
    let _log = log::init(&data_dir.join("logs"), tracing::Level::INFO)?;
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "the window begins");
    let opening = Opening {
        parts: parts(surroundings, environments, lab, call.update_secret, args.theme)?,
        remembered_in: Some(data_dir),
        first: Some(first),
    };
    window::open(opening)?;
    tracing::info!("the window ends");
    Ok(())
}

fn parts(
    surroundings: Surroundings,
    environments: Vec<Environment>,
    lab: Option<LabSheet>,
    update_secret: Option<ConnectionName>,
    theme: Theme,
) -> Result<Parts> {
    Ok(Parts {
        theme: theme.into(),
        backend: Backend::start(surroundings)?,
        environments,
        lab,
        update_secret,
        clock: Arc::new(chrono::Utc::now),
    })
}

/// The built-in clouds, and behind them those from files.
fn environments(files: &[PathBuf]) -> Result<Vec<Environment>> {
    let built_in = environment::BUILT_IN
        .iter()
        .filter_map(|name| Environment::built_in(name));
    let mut environments: Vec<Environment> = built_in.collect();
    for file in files {
        let custom = environment_file::resolve(&file.to_string_lossy(), Path::new("."))?;
        if !environments.contains(&custom) {
            environments.push(custom);
        }
    }
    Ok(environments)
}

/// Help and version are answers; everything else is wrong usage.
fn usage(refused: &clap::Error) -> ExitCode {
    if refused.use_stderr() {
        complain(&refused.to_string());
        ExitCode::from(Exit::Usage as u8)
    } else {
        tell(&refused.to_string());
        ExitCode::SUCCESS
    }
}

/// On Windows a program with a window has no terminal.
#[cfg(windows)]
fn show(words: &str, level: rfd::MessageLevel) {
    rfd::MessageDialog::new()
        .set_title(text::window::TITLE)
        .set_description(words.trim_end())
        .set_level(level)
        .show();
}

#[cfg(windows)]
fn complain(words: &str) {
    show(words, rfd::MessageLevel::Error);
}

#[cfg(windows)]
fn tell(words: &str) {
    show(words, rfd::MessageLevel::Info);
}

#[cfg(not(windows))]
fn complain(words: &str) {
    eprintln!("{}", words.trim_end());
}

#[cfg(not(windows))]
fn tell(words: &str) {
    println!("{}", words.trim_end());
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_makes_sense() {
        Args::command().debug_assert();
        let args = Args::try_parse_from([
            "x",
            "--update-secret",
            " Contoso ",
            "--environment",
            "a",
            "--environment",
            "b",
        ]);
        let args = args.unwrap();
        assert_eq!(args.update_secret.unwrap().as_str(), "Contoso");
        assert_eq!(args.environment.len(), 2);
        assert!(Args::try_parse_from(["x", "--update-secret", ""]).is_err());
    }

    #[test]
    fn custom_clouds_stand_behind_the_built_in_ones() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("private.toml");
        let custom = Environment {
            name: "Contoso private cloud".to_owned(),
            ..Environment::built_in("AzurePublicCloud").unwrap()
        };
        std::fs::write(&file, toml::to_string(&custom).unwrap()).unwrap();
        let offered = environments(&[file.clone(), file, "AzureCloud".into()]).unwrap();
        let names: Vec<&str> = offered.iter().map(|each| each.name.as_str()).collect();
        let built_in = ["AzurePublicCloud", "AzureUSGovernmentCloud", "AzureChinaCloud"];
        assert_eq!(names, [&built_in[..], &["Contoso private cloud"]].concat());
        let failure = environments(&[dir.path().join("none.toml")]).unwrap_err();
        assert_eq!(failure.problem().code(), "environment_unknown");
    }
}
