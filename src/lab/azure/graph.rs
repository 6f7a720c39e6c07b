//! Microsoft Graph, as far as the secret keys of an app registration go: read them, add one, remove one.
//!
//! | call | needs |
//! | --- | --- |
//! | `GET /v1.0/applications(appId='…')` | `Application.Read.All`, or the registration is the caller's own and `Application.ReadWrite.OwnedBy` |
//! | `POST …/addPassword`, `POST …/removePassword` | the latter; a person needs `Application.ReadWrite.All` and to be the owner |
//!
//! A registration is named by `applications(appId='…')` or by `applications/{object ID}`. The service principal of an app
//! counts as an owner of its registration, as Microsoft asks for with `Application.ReadWrite.OwnedBy`.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::directory::{App, Directory, Secret};
use super::seeded::Seeded;
use super::tokens::{Actor, Audience, Caller, Refusal};
use super::{Cloud, State};
use crate::lab::http::{Request, Response};

/// The application permissions that an app of the lab can be given.
pub(super) const PERMISSIONS: [&str; 2] = [READ_ALL, OWNED_BY];
const READ_ALL: &str = "Application.Read.All";
const OWNED_BY: &str = "Application.ReadWrite.OwnedBy";
/// The delegated permission by which a person changes registrations.
const WRITE_ALL: &str = "Application.ReadWrite.All";
/// How long a secret is good for whose end is not said: two years.
const SECRET_DAYS: i64 = 730;

