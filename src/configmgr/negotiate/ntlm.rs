//! NTLM with a typed account: what sites up to version 2503 take.

use sspi::{AuthIdentityBuffers, BufferType, ClientRequestFlags, DataRepresentation, SecurityBuffer, Sspi, SspiImpl};

use super::{Account, Negotiator, NoToken};
use crate::model::site::SignedIn;

/// NTLM: three messages, the second of which is the site's challenge. Sends raw NTLM under either scheme, which Windows
/// accepts under `Negotiate` too.
pub(in crate::configmgr) struct Ntlm {
    scheme: &'static str,
    context: sspi::Ntlm,
    credentials: Option<AuthIdentityBuffers>,
    channel_binding: Option<Vec<u8>>,
    done: bool,
}

impl Ntlm {
    /// Starts a sign-in; `end_point_hash` is the hash of the site's certificate for the channel binding.
    pub(in crate::configmgr) fn new(scheme: &'static str, account: &Account, end_point_hash: Option<&[u8]>) -> Self {
        // A name with an at sign goes to the domain controller whole, without a domain, as Windows does it.
        let (domain, user) = account.name.split_once('\\').unwrap_or(("", &account.name));
        let credentials = AuthIdentityBuffers::from_utf8(user, domain, account.password.expose());
        Self {
            scheme,
            context: sspi::Ntlm::new(),
            credentials: Some(credentials),
            channel_binding: end_point_hash.map(sec_channel_bindings),
            done: false,
        }
    }
}

impl Negotiator for Ntlm {
    fn scheme(&self) -> &'static str {
        self.scheme
    }

    fn mechanism(&self) -> Option<SignedIn> {
        Some(SignedIn::Ntlm)
    }

    fn is_complete(&self) -> bool {
        self.done
    }

    fn step(&mut self, server_token: Option<&[u8]>) -> Result<Option<Vec<u8>>, NoToken> {
        if self.done {
            return Ok(None);
        }
        let mut input = vec![SecurityBuffer::new(
            server_token.unwrap_or_default().to_vec(),
            BufferType::Token,
        )];
        if let Some(binding) = &self.channel_binding {
            input.push(SecurityBuffer::new(binding.clone(), BufferType::ChannelBindings));
        }
        let mut output = vec![SecurityBuffer::new(Vec::new(), BufferType::Token)];
        let mut builder = self
            .context
            .initialize_security_context()
            .with_credentials_handle(&mut self.credentials)
            .with_context_requirements(ClientRequestFlags::INTEGRITY)
            .with_target_data_representation(DataRepresentation::Native)
            .with_input(&mut input)
            .with_output(&mut output);
        self.context
            .initialize_security_context_impl(&mut builder)
            .and_then(|mut generator| generator.resolve_to_result())
            .map_err(|error| NoToken::NotUnderstood(error.to_string()))?;
        self.done = server_token.is_some();
        Ok(output.into_iter().next().map(|buffer| buffer.buffer))
    }
}

/// The structure `SEC_CHANNEL_BINDINGS` of Windows: a header of 32 bytes, in which only length and offset of the
/// application data count, and the data itself.
fn sec_channel_bindings(end_point_hash: &[u8]) -> Vec<u8> {
    const HEADER: u32 = 32;
    let data = [b"tls-server-end-point:", end_point_hash].concat();
    let length = u32::try_from(data.len()).unwrap_or_default();
    let mut structure = vec![0; 24];
    structure.extend(length.to_le_bytes());
    structure.extend(HEADER.to_le_bytes());
    structure.extend(data);
    structure
}

/// The sides of a sign-in that a test server plays.
#[cfg(test)]
pub(in crate::configmgr) mod server {
    use sspi::{SecurityStatus, ServerRequestFlags};

    use super::*;

    /// The site's side of one NTLM sign-in.
    pub(in crate::configmgr) struct NtlmServer {
        context: sspi::Ntlm,
        credentials: Option<AuthIdentityBuffers>,
        channel_binding: Option<Vec<u8>>,
    }

