//! The sign-in of Windows itself (SSPI): the signed-in user, or a typed account, with Kerberos or NTLM as Windows decides.
//!
//! The only file that may call a foreign function. What it hands to Windows are buffers of its own that outlive the call;
//! what Windows hands out are three kinds of handle, each owned by a type that gives it back in `Drop`.
//!
//! Windows keeps the tickets and renews them, knows the account of a service or a scheduled task, and sends the channel
//! binding with either mechanism. Blocks while it asks a domain controller.

#![allow(unsafe_code)]

use std::ffi::c_void;
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{
    SEC_E_CONTEXT_EXPIRED, SEC_E_INVALID_TOKEN, SEC_E_LOGON_DENIED, SEC_E_MUTUAL_AUTH_FAILED,
    SEC_E_NO_AUTHENTICATING_AUTHORITY, SEC_E_NO_CREDENTIALS, SEC_E_TARGET_UNKNOWN, SEC_E_TIME_SKEW,
    SEC_E_UNKNOWN_CREDENTIALS, SEC_E_WRONG_PRINCIPAL, SEC_I_CONTINUE_NEEDED,
};
use windows_sys::Win32::Security::Authentication::Identity::{
    AcquireCredentialsHandleW, DeleteSecurityContext, FreeContextBuffer, FreeCredentialsHandle, ISC_REQ_INTEGRITY,
    ISC_REQ_MUTUAL_AUTH, InitializeSecurityContextW, QueryContextAttributesW, SEC_CHANNEL_BINDINGS,
    SECBUFFER_CHANNEL_BINDINGS, SECBUFFER_TOKEN, SECBUFFER_VERSION, SECPKG_ATTR_NEGOTIATION_INFO, SECPKG_CRED_OUTBOUND,
    SECURITY_NATIVE_DREP, SecBuffer, SecBufferDesc, SecPkgContext_NegotiationInfoW,
};
use windows_sys::Win32::Security::Credentials::SecHandle;
use windows_sys::Win32::System::Rpc::{SEC_WINNT_AUTH_IDENTITY_UNICODE, SEC_WINNT_AUTH_IDENTITY_W};
use zeroize::Zeroizing;

use super::{Account, Negotiator, NoToken, Who};
use crate::model::site::SignedIn;
use crate::model::{Failure, Problem, ProviderAddress, SitePassword};

/// No token of Kerberos or NTLM is longer; Windows' own limit (`MaxTokenSize`).
const LONGEST_TOKEN: usize = 48_000;
/// The longest hash, that of SHA-512.
const LONGEST_HASH: usize = 64;
const BINDING_PREFIX: &[u8] = b"tls-server-end-point:";

/// What Windows answered: a `SECURITY_STATUS` below zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Status(i32);

/// What a [`Status`] means for a sign-in to a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Nobody is signed in who could get a ticket.
    NoCredentials,
    /// The account or its password is wrong.
    AccountRefused,
    /// The domain knows no such service.
    ServiceUnknown,
    /// No domain controller answers.
    NoDomainController,
    /// The clocks differ too much.
    ClockSkew,
    /// The ticket is over.
    Expired,
    /// The server could not read the ticket: it is for another account.
    TicketRefused,
    /// The server did not prove itself.
    Unproven,
    /// What the server sent is no token.
    NotAToken,
    /// Anything else.
    Other,
}

impl Status {
    fn check(status: i32) -> Result<(), Self> {
        if status >= 0 { Ok(()) } else { Err(Self(status)) }
    }

    fn meaning(self) -> Meaning {
        match self.0 {
            SEC_E_NO_CREDENTIALS => Meaning::NoCredentials,
            SEC_E_LOGON_DENIED | SEC_E_UNKNOWN_CREDENTIALS => Meaning::AccountRefused,
            SEC_E_TARGET_UNKNOWN => Meaning::ServiceUnknown,
            SEC_E_NO_AUTHENTICATING_AUTHORITY => Meaning::NoDomainController,
            SEC_E_TIME_SKEW => Meaning::ClockSkew,
            SEC_E_CONTEXT_EXPIRED => Meaning::Expired,
            SEC_E_WRONG_PRINCIPAL => Meaning::TicketRefused,
            SEC_E_MUTUAL_AUTH_FAILED => Meaning::Unproven,
            SEC_E_INVALID_TOKEN => Meaning::NotAToken,
            _ => Meaning::Other,
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "0x{:08X}", self.0)
    }
}

