//! What a site offers for a sign-in: the `WWW-Authenticate` headers of a 401, or of the answer that ends a sign-in.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{HeaderMap, WWW_AUTHENTICATE};

/// What the `WWW-Authenticate` headers offer: schemes, each with or without a token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Offers(Vec<(String, Option<String>)>);

impl Offers {
    /// Reads all headers; one may hold several schemes, in any case.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let values = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let offers = values.flat_map(|value| value.split(',')).filter_map(|part| {
            let (scheme, token) = part.trim().split_once(' ').unwrap_or((part.trim(), ""));
            // `realm="…"` belongs to the scheme before it.
            let is_scheme = !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            let token = Some(token.trim().to_owned()).filter(|token| !token.is_empty());
            is_scheme.then(|| (scheme.to_owned(), token))
        });
        Self(offers.collect())
    }

    pub(super) fn has(&self, scheme: &str) -> bool {
        self.0.iter().any(|(name, _)| name.eq_ignore_ascii_case(scheme))
    }

    pub(super) fn token(&self, scheme: &str) -> Option<Vec<u8>> {
        let of_scheme = self.0.iter().filter(|(name, _)| name.eq_ignore_ascii_case(scheme));
        let token = of_scheme.filter_map(|(_, token)| token.as_deref()).next()?;
        STANDARD.decode(token).ok()
    }

    pub(super) fn names(&self) -> String {
        let names: Vec<&str> = self.0.iter().map(|(name, _)| name.as_str()).collect();
        if names.is_empty() {
            "nothing".into()
        } else {
            names.join(", ")
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn offers(values: &[&'static str]) -> Offers {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(WWW_AUTHENTICATE, HeaderValue::from_static(value));
        }
        Offers::of(&headers)
    }

    #[test]
    fn offers_in_one_header_or_several() {
        for values in [
            ["Negotiate", "NTLM"].as_slice(),
            &["negotiate, ntlm"],
            &["Basic realm=\"a, b\", NEGOTIATE", "Ntlm"],
        ] {
            let offers = offers(values);
            assert!(offers.has("Negotiate") && offers.has("NTLM"), "{values:?}");
            assert_eq!(offers.token("Negotiate"), None);
        }
        assert!(!offers(&["Basic realm=\"NTLM\""]).has("NTLM"));
        assert_eq!(offers(&["Bearer", "Basic realm=\"x\""]).names(), "Bearer, Basic");
        assert_eq!(offers(&[]).names(), "nothing");
    }

    #[test]
    fn tokens_belong_to_their_scheme() {
        let offers = offers(&["Negotiate", "NTLM TlRMTVNTUAA="]);
        assert_eq!(offers.token("ntlm").unwrap(), b"NTLMSSP\0");
        assert_eq!(offers.token("Negotiate"), None);
    }
}
