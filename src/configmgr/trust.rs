//! Whether the certificate of a site is one that we trust, and what it showed, so that the error names both.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

use super::certificate::fingerprint;
use super::roots;
use crate::model::{CertificateTrust, Failure, Fingerprint, Problem, ProviderAddress, Result};

/// What makes a certificate trustworthy, ready to be asked.
#[derive(Debug, Clone)]
pub(super) struct Trust {
    rule: Rule,
    crypto: Arc<CryptoProvider>,
}

#[derive(Debug, Clone)]
enum Rule {
    /// A chain to a root, with the right name, in its time.
    Chain(Arc<dyn ServerCertVerifier>),
    /// This computer trusts no root at all; why.
    NoRoots(String),
    /// Exactly this certificate. Neither name nor time count: a person has accepted the certificate itself.
    Pinned(Fingerprint),
    /// Any: only to show it to a person; nothing is sent over such a connection.
    LookOnly,
}

impl Trust {
    /// Reads what the connection says of its trust.
    ///
    /// # Errors
    /// [`Problem::CertificateFile`].
    pub(super) fn load(trust: &CertificateTrust) -> Result<Self> {
        let crypto = Arc::new(aws_lc_rs::default_provider());
        let rule = match trust {
            CertificateTrust::Sha256(accepted) => Rule::Pinned(*accepted),
            CertificateTrust::System => match Verifier::new(crypto.clone()) {
                Ok(verifier) => Rule::Chain(Arc::new(verifier)),
                Err(error) => Rule::NoRoots(error.to_string()),
            },
            CertificateTrust::Pem(path) => {
                let fail = |cause: String| {
                    Failure::from(Problem::CertificateFile {
                        path: path.display().to_string(),
                        cause,
                    })
                };
                let roots = Arc::new(roots::from_file(path).map_err(fail)?);
                let verifier = WebPkiServerVerifier::builder_with_provider(roots, crypto.clone()).build();
                Rule::Chain(verifier.map_err(|error| fail(error.to_string()))?)
            }
        };
        Ok(Self { rule, crypto })
    }

    /// Accepts any certificate, for a look at it.
    pub(super) fn look_only() -> Self {
        Self {
            rule: Rule::LookOnly,
            crypto: Arc::new(aws_lc_rs::default_provider()),
        }
    }

    /// The judge of one handshake.
    pub(super) fn judge(&self) -> Arc<Judge> {
        Arc::new(Judge {
            trust: self.clone(),
            refusal: OnceLock::new(),
        })
    }

    pub(super) fn crypto(&self) -> Arc<CryptoProvider> {
        self.crypto.clone()
    }
}

/// Judges the certificate of one handshake and remembers why it refused.
pub(super) struct Judge {
    trust: Trust,
    refusal: OnceLock<(Fingerprint, String)>,
}

impl Judge {
    /// The problem, when the handshake failed because of the certificate.
    pub(super) fn problem(&self, provider: &ProviderAddress) -> Option<Problem> {
        let (presented, cause) = self.refusal.get()?;
        Some(match self.trust.rule {
            Rule::Pinned(accepted) => Problem::CertificateChanged {
                provider: provider.to_string(),
                accepted,
                presented: *presented,
            },
            _ => Problem::CertificateUnknown {
                provider: provider.to_string(),
                presented: *presented,
                cause: cause.clone(),
            },
        })
    }
}

