//! Kerberos with a typed account, in Rust alone: needs no library of the system and no ticket.
//!
//! A sign-in asks a domain controller three times: what the password is to be mixed with, for a ticket-granting ticket, for
//! the ticket of the site. A refused password is one attempt there. No channel binding goes along: that of the library does
//! not have the form that other implementations expect, and a token with it would be refused everywhere.
//!
//! The domain controller is the one that `krb5.conf` names for the domain.

use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

use sspi::network_client::NetworkClient;
use sspi::{
    BufferType, ClientRequestFlags, CredentialUse, CredentialsBuffers, DataRepresentation, ErrorKind, KdcResolution,
    KerberosConfig, NetworkRequest, SecurityBuffer, Sspi, SspiImpl, Username,
};

use super::{Account, Negotiator, NoToken};
use crate::model::site::SignedIn;
use crate::model::{Failure, Problem, ProviderAddress};

/// For each connection to a domain controller, and for each answer of it.
const KDC_TIMEOUT: Duration = Duration::from_secs(5);
/// No answer of a domain controller is longer; Windows' own limit of a token.
const LONGEST_ANSWER: u32 = 48_000;

/// One sign-in under way.
pub(super) struct Kerberos {
    context: sspi::Kerberos,
    credentials: Option<CredentialsBuffers>,
    service: String,
    provider: String,
    account: String,
    domain: String,
    /// The site has proved itself.
    done: bool,
}

impl Kerberos {
    /// Prepares a sign-in; `None` where Kerberos cannot be used: an account without a DNS domain, or a site that is not named
    /// by its full name.
    pub(super) fn new(account: &Account, provider: &ProviderAddress) -> Option<Self> {
        if !provider.is_full_name() {
            return None;
        }
        let (name, domain) = principal(&account.name)?;
        let config = KerberosConfig {
            kdc_resolution: KdcResolution::KdcUrl(None),
            client_computer_name: "azure-services-wizard".to_owned(),
        };
        let mut context = sspi::Kerberos::new_client_from_config(config).ok()?;
        let identity = sspi::AuthIdentity {
            username: name,
            password: account.password.expose().to_owned().into(),
        };
        let acquired = context
            .acquire_credentials_handle()
            .with_credential_use(CredentialUse::Outbound)
            .with_auth_data(&identity.into())
            .execute(&mut context)
            .ok()?;
        Some(Self {
            context,
            credentials: acquired.credentials_handle,
            service: format!("HTTP/{}", provider.host()),
            provider: provider.to_string(),
            account: account.name.clone(),
            domain,
            done: false,
        })
    }

    fn next(&mut self, server_token: Option<&[u8]>) -> sspi::Result<Option<Vec<u8>>> {
        // An empty token stands for "none": the library wants a buffer at the first step too.
        let token = server_token.unwrap_or_default().to_vec();
        let mut input = [SecurityBuffer::new(token, BufferType::Token)];
        let mut output = vec![SecurityBuffer::new(Vec::new(), BufferType::Token)];
        let mut builder = self
            .context
            .initialize_security_context()
            .with_credentials_handle(&mut self.credentials)
            .with_context_requirements(ClientRequestFlags::MUTUAL_AUTH | ClientRequestFlags::INTEGRITY)
            .with_target_data_representation(DataRepresentation::Native)
            .with_target_name(&self.service)
            .with_input(&mut input)
            .with_output(&mut output);
        self.context
            .initialize_security_context_impl(&mut builder)?
            .resolve_with_client(&DomainController)?;
        self.done = server_token.is_some();
        let token = output.into_iter().next().map(|buffer| buffer.buffer);
        Ok(token.filter(|token| !token.is_empty()))
    }

    fn failed(&self, error: &sspi::Error) -> Failure {
        let (provider, account) = (self.provider.clone(), self.account.clone());
        let problem = match Meaning::of(error) {
            Meaning::AccountRefused => Problem::AccountRefused { provider, account },
            Meaning::ServiceUnknown => Problem::ServiceUnknown {
                service: self.service.clone(),
            },
            Meaning::ClockSkew => Problem::ClockSkew { provider },
            Meaning::NoDomainController => Problem::NoDomainController {
                domain: self.domain.clone(),
                cause: error.description.clone(),
            },
            Meaning::Other => Problem::SiteSignIn {
                why: format!("the domain {} refuses a ticket ({})", self.domain, error.description),
            },
        };
        Failure::from(problem).with("Kerberos", format!("{:?}: {}", error.error_type, error.description))
    }
}

impl Negotiator for Kerberos {
    fn scheme(&self) -> &'static str {
        "Negotiate"
    }

    fn step(&mut self, server_token: Option<&[u8]>) -> Result<Option<Vec<u8>>, NoToken> {
        if self.done {
            return Ok(None);
        }
        self.next(server_token).map_err(|error| match server_token {
            None => NoToken::Failed(self.failed(&error)),
            Some(_) => NoToken::NotUnderstood(error.description),
        })
    }

    fn mechanism(&self) -> Option<SignedIn> {
        Some(SignedIn::Kerberos)
    }

    fn is_complete(&self) -> bool {
        self.done
    }
}

