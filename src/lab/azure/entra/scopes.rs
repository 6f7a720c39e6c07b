//! For which service a person's token is asked, and with which delegated permissions.

use super::super::directory::Tenant;
use super::super::tokens::Audience;
use super::Fault;

/// The delegated permissions that the tenant has consented to for the public client.
const CONSENTED: [(Audience, &[&str]); 3] = [
    (Audience::ResourceManager, &["user_impersonation"]),
    (Audience::LogAnalytics, &["Data.Read"]),
    (
        Audience::Graph,
        &["User.Read", "Application.Read.All", "Application.ReadWrite.All"],
    ),
];

/// What a `scope` asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The resource, spelled as it was asked for.
    pub(super) resource: String,
    /// Delegated permissions.
    pub(super) permissions: Vec<String>,
    /// Whether a token is wanted that tells who signed in.
    pub(super) id_token: bool,
    /// Whether a refresh token is wanted.
    pub(super) refresh_token: bool,
}

impl Wanted {
    /// Reads a `scope`: of one resource, and consented to.
    pub(super) fn read(scope: &str, tenant: &Tenant) -> Result<Self, Fault> {
        let mut wanted = Self {
            resource: String::new(),
            permissions: Vec::new(),
            id_token: false,
            refresh_token: false,
        };
        for one in scope.split_whitespace() {
            match one {
                "openid" => wanted.id_token = true,
                "offline_access" => wanted.refresh_token = true,
                "profile" | "email" => {}
                permission => wanted.add(permission, tenant)?,
            }
        }
        if wanted.resource.is_empty() {
            wanted.add("User.Read", tenant)?;
        }
        Ok(wanted)
    }

    fn add(&mut self, scope: &str, tenant: &Tenant) -> Result<(), Fault> {
        let (resource, permission) = match scope.contains("://") {
            true => scope.rsplit_once('/').unwrap_or((scope, "")),
            // What has no resource belongs to Microsoft Graph.
            false => (tenant.cloud.traits().graph, scope),
        };
        if !self.resource.is_empty() && self.resource != resource {
            return Err(several_resources());
        }
        let audience = tenant
            .cloud
            .audience(resource)
            .ok_or_else(|| unknown_resource(resource, tenant))?;
        let consented = CONSENTED.iter().find(|(service, _)| *service == audience);
        let consented = consented.map_or(&[] as &[&str], |(_, permissions)| permissions);
        match consented.iter().find(|one| one.eq_ignore_ascii_case(permission)) {
            Some(one) => self.permissions.push((*one).to_owned()),
            None if permission == ".default" && !consented.is_empty() => {
                self.permissions.extend(consented.iter().map(|one| (*one).to_owned()));
            }
            None => return Err(not_consented(scope)),
        }
        resource.clone_into(&mut self.resource);
        Ok(())
    }

    /// The permissions with their resource, as an answer spells them.
    pub(super) fn granted(&self) -> String {
        let full = |permission: &String| format!("{}/{permission}", self.resource);
        let full: Vec<String> = self.permissions.iter().map(full).collect();
        full.join(" ")
    }
}

/// A `scope` with two services in it.
pub(super) fn several_resources() -> Fault {
    Fault::new(
        "invalid_scope",
        700_022,
        "The provided value for the input parameter 'scope' is not valid because it contains more than one resource.",
    )
}

/// A service that the tenant does not know.
pub(super) fn unknown_resource(resource: &str, tenant: &Tenant) -> Fault {
    Fault::new(
        "invalid_resource",
        500_011,
        format!(
            "The resource principal named {resource} was not found in the tenant named {}. This can happen if the \
             application has not been installed by the administrator of the tenant or consented to by any user in the \
             tenant. You might have sent your authentication request to the wrong tenant.",
            tenant.display_name()
        ),
    )
}

fn not_consented(scope: &str) -> Fault {
    Fault::new(
        "invalid_grant",
        65_001,
        format!(
            "The user or administrator has not consented to use the application with the scope '{scope}'. Send an \
             interactive authorization request for this user and resource."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::super::super::directory::Directory;
    use super::super::super::national::NationalCloud;
    use super::super::super::seeded::Seeded;
    use super::*;

    fn read(scope: &str) -> Result<Wanted, u32> {
        let directory = Directory::new(Seeded::new(1), NationalCloud::Public, chrono::Utc::now());
        Wanted::read(scope, directory.home()).map_err(|fault| fault.code)
    }

    #[test]
    fn a_scope_names_one_service_and_permissions_that_were_consented_to() {
        let arm = read("https://management.azure.com/user_impersonation offline_access openid profile").unwrap();
        assert_eq!(arm.granted(), "https://management.azure.com/user_impersonation");
        assert!(arm.id_token && arm.refresh_token);
        let all = read("https://management.core.windows.net//.default").unwrap();
        assert_eq!(all.resource, "https://management.core.windows.net/");
        assert_eq!(all.permissions, ["user_impersonation"]);
        let graph = read("Application.Read.All https://graph.microsoft.com/User.Read").unwrap();
        assert_eq!(graph.permissions, ["Application.Read.All", "User.Read"]);
        assert!(!graph.refresh_token);
        assert_eq!(read("openid").unwrap().permissions, ["User.Read"]);
    }

    #[test]
    fn two_services_unknown_ones_and_permissions_without_consent_are_refused() {
        let arm = "https://management.azure.com/user_impersonation";
        assert_eq!(read(&format!("{arm} User.Read")), Err(700_022));
        assert_eq!(read("https://management.usgovcloudapi.net/.default"), Err(500_011));
        assert_eq!(read("https://monitor.azure.com/.default"), Err(65_001));
        assert_eq!(read("Mail.Send"), Err(65_001));
    }
}
