//! What the upload half of a publication costs us: from sorted members to rows, JSON, gzip and https, until the last call has been
//! taken. `cargo bench --bench upload`; exit code 1 where a target is missed. Other cases: members and memberships, as in
//! `cargo bench --bench upload -- 100000*10 100000*100`.
//!
//! The other end is a plain https server on this machine that reads each call and takes it: it neither unpacks nor stores. Tokens come
//! from the built-in lab. Who uploads is a process of its own; what Linux tells of it in `/proc` counts, less what the making of the
//! members has taken.

// A measurement is no place for error handling.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod connected;
mod measured;

use std::convert::Infallible;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use azure_services_wizard::azure::{Azure, Credential};
use azure_services_wizard::lab::{self, LabConfig};
use azure_services_wizard::model::group::Owner;
use azure_services_wizard::model::{Connection, DeviceCollection, EntraDeviceId, Member, SecretKey};
use azure_services_wizard::publish::history::{Rows, Sending};
use azure_services_wizard::store::{GroupState, Store};
use chrono::Utc;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

use connected::{APP, connect};
use measured::Taken;

/// Targets: mebibytes at the peak; seconds of processor time a million rows.
const PEAK: f64 = 150.0;
const CPU: f64 = 1.2;

/// What the process that uploads is told.
#[derive(Serialize, Deserialize)]
struct Task {
    members: usize,
    memberships: usize,
    data: PathBuf,
    secret: String,
    sink: String,
    root: PathBuf,
}

/// What it says in the end.
#[derive(Serialize, Deserialize)]
struct Outcome {
    rows: u64,
    bytes: u64,
    seconds: f64,
    cpu: f64,
    peak: f64,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.iter().any(|word| word == "upload") {
        upload();
        return ExitCode::SUCCESS;
    }
    let cases: Vec<(usize, usize)> = words.iter().filter_map(|word| case(word)).collect();
    let cases = if cases.is_empty() {
        vec![(100_000, 10), (100_000, 100), (1_000_000, 1)]
    } else {
        cases
    };
    println!(
        "{:>9}  {:>11}  {:>9}  {:>8}  {:>10}  {:>8}  {:>9}  {:>9}",
        "members", "memberships", "rows", "seconds", "CPU s/10^6", "peak MiB", "JSON MB", "sent MB"
    );
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let mut held = true;
    for (members, memberships) in cases {
        let (outcome, sent) = runtime.block_on(measure(members, memberships));
        let by_million = outcome.cpu / outcome.rows as f64 * 1e6;
        println!(
            "{members:9}  {memberships:11}  {:9}  {:8.1}  {by_million:10.2}  {:8.1}  {:9.1}  {:9.1}",
            outcome.rows,
            outcome.seconds,
            outcome.peak,
            outcome.bytes as f64 / 1e6,
            sent as f64 / 1e6,
        );
        held &= outcome.peak <= PEAK && by_million <= CPU;
    }
    println!("targets: at most {CPU} CPU s a million rows, {PEAK} MiB");
    if held { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn case(word: &str) -> Option<(usize, usize)> {
    let (members, memberships) = word.split_once('*')?;
    Some((members.parse().ok()?, memberships.parse().ok()?))
}

/// Lets a process upload; what it says, and the bytes that came.
async fn measure(members: usize, memberships: usize) -> (Outcome, u64) {
    let small = LabConfig {
        devices: 50,
        collections: 6,
        ..LabConfig::default()
    };
    let lab = lab::start(small).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let info = lab.info();
    let app = info.apps.iter().find(|app| app.label == APP).unwrap();
    let secrets = json!({ "client_secret": app.secret, "site_password": info.site.password }).to_string();
    connect(&lab, folder.path(), &secrets, None).await;
    let received = Arc::new(AtomicU64::new(0));
    let root = folder.path().join("root.pem");
    let sink = sink(&root, Arc::clone(&received)).await;
    let task = Task {
        members,
        memberships,
        data: folder.path().join("data"),
        secret: app.secret.clone(),
        sink,
        root,
    };
    let outcome = tokio::task::spawn_blocking(move || run(&task)).await.unwrap();
    lab.stop().await.unwrap();
    assert_eq!(outcome.rows, (members * memberships) as u64);
    (outcome, received.load(Ordering::Relaxed))
}

fn run(task: &Task) -> Outcome {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg("upload")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // With the secret in it: not as an argument.
    let mut input = child.stdin.take().unwrap();
    writeln!(input, "{}", serde_json::to_string(task).unwrap()).unwrap();
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}

/// An https server that takes whatever comes; its address.
async fn sink(root: &Path, received: Arc<AtomicU64>) -> String {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(root, made.cert.pem()).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, received) = (acceptor.clone(), Arc::clone(&received));
            tokio::spawn(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let take = service_fn(|call| take(call, Arc::clone(&received)));
                let _ = hyper::server::conn::http1::Builder::new()
                    .serve_connection(TokioIo::new(stream), take)
                    .await;
            });
        }
    });
    address
}

