//! The ports of a lab: how they are numbered, and what answers behind each.

use std::io;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::azure::CloudUrls;
use super::control::ControlPort;
use super::decoys::Decoys;
use super::pipeline::{ServicePort, World};
use super::server::Port;
use super::service::Service;
use super::tls::ServerCertificate;

/// Why a lab cannot listen.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// A port is not free.
    #[error(
        "The lab cannot listen on port {port} of the loopback address: {cause}. Choose another port, or none for free ones."
    )]
    Taken {
        /// The port.
        port: u16,
        /// What the system said.
        cause: io::Error,
    },
    /// No port is free.
    #[error("The lab cannot listen on the loopback address: {0}. Check that this machine allows local servers.")]
    None(io::Error),
    /// So many consecutive ports from this one do not exist.
    #[error("The lab needs {count} ports from {first} on, of 1 to 65535; choose another first port.")]
    Range {
        /// The first port.
        first: u16,
        /// How many ports.
        count: u16,
    },
}

impl PortError {
    /// Why the wanted port, or any, could not be bound.
    pub(super) fn of(wanted: Option<u16>, cause: io::Error) -> Self {
        match wanted {
            Some(port) => Self::Taken { port, cause },
            None => Self::None(cause),
        }
    }
}

/// The ports of a lab, in the order in which they are numbered.
pub(super) struct Ports {
    authority: Port,
    arm: Port,
    query: Port,
    graph: Port,
    pub site: Port,
    pub control: Port,
    ingestion: Port,
    /// The last ones, where they are wanted.
    pub decoys: Option<Decoys>,
}

/// How many ports a lab has, decoys apart.
const PORTS: u16 = 7;

impl Ports {
    /// Binds all ports: consecutive ones from `first` on, or free ones.
    pub async fn bind(first: Option<u16>, decoys: bool) -> Result<Self, PortError> {
        let count = PORTS + if decoys { Decoys::PORTS } else { 0 };
        if let Some(first) = first
            && (first == 0 || first.checked_add(count - 1).is_none())
        {
            return Err(PortError::Range { first, count });
        }
        let wanted = |place: u16| first.map(|first| first + place);
        let bind = async |place: u16| {
            let bound = Port::bind(wanted(place)).await;
            bound.map_err(|cause| PortError::of(wanted(place), cause))
        };
        Ok(Self {
            authority: bind(0).await?,
            arm: bind(1).await?,
            query: bind(2).await?,
            graph: bind(3).await?,
            site: bind(4).await?,
            control: bind(5).await?,
            ingestion: bind(6).await?,
            decoys: match decoys {
                true => Some(Decoys::bind(wanted(PORTS)).await?),
                false => None,
            },
        })
    }

    /// The addresses of the Azure services; https needs a host name that the certificate carries.
    pub fn urls(&self, tls: bool) -> CloudUrls {
        let base = if tls { "https://localhost" } else { "http://127.0.0.1" };
        let url = |port: &Port| format!("{base}:{}", port.number());
        CloudUrls {
            authority: url(&self.authority),
            arm: url(&self.arm),
            query: url(&self.query),
            graph: url(&self.graph),
            ingestion: url(&self.ingestion),
        }
    }

    /// Serves on all ports until `stop` is cancelled. The site has its own certificate, the control address has none.
    pub fn serve(
        self,
        world: &Arc<World>,
        azure_certificate: Option<Arc<ServerCertificate>>,
        site_certificate: Option<Arc<ServerCertificate>>,
        stop: &CancellationToken,
    ) -> JoinSet<()> {
        let mut tasks = JoinSet::new();
        let azure = [
            (self.authority, Service::Entra),
            (self.arm, Service::Arm),
            (self.query, Service::Query),
            (self.graph, Service::Graph),
            (self.ingestion, Service::Ingestion),
        ];
        for (port, service) in azure {
            let endpoint = ServicePort {
                world: Arc::clone(world),
                service,
            };
            port.serve(endpoint, azure_certificate.clone(), stop, &mut tasks);
        }
        let site = ServicePort {
            world: Arc::clone(world),
            service: Service::Site,
        };
        self.site.serve(site, site_certificate.clone(), stop, &mut tasks);
        if let Some(decoys) = self.decoys {
            decoys.serve(world, site_certificate.as_ref(), stop, &mut tasks);
        }
        let control = ControlPort {
            world: Arc::clone(world),
            site_certificate,
        };
        self.control.serve(control, None, stop, &mut tasks);
        tasks
    }
}
