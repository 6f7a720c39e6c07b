//! Sign-ins by a client of `sspi`, and what is no sign-in.

use sspi::{ClientRequestFlags, CredentialUse, Credentials};

use super::token::NTLM;
use super::*;
use crate::lab::site::accounts;

/// A site up to version 2503.
const ALL: Policy = Policy {
    ntlm: true,
    kerberos: false,
};

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
fn exchange(mut client: Client, accounts: &[Account], policy: Policy) -> (SignIn, usize) {
    let mut connection = SiteConnection::default();
    let mut challenge: Option<String> = None;
    for legs in 1..8 {
        let Ok(token) = client.step(challenge.as_deref()) else {
            return (SignIn::Missing, legs);
        };
        match connection.sign_in(Some(&format!("Negotiate {token}")), accounts, policy) {
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
        exchange(Client::raw("CORP\\admin", password), &accounts, ALL),
        (admin.clone(), 2)
    );
    assert_eq!(
        exchange(Client::raw("admin@corp.example", password), &accounts, ALL).0,
        admin
    );
    let analyst = exchange(Client::raw("corp\\Analyst", &accounts[1].password), &accounts, ALL).0;
    assert_eq!(analyst, SignIn::Done(Role::Analyst, None));

    for (name, password) in [
        ("CORP\\admin", "wrong"),
        ("CORP\\admin", ""),
        ("CORP\\admin", accounts[1].password.as_str()),
        ("CORP\\nobody", password),
        ("OTHER\\admin", password),
        ("admin", password),
    ] {
        let (end, _) = exchange(Client::raw(name, password), &accounts, ALL);
        assert!(matches!(end, SignIn::Refused(_)), "{name}: {end:?}");
    }
}

#[test]
fn spnego_signs_in_with_the_right_password_only() {
    let accounts = accounts::make(1);
    let (end, _) = exchange(Client::spnego("CORP\\admin", &accounts[0].password), &accounts, ALL);
    assert!(matches!(end, SignIn::Done(Role::Administrator, _)), "{end:?}");
    for (name, password) in [
        ("CORP\\admin", "wrong"),
        ("CORP\\user", accounts[0].password.as_str()),
        ("CORP\\nobody", accounts[0].password.as_str()),
        ("/GUEST", ""),
    ] {
        let (end, _) = exchange(Client::spnego(name, password), &accounts, ALL);
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
        let (end, legs) = exchange(client, &accounts, Policy { ntlm: false, ..ALL });
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
    let SignIn::Continue(challenge) = connection.sign_in(Some(&format!("Negotiate {first}")), &accounts, ALL) else {
        panic!("no challenge");
    };
    let mut last = STANDARD.decode(client.step(Some(&challenge)).unwrap()).unwrap();
    assert!(announces_integrity_code(&last));
    // Take the flag away, as an attacker without the password would.
    let pair = [6, 0, 4, 0, 2, 0, 0, 0];
    let at = last.windows(pair.len()).position(|window| window == pair).unwrap();
    last[at + 4] = 0;
    let header = format!("Negotiate {}", STANDARD.encode(&last));
    let end = connection.sign_in(Some(&header), &accounts, ALL);
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
    let SignIn::Continue(challenge) = one.sign_in(Some(&first), &accounts, ALL) else {
        panic!("no challenge")
    };
    let last = format!("Negotiate {}", client.step(Some(&challenge)).unwrap());
    assert!(
        matches!(other.sign_in(Some(&last), &accounts, ALL), SignIn::Refused(_)),
        "another connection"
    );
    assert!(matches!(one.sign_in(Some(&last), &accounts, ALL), SignIn::Done(..)));
    assert!(
        matches!(one.sign_in(Some(&last), &accounts, ALL), SignIn::Refused(_)),
        "a second time"
    );
    assert_eq!(one.sign_in(None, &accounts, ALL), SignIn::Missing);
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
            connection.sign_in(Some(header), &accounts, ALL),
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
    ] {
        let header = format!("Negotiate {}", STANDARD.encode(bytes));
        assert!(
            matches!(connection.sign_in(Some(&header), &accounts, ALL), SignIn::Refused(_)),
            "{bytes:?}"
        );
    }
}

/// What has the frame of an AP-REQ, by itself and inside SPNEGO.
pub(crate) fn tickets() -> [Vec<u8>; 2] {
    [token::tests::ap_req(), token::tests::ap_req_in_spnego()]
}

#[test]
fn kerberos_is_recognised_bare_and_in_spnego_and_let_in_by_the_switch_alone() {
    let accounts = accounts::make(1);
    let mut connection = SiteConnection::default();
    let new_site = Policy { ntlm: false, ..ALL };
    for ticket in tickets() {
        let header = format!("Negotiate {}", STANDARD.encode(ticket));
        for policy in [ALL, new_site] {
            let end = connection.sign_in(Some(&header), &accounts, policy);
            assert!(
                matches!(&end, SignIn::Refused(why) if why.starts_with("Kerberos")),
                "{end:?}"
            );
            let accepted = Policy {
                kerberos: true,
                ..policy
            };
            let end = connection.sign_in(Some(&header), &accounts, accepted);
            assert_eq!(end, SignIn::Done(Role::Administrator, None));
        }
    }
}