/// One sign-in under way. The names of the two HTTP schemes are those of two packages of Windows.
pub(super) struct Sspi {
    package: &'static str,
    who: Who,
    provider: ProviderAddress,
    binding: Option<Binding>,
    security: Option<Security>,
}

impl Sspi {
    /// Prepares a sign-in; Windows is asked at the first step. `end_point_hash` is the hash of the site's certificate for
    /// the channel binding.
    pub(super) fn new(
        scheme: &'static str,
        who: &Who,
        provider: &ProviderAddress,
        end_point_hash: Option<&[u8]>,
    ) -> Self {
        Self {
            package: scheme,
            who: match who {
                Who::CurrentUser => Who::CurrentUser,
                #[cfg(test)]
                Who::Played(start) => Who::Played(*start),
                Who::Account(account) => Who::Account(Account {
                    name: account.name.clone(),
                    password: account.password.duplicate(),
                }),
            },
            provider: provider.clone(),
            binding: end_point_hash.and_then(Binding::new),
            security: None,
        }
    }

    fn service(&self) -> String {
        format!("HTTP/{}", self.provider.host())
    }

    fn next(&mut self, server_token: Option<&[u8]>) -> Result<Option<Vec<u8>>, Status> {
        let service = self.service();
        let security = match &mut self.security {
            Some(started) => started,
            none => none.insert(Security {
                credentials: Credentials::acquire(self.package, &self.who)?,
                context: None,
                target: wide(&service),
                done: false,
            }),
        };
        security.step(server_token, self.binding.as_mut())
    }

    fn no_token(&self, status: Status, answers_a_token: bool) -> NoToken {
        let provider = self.provider.to_string();
        let account = self.who.name().to_owned();
        let problem = match status.meaning() {
            Meaning::NotAToken if answers_a_token => return NoToken::NotUnderstood(status.to_string()),
            Meaning::NoCredentials => Problem::NoTicket { provider },
            Meaning::AccountRefused => Problem::AccountRefused { provider, account },
            Meaning::ServiceUnknown => Problem::ServiceUnknown {
                service: self.service(),
            },
            Meaning::NoDomainController => Problem::NoDomainController {
                domain: domain(&account).to_owned(),
                cause: "none answers".into(),
            },
            Meaning::ClockSkew => Problem::ClockSkew { provider },
            Meaning::Expired => Problem::TicketExpired { provider },
            Meaning::TicketRefused => Problem::TicketRefused { provider, account },
            Meaning::Unproven => Problem::SiteUnproven { provider },
            Meaning::NotAToken | Meaning::Other => Problem::SiteSignIn {
                why: format!("Windows answers {status} for {} and {account}", self.service()),
            },
        };
        NoToken::Failed(Failure::from(problem).with("SSPI", status.to_string()))
    }
}

impl Negotiator for Sspi {
    fn scheme(&self) -> &'static str {
        self.package
    }

    fn step(&mut self, server_token: Option<&[u8]>) -> Result<Option<Vec<u8>>, NoToken> {
        let next = self.next(server_token);
        next.map_err(|status| self.no_token(status, server_token.is_some()))
    }

    fn mechanism(&self) -> Option<SignedIn> {
        if self.package == "NTLM" {
            return Some(SignedIn::Ntlm);
        }
        match self.security.as_ref()?.package()?.as_str() {
            "Kerberos" => Some(SignedIn::Kerberos),
            "NTLM" => Some(SignedIn::Ntlm),
            _ => None,
        }
    }

    fn is_complete(&self) -> bool {
        self.security.as_ref().is_some_and(|security| security.done)
    }
}

/// The domain of an account as far as its name says it, else the account.
fn domain(account: &str) -> &str {
    let before = account.split_once('\\').map(|(domain, _)| domain);
    let behind = || account.split_once('@').map(|(_, domain)| domain);
    before.or_else(behind).unwrap_or(account)
}

/// What Windows holds of one sign-in.
struct Security {
    credentials: Credentials,
    context: Option<Context>,
    target: Vec<u16>,
    done: bool,
}

