//! The ports of a lab: how they are numbered, and what answers behind each.

use std::io;
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::azure::CloudUrls;
use super::control::ControlPort;
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
    /// Seven consecutive ports from this one do not exist.
    #[error("The lab needs seven ports from {0} on, of 1 to 65535; choose another first port.")]
    Range(u16),
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
}

impl Ports {
    /// Binds all ports: seven consecutive ones from `first` on, or free ones.
    pub async fn bind(first: Option<u16>) -> Result<Self, PortError> {
        if let Some(first) = first
            && (first == 0 || first.checked_add(6).is_none())
        {
            return Err(PortError::Range(first));
        }
        let bind = async |place: u16| {
            let wanted = first.map(|first| first + place);
            Port::bind(wanted).await.map_err(|cause| match wanted {
                Some(port) => PortError::Taken { port, cause },
                None => PortError::None(cause),
            })
        };
        Ok(Self {
            authority: bind(0).await?,
            arm: bind(1).await?,
            query: bind(2).await?,
            graph: bind(3).await?,
            site: bind(4).await?,
            control: bind(5).await?,
            ingestion: bind(6).await?,
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
        let control = ControlPort {
            world: Arc::clone(world),
            site_certificate,
        };
        self.control.serve(control, None, stop, &mut tasks);
        tasks
    }
}