    impl NtlmServer {
        pub(in crate::configmgr) fn new(password: &str, end_point_hash: Option<&[u8]>) -> Self {
            Self {
                context: sspi::Ntlm::new(),
                credentials: Some(AuthIdentityBuffers::from_utf8("", "", password)),
                channel_binding: end_point_hash.map(sec_channel_bindings),
            }
        }

        /// `Ok(Some(token))`: a challenge; `Ok(None)`: signed in; `Err`: refused.
        pub(in crate::configmgr) fn step(&mut self, token: &[u8]) -> Result<Option<Vec<u8>>, sspi::Error> {
            let mut input = vec![SecurityBuffer::new(token.to_vec(), BufferType::Token)];
            if let Some(binding) = &self.channel_binding {
                input.push(SecurityBuffer::new(binding.clone(), BufferType::ChannelBindings));
            }
            let mut output = vec![SecurityBuffer::new(Vec::new(), BufferType::Token)];
            let builder = self
                .context
                .accept_security_context()
                .with_credentials_handle(&mut self.credentials)
                .with_context_requirements(ServerRequestFlags::ALLOCATE_MEMORY)
                .with_target_data_representation(DataRepresentation::Native)
                .with_input(&mut input)
                .with_output(&mut output);
            let status = self
                .context
                .accept_security_context_impl(builder)?
                .resolve_to_result()?
                .status;
            if status == SecurityStatus::ContinueNeeded {
                return Ok(output.into_iter().next().map(|buffer| buffer.buffer));
            }
            self.context.complete_auth_token(&mut [])?;
            Ok(None)
        }

        /// The name under which the other side signed in, as `domain\user`.
        pub(in crate::configmgr) fn name(&mut self) -> String {
            let names = self.context.query_context_names().unwrap();
            names.username.inner().to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::server::NtlmServer;
    use super::*;
    use crate::model::SitePassword;

    fn account(name: &str, password: &str) -> Account {
        Account {
            name: name.into(),
            password: SitePassword::parse(password).unwrap(),
        }
    }

    fn sign_in(mut client: Ntlm, mut server: NtlmServer) -> Result<String, sspi::Error> {
        let first = client.step(None).unwrap().unwrap();
        let challenge = server.step(&first)?.unwrap();
        let last = client.step(Some(&challenge)).unwrap().unwrap();
        assert!(client.step(None).unwrap().is_none(), "two tokens are all");
        server.step(&last)?;
        Ok(server.name())
    }

    #[test]
    fn signs_in_under_both_forms_of_a_name() {
        for (name, seen) in [
            ("CORP\\svc-asw", "CORP\\svc-asw"),
            ("svc-asw@corp.example", "svc-asw@corp.example"),
            ("svc-asw", "svc-asw"),
        ] {
            let client = Ntlm::new("NTLM", &account(name, "pässword 1"), None);
            assert_eq!(sign_in(client, NtlmServer::new("pässword 1", None)).unwrap(), seen);
        }
    }

    #[test]
    fn a_wrong_password_does_not_sign_in() {
        let client = Ntlm::new("NTLM", &account("CORP\\svc-asw", "wrong"), None);
        assert!(sign_in(client, NtlmServer::new("right", None)).is_err());
    }

    #[test]
    fn the_channel_binding_is_sent() {
        let client = |hash: &[u8]| Ntlm::new("Negotiate", &account("CORP\\svc-asw", "p"), Some(hash));
        sign_in(client(&[7; 32]), NtlmServer::new("p", Some(&[7; 32]))).unwrap();
        let error = sign_in(client(&[7; 32]), NtlmServer::new("p", Some(&[8; 32]))).unwrap_err();
        assert_eq!(error.error_type, sspi::ErrorKind::BadBindings);
    }

    #[test]
    fn what_is_no_challenge_is_refused() {
        for token in [b"".as_slice(), b"NTLMSSP\0", b"\x60\x82spnego", &[0xff; 300]] {
            let mut client = Ntlm::new("NTLM", &account("CORP\\svc-asw", "p"), None);
            client.step(None).unwrap();
            assert!(client.step(Some(token)).is_err());
        }
    }
}
