//! The address that a person's browser is sent to: who signs in there, and where the code goes.

use url::Url;

use super::super::State;
use super::super::directory::{Directory, Tenant};
use super::form::Form;
use super::scopes::Wanted;
use super::sign_ins::{Agreed, Answer, SignIns};
use super::{Asked, Fault, page, public_client, token};
use crate::lab::http::Response;

/// Answers a browser: with a page, or with the way back to the client.
pub(super) fn answer(asked: &Asked, state: &mut State, tenant: &str) -> Response {
    let State {
        directory,
        sign_ins,
        knobs,
        ..
    } = state;
    // Without a client and an address that are known to belong together, nobody is sent anywhere.
    let known = token::own_tenant(directory, tenant, knobs.services.national_tenant_error)
        .and_then(|tenant| Ok((tenant, Back::read(asked, directory, tenant)?)));
    let (tenant, back) = match known {
        Ok(known) => known,
        Err(fault) => return page::refusal(asked, &fault),
    };
    match step(asked, directory, sign_ins, tenant, &back) {
        Ok(Step::Page(response)) => response,
        Ok(Step::Code(code)) => {
            asked.signer.remember(&code);
            back.with(&[("code", &code), ("session_state", asked.correlation)])
        }
        Err(fault) => back.with(&[("error", fault.error), ("error_description", &asked.describe(&fault))]),
    }
}

/// Where the client waits.
struct Back {
    uri: String,
    url: Url,
    state: Option<String>,
}

impl Back {
    fn read(asked: &Asked, directory: &Directory, tenant: &Tenant) -> Result<Self, Fault> {
        let client = public_client(directory, &need(asked, "client_id")?, tenant)?;
        let uri = need(asked, "redirect_uri")?;
        let url = loopback(&uri).ok_or_else(|| {
            Fault::new(
                "invalid_request",
                50_011,
                format!(
                    "The redirect URI '{uri}' specified in the request does not match the redirect URIs configured for \
                     the application '{}'. Make sure the redirect URI sent in the request matches one added to your \
                     application in the Azure portal.",
                    client.client_id
                ),
            )
        })?;
        Ok(Self {
            uri,
            url,
            state: asked.request.param("state"),
        })
    }

    /// Sends the browser back with these parameters and the client's own state.
    fn with(&self, parameters: &[(&str, &str)]) -> Response {
        let mut url = self.url.clone();
        url.query_pairs_mut()
            .extend_pairs(parameters)
            .extend_pairs(self.state.iter().map(|state| ("state", state)));
        Response::empty(302).with_header("location", url.as_str())
    }
}

/// The registered addresses: `http://localhost` and `http://127.0.0.1`, where the port of a native client is free.
fn loopback(uri: &str) -> Option<Url> {
    let url = Url::parse(uri).ok()?;
    let registered = url.scheme() == "http"
        && matches!(url.host_str(), Some("localhost" | "127.0.0.1"))
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    registered.then_some(url)
}

fn need(asked: &Asked, name: &str) -> Result<String, Fault> {
    let value = asked.request.param(name).filter(|value| !value.is_empty());
    value.ok_or_else(|| {
        Fault::new(
            "invalid_request",
            900_144,
            format!("The request body must contain the following parameter: '{name}'."),
        )
    })
}

enum Step {
    Page(Response),
    Code(String),
}

fn step(
    asked: &Asked,
    directory: &Directory,
    sign_ins: &mut SignIns,
    tenant: &Tenant,
    back: &Back,
) -> Result<Step, Fault> {
    let challenge = check_request(asked)?;
    let scope = need(asked, "scope")?;
    Wanted::read(&scope, tenant)?;
    let person = match who(asked, directory, sign_ins) {
        Who::Unknown(page) => return Ok(Step::Page(page)),
        Who::Answered(Answer::Declined) => return Err(declined()),
        Who::Answered(Answer::Approved(person)) => person,
    };
    let agreed = Agreed {
        person,
        scope,
        nonce: asked.request.param("nonce"),
    };
    Ok(Step::Code(sign_ins.add_code(agreed, &back.uri, &challenge, asked.now)))
}

/// What the lab's public client may ask for: a code, in the query of the address, bound to a secret of the moment.
/// Answers the challenge.
fn check_request(asked: &Asked) -> Result<String, Fault> {
    let kind = need(asked, "response_type")?;
    if kind != "code" {
        let text = format!("The app returned an unsupported response type '{kind}'.");
        return Err(Fault::new("unsupported_response_type", 70_005, text));
    }
    let mode = asked.request.param("response_mode");
    if let Some(mode) = mode.filter(|mode| mode != "query") {
        let text = format!("The app returned an unsupported value of 'response_mode': '{mode}'.");
        return Err(Fault::new("invalid_request", 70_007, text));
    }
    let challenge = need(asked, "code_challenge")?;
    let method = asked.request.param("code_challenge_method").unwrap_or_default();
    let sha256 = challenge.len() == 43
        && challenge
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || "-_".contains(one));
    if method != "S256" || !sha256 {
        return Err(Fault::new(
            "invalid_request",
            501_491,
            "The code_challenge must be the SHA-256 of the verifier, in Base64 for URLs, with the method S256.",
        ));
    }
    Ok(challenge)
}

