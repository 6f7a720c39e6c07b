//! The lab's directory: its tenants and app registrations, each app a situation that an administrator really meets.

use chrono::{DateTime, TimeDelta, Utc};

use super::national::NationalCloud;
use super::people::{self, Person};
use super::seeded::Seeded;

/// A tenant.
pub(super) struct Tenant {
    /// The GUID.
    pub(super) id: String,
    /// The cloud that it lives in.
    pub(super) cloud: NationalCloud,
}

impl Tenant {
    fn of(seeded: Seeded, cloud: NationalCloud) -> Self {
        Self {
            id: seeded.guid(cloud.traits().tenant_seed),
            cloud,
        }
    }

    /// The initial domain.
    pub(super) fn domain(&self) -> &'static str {
        self.cloud.traits().domain
    }

    /// What error texts call it.
    pub(super) fn display_name(&self) -> &'static str {
        self.cloud.traits().tenant
    }
}

/// A secret key of an app registration.
#[derive(Clone)]
pub(super) struct Secret {
    /// The GUID by which it is removed.
    pub(super) key_id: String,
    /// What people read about it.
    pub(super) display_name: String,
    /// The value, which is never logged.
    pub(super) value: String,
    /// When it was made.
    pub(super) starts: DateTime<Utc>,
    /// From this moment on it is refused.
    pub(super) expires: DateTime<Utc>,
    /// Until this moment the authority does not know it: a new key takes a while to be known everywhere.
    pub(super) known_from: DateTime<Utc>,
}

impl Secret {
    /// What Microsoft Graph shows of the value: its first three characters.
    pub(super) fn hint(&self) -> String {
        self.value.chars().take(3).collect()
    }
}

/// An app registration together with its service principal.
pub(super) struct App {
    /// The situation that it stands for.
    pub(super) label: &'static str,
    /// Display name.
    pub(super) name: String,
    /// Client ID.
    pub(super) client_id: String,
    /// App ID URI.
    pub(super) app_id_uri: String,
    /// Object ID of the service principal.
    pub(super) object_id: String,
    /// Object ID of the registration itself.
    pub(super) registration_id: String,
    /// The key that it begins with.
    pub(super) secret: Secret,
    /// The key that may replace it, made known before it is added.
    pub(super) next_secret: Secret,
    /// The keys that it has now.
    pub(super) secrets: Vec<Secret>,
    /// Application permissions for Microsoft Graph that an administrator has consented to.
    pub(super) graph_permissions: Vec<&'static str>,
    /// Whether a Conditional Access policy blocks its sign-in.
    pub(super) blocked_by_policy: bool,
    /// Whether sign-in of the service principal is switched off.
    pub(super) disabled: bool,
    /// Whether the tenant has a service principal for it.
    pub(super) has_service_principal: bool,
}

/// What became of a secret value that was presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecretCheck {
    /// Known and not expired.
    Good,
    /// Known, but its day has passed.
    Expired,
    /// Not one of this app's values.
    Unknown,
}

impl App {
    /// Compares a value with the keys that the app has at `now`.
    pub(super) fn check_secret(&self, value: &str, now: DateTime<Utc>) -> SecretCheck {
        let known = self.secrets.iter().filter(|secret| secret.known_from <= now);
        match known.into_iter().find(|secret| secret.value == value) {
            Some(secret) if secret.expires > now => SecretCheck::Good,
            Some(_) => SecretCheck::Expired,
            None => SecretCheck::Unknown,
        }
    }
}

/// Label and display name of each app.
const APPS: [(&str, &str); 10] = [
    ("ready", "ConfigMgr connector"),
    ("workspace-contributor", "ConfigMgr connector (workspace only)"),
    ("no-rights", "ConfigMgr connector (no role)"),
    ("reader", "ConfigMgr connector (Reader)"),
    ("no-publisher", "ConfigMgr connector (cannot upload)"),
    ("expired-secret", "ConfigMgr connector (secret expired)"),
    ("disabled-app", "ConfigMgr connector (disabled)"),
    ("no-service-principal", "ConfigMgr connector (no enterprise app)"),
    ("slow-role", "ConfigMgr connector (new role)"),
    ("owner", "ConfigMgr connector (Owner)"),
];

/// How long a key is good for, in days.
const SECRET_DAYS: i64 = 180;
/// How long ago the expired key ended, in days.
const EXPIRED_DAYS: i64 = 12;

/// The app with which people sign in: it runs on their own machine and has no secret.
pub(super) struct PublicClient {
    /// Display name.
    pub(super) name: &'static str,
    /// Client ID.
    pub(super) client_id: String,
    /// Whether a Conditional Access policy blocks sign-ins through it.
    pub(super) blocked_by_policy: bool,
}

impl PublicClient {
    /// What knobs call it.
    pub(super) const LABEL: &str = "administrators-client";
}

/// Tenants and apps.
pub(super) struct Directory {
    /// The tenant that apps and people live in.
    home: Tenant,
    /// The tenants of the other clouds, which this authority does not serve.
    pub(super) elsewhere: Vec<Tenant>,
    /// The app with which people sign in.
    pub(super) public_client: PublicClient,
    /// All apps.
    pub(super) apps: Vec<App>,
    /// All people.
    pub(super) people: Vec<Person>,
}

