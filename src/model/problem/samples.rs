//! One of every [`Problem`], with made-up contents: for the table of problems in the documentation and for the test that no
//! variant goes without a sentence.

use super::super::Environment;
use super::{
    ClientId, CollectionId, Failure, Fingerprint, Invalid, ObjectId, Problem, RuleId, SiteCode, TenantId, WorkspaceId,
};

fn guid<T: std::str::FromStr>() -> Option<T> {
    "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".parse().ok()
}

/// Built from literals that are right; an empty list would fail the tests that use it.
pub(super) fn all() -> Vec<Problem> {
    sample_values().map(|values| build(&values)).unwrap_or_default()
}

struct Values {
    client_id: ClientId,
    tenant_id: TenantId,
    object_id: ObjectId,
    workspace: WorkspaceId,
    rule: RuleId,
    collection: CollectionId,
    site: SiteCode,
    other_site: SiteCode,
    environment: Environment,
}

fn sample_values() -> Option<Values> {
    Some(Values {
        client_id: guid()?,
        tenant_id: guid()?,
        object_id: guid()?,
        workspace: "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/law-contoso".parse().ok()?,
        rule: "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg-monitor/providers/Microsoft.Insights/dataCollectionRules/dcr-configmgr-1f0e2d3c".parse().ok()?,
        collection: "PS100016".parse().ok()?,
        site: "PS1".parse().ok()?,
        other_site: "PS2".parse().ok()?,
        environment: Environment::built_in("AzurePublicCloud")?,
    })
}

