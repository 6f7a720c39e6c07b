//! The command line. What is asked of the workspace stands in `asking`.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand};

use crate::azure::{LARGEST_CALL, SMALLEST_CALL};
use crate::model::expiry::SnoozeTime;
use crate::model::schedule::Every;

mod asking;

pub use asking::{GroupsArgs, QueryArgs};

/// Publishes Configuration Manager device collections to Log Analytics as computer groups.
#[derive(Debug, Parser)]
#[command(name = "asw", version, propagate_version = true, arg_required_else_help = true)]
pub struct Args {
    /// The folder with connections and log [default: ASW_DATA_DIR, else the platform's own]
    #[arg(long, global = true, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Print one JSON document on standard output
    #[arg(long, global = true)]
    pub json: bool,
    /// How much goes to the log file
    #[arg(
        long,
        global = true,
        value_name = "error|warn|info|debug|trace",
        default_value = "info"
    )]
    pub log_level: tracing::Level,
    /// Read secrets as one line of JSON from standard input instead of asking for them
    #[arg(long, global = true)]
    pub secrets_stdin: bool,
    /// Keep secrets for this run only, in memory, where there is no keyring
    #[arg(long, global = true)]
    pub secrets_in_memory: bool,
    /// What to do
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show the main job on a built-in lab: connect, publish, compare; leaves nothing behind
    Demo(DemoArgs),
    /// Run the built-in lab until Ctrl-C or the end of standard input
    Lab(LabArgs),
    /// Connect a site to a workspace
    Connect(ConnectArgs),
    /// List the connections
    List,
    /// Show one connection with all its properties
    Show(NameArgs),
    /// Check secret key, tenant, rights and site of a connection
    Verify(NameArgs),
    /// Publish the chosen collections
    Sync(SyncArgs),
    /// Show the last publication, and the days until the secret key expires
    Status(StatusArgs),
    /// Show the computer groups as the workspace answers them
    Groups(GroupsArgs),
    /// Run a log query in the workspace, or a ready-made one
    Query(QueryArgs),
    /// Put in a new secret key, for every connection of the app; it is verified first
    UpdateSecret(UpdateSecretArgs),
    /// Put away the reminder that the secret key is about to expire, for a while. A nearer one comes all the same
    Snooze(SnoozeArgs),
    /// Change a connection that stands: name, description, history, which computers are members, whether schedules publish it, and the
    /// size of uploads
    Set(SetArgs),
    /// Show the chosen device collections, add some or take some away
    Collections(CollectionsArgs),
    /// Show each operation that is needed, allowed or not, and who can grant it; or write the script for that person
    Rights(RightsArgs),
    /// Have this machine's scheduler publish: a systemd user timer, Task Scheduler, or launchd
    Schedule(ScheduleArgs),
    /// Take over, on this machine, the connection that the workspace already carries
    Adopt(AdoptArgs),
    /// Move a connection to another SMS Provider, and to the site there; its groups keep their names
    Move(MoveArgs),
    /// Remove a connection with its groups; never the app registration
    Remove(RemoveArgs),
    /// Look at every layer and write a report to attach to a ticket; no secret is in it
    Diagnose(DiagnoseArgs),
    /// Print the settings of a connection, without its secrets, as a SETUP.toml that "asw connect" and "asw adopt" read
    Export(ExportArgs),
}

/// A connection's name.
#[derive(Debug, ClapArgs)]
pub struct NameArgs {
    /// The connection
    pub name: String,
}

/// What the lab is made from.
#[derive(Debug, ClapArgs)]
pub struct LabShape {
    /// Everything random comes from this number
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Device records, at most 1,000,000
    #[arg(long, default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    pub devices: u32,
    /// Device collections, at most 5,000
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(0..=5_000))]
    pub collections: u32,
    /// Faults to plan, as JSON
    #[arg(long, value_name = "FILE")]
    pub fault: Option<PathBuf>,
    /// Turn a knob of the site, such as hierarchy=child; may be given again. "--site help" lists them
    #[arg(long, value_name = "NAME=VALUE", value_parser = site_knob)]
    pub site: Vec<SiteKnob>,
}

/// A knob of the lab's site.
#[derive(Debug, Clone, PartialEq)]
pub enum SiteKnob {
    /// The list of knobs is wanted.
    Help,
    /// Name and value.
    Set(String, serde_json::Value),
}

fn site_knob(text: &str) -> Result<SiteKnob, String> {
    if text == "help" {
        return Ok(SiteKnob::Help);
    }
    parse_knob(text).map(|(name, value)| SiteKnob::Set(name, value))
}

#[cfg(feature = "lab")]
use crate::lab::site::parse_knob;

#[cfg(not(feature = "lab"))]
fn parse_knob(_: &str) -> Result<(String, serde_json::Value), String> {
    Err("this build has no lab".to_owned())
}

/// `asw demo`
#[derive(Debug, ClapArgs)]
pub struct DemoArgs {
    /// The lab
    #[command(flatten)]
    pub shape: LabShape,
}

