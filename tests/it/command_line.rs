//! `docs/cli.md` against the command line itself: every command and option, every field of an answer, every action of the window.

use std::collections::BTreeSet;
use std::path::Path;

use azure_services_wizard::cli::args::Args;
use azure_services_wizard::ui::home;
use clap::{Arg, Command, CommandFactory};
use serde_json::Value;

use crate::harness::{Bench, small};
use crate::history::{ON, connect};

fn page() -> String {
    std::fs::read_to_string(path()).unwrap()
}

fn path() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli.md")
}

/// What stands between a title and the next one.
fn section(title: &str) -> String {
    let page = page();
    let (_, from) = page.split_once(&format!("\n## {title}\n")).expect("no such title");
    from.split("\n## ").next().unwrap().to_owned()
}

fn root() -> Command {
    let mut root = Args::command();
    root.build(); // so that names of values are filled in
    root
}

/// Commands with those below them, by all their words.
fn commands() -> Vec<(String, Command)> {
    fn below(words: &str, command: &Command, all: &mut Vec<(String, Command)>) {
        for each in command.get_subcommands().filter(|each| each.get_name() != "help") {
            let words = format!("{words} {}", each.get_name());
            all.push((words.clone(), each.clone()));
            below(&words, each, all);
        }
    }
    let mut all = Vec::new();
    below("asw", &root(), &mut all);
    all
}

fn is_shown(arg: &Arg) -> bool {
    !arg.is_hide_set() && !matches!(arg.get_id().as_str(), "help" | "version")
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// How an option or a value is typed.
fn typed(arg: &Arg) -> String {
    let takes_value = arg.get_action().takes_values();
    let names: Vec<String> = arg
        .get_value_names()
        .unwrap_or_default()
        .iter()
        .map(ToString::to_string)
        .collect();
    let value = names.join(" ");
    match arg.get_long() {
        Some(long) if takes_value => format!("--{long} {value}"),
        Some(long) => format!("--{long}"),
        None => value,
    }
}

fn row(arg: &Arg) -> String {
    let mut says = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let takes_value = arg.get_action().takes_values();
    let values: Vec<String> = arg
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    if takes_value && !values.is_empty() {
        says.push_str(&format!(": {}", values.join(", ")));
    }
    let defaults: Vec<String> = arg
        .get_default_values()
        .iter()
        .map(|each| each.to_string_lossy().into_owned())
        .collect();
    if takes_value && !defaults.is_empty() {
        says.push_str(&format!(" [default: {}]", defaults.join(" ")));
    }
    let required = if arg.is_required_set() { " (required)" } else { "" };
    format!("| `{}` | {}{required} |\n", cell(&typed(arg)), cell(&says))
}

fn table<'a>(args: impl Iterator<Item = &'a Arg>) -> String {
    let rows: String = args.filter(|arg| is_shown(arg)).map(row).collect();
    if rows.is_empty() {
        return rows;
    }
    format!("\n| | |\n| --- | --- |\n{rows}")
}

fn printed() -> String {
    let root = root();
    let mut text = format!("### Options of every command\n{}", table(root.get_arguments()));
    for (words, command) in commands() {
        let about = command.get_about().map(ToString::to_string).unwrap_or_default();
        let own = command.get_arguments().filter(|arg| !arg.is_global_set());
        text.push_str(&format!("\n### `{words}`\n\n{about}.\n{}", table(own)));
    }
    text
}

const END: &str = "<!-- /commands -->";

#[test]
fn the_documentation_has_every_command_and_option() {
    let page = page();
    let start = page.find("<!-- commands:").expect("the mark is gone");
    let start = start + page[start..].find('\n').unwrap() + 1;
    let end = page.find(END).expect("the mark is gone");
    let wanted = format!("{}\n{}{}", page[..start].trim_end(), printed(), &page[end..]);
    if std::env::var_os("ASW_WRITE_DOCS").is_some() {
        std::fs::write(path(), &wanted).unwrap();
    }
    let written = std::fs::read_to_string(path()).unwrap();
    assert!(
        written == wanted,
        "docs/cli.md is not what the command line says; run this test with ASW_WRITE_DOCS=1"
    );
}

/// The first words of a command: what is below it shares its line.
fn first_commands() -> Vec<String> {
    let all = commands().into_iter().map(|(words, _)| words);
    all.filter(|words| words.split(' ').count() == 2).collect()
}