enum Who {
    Answered(Answer),
    Unknown(Response),
}

fn who(asked: &Asked, directory: &Directory, sign_ins: &SignIns) -> Who {
    let hint = asked.request.param("login_hint").unwrap_or_default();
    let ask = |name: &str, remark: Option<&str>| {
        Who::Unknown(page::sign_in(directory.public_client.name, name, false, remark))
    };
    if asked.request.method == http::Method::POST {
        return match typed(directory, &Form::read(asked.request)) {
            Ok(answer) => Who::Answered(answer),
            Err(fault) => ask(&hint, Some(&asked.describe(&fault))),
        };
    }
    match &sign_ins.automatic {
        Some(Answer::Declined) => Who::Answered(Answer::Declined),
        Some(Answer::Approved(id)) if hint.is_empty() || is_hinted(directory, id, &hint) => {
            Who::Answered(Answer::Approved(id.clone()))
        }
        _ => ask(&hint, None),
    }
}

fn is_hinted(directory: &Directory, object_id: &str, hint: &str) -> bool {
    let person = directory.people.iter().find(|person| person.object_id == object_id);
    person.is_some_and(|person| person.sign_in_name.eq_ignore_ascii_case(hint))
}

/// What the form of the sign-in page says.
pub(super) fn typed(directory: &Directory, form: &Form) -> Result<Answer, Fault> {
    if form.get("answer") == Some("decline") {
        return Ok(Answer::Declined);
    }
    let (name, password) = (form.get("name").unwrap_or_default(), form.get("password"));
    let mut people = directory.people.iter();
    let person = people.find(|person| person.sign_in_name.eq_ignore_ascii_case(name.trim()));
    match person {
        Some(person) if password == Some(person.password.as_str()) => Ok(Answer::Approved(person.object_id.clone())),
        Some(_) => Err(Fault::new(
            "invalid_grant",
            50_126,
            "Error validating credentials due to invalid username or password.",
        )),
        None => Err(Fault::new(
            "invalid_grant",
            50_034,
            format!(
                "The user account {name} does not exist in the directory. To sign into this application, the account must be added to the directory."
            ),
        )),
    }
}