impl fmt::Debug for Judge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Judge")
            .field("trust", &self.trust.rule)
            .finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Judge {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> std::result::Result<ServerCertVerified, Error> {
        let presented = fingerprint(end_entity);
        let verdict = match &self.trust.rule {
            Rule::LookOnly => Ok(ServerCertVerified::assertion()),
            Rule::Pinned(accepted) if *accepted == presented => Ok(ServerCertVerified::assertion()),
            Rule::Pinned(_) => Err(Error::InvalidCertificate(
                CertificateError::ApplicationVerificationFailure,
            )),
            Rule::NoRoots(_) => Err(Error::InvalidCertificate(CertificateError::UnknownIssuer)),
            Rule::Chain(chain) => chain.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
        };
        if let Err(error) = &verdict {
            let cause = match &self.trust.rule {
                Rule::NoRoots(cause) => cause.clone(),
                _ => in_words(error),
            };
            // Set once: a handshake shows one certificate.
            let _ = self.refusal.set((presented, cause));
        }
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(
            message,
            cert,
            signed,
            &self.trust.crypto.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> std::result::Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(
            message,
            cert,
            signed,
            &self.trust.crypto.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.crypto.signature_verification_algorithms.supported_schemes()
    }
}

fn in_words(error: &Error) -> String {
    let Error::InvalidCertificate(why) = error else {
        return error.to_string();
    };
    match why {
        CertificateError::UnknownIssuer => "its issuer is not trusted".into(),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired".into(),
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet".into(),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "it is for another host name".into()
        }
        CertificateError::Revoked => "it has been revoked".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::configmgr::connection::{Door, dial};
    use crate::configmgr::testing::{Identity, NtlmSite, Reply, Server};

    async fn connect(server: &Server, trust: &CertificateTrust) -> Result<()> {
        let door = Door {
            provider: server.address(),
            trust: Some(Trust::load(trust)?),
            connect_timeout: std::time::Duration::from_secs(5),
        };
        dial(&door).await.map(|_| ())
    }

    fn pem_file(text: &str) -> (tempfile::NamedTempFile, CertificateTrust) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let trust = CertificateTrust::Pem(file.path().to_owned());
        (file, trust)
    }

    #[tokio::test]
    async fn an_unknown_issuer_is_shown_with_its_certificate() {
        let identity = Identity::new("localhost");
        let server = Server::tls(&identity, |_| Reply::Hang).await;
        let (_file, other_root) = pem_file(&Identity::new("localhost").root_pem());
        for trust in [CertificateTrust::System, other_root] {
            let failure = connect(&server, &trust).await.unwrap_err();
            let Problem::CertificateUnknown {
                provider,
                presented,
                cause,
            } = failure.problem()
            else {
                panic!("{failure:?}");
            };
            assert_eq!(*provider, server.address().to_string());
            assert_eq!(*presented, fingerprint(identity.leaf()));
            assert!(!cause.is_empty());
        }
    }

    #[tokio::test]
    async fn a_root_from_a_file_is_enough_for_its_own_names_only() {
        let identity = Identity::new("localhost");
        let (_file, trust) = pem_file(&identity.root_pem());
        let server = Server::tls(&identity, |_| Reply::Hang).await;
        connect(&server, &trust).await.unwrap();

        let elsewhere = identity.sibling("cm02.corp.example");
        let server = Server::tls(&elsewhere, |_| Reply::Hang).await;
        let failure = connect(&server, &trust).await.unwrap_err();
        assert!(
            matches!(failure.problem(), Problem::CertificateUnknown { cause, .. } if cause == "it is for another host name"),
            "{failure:?}"
        );
    }

    #[tokio::test]
    async fn a_pinned_certificate_counts_alone() {
        // The name does not match; the person has accepted the certificate itself.
        let identity = Identity::new("cm01.corp.example");
        let server = Server::tls(&identity, |_| Reply::Hang).await;
        let shown = fingerprint(identity.leaf());
        connect(&server, &CertificateTrust::Sha256(shown)).await.unwrap();

        let accepted = fingerprint(identity.sibling("cm01.corp.example").leaf());
        let failure = connect(&server, &CertificateTrust::Sha256(accepted)).await.unwrap_err();
        assert_eq!(
            *failure.problem(),
            Problem::CertificateChanged {
                provider: server.address().to_string(),
                accepted,
                presented: shown,
            }
        );
    }

    #[tokio::test]
    async fn a_pinned_certificate_without_its_key_is_refused() {
        let identity = Identity::new("localhost");
        let thief = identity.with_key_of(&Identity::new("localhost"));
        let server = Server::tls(&thief, |_| Reply::Hang).await;
        let trust = CertificateTrust::Sha256(fingerprint(identity.leaf()));
        assert_eq!(
            connect(&server, &trust).await.unwrap_err().problem().code(),
            "site_unreachable"
        );
    }

    #[test]
    fn a_file_without_roots_is_named_with_the_cause() {
        let (_file, trust) = pem_file("junk");
        let CertificateTrust::Pem(named) = &trust else {
            panic!("{trust:?}")
        };
        let problem = Problem::CertificateFile {
            path: named.display().to_string(),
            cause: "there is no certificate in it".into(),
        };
        assert_eq!(*Trust::load(&trust).unwrap_err().problem(), problem);
    }

    /// A connection is opened anew in the middle of a run; the site shows another certificate there.
    #[tokio::test]
    async fn a_certificate_that_changes_between_two_requests_ends_it() {
        let ntlm = NtlmSite::new();
        let (server, site) = ntlm.start(|_| Reply::rows(&[]).with("Connection", "close")).await;
        let get = || {
            site.client()
                .json::<serde_json::Value>("/AdminService/wmi/SMS_Site", "reading")
        };
        get().await.unwrap();
        let asked = server.asked().len();

        let other = Identity::new("localhost");
        server.show(&other);
        for _ in 0..2 {
            let failure = get().await.unwrap_err();
            let Problem::CertificateChanged { presented, .. } = failure.problem() else {
                panic!("{failure:?}")
            };
            assert_eq!(*presented, fingerprint(other.leaf()));
        }
        assert_eq!(
            site.identify().await.unwrap_err().problem().code(),
            "certificate_changed"
        );
        assert_eq!(server.asked().len(), asked, "nothing was sent to it");
    }

    #[tokio::test]
    async fn a_site_with_another_certificate_is_asked_nothing() {
        let (server, site) = NtlmSite::new().start(|_| Reply::Hang).await;
        server.show(&Identity::new("localhost"));
        assert_eq!(
            site.identify().await.unwrap_err().problem().code(),
            "certificate_changed"
        );
        assert_eq!(server.asked().len(), 0);
    }
}
