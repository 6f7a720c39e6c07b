//! Everything that can go wrong, in one enum. `text` has a sentence and a next step for every variant.
//!
//! A variant carries what its sentence needs. What only a ticket needs (trace IDs, error codes, the server's own words) rides
//! in the [`Failure`] around it.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    ClientId, CollectionId, Fingerprint, Invalid, ObjectId, RuleId, SiteCode, SiteGuid, TenantId, WorkspaceId,
};

mod samples;

/// Result of everything of ours that can fail.
pub type Result<T> = std::result::Result<T, Failure>;

/// Which kind of failure it is; decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Anything that none of the others names.
    Failed,
    /// Wrong usage or unreadable input.
    Input,
    /// Refused by Azure: credentials or rights.
    Azure,
    /// Refused by the site.
    Site,
    /// Nothing reachable.
    Network,
    /// Partly done.
    Partly,
    /// Another run of this connection is under way.
    Busy,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", content = "of", rename_all = "snake_case")]
pub enum Problem {
    // ---- input ----
    /// A value is not what it should be.
    Invalid(Invalid),
    /// Several values, or the command itself, do not make sense together.
    Usage {
        /// What does not.
        what: String,
    },
    /// A file cannot be read.
    FileUnreadable {
        /// Its path.
        path: String,
        /// The system's reason.
        cause: String,
    },
    /// A file cannot be written.
    FileUnwritable {
        /// Its path.
        path: String,
        /// The system's reason.
        cause: String,
    },
    /// A set-up or environment file is not well formed.
    FileMalformed {
        /// Its path.
        path: String,
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong there.
        why: String,
    },
    /// The environment is neither a known name nor a file.
    EnvironmentUnknown {
        /// As typed.
        name: String,
    },
    /// The secrets that the command needs did not come in.
    SecretsMissing {
        /// Which.
        what: String,
    },
    /// No connection has this name.
    NoSuchConnection {
        /// As asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A connection of this name exists already, with other properties.
    NameTaken {
        /// The name.
        name: String,
    },
    /// The machine has no scheduler for this account, or it does not answer.
    NoScheduler {
        /// What is missing.
        what: String,
    },
    /// The machine's scheduler could not be set, or its first run did not publish.
    ScheduleFailed {
        /// Why.
        what: String,
    },
    /// Something that this version does not do yet.
    NotBuilt {
        /// What.
        what: String,
    },

    // ---- Entra ----
    /// No such tenant in this environment.
    TenantNotFound {
        /// As asked for.
        tenant: String,
        /// The environment.
        environment: String,
    },
    /// The tenant belongs to another cloud.
    TenantElsewhere {
        /// As asked for.
        tenant: String,
        /// The environment that was asked.
        environment: String,
        /// The authority or cloud that Azure names.
        cloud: String,
    },
    /// The client ID is unknown in the tenant.
    ClientUnknown {
        /// The client ID.
        client_id: ClientId,
        /// The tenant.
        tenant_id: TenantId,
    },
    /// The secret was refused.
    SecretWrong {
        /// Whether what was typed has the shape of a secret's ID.
        looks_like_id: bool,
    },
    /// The secret has expired.
    SecretExpired,
    /// The app is disabled.
    AppDisabled {
        /// The client ID.
        client_id: ClientId,
    },
    /// The app has no service principal (enterprise application) in the tenant.
    NoServicePrincipal {
        /// The client ID.
        client_id: ClientId,
    },
    /// The app is registered as a public client, which may not use a secret.
    PublicClient,
    /// A policy of the tenant blocks the sign-in.
    PolicyBlocksSignIn,
    /// The tenant keeps the app from being used for now.
    AppNotAccessible {
        /// The client ID.
        client_id: ClientId,
    },
    /// The service asked for lets only those in who are assigned to it, and whoever signs in is not.
    AssignmentRequired {
        /// The client ID of who signs in.
        client_id: ClientId,
        /// The audience.
        audience: String,
    },
    /// The Azure service asked for does not exist in this tenant or cloud.
    AudienceUnknown {
        /// The audience.
        audience: String,
    },
    /// Entra refused for a reason that has no sentence of its own.
    SignInRefused {
        /// The `error` value.
        error: String,
        /// The first line of what Entra says.
        message: String,
    },
    /// Entra answered for another tenant or app than asked for.
    TokenMismatch {
        /// What differs.
        what: String,
    },

    // ---- a person's own sign-in ----
    /// No public client is configured to sign a person in with.
    NoPublicClient,
    /// A person did not sign in.
    PersonNotSignedIn {
        /// Why.
        why: String,
    },
    /// Neither the app itself nor, where one has signed in, the person may make a secret key for the app.
    KeysNotAllowed {
        /// Whether a person has asked, and not the app.
        person: bool,
    },
    /// The person who signed in may not do this.
    PersonNotAllowed {
        /// The operation, as Azure names it.
        operation: String,
        /// Where.
        scope: String,
    },

    // ---- adopting ----
    /// The workspace carries no connection of ours.
    NothingToAdopt {
        /// The workspace.
        workspace: WorkspaceId,
    },
    /// The workspace carries connections of ours, and it is not clear which is meant.
    AdoptWhich {
        /// Their names.
        names: Vec<String>,
    },
    /// This machine has that connection already.
    AlreadyHere {
        /// Its name here.
        name: String,
    },
    /// The connection that is to be taken over was made for another site.
    AdoptOtherSite {
        /// Its site.
        theirs: SiteCode,
        /// The site of the set-up.
        ours: SiteCode,
    },

    // ---- Resource Manager, query ----
    /// The app may not do this.
    NotAllowed {
        /// The operation, as Azure names it.
        operation: String,
        /// Where.
        scope: String,
    },
    /// An API of Azure wants a permission of the app itself, beside its roles.
    ApiPermissionMissing {
        /// The API, as the portal shows it.
        api: String,
        /// The permission.
        permission: String,
    },
    /// What is asked for belongs to another tenant than the one signed in to.
    OfOtherTenant {
        /// Its resource ID.
        what: String,
    },
    /// Azure does not accept our token.
    TokenRejected {
        /// The service.
        host: String,
    },
    /// The workspace is not there, or nothing of it may be seen.
    WorkspaceNotFound {
        /// Its resource ID.
        id: WorkspaceId,
    },
    /// A resource is not there.
    ResourceNotFound {
        /// Which.
        what: String,
    },
    /// A resource provider is not registered in the subscription.
    ProviderNotRegistered {
        /// Its namespace.
        namespace: String,
    },
    /// An Azure Policy forbids it.
    PolicyForbids {
        /// Azure's words.
        message: String,
    },
    /// A resource lock is in the way.
    ResourceLocked {
        /// Azure's words.
        message: String,
    },
    /// What should be written exists already in another form.
    Conflict {
        /// What.
        what: String,
    },
    /// A saved search with an ID of ours is not ours.
    NotOurs {
        /// Its ID.
        id: String,
    },
    /// The workspace does not accept a text this long.
    TextTooLong {
        /// Characters.
        characters: usize,
    },
    /// A group needs more parts than are allowed.
    TooManyParts {
        /// The collection.
        collection: CollectionId,
        /// Parts needed.
        parts: usize,
        /// Parts allowed.
        limit: usize,
    },
    /// Groups too large for a text are made from the rows of history, and would come out empty without it.
    GroupsNeedHistory {
        /// Of which collections.
        ids: Vec<CollectionId>,
    },
    /// A data collection rule has no address for uploads, and an endpoint cannot be made beside it.
    RuleWithoutAddress {
        /// The rule.
        rule: RuleId,
    },
    /// A table of our name has columns that are not ours.
    TableDiffers {
        /// Its name.
        table: String,
        /// What differs.
        why: String,
    },
    /// A resource of our name was not made by this connection.
    ResourceNotOurs {
        /// Its resource ID.
        id: String,
    },
    /// Azure is still at work on a resource, and locks it meanwhile.
    ResourceBusy {
        /// Which.
        what: String,
    },
    /// Azure took the request, and then did not bring it to its end.
    OperationFailed {
        /// What was to be made.
        what: String,
        /// `Failed` or `Canceled`.
        status: String,
        /// Azure's words.
        message: String,
    },
    /// Azure does not know the service principal that should get a role.
    PrincipalNotFound {
        /// Its object ID.
        principal: ObjectId,
    },
    /// A role assignment of our name stands already, and gives something else.
    AssignmentDiffers {
        /// Its name.
        id: String,
        /// Where.
        scope: String,
    },
    /// The app may not upload through the rule.
    UploadNotAllowed {
        /// The rule.
        rule: RuleId,
        /// Minutes waited for a role that was given just now; 0 where none was waited for.
        waited: u64,
    },
    /// The rows are refused as they are.
    UploadRefused {
        /// Azure's words.
        message: String,
    },
    /// One upload is too large.
    UploadTooLarge {
        /// Bytes.
        bytes: usize,
    },
    /// The query is refused.
    QueryRefused {
        /// Azure's words.
        message: String,
    },
    /// Azure refused for a reason that has no sentence of its own.
    AzureRefused {
        /// What we were about to do.
        doing: String,
        /// HTTP status.
        status: u16,
        /// Error code.
        code: String,
        /// Azure's words.
        message: String,
    },
    /// What Azure was asked to store does not read back.
    NotStored {
        /// What.
        what: String,
    },

    // ---- network, both sides ----
    /// A host cannot be reached.
    Unreachable {
        /// Host.
        host: String,
        /// The system's reason.
        cause: String,
    },
    /// The proxy on the way wants a name and a password, or other ones.
    ProxyRefused {
        /// The host behind it.
        host: String,
    },
    /// No answer in time.
    TimedOut {
        /// Host.
        host: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The answer ended midway.
    CutOff {
        /// Host.
        host: String,
    },
    /// The answer cannot be understood.
    NotUnderstood {
        /// Host.
        host: String,
        /// What was expected.
        expected: String,
    },
    /// The service asks to slow down, after all retries.
    Throttled {
        /// Host.
        host: String,
        /// Seconds it asked for last.
        retry_after: Option<u64>,
    },
    /// The service is out of order, after all retries.
    Unavailable {
        /// Host.
        host: String,
        /// HTTP status.
        status: u16,
    },
    /// A link to the next page leads elsewhere.
    ForeignLink {
        /// Host.
        host: String,
        /// Where it leads.
        link: String,
    },
    /// The TLS certificate of an Azure service is not trusted.
    AzureCertificate {
        /// Host.
        host: String,
        /// Why.
        cause: String,
    },
    /// A file with certificates cannot be used.
    CertificateFile {
        /// Its path.
        path: String,
        /// Why.
        cause: String,
    },

    // ---- site ----
    /// The SMS Provider cannot be reached.
    SiteUnreachable {
        /// Host and port.
        provider: String,
        /// The system's reason.
        cause: String,
    },
    /// The site's certificate is not trusted.
    CertificateUnknown {
        /// Host and port.
        provider: String,
        /// What it showed.
        presented: Fingerprint,
        /// Why it is not trusted.
        cause: String,
    },
    /// The site's certificate is another one than the accepted one.
    CertificateChanged {
        /// Host and port.
        provider: String,
        /// The accepted one.
        accepted: Fingerprint,
        /// What it showed.
        presented: Fingerprint,
    },
    /// Account or password are refused.
    AccountRefused {
        /// Host and port.
        provider: String,
        /// The account.
        account: String,
    },
    /// The site takes no NTLM, and no Kerberos ticket could be asked for.
    NtlmRefused {
        /// Host and port.
        provider: String,
        /// The account.
        account: String,
        /// What it offers.
        offered: String,
    },
    /// Kerberos needs the server's full name, and an IP address or a short name was given.
    ProviderNeedsFullName {
        /// As given.
        provider: String,
    },
    /// The signed-in user has no Kerberos ticket.
    NoTicket {
        /// Host and port.
        provider: String,
    },
    /// The Kerberos ticket of the signed-in user has expired.
    TicketExpired {
        /// Host and port.
        provider: String,
    },
    /// No domain controller gives a Kerberos ticket.
    NoDomainController {
        /// The domain (the Kerberos realm), or the account where that is not known.
        domain: String,
        /// The reason.
        cause: String,
    },
    /// The domain has no such service: an alias, or a missing service principal name.
    ServiceUnknown {
        /// Its name, such as `HTTP/cm01.corp.example`.
        service: String,
    },
    /// The site refuses a Kerberos ticket that the domain has given.
    TicketRefused {
        /// Host and port.
        provider: String,
        /// The account.
        account: String,
    },
    /// The clocks of this computer and of the domain differ too much for Kerberos.
    ClockSkew {
        /// Host and port.
        provider: String,
    },
    /// The server could not prove that it is the one whose name was given.
    SiteUnproven {
        /// Host and port.
        provider: String,
    },
    /// This build signs in with typed accounts only.
    NoSingleSignOn,
    /// The account is let in but has no rights in Configuration Manager.
    NoConfigMgrRights {
        /// Host and port.
        provider: String,
        /// The account.
        account: String,
    },
    /// What answers there is not an SMS Provider.
    NotAProvider {
        /// Host and port.
        provider: String,
    },
    /// The site is a child primary; the connection belongs at the top.
    ChildPrimary {
        /// The site asked.
        site: SiteCode,
        /// The central administration site.
        parent: String,
        /// Its server, where known.
        server: Option<String>,
    },
    /// Another site answers than the connection was made for.
    SiteChanged {
        /// The site that it was made for.
        expected: SiteCode,
        /// The one that answers.
        found: SiteCode,
    },
    /// The connection's site has become a child of a central administration site.
    HierarchyChanged {
        /// The site of the connection.
        site: SiteCode,
        /// The central administration site.
        parent: String,
        /// Its server, where known.
        server: Option<String>,
    },
    /// The site behind the site code is another one than before: it was installed anew.
    SiteReplaced {
        /// The site code.
        site: SiteCode,
        /// The site that the connection was made for.
        expected: SiteGuid,
        /// The one that answers.
        found: SiteGuid,
    },
    /// The sign-in asked for is not possible (for example without a password).
    SiteSignIn {
        /// Why.
        why: String,
    },
    /// Chosen collections are not in the site's answers.
    CollectionsNotFound {
        /// Which.
        ids: Vec<CollectionId>,
    },
    /// A chosen collection does not hold devices.
    NotADeviceCollection {
        /// Which.
        id: CollectionId,
    },
    /// The site refused for a reason that has no sentence of its own.
    SiteRefused {
        /// What we were about to do.
        doing: String,
        /// HTTP status.
        status: u16,
        /// The site's words.
        message: String,
    },
    /// A membership changed at every reading.
    NotSettled {
        /// Which.
        collection: CollectionId,
        /// What did not agree.
        why: String,
    },

    // ---- this machine ----
    /// The data folder cannot be used.
    DataFolder {
        /// Its path.
        path: String,
        /// The system's reason.
        cause: String,
    },
    /// No room left.
    DiskFull {
        /// Where.
        path: String,
    },
    /// The database was written by a newer version of this program.
    DatabaseNewer {
        /// Its schema version.
        found: i64,
        /// The newest one that this program knows.
        known: i64,
    },
    /// The database cannot be used.
    Database {
        /// Why.
        cause: String,
    },
    /// Another run of this connection is under way.
    Busy {
        /// The connection.
        name: String,
    },
    /// There is no keyring.
    NoKeyring {
        /// Why.
        cause: String,
    },
    /// The keyring is locked or refuses.
    KeyringLocked {
        /// Why.
        cause: String,
    },
    /// The keyring fails in another way.
    Keyring {
        /// Why.
        cause: String,
    },
    /// The keyring does not hold what should be there.
    SecretLost {
        /// What.
        what: String,
    },
    /// The log cannot be written.
    Log {
        /// Why.
        cause: String,
    },

    // ---- the run ----
    /// Stopped by the person.
    Cancelled {
        /// Whether something had been done before.
        partly: bool,
        /// What is left.
        left: String,
    },
    /// Done in part.
    Partly {
        /// What was done.
        done: String,
        /// What was not.
        left: String,
    },
    /// The demo's groups differ from the lab's truth.
    DemoDiffers {
        /// Which groups.
        groups: Vec<String>,
    },
    /// A check of `verify` failed.
    ChecksFailed {
        /// How many.
        failed: usize,
        /// The class of the first.
        first: Box<Failure>,
    },
    /// A bug of ours.
    Internal {
        /// What happened.
        what: String,
    },
}

/// A problem, with the facts that a ticket needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure(Box<Inner>);

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Inner {
    problem: Problem,
    details: Vec<(Cow<'static, str>, String)>,
}

impl Failure {
    /// The problem.
    pub fn problem(&self) -> &Problem {
        &self.0.problem
    }

    /// Names and values for a ticket: trace IDs, codes, the server's own words.
    pub fn details(&self) -> &[(Cow<'static, str>, String)] {
        &self.0.details
    }

    /// Adds a fact for a ticket; an empty value adds nothing.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        let value = value.into();
        if !value.is_empty() {
            self.0.details.push((name.into(), value));
        }
        self
    }

    /// The same facts around another problem: for a floor that knows better what was being done.
    #[must_use]
    pub fn instead(mut self, problem: Problem) -> Self {
        self.0.problem = problem;
        self
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self(Box::new(Inner {
            problem,
            details: Vec::new(),
        }))
    }
}

impl From<Invalid> for Failure {
    fn from(invalid: Invalid) -> Self {
        Problem::Invalid(invalid).into()
    }
}

impl fmt::Display for Failure {
    /// The code and nothing else: sentences are made by `text`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem().code())
    }
}

impl std::error::Error for Failure {}

impl Problem {
    /// A stable word for scripts.
    pub fn code(&self) -> &'static str {
        self.code_and_class().0
    }

    /// Which kind of failure it is.
    pub fn class(&self) -> Class {
        match self {
            Self::ChecksFailed { first, .. } => first.problem().class(),
            _ => self.code_and_class().1,
        }
    }

    fn code_and_class(&self) -> (&'static str, Class) {
        use Class::{Azure, Busy, Failed, Input, Network, Partly, Site};
        match self {
            Self::Invalid(_) => ("invalid", Input),
            Self::Usage { .. } => ("usage", Input),
            Self::FileUnreadable { .. } => ("file_unreadable", Input),
            Self::FileUnwritable { .. } => ("file_unwritable", Input),
            Self::FileMalformed { .. } => ("file_malformed", Input),
            Self::EnvironmentUnknown { .. } => ("environment_unknown", Input),
            Self::SecretsMissing { .. } => ("secrets_missing", Input),
            Self::NoSuchConnection { .. } => ("no_such_connection", Input),
            Self::NameTaken { .. } => ("name_taken", Input),
            Self::NoScheduler { .. } => ("no_scheduler", Failed),
            Self::ScheduleFailed { .. } => ("schedule_failed", Failed),
            Self::NotBuilt { .. } => ("not_built", Input),
            Self::TenantNotFound { .. } => ("tenant_not_found", Azure),
            Self::TenantElsewhere { .. } => ("tenant_elsewhere", Azure),
            Self::ClientUnknown { .. } => ("client_unknown", Azure),
            Self::SecretWrong { .. } => ("secret_wrong", Azure),
            Self::SecretExpired => ("secret_expired", Azure),
            Self::AppDisabled { .. } => ("app_disabled", Azure),
            Self::NoServicePrincipal { .. } => ("no_service_principal", Azure),
            Self::PublicClient => ("public_client", Azure),
            Self::PolicyBlocksSignIn => ("policy_blocks_sign_in", Azure),
            Self::AppNotAccessible { .. } => ("app_not_accessible", Azure),
            Self::AssignmentRequired { .. } => ("assignment_required", Azure),
            Self::AudienceUnknown { .. } => ("audience_unknown", Azure),
            Self::SignInRefused { .. } => ("sign_in_refused", Azure),
            Self::TokenMismatch { .. } => ("token_mismatch", Azure),
            Self::NotAllowed { .. } => ("not_allowed", Azure),
            Self::ApiPermissionMissing { .. } => ("api_permission_missing", Azure),
            Self::OfOtherTenant { .. } => ("of_other_tenant", Azure),
            Self::TokenRejected { .. } => ("token_rejected", Azure),
            Self::WorkspaceNotFound { .. } => ("workspace_not_found", Azure),
            Self::ResourceNotFound { .. } => ("resource_not_found", Azure),
            Self::ProviderNotRegistered { .. } => ("provider_not_registered", Azure),
            Self::PolicyForbids { .. } => ("policy_forbids", Azure),
            Self::ResourceLocked { .. } => ("resource_locked", Azure),
            Self::Conflict { .. } => ("conflict", Azure),
            Self::NotOurs { .. } => ("not_ours", Azure),
            Self::TextTooLong { .. } => ("text_too_long", Azure),
            Self::TooManyParts { .. } => ("too_many_parts", Failed),
            Self::GroupsNeedHistory { .. } => ("groups_need_history", Failed),
            Self::RuleWithoutAddress { .. } => ("rule_without_address", Azure),
            Self::TableDiffers { .. } => ("table_differs", Azure),
            Self::ResourceNotOurs { .. } => ("resource_not_ours", Azure),
            Self::ResourceBusy { .. } => ("resource_busy", Azure),
            Self::OperationFailed { .. } => ("operation_failed", Azure),
            Self::PrincipalNotFound { .. } => ("principal_not_found", Azure),
            Self::AssignmentDiffers { .. } => ("assignment_differs", Azure),
            Self::UploadNotAllowed { .. } => ("upload_not_allowed", Azure),
            Self::UploadRefused { .. } => ("upload_refused", Azure),
            Self::UploadTooLarge { .. } => ("upload_too_large", Azure),
            Self::NoPublicClient => ("no_public_client", Input),
            Self::PersonNotSignedIn { .. } => ("person_not_signed_in", Azure),
            Self::KeysNotAllowed { .. } => ("keys_not_allowed", Azure),
            Self::PersonNotAllowed { .. } => ("person_not_allowed", Azure),
            Self::NothingToAdopt { .. } => ("nothing_to_adopt", Azure),
            Self::AdoptWhich { .. } => ("adopt_which", Input),
            Self::AlreadyHere { .. } => ("already_here", Input),
            Self::AdoptOtherSite { .. } => ("adopt_other_site", Site),
            Self::QueryRefused { .. } => ("query_refused", Azure),
            Self::AzureRefused { .. } => ("azure_refused", Azure),
            Self::NotStored { .. } => ("not_stored", Failed),
            Self::Unreachable { .. } => ("unreachable", Network),
            Self::ProxyRefused { .. } => ("proxy_refused", Network),
            Self::TimedOut { .. } => ("timed_out", Network),
            Self::CutOff { .. } => ("cut_off", Network),
            Self::NotUnderstood { .. } => ("not_understood", Failed),
            Self::Throttled { .. } => ("throttled", Network),
            Self::Unavailable { .. } => ("unavailable", Network),
            Self::ForeignLink { .. } => ("foreign_link", Failed),
            Self::AzureCertificate { .. } => ("azure_certificate", Network),
            Self::CertificateFile { .. } => ("certificate_file", Input),
            Self::SiteUnreachable { .. } => ("site_unreachable", Network),
            Self::CertificateUnknown { .. } => ("certificate_unknown", Site),
            Self::CertificateChanged { .. } => ("certificate_changed", Site),
            Self::AccountRefused { .. } => ("account_refused", Site),
            Self::NtlmRefused { .. } => ("ntlm_refused", Site),
            Self::ProviderNeedsFullName { .. } => ("provider_needs_full_name", Input),
            Self::NoTicket { .. } => ("no_ticket", Site),
            Self::TicketExpired { .. } => ("ticket_expired", Site),
            Self::NoDomainController { .. } => ("no_domain_controller", Network),
            Self::ServiceUnknown { .. } => ("service_unknown", Site),
            Self::TicketRefused { .. } => ("ticket_refused", Site),
            Self::ClockSkew { .. } => ("clock_skew", Site),
            Self::SiteUnproven { .. } => ("site_unproven", Site),
            Self::NoSingleSignOn => ("no_single_sign_on", Input),
            Self::NoConfigMgrRights { .. } => ("no_configmgr_rights", Site),
            Self::NotAProvider { .. } => ("not_a_provider", Site),
            Self::ChildPrimary { .. } => ("child_primary", Site),
            Self::SiteChanged { .. } => ("site_changed", Site),
            Self::HierarchyChanged { .. } => ("hierarchy_changed", Site),
            Self::SiteReplaced { .. } => ("site_replaced", Site),
            Self::SiteSignIn { .. } => ("site_sign_in", Site),
            Self::CollectionsNotFound { .. } => ("collections_not_found", Site),
            Self::NotADeviceCollection { .. } => ("not_a_device_collection", Site),
            Self::SiteRefused { .. } => ("site_refused", Site),
            Self::NotSettled { .. } => ("not_settled", Partly),
            Self::DataFolder { .. } => ("data_folder", Failed),
            Self::DiskFull { .. } => ("disk_full", Failed),
            Self::DatabaseNewer { .. } => ("database_newer", Failed),
            Self::Database { .. } => ("database", Failed),
            Self::Busy { .. } => ("busy", Busy),
            Self::NoKeyring { .. } => ("no_keyring", Failed),
            Self::KeyringLocked { .. } => ("keyring_locked", Failed),
            Self::Keyring { .. } => ("keyring", Failed),
            Self::SecretLost { .. } => ("secret_lost", Failed),
            Self::Log { .. } => ("log", Failed),
            Self::Cancelled { partly: true, .. } => ("cancelled", Partly),
            Self::Cancelled { partly: false, .. } => ("cancelled", Failed),
            Self::Partly { .. } => ("partly", Partly),
            Self::DemoDiffers { .. } => ("demo_differs", Failed),
            Self::ChecksFailed { .. } => ("checks_failed", Failed),
            Self::Internal { .. } => ("internal", Failed),
        }
    }

    /// One of every variant, with made-up contents: for the table of problems in the documentation and for tests that no
    /// variant goes without a sentence.
    pub fn one_of_each() -> Vec<Self> {
        samples::all()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_variant_has_a_sample_and_its_own_code() {
        let samples = Problem::one_of_each();
        let codes: BTreeSet<&str> = samples.iter().map(Problem::code).collect();
        // Secret wrong and cancelled each stand twice, with the two sentences that they have.
        assert_eq!(codes.len(), samples.len() - 2);
        let in_table: BTreeSet<&str> = include_str!("mod.rs")
            .split(" => (\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .filter(|code| code.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
            .filter(|code| !code.is_empty())
            .collect();
        assert_eq!(codes, in_table, "a variant is missing from the samples");
    }

    #[test]
    fn every_problem_survives_the_way_through_a_file() {
        for problem in Problem::one_of_each() {
            let text = serde_json::to_string(&problem).unwrap();
            assert_eq!(serde_json::from_str::<Problem>(&text).unwrap(), problem);
        }
    }

    #[test]
    fn a_failure_keeps_its_facts() {
        let failure = Failure::from(Problem::SecretExpired)
            .with("Trace ID", "t")
            .with("Correlation ID", "");
        assert_eq!(failure.details(), [("Trace ID".into(), "t".to_owned())]);
        let other = failure.instead(Problem::PublicClient);
        assert_eq!((other.problem().code(), other.details().len()), ("public_client", 1));
    }
}