impl Security {
    /// The next token, given the other side's; `None` for the first. `Ok(None)`: there is nothing more to send.
    fn step(&mut self, server_token: Option<&[u8]>, binding: Option<&mut Binding>) -> Result<Option<Vec<u8>>, Status> {
        if self.done {
            return Ok(None);
        }
        // A copy: Windows may decrypt in place.
        let mut token = server_token.map(<[u8]>::to_vec);
        let mut inputs = Vec::with_capacity(2);
        inputs.extend(
            token
                .as_mut()
                .map(|token| buffer(SECBUFFER_TOKEN, token.as_mut_ptr().cast(), token.len())),
        );
        inputs.extend(binding.map(Binding::buffer));
        let mut answer = vec![0_u8; LONGEST_TOKEN];
        let mut output = buffer(SECBUFFER_TOKEN, answer.as_mut_ptr().cast(), answer.len());
        let status = self.initialize(&mut inputs, &mut output)?;
        self.done = status != SEC_I_CONTINUE_NEEDED;
        answer.truncate(output.cbBuffer as usize);
        Ok(Some(answer).filter(|answer| !answer.is_empty()))
    }

    fn initialize(&mut self, inputs: &mut [SecBuffer], output: &mut SecBuffer) -> Result<i32, Status> {
        let inputs = description(inputs);
        let mut outputs = description(std::slice::from_mut(output));
        let before = self.context.as_ref().map(|context| context.0);
        let mut after = before.unwrap_or_default();
        let (mut attributes, mut expiry) = (0, 0);
        // SAFETY: the credentials are acquired and the earlier context, where there is one, is initialized. The name ends
        // with a zero. Descriptions and the buffers that they point to are borrowed until after the call, with their true
        // lengths; the output is the caller's own buffer, so Windows allocates none.
        let status = unsafe {
            InitializeSecurityContextW(
                &raw const self.credentials.0,
                before.as_ref().map_or(null(), std::ptr::from_ref),
                self.target.as_ptr(),
                ISC_REQ_MUTUAL_AUTH | ISC_REQ_INTEGRITY,
                0,
                SECURITY_NATIVE_DREP,
                &raw const inputs,
                0,
                &raw mut after,
                &raw mut outputs,
                &raw mut attributes,
                &raw mut expiry,
            )
        };
        // A failed first step makes no context; a failed later one leaves the old one to be deleted.
        Status::check(status)?;
        match &mut self.context {
            Some(context) => context.0 = after,
            None => self.context = Some(Context(after)),
        }
        Ok(status)
    }

    /// The package at work inside of `Negotiate`; `None` where Windows does not say.
    fn package(&self) -> Option<String> {
        let context = self.context.as_ref()?;
        let mut info = SecPkgContext_NegotiationInfoW::default();
        // SAFETY: the context is initialized, and the structure is the one that this attribute fills.
        let status = unsafe {
            QueryContextAttributesW(
                &raw const context.0,
                SECPKG_ATTR_NEGOTIATION_INFO,
                (&raw mut info).cast(),
            )
        };
        Status::check(status).ok()?;
        let package = PackageInfo(info.PackageInfo.cast());
        if package.0.is_null() {
            return None;
        }
        // SAFETY: after success it points to a structure of Windows, freed when `package` drops, whose name is a string
        // that ends with a zero.
        let name = unsafe { text((*info.PackageInfo).Name) };
        drop(package);
        name
    }
}

/// A handle of `AcquireCredentialsHandleW`.
struct Credentials(SecHandle);

impl Credentials {
    fn acquire(package: &str, who: &Who) -> Result<Self, Status> {
        let package = wide(package);
        let mut typed = match who {
            Who::CurrentUser => None,
            #[cfg(test)]
            Who::Played(_) => None,
            Who::Account(account) => Some(Typed::new(&account.name, &account.password)),
        };
        let identity = typed.as_mut().map(Typed::identity);
        let identity: *const c_void = identity
            .as_ref()
            .map_or(null(), |identity| std::ptr::from_ref(identity).cast());
        let mut handle = SecHandle::default();
        let mut expiry = 0;
        // SAFETY: the package ends with a zero; the identity is null or points to a structure whose buffers live in `typed`
        // until after the call, which copies them.
        let status = unsafe {
            AcquireCredentialsHandleW(
                null(),
                package.as_ptr(),
                SECPKG_CRED_OUTBOUND,
                null(),
                identity,
                None,
                null(),
                &raw mut handle,
                &raw mut expiry,
            )
        };
        Status::check(status).map(|()| Self(handle))
    }
}

