//! A tiny HTTP/1.1 server on loopback that says exactly what a test wants, broken answers included.
//!
//! | file | what |
//! | --- | --- |
//! | this one | the server, what it is asked and what it replies |
//! | `identity` | its certificate |
//! | `ntlm_site` | a site that signs in with NTLM |

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;

use super::{Site, SiteOptions};
use crate::model::{CertificateTrust, ProviderAddress, SignIn, SiteConnection};

mod identity;
mod ntlm_site;

pub(super) use identity::Identity;
pub(super) use ntlm_site::NtlmSite;

/// A request, as the server saw it.
#[derive(Debug, Clone)]
pub(in crate::configmgr) struct Asked {
    /// Connections count from 0.
    pub(in crate::configmgr) connection: usize,
    /// Path and query, percent-decoded.
    pub(in crate::configmgr) target: String,
    pub(in crate::configmgr) authorization: Option<String>,
}

impl Asked {
    /// A query option's value.
    pub(in crate::configmgr) fn option(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query
            .split('&')
            .find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    }

    /// 0 for a request without a token, else the number of the NTLM message.
    pub(in crate::configmgr) fn ntlm_message(&self) -> u8 {
        self.token().map_or(0, |token| token[8])
    }

    pub(super) fn token(&self) -> Option<Vec<u8>> {
        let (_, token) = self.authorization.as_deref()?.split_once(' ')?;
        Some(STANDARD.decode(token).unwrap())
    }

    pub(in crate::configmgr) fn number(&self, name: &str) -> usize {
        self.option(name).unwrap_or("0").parse().unwrap()
    }
}

