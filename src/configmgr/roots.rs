//! The roots in a file that a person named: PEM with one certificate or several, or one in DER, as Windows exports it.

use std::path::Path;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer;

use super::certificate::name_text;

/// Reads the roots of a file. Certificates of servers among them, as in the file of a whole chain, are left out: as a root,
/// the key of a server could vouch for any other.
///
/// # Errors
/// Why there is none, as the end of a sentence.
pub(super) fn from_file(path: &Path) -> Result<RootCertStore, String> {
    let bytes = std::fs::read(path).map_err(|error| error.to_string())?;
    let mut roots = RootCertStore::empty();
    let mut of_a_server = None;
    for der in certificates(&bytes)? {
        let certificate = parsed(&der).ok_or("a certificate in it is damaged")?;
        if may_be_root(&certificate) {
            roots.add(der).map_err(|error| error.to_string())?;
        } else {
            of_a_server = Some(leaf_only(&certificate));
        }
    }
    if roots.is_empty() {
        return Err(of_a_server.unwrap_or_else(|| "there is no certificate in it".into()));
    }
    Ok(roots)
}

fn certificates(bytes: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    if parsed(bytes).is_some() {
        return Ok(vec![bytes.to_vec().into()]);
    }
    // Notepad writes a byte-order mark.
    let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let pem = CertificateDer::pem_slice_iter(text).collect::<Result<Vec<_>, _>>();
    pem.map_err(|error| format!("a certificate in it is damaged ({error})"))
}

/// The certificate that these bytes are, all of them.
fn parsed(der: &[u8]) -> Option<X509Certificate<'_>> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    rest.is_empty().then_some(certificate)
}

/// An authority, or what has signed itself: a site without an authority shows such a certificate.
fn may_be_root(certificate: &X509Certificate<'_>) -> bool {
    certificate.is_ca() || certificate.subject().as_raw() == certificate.issuer().as_raw()
}

fn leaf_only(certificate: &X509Certificate<'_>) -> String {
    let (subject, issuer) = (name_text(certificate.subject()), name_text(certificate.issuer()));
    format!("it holds the certificate of a server ({subject}), not that of the authority which issued it ({issuer})")
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use super::*;
    use crate::configmgr::testing::Identity;

    fn read(bytes: impl AsRef<[u8]>) -> Result<usize, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        from_file(file.path()).map(|roots| roots.len())
    }

    fn root() -> String {
        Identity::new("localhost").root_pem()
    }

    fn der(pem: &str) -> Vec<u8> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap().to_vec()
    }

    #[test]
    fn pem_and_der() {
        let pem = root();
        assert_eq!(read(&pem), Ok(1));
        assert_eq!(read(der(&pem)), Ok(1));
        // As Windows and Notepad write text.
        assert_eq!(read(format!("\u{feff}{}", pem.replace('\n', "\r\n"))), Ok(1));
        assert_eq!(read(format!("The root of Contoso:\n{pem}")), Ok(1));
    }

    #[test]
    fn several_roots_and_the_rest_of_a_chain() {
        let identity = Identity::new("localhost");
        assert_eq!(read([root(), identity.root_pem()].concat()), Ok(2));
        assert_eq!(read([identity.leaf_pem(), identity.root_pem()].concat()), Ok(1));
    }

    #[test]
    fn a_server_is_no_root() {
        let leaf = Identity::new("CM01.corp.example");
        let why = "it holds the certificate of a server (CN=CM01.corp.example), not that of the authority which issued it (CN=SMS Issuing)";
        assert_eq!(read(leaf.leaf()), Err(why.into()));
        assert_eq!(read(leaf.leaf_pem()), Err(why.into()));
    }

    #[test]
    fn a_server_that_signed_itself_is_its_own_root() {
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        assert_eq!(read(signed.cert.der()), Ok(1));
    }

    #[test]
    fn what_is_no_certificate() {
        let none = "there is no certificate in it";
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        for text in ["", "junk", "0", &key] {
            assert_eq!(read(text), Err(none.into()), "{text}");
        }
        let damaged = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        let half = "-----BEGIN CERTIFICATE-----\nMII";
        for text in [
            damaged,
            half,
            "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
        ] {
            let why = read(text).unwrap_err();
            assert!(why.starts_with("a certificate in it is damaged"), "{text}: {why}");
        }
        let whole = der(&root());
        assert_eq!(read(&whole[..whole.len() - 1]), Err(none.into()));
        assert_eq!(read([whole.as_slice(), b"\n"].concat()), Err(none.into()));
    }

    #[test]
    fn a_missing_file() {
        let folder = tempfile::tempdir().unwrap();
        assert!(from_file(&folder.path().join("ca.cer")).is_err());
        assert!(from_file(folder.path()).is_err());
    }
}
