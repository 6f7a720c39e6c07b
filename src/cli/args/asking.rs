//! What is asked of the workspace: `asw groups` and `asw query`.

use std::path::PathBuf;

use clap::Args as ClapArgs;

use crate::model::group_query::Within;
use crate::model::log_query::{Ready, typed_range};

/// `asw groups`
#[derive(Debug, ClapArgs)]
pub struct GroupsArgs {
    /// The connection
    pub name: String,
    /// With the names of the computers
    #[arg(long)]
    pub members: bool,
    /// Only the group of this collection, with its computers
    #[arg(long, value_name = "COLLECTION")]
    pub group: Option<String>,
    /// The groups that this computer is in, with or without its domain, in any letter case
    #[arg(long, value_name = "NAME", conflicts_with_all = ["members", "group", "matches", "site", "all_computers"])]
    pub computer: Option<String>,
    /// Every computer once, and in how many groups it is
    #[arg(long, conflicts_with_all = ["members", "group", "site"])]
    pub all_computers: bool,
    /// Which members report to the workspace, and which do so under another spelling
    #[arg(long = "match")]
    pub matches: bool,
    /// How lately they must have reported
    #[arg(long, value_name = "1h|1d|7d|30d", default_value = "1d", value_parser = within)]
    pub within: Within,
    /// What the site counts at this moment; with --group, by name what the group lacks and has too much
    #[arg(long)]
    pub site: bool,
    /// Print CSV in place of the table
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
}

fn within(text: &str) -> Result<Within, String> {
    let found = Within::ALL.into_iter().find(|each| each.in_kql() == text);
    found.ok_or_else(|| "1h, 1d, 7d or 30d is wanted".to_owned())
}

/// `asw query`
#[derive(Debug, ClapArgs)]
pub struct QueryArgs {
    /// The connection whose workspace is asked
    pub name: String,
    /// The query
    #[arg(value_name = "KQL", required_unless_present_any = ["file", "ready", "list"], conflicts_with_all = ["file", "ready", "list"])]
    pub query: Option<String>,
    /// The query from a file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["ready", "list"])]
    pub file: Option<PathBuf>,
    /// A ready-made query; --list shows them
    #[arg(long, value_name = "READY-MADE", conflicts_with = "list", value_parser = ready)]
    pub ready: Option<Ready>,
    /// The collection whose group a ready-made query is about [default: the first group]
    #[arg(long, value_name = "COLLECTION")]
    pub group: Option<String>,
    /// List the ready-made queries with their texts; nothing is asked
    #[arg(long)]
    pub list: bool,
    /// The time range that every table is cut to: an ISO 8601 duration such as P1D, or start/end [default: what the query says]
    #[arg(long, value_name = "RANGE", value_parser = timespan)]
    pub timespan: Option<String>,
    /// Print CSV in place of the table
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Only print the query's text
    #[arg(long, conflicts_with = "csv")]
    pub text: bool,
    /// Only print the address of the workspace's page Logs with this query
    #[arg(long, conflicts_with_all = ["csv", "text"])]
    pub link: bool,
}

fn ready(text: &str) -> Result<Ready, String> {
    let names: Vec<&str> = Ready::ALL.into_iter().map(Ready::name).collect();
    Ready::named(text).ok_or_else(|| format!("one of {} is wanted", names.join(", ")))
}

fn timespan(text: &str) -> Result<String, String> {
    typed_range(text).map_err(|invalid| invalid.to_string())
}
