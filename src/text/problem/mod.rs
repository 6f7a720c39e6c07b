//! A sentence and a next step for every [`Problem`].

use crate::model::problem::{Class, Failure, Problem};
use crate::model::{Environment, Invalid};
use crate::text::ids_listed;

mod site;

/// What a person reads about a problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    /// What happened, and why.
    pub sentence: String,
    /// What to do about it.
    pub next_step: String,
}

fn say(sentence: impl Into<String>, next_step: impl Into<String>) -> Wording {
    Wording {
        sentence: sentence.into(),
        next_step: next_step.into(),
    }
}

/// What is wrong with a field, in one line below it.
pub fn mistake(invalid: &Invalid) -> String {
    format!("{}. Like this: {}", sentence_case(&invalid.why), invalid.example)
}

/// A failure with all that a ticket needs: sentence, next step, code and details, a line each.
pub fn for_ticket(failure: &Failure) -> String {
    let words = in_window(failure.problem());
    let mut lines = format!(
        "{}\n{}\nCode: {}\n",
        words.sentence,
        words.next_step,
        failure.problem().code()
    );
    for (name, value) in failure.details() {
        lines.push_str(&format!("{name}: {value}\n"));
    }
    lines
}

/// The wording of a problem for a person at the window: where the next step would be a command, it is a button instead.
pub fn in_window(problem: &Problem) -> Wording {
    let next_step = match problem {
        Problem::Usage { .. } => {
            "What is shown may have changed meanwhile: Refresh (F5) reads the list of connections anew; then try again."
        }
        Problem::SecretsMissing { .. } | Problem::SecretLost { .. } => {
            "A keyring belongs to one account: run this program as the account that made the connection. If the key is lost, \
             give a new one with Update secret key; if the connection was not finished, go on with it and type it again."
        }
        Problem::SecretExpired => {
            "Create a new client secret for the app (Certificates & secrets), and give it here: in the field Secret Key of the \
             wizard, or with Update secret key for a connection that exists."
        }
        Problem::KeysNotAllowed { person: false } => {
            "Have an administrator sign in below, or create the key in the portal and paste it. An app that owns itself may, with the \
             permission Application.ReadWrite.OwnedBy of Microsoft Graph."
        }
        Problem::ResourceNotFound { what } if !what.starts_with('/') => {
            "It may have been deleted in the portal. Publish now makes it again."
        }
        Problem::NoKeyring { .. } => {
            "Start a Secret Service (such as gnome-keyring) in this session, then try again. Secrets are never written to a file."
        }
        Problem::NoSuchConnection { .. } => "It may have been deleted meanwhile. Refresh (F5) reads the list anew.",
        Problem::DataFolder { .. } => {
            "Ask for write access to it, or start the program with --data-dir and another folder."
        }
        Problem::KeyringLocked { .. } => {
            "Unlock it (sign in to the desktop, or unlock it in the keyring's own program), then try again."
        }
        Problem::Keyring { .. } => "Check the keyring with its own program, then try again.",
        Problem::Cancelled { .. } => "Do it again when it suits.",
        Problem::CertificateUnknown { .. } => {
            "Compare the SHA-256 with that of the certificate on the SMS Provider. Only if they are the same, trust it on the page \
             General; or name the root certificate that it goes back to."
        }
        Problem::NoSingleSignOn | Problem::SiteSignIn { .. } => {
            "Choose \"This account\" on the page General, and type it with its password (user@corp.example)."
        }
        Problem::NoScheduler { .. } | Problem::ScheduleFailed { .. } => {
            "Ask whoever looks after this computer to have it publish on schedule."
        }
        Problem::ChecksFailed { first, .. } => {
            return say(wording(problem).sentence, in_window(first.problem()).next_step);
        }
        _ => {
            return match site::moving_in_window(problem) {
                Some(next_step) => say(wording(problem).sentence, next_step),
                None => wording(problem),
            };
        }
    };
    say(wording(problem).sentence, next_step)
}

