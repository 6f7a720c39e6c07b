//! The parameters of a request, as a form carries them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Fault;
use crate::lab::http::Request;

/// The parameters of a request.
pub(super) struct Form {
    fields: Vec<(String, String)>,
    /// Client ID and secret from HTTP Basic, percent-decoded.
    basic: Option<(String, String)>,
}

impl Form {
    /// Reads the body; one of another content type has no parameters.
    pub(super) fn read(request: &Request) -> Self {
        let content_type = request.header("content-type").unwrap_or_default();
        let form = content_type
            .split(';')
            .next()
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"));
        let fields = if form {
            url::form_urlencoded::parse(&request.body).into_owned().collect()
        } else {
            Vec::new()
        };
        Self {
            fields,
            basic: basic(request),
        }
    }

    /// A parameter that is there and not empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.fields.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter that must be there.
    pub(super) fn need(&self, name: &str) -> Result<&str, Fault> {
        self.get(name).ok_or_else(|| {
            Fault::new(
                "invalid_request",
                900_144,
                format!("The request body must contain the following parameter: '{name}'."),
            )
        })
    }

    /// The client ID, wherever it stands.
    pub(super) fn client_id(&self) -> Result<&str, Fault> {
        match &self.basic {
            Some((id, _)) => Ok(id),
            None => self.need("client_id"),
        }
    }

    /// The client secret, wherever it stands.
    pub(super) fn secret(&self) -> Option<&str> {
        let basic = self.basic.as_ref().map(|(_, secret)| secret.as_str());
        basic.or_else(|| self.get("client_secret"))
    }
}

fn basic(request: &Request) -> Option<(String, String)> {
    let (scheme, credentials) = request.header("authorization")?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let credentials = String::from_utf8(STANDARD.decode(credentials.trim()).ok()?).ok()?;
    let (id, secret) = credentials.split_once(':')?;
    let decode = |text: &str| {
        let spaced = text.replace('+', " ");
        Some(
            percent_encoding::percent_decode_str(&spaced)
                .decode_utf8()
                .ok()?
                .into_owned(),
        )
    };
    Some((decode(id)?, decode(secret)?))
}