/// A refusal: status, code, message.
struct Fault(u16, &'static str, String);

fn denied() -> Fault {
    let text = "Insufficient privileges to complete the operation.";
    Fault(403, "Authorization_RequestDenied", text.into())
}

fn bad(text: impl Into<String>) -> Fault {
    Fault(400, "Request_BadRequest", text.into())
}

/// Answers one request.
pub(super) fn answer(cloud: &Cloud, request: &Request, now: DateTime<Utc>) -> Response {
    let state = &mut *cloud.state();
    let id = state.next_guid();
    let answered = caller(cloud, request, now).and_then(|caller| route(cloud, state, &caller, request, now));
    answered
        .unwrap_or_else(|Fault(status, code, message)| {
            let inner = json!({
                "date": now.format("%Y-%m-%dT%H:%M:%S").to_string(),
                "request-id": id,
                "client-request-id": request.header("client-request-id").unwrap_or(&id),
            });
            let body = json!({"error": {"code": code, "message": message, "innerError": inner}});
            Response::json(status, &body)
        })
        .with_header("request-id", &id)
}

fn caller(cloud: &Cloud, request: &Request, now: DateTime<Utc>) -> Result<Caller, Fault> {
    let caller = cloud.signer.caller(request, Audience::Graph, now);
    caller.map_err(|refusal| {
        let text = match refusal {
            Refusal::Missing => "Access token is empty.",
            Refusal::Malformed => "CompactToken parsing failed with error code: 80049217",
            Refusal::Expired(_) => "Lifetime validation failed, the token is expired.",
            Refusal::Audience(_) => "Access token validation failure. Invalid audience.",
        };
        Fault(401, "InvalidAuthenticationToken", text.into())
    })
}

fn route(
    cloud: &Cloud,
    state: &mut State,
    caller: &Caller,
    request: &Request,
    now: DateTime<Utc>,
) -> Result<Response, Fault> {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let (name, action) = match segments.as_slice() {
        ["v1.0", "applications", id] => (Name::Object(id), None),
        ["v1.0", "applications", id, action] => (Name::Object(id), Some(*action)),
        ["v1.0", set] => (Name::of(set).ok_or_else(unknown_path)?, None),
        ["v1.0", set, action] => (Name::of(set).ok_or_else(unknown_path)?, Some(*action)),
        _ => return Err(unknown_path()),
    };
    match (&request.method, action) {
        (&Method::GET, None) => read(cloud, state, caller, &name, request),
        (&Method::POST, Some("addPassword")) => {
            let ask: AddPassword = body(request)?;
            let replicates = TimeDelta::seconds(state.knobs.services.secret_replicates_after_s);
            let place = writable(&state.directory, caller, &name)?;
            let (seeded, number) = (state.seeded, state.requests);
            let secrets = &mut state.directory.apps[place].secrets;
            let secret = ask.secret(seeded, number, replicates, now)?;
            let mut answer = shown(&secret);
            answer["@odata.context"] = context(cloud, "microsoft.graph.passwordCredential");
            answer["secretText"] = secret.value.clone().into();
            cloud.signer.remember(&secret.value);
            secrets.push(secret);
            Ok(Response::json(200, &answer))
        }
        (&Method::POST, Some("removePassword")) => {
            let RemovePassword { key_id } = body(request)?;
            let place = writable(&state.directory, caller, &name)?;
            let secrets = &mut state.directory.apps[place].secrets;
            let before = secrets.len();
            secrets.retain(|secret| !secret.key_id.eq_ignore_ascii_case(&key_id));
            match secrets.len() < before {
                true => Ok(Response::empty(204)),
                false => Err(bad("No password credential found with keyId.")),
            }
        }
        _ => Err(unknown_path()),
    }
}

fn unknown_path() -> Fault {
    Fault(400, "BadRequest", "Resource not found for the segment.".into())
}

/// How a registration is named.
enum Name<'a> {
    Object(&'a str),
    Client(&'a str),
}

impl<'a> Name<'a> {
    /// Reads `applications(appId='…')`.
    fn of(segment: &'a str) -> Option<Self> {
        let id = segment.strip_prefix("applications(appId='")?.strip_suffix("')")?;
        Some(Self::Client(id))
    }

    fn is(&self, app: &App) -> bool {
        match self {
            Self::Object(id) => app.registration_id.eq_ignore_ascii_case(id),
            Self::Client(id) => app.client_id.eq_ignore_ascii_case(id),
        }
    }

    /// The place of the registration in the directory.
    fn find(&self, directory: &Directory) -> Result<usize, Fault> {
        let place = directory.apps.iter().position(|app| self.is(app));
        place.ok_or_else(|| {
            let (Self::Object(id) | Self::Client(id)) = self;
            let text = format!(
                "Resource '{id}' does not exist or one of its queried reference-property objects are not present."
            );
            Fault(404, "Request_ResourceNotFound", text)
        })
    }
}

fn read(cloud: &Cloud, state: &State, caller: &Caller, name: &Name, request: &Request) -> Result<Response, Fault> {
    let permissions = match &caller.actor {
        Actor::App { roles } => roles,
        Actor::Person { scopes, .. } => scopes,
    };
    let holds = |wanted: &str| permissions.iter().any(|held| held == wanted);
    let everything = holds(READ_ALL) || holds(WRITE_ALL);
    if !everything && !holds(OWNED_BY) {
        return Err(denied());
    }
    let app = &state.directory.apps[name.find(&state.directory)?];
    if !everything && app.client_id != caller.app_id {
        return Err(denied());
    }
    let mut answer = json!({
        "id": app.registration_id,
        "appId": app.client_id,
        "displayName": app.name,
        "identifierUris": [app.app_id_uri],
        "signInAudience": "AzureADMyOrg",
        "keyCredentials": [],
        "passwordCredentials": app.secrets.iter().map(shown).collect::<Vec<Value>>(),
    });
    let mut selected = String::new();
    if let (Some(select), Some(properties)) = (request.param("$select"), answer.as_object_mut()) {
        let wanted: Vec<&str> = select.split(',').map(str::trim).collect();
        if let Some(unknown) = wanted.iter().find(|name| !properties.contains_key(**name)) {
            let text = format!(
                "Parsing OData Select and Expand failed: Could not find a property named '{unknown}' on type \
                 'microsoft.graph.application'."
            );
            return Err(Fault(400, "BadRequest", text));
        }
        properties.retain(|name, _| wanted.contains(&name.as_str()));
        selected = format!("({})", wanted.join(","));
    }
    answer["@odata.context"] = context(cloud, &format!("applications{selected}/$entity"));
    Ok(Response::json(200, &answer))
}

/// The place of a registration whose secrets the caller may change.
fn writable(directory: &Directory, caller: &Caller, name: &Name) -> Result<usize, Fault> {
    let owner = directory.people.iter().find(|person| person.label == "owner");
    let (may, only_own) = match &caller.actor {
        Actor::App { roles } => (roles.iter().any(|role| role == OWNED_BY), true),
        Actor::Person { scopes, .. } => {
            let is_owner = owner.is_some_and(|owner| owner.object_id == caller.object_id);
            (is_owner && scopes.iter().any(|scope| scope == WRITE_ALL), false)
        }
    };
    if !may {
        return Err(denied());
    }
    let place = name.find(directory)?;
    match only_own && directory.apps[place].client_id != caller.app_id {
        true => Err(denied()),
        false => Ok(place),
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddPassword {
    password_credential: PasswordCredential,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PasswordCredential {
    #[serde(default)]
    display_name: Option<String>,
    #[serde(default)]
    start_date_time: Option<DateTime<Utc>>,
    #[serde(default)]
    end_date_time: Option<DateTime<Utc>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RemovePassword {
    key_id: String,
}

impl AddPassword {
    /// The secret that is asked for.
    fn secret(self, seeded: Seeded, number: u64, replicates: TimeDelta, now: DateTime<Utc>) -> Result<Secret, Fault> {
        let asked = self.password_credential;
        let starts = asked.start_date_time.unwrap_or(now);
        let expires = asked.end_date_time.unwrap_or(starts + TimeDelta::days(SECRET_DAYS));
        if expires <= starts || expires <= now {
            return Err(bad(
                "The credential's end date is invalid: it must be in the future and after its start.",
            ));
        }
        Ok(Secret {
            key_id: seeded.guid(&format!("graph/{number}/key")),
            display_name: asked.display_name.unwrap_or_default(),
            value: seeded.secret(&format!("graph/{number}/secret")),
            starts,
            expires,
            known_from: starts.max(now) + replicates,
        })
    }
}

/// A secret as Graph shows it afterwards.
fn shown(secret: &Secret) -> Value {
    let time = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    json!({
        "customKeyIdentifier": null,
        "displayName": secret.display_name,
        "endDateTime": time(secret.expires),
        "hint": secret.hint(),
        "keyId": secret.key_id,
        "secretText": null,
        "startDateTime": time(secret.starts),
    })
}

fn context(cloud: &Cloud, what: &str) -> Value {
    format!("{}/v1.0/$metadata#{what}", cloud.urls.graph).into()
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, Fault> {
    serde_json::from_slice(&request.body).map_err(|error| {
        Fault(
            400,
            "BadRequest",
            format!("Unable to read JSON request payload: {error}."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ARM, Lab, code, json_of};
    use super::*;

    const GRAPH: &str = "https://graph.microsoft.com/.default";

    /// Asks as an app, with a token that is made for this request.
    fn ask(lab: &Lab, label: &str, method: Method, target: &str, body: Value) -> Response {
        let token = lab.token(&lab.cloud.tenant().0, &lab.form(label, GRAPH));
        let token = json_of(&token)["access_token"].as_str().unwrap().to_owned();
        lab.ask_graph(&token, method, target, body)
    }

    fn own(lab: &Lab, label: &str) -> String {
        format!("/v1.0/applications(appId='{}')", lab.app(label).client_id)
    }

    fn grant(lab: &Lab, label: &str, permission: &str) {
        lab.knob("grant_graph", json!({"label": label, "permission": permission}));
    }

    #[test]
    fn without_a_permission_nothing_is_read() {
        let lab = Lab::new();
        let path = own(&lab, "ready");
        for label in ["ready", "owner"] {
            let answer = ask(&lab, label, Method::GET, &path, Value::Null);
            assert_eq!(
                (answer.status, code(&answer).as_str()),
                (403, "Authorization_RequestDenied")
            );
        }
        let other = lab.ask_graph(&lab.bearer("ready", ARM), Method::GET, &path, Value::Null);
        assert_eq!(
            (other.status, code(&other).as_str()),
            (401, "InvalidAuthenticationToken")
        );
        let nobody = lab.cloud.graph(&Lab::request(Method::GET, &path, None, None), lab.now);
        assert_eq!(nobody.status, 401);
        assert!(
            lab.cloud
                .set_knob("grant_graph", &json!({"label": "ready", "permission": "Mail.Send"}))
                .is_err()
        );
    }

    #[test]
    fn a_reader_sees_when_the_secrets_end_but_not_what_they_are() {
        let lab = Lab::new();
        grant(&lab, "ready", READ_ALL);
        let path = format!("{}?$select=id,appId,passwordCredentials", own(&lab, "expired-secret"));
        let answer = ask(&lab, "ready", Method::GET, &path, Value::Null);
        let app = lab.app("expired-secret");
        let seen = json_of(&answer);
        assert_eq!((answer.status, &seen["appId"]), (200, &json!(app.client_id)));
        assert_eq!(seen.get("displayName"), None);
        let secret = &seen["passwordCredentials"][0];
        assert_eq!(secret["hint"], app.secret[..3]);
        assert_eq!(secret["secretText"], Value::Null);
        assert!(secret["endDateTime"].as_str().unwrap().starts_with(&app.secret_expiry));
        let by_object = format!("/v1.0/applications/{}", seen["id"].as_str().unwrap());
        let again = json_of(&ask(&lab, "ready", Method::GET, &by_object, Value::Null));
        assert_eq!(again["displayName"], app.application_name);
        let wrong = format!("{path},nonsense");
        assert_eq!(ask(&lab, "ready", Method::GET, &wrong, Value::Null).status, 400);
        let unknown = "/v1.0/applications(appId='11111111-2222-4333-8444-555555555555')";
        let unknown = ask(&lab, "ready", Method::GET, unknown, Value::Null);
        assert_eq!(
            (unknown.status, code(&unknown).as_str()),
            (404, "Request_ResourceNotFound")
        );
        let add = format!("{}/addPassword", own(&lab, "ready"));
        let refused = ask(&lab, "ready", Method::POST, &add, json!({"passwordCredential": {}}));
        assert_eq!(refused.status, 403);
    }

    #[test]
    fn an_app_renews_its_own_secret_and_no_other() {
        let mut lab = Lab::new();
        grant(&lab, "ready", OWNED_BY);
        lab.knob("secret_replicates_after_s", 30.into());
        let (path, other) = (own(&lab, "ready"), own(&lab, "reader"));
        let wish = json!({"passwordCredential": {"displayName": "New", "endDateTime": "2027-05-22T00:00:00Z"}});
        assert_eq!(ask(&lab, "ready", Method::GET, &other, Value::Null).status, 403);
        let refused = ask(
            &lab,
            "ready",
            Method::POST,
            &format!("{other}/addPassword"),
            wish.clone(),
        );
        assert_eq!(refused.status, 403);
        let added = ask(&lab, "ready", Method::POST, &format!("{path}/addPassword"), wish);
        let added = json_of(&added);
        let value = added["secretText"].as_str().unwrap().to_owned();
        assert_eq!(
            (&added["hint"], &added["endDateTime"]),
            (&json!(value[..3]), &json!("2027-05-22T00:00:00Z"))
        );
        assert!(lab.cloud.issued_tokens().contains(&value));
        let mut form = lab.form("ready", ARM);
        form.retain(|(name, _)| *name != "client_secret");
        form.push(("client_secret", value.leak()));
        let domain = lab.cloud.tenant().0;
        assert_eq!(json_of(&lab.token(&domain, &form))["error_codes"][0], 7_000_215);
        lab.now += TimeDelta::seconds(30);
        assert_eq!(lab.token(&domain, &form).status, 200);
        let seen = json_of(&ask(&lab, "ready", Method::GET, &path, Value::Null));
        let first = seen["passwordCredentials"][0]["keyId"].clone();
        assert_eq!(seen["passwordCredentials"].as_array().unwrap().len(), 2);
        let remove = format!("/v1.0/applications/{}/removePassword", seen["id"].as_str().unwrap());
        let bearer = json_of(&lab.token(&domain, &lab.form("ready", GRAPH)))["access_token"].clone();
        let removed = |body: Value| lab.ask_graph(bearer.as_str().unwrap(), Method::POST, &remove, body);
        assert_eq!(removed(json!({"keyId": first})).status, 204);
        assert_eq!(removed(json!({"keyId": first})).status, 400);
        assert_eq!(removed(json!({"key": first})).status, 400);
        assert_eq!(
            json_of(&lab.token(&domain, &lab.form("ready", ARM)))["error_codes"][0],
            7_000_215
        );
        assert_eq!(lab.token(&domain, &form).status, 200);
    }

    #[test]
    fn a_secret_that_would_have_ended_is_not_made() {
        let lab = Lab::new();
        grant(&lab, "ready", OWNED_BY);
        let path = format!("{}/addPassword", own(&lab, "ready"));
        for wish in [
            json!({"passwordCredential": {"endDateTime": "2020-01-01T00:00:00Z"}}),
            json!({"passwordCredential": {"secretText": "mine"}}),
            json!({}),
        ] {
            assert_eq!(ask(&lab, "ready", Method::POST, &path, wish).status, 400);
        }
        let added = ask(&lab, "ready", Method::POST, &path, json!({"passwordCredential": {}}));
        assert_eq!(json_of(&added)["endDateTime"], "2028-11-21T20:00:00Z");
        assert_eq!(ask(&lab, "ready", Method::POST, "/v1.0/users", Value::Null).status, 400);
    }
}
