//! The command-line front `asw`: parse, let the jobs run, print. No HTTP, no SQL, no keyring calls of its own.
//!
//! | file | what |
//! | --- | --- |
//! | [`args`] | the command line |
//! | [`aligned`] | a table for a terminal |
//! | [`host`] | what surrounds a command: streams, vault, stop signal; tests bring their own |
//! | [`answer`] | what a command answers, for people and as JSON; exit codes |
//! | [`session`] | data folder, store, vault and progress of one command |
//! | [`secrets_input`] | secrets from a prompt or from one line of JSON |
//! | [`progress`] | how far a job is, on standard error |
//! | [`commands`] | one file a command |
//!
//! Start at [`run`].

pub mod aligned;
pub mod answer;
pub mod args;
pub mod commands;
pub mod host;
pub mod progress;
pub mod secrets_input;
pub mod session;

use std::ffi::OsString;
use std::process::ExitCode;
use std::thread::JoinHandle;

use clap::Parser;

use answer::{Answer, Exit};
use args::Args;
use host::Host;

use crate::platform::JOB_STACK;

/// The program `asw`: runs the command line of this process.
pub fn main() -> ExitCode {
    let begun = std::thread::Builder::new().stack_size(JOB_STACK).spawn(on_a_runtime);
    match begun.map(JoinHandle::join) {
        Ok(Ok(code)) => code,
        Ok(Err(_)) => ExitCode::from(Exit::Failed as u8), // the panic has been told already
        Err(cause) => not_started(&cause),
    }
}

fn not_started(cause: &std::io::Error) -> ExitCode {
    eprintln!("asw cannot start its threads: {cause}");
    ExitCode::from(Exit::Failed as u8)
}

/// One conversation runs on one thread: nothing is handed from thread to thread, which costs more than it gains where rows come by
/// the million. The lab is a server beside the one who asks, and takes more.
fn runtime() -> tokio::runtime::Builder {
    if std::env::args_os().any(|word| word == "lab" || word == "demo") {
        tokio::runtime::Builder::new_multi_thread()
    } else {
        tokio::runtime::Builder::new_current_thread()
    }
}

fn on_a_runtime() -> ExitCode {
    let runtime = match runtime().thread_stack_size(JOB_STACK).enable_all().build() {
        Ok(runtime) => runtime,
        Err(cause) => return not_started(&cause),
    };
    let host = Host::of_this_process();
    let code = runtime.block_on(async {
        host.stop_on_signal();
        run(std::env::args_os(), &host).await
    });
    // A read of standard input that nobody waits for any more must not hold the program back.
    runtime.shutdown_background();
    ExitCode::from(code as u8)
}

/// Runs one command line. Everything it says goes to the host's streams.
pub async fn run(command_line: impl IntoIterator<Item = OsString>, host: &Host) -> Exit {
    let command_line: Vec<OsString> = command_line.into_iter().collect();
    let wants_json = command_line.iter().any(|word| word == "--json");
    let args = match Args::try_parse_from(&command_line) {
        Ok(args) => args,
        Err(refused) => return usage(&refused, wants_json, host),
    };
    let json = args.json;
    let answer = commands::dispatch(args, host).await.unwrap_or_else(Answer::from);
    host.print(&answer, json);
    if host.lost_output() {
        host.err("The answer could not be written to standard output, as on a full disk.\n");
        return Exit::Failed;
    }
    answer.exit
}

/// Help and version are answers; everything else is wrong usage.
fn usage(refused: &clap::Error, json: bool, host: &Host) -> Exit {
    if !refused.use_stderr() {
        host.out(&refused.to_string());
        return Exit::Done;
    }
    if json {
        let said = refused.to_string();
        let lines = said
            .lines()
            .map(str::trim)
            .take_while(|line| !line.starts_with("Usage:"));
        let what = lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
        let what = what.trim_start_matches("error: ").trim_end_matches('.').to_owned();
        let answer = Answer::from(crate::model::Failure::from(crate::model::Problem::Usage { what }));
        host.print(&answer, true);
    } else {
        host.err(&refused.to_string());
    }
    Exit::Usage
}
