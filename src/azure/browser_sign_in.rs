//! A person's sign-in in the system's browser: authorization code with PKCE (RFC 7636, RFC 8252).

use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use url::Url;
use zeroize::Zeroizing;

use crate::model::person::PersonAccess;
use crate::model::plan::Progress;
use crate::model::{Problem, Result};

use super::entra::{Tokens, form, post, read_tokens};
use super::entra_error::{refusal, refusal_in_browser};
use super::http::{Hears, Http};
use super::loopback::Loopback;
use super::person::{OpenBrowser, asking, scope};
use super::tokens::Service;

/// Sends the person to the sign-in page and redeems the code that the browser brings back.
///
/// # Errors
/// [`Problem::PersonNotSignedIn`], what Entra refuses.
pub(super) async fn sign_in(
    http: &Http,
    access: &PersonAccess,
    open: OpenBrowser<'_>,
    hears: Hears<'_>,
) -> Result<Tokens> {
    let listening = Loopback::bind().await.map_err(|cause| Problem::PersonNotSignedIn {
        why: format!("this computer does not let the program wait for the browser ({cause})"),
    })?;
    let verifier = random_text();
    let state = random_text();
    let redirect = listening.redirect_uri();
    let url = sign_in_page(access, &redirect, &state, &challenge(&verifier))?;
    hears(Progress::Browser { url: url.clone() });
    if !open(&url) {
        tracing::info!("the browser did not open by itself; the address is shown instead");
    }
    let patience = http.patience().person;
    let back = tokio::time::timeout(patience, listening.came_back(&state))
        .await
        .map_err(|_| Problem::PersonNotSignedIn {
            why: format!(
                "the browser did not come back within {} minutes",
                patience.as_secs() / 60
            ),
        })?
        .map_err(|cause| Problem::PersonNotSignedIn {
            why: format!("this computer does not let the browser come back ({cause})"),
        })?;
    drop(listening);
    let code = back.map_err(|refused| refusal_in_browser(&refused.error, &refused.description, &asking(access)))?;
    redeem(http, access, &code, &verifier, &redirect, hears).await
}

/// The address of the sign-in page. It holds no secret: the state and the challenge are of no use without their other halves.
fn sign_in_page(access: &PersonAccess, redirect: &str, state: &str, challenge: &str) -> Result<String> {
    let page = access
        .environment
        .authority
        .join(&format!("/{}/oauth2/v2.0/authorize", access.tenant_id));
    let url = Url::parse_with_params(
        &page,
        [
            ("client_id", access.public_client.to_string().as_str()),
            ("response_type", "code"),
            ("redirect_uri", redirect),
            ("response_mode", "query"),
            (
                "scope",
                &scope(&access.environment.arm_audience, Service::Arm.permission()),
            ),
            ("state", state),
            ("code_challenge", challenge),
            ("code_challenge_method", "S256"),
            // Who is signed in to the browser already is often not the administrator who is needed here.
            ("prompt", "select_account"),
        ],
    );
    Ok(url
        .map_err(|cause| Problem::Internal {
            what: format!("the address of the sign-in page could not be built: {cause}"),
        })?
        .into())
}

async fn redeem(
    http: &Http,
    access: &PersonAccess,
    code: &str,
    verifier: &str,
    redirect: &str,
    hears: Hears<'_>,
) -> Result<Tokens> {
    let form = form(&[
        ("client_id", &access.public_client.to_string()),
        (
            "scope",
            &scope(&access.environment.arm_audience, Service::Arm.permission()),
        ),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", redirect),
        ("code_verifier", verifier),
    ]);
    let asked = Instant::now();
    let reply = post(http, &access.environment, access.tenant_id, "token", form, hears).await?;
    if reply.status.is_success() {
        read_tokens(&reply, asked)
    } else {
        Err(refusal(&reply, &asking(access)))
    }
}

/// 256 bits that nobody can guess, as RFC 7636 wants the verifier.
fn random_text() -> Zeroizing<String> {
    let bytes = Zeroizing::new(rand::random::<[u8; 32]>());
    Zeroizing::new(URL_SAFE_NO_PAD.encode(bytes.as_slice()))
}

fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_rfc() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(random_text().len(), 43);
        assert_ne!(random_text(), random_text());
    }
}
