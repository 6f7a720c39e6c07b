//! Starting a lab, and the lab that runs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::TimeDelta;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::azure::{Cloud, CloudConfig, CloudUrls, NationalCloud};
use super::clock::Clock;
use super::fault_plan::FaultPlan;
use super::faults::Fault;
use super::files::{FileError, LabFiles, SetupBasis};
use super::info::{AccountInfo, LabInfo, SiteInfo, TenantInfo};
use super::pipeline::World;
use super::ports::{PortError, Ports};
use super::requests::RequestLog;
use super::site::{Agent, KnownAzure, Site, SiteConfig, Truth};
use super::tls::{Authority, ServerCertificate, TlsError};

/// The name under which a lab answers on every machine.
const LOOPBACK: &str = "localhost";
/// `SMS_AAD_Tenant_Ex.Environment`.
const PUBLIC: i64 = 0;
const US_GOVERNMENT: i64 = 2;

/// What a lab is made from.
#[derive(Debug, Clone)]
pub struct LabConfig {
    /// Everything random comes from this number, ports and certificates apart.
    pub seed: u64,
    /// Device records of the site.
    pub devices: usize,
    /// Device collections of the site.
    pub collections: usize,
    /// So many of the custom ones, the last ones, hold every computer: what large sites have many of.
    pub everyone: usize,
    /// Which cloud its Azure is.
    pub cloud: NationalCloud,
    /// Whether the Azure services speak https, with a root made for this run.
    pub tls: bool,
    /// The first of seven consecutive ports; free ones where none.
    pub port: Option<u16>,
    /// Build number of the site: 9106, 9135 or 9141.
    pub site_build: u32,
    /// Whether the site asks for a sign-in and speaks https; plain http without a sign-in otherwise.
    pub site_auth: bool,
    /// The host name of the site's SMS Provider, beside `localhost` in its certificate. It must lead to this machine.
    pub site_host: String,
    /// Knobs of the site turned from the start: names and values of [`super::site::KNOBS`].
    pub site_knobs: Vec<(String, Value)>,
    /// Whether hosts run beside the site that a person may mistake for it.
    pub decoys: bool,
    /// The faults in force from the start.
    pub faults: Vec<Fault>,
}

impl Default for LabConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            devices: 12_000,
            collections: 60,
            everyone: 0,
            cloud: NationalCloud::default(),
            tls: false,
            port: None,
            site_build: 9135,
            site_auth: true,
            site_host: LOOPBACK.to_owned(),
            site_knobs: Vec::new(),
            decoys: false,
            faults: Vec::new(),
        }
    }
}

/// Why a lab did not start, or did not end cleanly.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// A port cannot be had.
    #[error(transparent)]
    Port(#[from] PortError),
    /// A certificate could not be made.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A file could not be written or removed.
    #[error(transparent)]
    File(#[from] FileError),
    /// A knob of the site is not known, or does not take this value.
    #[error("The lab's site refused a knob: {0}.")]
    Knob(String),
    /// The data could not be made.
    #[error("The lab could not make its data; this is a fault of the lab. Another seed may work.")]
    Data,
}

/// A lab that runs. It ends with [`Lab::stop`], or less tidily when it is dropped.
pub struct Lab {
    info: LabInfo,
    world: Arc<World>,
    site_root_file: Option<PathBuf>,
    files: LabFiles,
    tasks: JoinSet<()>,
    stop: DropGuard,
}

/// Never shows what is inside: the lab's secrets are.
impl fmt::Debug for Lab {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Lab").finish_non_exhaustive()
    }
}