/// What the server does.
#[derive(Debug, Clone)]
pub(in crate::configmgr) enum Reply {
    /// A whole answer.
    Whole(u16, Vec<(&'static str, String)>, String),
    /// An answer of the length of the text that ends after so many bytes, and with it the connection.
    Cut(String, usize),
    /// An answer without a length, ended by the end of the connection.
    Unmeasured(String),
    /// An answer whose bytes behind a place come as soon as the semaphore lets them pass.
    Halves(String, usize, Arc<Semaphore>),
    /// No answer: the connection ends.
    Hang,
    /// No answer, ever.
    Silence,
    /// An answer as soon as the semaphore lets it pass.
    Held(Arc<Semaphore>, Box<Reply>),
}

impl Reply {
    pub(in crate::configmgr) fn json(status: u16, body: impl Into<String>) -> Self {
        Self::Whole(status, vec![("Content-Type", "application/json".into())], body.into())
    }

    /// Rows, as the WMI route sends them.
    pub(in crate::configmgr) fn rows(rows: &[String]) -> Self {
        Self::json(
            200,
            format!("{{\"@odata.context\":\"x\",\"value\":[{}]}}", rows.join(",")),
        )
    }

    pub(in crate::configmgr) fn unauthorized(offers: &[&str]) -> Self {
        let offers = offers.iter().map(|offer| ("WWW-Authenticate", (*offer).to_owned()));
        Self::Whole(401, offers.collect(), String::new())
    }

    pub(in crate::configmgr) fn held(self, gate: &Arc<Semaphore>) -> Self {
        Self::Held(gate.clone(), Box::new(self))
    }

    pub(in crate::configmgr) fn with(self, name: &'static str, value: &str) -> Self {
        match self {
            Self::Whole(status, mut headers, body) => {
                headers.push((name, value.to_owned()));
                Self::Whole(status, headers, body)
            }
            other => other,
        }
    }
}

type Handler = dyn Fn(&Asked) -> Reply + Send + Sync;

/// The server; ends with the test's runtime.
pub(in crate::configmgr) struct Server {
    port: u16,
    /// What new connections are met with.
    tls: Arc<Mutex<Option<TlsAcceptor>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Server {
    /// Without TLS.
    pub(in crate::configmgr) async fn plain(handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        Self::start(None, Arc::new(handler)).await
    }

    /// With TLS.
    pub(in crate::configmgr) async fn tls(
        identity: &Identity,
        handler: impl Fn(&Asked) -> Reply + Send + Sync + 'static,
    ) -> Self {
        Self::start(Some(identity.acceptor()), Arc::new(handler)).await
    }

    async fn start(tls: Option<TlsAcceptor>, handler: Arc<Handler>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        let tls = Arc::new(Mutex::new(tls));
        let shown = tls.clone();
        tokio::spawn(async move {
            let connections = AtomicUsize::new(0);
            while let Ok((tcp, _)) = listener.accept().await {
                let connection = connections.fetch_add(1, SeqCst);
                let tls = shown.lock().unwrap().clone();
                let (handler, log) = (handler.clone(), log.clone());
                tokio::spawn(async move {
                    match tls {
                        None => serve(tcp, connection, &*handler, &log).await,
                        // A client that does not trust us ends the handshake.
                        Some(tls) => {
                            if let Ok(stream) = tls.accept(tcp).await {
                                serve(stream, connection, &*handler, &log).await;
                            }
                        }
                    }
                });
            }
        });
        Self { port, tls, asked }
    }

    /// Shows another certificate from the next connection on.
    pub(in crate::configmgr) fn show(&self, identity: &Identity) {
        *self.tls.lock().unwrap() = Some(identity.acceptor());
    }

    /// `localhost` and the port.
    pub(in crate::configmgr) fn address(&self) -> ProviderAddress {
        format!("localhost:{}", self.port).parse().unwrap()
    }

    /// Everything that was asked so far.
    pub(in crate::configmgr) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// The site that this server plays, without sign-in.
    pub(in crate::configmgr) fn site(&self) -> Site {
        self.site_with(quick())
    }

    pub(in crate::configmgr) fn site_with(&self, options: SiteOptions) -> Site {
        let connection = SiteConnection {
            provider: self.address(),
            sign_in: SignIn::None,
            trust: CertificateTrust::System,
        };
        Site::with_options(&connection, None, options).unwrap()
    }
}

/// Options that do not let a test wait.
pub(in crate::configmgr) fn quick() -> SiteOptions {
    SiteOptions {
        connect_timeout: Duration::from_secs(5),
        page_timeout: Duration::from_secs(5),
        attempts: 3,
        first_pause: Duration::from_millis(1),
        longest_pause: Duration::from_secs(1),
        page_rows: 3,
    }
}

/// An address at which nothing listens.
pub(in crate::configmgr) async fn closed_port() -> ProviderAddress {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    format!("localhost:{port}").parse().unwrap()
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    connection: usize,
    handler: &Handler,
    log: &Mutex<Vec<Asked>>,
) {
    let mut stream = BufReader::new(stream);
    loop {
        let mut lines = Vec::new();
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            if line.trim().is_empty() {
                break;
            }
            lines.push(line.trim().to_owned());
        }
        let target = lines[0].split(' ').nth(1).unwrap();
        let header = |name: &str| {
            lines.iter().skip(1).find_map(|line| {
                let (found, value) = line.split_once(':')?;
                found.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
            })
        };
        assert!(lines[0].starts_with("GET "), "only GET is ever sent");
        let asked = Asked {
            connection,
            target: percent_encoding::percent_decode_str(target)
                .decode_utf8()
                .unwrap()
                .into_owned(),
            authorization: header("authorization"),
        };
        log.lock().unwrap().push(asked.clone());
        let mut reply = handler(&asked);
        while let Reply::Held(gate, held) = reply {
            gate.acquire().await.unwrap().forget();
            reply = *held;
        }
        if let Reply::Halves(body, at, gate) = reply {
            let (length, (first, second)) = (body.len(), body.split_at(at));
            let first = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{first}");
            stream.write_all(first.as_bytes()).await.unwrap();
            stream.flush().await.unwrap();
            gate.acquire().await.unwrap().forget();
            // A client that has gone away meanwhile is no fault of ours.
            if stream.write_all(second.as_bytes()).await.is_err() {
                return;
            }
            stream.flush().await.unwrap();
            continue;
        }
        let (text, goes_on) = match reply {
            Reply::Whole(status, headers, body) => {
                let goes_on = !headers.contains(&("Connection", "close".to_owned()));
                let headers: String = headers
                    .iter()
                    .map(|(name, value)| format!("{name}: {value}\r\n"))
                    .collect();
                let length = body.len();
                let head = format!("HTTP/1.1 {status} X\r\n{headers}Content-Length: {length}\r\n\r\n");
                (head + &body, goes_on)
            }
            Reply::Cut(body, after) => {
                let (length, part) = (body.len(), &body[..after]);
                (
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{part}"),
                    false,
                )
            }
            Reply::Unmeasured(body) => (format!("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{body}"), false),
            Reply::Hang => return,
            Reply::Silence | Reply::Held(..) | Reply::Halves(..) => std::future::pending().await,
        };
        stream.write_all(text.as_bytes()).await.unwrap();
        stream.flush().await.unwrap();
        if !goes_on {
            let _ = stream.shutdown().await;
            return;
        }
    }
}