/// The wording of a problem.
pub fn wording(problem: &Problem) -> Wording {
    match problem {
        Problem::ChecksFailed { failed, first } => {
            let first = wording(first.problem());
            let what = super::count(*failed, "check", "checks");
            say(format!("{what} failed. First: {}", first.sentence), first.next_step)
        }
        _ => match problem.class() {
            _ if site::is_of_sign_in(problem) => site::wording(problem),
            Class::Input => input(problem),
            Class::Azure => azure(problem),
            Class::Site => site::wording(problem),
            Class::Network => network(problem),
            Class::Partly | Class::Busy => run(problem),
            Class::Failed => machine(problem),
        },
    }
}

fn input(problem: &Problem) -> Wording {
    match problem {
        Problem::Invalid(invalid) => say(
            format!("The {} cannot be used: {}.", invalid.what, invalid.why),
            format!("Type it like this: {}", invalid.example),
        ),
        Problem::Usage { what } => say(
            format!("{}.", sentence_case(what)),
            "Run the command with --help to see how it is used.",
        ),
        Problem::FileUnreadable { path, cause } => say(
            format!("The file {path} cannot be read: {cause}."),
            "Check the path, and that this account may read the file.",
        ),
        Problem::FileUnwritable { path, cause } => say(
            format!("The file {path} cannot be written: {cause}."),
            "Name another folder, or one in which this account may write.",
        ),
        Problem::FileMalformed {
            path,
            line,
            column,
            why,
        } => say(
            format!("{path}, line {line}, column {column}: {why}."),
            "Correct that place and try again; nothing was changed.",
        ),
        Problem::EnvironmentUnknown { name } => say(
            format!("There is no Azure environment called \"{name}\", and no file of that name."),
            "Use AzurePublicCloud, AzureUSGovernmentCloud or AzureChinaCloud, or the path of an environment file.",
        ),
        Problem::SecretsMissing { what } => say(
            format!("{} is missing.", sentence_case(what)),
            "Run the command on a terminal and type it when asked, or pass --secrets-stdin and send one line of JSON: \
             {\"client_secret\":\"…\",\"site_password\":\"…\"}",
        ),
        Problem::NoSuchConnection { name, known } if known.is_empty() => say(
            format!("There is no connection called \"{name}\": this account has none yet."),
            "Make one with: asw connect --file SETUP.toml. Connections belong to the account that made them.",
        ),
        Problem::NoSuchConnection { name, known } => say(
            format!("There is no connection called \"{name}\"."),
            format!("These exist: {}.", known.join(", ")),
        ),
        Problem::NameTaken { name } => say(
            format!("A connection called \"{name}\" exists already, with other properties."),
            "Choose another name, or remove the existing connection first. Nothing was changed.",
        ),
        Problem::NoPublicClient => say(
            "No app registration is named with which an administrator could sign in here.",
            "Name the client ID of a public client (Entra, App registrations, Authentication, Mobile and desktop applications, redirect URI http://localhost), or hand the commands to an administrator instead.",
        ),
        Problem::AdoptWhich { names } => say(
            format!("The workspace carries several connections: {}.", names.join(", ")),
            "Give the set-up the name of the one that is meant.",
        ),
        Problem::AlreadyHere { name } => say(
            format!("This account has that connection already, under the name \"{name}\"."),
            "There is nothing to take over: use it as it is.",
        ),
        Problem::NotBuilt { what } => say(
            format!("{what} is not part of this version yet."),
            "See \"What is not there yet\" in the README for what to use until then.",
        ),
        Problem::CertificateFile { path, cause } => say(
            format!("The certificates in {path} cannot be used: {cause}."),
            "Use the certificate of the root authority, not that of a server: a .cer file as Windows exports it (DER or Base-64), or a PEM file.",
        ),
        other => unknown(other),
    }
}

