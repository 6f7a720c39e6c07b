//! Connections: accept, optional TLS, HTTP/1.1 with keep-alive, an end in good order. Loopback only.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::stream;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::http::{Request, Response};
use super::tls::ServerCertificate;

/// The longest body that any service reads, in bytes.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// How long a client may take for the TLS handshake.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);
/// How long an answer under way may take to leave when the server ends.
const GRACE: Duration = Duration::from_secs(1);
/// How long to wait after a connection could not be accepted.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
/// How often a free port is looked for that the IPv4 and the IPv6 loopback address both have.
const PORT_TRIES: usize = 16;

/// What stands behind a port.
pub(super) trait Endpoint: Send + Sync + 'static {
    /// What is remembered of one TCP connection.
    type Connection: Default + Send + Sync + 'static;

    /// Answers a request. The future is dropped where the client goes away.
    fn answer(
        self: Arc<Self>,
        connection: Arc<Self::Connection>,
        request: Request,
    ) -> impl Future<Output = Outcome> + Send;

    /// Answers a request whose body was too long to read; the request comes without it.
    fn too_large(&self, request: &Request) -> Response;
}

/// How a request ends.
#[derive(Debug)]
pub(super) enum Outcome {
    /// With an answer.
    Answer(Response),
    /// With the first half of an answer that promised its whole length; then the connection closes.
    Truncated(Response),
    /// With the connection closed and no answer.
    Dropped,
}

/// One port, on both loopback addresses where the machine has both.
pub(super) struct Port {
    number: u16,
    listeners: Vec<TcpListener>,
}

impl Port {
    /// Binds a port: the given one, or a free one.
    pub async fn bind(wanted: Option<u16>) -> io::Result<Self> {
        if let Some(number) = wanted {
            return Self::bind_both(number).await;
        }
        let mut last = None;
        for _ in 0..PORT_TRIES {
            match Self::bind_both(0).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => last = Some(error),
                bound_or_refused => return bound_or_refused,
            }
        }
        Err(last.unwrap_or_else(|| io::ErrorKind::AddrInUse.into()))
    }

    /// `localhost` means ::1 first on many machines, so the port has to answer there as well.
    async fn bind_both(number: u16) -> io::Result<Self> {
        let first = TcpListener::bind((Ipv4Addr::LOCALHOST, number)).await?;
        let number = first.local_addr()?.port();
        let mut listeners = vec![first];
        match TcpListener::bind((Ipv6Addr::LOCALHOST, number)).await {
            Ok(second) => listeners.push(second),
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
            // This machine has no IPv6: then `localhost` does not mean ::1 either.
            Err(_) => {}
        }
        Ok(Self { number, listeners })
    }

    pub fn number(&self) -> u16 {
        self.number
    }

    /// Serves until `stop` is cancelled; the tasks join `tasks`.
    pub fn serve<E: Endpoint>(
        self,
        endpoint: E,
        certificate: Option<Arc<ServerCertificate>>,
        stop: &CancellationToken,
        tasks: &mut JoinSet<()>,
    ) {
        let endpoint = Arc::new(endpoint);
        for listener in self.listeners {
            tasks.spawn(accept(
                listener,
                Arc::clone(&endpoint),
                certificate.clone(),
                stop.clone(),
            ));
        }
    }
}

async fn accept<E: Endpoint>(
    listener: TcpListener,
    endpoint: Arc<E>,
    certificate: Option<Arc<ServerCertificate>>,
    stop: CancellationToken,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(connect(stream, Arc::clone(&endpoint), certificate.clone(), stop.child_token()));
                }
                // A connection that failed before it began, or too many open files: a little later it may work again.
                Err(_) => tokio::time::sleep(ACCEPT_PAUSE).await,
            },
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

async fn connect<E: Endpoint>(
    stream: TcpStream,
    endpoint: Arc<E>,
    certificate: Option<Arc<ServerCertificate>>,
    stop: CancellationToken,
) {
    // Small answers must not wait for the acknowledgement of the one before.
    let _best_effort = stream.set_nodelay(true);
    let Some(certificate) = certificate else {
        return serve_connection(stream, endpoint, stop.clone(), stop).await;
    };
    let (acceptor, replaced) = certificate.acceptor();
    tokio::select! {
        () = stop.cancelled() => {}
        shaken = tokio::time::timeout(HANDSHAKE_TIME, acceptor.accept(stream)) => {
            // A client that does not trust the certificate ends the handshake; that is its right.
            if let Ok(Ok(stream)) = shaken {
                serve_connection(stream, endpoint, stop.clone(), replaced).await;
            }
        }
    }
}

async fn serve_connection<E: Endpoint>(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    endpoint: Arc<E>,
    stop: CancellationToken,
    replaced: CancellationToken,
) {
    let remembered = Arc::new(E::Connection::default());
    let service = service_fn(|request| exchange(Arc::clone(&endpoint), Arc::clone(&remembered), request));
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    // How a connection ends is the client's matter, or that of a planned fault; there is nobody to tell.
    let under_way = tokio::select! {
        _ended = connection.as_mut() => false,
        () = stop.cancelled() => true,
        () = replaced.cancelled() => true,
    };
    if under_way {
        connection.as_mut().graceful_shutdown();
        let _ended = tokio::time::timeout(GRACE, connection).await;
    }
}

