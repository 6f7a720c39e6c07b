//! What the flow asks for, and what comes back. Plain data, so that the other side may live in another process.
//!
//! Three kinds: a **query** changes nothing and carries a [`Ticket`]; an answer that nobody waits for any more is dropped. A
//! **command** changes the world and carries a [`RunId`]; its end is never dropped, also when the page it came from is gone. What
//! touches the window itself is a [`Shell`] wish, done by the front.
//!
//! No `Debug` here: some of these carry secrets.

use std::path::PathBuf;

use super::look::{Look, Seen};
use super::properties::ask::{Ask, Told};
use super::wizard::Listed;
use crate::model::app_document::AppDocument;
use crate::model::changes::{Changed, Changes};
use crate::model::connection::SetupSecrets;
use crate::model::diagnosis::Diagnosis;
use crate::model::expiry::SnoozeTime;
use crate::model::person::{PersonAccess, PersonSeen, TenantAt};
use crate::model::plan::{Check, Progress};
use crate::model::removal::{Extent, Remnants, RemovalInventory};
use crate::model::renewal::Renewed;
use crate::model::report::{ConnectionOverview, FoundConnection, Relocation, Standing, SyncReport};
use crate::model::schedule::{Every, ScheduleEnd, ScheduleSeen};
use crate::model::site::{PresentedCertificate, SiteReading};
use crate::model::{
    AppRegistration, Connection, ConnectionId, ConnectionName, Environment, Failure, KnownApp, ObjectId,
    ProviderAddress, ResourceGroupId, Result, SecretExpiry, SecretKey, Setup, SiteConnection, SiteIdentity,
    SitePassword, Subscription, Warning, Workspace, WorkspaceId,
};

/// Names one query. Never used twice in one program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Ticket(u64);

/// Names one command. Never used twice in one program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RunId(u64);

/// Gives out tickets and run ids.
#[derive(Debug, Default)]
pub struct Tickets(u64);

impl Tickets {
    /// The next ticket.
    pub fn ticket(&mut self) -> Ticket {
        self.0 += 1;
        Ticket(self.0)
    }

    /// The next run id.
    pub fn run(&mut self) -> RunId {
        self.0 += 1;
        RunId(self.0)
    }
}

/// Something to be done outside.
#[expect(clippy::large_enum_variant, reason = "a handful at a time")]
pub enum Effect {
    /// Find something out.
    Query(Ticket, Query),
    /// Nobody waits for this answer any more.
    Abandon(Ticket),
    /// Change something.
    Command(RunId, Command),
    /// Stop a command at its next safe point; its end is still told.
    Stop(RunId),
    /// Touch the window.
    Shell(Shell),
}

/// An app registration with its secret key, in its cloud: what every question to Azure needs.
pub struct AppAccess {
    /// The cloud.
    pub environment: Environment,
    /// The app registration.
    pub app: AppRegistration,
    /// Its secret key.
    pub secret: SecretKey,
}

impl AppAccess {
    /// Where the app is registered.
    pub fn tenant(&self) -> TenantAt<'_> {
        TenantAt {
            environment: &self.environment,
            tenant_id: self.app.tenant_id,
        }
    }

    /// A second copy; the secret in it is wiped like the first.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            environment: self.environment.clone(),
            app: self.app.clone(),
            secret: self.secret.duplicate(),
        }
    }
}

impl PartialEq for AppAccess {
    fn eq(&self, other: &Self) -> bool {
        self.environment == other.environment && self.app == other.app && self.secret.expose() == other.secret.expose()
    }
}

/// The way to a site, with the password where an account signs in.
pub struct SiteAccess {
    /// Provider, sign-in, trust.
    pub connection: SiteConnection,
    /// The account's password.
    pub password: Option<SitePassword>,
}

impl SiteAccess {
    /// A second copy; the password in it is wiped like the first.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            connection: self.connection.clone(),
            password: self.password.as_ref().map(SitePassword::duplicate),
        }
    }
}

impl PartialEq for SiteAccess {
    fn eq(&self, other: &Self) -> bool {
        self.connection == other.connection
            && self.password.as_ref().map(SitePassword::expose) == other.password.as_ref().map(SitePassword::expose)
    }
}

