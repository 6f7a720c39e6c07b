//! The device authorization grant: a client shows a short code, a person types it in wherever they are signed in.

use serde_json::json;

use super::super::State;
use super::super::directory::{Directory, Tenant};
use super::form::Form;
use super::scopes::Wanted;
use super::sign_ins::{Agreed, Answer, DEVICE_CODE_S, SignIns};
use super::{Asked, Fault, authorize, page, person, public_client, token};
use crate::lab::http::Response;

/// Gives a client its two codes.
pub(super) fn start(asked: &Asked, state: &mut State, tenant: &str) -> Result<Response, Fault> {
    let form = Form::read(asked.request);
    let tenant = token::own_tenant(&state.directory, tenant, state.knobs.services.national_tenant_error)?;
    public_client(&state.directory, form.client_id()?, tenant)?;
    let scope = form.need("scope")?;
    Wanted::read(scope, tenant)?;
    let device = state.sign_ins.add_device(scope, asked.now);
    asked.signer.remember(&device.device_code);
    let address = format!("{}/devicelogin", asked.authority);
    let message = format!(
        "To sign in, use a web browser to open the page {address} and enter the code {} to authenticate.",
        device.user_code
    );
    let body = json!({
        "user_code": device.user_code,
        "device_code": device.device_code,
        "verification_uri": address,
        "expires_in": DEVICE_CODE_S,
        "interval": device.interval_s,
        "message": message,
    });
    Ok(Response::json(200, &body))
}

/// Answers a client that asks whether its code has been approved.
pub(super) fn poll(
    asked: &Asked,
    directory: &Directory,
    sign_ins: &mut SignIns,
    form: &Form,
    tenant: &Tenant,
) -> Result<Response, Fault> {
    let client = public_client(directory, form.client_id()?, tenant)?;
    if form.secret().is_some() {
        return Err(Fault::public_with_secret());
    }
    let device = sign_ins.device(form.need("device_code")?).ok_or_else(|| {
        let text = "The device code is not one of this authority, or has been changed.";
        Fault::new("bad_verification_code", 70_018, text)
    })?;
    if device.redeemed {
        return Err(person::redeemed());
    }
    if device.expires <= asked.now {
        return Err(Fault::new(
            "expired_token",
            70_019,
            "Verification code expired. Have the user retry the sign-in.",
        ));
    }
    let too_soon = device.too_soon(asked.now);
    let person = match &device.answer {
        Some(Answer::Approved(person)) => person.clone(),
        Some(Answer::Declined) => {
            let fault = authorize::declined();
            return Err(Fault::new("authorization_declined", fault.code, fault.message));
        }
        None => {
            let error = if too_soon { "slow_down" } else { "authorization_pending" };
            let text = "OAuth 2.0 device flow error. Authorization is pending. Continue polling.";
            return Err(Fault::new(error, 70_016, text));
        }
    };
    person::check_policy(client)?;
    device.redeemed = true;
    let agreed = Agreed {
        person,
        scope: device.scope.clone(),
        nonce: None,
    };
    person::tokens(asked, directory, sign_ins, tenant, agreed, None)
}