/// The body of an answer: whole, or broken off on purpose.
type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Reads one request and writes its answer; an error closes the connection.
async fn exchange<E: Endpoint>(
    endpoint: Arc<E>,
    connection: Arc<E::Connection>,
    request: hyper::Request<Incoming>,
) -> io::Result<hyper::Response<Body>> {
    let (request, whole) = read(request).await?;
    if !whole {
        let response = endpoint.too_large(&request);
        return Ok(write(response.status, response.headers, full(response.body)));
    }
    match endpoint.answer(connection, request).await {
        Outcome::Answer(response) => Ok(write(response.status, response.headers, full(response.body))),
        Outcome::Truncated(response) => Ok(truncated(response)),
        Outcome::Dropped => Err(io::ErrorKind::ConnectionAborted.into()),
    }
}

/// Reads a request with its body, or without it and `false` where it is longer than any service reads. A long body is
/// read to its end all the same: a client that is still writing would not see the answer.
async fn read(request: hyper::Request<Incoming>) -> io::Result<(Request, bool)> {
    let (head, mut incoming) = request.into_parts();
    let mut body = BytesMut::new();
    let mut whole = true;
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame.map_err(io::Error::other)?.into_data() else {
            continue;
        };
        whole = whole && body.len() + data.len() <= BODY_LIMIT;
        if whole {
            body.extend_from_slice(&data);
        } else {
            body.clear();
        }
    }
    let request = Request {
        method: head.method,
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers: head.headers,
        body: body.freeze(),
    };
    Ok((request, whole))
}

fn write(status: u16, headers: HeaderMap, body: Body) -> hyper::Response<Body> {
    let mut response = hyper::Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    *response.headers_mut() = headers;
    response
}

fn full(bytes: Bytes) -> Body {
    Full::new(bytes)
        .map_err(|never: Infallible| match never {})
        .boxed_unsync()
}