#[allow(clippy::too_many_lines)] // one entry a problem
fn azure(problem: &Problem) -> Wording {
    match problem {
        Problem::TenantNotFound { tenant, environment } => say(
            format!("There is no tenant \"{tenant}\" in {environment}."),
            "Check the tenant ID on the Overview page of Microsoft Entra ID, or choose the environment that the tenant belongs to.",
        ),
        Problem::TenantElsewhere {
            tenant,
            environment,
            cloud,
        } => say(
            if cloud.is_empty() {
                format!("The tenant \"{tenant}\" or its app registration belongs to another cloud than {environment}.")
            } else {
                format!("The tenant \"{tenant}\" does not belong to {environment} but to another cloud ({cloud}).")
            },
            match Environment::of_cloud(cloud) {
                Some(theirs) => format!("Choose the Azure environment {}.", theirs.name),
                None => "Choose the Azure environment of the cloud in which tenant and app were made.".to_owned(),
            },
        ),
        Problem::ClientUnknown { client_id, tenant_id } => say(
            format!("The tenant {tenant_id} has no app registration with the client ID {client_id}."),
            "Copy the Application (client) ID from the app's Overview page, and check that the app is registered in this tenant.",
        ),
        Problem::SecretWrong { looks_like_id: true } => say(
            "Azure refused the secret key, and what was typed looks like the secret's ID, not its value.",
            "Use the Value column of Certificates & secrets. The portal shows it only once: if it is gone, create a new client secret.",
        ),
        Problem::SecretWrong { looks_like_id: false } => say(
            "Azure refused the secret key: it is not one of this app's.",
            "Use the Value (not the Secret ID) of a client secret of this app; if it is lost, create a new one under Certificates & secrets.",
        ),
        Problem::SecretExpired => say(
            "The secret key has expired.",
            "Create a new client secret for the app (Certificates & secrets), then run: asw update-secret NAME --expires DATE",
        ),
        Problem::AppDisabled { client_id } => say(
            format!("The app {client_id} is disabled in this tenant."),
            "Ask an Entra administrator to set \"Enabled for users to sign-in\" to Yes on the app's page under Enterprise applications.",
        ),
        Problem::NoServicePrincipal { client_id } => say(
            format!(
                "The app {client_id} is registered, but has no enterprise application (service principal) in this tenant."
            ),
            format!("Ask an Entra administrator to run: az ad sp create --id {client_id}"),
        ),
        Problem::PublicClient => say(
            "The app is registered as a public client, which may not sign in with a secret key.",
            "Use an app registration of the type Web, or set \"Allow public client flows\" to No.",
        ),
        Problem::PolicyBlocksSignIn => say(
            "A policy of the tenant blocks the sign-in.",
            "Ask an Entra administrator to look up the correlation ID below in the sign-in logs; often it is Conditional Access for workload identities.",
        ),
        Problem::AppNotAccessible { client_id } => say(
            format!("The tenant does not let anybody use the app {client_id} at the moment."),
            "Ask an Entra administrator why: the app may be under review, or blocked by Microsoft or by the tenant.",
        ),
        Problem::AssignmentRequired { client_id, audience } => say(
            format!("The service {audience} lets in only who is assigned to it, and the app {client_id} is not."),
            "Ask an Entra administrator to assign it there (Enterprise applications, Users and groups), or to set \"Assignment required?\" to No.",
        ),
        Problem::AudienceUnknown { audience } => say(
            format!("The tenant does not know the service {audience}."),
            "Check the Azure environment; if it is right, ask an administrator to add the service's enterprise application to the tenant.",
        ),
        Problem::SignInRefused { error, message } => say(
            format!("Entra refused the sign-in ({error}): {message}"),
            "The words above come from Entra. Show them with the details below to whoever manages the app registration.",
        ),
        Problem::TokenMismatch { what } => say(
            format!("Entra answered, but {what}."),
            "Check tenant ID and client ID. If both are right, something between this computer and Entra changes answers.",
        ),
        Problem::NotAllowed { operation, scope } => say(
            format!("The app may not do {operation} on {scope}."),
            format!(
                "Ask an Owner to {}. A role that was given just now can take up to ten minutes.",
                remedy(operation)
            ),
        ),
        Problem::ApiPermissionMissing { api, permission } => say(
            format!("The app lacks the permission {permission} of the {api}."),
            format!(
                "Ask an Entra administrator to add it to the app registration (API permissions, APIs my organization uses, {api}, Application permissions) and to grant admin consent."
            ),
        ),
        Problem::OfOtherTenant { what } => say(
            format!("{what} belongs to another tenant than the one signed in to."),
            "Use an app registration of the tenant that the subscription belongs to, or a workspace of the app's tenant.",
        ),
        Problem::TokenRejected { host } => say(
            format!("{host} does not accept the app's token."),
            "Check the Azure environment and this computer's clock, then try again.",
        ),
        Problem::WorkspaceNotFound { id } => say(
            format!("The workspace {id} does not exist, or the app may not see it."),
            "Check the resource ID (workspace, Properties, Resource ID), and that the app has a role on the workspace.",
        ),
        Problem::ResourceNotFound { what } if what.starts_with('/') => say(
            format!("Azure does not find {what}, or does not show it."),
            "Check that it was not deleted in the portal, and that who signs in has a role there.",
        ),
        Problem::ResourceNotFound { what } => say(
            format!("Azure does not find {what}."),
            "It may have been deleted in the portal. A full run makes it again: asw sync NAME --full",
        ),
        Problem::ProviderNotRegistered { namespace } => say(
            format!("The subscription has not registered the resource provider {namespace}."),
            format!("Ask an Owner to run: az provider register --namespace {namespace}"),
        ),
        Problem::PolicyForbids { message } => say(
            format!("An Azure Policy of the company forbids it: {message}"),
            "Ask whoever manages Azure Policy for an exemption, or for a workspace where it is allowed.",
        ),
        Problem::ResourceLocked { message } => say(
            format!("A resource lock is in the way: {message}"),
            "Ask an Owner to remove the lock on the workspace or its resource group.",
        ),
        Problem::Conflict { what } => say(
            format!(
                "{} exists already in the workspace in another form.",
                sentence_case(what)
            ),
            "Someone else may have changed it at the same moment. Try again.",
        ),
        Problem::NotOurs { id } => say(
            format!(
                "The saved search {id} stands in the workspace, but was not made by this connection. It was left alone."
            ),
            "Look at it in the portal (Logs, Queries) and delete or rename it there if it is not needed.",
        ),
        Problem::TextTooLong { characters } => say(
            format!("The workspace does not accept a query text of {characters} characters."),
            "Even very short texts are refused, so it is something else: report it with the details below.",
        ),
        Problem::RuleWithoutAddress { rule } => say(
            format!(
                "The data collection rule {rule} has no address for uploads, and the app may not make a data collection endpoint beside it."
            ),
            "Ask an Owner to give the app the role Monitoring Contributor on the rule's resource group, then try again.",
        ),
        Problem::TableDiffers { table, why } => say(
            format!("The workspace has a table {table} already, and it is not ours: {why}. It was left alone."),
            "Use another workspace, or rename or delete that table in the portal if nobody needs it.",
        ),
        Problem::ResourceNotOurs { id } => say(
            format!("{id} exists already and was not made by this connection. It was left alone."),
            "Choose another resource group for the rule, or delete it in the portal if nobody needs it.",
        ),
        Problem::ResourceBusy { what } => say(
            format!("Azure is still at work on {what} and keeps it locked."),
            "Try again in some minutes; what stands already is kept.",
        ),
        Problem::OperationFailed { what, status, message } => say(
            format!("Azure began to make {what} and did not finish ({status}): {message}"),
            "Try again. If it happens again, show the words above with the details below to whoever manages the subscription.",
        ),
        Problem::PrincipalNotFound { principal } => say(
            format!("Azure does not find the service principal {principal} that should get the role."),
            "A new one takes some minutes to be known everywhere: try again. Else check that this is the object ID of the enterprise application, not of the app registration.",
        ),
        Problem::AssignmentDiffers { id, scope } => say(
            format!("The role assignment {id} stands on {scope} already and gives something else. It was left alone."),
            "Ask an Owner to delete it there (Access control, Role assignments), then try again.",
        ),
        Problem::UploadNotAllowed { rule, waited: 0 } => say(
            format!("The app may not upload through the data collection rule {rule}."),
            "Ask an Owner to give the app the role Monitoring Metrics Publisher on the rule or its resource group. A new role can take up to 30 minutes.",
        ),
        Problem::UploadNotAllowed { rule, waited } => say(
            format!(
                "After {} the app still may not upload through the data collection rule {rule}.",
                super::count(usize::try_from(*waited).unwrap_or_default(), "minute", "minutes")
            ),
            "Check that the role Monitoring Metrics Publisher stands on the rule or its resource group, for the app's service principal; then try again. Everything else stands already.",
        ),
        Problem::UploadRefused { message } => say(
            format!("Azure refused the rows: {message}"),
            "Turn history off and on again, which renews table and rule; if it happens again, report it with the details below.",
        ),
        Problem::UploadTooLarge { bytes } => say(
            format!("Azure does not take {bytes} bytes in one upload."),
            "Smaller uploads were tried as far as they make sense. Look for a proxy between this computer and Azure that takes no more; nothing of this upload was stored.",
        ),
        Problem::PersonNotSignedIn { why } => say(
            format!("Nobody signed in: {why}."),
            "Try again, use the sign-in with a code, or hand the commands to an administrator instead. Nothing was changed.",
        ),
        Problem::KeysNotAllowed { person: false } => say(
            "The app may not make a secret key for itself.",
            "Have an administrator sign in for it in the window, under Update secret key; or create the key in the portal and paste it; or \
             let the app do it: the permission Application.ReadWrite.OwnedBy of Microsoft Graph, with the app as an owner of itself.",
        ),
        Problem::KeysNotAllowed { person: true } => say(
            "The person who signed in may not make a secret key for this app.",
            "Sign in as an owner of the app registration, an Application Administrator or a Cloud Application Administrator; or create \
             the key in the portal and paste it.",
        ),
        Problem::PersonNotAllowed { operation, scope } => say(
            format!("The person who signed in may not do {operation} on {scope}."),
            "Sign in as an Owner or User Access Administrator of the resource group, or hand the commands to one.",
        ),
        Problem::NothingToAdopt { workspace } => say(
            format!("The workspace {workspace} carries no connection of this program for that site."),
            "Make a new connection instead, or check the workspace's resource ID.",
        ),
        Problem::QueryRefused { message } => say(
            format!("The workspace refused the query: {message}"),
            "Correct the query. If it is one of ours, run a full sync, then report it with the details below.",
        ),
        Problem::AzureRefused {
            doing,
            status,
            code,
            message,
        } => say(
            format!("Azure refused {doing} ({status} {code}): {message}"),
            "The words above come from Azure. Show them with the details below to whoever manages the subscription.",
        ),
        other => unknown(other),
    }
}