/// `asw lab`
#[derive(Debug, ClapArgs)]
pub struct LabArgs {
    /// The lab
    #[command(flatten)]
    pub shape: LabShape,
    /// The cloud that its Azure is one of
    #[arg(long, default_value = "AzurePublicCloud", value_parser = ["AzurePublicCloud", "AzureUSGovernmentCloud", "AzureChinaCloud"])]
    pub cloud: String,
    /// https everywhere, with a CA made for this run
    #[arg(long)]
    pub tls: bool,
    /// Run hosts beside the site that may be mistaken for it
    #[arg(long)]
    pub decoys: bool,
    /// Host name of the site's provider, in its certificate too; it must lead to this machine
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    pub site_host: String,
    /// Consecutive ports from here on [default: free ones]
    #[arg(long, value_name = "P")]
    pub port: Option<u16>,
    /// Build number of the site; from 9141 on it refuses NTLM
    #[arg(long, default_value = "9135", value_parser = ["9106", "9135", "9141"])]
    pub site_build: String,
    /// The site as plain http without a sign-in, for use behind a real authenticating proxy
    #[arg(long)]
    pub no_site_auth: bool,
}

/// `asw connect`
#[derive(Debug, ClapArgs)]
pub struct ConnectArgs {
    /// The set-up
    #[arg(long, value_name = "SETUP.toml")]
    pub file: PathBuf,
    /// Only print the steps and the rights found
    #[arg(long)]
    pub plan: bool,
}

/// `asw sync`
#[derive(Debug, ClapArgs)]
pub struct SyncArgs {
    /// The connection; may be left out where there is only one
    #[arg(conflicts_with = "all")]
    pub name: Option<String>,
    /// Every connection whose import is on
    #[arg(long)]
    pub all: bool,
    /// Read and write everything, moved or not
    #[arg(long)]
    pub full: bool,
    /// Read, but write nothing
    #[arg(long, conflicts_with = "watch")]
    pub dry_run: bool,
    /// Publish for ever, until Ctrl-C
    #[arg(long)]
    pub watch: bool,
    /// How often a watch publishes: 1h, 2h, 3h, 4h, 6h, 8h, 12h or 24h
    #[arg(long, value_name = "TIME", default_value = "3h", requires = "watch")]
    pub every: Every,
    /// Write down for "asw schedule" how it ended
    #[arg(long, hide = true, conflicts_with_all = ["watch", "dry_run"])]
    pub scheduled: bool,
}

/// `asw schedule`
#[derive(Debug, ClapArgs)]
pub struct ScheduleArgs {
    /// What to do
    #[command(subcommand)]
    pub change: ScheduleChange,
}

/// What to do with the schedule.
#[derive(Debug, Subcommand)]
pub enum ScheduleChange {
    /// Install it, and prove it with a first run; where that does not publish, nothing is left
    Install {
        /// How often: 1h, 2h, 3h, 4h, 6h, 8h, 12h or 24h
        #[arg(long, value_name = "TIME", default_value = "3h")]
        every: Every,
        /// Windows: run while nobody is signed in, too; Windows asks for the account's password and keeps it
        #[arg(long)]
        stored_password: bool,
    },
    /// Take it away
    Remove,
    /// Show whether it is installed, how its last run ended, and when the next one is due
    Status,
}

/// `asw status`
#[derive(Debug, ClapArgs)]
pub struct StatusArgs {
    /// The connection [default: all]
    pub name: Option<String>,
    /// The latest N runs instead: what each did with each collection, and why not. They are kept for 400 days
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub runs: Option<u32>,
}

/// `asw update-secret`
#[derive(Debug, ClapArgs)]
pub struct UpdateSecretArgs {
    /// The connection
    pub name: String,
    /// The day on which the new secret key expires; with --create 180 days from today where it is left out
    #[arg(long, value_name = "YYYY-MM-DD", required_unless_present = "create")]
    pub expires: Option<String>,
    /// Have Microsoft Entra make the key, as far as the app may do that for itself, and remove the one before there
    #[arg(long)]
    pub create: bool,
    /// Leave the other connections of the same app with the key that they have
    #[arg(long)]
    pub only: bool,
}

/// `asw snooze`
#[derive(Debug, ClapArgs)]
pub struct SnoozeArgs {
    /// The connection
    pub name: String,
    /// For how long: one hour, day, week or month. "off" ends it
    #[arg(value_name = "1h|1d|1w|1m|off", value_parser = snooze_until)]
    pub time: SnoozeUntil,
}

/// How a reminder is put away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnoozeUntil {
    /// It is not any more.
    Off,
    /// For so long.
    After(SnoozeTime),
}

fn snooze_until(text: &str) -> Result<SnoozeUntil, String> {
    match text {
        "off" => Ok(SnoozeUntil::Off),
        time => time
            .parse()
            .map(SnoozeUntil::After)
            .map_err(|_| "1h, 1d, 1w, 1m or off is wanted".to_owned()),
    }
}

