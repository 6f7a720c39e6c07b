//! The sign-in: `Negotiate` with NTLM, raw or inside SPNEGO, verified by the server side of crate `sspi`; or with Kerberos,
//! which is recognised and not verified.
//!
//! | file | what |
//! | --- | --- |
//! | `token` | what kind of token it is, by its bytes |
//! | `ntlm` | what a raw NTLM message says of itself |
//!
//! A sign-in holds for one request only, as at a real provider; the legs of one NTLM exchange travel on one connection.
//!
//! Kerberos is refused by default, because the lab has no domain controller and so no key to open a ticket with. The switch
//! `kerberos` lets every AP-REQ in as the full administrator instead: that shows what a client does with a yes, and proves
//! nothing of its ticket. For real Kerberos run the site without a sign-in behind a proxy that has a key.
//!
//! The server side of `sspi` 0.23 proves the password through the integrity code (MIC) of the last NTLM message, and skips
//! that proof where the message announces none. So this module refuses a raw message that announces none. Inside SPNEGO the
//! signature over the mechanism list proves the password in any case, except for the name `/GUEST`, which is let in
//! unproved: no account has that name.

mod ntlm;
#[cfg(test)]
pub(super) mod tests;
mod token;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sspi::ntlm::NtlmConfig;
use sspi::{
    AuthIdentity, BufferType, CredentialsBuffers, DataRepresentation, Negotiate, NegotiateConfig, Ntlm, SecurityBuffer,
    SecurityStatus, ServerRequestFlags, Sspi, SspiEx, SspiImpl, Username,
};

use self::ntlm::{announces_integrity_code, message_type};
use self::token::{Kind, kind};
use super::accounts::{Account, Role};

/// What the site remembers of one TCP connection: the NTLM exchange under way.
#[derive(Default)]
pub struct SiteConnection {
    exchange: Option<Exchange>,
}

impl std::fmt::Debug for SiteConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SiteConnection")
            .field("under_way", &self.exchange.is_some())
            .finish()
    }
}

enum Exchange {
    Raw(Box<Ntlm>),
    Spnego(Box<Negotiate>),
}

/// How a request's `Authorization` header was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SignIn {
    /// There is none, or none of the scheme offered.
    Missing,
    /// The exchange goes on with this token.
    Continue(String),
    /// Signed in; the token, if any, completes the caller's side.
    Done(Role, Option<String>),
    /// Refused, with the line that the service's log gets.
    Refused(String),
}

/// What a site lets in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Policy {
    /// Whether NTLM is taken.
    pub(super) ntlm: bool,
    /// Whether every Kerberos ticket is taken, unseen.
    pub(super) kerberos: bool,
}

impl SiteConnection {
    /// Takes one request's `Authorization` header.
    pub(super) fn sign_in(&mut self, header: Option<&str>, accounts: &[Account], policy: Policy) -> SignIn {
        // Whatever comes, an exchange that was under way goes on now or never.
        let exchange = self.exchange.take();
        let Some(token) = header.and_then(negotiate_token) else {
            return SignIn::Missing;
        };
        let (exchange, token) = match (kind(&token), exchange) {
            (Kind::Ntlm | Kind::SpnegoNtlm, _) if !policy.ntlm => {
                return SignIn::Refused("Rejecting NTLM authentication.".to_owned());
            }
            (Kind::Kerberos, _) if policy.kerberos => return SignIn::Done(Role::Administrator, None),
            (Kind::Kerberos, _) => {
                return SignIn::Refused("Kerberos: there is no key to open the ticket with.".to_owned());
            }
            (Kind::Ntlm, Some(Exchange::Raw(context))) if message_type(&token) == Some(3) => {
                return finish_raw(*context, token, accounts);
            }
            (Kind::Ntlm, _) => (Some(Exchange::Raw(Box::new(Ntlm::new()))), token),
            (Kind::SpnegoNtlm, _) => (spnego(accounts).map(Box::new).map(Exchange::Spnego), token),
            (Kind::SpnegoNext, Some(Exchange::Spnego(context))) => (Some(Exchange::Spnego(context)), token),
            (Kind::SpnegoNext | Kind::Other, _) => {
                return SignIn::Refused("The token is not one that this site takes.".to_owned());
            }
        };
        match exchange {
            Some(Exchange::Raw(context)) => self.challenge(context, token),
            Some(Exchange::Spnego(context)) => self.go_on(context, token, accounts),
            None => SignIn::Refused("The sign-in cannot be begun.".to_owned()),
        }
    }

