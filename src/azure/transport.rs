//! What a broken connection means: which problem it is and whether another try may help.

use std::error::Error;
use std::io;

use crate::model::{Failure, Problem};

use super::http::{CONNECT_TIME_OUT, TIME_OUT};

/// A request without a whole answer.
pub(super) struct Broken {
    /// What it means.
    pub(super) failure: Failure,
    /// Whether another try may help.
    pub(super) passing: bool,
}

/// When the connection broke.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum During {
    /// Before the head of the answer was there.
    Request,
    /// While its body came in.
    Body,
}

/// Reads the error of the HTTP client. The URL is taken off first: an error never shows more than the host.
pub(super) fn broken(error: reqwest::Error, during: During, host: &str) -> Broken {
    let error = error.without_url();
    let host = host.to_owned();
    let (problem, passing) = if let Some(cause) = bad_certificate(&error) {
        (Problem::AzureCertificate { host, cause }, false)
    } else if is_refused_by_proxy(&error) {
        (Problem::ProxyRefused { host }, false)
    } else if error.is_timeout() && error.is_connect() {
        let cause = format!("no connection within {} seconds", CONNECT_TIME_OUT.as_secs());
        (Problem::Unreachable { host, cause }, true)
    } else if error.is_timeout() {
        let seconds = TIME_OUT.as_secs();
        (Problem::TimedOut { host, seconds }, true)
    } else if error.is_connect() {
        let cause = root_cause(&error);
        (Problem::Unreachable { host, cause }, true)
    } else if error.is_builder() {
        let what = format!("a request to {host} could not be built: {}", root_cause(&error));
        (Problem::Internal { what }, false)
    } else if is_no_http(&error) {
        let expected = "an HTTP answer".to_owned();
        (Problem::NotUnderstood { host, expected }, false)
    } else if during == During::Body || is_cut(&error) {
        (Problem::CutOff { host }, true)
    } else {
        let cause = root_cause(&error);
        (Problem::Unreachable { host, cause }, true)
    };
    let failure = Failure::from(problem).with("Cause", root_cause(&error));
    Broken { failure, passing }
}

/// The error and what is inside it. An `io::Error` hides its content from `source`, so it is opened by hand.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'a (dyn Error + 'static)| {
        let error: &'a (dyn Error + 'static) = *error;
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => Some(inner as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

fn root_cause(error: &(dyn Error + 'static)) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn bad_certificate(error: &(dyn Error + 'static)) -> Option<String> {
    causes(error).find_map(|cause| match cause.downcast_ref::<rustls::Error>()? {
        bad @ (rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented) => Some(bad.to_string()),
        _ => None,
    })
}

/// A 407 of the proxy. The library keeps the type of this error to itself; a test with a real proxy holds the words.
fn is_refused_by_proxy(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|cause| cause.to_string().contains("proxy authorization required"))
}

fn hyper_error<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a hyper::Error> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

fn is_no_http(error: &(dyn Error + 'static)) -> bool {
    hyper_error(error).is_some_and(hyper::Error::is_parse)
}

fn is_cut(error: &(dyn Error + 'static)) -> bool {
    hyper_error(error).is_some_and(|error| error.is_incomplete_message() || error.is_closed())
        || causes(error).any(|cause| {
            use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
            let kind = cause.downcast_ref::<io::Error>().map(io::Error::kind);
            matches!(
                kind,
                Some(BrokenPipe | ConnectionAborted | ConnectionReset | UnexpectedEof)
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_an_io_error() {
        let tls = rustls::Error::InvalidCertificate(rustls::CertificateError::UnknownIssuer);
        let wrapped = io::Error::other(tls);
        assert!(bad_certificate(&wrapped).is_some_and(|cause| cause.contains("UnknownIssuer")));
        assert_eq!(bad_certificate(&io::Error::other("x")), None);
        // A refusal by the other side is not about its certificate.
        assert_eq!(bad_certificate(&io::Error::other(rustls::Error::DecryptError)), None);
    }
}