/// Announces the whole length, sends the first half, then fails.
fn truncated(response: Response) -> hyper::Response<Body> {
    let Response {
        status,
        mut headers,
        body,
    } = response;
    // An empty body has no middle; then a byte is announced that never comes.
    let announced = body.len().max(1);
    let half = body.slice(..body.len() / 2);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(announced));
    let frames = stream::unfold(Some(half), |half| async {
        match half {
            Some(half) => Some((Ok(Frame::data(half)), None)),
            None => {
                // Lets the connection write out what it has before it hears of the failure.
                tokio::task::yield_now().await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None))
            }
        }
    });
    write(status, headers, StreamBody::new(frames).boxed_unsync())
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::Notify;

    use super::*;
    use crate::lab::tls::Authority;

    /// Answers how many requests its connection has carried, and the length of the body.
    #[derive(Default)]
    struct Counting {
        stuck: Arc<Notify>,
    }

    impl Endpoint for Counting {
        type Connection = AtomicUsize;

        async fn answer(self: Arc<Self>, connection: Arc<AtomicUsize>, request: Request) -> Outcome {
            let count = connection.fetch_add(1, Ordering::SeqCst) + 1;
            let text = format!("{count} {}", request.body.len());
            let response = Response::with_body(200, "text/plain", text.into_bytes());
            match request.path.as_str() {
                "/drop" => Outcome::Dropped,
                "/truncate" => Outcome::Truncated(response),
                "/never" => {
                    self.stuck.notify_one();
                    std::future::pending().await
                }
                _ => Outcome::Answer(response),
            }
        }

        fn too_large(&self, _request: &Request) -> Response {
            Response::empty(413)
        }
    }

    struct Running {
        port: u16,
        stuck: Arc<Notify>,
        stop: CancellationToken,
        tasks: JoinSet<()>,
    }

    impl Running {
        async fn start(certificate: Option<Arc<ServerCertificate>>) -> Self {
            let port = Port::bind(None).await.unwrap();
            let (number, stop, mut tasks) = (port.number(), CancellationToken::new(), JoinSet::new());
            let endpoint = Counting::default();
            let stuck = Arc::clone(&endpoint.stuck);
            port.serve(endpoint, certificate, &stop, &mut tasks);
            Self {
                port: number,
                stuck,
                stop,
                tasks,
            }
        }

        async fn open(&self) -> TcpStream {
            TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.unwrap()
        }

        async fn stop(mut self) {
            self.stop.cancel();
            while let Some(ended) = self.tasks.join_next().await {
                ended.unwrap();
            }
        }
    }

    /// Sends one request and reads until the server closes the connection.
    async fn send_and_read_all(stream: &mut TcpStream, target: &str) -> String {
        let head = format!("GET {target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        // A reset after the first bytes is an end as well.
        while let Ok(read) = stream.read_buf(&mut answer).await {
            if read == 0 {
                break;
            }
        }
        String::from_utf8(answer).unwrap()
    }

    #[tokio::test]
    async fn a_connection_is_kept_and_remembered() {
        let server = Running::start(None).await;
        let client = reqwest::Client::builder()
            .no_proxy()
            .pool_max_idle_per_host(1)
            .build()
            .unwrap();
        let url = format!("http://127.0.0.1:{}/", server.port);
        let mut answers = Vec::new();
        for _ in 0..2 {
            answers.push(client.get(&url).send().await.unwrap().text().await.unwrap());
        }
        assert_eq!(answers, ["1 0", "2 0"]);
        let other = send_and_read_all(&mut server.open().await, "/").await;
        assert!(other.ends_with("1 0"), "{other}");
        server.stop().await;
    }

    #[tokio::test]
    async fn a_dropped_request_gets_no_byte() {
        let server = Running::start(None).await;
        assert_eq!(send_and_read_all(&mut server.open().await, "/drop").await, "");
        server.stop().await;
    }

    #[tokio::test]
    async fn a_truncated_answer_promises_more_than_comes() {
        let server = Running::start(None).await;
        let answer = send_and_read_all(&mut server.open().await, "/truncate").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("content-length: 3\r\n"), "{answer}");
        assert!(answer.ends_with("\r\n\r\n1"), "{answer}");
        server.stop().await;
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused_and_one_at_the_limit_is_not() {
        let server = Running::start(None).await;
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://127.0.0.1:{}/", server.port);
        let refused = client.post(&url).body(vec![b' '; BODY_LIMIT + 1]).send().await.unwrap();
        assert_eq!(refused.status(), 413);
        let taken = client.post(&url).body(vec![b' '; BODY_LIMIT]).send().await.unwrap();
        assert_eq!(taken.text().await.unwrap(), format!("1 {BODY_LIMIT}"));
        server.stop().await;
    }

    #[tokio::test]
    async fn the_end_does_not_wait_for_idle_or_stuck_clients() {
        let server = Running::start(None).await;
        let idle = server.open().await;
        let mut stuck = server.open().await;
        stuck
            .write_all(b"GET /never HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .unwrap();
        server.stuck.notified().await;
        tokio::time::timeout(GRACE * 5, server.stop()).await.unwrap();
        drop((idle, stuck));
    }

    fn trusting(certificate: &ServerCertificate) -> reqwest::Client {
        let root = reqwest::Certificate::from_pem(certificate.root_pem().as_bytes()).unwrap();
        reqwest::Client::builder()
            .no_proxy()
            .tls_certs_only([root])
            .tls_info(true)
            .build()
            .unwrap()
    }

    async fn seen_sha256(client: &reqwest::Client, url: &str) -> String {
        let answer = client.get(url).send().await.unwrap();
        let info = answer.extensions().get::<reqwest::tls::TlsInfo>().unwrap();
        crate::lab::tls::sha256_hex(info.peer_certificate().unwrap())
    }

    #[tokio::test]
    async fn tls_shows_the_certificate_in_force() {
        let certificate = Arc::new(ServerCertificate::new(Authority::new("Lab Root", "localhost").unwrap()).unwrap());
        let server = Running::start(Some(Arc::clone(&certificate))).await;
        for host in ["localhost", "127.0.0.1"] {
            let url = format!("https://{host}:{}/", server.port);
            assert_eq!(seen_sha256(&trusting(&certificate), &url).await, certificate.sha256());
        }
        let url = format!("https://localhost:{}/", server.port);
        certificate.replace().unwrap();
        assert_eq!(seen_sha256(&trusting(&certificate), &url).await, certificate.sha256());
        let stranger = reqwest::Client::builder().no_proxy().build().unwrap();
        assert!(stranger.get(&url).send().await.is_err());
        server.stop().await;
    }

    #[tokio::test]
    async fn connections_of_a_replaced_certificate_end() {
        let certificate = Arc::new(ServerCertificate::new(Authority::new("Lab Root", "localhost").unwrap()).unwrap());
        let server = Running::start(Some(Arc::clone(&certificate))).await;
        let mut stream = open_tls(&server, &certificate).await;
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n")
            .await
            .unwrap();
        let mut answer = BytesMut::new();
        while !answer.ends_with(b"1 0") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0);
        }
        certificate.replace().unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(30), stream.read_buf(&mut answer))
            .await
            .unwrap();
        assert_eq!(ended.unwrap(), 0);
        server.stop().await;
    }

    async fn open_tls(server: &Running, certificate: &ServerCertificate) -> tokio_rustls::client::TlsStream<TcpStream> {
        use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
        let mut roots = rustls::RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_slice(certificate.root_pem().as_bytes()).unwrap())
            .unwrap();
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("localhost").unwrap();
        tokio_rustls::TlsConnector::from(Arc::new(config))
            .connect(name, server.open().await)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn a_taken_port_is_an_error() {
        let taken = Port::bind(None).await.unwrap();
        let error = Port::bind(Some(taken.number()))
            .await
            .map(|port| port.number())
            .unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    }
}