/// The page where a person types the code in, and the answer to it.
pub(super) fn page(asked: &Asked, state: &mut State) -> Response {
    let client = state.directory.public_client.name;
    let ask = |remark: Option<&str>| page::sign_in(client, "", true, remark);
    if asked.request.method != http::Method::POST {
        return ask(None);
    }
    let form = Form::read(asked.request);
    let answer = match authorize::typed(&state.directory, &form) {
        Err(fault) => return ask(Some(&asked.describe(&fault))),
        Ok(answer) => answer,
    };
    let code = form.get("user_code").unwrap_or_default();
    match state.sign_ins.answer_device(code, answer) {
        true => page::done("You can close this window and go back to your device."),
        false => ask(Some(
            "No device waits with this code. Check the code and type it in again.",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::testing::{Lab, json_of};
    use super::super::token::DEVICE_CODE;
    use super::*;
    use chrono::TimeDelta;
    use serde_json::Value;

    const SCOPE: &str = "https://management.azure.com/user_impersonation offline_access";

    fn started(lab: &Lab) -> Value {
        let path = format!("/{}/oauth2/v2.0/devicecode", lab.cloud.tenant().1);
        let client = lab.cloud.public_client_id();
        let answer = lab.form_post(&path, None, &[("client_id", &client), ("scope", SCOPE)]);
        assert_eq!(answer.status, 200);
        json_of(&answer)
    }

    /// Status and error of a question.
    fn polled(lab: &Lab, started: &Value) -> (u16, Value) {
        let client = lab.cloud.public_client_id();
        let code = started["device_code"].as_str().unwrap();
        let form = [
            ("grant_type", DEVICE_CODE),
            ("client_id", &client),
            ("device_code", code),
        ];
        let answer = lab.token(&lab.cloud.tenant().1, &form);
        (answer.status, json_of(&answer)["error"].clone())
    }

    #[test]
    fn a_device_waits_until_a_person_approves() {
        let mut lab = Lab::new();
        let device = started(&lab);
        assert_eq!((&device["expires_in"], &device["interval"]), (&json!(900), &json!(5)));
        assert_eq!(polled(&lab, &device), (400, json!("authorization_pending")));
        assert_eq!(polled(&lab, &device), (400, json!("slow_down")));
        // Ten seconds are the interval from now on.
        lab.now += TimeDelta::seconds(9);
        assert_eq!(polled(&lab, &device), (400, json!("slow_down")));
        lab.now += TimeDelta::seconds(15);
        assert_eq!(polled(&lab, &device), (400, json!("authorization_pending")));
        lab.knob(
            "device_code",
            json!({"user_code": device["user_code"], "person": "owner"}),
        );
        lab.now += TimeDelta::seconds(15);
        assert_eq!(polled(&lab, &device).0, 200);
        assert_eq!(polled(&lab, &device), (400, json!("invalid_grant")));
    }

    #[test]
    fn a_declined_an_expired_and_an_unknown_code_end_the_waiting() {
        let mut lab = Lab::new();
        let device = started(&lab);
        let answer = json!({"user_code": device["user_code"], "person": "owner", "approve": false});
        lab.knob("device_code", answer);
        assert_eq!(polled(&lab, &device), (400, json!("authorization_declined")));
        let device = started(&lab);
        lab.now += TimeDelta::seconds(900);
        assert_eq!(polled(&lab, &device), (400, json!("expired_token")));
        let unknown = json!({"device_code": "x"});
        assert_eq!(polled(&lab, &unknown), (400, json!("bad_verification_code")));
        let nobody = json!({"user_code": "x", "person": "owner"});
        assert!(lab.cloud.set_knob("device_code", &nobody).is_err());
    }

    #[test]
    fn the_code_can_be_typed_in_on_the_page() {
        let lab = Lab::new();
        let device = started(&lab);
        let code = device["user_code"].as_str().unwrap();
        let reader = lab.cloud.people().remove(1);
        let page = |code: &str, password: &str| {
            let form = [("user_code", code), ("name", &reader.name), ("password", password)];
            let answer = lab.form_post("/devicelogin", None, &form);
            String::from_utf8(answer.body.to_vec()).unwrap()
        };
        assert!(page(code, "wrong").contains("AADSTS50126"));
        assert!(page("WRONG", &reader.password).contains("No device waits"));
        assert_eq!(polled(&lab, &device).1, json!("authorization_pending"));
        assert!(page(&code.to_lowercase(), &reader.password).contains("close this window"));
        assert_eq!(polled(&lab, &device).0, 200);
    }

    #[test]
    fn an_interval_is_what_the_knob_says() {
        let lab = Lab::new();
        lab.knob("device_code_interval_s", json!(1));
        assert_eq!(started(&lab)["interval"], 1);
    }
}