impl Directory {
    /// The directory of this cloud, as it is at `now`.
    pub(super) fn new(seeded: Seeded, cloud: NationalCloud, now: DateTime<Utc>) -> Self {
        let others = NationalCloud::ALL.into_iter().filter(|other| *other != cloud);
        Self {
            home: Tenant::of(seeded, cloud),
            elsewhere: others.map(|other| Tenant::of(seeded, other)).collect(),
            public_client: PublicClient {
                name: "Administrators of the ConfigMgr connector",
                client_id: seeded.guid("app/administrators-client/client"),
                blocked_by_policy: false,
            },
            apps: APPS.iter().map(|(label, name)| app(seeded, label, name, now)).collect(),
            people: people::people(seeded, cloud.traits().domain),
        }
    }

    /// The tenant that the apps live in.
    pub(super) fn home(&self) -> &Tenant {
        &self.home
    }

    /// Whether this authority serves the tenant: it lives in the same cloud.
    pub(super) fn serves(&self, tenant: &Tenant) -> bool {
        tenant.cloud == self.home.cloud
    }

    /// A tenant of any cloud, by GUID or domain.
    pub(super) fn tenant(&self, name: &str) -> Option<&Tenant> {
        let mut tenants = std::iter::once(&self.home).chain(&self.elsewhere);
        tenants.find(|tenant| tenant.id.eq_ignore_ascii_case(name) || tenant.domain().eq_ignore_ascii_case(name))
    }

    /// An app by client ID.
    pub(super) fn app(&self, client_id: &str) -> Option<&App> {
        self.apps
            .iter()
            .find(|app| app.client_id.eq_ignore_ascii_case(client_id))
    }

    /// An app by label.
    pub(super) fn labelled(&mut self, label: &str) -> Option<&mut App> {
        self.apps.iter_mut().find(|app| app.label == label)
    }

    /// What kind of principal has this object ID: `ServicePrincipal` or `User`.
    pub(super) fn principal_type(&self, object_id: &str) -> Option<&'static str> {
        let same = |id: &str| id.eq_ignore_ascii_case(object_id);
        if self
            .apps
            .iter()
            .any(|app| app.has_service_principal && same(&app.object_id))
        {
            return Some("ServicePrincipal");
        }
        let person = self.people.iter().any(|person| same(&person.object_id));
        person.then_some("User")
    }

    /// The object ID of an app's service principal, for role assignments.
    pub(super) fn object_id(&self, label: &str) -> Option<String> {
        let app = self.apps.iter().find(|app| app.label == label)?;
        Some(app.object_id.clone())
    }
}

fn app(seeded: Seeded, label: &'static str, name: &str, now: DateTime<Utc>) -> App {
    let days = if label == "expired-secret" {
        -EXPIRED_DAYS
    } else {
        SECRET_DAYS
    };
    let client_id = seeded.guid(&format!("app/{label}/client"));
    let secret = |name: &str, display_name: &str, expires| Secret {
        key_id: seeded.guid(&format!("app/{label}/{name}/key")),
        display_name: display_name.to_owned(),
        value: seeded.secret(&format!("app/{label}/{name}")),
        starts: expires - TimeDelta::days(SECRET_DAYS),
        expires,
        known_from: DateTime::UNIX_EPOCH,
    };
    let first = secret("secret", "ConfigMgr connector", now + TimeDelta::days(days));
    App {
        label,
        name: name.to_owned(),
        app_id_uri: format!("api://{client_id}"),
        object_id: seeded.guid(&format!("app/{label}/service-principal")),
        registration_id: seeded.guid(&format!("app/{label}/registration")),
        client_id,
        secrets: vec![first.clone()],
        secret: first,
        next_secret: secret(
            "next-secret",
            "ConfigMgr connector (next)",
            now + TimeDelta::days(2 * SECRET_DAYS),
        ),
        graph_permissions: Vec::new(),
        blocked_by_policy: false,
        disabled: label == "disabled-app",
        has_service_principal: label != "no-service-principal",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_ends_on_its_day_and_the_next_one_counts_only_once_added_and_known() {
        let now = Utc::now();
        let mut directory = Directory::new(Seeded::new(1), NationalCloud::Public, now);
        let app = directory.labelled("ready").unwrap();
        let (old, new) = (app.secret.value.clone(), app.next_secret.value.clone());
        assert_eq!(app.check_secret(&old, now), SecretCheck::Good);
        assert_eq!(app.check_secret(&old, now + TimeDelta::days(181)), SecretCheck::Expired);
        assert_eq!(app.check_secret(&new, now), SecretCheck::Unknown);
        let known_from = now + TimeDelta::days(1);
        app.secrets.push(Secret {
            known_from,
            ..app.next_secret.clone()
        });
        assert_eq!(app.check_secret(&new, now), SecretCheck::Unknown);
        assert_eq!(app.check_secret(&new, now + TimeDelta::days(181)), SecretCheck::Good);
        assert_eq!(app.check_secret("", now), SecretCheck::Unknown);
    }

    #[test]
    fn tenants_are_found_by_guid_and_domain_without_case() {
        let directory = Directory::new(Seeded::new(1), NationalCloud::Public, Utc::now());
        let id = directory.home().id.to_uppercase();
        assert!(directory.tenant(&id).is_some());
        assert!(directory.tenant("CONTOSO.onmicrosoft.com").is_some());
        assert!(directory.tenant("fabrikam.onmicrosoft.com").is_none());
    }
}