/// The person said no.
pub(super) fn declined() -> Fault {
    Fault::new("access_denied", 65_004, "User declined to consent to access the app.")
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::HashMap;

    use http::Method;
    use serde_json::json;

    use super::super::super::testing::Lab;
    use super::*;

    /// SHA-256 of `VERIFIER` (RFC 7636, appendix B).
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    pub(in super::super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    pub(in super::super) const REDIRECT: &str = "http://localhost:49152";
    pub(in super::super) const SCOPE: &str = "https://management.azure.com/user_impersonation openid offline_access";

    /// The query of a good request; a changed parameter replaces the one of this name, or takes it out where it is empty.
    fn query(lab: &Lab, change: (&str, &str)) -> String {
        let client = lab.cloud.public_client_id();
        let good = [
            ("client_id", client.as_str()),
            ("response_type", "code"),
            ("redirect_uri", REDIRECT),
            ("scope", SCOPE),
            ("state", "a b"),
            ("nonce", "n-1"),
            ("code_challenge", CHALLENGE),
            ("code_challenge_method", "S256"),
        ];
        let kept = good.into_iter().filter(|(name, _)| *name != change.0);
        let changed = Some(change).filter(|(_, value)| !value.is_empty());
        url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(kept.chain(changed))
            .finish()
    }

    fn path(lab: &Lab) -> String {
        format!("/{}/oauth2/v2.0/authorize", lab.cloud.tenant().1)
    }

    fn get(lab: &Lab, change: (&str, &str)) -> Response {
        let request = Lab::request(Method::GET, &path(lab), Some(&query(lab, change)), None);
        lab.cloud.entra(&request, lab.now)
    }

    /// What the browser is sent back with.
    fn sent_back(answer: &Response) -> HashMap<String, String> {
        assert_eq!(answer.status, 302, "{answer:?}");
        let url = Url::parse(answer.headers["location"].to_str().unwrap()).unwrap();
        assert!(url.as_str().starts_with("http://localhost:49152/?"), "{url}");
        url.query_pairs().into_owned().collect()
    }

    fn html(answer: &Response) -> String {
        String::from_utf8(answer.body.to_vec()).unwrap()
    }

    /// A code for a person, without a page.
    pub(in super::super) fn code(lab: &Lab, person: &str) -> String {
        lab.knob("auto_consent", json!({"person": person}));
        sent_back(&get(lab, ("", "")))["code"].clone()
    }

    #[test]
    fn a_person_signs_in_on_the_page_and_is_sent_back() {
        let lab = Lab::new();
        let page = get(&lab, ("login_hint", "\"><b>"));
        let text = html(&page);
        assert_eq!(page.status, 200);
        assert!(text.contains("name=\"password\"") && !text.contains("<b>"), "{text}");
        let owner = lab.cloud.people().remove(0);
        let post = |name: &str, password: &str, answer: &str| {
            let form = [("name", name), ("password", password), ("answer", answer)];
            lab.form_post(&path(&lab), Some(&query(&lab, ("", ""))), &form)
        };
        assert!(html(&post(&owner.name, "wrong", "accept")).contains("AADSTS50126"));
        assert!(html(&post("nobody@contoso.onmicrosoft.com", "x", "accept")).contains("AADSTS50034"));
        let back = sent_back(&post(&owner.name.to_uppercase(), &owner.password, "accept"));
        assert_eq!(back["state"], "a b");
        assert!(lab.cloud.issued_tokens().contains(&back["code"]));
        let back = sent_back(&post("", "", "decline"));
        assert_eq!(
            (back["error"].as_str(), back["state"].as_str()),
            ("access_denied", "a b")
        );
        assert!(back["error_description"].starts_with("AADSTS65004: "));
    }

    #[test]
    fn the_knob_answers_before_the_page_is_shown() {
        let lab = Lab::new();
        lab.knob("auto_consent", json!({"person": "reader"}));
        assert!(sent_back(&get(&lab, ("", ""))).contains_key("code"));
        let reader = "READER@contoso.onmicrosoft.com";
        assert!(sent_back(&get(&lab, ("login_hint", reader))).contains_key("code"));
        assert_eq!(get(&lab, ("login_hint", "owner@contoso.onmicrosoft.com")).status, 200);
        lab.knob("auto_consent", json!({"person": "reader", "approve": false}));
        assert_eq!(sent_back(&get(&lab, ("", "")))["error"], "access_denied");
        lab.knob("auto_consent", serde_json::Value::Null);
        assert_eq!(get(&lab, ("", "")).status, 200);
        assert!(
            lab.cloud
                .set_knob("auto_consent", &json!({"person": "nobody"}))
                .is_err()
        );
    }

    #[test]
    fn only_the_registered_client_and_addresses_of_this_machine_are_sent_back_to() {
        let lab = Lab::new();
        lab.knob("auto_consent", json!({"person": "owner"}));
        for uri in ["http://localhost", "http://localhost:1/", "http://127.0.0.1:65535"] {
            assert_eq!(get(&lab, ("redirect_uri", uri)).status, 302, "{uri}");
        }
        for uri in [
            "https://localhost:1",
            "http://localhost:1/callback",
            "http://localhost:1/?x=1",
            "http://localhost.example:1",
            "http://user@localhost:1",
            "http://192.168.1.1:1",
            "nonsense",
        ] {
            let answer = get(&lab, ("redirect_uri", uri));
            assert!(answer.status == 400 && html(&answer).contains("AADSTS50011"), "{uri}");
        }
        let ready = lab.app("ready").client_id;
        for (change, code) in [
            (("client_id", "5b02755b-5bf4-430c-9487-45502a2a7e62"), "AADSTS700016"),
            (("client_id", ready.as_str()), "AADSTS7000218"),
            (("redirect_uri", ""), "AADSTS900144"),
        ] {
            let answer = get(&lab, change);
            assert!(answer.status == 400 && html(&answer).contains(code), "{code}");
        }
    }

    #[test]
    fn what_the_client_may_not_ask_for_is_told_to_it() {
        let lab = Lab::new();
        lab.knob("auto_consent", json!({"person": "owner"}));
        for (change, code) in [
            (("response_type", "token"), 70_005),
            (("response_mode", "fragment"), 70_007),
            (("code_challenge", ""), 900_144),
            (("code_challenge", "short"), 501_491),
            (("code_challenge_method", "plain"), 501_491),
            (("scope", ""), 900_144),
            (("scope", "https://management.azure.com/Mail.Send"), 65_001),
        ] {
            let back = sent_back(&get(&lab, change));
            assert!(
                back["error_description"].starts_with(&format!("AADSTS{code}: ")),
                "{back:?}"
            );
            assert!(!back.contains_key("code"));
        }
    }
}
