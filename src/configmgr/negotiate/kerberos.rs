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
    KerberosConfig, NetworkProtocol, NetworkRequest, SecurityBuffer, Sspi, SspiImpl, Username,
};

use super::{Account, Negotiator, NoToken, dns_domain};
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
                cause: match error.description.as_str() {
                    // The library's words where it did not get as far as asking one.
                    "No KDC server found" => "krb5.conf names none for it".to_owned(),
                    cause => cause.to_owned(),
                },
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
    let domain = dns_domain(account)?.to_uppercase();
    let name = match account.split_once('\\') {
        Some((_, user)) => Username::new_down_level_logon_name(user, &domain),
        None => Username::parse(account),
    };
    Some((name.ok()?, domain))
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
        if request.protocol != NetworkProtocol::Tcp {
            return Err(away(format!("{} is no address for TCP", request.url)));
        }
        let host = request.url.host_str().unwrap_or_default();
        let port = request.url.port().unwrap_or(88);
        ask(host, port, &request.data).map_err(|error| away(error.to_string()))
    }
}

fn away(cause: String) -> sspi::Error {
    sspi::Error::new(ErrorKind::NoAuthenticatingAuthority, cause)
}

fn ask(host: &str, port: u16, question: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut tcp = connect(host, port)?;
    tcp.write_all(question)?;
    let mut length = [0; 4];
    tcp.read_exact(&mut length)?;
    let size = u32::from_be_bytes(length);
    if size > LONGEST_ANSWER {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "its answer is no answer of Kerberos",
        ));
    }
    let mut answer = length.to_vec();
    answer.resize(length.len() + size as usize, 0);
    tcp.read_exact(&mut answer[length.len()..])?;
    Ok(answer)
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

    /// A domain controller of one question, on the loopback address.
    fn controller(answer: &'static [u8]) -> u16 {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            let (mut tcp, _) = listener.accept().unwrap();
            tcp.read_exact(&mut [0; 5]).unwrap();
            tcp.write_all(answer).unwrap();
        });
        port
    }

    #[test]
    fn answers_are_whole_or_none() {
        let answer = |bytes| ask("127.0.0.1", controller(bytes), b"\0\0\0\x01?");
        assert_eq!(answer(b"\0\0\0\x02ok").unwrap(), b"\0\0\0\x02ok");
        for broken in [
            b"\0\0\0\x03ok".as_slice(),
            b"\0\0",
            b"\xff\xff\xff\xffok",
            b"HTTP/1.1 400",
        ] {
            assert!(answer(broken).is_err(), "{broken:?}");
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