#[allow(clippy::too_many_lines)] // one entry a variant
fn build(v: &Values) -> Vec<Problem> {
    let provider = || "cm01.corp.example".to_owned();
    let account = || "CORP\\svc-asw".to_owned();
    let host = || v.environment.arm.host().to_owned();
    let cause = || "connection refused".to_owned();
    let text = |text: &str| text.to_owned();
    vec![
        Problem::Invalid(Invalid::new(
            "client ID",
            "\"contoso\" is not a GUID",
            "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
        )),
        Problem::Usage {
            what: text("--full and --dry-run cannot be used together"),
        },
        Problem::FileUnreadable {
            path: text("contoso.toml"),
            cause: text("no such file"),
        },
        Problem::FileUnwritable {
            path: "grant.sh".into(),
            cause: "Permission denied".into(),
        },
        Problem::FileMalformed {
            path: text("contoso.toml"),
            line: 3,
            column: 1,
            why: text("unknown field `colections`"),
        },
        Problem::EnvironmentUnknown {
            name: text("AzureMoonCloud"),
        },
        Problem::SecretsMissing {
            what: text("the client secret"),
        },
        Problem::NoSuchConnection {
            name: text("Contoso"),
            known: vec![text("Fabrikam")],
        },
        Problem::NameTaken { name: text("Contoso") },
        Problem::NoScheduler {
            what: text("no systemd user instance answers"),
        },
        Problem::ScheduleFailed {
            what: text("its first run did not publish: the keyring is locked"),
        },
        Problem::NotBuilt { what: text("History") },
        Problem::TenantNotFound {
            tenant: text("contoso.example"),
            environment: v.environment.name.clone(),
        },
        Problem::TenantElsewhere {
            tenant: text("contoso.onmicrosoft.us"),
            environment: v.environment.name.clone(),
            cloud: text("login.microsoftonline.us"),
        },
        Problem::ClientUnknown {
            client_id: v.client_id,
            tenant_id: v.tenant_id,
        },
        Problem::SecretWrong { looks_like_id: false },
        Problem::SecretWrong { looks_like_id: true },
        Problem::SecretExpired,
        Problem::AppDisabled { client_id: v.client_id },
        Problem::NoServicePrincipal { client_id: v.client_id },
        Problem::PublicClient,
        Problem::PolicyBlocksSignIn,
        Problem::AppNotAccessible { client_id: v.client_id },
        Problem::AssignmentRequired {
            client_id: v.client_id,
            audience: v.environment.arm_audience.clone(),
        },
        Problem::AudienceUnknown {
            audience: v.environment.query_audience.clone(),
        },
        Problem::SignInRefused {
            error: text("invalid_grant"),
            message: text("AADSTS999999: Something new."),
        },
        Problem::TokenMismatch {
            what: text("the token is for another tenant"),
        },
        Problem::NotAllowed {
            operation: text("Microsoft.OperationalInsights/workspaces/savedSearches/write"),
            scope: v.workspace.to_string(),
        },
        Problem::ApiPermissionMissing {
            api: text("Log Analytics API"),
            permission: text("Data.Read"),
        },
        Problem::OfOtherTenant {
            what: v.workspace.to_string(),
        },
        Problem::TokenRejected { host: host() },
        Problem::WorkspaceNotFound {
            id: v.workspace.clone(),
        },
        Problem::ResourceNotFound {
            what: text("saved search asw-1f0e2d3c-PS100016"),
        },
        Problem::ProviderNotRegistered {
            namespace: text("Microsoft.OperationalInsights"),
        },
        Problem::PolicyForbids {
            message: text("Resource was disallowed by policy."),
        },
        Problem::ResourceLocked {
            message: text("The scope is locked."),
        },
        Problem::Conflict {
            what: text("saved search asw-1f0e2d3c-PS100016"),
        },
        Problem::NotOurs {
            id: text("asw-1f0e2d3c-PS100016"),
        },
        Problem::TextTooLong { characters: 8000 },
        Problem::TooManyParts {
            collection: v.collection.clone(),
            parts: 73,
            limit: 50,
        },
        Problem::GroupsNeedHistory {
            ids: vec![v.collection.clone()],
        },
        Problem::RuleWithoutAddress { rule: v.rule.clone() },
        Problem::TableDiffers {
            table: text("ConfigMgrCollectionMember_CL"),
            why: text("Seq is a string there, not a long"),
        },
        Problem::ResourceNotOurs { id: v.rule.to_string() },
        Problem::ResourceBusy {
            what: text("the table ConfigMgrCollectionMember_CL"),
        },
        Problem::OperationFailed {
            what: text("the table ConfigMgrCollectionMember_CL"),
            status: text("Failed"),
            message: text("Something went wrong."),
        },
        Problem::PrincipalNotFound { principal: v.object_id },
        Problem::AssignmentDiffers {
            id: text("1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"),
            scope: v.rule.to_string(),
        },
        Problem::UploadNotAllowed {
            rule: v.rule.clone(),
            waited: 30,
        },
        Problem::UploadRefused {
            message: text("The stream does not exist."),
        },
        Problem::UploadTooLarge { bytes: 1_200_000 },
        Problem::NoPublicClient,
        Problem::PersonNotSignedIn {
            why: text("the sign-in was declined"),
        },
        Problem::KeysNotAllowed { person: false },
        Problem::PersonNotAllowed {
            operation: text("Microsoft.Authorization/roleAssignments/write"),
            scope: v.rule.to_string(),
        },
        Problem::NothingToAdopt {
            workspace: v.workspace.clone(),
        },
        Problem::AdoptWhich {
            names: vec![text("Contoso"), text("Fabrikam")],
        },
        Problem::AlreadyHere { name: text("Contoso") },
        Problem::AdoptOtherSite {
            theirs: v.other_site.clone(),
            ours: v.site.clone(),
        },
        Problem::QueryRefused {
            message: text("SyntaxError: A recognition error occurred."),
        },
        Problem::AzureRefused {
            doing: text("writing a computer group"),
            status: 400,
            code: text("BadRequest"),
            message: text("The request is not valid."),
        },
        Problem::NotStored {
            what: text("computer group PS100016"),
        },
        Problem::Unreachable {
            host: host(),
            cause: cause(),
        },
        Problem::ProxyRefused { host: host() },
        Problem::TimedOut {
            host: host(),
            seconds: 60,
        },
        Problem::CutOff { host: host() },
        Problem::NotUnderstood {
            host: host(),
            expected: text("a list of subscriptions"),
        },
        Problem::Throttled {
            host: host(),
            retry_after: Some(30),
        },
        Problem::Unavailable {
            host: host(),
            status: 503,
        },
        Problem::ForeignLink {
            host: host(),
            link: text("https://elsewhere.example/"),
        },
        Problem::AzureCertificate {
            host: host(),
            cause: text("unknown issuer"),
        },
        Problem::CertificateFile {
            path: text("ca.pem"),
            cause: text("no certificate in it"),
        },
        Problem::SiteUnreachable {
            provider: provider(),
            cause: cause(),
        },
        Problem::CertificateUnknown {
            provider: provider(),
            presented: Fingerprint::new([0x9f; 32]),
            cause: text("unknown issuer"),
        },
        Problem::CertificateChanged {
            provider: provider(),
            accepted: Fingerprint::new([0x9f; 32]),
            presented: Fingerprint::new([0x1e; 32]),
        },
        Problem::AccountRefused {
            provider: provider(),
            account: account(),
        },
        Problem::NtlmRefused {
            provider: provider(),
            account: account(),
            offered: text("Negotiate"),
        },
        Problem::ProviderNeedsFullName { provider: text("cm01") },
        Problem::NoTicket { provider: provider() },
        Problem::TicketExpired { provider: provider() },
        Problem::NoDomainController {
            domain: text("CORP.EXAMPLE"),
            cause: text("connection refused"),
        },
        Problem::ServiceUnknown {
            service: text("HTTP/cm01.corp.example"),
        },
        Problem::TicketRefused {
            provider: provider(),
            account: account(),
        },
        Problem::ClockSkew { provider: provider() },
        Problem::SiteUnproven { provider: provider() },
        Problem::NoSingleSignOn,
        Problem::NoConfigMgrRights {
            provider: provider(),
            account: account(),
        },
        Problem::NotAProvider { provider: provider() },
        Problem::ChildPrimary {
            site: v.site.clone(),
            parent: text("CAS"),
            server: Some(text("cas01.corp.example")),
        },
        Problem::SiteChanged {
            expected: v.site.clone(),
            found: v.other_site.clone(),
        },
        Problem::HierarchyChanged {
            site: v.site.clone(),
            parent: text("CAS"),
            server: Some(text("cas01.corp.example")),
        },
        Problem::SiteReplaced {
            site: v.site.clone(),
            expected: super::SiteGuid::new(uuid::Uuid::from_bytes([0x51; 16])),
            found: super::SiteGuid::new(uuid::Uuid::from_bytes([0x52; 16])),
        },
        Problem::SiteSignIn {
            why: text("there is no password for the account"),
        },
        Problem::CollectionsNotFound {
            ids: vec![v.collection.clone()],
        },
        Problem::NotADeviceCollection {
            id: v.collection.clone(),
        },
        Problem::SiteRefused {
            doing: text("reading collections"),
            status: 500,
            message: text("Internal error"),
        },
        Problem::NotSettled {
            collection: v.collection.clone(),
            why: text("the site counted 12 members and listed 11"),
        },
        Problem::DataFolder {
            path: text("data"),
            cause: text("permission denied"),
        },
        Problem::DiskFull { path: text("data") },
        Problem::DatabaseNewer { found: 9, known: 1 },
        Problem::Database {
            cause: text("file is not a database"),
        },
        Problem::Busy { name: text("Contoso") },
        Problem::NoKeyring {
            cause: text("no session bus"),
        },
        Problem::KeyringLocked {
            cause: text("the collection is locked"),
        },
        Problem::Keyring {
            cause: text("the service does not answer"),
        },
        Problem::SecretLost {
            what: text("the secret key of \"Contoso\""),
        },
        Problem::Log {
            cause: text("permission denied"),
        },
        Problem::Cancelled {
            partly: true,
            left: text("12 collections"),
        },
        Problem::Cancelled {
            partly: false,
            left: text("everything"),
        },
        Problem::Partly {
            done: text("58 of 60 collections"),
            left: text("PS100016, PS100017"),
        },
        Problem::DemoDiffers {
            groups: vec![text("PS100016")],
        },
        Problem::ChecksFailed {
            failed: 2,
            first: Box::new(Failure::from(Problem::SecretExpired)),
        },
        Problem::Internal {
            what: text("a task ended without an answer"),
        },
    ]
}
