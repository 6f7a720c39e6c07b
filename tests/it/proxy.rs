//! A company's proxy between us and Azure: found by the system's settings, with and without a name and a password. It is
//! never between us and the site.

use std::ffi::OsString;
use std::sync::{Arc, Mutex};

use azure_services_wizard::lab::LabConfig;
use azure_services_wizard::lab::service::Service;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Bench, Said, finish, small};

const APP: &str = "workspace-contributor";
const PASSWORD: &str = "pr0xy-p4ss";

/// A proxy that lets in who knows its password, and remembers what it was asked.
struct Proxy {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = Arc::clone(&heads);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&seen)));
            }
        });
        Self { port, heads }
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

fn credentials() -> String {
    format!("Basic {}", STANDARD.encode(format!("CORP:{PASSWORD}")))
}

async fn serve(mut stream: TcpStream, heads: Arc<Mutex<Vec<String>>>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    let head = String::from_utf8(head).unwrap();
    heads.lock().unwrap().push(head.clone());
    let wanted = format!("proxy-authorization: {}\r\n", credentials()).to_lowercase();
    if !head.to_lowercase().contains(&wanted) {
        let refusal = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"corp\"\r\nContent-Length: 0\r\n\r\n";
        stream.write_all(refusal.as_bytes()).await.unwrap();
        return;
    }
    let target = head.split(' ').nth(1).unwrap().replace("localhost", "127.0.0.1");
    let mut behind = TcpStream::connect(target).await.unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
    let _ = copy_bidirectional(&mut stream, &mut behind).await;
}

/// Looks at what a connection needs, as a process whose environment names the proxy.
async fn look(bench: &Bench, proxy: String) -> Said {
    let setup = bench.setup(APP);
    let words = [
        "--secrets-stdin",
        "--secrets-in-memory",
        "--json",
        "connect",
        "--plan",
        "--file",
        &setup,
    ];
    let mut command = bench.process(&words, &[("HTTPS_PROXY", OsString::from(proxy))]);
    for other in ["https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        command.env_remove(other);
    }
    finish(command, &bench.secrets(APP)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_proxy_is_asked_the_way_with_the_credentials_of_its_address() {
    let config = LabConfig { tls: true, ..small() };
    let bench = Bench::start(config).await;
    let proxy = Proxy::start().await;
    let port = proxy.port;

    let said = look(&bench, format!("http://127.0.0.1:{port}")).await;
    assert_eq!(said.exit, 5, "{said:?}");
    assert!(said.out.contains("\"proxy_refused\""), "{said:?}");
    assert!(said.out.contains("wants a user name and a password"), "{said:?}");
    let heads = proxy.heads();
    assert!(
        !heads.is_empty() && heads.iter().all(|head| head.starts_with("CONNECT localhost:")),
        "{heads:?}"
    );

    let said = look(&bench, format!("http://CORP:wr0ng@127.0.0.1:{port}")).await;
    assert_eq!(said.exit, 5, "{said:?}");
    assert!(!said.out.contains("wr0ng") && !said.err.contains("wr0ng"));

    let before = proxy.heads().len();
    let said = look(&bench, format!("http://CORP:{PASSWORD}@127.0.0.1:{port}"))
        .await
        .ending(0);
    assert!(!said.out.contains(PASSWORD) && !said.err.contains(PASSWORD));
    let heads = proxy.heads();
    assert!(heads.len() > before, "it went through the proxy");

    // The sign-in to a site is bound to the connection; what takes it apart on the way would break it.
    let records = bench.lab.requests().records();
    assert!(records.iter().any(|record| record.service == Service::Site));
    let site = bench.lab.info().site.url.clone();
    let way = site.trim_start_matches("https://").split('/').next().unwrap();
    assert!(!heads.iter().any(|head| head.contains(way)), "{way}: {heads:?}");
}
