//! The sign-in: `Negotiate` with NTLM, raw or inside SPNEGO, verified by the server side of crate `sspi`.
//!
//! A sign-in holds for one request only, as at a real provider; the legs of one NTLM exchange travel on one connection.
//! Kerberos is refused, because the lab has no domain controller: run the site without a sign-in behind a proxy that has.
//!
//! The server side of `sspi` 0.23 proves the password through the integrity code (MIC) of the last NTLM message, and skips
//! that proof where the message announces none. So this module refuses a raw message that announces none. Inside SPNEGO the
//! signature over the mechanism list proves the password in any case, except for the name `/GUEST`, which is let in
//! unproved: no account has that name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sspi::ntlm::NtlmConfig;
use sspi::{
    AuthIdentity, BufferType, CredentialsBuffers, DataRepresentation, Negotiate, NegotiateConfig, Ntlm, SecurityBuffer,
    SecurityStatus, ServerRequestFlags, Sspi, SspiEx, SspiImpl, Username,
};

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

/// The signature every raw NTLM message begins with.
const NTLM: &[u8] = b"NTLMSSP\0";
/// The object identifier of NTLM in SPNEGO, 1.3.6.1.4.1.311.2.2.10, in DER.
const NTLM_MECHANISM: &[u8] = b"\x06\x0a\x2b\x06\x01\x04\x01\x82\x37\x02\x02\x0a";
/// The first bytes of a SPNEGO token: an initial one, and one that goes on.
const SPNEGO_INITIAL: u8 = 0x60;
const SPNEGO_NEXT: u8 = 0xa1;

