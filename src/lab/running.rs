//! Starting a lab, and the lab that runs.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::{CancellationToken, DropGuard};

use super::azure::{Cloud, CloudConfig, CloudUrls, NationalCloud};
use super::clock::Clock;
use super::fault_plan::FaultPlan;
use super::faults::Fault;
use super::files::{FileError, LabFiles, SetupBasis};
use super::info::{LabInfo, SiteInfo, TenantInfo};
use super::pipeline::World;
use super::ports::{PortError, Ports};
use super::requests::RequestLog;
use super::site::{Site, SiteConfig, Truth};
use super::tls::{Authority, ServerCertificate, TlsError};

/// What a lab is made from.
#[derive(Debug, Clone)]
pub struct LabConfig {
    /// Everything random comes from this number, ports and certificates apart.
    pub seed: u64,
    /// Device records of the site.
    pub devices: usize,
    /// Device collections of the site.
    pub collections: usize,
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
    /// The faults in force from the start.
    pub faults: Vec<Fault>,
}

impl Default for LabConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            devices: 12_000,
            collections: 60,
            cloud: NationalCloud::default(),
            tls: false,
            port: None,
            site_build: 9135,
            site_auth: true,
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
    let ports = Ports::bind(config.port).await?;
    let urls = ports.urls(config.tls);
    let azure_certificate = config.tls.then(|| certificate("Lab Azure Root")).transpose()?;
    // The site's own root has the name that Configuration Manager gives to its self-signed one.
    let site_certificate = config.site_auth.then(|| certificate("SMS Issuing")).transpose()?;

    let world = Arc::new(make_world(&config, urls.clone()).await?);
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
    let site = site_info(&world.site, ports.site.number(), site_certificate.as_deref());
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

fn certificate(root_name: &str) -> Result<Arc<ServerCertificate>, TlsError> {
    Ok(Arc::new(ServerCertificate::new(Authority::new(root_name)?)?))
}

/// Makes cloud and site on a thread of their own: thousands of devices take a moment.
async fn make_world(config: &LabConfig, urls: CloudUrls) -> Result<World, LabError> {
    let cloud = CloudConfig {
        seed: config.seed,
        cloud: config.cloud,
        urls,
    };
    let site = SiteConfig {
        seed: config.seed,
        devices: config.devices,
        collections: config.collections,
        build: config.site_build,
        sign_in: config.site_auth,
        host: "localhost".into(),
    };
    let make = move || {
        let clock = Clock::default();
        let now = clock.now();
        World {
            cloud: Cloud::new(cloud, now),
            site: Site::new(site, now),
            clock,
            faults: FaultPlan::default(),
            requests: RequestLog::default(),
        }
    };
    tokio::task::spawn_blocking(make)
        .await
        .map_err(|_panicked| LabError::Data)
}