/// Starts a lab; when this returns, all its ports answer.
///
/// # Errors
/// [`LabError`]: a port that is taken, a temporary folder that cannot be written.
pub async fn start(config: LabConfig) -> Result<Lab, LabError> {
    let ports = Ports::bind(config.port, config.decoys).await?;
    let urls = ports.urls(config.tls);
    let azure_certificate = config
        .tls
        .then(|| certificate("Lab Azure Root", LOOPBACK))
        .transpose()?;
    // The site's own root has the name that Configuration Manager gives to its self-signed one.
    let site_certificate = config
        .site_auth
        .then(|| certificate("SMS Issuing", &config.site_host))
        .transpose()?;

    let world = Arc::new(make_world(&config, urls.clone()).await?);
    for (name, value) in &config.site_knobs {
        world.site.set_knob(name, value).map_err(LabError::Knob)?;
    }
    world.faults.add(config.faults);

    let files = LabFiles::new()?;
    let root_file = |name: &str, certificate: &Option<Arc<ServerCertificate>>| {
        certificate
            .as_ref()
            .map(|certificate| files.write(name, &certificate.root_pem()))
            .transpose()
    };
    let ca_file = root_file("ca.pem", &azure_certificate)?;
    let site_root_file = root_file("site-ca.pem", &site_certificate)?;
    let environment_file = files.write_environment(config.cloud, &urls, ca_file.as_deref())?;
    let site = SiteInfo {
        decoys: ports.decoys.as_ref().map(|decoys| decoys.info(&config.site_host)),
        ..site_info(
            &world.site,
            &config.site_host,
            ports.site.number(),
            site_certificate.as_deref(),
        )
    };
    let basis = setup_basis(&world, &site, config.site_auth, environment_file);
    let apps = world.cloud.apps();
    let setup_files = if basis.workspace.is_empty() {
        Default::default()
    } else {
        files.write_setups(&apps, &basis)?
    };

    let info = LabInfo {
        lab: 1,
        environment_file: text(&basis.environment_file),
        authority: urls.authority,
        arm: urls.arm,
        query: urls.query,
        graph: urls.graph,
        ingestion: urls.ingestion,
        ca_file: ca_file.as_deref().map(text),
        site,
        tenant: TenantInfo {
            name: basis.tenant_name,
            id: basis.tenant_id,
        },
        workspaces: world.cloud.workspaces().into_iter().map(Into::into).collect(),
        apps,
        public_client_id: world.cloud.public_client_id(),
        people: world.cloud.people(),
        national_tenants: world.cloud.national_tenants(),
        setup_files: setup_files
            .into_iter()
            .map(|(label, path)| (label, text(&path)))
            .collect(),
        control: format!("http://127.0.0.1:{}", ports.control.number()),
    };

    let stop = CancellationToken::new();
    let tasks = ports.serve(&world, azure_certificate, site_certificate, &stop);
    Ok(Lab {
        info,
        world,
        site_root_file,
        files,
        tasks,
        stop: stop.drop_guard(),
    })
}

impl Lab {
    /// Where everything answers, and with which accounts.
    pub fn info(&self) -> &LabInfo {
        &self.info
    }

    /// What each computer group must hold, now or at an earlier version; none for a version that never was.
    pub fn truth(&self, version: Option<u64>) -> Option<Truth> {
        self.world.site.truth(version)
    }

    /// The same where only clients count.
    pub fn truth_of_clients(&self, version: Option<u64>) -> Option<Truth> {
        self.world.site.truth_of_clients(version)
    }

    /// The lab's Azure.
    pub fn cloud(&self) -> &Cloud {
        &self.world.cloud
    }

    /// The lab's site.
    pub fn site(&self) -> &Site {
        &self.world.site
    }

    /// The lab's clock.
    pub fn clock(&self) -> &Clock {
        &self.world.clock
    }

    /// The faults in force.
    pub fn faults(&self) -> &FaultPlan {
        &self.world.faults
    }

    /// The log of requests.
    pub fn requests(&self) -> &RequestLog {
        &self.world.requests
    }

    /// The root of the site's certificate as a PEM file; none where the site speaks plain http.
    pub fn site_root_file(&self) -> Option<&Path> {
        self.site_root_file.as_deref()
    }