impl SiteConnection {
    /// Takes one request's `Authorization` header.
    pub(super) fn sign_in(&mut self, header: Option<&str>, accounts: &[Account], ntlm_allowed: bool) -> SignIn {
        // Whatever comes, an exchange that was under way goes on now or never.
        let exchange = self.exchange.take();
        let Some(token) = header.and_then(negotiate_token) else {
            return SignIn::Missing;
        };
        let (exchange, token) = match (kind(&token), exchange) {
            (Kind::Ntlm | Kind::SpnegoNtlm, _) if !ntlm_allowed => {
                return SignIn::Refused("Rejecting NTLM authentication.".to_owned());
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

enum Kind {
    Ntlm,
    /// An initial SPNEGO token that offers NTLM.
    SpnegoNtlm,
    SpnegoNext,
    /// Kerberos, or nothing at all.
    Other,
}

fn kind(token: &[u8]) -> Kind {
    let offers_ntlm = || {
        token
            .windows(NTLM_MECHANISM.len())
            .any(|window| window == NTLM_MECHANISM)
    };
    match token.first() {
        _ if token.starts_with(NTLM) => Kind::Ntlm,
        Some(&SPNEGO_INITIAL) if offers_ntlm() => Kind::SpnegoNtlm,
        Some(&SPNEGO_NEXT) => Kind::SpnegoNext,
        _ => Kind::Other,
    }
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

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let part = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(part.try_into().ok()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let part = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(part.try_into().ok()?))
}

/// The type of a raw NTLM message: 1 negotiate, 2 challenge, 3 authenticate.
fn message_type(token: &[u8]) -> Option<u32> {
    u32_at(token, NTLM.len())
}

/// Whether an authenticate message announces the integrity code, in the very form in which `sspi` looks for it: the flag
/// for target information in the header, and `MsvAvFlags` of exactly 2 among the pairs of the NTLMv2 response.
fn announces_integrity_code(message: &[u8]) -> bool {
    const TARGET_INFORMATION: u32 = 0x0080_0000;
    const RESPONSE_FIELDS: usize = 20;
    const FLAGS: usize = 60;
    // The proof and the fixed part of the response stand before its pairs.
    const PAIRS: usize = 44;
    let pairs = || {
        let length = usize::from(u16_at(message, RESPONSE_FIELDS)?);
        let start = usize::try_from(u32_at(message, RESPONSE_FIELDS + 4)?).ok()?;
        message.get(start..start.checked_add(length)?)?.get(PAIRS..)
    };
    let has_flag = u32_at(message, FLAGS).is_some_and(|flags| flags & TARGET_INFORMATION != 0);
    has_flag && pairs().and_then(first_flags) == Some(2)
}

/// The value of the first `MsvAvFlags` pair.
fn first_flags(mut pairs: &[u8]) -> Option<u32> {
    const FLAGS: u16 = 6;
    loop {
        let length = usize::from(u16_at(pairs, 2)?);
        if u16_at(pairs, 0)? == FLAGS {
            return u32_at(pairs, 4);
        }
        pairs = pairs.get(4_usize.checked_add(length)?..)?;
    }
}

#[cfg(test)]
pub(super) mod tests {
    use sspi::{ClientRequestFlags, CredentialUse, Credentials};

    use super::*;
    use crate::lab::site::accounts;

    /// A client of `sspi`, as our own sign-in uses it: raw NTLM or NTLM inside SPNEGO.
    pub(crate) enum Client {
        Raw(Box<Ntlm>, Option<sspi::AuthIdentityBuffers>),
        Spnego(Box<Negotiate>, Option<CredentialsBuffers>),
    }

    impl Client {
        pub(crate) fn raw(name: &str, password: &str) -> Self {
            let mut ntlm = Ntlm::new();
            let identity = identity(name, password).unwrap();
            let handle = ntlm
                .acquire_credentials_handle()
                .with_credential_use(CredentialUse::Outbound)
                .with_auth_data(&identity)
                .execute(&mut ntlm)
                .unwrap();
            Self::Raw(Box::new(ntlm), handle.credentials_handle)
        }

        pub(crate) fn spnego(name: &str, password: &str) -> Self {
            let config = NegotiateConfig::new(
                Box::new(NtlmConfig::new("client".to_owned())),
                Some("ntlm,!kerberos,!pku2u".to_owned()),
                "client".to_owned(),
            );
            let mut negotiate = Negotiate::new_client(config).unwrap();
            let credentials = Credentials::from(identity(name, password).unwrap());
            let handle = negotiate
                .acquire_credentials_handle()
                .with_credential_use(CredentialUse::Outbound)
                .with_auth_data(&credentials)
                .execute(&mut negotiate)
                .unwrap();
            Self::Spnego(Box::new(negotiate), handle.credentials_handle)
        }

        /// The next token, and whether the client wants more.
        pub(crate) fn step(&mut self, token: Option<&str>) -> sspi::Result<String> {
            let token = token.map(|token| STANDARD.decode(token).unwrap()).unwrap_or_default();
            let answer = match self {
                Self::Raw(context, handle) => initiate(context.as_mut(), handle, token)?,
                Self::Spnego(context, handle) => initiate(context.as_mut(), handle, token)?,
            };
            Ok(STANDARD.encode(answer))
        }
    }

    fn initiate<S: SspiImpl + Sspi>(
        context: &mut S,
        handle: &mut S::CredentialsHandle,
        token: Vec<u8>,
    ) -> sspi::Result<Vec<u8>> {
        let mut input = [SecurityBuffer::new(token, BufferType::Token)];
        let mut output = [SecurityBuffer::new(Vec::new(), BufferType::Token)];
        let mut builder = context
            .initialize_security_context()
            .with_credentials_handle(handle)
            .with_context_requirements(ClientRequestFlags::MUTUAL_AUTH | ClientRequestFlags::INTEGRITY)
            .with_target_data_representation(DataRepresentation::Native)
            .with_target_name("HTTP/localhost")
            .with_input(&mut input)
            .with_output(&mut output);
        let status = context
            .initialize_security_context_impl(&mut builder)?
            .resolve_to_result()?
            .status;
        if matches!(
            status,
            SecurityStatus::CompleteNeeded | SecurityStatus::CompleteAndContinue
        ) {
            context.complete_auth_token(&mut output)?;
        }
        let [answer] = output;
        Ok(answer.buffer)
    }

    /// Runs an exchange to its end; answers how it ended and how many requests it took.
    fn exchange(mut client: Client, accounts: &[Account], ntlm_allowed: bool) -> (SignIn, usize) {
        let mut connection = SiteConnection::default();
        let mut challenge: Option<String> = None;
        for legs in 1..8 {
            let Ok(token) = client.step(challenge.as_deref()) else {
                return (SignIn::Missing, legs);
            };
            match connection.sign_in(Some(&format!("Negotiate {token}")), accounts, ntlm_allowed) {
                SignIn::Continue(token) => challenge = Some(token),
                end => return (end, legs),
            }
        }
        panic!("the exchange does not end");
    }

    #[test]
    fn raw_ntlm_signs_in_with_the_right_password_only() {
        let accounts = accounts::make(1);
        let password = &accounts[0].password;
        let admin = SignIn::Done(Role::Administrator, None);
        assert_eq!(
            exchange(Client::raw("CORP\\admin", password), &accounts, true),
            (admin.clone(), 2)
        );
        assert_eq!(
            exchange(Client::raw("admin@corp.example", password), &accounts, true).0,
            admin
        );
        let analyst = exchange(Client::raw("corp\\Analyst", &accounts[1].password), &accounts, true).0;
        assert_eq!(analyst, SignIn::Done(Role::Analyst, None));

        for (name, password) in [
            ("CORP\\admin", "wrong"),
            ("CORP\\admin", ""),
            ("CORP\\admin", accounts[1].password.as_str()),
            ("CORP\\nobody", password),
            ("OTHER\\admin", password),
            ("admin", password),
        ] {
            let (end, _) = exchange(Client::raw(name, password), &accounts, true);
            assert!(matches!(end, SignIn::Refused(_)), "{name}: {end:?}");
        }
    }

    #[test]
    fn spnego_signs_in_with_the_right_password_only() {
        let accounts = accounts::make(1);
        let (end, _) = exchange(Client::spnego("CORP\\admin", &accounts[0].password), &accounts, true);
        assert!(matches!(end, SignIn::Done(Role::Administrator, _)), "{end:?}");
        for (name, password) in [
            ("CORP\\admin", "wrong"),
            ("CORP\\user", accounts[0].password.as_str()),
            ("CORP\\nobody", accounts[0].password.as_str()),
            ("/GUEST", ""),
        ] {
            let (end, _) = exchange(Client::spnego(name, password), &accounts, true);
            assert!(!matches!(end, SignIn::Done(..)), "{name}: {end:?}");
        }
    }

    #[test]
    fn new_builds_refuse_both_forms_of_ntlm_at_the_first_token() {
        let accounts = accounts::make(1);
        let password = &accounts[0].password;
        for client in [
            Client::raw("CORP\\admin", password),
            Client::spnego("CORP\\admin", password),
        ] {
            let (end, legs) = exchange(client, &accounts, false);
            assert_eq!(
                (end, legs),
                (SignIn::Refused("Rejecting NTLM authentication.".to_owned()), 1)
            );
        }
    }

    #[test]
    fn a_message_without_the_integrity_code_is_refused() {
        let accounts = accounts::make(1);
        let mut connection = SiteConnection::default();
        let mut client = Client::raw("CORP\\admin", "wrong");
        let first = client.step(None).unwrap();
        let SignIn::Continue(challenge) = connection.sign_in(Some(&format!("Negotiate {first}")), &accounts, true)
        else {
            panic!("no challenge");
        };
        let mut last = STANDARD.decode(client.step(Some(&challenge)).unwrap()).unwrap();
        assert!(announces_integrity_code(&last));
        // Take the flag away, as an attacker without the password would.
        let pair = [6, 0, 4, 0, 2, 0, 0, 0];
        let at = last.windows(pair.len()).position(|window| window == pair).unwrap();
        last[at + 4] = 0;
        let header = format!("Negotiate {}", STANDARD.encode(&last));
        let end = connection.sign_in(Some(&header), &accounts, true);
        assert!(
            matches!(end, SignIn::Refused(ref reason) if reason.contains("integrity code")),
            "{end:?}"
        );
    }

    #[test]
    fn an_exchange_belongs_to_its_connection_and_is_used_once() {
        let accounts = accounts::make(1);
        let mut client = Client::raw("CORP\\admin", &accounts[0].password);
        let (mut one, mut other) = (SiteConnection::default(), SiteConnection::default());
        let first = format!("Negotiate {}", client.step(None).unwrap());
        let SignIn::Continue(challenge) = one.sign_in(Some(&first), &accounts, true) else {
            panic!("no challenge")
        };
        let last = format!("Negotiate {}", client.step(Some(&challenge)).unwrap());
        assert!(
            matches!(other.sign_in(Some(&last), &accounts, true), SignIn::Refused(_)),
            "another connection"
        );
        assert!(matches!(one.sign_in(Some(&last), &accounts, true), SignIn::Done(..)));
        assert!(
            matches!(one.sign_in(Some(&last), &accounts, true), SignIn::Refused(_)),
            "a second time"
        );
        assert_eq!(one.sign_in(None, &accounts, true), SignIn::Missing);
    }

    #[test]
    fn nonsense_is_refused_without_a_panic() {
        let accounts = accounts::make(1);
        let mut connection = SiteConnection::default();
        for header in [
            "Negotiate",
            "Negotiate !!!",
            "Basic YWRtaW46YWRtaW4=",
            "NTLM TlRMTVNTUAAB",
            "",
        ] {
            assert_eq!(
                connection.sign_in(Some(header), &accounts, true),
                SignIn::Missing,
                "{header}"
            );
        }
        let mut authenticate = NTLM.to_vec();
        authenticate.extend([3, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255]);
        for bytes in [
            &b"`"[..],
            b"\xa1\x03\x02",
            b"NTLMSSP\0",
            b"NTLMSSP\0\x01\0\0\0",
            &authenticate,
            NTLM_MECHANISM,
        ] {
            let header = format!("Negotiate {}", STANDARD.encode(bytes));
            assert!(
                matches!(connection.sign_in(Some(&header), &accounts, true), SignIn::Refused(_)),
                "{bytes:?}"
            );
        }
    }
}
