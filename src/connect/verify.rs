//! Is the app registration right? Tenant, client ID and secret key, in the order in which Azure can tell them apart.

use std::time::Duration;

use chrono::NaiveDate;

use crate::azure::{Azure, Credential, Identity, find_tenant};
use crate::model::plan::{Progress, Step, Tell};
use crate::model::{AppRegistration, Environment, Problem, Result, SecretKey, Warning};

/// An app that Azure has let in.
pub struct Verified {
    /// Signed in.
    pub azure: Azure,
    /// Who Azure says it is.
    pub identity: Identity,
    /// What a person should know.
    pub warnings: Vec<Warning>,
}

/// What can be said of an app's fields without asking anybody.
pub fn look_over(app: &AppRegistration, secret: &SecretKey, today: NaiveDate) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !app.app_id_uri.is_well_formed() {
        warnings.push(Warning::AppIdUriMalformed {
            text: app.app_id_uri.as_str().to_owned(),
        });
    }
    let days = app.secret_expiry.days_left(today);
    if days < 0 {
        warnings.push(Warning::ExpiryPast {
            expiry: app.secret_expiry,
            days: -days,
        });
    }
    if secret.looks_like_id() {
        warnings.push(Warning::SecretLooksLikeId);
    }
    warnings
}

/// Whether the tenant exists in this environment, and whether its name, where that is a domain, belongs to it.
///
/// # Errors
/// [`Problem::TenantNotFound`], [`Problem::TenantElsewhere`], or the network.
pub async fn tenant(environment: &Environment, app: &AppRegistration, tell: &Tell) -> Result<Vec<Warning>> {
    tell(Progress::Step(Step::FindTenant));
    find_tenant(environment, &app.tenant_id.to_string()).await?;
    let Some(domain) = app.tenant_name.as_domain() else {
        return Ok(Vec::new());
    };
    // The name is friendly text: one that leads nowhere is no reason to stop.
    match find_tenant(environment, domain).await {
        Ok(found) if found.id != app.tenant_id => Ok(vec![Warning::TenantNameElsewhere {
            domain: domain.to_owned(),
            belongs_to: found.id,
        }]),
        Err(failure) if matches!(failure.problem(), Problem::TenantNotFound { .. }) => {
            Ok(vec![Warning::TenantNameUnknown {
                domain: domain.to_owned(),
            }])
        }
        Ok(_) | Err(_) => Ok(Vec::new()),
    }
}

/// Signs in with a secret key.
///
/// # Errors
/// What Azure refuses, as its own [`Problem`]; a wrong secret that looks like an ID says so.
pub async fn sign_in(
    environment: &Environment,
    app: &AppRegistration,
    secret: &SecretKey,
    tell: &Tell,
) -> Result<(Azure, Identity)> {
    tell(Progress::Step(Step::SignIn));
    let credential = Credential {
        tenant_id: app.tenant_id,
        client_id: app.client_id,
        secret: secret.duplicate(),
    };
    let azure = Azure::new(environment, credential)?.with_observer(tell.clone());
    match azure.sign_in().await {
        Ok(identity) => Ok((azure, identity)),
        Err(failure) if matches!(failure.problem(), Problem::SecretWrong { .. }) => {
            let looks_like_id = secret.looks_like_id();
            Err(failure.instead(Problem::SecretWrong { looks_like_id }))
        }
        Err(failure) => Err(failure),
    }
}

/// For so long the true expiry is waited for: many networks do not let Graph through, and nothing depends on it.
const GRAPH_PATIENCE: Duration = Duration::from_secs(8);

/// Whether Entra has another expiry for the secret key than the typed one, where the app may read that; quiet where it may not.
pub async fn true_expiry(azure: &Azure, app: &AppRegistration) -> Option<Warning> {
    let answer = tokio::time::timeout(GRAPH_PATIENCE, azure.secret_expiry()).await;
    let actual = match answer {
        Ok(Ok(expiry)) => expiry?,
        Ok(Err(failure)) => {
            tracing::debug!(code = failure.problem().code(), "the true expiry is not known");
            return None;
        }
        Err(_) => return None,
    };
    let typed = app.secret_expiry;
    (actual != typed).then_some(Warning::ExpiryDiffers { typed, actual })
}

/// All of it.
///
/// # Errors
/// As [`tenant`] and [`sign_in`].
pub async fn app(
    environment: &Environment,
    app: &AppRegistration,
    secret: &SecretKey,
    today: NaiveDate,
    tell: &Tell,
) -> Result<Verified> {
    let mut warnings = look_over(app, secret, today);
    warnings.extend(tenant(environment, app, tell).await?);
    let (azure, identity) = sign_in(environment, app, secret, tell).await?;
    warnings.extend(true_expiry(&azure, app).await);
    Ok(Verified {
        azure,
        identity,
        warnings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{AppIdUri, ApplicationName, TenantName};

    #[test]
    fn what_looks_wrong_warns_and_does_not_block() {
        let app = AppRegistration {
            tenant_name: TenantName::new("Contoso"),
            tenant_id: "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap(),
            application_name: ApplicationName::new("x"),
            client_id: "1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap(),
            secret_expiry: "2026-01-10".parse().unwrap(),
            app_id_uri: AppIdUri::new("nonsense"),
        };
        let secret = SecretKey::parse("1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0").unwrap();
        let today = NaiveDate::from_ymd_opt(2026, 1, 12).unwrap();
        let warnings = look_over(&app, &secret, today);
        assert_eq!(
            warnings,
            [
                Warning::AppIdUriMalformed {
                    text: "nonsense".into()
                },
                Warning::ExpiryPast {
                    expiry: app.secret_expiry,
                    days: 2
                },
                Warning::SecretLooksLikeId,
            ]
        );
    }
}
