//! Certificates for test servers.

use std::sync::Arc;

use base64::Engine;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use tokio_rustls::TlsAcceptor;

/// A certificate of a private root that nobody trusts by itself.
pub(in crate::configmgr) struct Identity {
    root: Arc<CertifiedIssuer<'static, KeyPair>>,
    leaf: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Identity {
    pub(in crate::configmgr) fn new(name: &str) -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "SMS Issuing");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        Self::issued_by(Arc::new(root), name)
    }

    /// Another certificate of the same root.
    pub(in crate::configmgr) fn sibling(&self, name: &str) -> Self {
        Self::issued_by(self.root.clone(), name)
    }

    /// The same certificate with a key that is not its own.
    pub(in crate::configmgr) fn with_key_of(&self, other: &Self) -> Self {
        Self {
            root: self.root.clone(),
            leaf: self.leaf.clone(),
            key: other.key.clone(),
        }
    }

    fn issued_by(root: Arc<CertifiedIssuer<'static, KeyPair>>, name: &str) -> Self {
        let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let leaf = params.signed_by(&key, &root).unwrap();
        Self {
            leaf: leaf.der().clone(),
            key: key.serialize_der(),
            root,
        }
    }

    pub(in crate::configmgr) fn leaf(&self) -> &[u8] {
        &self.leaf
    }

    pub(in crate::configmgr) fn leaf_pem(&self) -> String {
        let base64 = base64::engine::general_purpose::STANDARD.encode(&self.leaf);
        format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
    }

    pub(in crate::configmgr) fn root_pem(&self) -> String {
        self.root.pem()
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        let crypto = aws_lc_rs::default_provider();
        let key = PrivateKeyDer::try_from(self.key.clone()).unwrap();
        let key = crypto.key_provider.load_private_key(key).unwrap();
        // Not through `with_single_cert`, which refuses a key that does not belong to the certificate.
        let resolver = rustls::sign::SingleCertAndKey::from(CertifiedKey::new(vec![self.leaf.clone()], key));
        let config = ServerConfig::builder_with_provider(Arc::new(crypto))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(resolver));
        TlsAcceptor::from(Arc::new(config))
    }
}