#[test]
fn the_documentation_names_every_action_of_the_window() {
    let section = section("Window and command line");
    let rows: Vec<&str> = section.lines().filter(|line| line.starts_with("| ")).collect();
    for action in home::actions() {
        let cell = format!("*{action}*");
        assert!(
            rows.iter().any(|row| row.split(" | ").next().unwrap().contains(&cell)),
            "docs/cli.md, \"Window and command line\", has no row for {cell}: which command of asw does that, or why none?"
        );
    }
    for command in first_commands() {
        assert!(section.contains(&format!("`{command}")), "it does not name {command}");
    }
    // Every option that is named there exists.
    let known: BTreeSet<String> = commands()
        .iter()
        .flat_map(|(_, command)| {
            command
                .get_arguments()
                .filter_map(Arg::get_long)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .chain(["lab".to_owned()])
        .collect();
    for word in section.split(|c: char| !(c.is_ascii_lowercase() || c == '-')) {
        if let Some(option) = word
            .strip_prefix("--")
            .filter(|option| !option.is_empty() && !option.starts_with('-'))
        {
            assert!(known.contains(option), "there is no --{option}");
        }
    }
}

/// The fields that the documentation gives a command: those in backticks.
fn documented(command: &str) -> BTreeSet<String> {
    let section = section("With `--json`");
    let row = section
        .lines()
        .find(|line| line.starts_with(&format!("| `{command}` |")))
        .unwrap_or_else(|| panic!("no row for {command}"))
        .to_owned();
    let fields = row.split('`').skip(1).step_by(2).map(str::to_owned);
    fields.collect()
}

#[test]
fn the_documentation_says_what_each_command_answers() {
    for command in first_commands() {
        assert!(
            documented(&command).len() > 1 || command == "asw lab",
            "{command} has no fields"
        );
    }
}

fn fields(json: &Value) -> BTreeSet<String> {
    json.as_object().unwrap().keys().cloned().collect()
}

/// What commands really answer has no field that is not written down.
#[tokio::test(flavor = "multi_thread")]
async fn answers_have_the_fields_that_are_documented() {
    let bench = Bench::start(small()).await;
    let said = connect(&bench, "ready", ON).await.ending(0);
    let mut unknown = Vec::new();
    let mut look = |command: &str, json: &Value| {
        let known = documented(&format!("asw {command}"));
        let extra = fields(json).into_iter().filter(|field| !known.contains(field));
        unknown.extend(extra.map(|field| format!("asw {command}: {field}")));
    };
    look("connect", &said.json());
    let name = crate::history::name(&bench).await;
    let file = bench.folder.path().join("x.toml").display().to_string();
    let calls: Vec<(&str, Vec<&str>)> = vec![
        ("list", vec!["list"]),
        ("sync", vec!["sync", &name]),
        ("sync", vec!["sync", &name, "--dry-run"]),
        ("sync", vec!["sync", "--all"]),
        ("verify", vec!["verify", &name]),
        ("status", vec!["status"]),
        ("status", vec!["status", "--runs", "3"]),
        ("groups", vec!["groups", &name, "--match"]),
        ("groups", vec!["groups", &name, "--members"]),
        ("groups", vec!["groups", &name, "--computer", "nobody"]),
        ("query", vec!["query", &name, "print x = 1"]),
        ("query", vec!["query", &name, "--list"]),
        ("query", vec!["query", &name, "print x = 1", "--link"]),
        ("query", vec!["query", &name, "print x = 1", "--text"]),
        ("collections", vec!["collections", &name]),
        ("set", vec!["set", &name, "--import", "on"]),
        ("export", vec!["export", &name]),
        ("export", vec!["export", &name, "--out", &file]),
        ("diagnose", vec!["diagnose", &name]),
        ("show", vec!["show", &name]),
        ("remove", vec!["remove", &name, "--yes"]),
        ("remove", vec!["remove", &name, "--yes"]),
    ];
    for (command, words) in calls {
        let json = bench
            .asw("", &[&["--json"], words.as_slice()].concat())
            .await
            .ending(0)
            .json();
        look(command, &json);
        if command == "show" {
            let inside = &json["connection"];
            assert_eq!(
                fields(inside).difference(&documented("asw show")).count(),
                0,
                "{inside}"
            );
        }
    }
    assert!(unknown.is_empty(), "docs/cli.md does not say: {unknown:#?}");
}