impl Drop for Credentials {
    fn drop(&mut self) {
        // SAFETY: acquired in `acquire`, freed once.
        unsafe { FreeCredentialsHandle(&raw const self.0) };
    }
}

/// A handle of `InitializeSecurityContextW`.
struct Context(SecHandle);

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: made in `initialize`, deleted once.
        unsafe { DeleteSecurityContext(&raw const self.0) };
    }
}

/// Memory that Windows has allocated for an answer.
struct PackageInfo(*mut c_void);

impl Drop for PackageInfo {
    fn drop(&mut self) {
        if !self.0.is_null() {
            // SAFETY: allocated by Windows in `QueryContextAttributesW`, freed once.
            unsafe { FreeContextBuffer(self.0) };
        }
    }
}

/// A typed account as Windows reads it; zeroed when dropped.
struct Typed {
    domain: Zeroizing<Vec<u16>>,
    user: Zeroizing<Vec<u16>>,
    password: Zeroizing<Vec<u16>>,
}

impl Typed {
    fn new(name: &str, password: &SitePassword) -> Self {
        // A name with an at sign goes to Windows whole, without a domain.
        let (domain, user) = name.split_once('\\').unwrap_or(("", name));
        Self {
            domain: secret(domain),
            user: secret(user),
            password: secret(password.expose()),
        }
    }

    /// Points into `self`.
    fn identity(&mut self) -> SEC_WINNT_AUTH_IDENTITY_W {
        let part = |text: &mut Vec<u16>| match text.len() {
            0 => (null_mut(), 0),
            length => (text.as_mut_ptr(), u32::try_from(length).unwrap_or_default()),
        };
        let (domain, domain_length) = part(&mut self.domain);
        let (user, user_length) = part(&mut self.user);
        let (password, password_length) = part(&mut self.password);
        SEC_WINNT_AUTH_IDENTITY_W {
            User: user,
            UserLength: user_length,
            Domain: domain,
            DomainLength: domain_length,
            Password: password,
            PasswordLength: password_length,
            Flags: SEC_WINNT_AUTH_IDENTITY_UNICODE,
        }
    }
}

/// The channel binding as Windows reads it: a header in which only the application data counts, and that data behind it.
#[repr(C)]
struct Binding {
    header: SEC_CHANNEL_BINDINGS,
    data: [u8; BINDING_PREFIX.len() + LONGEST_HASH],
}

impl Binding {
    fn new(end_point_hash: &[u8]) -> Option<Self> {
        let data = [BINDING_PREFIX, end_point_hash].concat();
        let mut binding = Self {
            header: SEC_CHANNEL_BINDINGS {
                cbApplicationDataLength: u32::try_from(data.len()).ok()?,
                dwApplicationDataOffset: u32::try_from(size_of::<SEC_CHANNEL_BINDINGS>()).ok()?,
                ..SEC_CHANNEL_BINDINGS::default()
            },
            data: [0; BINDING_PREFIX.len() + LONGEST_HASH],
        };
        binding.data.get_mut(..data.len())?.copy_from_slice(&data);
        Some(binding)
    }

    fn buffer(&mut self) -> SecBuffer {
        let length = size_of::<SEC_CHANNEL_BINDINGS>() + self.header.cbApplicationDataLength as usize;
        buffer(SECBUFFER_CHANNEL_BINDINGS, std::ptr::from_mut(self).cast(), length)
    }
}

fn buffer(kind: u32, start: *mut c_void, length: usize) -> SecBuffer {
    SecBuffer {
        cbBuffer: u32::try_from(length).unwrap_or_default(),
        BufferType: kind,
        pvBuffer: start,
    }
}

fn description(buffers: &mut [SecBuffer]) -> SecBufferDesc {
    SecBufferDesc {
        ulVersion: SECBUFFER_VERSION,
        cBuffers: u32::try_from(buffers.len()).unwrap_or_default(),
        pBuffers: buffers.as_mut_ptr(),
    }
}

