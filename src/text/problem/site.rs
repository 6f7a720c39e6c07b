//! Wordings of the site: its certificate, the sign-in, the rights, the hierarchy.

use super::{Wording, say, unknown};
use crate::model::problem::Problem;
use crate::text::ids_listed;

/// Whether the problem is one of signing in, whatever class its exit code has.
pub(super) const fn is_of_sign_in(problem: &Problem) -> bool {
    matches!(
        problem,
        Problem::NoDomainController { .. } | Problem::ProviderNeedsFullName { .. } | Problem::NoSingleSignOn
    )
}

/// A sentence and a next step for a problem with the site.
pub(super) fn wording(problem: &Problem) -> Wording {
    match problem {
        Problem::CertificateUnknown {
            provider,
            presented,
            cause,
        } => say(
            format!("The certificate of {provider} is not trusted ({cause}). Its SHA-256 is {presented}."),
            format!(
                "Compare the SHA-256 with the certificate bound on the SMS Provider. If it is the same, trust exactly this one: trust = \"sha256:{presented}\""
            ),
        ),
        Problem::CertificateChanged {
            provider,
            accepted,
            presented,
        } => say(
            format!("The certificate of {provider} has changed: accepted was {accepted}, now it shows {presented}."),
            "Ask the site's administrator whether the certificate was renewed. Only then accept the new one; nothing was sent to the server.",
        ),
        Problem::AccountRefused { provider, account } => say(
            format!("{provider} refused the account {account} or its password."),
            "Check the account (DOMAIN\\user) and the password. The password is not tried again by itself, so that the account is not locked. If both are right, look for a proxy that inspects traffic to the server.",
        ),
        Problem::NoConfigMgrRights { provider, account } => say(
            format!("{provider} let {account} in, but the account has no rights in Configuration Manager."),
            "Ask a Full Administrator to add the account under Administration, Security, Administrative Users, with the role Read-only Analyst.",
        ),
        Problem::NotAProvider { provider } => say(
            format!("{provider} answers, but it is not an SMS Provider with the administration service."),
            "Use the server that the site's Properties show as \"SMS Provider location\", by its full name.",
        ),
        Problem::ChildPrimary { site, parent, server } => say(
            format!(
                "The site {site} is a child primary site; the connection belongs at the top of the hierarchy, which is {parent}."
            ),
            match server {
                Some(server) => format!("Use an SMS Provider of {parent}, such as {server}."),
                None => format!("Use an SMS Provider of {parent}."),
            },
        ),
        Problem::SiteChanged { expected, found } => say(
            format!("The connection was made for the site {expected}, but {found} answers now."),
            "Check the SMS Provider's name. If the connection is to go over to the other site, move it: asw move NAME --provider SERVER. Groups of collections that are there keep their names.",
        ),
        Problem::AdoptOtherSite { theirs, ours } => say(
            format!(
                "The connection in the workspace was made for the site {theirs}, and the set-up names an SMS Provider of {ours}."
            ),
            format!("Name an SMS Provider of {theirs}, or make a new connection for {ours}."),
        ),
        Problem::CollectionsNotFound { ids } => say(
            format!(
                "The site does not show the {}: {}.",
                if ids.len() == 1 { "collection" } else { "collections" },
                ids_listed(ids)
            ),
            "Check the collection IDs, and that the account's security scopes include these collections.",
        ),
        Problem::NotADeviceCollection { id } => say(
            format!("The collection {id} does not hold devices."),
            "Choose device collections only; the console lists them under Assets and Compliance, Device Collections.",
        ),
        Problem::SiteRefused { doing, status, message } => say(
            format!("The site refused {doing} ({status}): {message}"),
            "Look at AdminService.log on the SMS Provider at this time; it has a line for every request.",
        ),
        Problem::HierarchyChanged { site, parent, server } => say(
            format!(
                "The hierarchy changed: the connection's site {site} now belongs to the central administration site {parent}. Nothing was published; the groups are as they were."
            ),
            match server {
                Some(server) => format!(
                    "Move the connection to an SMS Provider of {parent}, such as {server}: asw move NAME --provider {server}. Its groups keep their names."
                ),
                None => format!(
                    "Move the connection to an SMS Provider of {parent}: asw move NAME --provider SERVER. Its groups keep their names."
                ),
            },
        ),
        Problem::SiteReplaced { site, expected, found } => say(
            format!(
                "The site {site} is not the one that the connection was made for: it was {expected}, and {found} answers now. Nothing was published; the groups are as they were."
            ),
            "Check the SMS Provider's name. If the site was installed anew, its collection IDs may belong to other collections now: asw move NAME --provider SERVER --dry-run compares the names; without --dry-run it moves the connection.",
        ),
        other => sign_in(other),
    }
}