    fn challenge(&mut self, mut context: Box<Ntlm>, token: Vec<u8>) -> SignIn {
        let mut credentials = None;
        match accept(context.as_mut(), &mut credentials, token) {
            Ok((_, answer)) => {
                self.exchange = Some(Exchange::Raw(context));
                SignIn::Continue(STANDARD.encode(answer))
            }
            Err(error) => SignIn::Refused(format!("NTLM: {error}")),
        }
    }

    fn go_on(&mut self, mut context: Box<Negotiate>, token: Vec<u8>, accounts: &[Account]) -> SignIn {
        let mut credentials: Option<CredentialsBuffers> = None;
        let (status, answer) = match accept(context.as_mut(), &mut credentials, token) {
            Ok(step) => step,
            Err(error) => return SignIn::Refused(format!("Negotiate: {error}")),
        };
        if status != SecurityStatus::Ok {
            self.exchange = Some(Exchange::Spnego(context));
            return SignIn::Continue(STANDARD.encode(answer));
        }
        match context
            .query_context_names()
            .ok()
            .and_then(|names| account(accounts, &names.username))
        {
            Some(account) => SignIn::Done(account.role, (!answer.is_empty()).then(|| STANDARD.encode(answer))),
            None => SignIn::Refused("Negotiate: the account is not known.".to_owned()),
        }
    }
}

/// The token of an `Authorization: Negotiate …` header.
fn negotiate_token(header: &str) -> Option<Vec<u8>> {
    let (scheme, token) = header.trim().split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("Negotiate") {
        return None;
    }
    STANDARD.decode(token.trim()).ok()
}

fn spnego(accounts: &[Account]) -> Option<Negotiate> {
    let both_forms = accounts.iter().flat_map(|account| {
        let names = [account.name(), account.principal_name()];
        names.into_iter().filter_map(|name| identity(&name, &account.password))
    });
    let ntlm = Box::new(NtlmConfig::default());
    let config = NegotiateConfig::new(ntlm, Some("ntlm,!kerberos,!pku2u".to_owned()), String::new());
    Negotiate::new_server(config, both_forms.collect()).ok()
}

fn identity(name: &str, password: &str) -> Option<AuthIdentity> {
    Some(AuthIdentity {
        username: Username::parse(name).ok()?,
        password: password.to_owned().into(),
    })
}

fn account<'a>(accounts: &'a [Account], username: &Username) -> Option<&'a Account> {
    accounts.iter().find(|account| account.is(username.inner()))
}

/// One step of the server side: the token in, the status and the answering token out.
fn accept<S: SspiImpl + Sspi>(
    context: &mut S,
    credentials: &mut S::CredentialsHandle,
    token: Vec<u8>,
) -> sspi::Result<(SecurityStatus, Vec<u8>)> {
    let mut input = [SecurityBuffer::new(token, BufferType::Token)];
    let mut output = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
    let builder = context
        .accept_security_context()
        .with_credentials_handle(credentials)
        .with_context_requirements(ServerRequestFlags::ALLOCATE_MEMORY)
        .with_target_data_representation(DataRepresentation::Native)
        .with_input(&mut input)
        .with_output(&mut output);
    let status = context
        .accept_security_context_impl(builder)?
        .resolve_to_result()?
        .status;
    let [answer] = output;
    Ok((status, answer.buffer))
}

/// The third leg of a raw exchange: proves the password of the account that the message names.
fn finish_raw(mut context: Ntlm, token: Vec<u8>, accounts: &[Account]) -> SignIn {
    if !announces_integrity_code(&token) {
        return SignIn::Refused("NTLM: the message has no integrity code, so it proves nothing.".to_owned());
    }
    let verified = accept(&mut context, &mut None, token).and_then(|_| {
        let name = context.query_context_names()?.username;
        let account = account(accounts, &name).ok_or_else(|| denied("the account is not known"))?;
        let identity = identity(&account.name(), &account.password).ok_or_else(|| denied("the account has no name"))?;
        context.custom_set_auth_identities(vec![identity])?;
        match context.complete_auth_token(&mut [])? {
            SecurityStatus::Ok => Ok(account.role),
            _ => Err(denied("the exchange is not complete")),
        }
    });
    match verified {
        Ok(role) => SignIn::Done(role, None),
        Err(error) => SignIn::Refused(format!("NTLM: {error}")),
    }
}

fn denied(reason: &str) -> sspi::Error {
    sspi::Error::new(sspi::ErrorKind::LogonDenied, reason.to_owned())
}