/// Changes nothing.
pub enum Query {
    /// The connections of this account.
    Connections,
    /// Which site this is, and whether it lets us in.
    Site(SiteAccess),
    /// The certificate that a provider shows.
    Certificate(ProviderAddress),
    /// Whether Azure lets the app in.
    Verify(AppAccess),
    /// What the app can see.
    Workspaces(AppAccess),
    /// A workspace, and what the app may do there.
    Rights(AppAccess, WorkspaceId),
    /// What history needs, with the rule in this resource group; and which connections of ours stand in the workspace.
    History(AppAccess, WorkspaceId, ResourceGroupId),
    /// Sign a person in, for what the app may not do. The backend keeps the sign-in in memory until the program ends.
    Person(PersonAccess),
    /// The site's device collections.
    Collections(SiteAccess),
    /// The server apps that the site knows.
    KnownApps(SiteAccess),
    /// A file as the Azure command line writes it.
    AppFile(PathBuf),
    /// What deleting a connection takes away in Azure.
    Inventory(ConnectionName),
    /// What stays in Azure where a connection is forgotten here only; asks nobody there.
    Remnants(ConnectionName),
    /// What moving a connection to another SMS Provider would do.
    Relocation(ConnectionName, SiteAccess),
    /// What *Properties* asks about a connection.
    Properties(ConnectionName, Ask),
    /// The settings of a connection, as a file that it can be made again from.
    Settings(ConnectionName),
    /// A file with such settings.
    SetupFile(PathBuf),
    /// A report on every layer of this machine, and of a connection.
    Diagnose(Option<ConnectionName>),
    /// Open the log in its viewer.
    OpenLog,
    /// Whether this machine can publish on schedule, and whether it does.
    Schedule,
    /// A look at what is published, or a table to be made of it.
    Look(Look),
    /// Write this text to a file that a person has named; changes nothing of ours, of the site or of Azure.
    SaveText(PathBuf, String, IfThere),
}

/// What to do where a file of that name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IfThere {
    /// Leave it, and say so.
    Ask,
    /// Write over it: a person has said so.
    Replace,
}

/// What became of a text that was to be saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// It is in this file.
    Written(PathBuf),
    /// This file was there already, and was left as it is.
    Kept(PathBuf),
}

/// What the app can see in Azure.
#[derive(Debug, Clone, PartialEq)]
pub struct Visible {
    /// Subscriptions.
    pub subscriptions: Vec<Subscription>,
    /// Workspaces, each once.
    pub workspaces: Vec<Workspace>,
    /// Lists that could not be read in full, with the reason.
    pub incomplete: Vec<Failure>,
}

/// A workspace and what the app may do there.
#[derive(Debug, Clone, PartialEq)]
pub struct RightsSeen {
    /// The workspace, where it could be read.
    pub workspace: Option<Workspace>,
    /// Each thing that was looked at.
    pub checks: Vec<Check>,
}

/// What history needs on workspace and resource group, and which connections of ours stand in the workspace.
#[derive(Debug, Clone, PartialEq)]
pub struct HistorySeen {
    /// Each right that was looked at.
    pub checks: Vec<Check>,
    /// Connections that this account does not have.
    pub elsewhere: Vec<FoundConnection>,
    /// The app's service principal, where Azure says it: whom a script gives roles to.
    pub principal: Option<ObjectId>,
}

/// The answer to a query of the same name.
pub enum Answer {
    /// The connections of this account.
    Connections(Result<Vec<ConnectionOverview>>),
    /// The site.
    Site(Result<SiteReading>),
    /// The certificate.
    Certificate(Result<PresentedCertificate>),
    /// Let in, with what a person should know.
    Verify(Result<Vec<Warning>>),
    /// What the app can see.
    Workspaces(Result<Visible>),
    /// The workspace and the rights on it.
    Rights(Result<RightsSeen>),
    /// What history needs, and what of ours stands there.
    History(Result<HistorySeen>),
    /// The person who has signed in.
    Person(Result<PersonSeen>),
    /// The device collections.
    Collections(Result<Listed>),
    /// The site's apps.
    KnownApps(Result<Vec<KnownApp>>),
    /// The app in the file.
    AppFile(Result<AppDocument>),
    /// What would go.
    Inventory(Result<RemovalInventory>),
    /// What would stay.
    Remnants(Result<Remnants>),
    /// What would be done.
    Relocation(Result<Box<Relocation>>),
    /// What *Properties* is told.
    Properties(Told),
    /// The settings, as text.
    Settings(Result<String>),
    /// What the file asks for.
    SetupFile(Result<Box<Setup>>),
    /// The report.
    Diagnose(Result<Box<Diagnosis>>),
    /// The log that a viewer shows now.
    OpenLog(Result<PathBuf>),
    /// What can be said of a schedule.
    Schedule(Result<ScheduleSeen>),
    /// The file that was written, or left.
    SaveText(Result<Saved>),
    /// What was seen.
    Seen(Seen),
}

