//! Hosts beside the site that a person may mistake for it, or for a healthy one: another web server, a port where nothing
//! listens, a provider that takes an age for every answer, and one whose long pages break off.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpSocket;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::http::{Request, Response};
use super::info::DecoyInfo;
use super::pipeline::{Connection, ServicePort, World};
use super::ports::PortError;
use super::server::{Endpoint, Outcome, Port};
use super::service::Service;
use super::site;
use super::tls::ServerCertificate;

/// How long the slow provider takes: longer than a client that knows of slow providers waits.
const AN_AGE: Duration = Duration::from_secs(90);

/// The decoys' ports.
pub(super) struct Decoys {
    iis: Port,
    slow: Port,
    midway: Port,
    closed: Closed,
}

/// A port that is taken and yet closed: it is bound, and nobody listens on it.
struct Closed {
    number: u16,
    /// Kept for as long as the port must stay closed.
    socket: TcpSocket,
}

/// What a decoy does to the answers of the site behind it.
#[derive(Debug, Clone, Copy)]
enum Decoy {
    Iis,
    Slow,
    Midway,
}

struct DecoyPort {
    site: Arc<ServicePort>,
    decoy: Decoy,
}

impl Decoys {
    /// How many ports they take.
    pub const PORTS: u16 = 4;

    /// Binds their ports: consecutive ones from `first` on, or free ones.
    pub async fn bind(first: Option<u16>) -> Result<Self, PortError> {
        let wanted = |place: u16| first.map(|first| first + place);
        let bind = async |place: u16| {
            let bound = Port::bind(wanted(place)).await;
            bound.map_err(|cause| PortError::of(wanted(place), cause))
        };
        let closed = || {
            let socket = TcpSocket::new_v4()?;
            socket.bind((Ipv4Addr::LOCALHOST, wanted(3).unwrap_or(0)).into())?;
            let number = socket.local_addr()?.port();
            Ok(Closed { number, socket })
        };
        Ok(Self {
            iis: bind(0).await?,
            slow: bind(1).await?,
            midway: bind(2).await?,
            closed: closed().map_err(|cause| PortError::of(wanted(3), cause))?,
        })
    }

    /// Where they are, under the site's host name.
    pub fn info(&self, host: &str) -> DecoyInfo {
        let at = |port: u16| format!("{host}:{port}");
        DecoyInfo {
            iis: at(self.iis.number()),
            closed: at(self.closed.number),
            slow: at(self.slow.number()),
            midway: at(self.midway.number()),
        }
    }

    /// Serves them until `stop` is cancelled.
    pub fn serve(
        self,
        world: &Arc<World>,
        certificate: Option<&Arc<ServerCertificate>>,
        stop: &CancellationToken,
        tasks: &mut JoinSet<()>,
    ) {
        let site = Arc::new(ServicePort {
            world: Arc::clone(world),
            service: Service::Site,
        });
        for (port, decoy) in [
            (self.iis, Decoy::Iis),
            (self.slow, Decoy::Slow),
            (self.midway, Decoy::Midway),
        ] {
            let endpoint = DecoyPort {
                site: Arc::clone(&site),
                decoy,
            };
            port.serve(endpoint, certificate.cloned(), stop, tasks);
        }
        let stop = stop.clone();
        tasks.spawn(async move {
            stop.cancelled().await;
            drop(self.closed.socket);
        });
    }
}

impl Endpoint for DecoyPort {
    type Connection = Connection;

    async fn answer(self: Arc<Self>, connection: Arc<Connection>, request: Request) -> Outcome {
        let is_members = request.path.contains("SMS_FullCollectionMembership");
        match self.decoy {
            Decoy::Iis => return Outcome::Answer(site::iis_not_found()),
            Decoy::Slow => tokio::time::sleep(AN_AGE).await,
            Decoy::Midway => {}
        }
        let outcome = Arc::clone(&self.site).answer(connection, request).await;
        match (self.decoy, outcome) {
            (Decoy::Midway, Outcome::Answer(page)) if is_members && page.status == 200 => Outcome::Truncated(page),
            (_, outcome) => outcome,
        }
    }

    fn too_large(&self, request: &Request) -> Response {
        self.site.too_large(request)
    }
}