/// What an Owner can do so that the app may do an operation.
fn remedy(operation: &str) -> &'static str {
    let operation = operation.to_ascii_lowercase();
    if operation.starts_with("microsoft.insights/datacollection") {
        "give the app the role Monitoring Contributor on the resource group of the data collection rule"
    } else if operation.starts_with("microsoft.authorization/roleassignments/") {
        "make the role assignment, or let one sign in here: an app with Contributor may not give roles"
    } else if operation.starts_with("microsoft.insights/telemetry/") {
        "give the app the role Monitoring Metrics Publisher on the data collection rule or its resource group"
    } else {
        "give the app the role Contributor on the workspace"
    }
}

fn network(problem: &Problem) -> Wording {
    match problem {
        Problem::Unreachable { host, cause } => say(
            format!("{host} cannot be reached: {cause}."),
            "Check the network, the proxy and the firewall of this computer, then try again.",
        ),
        Problem::ProxyRefused { host } => say(
            format!("The proxy on the way to {host} wants a user name and a password, or refuses those that it got."),
            "Put them into the proxy's address, such as HTTPS_PROXY=http://name:password@proxy.corp.example:8080, or ask for a way past the proxy for this computer.",
        ),
        Problem::TimedOut { host, seconds } => say(
            format!("{host} did not answer within {seconds} seconds."),
            "Try again; if it stays like this, check the network, the proxy and the firewall.",
        ),
        Problem::CutOff { host } => say(
            format!("The answer of {host} ended midway, also when asked again."),
            "Try again later; if it stays like this, look for a proxy or an inspection of traffic on the way.",
        ),
        Problem::Throttled { host, retry_after } => say(
            match retry_after {
                Some(seconds) if *seconds > 0 => {
                    format!("{host} is asked too much at the moment and wants us to wait {seconds} seconds.")
                }
                _ => format!("{host} is asked too much at the moment."),
            },
            "Nothing is lost: try again later.",
        ),
        Problem::Unavailable { host, status } => say(
            format!("{host} is out of order at the moment (HTTP {status})."),
            "Nothing is lost: try again later. The service's status page may know more.",
        ),
        Problem::AzureCertificate { host, cause } => say(
            format!("The certificate of {host} is not trusted: {cause}."),
            "If a proxy inspects traffic here, its root must be trusted by this computer; for a private cloud name its root as ca_file.",
        ),
        Problem::SiteUnreachable { provider, cause } => say(
            format!("The SMS Provider {provider} cannot be reached: {cause}."),
            "Check the full server name, and that TCP port 443 is open to it from this computer (no proxy is used for it).",
        ),
        other => unknown(other),
    }
}