fn site_info(site: &Site, port: u16, certificate: Option<&ServerCertificate>) -> SiteInfo {
    let (account, password) = site.account();
    let provider = format!("localhost:{port}");
    let scheme = if certificate.is_some() { "https" } else { "http" };
    SiteInfo {
        url: format!("{scheme}://{provider}/AdminService"),
        provider,
        account,
        password,
        sha256: certificate.map(ServerCertificate::sha256),
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
pub(super) mod tests {
    use std::time::Duration;

    use serde_json::{Value, json};
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpStream;

    use super::*;

    /// A lab with little in it.
    pub(in crate::lab) async fn small_lab(config: LabConfig) -> Lab {
        start(LabConfig {
            devices: 50,
            collections: 8,
            ..config
        })
        .await
        .unwrap()
    }

    /// Plans faults in a lab that runs.
    pub(in crate::lab) fn plan(lab: &Lab, faults: Value) {
        lab.faults().add(Fault::all_from_value(faults).unwrap());
    }

    pub(in crate::lab) fn client() -> reqwest::Client {
        reqwest::Client::builder().no_proxy().build().unwrap()
    }

    async fn reaches(client: &reqwest::Client, url: &str) -> bool {
        client.get(url).send().await.is_ok()
    }

    #[tokio::test]
    async fn the_ready_line_has_the_promised_form() {
        let lab = small_lab(LabConfig::default()).await;
        let line = json!(lab.info());
        let names: Vec<_> = line.as_object().unwrap().keys().map(String::as_str).collect();
        let mut promised = [
            "lab",
            "environment_file",
            "authority",
            "arm",
            "query",
            "graph",
            "ingestion",
            "ca_file",
            "site",
            "tenant",
            "workspaces",
            "apps",
            "public_client_id",
            "people",
            "national_tenants",
            "setup_files",
            "control",
        ];
        promised.sort_unstable();
        assert_eq!(names, promised);
        assert_eq!((&line["lab"], &line["ca_file"]), (&json!(1), &Value::Null));
        let provider = line["site"]["provider"].as_str().unwrap();
        assert!(provider.starts_with("localhost:"), "{provider}");
        assert_eq!(line["site"]["url"], format!("https://{provider}/AdminService"));
        assert_eq!(line["site"]["sha256"].as_str().unwrap().len(), 64);
        assert!(!format!("{lab:?}").contains(&lab.info().site.provider));
        lab.stop().await.unwrap();
    }

    /// Opens a connection to the host and port of an address; the path does not matter.
    async fn open(url: &str) -> TcpStream {
        let url = url::Url::parse(url).unwrap();
        TcpStream::connect((url.host_str().unwrap(), url.port().unwrap()))
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn every_port_answers_and_ends_its_connections_at_the_end() {
        let lab = small_lab(LabConfig::default()).await;
        let info = lab.info().clone();
        let site = reqwest::Client::builder()
            .no_proxy()
            .tls_danger_accept_invalid_certs(true)
            .build()
            .unwrap();
        assert!(reaches(&site, &info.site.url).await);
        let mut idle = vec![open(&info.site.url).await];
        for url in [
            &info.authority,
            &info.arm,
            &info.query,
            &info.graph,
            &info.ingestion,
            &info.control,
        ] {
            assert!(reaches(&client(), url).await, "{url}");
            idle.push(open(url).await);
        }
        lab.stop().await.unwrap();
        for stream in &mut idle {
            // An end or a reset; a connection that is still served would never become readable.
            let ended = tokio::time::timeout(Duration::from_secs(30), stream.read_u8())
                .await
                .unwrap();
            assert!(ended.is_err());
        }
        assert!(!Path::new(&info.environment_file).exists());
    }

    #[tokio::test]
    async fn a_dropped_lab_ends_too() {
        let lab = small_lab(LabConfig::default()).await;
        let environment_file = lab.info().environment_file.clone();
        assert!(Path::new(&environment_file).exists());
        drop(lab);
        assert!(!Path::new(&environment_file).exists());
    }

    #[tokio::test]
    async fn with_tls_the_services_are_trusted_through_the_root_file() {
        let lab = small_lab(LabConfig {
            tls: true,
            ..LabConfig::default()
        })
        .await;
        let info = lab.info();
        let trusting = |file: &Path| {
            let root = reqwest::Certificate::from_pem(&std::fs::read(file).unwrap()).unwrap();
            reqwest::Client::builder()
                .no_proxy()
                .tls_certs_only([root])
                .build()
                .unwrap()
        };
        let azure = trusting(Path::new(info.ca_file.as_deref().unwrap()));
        for url in [&info.authority, &info.arm, &info.query, &info.graph, &info.ingestion] {
            assert!(url.starts_with("https://localhost:"), "{url}");
            assert!(reaches(&azure, url).await, "{url}");
        }
        // The site has a root of its own.
        assert!(!reaches(&azure, &info.site.url).await);
        assert!(reaches(&trusting(lab.site_root_file().unwrap()), &info.site.url).await);
        assert!(info.control.starts_with("http://127.0.0.1:"));
        let environment = std::fs::read_to_string(&info.environment_file).unwrap();
        assert!(environment.contains("ca_file = "), "{environment}");
        lab.stop().await.unwrap();
    }

    /// Every service does its work under TLS: a person is sent back, an app has its token, and with it each of the others
    /// answers in its own words.
    #[tokio::test]
    async fn with_tls_every_service_does_its_work() {
        let config = LabConfig {
            tls: true,
            ..LabConfig::default()
        };
        let lab = small_lab(config).await;
        let info = lab.info();
        let root = std::fs::read(info.ca_file.as_deref().unwrap()).unwrap();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only([reqwest::Certificate::from_pem(&root).unwrap()])
            .build()
            .unwrap();
        let authority = format!("{}/{}/oauth2/v2.0", info.authority, info.tenant.id);
        let ready = info.apps.iter().find(|app| app.label == "ready").unwrap();
        let bearer = async |audience: &str| {
            let scope = format!("{audience}/.default");
            let form = [
                ("grant_type", "client_credentials"),
                ("client_id", ready.client_id.as_str()),
                ("client_secret", ready.secret.as_str()),
                ("scope", scope.as_str()),
            ];
            let request = client.post(format!("{authority}/token")).form(&form);
            let answer: Value = request.send().await.unwrap().json().await.unwrap();
            answer["access_token"].as_str().unwrap().to_owned()
        };
        let device = [
            ("client_id", info.public_client_id.as_str()),
            ("scope", "https://management.azure.com/user_impersonation"),
        ];
        let request = client.post(format!("{authority}/devicecode")).form(&device);
        let started: Value = request.send().await.unwrap().json().await.unwrap();
        let page = started["verification_uri"].as_str().unwrap();
        assert!(page.starts_with("https://localhost:"), "{page}");
        let page = client.get(page).send().await.unwrap().text().await.unwrap();
        assert!(page.contains("user_code"), "{page}");
        let arm = client
            .get(format!("{}/subscriptions?api-version=2022-12-01", info.arm))
            .bearer_auth(bearer("https://management.azure.com").await);
        assert_eq!(arm.send().await.unwrap().status(), 200);
        let workspace = &info.workspaces[0].customer_id;
        let query = client
            .post(format!("{}/v1/workspaces/{workspace}/query", info.query))
            .bearer_auth(bearer("https://api.loganalytics.io").await)
            .json(&json!({"query": "print 1"}));
        assert_eq!(query.send().await.unwrap().status(), 200);
        let graph = client
            .get(format!("{}/v1.0/applications(appId='{}')", info.graph, ready.client_id))
            .bearer_auth(bearer("https://graph.microsoft.com").await);
        assert_eq!(graph.send().await.unwrap().status(), 403);
        let path = "dcr/h/dataCollectionRules/dcr-1/streams/Custom-A?api-version=2023-01-01";
        let upload = client
            .post(format!("{}/{path}", info.ingestion))
            .bearer_auth(bearer("https://monitor.azure.com").await)
            .json(&json!([]));
        let refused = upload.send().await.unwrap();
        assert_eq!(
            (refused.status().as_u16(), &refused.headers()["x-ms-error-code"]),
            (404, &"NotFound".parse().unwrap())
        );
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn without_site_auth_the_site_is_plain_http() {
        let lab = small_lab(LabConfig {
            site_auth: false,
            ..LabConfig::default()
        })
        .await;
        let site = &lab.info().site;
        assert_eq!(site.sha256, None);
        assert!(site.url.starts_with("http://localhost:"), "{}", site.url);
        assert!(reaches(&client(), &site.url).await);
        assert_eq!(lab.site_root_file(), None);
        lab.stop().await.unwrap();
    }

    #[tokio::test]
    async fn given_ports_are_consecutive() {
        // Somewhere in this range seven ports in a row are free, whatever else this machine runs.
        for first in (20_000..30_000).step_by(100) {
            let config = LabConfig {
                port: Some(first),
                devices: 50,
                collections: 8,
                ..LabConfig::default()
            };
            let lab = match start(config).await {
                Ok(lab) => lab,
                Err(LabError::Port(PortError::Taken { port, .. })) => {
                    assert!((first..first + 7).contains(&port));
                    continue;
                }
                Err(error) => panic!("{error}"),
            };
            let info = lab.info();
            assert_eq!(info.authority, format!("http://127.0.0.1:{first}"));
            assert_eq!(info.site.provider, format!("localhost:{}", first + 4));
            assert_eq!(info.control, format!("http://127.0.0.1:{}", first + 5));
            let second = start(LabConfig {
                port: Some(first),
                ..LabConfig::default()
            })
            .await
            .unwrap_err();
            assert!(second.to_string().contains(&first.to_string()), "{second}");
            return lab.stop().await.unwrap();
        }
        panic!("no seven ports in a row are free");
    }

    #[tokio::test]
    async fn ports_past_the_last_are_refused() {
        for port in [0, 65_530] {
            let refused = start(LabConfig {
                port: Some(port),
                ..LabConfig::default()
            })
            .await
            .unwrap_err();
            assert!(matches!(refused, LabError::Port(PortError::Range(_))), "{refused}");
        }
    }

    #[tokio::test]
    async fn set_up_files_are_there_for_every_app() {
        let lab = small_lab(LabConfig::default()).await;
        let info = lab.info();
        let labels: Vec<_> = info.setup_files.keys().collect();
        let mut apps: Vec<_> = info.apps.iter().map(|app| &app.label).collect();
        apps.sort_unstable();
        assert_eq!(labels, apps);
        for app in &info.apps {
            let text = std::fs::read_to_string(&info.setup_files[&app.label]).unwrap();
            assert!(
                text.contains(&app.client_id) && !text.contains(&app.secret),
                "{}",
                app.label
            );
            assert!(!text.contains(&info.site.password), "{}", app.label);
        }
        lab.stop().await.unwrap();
    }
}