/// The name for the domain controller, and the domain. `user@dns.domain` goes there as a whole, for it to find the account.
fn principal(account: &str) -> Option<(Username, String)> {
    let domain = match account.split_once('\\') {
        Some((domain, _)) => domain,
        None => account.rsplit_once('@')?.1,
    };
    // A domain without a dot is a NetBIOS name, from which nobody but Windows finds a domain controller.
    if !domain.contains('.') {
        return None;
    }
    let name = match account.split_once('\\') {
        Some((_, user)) => Username::new_down_level_logon_name(user, &domain.to_uppercase()),
        None => Username::parse(account),
    };
    Some((name.ok()?, domain.to_uppercase()))
}

/// What a refusal of the library or of a domain controller means for a sign-in.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    AccountRefused,
    ServiceUnknown,
    ClockSkew,
    NoDomainController,
    Other,
}

impl Meaning {
    /// The library tells some refusals apart by their description only. What is not known is [`Meaning::Other`], which is not
    /// tried again: it may count as a wrong password.
    fn of(error: &sspi::Error) -> Self {
        let says = |words: &str| error.description.contains(words);
        match error.error_type {
            ErrorKind::NoAuthenticatingAuthority => Self::NoDomainController,
            ErrorKind::TimeSkew => Self::ClockSkew,
            _ if says("server not found") || says("server have been revoked") => Self::ServiceUnknown,
            ErrorKind::UnknownCredentials | ErrorKind::LogonDenied => Self::AccountRefused,
            _ if says("pre-authentication information was invalid") || says("password has expired") => {
                Self::AccountRefused
            }
            _ if says("clock skew") || says("Clock skew") => Self::ClockSkew,
            _ => Self::Other,
        }
    }
}

/// One question to a domain controller, over TCP.
struct DomainController;

impl NetworkClient for DomainController {
    /// The request carries its length in four bytes already, and so does the answer that the library wants.
    fn send(&self, request: &NetworkRequest) -> sspi::Result<Vec<u8>> {
        let away = |error: std::io::Error| sspi::Error::new(ErrorKind::NoAuthenticatingAuthority, error.to_string());
        let host = request.url.host_str().unwrap_or_default();
        let mut tcp = connect(host, request.url.port().unwrap_or(88)).map_err(away)?;
        tcp.write_all(&request.data).map_err(away)?;
        let mut length = [0; 4];
        tcp.read_exact(&mut length).map_err(away)?;
        let size = u32::from_be_bytes(length).min(LONGEST_ANSWER);
        let mut answer = length.to_vec();
        tcp.take(u64::from(size)).read_to_end(&mut answer).map_err(away)?;
        Ok(answer)
    }
}

fn connect(host: &str, port: u16) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, format!("{host} has no address"));
    for address in (host, port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, KDC_TIMEOUT) {
            Ok(tcp) => {
                tcp.set_read_timeout(Some(KDC_TIMEOUT))?;
                tcp.set_write_timeout(Some(KDC_TIMEOUT))?;
                return Ok(tcp);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_accounts_with_a_dns_domain() {
        let domain = |account: &str| principal(account).map(|(_, domain)| domain);
        assert_eq!(domain("svc@corp.example").unwrap(), "CORP.EXAMPLE");
        assert_eq!(domain("corp.example\\svc").unwrap(), "CORP.EXAMPLE");
        for other in ["CORP\\svc", "svc@corp", "svc", ""] {
            assert!(domain(other).is_none(), "{other}");
        }
    }

    #[test]
    fn refusals_by_what_they_mean() {
        let meaning = |kind, description: &str| Meaning::of(&sspi::Error::new(kind, description));
        for (kind, description, expected) in [
            (
                ErrorKind::UnknownCredentials,
                "client not found in Kerberos database",
                Meaning::AccountRefused,
            ),
            (
                ErrorKind::UnknownCredentials,
                "clients credentials have been revoked",
                Meaning::AccountRefused,
            ),
            (
                ErrorKind::KdcInvalidRequest,
                "pre-authentication information was invalid. Additional error text: x",
                Meaning::AccountRefused,
            ),
            (
                ErrorKind::UnknownCredentials,
                "server not found in Kerberos database",
                Meaning::ServiceUnknown,
            ),
            (
                ErrorKind::NoAuthenticatingAuthority,
                "No KDC server found",
                Meaning::NoDomainController,
            ),
            (ErrorKind::TimeSkew, "clock skew too great", Meaning::ClockSkew),
            (
                ErrorKind::KdcInvalidRequest,
                "KDC policy rejects request",
                Meaning::Other,
            ),
        ] {
            assert_eq!(meaning(kind, description), expected, "{description}");
        }
    }
}