fn run(problem: &Problem) -> Wording {
    match problem {
        Problem::NotSettled { collection, why } => say(
            format!("The membership of {collection} changed while it was read: {why}. The last complete group stays."),
            "Nothing to do: the next run tries again.",
        ),
        Problem::Cancelled { partly: true, left } => say(
            format!("Stopped at a safe point. Left undone: {left}."),
            "Do the same again; it goes on where it stopped.",
        ),
        Problem::Partly { done, left } => say(
            format!("Done: {done}. Not done: {left}."),
            "The last complete groups stay. Try again once the cause is gone.",
        ),
        Problem::Busy { name } => say(
            format!("Another run of \"{name}\" is under way."),
            "Wait until it has ended, then try again.",
        ),
        other => unknown(other),
    }
}

fn machine(problem: &Problem) -> Wording {
    match problem {
        Problem::NoScheduler { what } => say(
            format!("This machine has no scheduler that runs for this account: {what}."),
            "Leave \"asw sync --all --watch\" running, or have another scheduler start \"asw sync --all\" as this account. \
             As a line of a crontab: 0 */3 * * * asw sync --all",
        ),
        Problem::ScheduleFailed { what } => say(
            format!("The schedule could not be installed: {what}."),
            "Nothing of it is left. Put that right, and run asw schedule install again; asw verify tries the sign-ins from here.",
        ),
        Problem::TooManyParts {
            collection,
            parts,
            limit,
        } => say(
            format!(
                "The collection {collection} is too large for a computer group: it needs {parts} parts, and {limit} are allowed."
            ),
            "Publish with history: then the group is made from its rows, which have no such limit. Or choose smaller collections.",
        ),
        Problem::GroupsNeedHistory { ids } => say(
            format!(
                "History cannot be turned off: what is published of {} is too large for texts, is made from the rows of history, and would come out empty without them.",
                ids_listed(ids)
            ),
            "Take these collections out of the connection first, or leave history on.",
        ),
        Problem::NotStored { what } => say(
            format!("Azure accepted {what}, but does not show it as it was sent."),
            "Try again; if it stays like this, report it with the details below.",
        ),
        Problem::NotUnderstood { host, expected } => say(
            format!("{host} answered something that is not {expected}."),
            "Look for a proxy or a sign-in page on the way; if there is none, report it with the details below.",
        ),
        Problem::ForeignLink { host, link } => say(
            format!("{host} sends us on to {link}, which is another server. It was not followed."),
            "Report it with the details below; nothing was sent there.",
        ),
        Problem::DataFolder { path, cause } => say(
            format!("The data folder {path} cannot be used: {cause}."),
            "Choose another one with --data-dir or ASW_DATA_DIR, or ask for write access to it.",
        ),
        Problem::DiskFull { path } => say(
            format!("There is no room left on the disk of {path}."),
            "Make room and try again; what was published stays as it was.",
        ),
        Problem::DatabaseNewer { found, known } => say(
            format!(
                "The data folder was written by a newer version of this program (format {found}; this one knows {known})."
            ),
            "Install the newer version, or use another data folder. Nothing was changed.",
        ),
        Problem::Database { cause } => say(
            format!("The database in the data folder cannot be used: {cause}."),
            "If another program is at work on it, try again in a moment. If it is damaged, restore asw.db from a backup, or move it away and connect again: the groups in Azure stay.",
        ),
        Problem::NoKeyring { cause } => say(
            format!("This session has no keyring to keep secrets in ({cause})."),
            "Start a Secret Service (such as gnome-keyring) in this session, or add --secrets-in-memory to keep them for this run only. They are never written to a file.",
        ),
        Problem::KeyringLocked { cause } => say(
            format!("The keyring is locked or refuses access ({cause})."),
            "Unlock it (sign in to the desktop, or unlock it in the keyring's own program) and try again.",
        ),
        Problem::Keyring { cause } => say(
            format!("The keyring cannot be used: {cause}."),
            "Check the keyring with its own program, then try again.",
        ),
        Problem::SecretLost { what } => say(
            format!("The keyring of this account does not hold {what}."),
            "A keyring belongs to one account: run as the account that connected. If it is lost, run the same asw connect \
             again and give it anew; a secret key alone also with asw update-secret.",
        ),
        Problem::Log { cause } => say(
            format!("The log cannot be written: {cause}."),
            "Check the data folder's free room and access rights.",
        ),
        Problem::Cancelled { left, .. } => say(
            format!("Stopped before anything was done. Left undone: {left}."),
            "Do the same again when it suits.",
        ),
        Problem::DemoDiffers { groups } => say(
            format!(
                "The computer groups differ from what the site holds: {}.",
                groups.join(", ")
            ),
            "If no loss was planted with --fault, this is a bug: report it with the details below.",
        ),
        Problem::Internal { what } => say(
            format!("A mistake of this program: {what}."),
            "Report it with the log file of the data folder. Nothing half-written is kept as if it were whole.",
        ),
        other => unknown(other),
    }
}

