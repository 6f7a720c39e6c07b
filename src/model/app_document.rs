//! An app registration with its secret key, as `az ad sp create-for-rbac` and `az ad app credential reset` write it.
//!
//! Two spellings: the present one (`appId`, `password`, `tenant`, `displayName`) and the older `--sdk-auth` one (`clientId`,
//! `clientSecret`, `tenantId`). Source: the Azure command line's reference of both commands.

use std::str::FromStr;

use serde::Deserialize;
use zeroize::Zeroizing;

use super::{ClientId, Invalid, SecretKey, TenantId};

/// What such a document tells. No `Debug`: it holds the secret key.
pub struct AppDocument {
    /// The tenant.
    pub tenant_id: TenantId,
    /// The app.
    pub client_id: ClientId,
    /// The app's name, where it is told.
    pub application_name: Option<String>,
    /// The secret key.
    pub secret: SecretKey,
}

#[derive(Deserialize)]
struct Written {
    #[serde(alias = "appId", alias = "clientId")]
    client_id: Option<String>,
    #[serde(alias = "tenant", alias = "tenantId")]
    tenant_id: Option<String>,
    #[serde(alias = "displayName", alias = "name")]
    application_name: Option<String>,
    #[serde(alias = "password", alias = "clientSecret")]
    secret: Option<Zeroizing<String>>,
}

impl AppDocument {
    /// Whether a pasted text is meant as such a document, right or wrong.
    pub fn is_meant(text: &str) -> bool {
        text.trim_start().starts_with('{')
    }

    /// Reads one.
    ///
    /// # Errors
    /// [`Invalid`], which never repeats the text: there is a secret in it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let text = text.trim_start_matches('\u{feff}');
        let written: Written = serde_json::from_str(text).map_err(|cause| {
            // The parser's own words can quote the text.
            invalid(format!(
                "it is not JSON that can be read (line {}, column {})",
                cause.line(),
                cause.column()
            ))
        })?;
        let missing = |name: &str| invalid(format!("it has no {name}"));
        Ok(Self {
            client_id: parse(&written.client_id.ok_or_else(|| missing("appId"))?, "appId")?,
            tenant_id: parse(&written.tenant_id.ok_or_else(|| missing("tenant"))?, "tenant")?,
            application_name: written.application_name,
            secret: SecretKey::parse(&written.secret.ok_or_else(|| missing("password"))?)?,
        })
    }
}

/// The ID types quote what they refuse; here that could be the secret, in the wrong place.
fn parse<T: FromStr>(text: &str, name: &str) -> Result<T, Invalid> {
    text.parse().map_err(|_| invalid(format!("its {name} is not a GUID")))
}

fn invalid(why: String) -> Invalid {
    Invalid::new(
        "app document",
        why,
        r#"{ "appId": "…", "displayName": "…", "password": "…", "tenant": "…" }, as az ad sp create-for-rbac writes it"#,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    #[test]
    fn reads_both_spellings() {
        let present = format!(r#"{{ "appId": "{ID}", "displayName": "asw", "password": "s~1", "tenant": "{ID}" }}"#);
        let older = format!(
            r#"{{ "clientId": "{ID}", "clientSecret": "s~1", "subscriptionId": "{ID}", "tenantId": "{ID}", "x": 1 }}"#
        );
        for (text, name) in [(present, Some("asw")), (older, None)] {
            let document = AppDocument::parse(&text).ok().unwrap();
            assert_eq!(document.client_id.to_string(), ID);
            assert_eq!(document.tenant_id.to_string(), ID);
            assert_eq!(document.application_name.as_deref(), name);
            assert_eq!(document.secret.expose(), "s~1");
        }
    }

    #[test]
    fn a_mistake_never_repeats_the_text() {
        for text in [
            r#"{ "password": "s3cr3t"#.to_owned(),
            r#"{ "appId": 1, "password": "s3cr3t" }"#.to_owned(),
            r#"{ "password": "s3cr3t" }"#.to_owned(),
            format!(r#"{{ "appId": "{ID}", "tenant": "{ID}", "password": ["s3cr3t"] }}"#),
            format!(r#"{{ "appId": "s3cr3t", "tenant": "{ID}", "password": "{ID}" }}"#),
        ] {
            let why = AppDocument::parse(&text).err().unwrap().to_string();
            assert!(!why.contains("s3cr3t"), "{why}");
        }
    }
}
