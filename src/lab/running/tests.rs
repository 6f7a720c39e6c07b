//! A lab that starts, tells where it is, answers and ends.

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
        assert!(matches!(refused, LabError::Port(PortError::Range { .. })), "{refused}");
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