/// The next step at the window for another site than the connection's.
pub(super) fn moving_in_window(problem: &Problem) -> Option<String> {
    Some(match problem {
        Problem::SiteChanged { found, .. } => format!(
            "Check the SMS Provider's name. If the connection is to go over to {found}, use Move connection…: groups of \
             collections that are there keep their names."
        ),
        Problem::HierarchyChanged { parent, server, .. } => {
            let server = server
                .as_ref()
                .map(|server| format!(", such as {server}"))
                .unwrap_or_default();
            format!("Use Move connection… with an SMS Provider of {parent}{server}. The groups keep their names.")
        }
        Problem::SiteReplaced { .. } => {
            "Check the SMS Provider's name. If the site was installed anew, its collection IDs \
             may belong to other collections now: Move connection… shows the names before anything is changed."
                .to_owned()
        }
        _ => return None,
    })
}

/// Signing in to the site.
fn sign_in(problem: &Problem) -> Wording {
    match problem {
        Problem::NtlmRefused {
            provider,
            account,
            offered,
        } => say(
            format!(
                "{provider} does not take a sign-in of {account} with NTLM (it offers {offered}). Configuration Manager 2509 and later need Kerberos."
            ),
            if account.contains('@') {
                "Use the server's full name (cm01.corp.example) rather than an alias, and check that a domain controller can be reached from here."
            } else {
                "Write the account with its full domain (user@corp.example), and the server by its full name (cm01.corp.example): then Kerberos can be used."
            },
        ),
        Problem::ProviderNeedsFullName { provider } => say(
            format!("{provider} is not the server's full name, and Kerberos needs that."),
            "Write the SMS Provider as cm01.corp.example: the console shows the name under the site's Properties, General, \"SMS Provider location\".",
        ),
        Problem::NoTicket { provider } => say(
            format!(
                "The sign-in to {provider} needs a Kerberos ticket, and the account that runs this program has none."
            ),
            "Sign in to Windows with a domain account; on Linux and macOS get a ticket with kinit user@CORP.EXAMPLE. Or sign in with another account and its password.",
        ),
        Problem::TicketExpired { provider } => say(
            format!("The Kerberos ticket for the sign-in to {provider} has expired."),
            "Lock and unlock Windows; on Linux and macOS run kinit again. For runs without a person, sign in with an account and its password.",
        ),
        Problem::NoDomainController { domain, cause } => say(
            format!("No domain controller of {domain} gives a Kerberos ticket: {cause}."),
            "Check that this computer reaches a domain controller (VPN, DNS, TCP port 88).",
        ),
        Problem::ServiceUnknown { service } => say(
            format!("The domain knows no service {service}."),
            "Use the SMS Provider's own full name instead of an alias; or ask a domain administrator to register the service name for it (setspn).",
        ),
        Problem::TicketRefused { provider, account } => say(
            format!("{provider} refused the Kerberos ticket of {account}."),
            "Look at AdminService.log on the server. Usual causes: the service name is registered for another account, a proxy inspects the traffic, or the hierarchy demands a sign-in with a certificate or Windows Hello.",
        ),
        Problem::ClockSkew { provider } => say(
            format!(
                "The sign-in to {provider} failed because the clock of this computer and that of the domain differ by more than Kerberos allows."
            ),
            "Set the clock of this computer (5 minutes are allowed), and try again.",
        ),
        Problem::SiteUnproven { provider } => say(
            format!("What answers at {provider} could not prove that it is this server, so nothing it said is used."),
            "Ask the network's administrator what stands between this computer and the server.",
        ),
        Problem::NoSingleSignOn => say(
            "This build of the program signs in with an account and its password only.",
            "Set sign_in = \"account\" and an account (user@corp.example); or use a build with the feature \"kerberos\", which uses the tickets of kinit.",
        ),
        Problem::SiteSignIn { why } => say(
            format!("The sign-in to the site is not possible: {why}."),
            "Set sign_in = \"account\" and an account (DOMAIN\\user) in the set-up, and give its password when asked.",
        ),
        other => unknown(other),
    }
}