    /// Ends all tasks, closes all ports and removes the files.
    ///
    /// # Errors
    /// [`LabError::File`] where a file could not be removed; everything else has ended all the same.
    pub async fn stop(self) -> Result<(), LabError> {
        let Self {
            world,
            files,
            mut tasks,
            stop,
            ..
        } = self;
        drop(stop);
        // Requests that a fault holds would keep their connections for as long as they are allowed to.
        world.faults.clear();
        while tasks.join_next().await.is_some() {}
        Ok(files.remove()?)
    }
}

fn certificate(root_name: &str, host: &str) -> Result<Arc<ServerCertificate>, TlsError> {
    Ok(Arc::new(ServerCertificate::new(Authority::new(root_name, host)?)?))
}

/// Makes cloud and site on a thread of their own: thousands of devices take a moment.
async fn make_world(config: &LabConfig, urls: CloudUrls) -> Result<World, LabError> {
    let cloud = CloudConfig {
        seed: config.seed,
        cloud: config.cloud,
        urls,
    };
    let national = config.cloud;
    let site = SiteConfig {
        seed: config.seed,
        devices: config.devices,
        collections: config.collections,
        everyone: config.everyone,
        build: config.site_build,
        sign_in: config.site_auth,
        host: config.site_host.clone(),
        azure: None,
    };
    let make = move || {
        let clock = Clock::default();
        let now = clock.now();
        let cloud = Cloud::new(cloud, now);
        let site = SiteConfig {
            azure: known_azure(&cloud, national),
            ..site
        };
        let site = Site::new(site, now);
        let heard = |agent: Agent| (agent.computer, TimeDelta::minutes(agent.minutes_ago));
        cloud.set_agents(site.agents().into_iter().map(heard).collect());
        World {
            site,
            cloud,
            clock,
            faults: FaultPlan::default(),
            requests: RequestLog::default(),
        }
    };
    tokio::task::spawn_blocking(make)
        .await
        .map_err(|_panicked| LabError::Data)
}

/// The tenant and the app `ready`, as somebody has told the site of them. Configuration Manager knows no cloud but these two.
fn known_azure(cloud: &Cloud, national: NationalCloud) -> Option<KnownAzure> {
    let environment = match national {
        NationalCloud::Public => PUBLIC,
        NationalCloud::UsGovernment => US_GOVERNMENT,
        NationalCloud::China => return None,
    };
    let (tenant_name, tenant_id) = cloud.tenant();
    let app = cloud.apps().into_iter().find(|app| app.label == "ready")?;
    Some(KnownAzure {
        tenant_name,
        tenant_id,
        environment,
        app_name: app.application_name,
        client_id: app.client_id,
        app_id_uri: app.app_id_uri,
    })
}

fn site_info(site: &Site, host: &str, port: u16, certificate: Option<&ServerCertificate>) -> SiteInfo {
    let (account, password) = site.account();
    let provider = format!("{host}:{port}");
    let accounts = site
        .accounts()
        .into_iter()
        .map(|(role, account, password)| AccountInfo {
            role,
            account,
            password,
        });
    let scheme = if certificate.is_some() { "https" } else { "http" };
    SiteInfo {
        url: format!("{scheme}://{provider}/AdminService"),
        provider,
        account,
        password,
        sha256: certificate.map(ServerCertificate::sha256),
        accounts: accounts.collect(),
        decoys: None,
    }
}

fn setup_basis(world: &World, site: &SiteInfo, site_auth: bool, environment_file: PathBuf) -> SetupBasis {
    let (tenant_name, tenant_id) = world.cloud.tenant();
    let workspace = world.cloud.workspaces().into_iter().next();
    SetupBasis {
        environment_file,
        collections: world.site.chosen_collections(),
        provider: site.provider.clone(),
        account: site_auth.then(|| site.account.clone()),
        sha256: site.sha256.clone(),
        tenant_name,
        tenant_id,
        workspace: workspace.map(|workspace| workspace.resource_id).unwrap_or_default(),
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
pub(super) mod tests;