/// Never seen: the tests walk every variant. A sentence all the same, so that nobody is left without one.
fn unknown(problem: &Problem) -> Wording {
    say(
        format!("Something went wrong ({}).", problem.code()),
        "Report it with the log file of the data folder.",
    )
}

fn sentence_case(text: &str) -> String {
    let mut characters = text.chars();
    let first: String = characters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}", characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_at_the_window_is_sent_to_the_command_line() {
        for problem in Problem::one_of_each() {
            let words = in_window(&problem);
            let told = words.next_step.contains("asw ")
                || words.next_step.contains("the command again")
                || words.next_step.contains("--secrets");
            assert!(!told, "{}: {}", problem.code(), words.next_step);
        }
    }

    #[test]
    fn each_operation_has_the_role_that_gives_it() {
        for (operation, role) in [
            (
                "Microsoft.OperationalInsights/workspaces/tables/write",
                "Contributor on the workspace",
            ),
            ("microsoft.insights/dataCollectionRules/write", "Monitoring Contributor"),
            (
                "Microsoft.Insights/dataCollectionEndpoints/write",
                "Monitoring Contributor",
            ),
            ("Microsoft.Authorization/roleAssignments/write", "may not give roles"),
            ("Microsoft.Insights/Telemetry/Write", "Monitoring Metrics Publisher"),
        ] {
            let (operation, scope) = (operation.to_owned(), "/subscriptions/s".to_owned());
            let words = wording(&Problem::NotAllowed { operation, scope });
            assert!(words.next_step.contains(role), "{}", words.next_step);
        }
    }

    #[test]
    fn every_problem_has_its_own_sentence_and_next_step() {
        for problem in Problem::one_of_each() {
            let words = wording(&problem);
            assert!(
                !words.sentence.starts_with("Something went wrong"),
                "{} has no sentence",
                problem.code()
            );
            // A sentence may start with a host or a file; what to do next never does.
            assert!(
                words.next_step.chars().next().is_some_and(char::is_uppercase),
                "{}",
                words.next_step
            );
            for text in [&words.sentence, &words.next_step] {
                assert!(!text.contains("  ") && !text.contains(".."), "{text}");
            }
            assert!(
                words.sentence.ends_with(['.', '"']) || words.sentence.contains(": "),
                "{}",
                words.sentence
            );
        }
    }
}
