//! A person's sign-in with a code on any device (device authorization grant, RFC 8628).

use std::time::{Duration, Instant};

use serde_json::Value;
use zeroize::Zeroizing;

use crate::model::person::PersonAccess;
use crate::model::plan::Progress;
use crate::model::{Problem, Result, ServiceUrl};

use super::entra::{Tokens, form, post, read_tokens};
use super::entra_answer::error_of;
use super::entra_error::refusal;
use super::error::words;
use super::http::{Hears, Http, Reply};
use super::person::{asking, scope};
use super::tokens::Service;

/// A code, and where to type it.
struct Code {
    device_code: Zeroizing<String>,
    user_code: String,
    page: String,
    lifetime: Duration,
    interval: Duration,
}

/// Gets a code, shows it, and asks until it was used.
///
/// # Errors
/// [`Problem::PersonNotSignedIn`], what Entra refuses.
pub(super) async fn sign_in(http: &Http, access: &PersonAccess, hears: Hears<'_>) -> Result<Tokens> {
    let code = get_code(http, access, hears).await?;
    let started = Instant::now();
    hears(Progress::DeviceCode {
        url: code.page.clone(),
        code: code.user_code.clone(),
    });
    let mut interval = code.interval;
    loop {
        if started.elapsed().saturating_add(interval) > code.lifetime {
            let why = "the code was not used in time".to_owned();
            return Err(Problem::PersonNotSignedIn { why }.into());
        }
        tokio::time::sleep(interval).await;
        let asked = Instant::now();
        let reply = ask(http, access, &code, hears).await?;
        if reply.status.is_success() {
            return read_tokens(&reply, asked);
        }
        match error_of(&reply).as_str() {
            "authorization_pending" => {}
            // RFC 8628: five seconds more, from now on.
            "slow_down" => interval += http.patience().poll,
            _ => return Err(refusal(&reply, &asking(access))),
        }
    }
}

async fn get_code(http: &Http, access: &PersonAccess, hears: Hears<'_>) -> Result<Code> {
    let form = form(&[
        ("client_id", &access.public_client.to_string()),
        (
            "scope",
            &scope(&access.environment.arm_audience, Service::Arm.permission()),
        ),
    ]);
    let reply = post(http, &access.environment, access.tenant_id, "devicecode", form, hears).await?;
    if !reply.status.is_success() {
        return Err(refusal(&reply, &asking(access)));
    }
    read_code(&reply, http.patience().poll)
}

fn read_code(reply: &Reply, interval: Duration) -> Result<Code> {
    const EXPECTED: &str = "a code for signing in";
    let mut json = reply.json(EXPECTED)?;
    let device_code = match json.get_mut("device_code").map(Value::take) {
        Some(Value::String(code)) => Some(Zeroizing::new(code)),
        _ => None,
    };
    let text = |name: &str| json.get(name).and_then(Value::as_str).map(words);
    // A page that is shown to a person as the place to type something: never one in the clear.
    let page = text("verification_uri").filter(|page| page.parse::<ServiceUrl>().is_ok());
    let seconds = |name: &str| json.get(name).and_then(Value::as_u64).map(Duration::from_secs);
    let (Some(device_code), Some(user_code), Some(page)) = (device_code, text("user_code"), page) else {
        return Err(reply.not_understood(EXPECTED));
    };
    Ok(Code {
        device_code,
        user_code,
        page,
        lifetime: seconds("expires_in").unwrap_or(Duration::from_secs(900)),
        interval: seconds("interval").filter(|asked| !asked.is_zero()).unwrap_or(interval),
    })
}

async fn ask(http: &Http, access: &PersonAccess, code: &Code, hears: Hears<'_>) -> Result<Reply> {
    let form = form(&[
        ("client_id", &access.public_client.to_string()),
        ("grant_type", "urn:ietf:params:oauth:grant-type:device_code"),
        ("device_code", &code.device_code),
    ]);
    post(http, &access.environment, access.tenant_id, "token", form, hears).await
}
