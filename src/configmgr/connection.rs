//! One connection of our own: TCP, TLS, HTTP/1.1. Never through a proxy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tracing::debug;

use super::certificate::end_point_hash;
use super::trust::Trust;
use crate::model::{Failure, Problem, ProviderAddress, Result};

/// No page comes near it: a thousand rows are a few hundred kilobytes. A site that ignores `$top` stays below it too.
const LARGEST_BODY: usize = 256 << 20;

/// How to reach a provider.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) provider: ProviderAddress,
    /// `None`: plain HTTP, for a provider on this machine behind an authenticating proxy.
    pub(super) trust: Option<Trust>,
    /// For TCP and TLS together.
    pub(super) connect_timeout: Duration,
}

/// An open line to the provider, before HTTP.
pub(super) struct Line {
    io: Box<dyn Stream>,
    /// The certificate that the provider showed, in DER.
    pub(super) leaf: Option<Vec<u8>>,
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Opens a line: TCP, and TLS with a trusted certificate.
///
/// # Errors
/// [`Problem::SiteUnreachable`], [`Problem::CertificateUnknown`], [`Problem::CertificateChanged`].
pub(super) async fn dial(door: &Door) -> Result<Line> {
    tokio::time::timeout(door.connect_timeout, dial_without_limit(door))
        .await
        .unwrap_or_else(|_| {
            let seconds = door.connect_timeout.as_secs_f32();
            Err(unreachable(door, format!("no connection within {seconds} seconds")))
        })
}

async fn dial_without_limit(door: &Door) -> Result<Line> {
    let address = (door.provider.host(), door.provider.port());
    let tcp = TcpStream::connect(address)
        .await
        .map_err(|error| unreachable(door, error.to_string()))?;
    // Requests are small and awaited one by one.
    let _ = tcp.set_nodelay(true);
    let Some(trust) = &door.trust else {
        return Ok(Line {
            io: Box::new(tcp),
            leaf: None,
        });
    };
    let name = ServerName::try_from(door.provider.host().to_owned())
        .map_err(|_| unreachable(door, "a certificate cannot be for such a host name".into()))?;
    // A judge and a configuration for each handshake: the verdict is that of this one, and no resumed session leaves out
    // the certificate, which the channel binding needs.
    let judge = trust.judge();
    let config = ClientConfig::builder_with_provider(trust.crypto())
        .with_safe_default_protocol_versions()
        .map_err(|error| unreachable(door, error.to_string()))?
        .dangerous()
        .with_custom_certificate_verifier(judge.clone())
        .with_no_client_auth();
    let tls = TlsConnector::from(Arc::new(config)).connect(name, tcp).await;
    let tls = tls.map_err(|error| match judge.problem(&door.provider) {
        Some(problem) => problem.into(),
        None => unreachable(door, format!("no TLS connection: {error}")),
    })?;
    let certificates = tls.get_ref().1.peer_certificates();
    let leaf = certificates.and_then(|chain| chain.first()).map(|leaf| leaf.to_vec());
    Ok(Line {
        io: Box::new(tls),
        leaf,
    })
}

fn unreachable(door: &Door, cause: String) -> Failure {
    Problem::SiteUnreachable {
        provider: door.provider.to_string(),
        cause,
    }
    .into()
}

/// A whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// Why there is no whole answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Broken {
    /// The connection ended before the answer began: what happens to an idle connection that the other side has closed.
    BeforeAnswer,
    /// The answer ended midway.
    Midway,
    /// What answers does not speak HTTP/1.1.
    NotHttp,
    /// The answer is larger than any page.
    TooLarge,
}

/// A connection that carries one request at a time.
pub(super) struct Connection {
    sender: SendRequest<Empty<Bytes>>,
    host: String,
    /// The hash for the channel binding, where the connection has one.
    pub(super) end_point_hash: Option<Vec<u8>>,
    /// Whether a sign-in has succeeded on it.
    pub(super) signed_in: bool,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// As [`dial`].
    pub(super) async fn open(door: &Door) -> Result<Self> {
        let line = dial(door).await?;
        let (sender, driver) = hyper::client::conn::http1::handshake(TokioIo::new(line.io))
            .await
            .map_err(|error| unreachable(door, error.to_string()))?;
        // Ends by itself when the sender is dropped; its error comes back through the sender too.
        tokio::spawn(async move {
            let _ = driver.await;
        });
        let default_port = if door.trust.is_some() { 443 } else { 80 };
        let provider = &door.provider;
        Ok(Self {
            sender,
            host: if provider.port() == default_port {
                provider.host().to_owned()
            } else {
                format!("{}:{}", provider.host(), provider.port())
            },
            end_point_hash: line.leaf.as_deref().and_then(end_point_hash),
            signed_in: false,
        })
    }

    /// Whether it looks usable for another request.
    pub(super) fn is_open(&self) -> bool {
        !self.sender.is_closed()
    }

    /// Sends a GET and reads the whole answer, which keeps the connection usable.
    ///
    /// # Errors
    /// [`Broken`].
    pub(super) async fn get(
        &mut self,
        target: &str,
        authorization: Option<HeaderValue>,
    ) -> std::result::Result<Answer, Broken> {
        let started = Instant::now();
        let mut request = Request::get(target)
            .header(HOST, &self.host)
            .header(ACCEPT, "application/json")
            .header(USER_AGENT, concat!("azure-services-wizard/", env!("CARGO_PKG_VERSION")));
        if let Some(mut value) = authorization {
            value.set_sensitive(true);
            request = request.header(AUTHORIZATION, value);
        }
        let request = request.body(Empty::new()).map_err(|_| Broken::NotHttp)?;
        self.sender.ready().await.map_err(|_| Broken::BeforeAnswer)?;
        let response = self.sender.send_request(request).await.map_err(|error| {
            debug!("GET {target}: {error}");
            if error.is_parse() {
                Broken::NotHttp
            } else {
                Broken::BeforeAnswer
            }
        })?;
        let (head, mut incoming) = response.into_parts();
        let mut body = Vec::new();
        while let Some(frame) = incoming.frame().await {
            let frame = frame.map_err(|_| Broken::Midway)?;
            if let Some(data) = frame.data_ref() {
                body.extend_from_slice(data);
            }
            if body.len() > LARGEST_BODY {
                return Err(Broken::TooLarge);
            }
        }
        let (status, bytes, ms) = (head.status.as_u16(), body.len(), started.elapsed().as_millis());
        debug!("GET {target}: {status}, {bytes} bytes, {ms} ms");
        Ok(Answer {
            status,
            headers: head.headers,
            body,
        })
    }
}