/// `asw set`
#[derive(Debug, ClapArgs)]
pub struct SetArgs {
    /// The connection
    pub name: String,
    /// Keep memberships as rows over time too; the computer groups stay either way
    #[arg(
        long,
        value_name = "on|off",
        required_unless_present_any = ["rename", "description", "members", "import", "call_size", "notify"]
    )]
    pub history: Option<Switch>,
    /// Another name; groups and their function names stay
    #[arg(long = "name", value_name = "NAME")]
    pub rename: Option<String>,
    /// What people say about it; "" for nothing
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Which records become members: every computer, or only those with the Configuration Manager client
    #[arg(long, value_name = "all-computers|clients-only")]
    pub members: Option<Members>,
    /// Whether "asw sync --all", and with it every schedule, publishes it
    #[arg(long, value_name = "on|off")]
    pub import: Option<Switch>,
    /// Whether the desktop is notified when the secret key is about to expire, once at 60, 30, 14, 7 and 1 days and when it has
    #[arg(long, value_name = "on|off")]
    pub notify: Option<Switch>,
    /// The most bytes of JSON in one upload of history, 10000 to 1048576 [default: 1000000]. What the workspace refuses is halved and
    /// remembered, whatever stands here
    #[arg(long, value_name = "BYTES", value_parser = call_size)]
    pub call_size: Option<usize>,
}

fn call_size(text: &str) -> Result<usize, String> {
    let most = SMALLEST_CALL..=LARGEST_CALL;
    let bytes: Option<usize> = text.trim().parse().ok();
    bytes
        .filter(|bytes| most.contains(bytes))
        .ok_or_else(|| format!("a number of bytes from {} to {} is wanted", most.start(), most.end()))
}

/// Which records become members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Members {
    /// Every computer
    AllComputers,
    /// Only computers with the Configuration Manager client
    ClientsOnly,
}

/// `asw collections`
#[derive(Debug, ClapArgs)]
pub struct CollectionsArgs {
    /// The connection
    pub name: String,
    /// Every device collection that the account sees, not only the chosen ones
    #[arg(long)]
    pub all: bool,
    /// A change of the choice
    #[command(subcommand)]
    pub change: Option<CollectionsChange>,
}

/// A change of the chosen collections.
#[derive(Debug, Subcommand)]
pub enum CollectionsChange {
    /// Publish these too, from the next publication on
    Add {
        /// Collection IDs
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
    /// Publish these no more: their computer groups are deleted
    Remove {
        /// Collection IDs
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

/// On or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Switch {
    /// On
    On,
    /// Off
    Off,
}

/// `asw rights`
#[derive(Debug, ClapArgs)]
pub struct RightsArgs {
    /// The connection
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    pub name: Option<String>,
    /// A set-up that is not connected yet
    #[arg(long, value_name = "SETUP.toml")]
    pub file: Option<PathBuf>,
    /// Only the script for whoever can grant what is missing: commands of the Azure command line, or a template of Resource Manager
    #[arg(long, value_name = "az|arm")]
    pub script: Option<Script>,
    /// In the script, all roles that are needed, not only those that are missing
    #[arg(long, requires = "script")]
    pub all: bool,
}

/// The kinds of script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Script {
    /// Commands for bash or PowerShell
    Az,
    /// A template
    Arm,
}

/// `asw adopt`
#[derive(Debug, ClapArgs)]
pub struct AdoptArgs {
    /// The set-up: which workspace, site and app; its name says which connection where there are several
    #[arg(long, value_name = "SETUP.toml")]
    pub file: PathBuf,
}

/// `asw move`
#[derive(Debug, ClapArgs)]
pub struct MoveArgs {
    /// The connection
    pub name: String,
    /// The SMS Provider to read from now on: one of the central administration site where there is one
    #[arg(long, value_name = "SERVER")]
    pub provider: String,
    /// Another account that signs in to it; its password is asked for [default: as now, with the password in the keyring]
    #[arg(long, value_name = "DOMAIN\\USER", conflicts_with = "current_user")]
    pub account: Option<String>,
    /// Sign in as the account that runs this program
    #[arg(long)]
    pub current_user: bool,
    /// What makes its certificate trustworthy [default: as now; "system" where one certificate of another server was accepted]
    #[arg(long, value_name = "system|sha256:HEX|file:PATH")]
    pub trust: Option<String>,
    /// Only say what becomes of the chosen collections
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}

/// `asw diagnose`
#[derive(Debug, ClapArgs)]
pub struct DiagnoseArgs {
    /// The connection [default: only this machine is looked at]
    pub name: Option<String>,
    /// Write the report to this file, which must not be there yet, in place of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `asw export`
#[derive(Debug, ClapArgs)]
pub struct ExportArgs {
    /// The connection
    pub name: String,
    /// Write them to this file, which must not be there yet, in place of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `asw remove`
#[derive(Debug, ClapArgs)]
pub struct RemoveArgs {
    /// The connection
    pub name: String,
    /// Forget it on this machine only, without asking Azure, and list what stays there
    #[arg(long)]
    pub keep_azure: bool,
    /// Delete the table of history too, with all that was ever written to it; refused while another connection uses it
    #[arg(long, conflicts_with = "keep_azure")]
    pub delete_table: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
}
