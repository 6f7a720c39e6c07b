//! Tokens for apps that present their secret key: the client credentials grant of OAuth 2.0.

use super::super::directory::{App, Directory, SecretCheck, Tenant};
use super::super::tokens::{Actor, Audience, Caller, Grant};
use super::form::Form;
use super::{Asked, Fault, blocked_by_policy, scopes, unknown_client};
use crate::lab::http::Response;

/// Answers the request of an app that speaks for itself.
pub(super) fn grant(asked: &Asked, directory: &Directory, form: &Form, tenant: &Tenant) -> Result<Response, Fault> {
    let app = usable_app(directory, tenant, form.client_id()?)?;
    let secret = form.secret().ok_or_else(|| {
        Fault::new(
            "invalid_client",
            7_000_218,
            "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
        )
    })?;
    check_secret(app, secret, asked)?;
    if app.blocked_by_policy {
        return Err(blocked_by_policy());
    }
    let resource = resource(form.need("scope")?, tenant)?;
    let roles = match tenant.cloud.audience(resource) {
        Some(Audience::Graph) => app.graph_permissions.iter().map(|role| (*role).to_owned()).collect(),
        _ => Vec::new(),
    };
    let caller = Caller {
        app_id: app.client_id.clone(),
        object_id: app.object_id.clone(),
        actor: Actor::App { roles },
    };
    let grant = Grant {
        resource,
        tenant_id: &tenant.id,
        caller: &caller,
        token_id: asked.trace,
    };
    Ok(Response::json(200, &asked.access(&grant)))
}

fn usable_app<'a>(directory: &'a Directory, tenant: &Tenant, client_id: &str) -> Result<&'a App, Fault> {
    if directory.public_client.client_id.eq_ignore_ascii_case(client_id) {
        return Err(Fault::public_with_secret());
    }
    let app = directory
        .app(client_id)
        .ok_or_else(|| unknown_client(client_id, tenant))?;
    if !app.has_service_principal {
        return Err(Fault::new(
            "unauthorized_client",
            7_000_229,
            format!(
                "The client application {client_id} is missing service principal in the tenant {}. See instructions \
                 here: https://go.microsoft.com/fwlink/?linkid=2225119",
                tenant.id
            ),
        ));
    }
    if app.disabled {
        return Err(Fault::new(
            "unauthorized_client",
            7_000_112,
            format!("Application '{client_id}'({}) is disabled.", app.name),
        ));
    }
    Ok(app)
}

fn check_secret(app: &App, secret: &str, asked: &Asked) -> Result<(), Fault> {
    let id = &app.client_id;
    match app.check_secret(secret, asked.now) {
        SecretCheck::Good => Ok(()),
        SecretCheck::Expired => Err(Fault::new(
            "invalid_client",
            7_000_222,
            format!(
                "The provided client secret keys for app '{id}' are expired. Visit the Azure portal to create new \
                 keys for your app: https://aka.ms/NewClientSecret, or consider using certificate credentials for \
                 added security: https://aka.ms/certCreds."
            ),
        )),
        SecretCheck::Unknown => Err(Fault::new(
            "invalid_client",
            7_000_215,
            format!(
                "Invalid client secret provided. Ensure the secret being sent in the request is the client secret \
                 value, not the client secret ID, for a secret added to app '{id}'."
            ),
        )),
    }
}

/// The resource that a scope asks for: everything before `/.default`, as it stands.
fn resource<'a>(scope: &'a str, tenant: &Tenant) -> Result<&'a str, Fault> {
    if scope.split_whitespace().count() > 1 {
        return Err(scopes::several_resources());
    }
    let resource = scope
        .strip_suffix("/.default")
        .filter(|resource| resource.contains("://"));
    let resource = resource.ok_or_else(|| {
        Fault::new(
            "invalid_scope",
            70_011,
            format!(
                "The provided request must include a 'scope' input parameter. The provided value for the input \
                 parameter 'scope' is not valid. The scope {scope} is not valid."
            ),
        )
    })?;
    match tenant.cloud.audience(resource) {
        Some(_) => Ok(resource),
        None => Err(scopes::unknown_resource(resource, tenant)),
    }
}