/// Changes the world.
pub enum Command {
    /// Make a connection, publish it for the first time, and have this machine publish it so often from then on, where that is wished.
    /// Given again for the same set-up it goes on where it stopped.
    Create(Box<Setup>, SetupSecrets, Option<Every>),
    /// Take over a connection that another machine or account has made, under its identity; then as `Create`.
    Adopt(Box<Setup>, SetupSecrets, ConnectionId, Option<Every>),
    /// Go on with a connection that was not finished; secrets where the keyring has lost or never had them.
    Finish(ConnectionName, Option<SetupSecrets>),
    /// Publish now.
    Publish(ConnectionName),
    /// Put a new secret key into use, once it has verified.
    UpdateSecret(Renew, SecretKey, SecretExpiry),
    /// Have Microsoft Entra make a new secret key, put it into use, and remove the one before there.
    CreateSecret(Renew, SecretExpiry),
    /// Change how a person is reminded of the end of a secret key.
    Remind(ConnectionName, Reminder),
    /// Find out whether it is this program that tells the desktop of the warning that is due on a secret key.
    ClaimNotice(ConnectionName),
    /// Go over to another SMS Provider, where it still leads to this site.
    Move(ConnectionName, SiteAccess, SiteIdentity),
    /// Change properties of a connection, as far as that goes.
    Change(ConnectionName, Box<Changes>),
    /// Take a connection away, as far as this says.
    Remove(ConnectionName, Extent),
}

/// Whose secret key is renewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renew {
    /// The connection.
    pub name: ConnectionName,
    /// Others of the same app that get the new key, too.
    pub others: Vec<ConnectionName>,
}

/// A change of how a person is reminded of the end of a secret key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reminder {
    /// Snooze the warning that is due.
    Snooze(SnoozeTime),
    /// End a snooze.
    Again,
    /// Tell the desktop, or do not.
    Desktop(bool),
}

/// A connection that now stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Created {
    /// The connection.
    pub connection: Connection,
    /// What a person should know.
    pub warnings: Vec<Warning>,
    /// The first publication; `None` where no collection is chosen.
    pub publication: Option<Result<SyncReport>>,
    /// Whether this machine keeps it up to date.
    pub schedule: ScheduleEnd,
}

impl Created {
    /// Whether the upload role of history did not count yet: the first rows go up with a later run.
    pub fn upload_is_pending(&self) -> bool {
        let published = self.publication.as_ref().and_then(|report| report.as_ref().ok());
        let told = published.map_or(&[][..], |report| &report.warnings);
        self.warnings
            .iter()
            .chain(told)
            .any(|each| *each == Warning::UploadPending)
    }
}

/// A connection that has gone over to another SMS Provider.
#[derive(Debug, Clone, PartialEq)]
pub struct Moved {
    /// What was done.
    pub relocation: Relocation,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

/// A command that did not come to its end, and what it leaves behind.
#[derive(Debug, Clone, PartialEq)]
pub struct Unfinished {
    /// Why.
    pub failure: Failure,
    /// What stands now.
    pub standing: Standing,
}

/// The end of a command of the same name.
pub enum Outcome {
    /// Of `Create`, `Adopt` and `Finish`.
    Created(std::result::Result<Box<Created>, Unfinished>),
    /// Of `Publish`.
    Published(Result<SyncReport>),
    /// Of `UpdateSecret` and `CreateSecret`.
    SecretUpdated(Result<Renewed>),
    /// Of `Remind`.
    Reminded(Result<()>),
    /// Of `ClaimNotice`.
    NoticeClaimed(Result<bool>),
    /// Of `Move`.
    Moved(Result<Box<Moved>>),
    /// Of `Change`.
    Changed(Result<Box<Changed>>),
    /// Of `Remove`.
    Removed(Result<()>),
}

/// What comes back.
pub enum Event {
    /// An answer.
    Answer(Ticket, Answer),
    /// How far a query is.
    Asking(Ticket, Progress),
    /// How far a command is.
    Working(RunId, Progress),
    /// A command has ended.
    Ended(RunId, Outcome),
    /// A person chose a file, or did not.
    FilePicked(FilePurpose, Option<PathBuf>),
}

/// What a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilePurpose {
    /// JSON with the app and its secret key.
    App,
    /// The root certificate that the site's own goes back to.
    SiteRoot,
    /// To save what an administrator is asked to run.
    Commands,
    /// To save a table.
    Csv,
    /// To save the settings of a connection.
    Settings,
    /// The settings of a connection that is to be made.
    Setup,
    /// To save a report.
    Report,
}

/// What only the window can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shell {
    /// Ask for a file.
    PickFile(FilePurpose),
    /// Close the window.
    Close,
    /// Tell the desktop of the warning that is due on the secret key of this connection.
    Notify(ConnectionName),
}
