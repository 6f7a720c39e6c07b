//! One connection of our own: TCP, TLS, HTTP/1.1. Never through a proxy.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, HOST, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request};
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tracing::debug;

use super::body::{Intake, Whole};
use super::certificate::end_point_hash;
use super::trust::Trust;
use crate::model::{Failure, Problem, ProviderAddress, Result};

/// Bytes of an error's body; a page of another web server is a few kilobytes.
const LARGEST_ERROR: usize = 1 << 20;

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

/// An answer whose body is still on its way. The connection is usable again when the body has been read to its end.
pub(super) struct Arriving {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    body: Incoming,
    /// For the log.
    target: String,
    asked: Instant,
}

/// A whole answer.
#[derive(Debug, Default)]
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
    /// Something is larger than any site has reason to send.
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

    /// Sends a GET and waits for the head of the answer.
    ///
    /// # Errors
    /// [`Broken`].
    pub(super) async fn get(
        &mut self,
        target: &str,
        authorization: Option<HeaderValue>,
    ) -> std::result::Result<Arriving, Broken> {
        let asked = Instant::now();
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
        let (head, body) = response.into_parts();
        Ok(Arriving {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
            target: target.to_owned(),
            asked,
        })
    }
}

impl Arriving {
    /// Hands the body on piece by piece, to its end.
    ///
    /// # Errors
    /// [`Broken::Midway`], and those of `intake`.
    pub(super) async fn read<I: Intake>(mut self, intake: &mut I) -> std::result::Result<I::Output, I::Error> {
        intake.begin(self.status, &self.headers);
        let mut bytes = 0;
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|_| Broken::Midway)?;
            if let Some(data) = frame.data_ref() {
                bytes += data.len();
                intake.take(data)?;
            }
        }
        let (target, status, ms) = (&self.target, self.status, self.asked.elapsed().as_millis());
        debug!("GET {target}: {status}, {bytes} bytes, {ms} ms");
        intake.end()
    }

    /// Reads the body of an error, or of a leg of the sign-in, to its end.
    ///
    /// # Errors
    /// [`Broken::Midway`], [`Broken::TooLarge`].
    pub(super) async fn whole(self) -> std::result::Result<Answer, Broken> {
        self.read(&mut Whole::of_at_most(LARGEST_ERROR)).await
    }
}