async fn take(call: Request<Incoming>, received: Arc<AtomicU64>) -> Result<Response<Empty<Bytes>>, Infallible> {
    let mut body = call.into_body();
    while let Some(Ok(frame)) = body.frame().await {
        let bytes = frame.data_ref().map_or(0, Bytes::len);
        received.fetch_add(bytes as u64, Ordering::Relaxed);
    }
    let mut response = Response::new(Empty::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    Ok(response)
}

/// The process that uploads.
fn upload() {
    let task: Task = serde_json::from_reader(std::io::stdin()).unwrap();
    let store = Store::open(&task.data).unwrap();
    let mut connection = store.connections().unwrap().remove(0);
    connection.setup.environment.ca_file = Some(task.root.clone());
    connection.history.as_mut().unwrap().ingestion = task.sink.parse().unwrap();
    // One thread, as in `asw`.
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build().unwrap();
    let outcome = runtime.block_on(send_all(&task, &connection, &store));
    println!("{}", serde_json::to_string(&outcome).unwrap());
}

async fn send_all(task: &Task, connection: &Connection, store: &Store) -> Outcome {
    let credential = Credential {
        tenant_id: connection.setup.app.tenant_id,
        client_id: connection.setup.app.client_id,
        secret: SecretKey::parse(&task.secret).unwrap(),
    };
    let azure = Azure::new(&connection.setup.environment, credential).unwrap();
    let owner = Owner {
        connection: connection.id,
        site: connection.site.as_ref().unwrap().code.clone(),
    };
    let mut rows = Rows::of(connection, &azure, store, &owner).unwrap().unwrap();
    let mut outcome = Outcome {
        rows: 0,
        bytes: 0,
        seconds: 0.0,
        cpu: 0.0,
        peak: 0.0,
    };
    // Read once, sent as often as there are collections.
    let mut members = store.roll();
    for number in 0..task.members {
        members.add(member(number)).unwrap();
    }
    let mut members = members.finish().unwrap();
    let (began, before) = (Instant::now(), Taken::by("self").unwrap());
    for number in 0..task.memberships {
        let listed = collection(number, task.members);
        let mut state = GroupState::new(listed.id.clone(), listed.name.clone());
        let sending = Sending {
            listed: &listed,
            members: &mut members,
            as_of: Utc::now(),
            hash: String::new(),
        };
        rows.send(&mut state, sending).await;
        assert!(!rows.have_failed());
    }
    let after = Taken::by("self").unwrap();
    outcome.rows = rows.sent.members;
    outcome.bytes = rows.sent.bytes;
    outcome.seconds = began.elapsed().as_secs_f64();
    outcome.cpu = after.cpu - before.cpu;
    outcome.peak = after.peak;
    outcome
}

fn member(number: usize) -> Member {
    let resource_id = 16_777_220 + i64::try_from(number).unwrap();
    Member {
        computer: format!("ws-{number:07}.corp.contoso.example"),
        rank: (false, false, resource_id),
        entra_device_id: Some(EntraDeviceId::new(Uuid::new_v5(
            &Uuid::NAMESPACE_OID,
            &number.to_le_bytes(),
        ))),
    }
}

fn collection(number: usize, members: usize) -> DeviceCollection {
    DeviceCollection {
        id: format!("PS1{number:05X}").parse().unwrap(),
        name: format!("Every computer {number:02}"),
        member_count: i64::try_from(members).unwrap(),
        last_member_change: None,
        current_status: Some(1),
        path: None,
        limiting: None,
        is_built_in: false,
        is_cloud_synced: false,
    }
}
