//! Which certificates and which way the HTTP client trusts: this computer's roots and those of the environment's file, the
//! system's proxy, no redirects, plain http only without a proxy.

use reqwest::Certificate;

use crate::model::{Environment, Failure, Problem, Result};

use super::http::{CONNECT_TIME_OUT, TIME_OUT};

const USER_AGENT: &str = concat!("azure-services-wizard/", env!("CARGO_PKG_VERSION"));

/// The HTTP client of an environment.
///
/// # Errors
/// [`Problem::CertificateFile`], [`Problem::AzureCertificate`].
pub(super) fn client(environment: &Environment) -> Result<reqwest::Client> {
    let roots = roots_from_file(environment)?;
    let services = [
        &environment.authority,
        &environment.arm,
        &environment.query,
        &environment.graph,
    ];
    let base = || {
        let builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .connect_timeout(CONNECT_TIME_OUT)
            .timeout(TIME_OUT);
        // Plain http is for this machine alone; through a proxy it would carry the secret out in the clear.
        let any_plain = services.iter().any(|service| service.is_plain());
        if any_plain { builder.no_proxy() } else { builder }
    };
    // Without TLS the machine's roots are not needed, and a machine that has none can still run the lab.
    let all_plain = services.iter().all(|service| service.is_plain());
    let built = if all_plain {
        base().tls_certs_only(roots).build()
    } else {
        let merged = base().tls_certs_merge(roots.clone()).build();
        match merged {
            // Some platforms cannot add to their own roots: there the file alone decides.
            Err(_) if !roots.is_empty() => base().tls_certs_only(roots).build(),
            built => built,
        }
    };
    built.map_err(|error| {
        let cause = error_chain(&error.without_url());
        Failure::from(match &environment.ca_file {
            Some(path) => certificate_file(path, cause),
            None => Problem::AzureCertificate {
                host: environment.authority.host().to_owned(),
                cause,
            },
        })
    })
}

fn roots_from_file(environment: &Environment) -> Result<Vec<Certificate>> {
    let Some(path) = &environment.ca_file else {
        return Ok(Vec::new());
    };
    let refuse = |cause: String| Failure::from(certificate_file(path, cause));
    let bytes = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
    let roots = if x509_parser::parse_x509_certificate(&bytes).is_ok() {
        Certificate::from_der(&bytes).map(|root| vec![root])
    } else {
        Certificate::from_pem_bundle(&bytes)
    };
    let roots = roots.map_err(|error| refuse(error_chain(&error.without_url())))?;
    if roots.is_empty() {
        return Err(refuse("there is no certificate in it".to_owned()));
    }
    Ok(roots)
}

fn certificate_file(path: &std::path::Path, cause: String) -> Problem {
    Problem::CertificateFile {
        path: path.display().to_string(),
        cause,
    }
}

fn error_chain(error: &dyn std::error::Error) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use http::Method;
    use url::Url;

    use super::*;
    use crate::azure::http::{Http, Request, host_of, json_headers, passing_status};
    use crate::azure::patience::Patience;

    /// A server with a certificate that nobody has signed; returns its address and the certificate.
    async fn self_signed() -> (String, String) {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls::pki_types::PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![signed.cert.der().clone()], key)
            .unwrap();
        let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else {
                    continue;
                };
                let _ = stream.read(&mut [0; 4096]).await;
                let _ = stream
                    .write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
                    .await;
                let _ = stream.shutdown().await;
            }
        });
        (url, signed.cert.pem())
    }

    #[tokio::test]
    async fn a_certificate_counts_when_its_root_is_in_the_file() {
        use crate::azure::testing::{Server, environment};
        let (url, pem) = self_signed().await;
        let mut private = environment(&Server::start().await);
        for service in [&mut private.authority, &mut private.arm, &mut private.query] {
            *service = url.parse().unwrap();
        }
        let request = Request {
            method: Method::GET,
            url: format!("{url}/x"),
            headers: json_headers(),
            body: None,
            passing: passing_status,
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), &pem).unwrap();
        private.ca_file = Some(file.path().to_owned());
        let http = Http::new(&private, Patience::hasty()).unwrap();
        assert_eq!(http.send(&request, &|_| {}).await.ok().unwrap().body, "{}");

        let der = x509_parser::pem::parse_x509_pem(pem.as_bytes()).unwrap().1.contents;
        std::fs::write(file.path(), der).unwrap();
        let http = Http::new(&private, Patience::hasty()).unwrap();
        assert_eq!(http.send(&request, &|_| {}).await.ok().unwrap().body, "{}");

        // The roots of this computer, or another root, do not vouch for it.
        std::fs::write(file.path(), self_signed().await.1).unwrap();
        let http = Http::new(&private, Patience::hasty()).unwrap();
        let failure = http.send(&request, &|_| {}).await.err().unwrap();
        let Problem::AzureCertificate { host, cause } = failure.problem() else {
            panic!("{failure:?}")
        };
        assert_eq!(*host, host_of(&Url::parse(&url).unwrap()));
        assert!(cause.contains("certificate"), "{cause}");
    }
}
