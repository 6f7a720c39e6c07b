//! What the site knows of Azure: the tenant and the apps that an administrator has told it of, the services made from them,
//! and the clouds it can work with.

use chrono::{DateTime, Duration, Utc};
use rand::RngExt;

use super::classes::ClassId;
use super::rows::Cell;
use super::seed::{guid, stream};
use super::world::World;

/// The Azure side that a site is told of when its Azure Services wizard has been run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownAzure {
    /// Name of the tenant.
    pub tenant_name: String,
    /// ID of the tenant.
    pub tenant_id: String,
    /// `Environment` of the tenant: 0 public, 2 US Government.
    pub environment: i64,
    /// Name of the server app.
    pub app_name: String,
    /// Its client ID.
    pub client_id: String,
    /// Its App ID URI.
    pub app_id_uri: String,
}

type Facts = Vec<(&'static str, Cell)>;

/// The rows of the Azure-side classes.
#[derive(Debug, Default)]
pub(super) struct AzureRows {
    tenants: Vec<Facts>,
    apps: Vec<Facts>,
    services: Vec<Facts>,
    environments: Vec<Facts>,
}

/// Numbers of the rows, as ConfigMgr counts objects.
const TENANT: i64 = 16_777_217;
const SERVER_APP: i64 = 16_777_217;
const CLIENT_APP: i64 = 16_777_218;
const SERVICE: i64 = 16_777_217;
/// `ServiceType` of tenant attach and co-management.
const CLOUD_ATTACH: i64 = 5;

impl AzureRows {
    pub(super) fn of(world: &World) -> Self {
        let known = world.config.azure.as_ref().filter(|_| !world.knobs.knows_no_apps);
        let mut rows = Self {
            environments: environments(),
            ..Self::default()
        };
        match (&world.knobs.tenant, known) {
            (Some((name, id)), _) => rows.tenants.push(tenant(name, id, 0)),
            (None, Some(known)) => {
                rows.tenants
                    .push(tenant(&known.tenant_name, &known.tenant_id, known.environment));
                rows.apps = apps(world, known);
                rows.services.push(vec![
                    ("ID", Cell::Int(SERVICE)),
                    ("Name", Cell::text("Cloud attach")),
                    ("ServiceType", Cell::Int(CLOUD_ATTACH)),
                ]);
            }
            (None, None) => {}
        }
        rows
    }

    fn of_class(&self, class: ClassId) -> &[Facts] {
        match class {
            ClassId::Tenant => &self.tenants,
            ClassId::AzureApp => &self.apps,
            ClassId::AzureService => &self.services,
            ClassId::AzureEnvironment => &self.environments,
            _ => &[],
        }
    }

    /// How many rows a class has.
    pub(super) fn count(&self, class: ClassId) -> usize {
        self.of_class(class).len()
    }

    /// A property of a row.
    pub(super) fn cell(&self, class: ClassId, at: usize, property: &str) -> Cell {
        let facts = self.of_class(class).get(at).into_iter().flatten();
        let mut found = facts.filter(|(name, _)| *name == property);
        found.next().map_or(Cell::Null, |(_, cell)| cell.clone())
    }
}

fn tenant(name: &str, id: &str, environment: i64) -> Facts {
    vec![
        ("Environment", Cell::Int(environment)),
        ("ID", Cell::Int(TENANT)),
        ("Name", Cell::text(name)),
        ("TenantID", Cell::text(id)),
    ]
}

/// The server app, and the client app that goes with it: both stand in one class.
fn apps(world: &World, known: &KnownAzure) -> Vec<Facts> {
    let seed = world.config.seed;
    let blob = |purpose: &str| Cell::Text(secret(seed, purpose));
    let server = app(
        SERVER_APP,
        &known.app_name,
        &known.client_id,
        world.made - Duration::days(30),
    );
    let client_id = guid(&mut stream(seed, "client app")).to_lowercase();
    let made = world.made - Duration::days(300);
    vec![
        [
            server,
            vec![
                ("IdentifierUri", Cell::text(&known.app_id_uri)),
                ("SecretKey", blob("secret key")),
                ("SecretKeyForSCP", blob("secret key for the service connection point")),
            ],
        ]
        .concat(),
        app(CLIENT_APP, "ConfigMgr console users", &client_id, made),
    ]
}

fn app(id: i64, name: &str, client_id: &str, updated: DateTime<Utc>) -> Facts {
    vec![
        ("ClientID", Cell::text(client_id)),
        ("ID", Cell::Int(id)),
        ("LastUpdateTime", Cell::Date(updated)),
        ("Name", Cell::text(name)),
        ("TenantID", Cell::Int(TENANT)),
    ]
}

/// What stands for a secret that only the site can open. No client has reason to ask for it.
fn secret(seed: u64, purpose: &str) -> String {
    let mut rng = stream(seed, purpose);
    let digits: String = (0..12).map(|_| format!("{:016X}", rng.random::<u64>())).collect();
    format!("0C0100000800{digits}")
}

/// The clouds that Configuration Manager can work with.
fn environments() -> Vec<Facts> {
    [
        [
            "AzurePublicCloud",
            "https://login.microsoftonline.com/",
            "https://graph.windows.net/",
            "https://vault.azure.net/",
            "https://manage.windowsazure.com/",
            "https://graph.microsoft.com/",
            "https://management.azure.com/",
        ],
        [
            "AzureUSGovernmentCloud",
            "https://login.microsoftonline.us/",
            "https://graph.windows.net/",
            "https://vault.usgovcloudapi.net/",
            "https://manage.windowsazure.us/",
            "https://graph.microsoft.us/",
            "https://management.usgovcloudapi.net/",
        ],
    ]
    .into_iter()
    .zip([0, 2])
    .map(|(texts, id)| {
        let names = [
            "EnvironmentName",
            "ActiveDirectoryEndpoint",
            "GraphEndpoint",
            "KeyVaultEndpoint",
            "ManagementPortalURL",
            "MicrosoftGraphEndpoint",
            "ResourceManagerEndpoint",
        ];
        let texts = names.into_iter().zip(texts.map(Cell::text));
        texts.chain([("ID", Cell::Int(id))]).collect()
    })
    .collect()
}