/// UTF-16 with a zero at the end.
fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// UTF-16 that leaves no copy behind: it never grows, since no character needs more units than it has bytes.
fn secret(text: &str) -> Zeroizing<Vec<u16>> {
    let mut units = Zeroizing::new(Vec::with_capacity(text.len()));
    units.extend(text.encode_utf16());
    units
}

/// The text at an address of Windows; `None` for no address.
///
/// # Safety
/// Null, or a string of UTF-16 that ends with a zero.
unsafe fn text(start: *const u16) -> Option<String> {
    if start.is_null() {
        return None;
    }
    // SAFETY: every unit up to the zero is part of the string.
    let length = (0..).take_while(|&at| unsafe { *start.add(at) } != 0).count();
    // SAFETY: as many units were just read.
    Some(String::from_utf16_lossy(unsafe {
        std::slice::from_raw_parts(start, length)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_binding_is_laid_out_as_windows_reads_it() {
        let mut binding = Binding::new(&[7; 32]).unwrap();
        let buffer = binding.buffer();
        assert_eq!(
            (buffer.cbBuffer, buffer.BufferType),
            (32 + 21 + 32, SECBUFFER_CHANNEL_BINDINGS)
        );
        assert_eq!(binding.header.cbApplicationDataLength, 21 + 32);
        assert_eq!(binding.header.dwApplicationDataOffset, 32);
        assert_eq!(std::mem::offset_of!(Binding, data), 32);
        assert!(binding.data.starts_with(b"tls-server-end-point:\x07\x07"));
        assert!(Binding::new(&[0; 64]).is_some());
        assert!(Binding::new(&[0; 65]).is_none());
    }

    #[test]
    fn accounts_are_taken_apart_as_windows_does_it() {
        let parts = |name: &str| {
            let typed = Typed::new(name, &SitePassword::parse("pässword").unwrap());
            (
                String::from_utf16_lossy(&typed.domain),
                String::from_utf16_lossy(&typed.user),
            )
        };
        assert_eq!(parts("CORP\\svc-asw"), ("CORP".into(), "svc-asw".into()));
        assert_eq!(
            parts("svc-asw@corp.example"),
            (String::new(), "svc-asw@corp.example".into())
        );
        let mut typed = Typed::new("svc-asw", &SitePassword::parse("pässword").unwrap());
        let identity = typed.identity();
        assert_eq!(
            (identity.DomainLength, identity.UserLength, identity.PasswordLength),
            (0, 7, 8)
        );
        assert!(identity.Domain.is_null());
    }

    #[test]
    fn every_status_has_a_meaning_and_a_number() {
        for (status, meaning) in [
            (SEC_E_NO_CREDENTIALS, Meaning::NoCredentials),
            (SEC_E_LOGON_DENIED, Meaning::AccountRefused),
            (SEC_E_UNKNOWN_CREDENTIALS, Meaning::AccountRefused),
            (SEC_E_TARGET_UNKNOWN, Meaning::ServiceUnknown),
            (SEC_E_NO_AUTHENTICATING_AUTHORITY, Meaning::NoDomainController),
            (SEC_E_TIME_SKEW, Meaning::ClockSkew),
            (SEC_E_CONTEXT_EXPIRED, Meaning::Expired),
            (SEC_E_WRONG_PRINCIPAL, Meaning::TicketRefused),
            (SEC_E_MUTUAL_AUTH_FAILED, Meaning::Unproven),
            (SEC_E_INVALID_TOKEN, Meaning::NotAToken),
            (-1, Meaning::Other),
        ] {
            assert_eq!(Status(status).meaning(), meaning, "{}", Status(status));
        }
        assert_eq!(Status(SEC_E_NO_CREDENTIALS).to_string(), "0x8009030E");
        assert_eq!(Status::check(SEC_I_CONTINUE_NEEDED), Ok(()));
    }

    /// Goes through a real call: a package that does not exist.
    #[test]
    fn windows_says_no() {
        let refused = Credentials::acquire("No such package", &Who::CurrentUser);
        assert!(refused.is_err());
    }
}
