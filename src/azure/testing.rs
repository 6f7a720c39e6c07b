//! A tiny server on loopback with scripted answers, for the tests of this folder.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::model::plan::Progress;
use crate::model::{Environment, SecretKey, WorkspaceId};

use super::client::Azure;
use super::grant::Credential;
use super::patience::Patience;

pub(super) const TENANT: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
pub(super) const CLIENT: &str = "2f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
pub(super) const SUBSCRIPTION: &str = "3f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";
pub(super) const SECRET: &str = "abc8Q~s3cr3t+/=value";
pub(super) const TOKEN_PATH: &str = "/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/oauth2/v2.0/token";

impl Patience {
    /// Tries as often as always, without the waits between.
    pub(super) fn hasty() -> Self {
        Self {
            first_wait: Duration::from_millis(1),
            poll: Duration::from_millis(1),
            ..Self::default()
        }
    }
}

/// One scripted answer.
#[derive(Clone)]
pub(super) struct Answer(Vec<u8>);

impl Answer {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, &body.to_string())
    }

    pub(super) fn text(status: u16, body: &str) -> Self {
        Self::with_headers(status, &[], body)
    }

    pub(super) fn with_headers(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let length = body.len();
        Self::raw(&format!(
            "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
        ))
    }

    /// An answer that ends before its length is reached.
    pub(super) fn cut(status: u16, body: &str) -> Self {
        let length = body.len() + 100;
        Self::raw(&format!(
            "HTTP/1.1 {status} X\r\nContent-Length: {length}\r\n\r\n{body}"
        ))
    }

    /// Exactly these bytes, then the end.
    pub(super) fn raw(bytes: &str) -> Self {
        Self(bytes.as_bytes().to_vec())
    }
}

/// An error as Resource Manager describes it.
pub(super) fn error(status: u16, code: &str) -> Answer {
    Answer::json(status, &json!({"error": {"code": code, "message": "Azure's words."}}))
}

/// One request as the server saw it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HashMap<String, String>,
    pub(super) bytes: Vec<u8>,
    /// The same as text.
    pub(super) body: String,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map(String::as_str).unwrap_or_default()
    }
}

#[derive(Default)]
struct Script {
    answers: HashMap<(String, String), VecDeque<Answer>>,
    seen: Vec<Seen>,
    in_flight: usize,
    most_in_flight: usize,
}

/// The server. Answers by method and path, in order; the last answer stays.
#[derive(Clone)]
pub(super) struct Server {
    url: String,
    script: Arc<Mutex<Script>>,
}

impl Server {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            url: format!("http://{}", listener.local_addr().unwrap()),
            script: Arc::default(),
        };
        let answering = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = answering.clone();
                tokio::spawn(async move { server.serve(stream).await });
            }
        });
        server
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) fn on(&self, method: &str, path: &str, answers: impl IntoIterator<Item = Answer>) {
        let key = (method.to_owned(), path.to_owned());
        self.script
            .lock()
            .unwrap()
            .answers
            .insert(key, answers.into_iter().collect());
    }

    /// All requests but those for tokens that [`signed_in`] has scripted.
    pub(super) fn seen(&self) -> Vec<Seen> {
        self.script.lock().unwrap().seen.clone()
    }

    pub(super) fn seen_at(&self, path: &str) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.path == path).collect()
    }

    async fn serve(&self, mut stream: TcpStream) {
        let Some(seen) = read_request(&mut stream).await else {
            return;
        };
        let Answer(bytes) = self.next(&seen);
        // Whoever else is under way comes in meanwhile.
        for _ in 0..32 {
            tokio::task::yield_now().await;
        }
        self.script.lock().unwrap().in_flight -= 1;
        let _ = stream.write_all(&bytes).await;
        let _ = stream.shutdown().await;
    }

    /// How many requests were under way at once, at most.
    pub(super) fn most_in_flight(&self) -> usize {
        self.script.lock().unwrap().most_in_flight
    }

    fn next(&self, seen: &Seen) -> Answer {
        let mut script = self.script.lock().unwrap();
        script.seen.push(seen.clone());
        script.in_flight += 1;
        script.most_in_flight = script.most_in_flight.max(script.in_flight);
        let Some(answers) = script.answers.get_mut(&(seen.method.clone(), seen.path.clone())) else {
            return Answer::text(418, &format!("nothing is scripted for {} {}", seen.method, seen.path));
        };
        if answers.len() > 1 {
            answers.pop_front().unwrap()
        } else {
            answers.front().unwrap().clone()
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).unwrap();
    let mut lines = head.lines();
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers: HashMap<String, String> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    while bytes.len() < head_end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(Seen {
        method,
        path: path.to_owned(),
        query: query.to_owned(),
        body: String::from_utf8_lossy(&bytes[head_end + 4..]).into_owned(),
        bytes: bytes[head_end + 4..].to_vec(),
        headers,
    })
}

/// An environment whose services are all the one server.
pub(super) fn environment(server: &Server) -> Environment {
    Environment {
        name: "TestCloud".to_owned(),
        authority: server.url().parse().unwrap(),
        arm: server.url().parse().unwrap(),
        arm_audience: "https://arm.test".to_owned(),
        query: server.url().parse().unwrap(),
        query_audience: "https://query.test".to_owned(),
        ingestion_audience: "https://ingestion.test".to_owned(),
        graph: server.url().parse().unwrap(),
        portal: "https://portal.test".to_owned(),
        graph_audience: None,
        ca_file: None,
    }
}

pub(super) fn credential() -> Credential {
    Credential {
        tenant_id: TENANT.parse().unwrap(),
        client_id: CLIENT.parse().unwrap(),
        secret: SecretKey::parse(SECRET).unwrap(),
    }
}

pub(super) fn workspace_id() -> WorkspaceId {
    format!("/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-monitor/providers/Microsoft.OperationalInsights/workspaces/law-contoso")
        .parse()
        .unwrap()
}

/// An unsigned token with these claims.
pub(super) fn token_with(claims: &Value) -> String {
    format!("e30.{}.sig", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

pub(super) fn token_answer(text: &str, seconds: u64) -> Answer {
    Answer::json(
        200,
        &json!({"token_type": "Bearer", "expires_in": seconds, "access_token": text}),
    )
}

/// A client of a server.
pub(super) fn client_of(server: &Server) -> Azure {
    Azure::patiently(&environment(server), credential(), Patience::hasty()).unwrap()
}

/// A server and a client that has its tokens already.
pub(super) async fn signed_in() -> (Server, Azure) {
    signed_in_with(Patience::hasty()).await
}

/// The same with another patience.
pub(super) async fn signed_in_with(patience: Patience) -> (Server, Azure) {
    use super::tokens::Service;
    let server = Server::start().await;
    let azure = Azure::patiently(&environment(&server), credential(), patience).unwrap();
    for (service, text) in [
        (Service::Arm, "token-for-arm"),
        (Service::Query, "token-for-query"),
        (Service::Ingestion, "token-for-ingestion"),
        (Service::Graph, "token-for-graph"),
    ] {
        server.on("POST", TOKEN_PATH, [token_answer(text, 3599)]);
        azure.token(service, None).await.unwrap();
    }
    server.script.lock().unwrap().seen.clear();
    (server, azure)
}

/// Hears nothing.
pub(super) fn silent(_: Progress) {}
