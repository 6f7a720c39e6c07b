//! The layers of a connection: its secrets, Azure, the site. Where one has failed, what stands on it is not looked at.

use std::time::Duration;

use super::{Examined, Layer, PATIENCE, Subject, Why};
use crate::azure::Azure;
use crate::connect::readiness::{self, Half, Readiness};
use crate::connect::rights::Aid;
use crate::connect::secrets;
use crate::model::diagnosis::Verdict;
use crate::model::plan::{Check, CheckKind};
use crate::model::{Connection, CustomerId, Failure, History, Problem, Result, SignIn, Workspace, reader};
use crate::store::Store;

/// A keyring that asks a person for its password may wait for ever.
pub(super) const PATIENCE_OF_KEYRING: Duration = Duration::from_secs(20);

/// All of them.
pub(super) async fn layers(subject: &Subject<'_>, store: &Store, connection: &Connection) -> Vec<Examined> {
    let (azure, site) = tokio::join!(
        azure_side(subject, store, connection),
        site_side(subject, store, connection)
    );
    azure.into_iter().chain(site).collect()
}

/// What Azure is looked at for, where it comes so far.
fn azure_checks() -> [CheckKind; 5] {
    let operation = "(all)".to_owned();
    [
        CheckKind::Tenant,
        CheckKind::Secret,
        CheckKind::Subscriptions,
        CheckKind::Workspace,
        CheckKind::Right { operation },
    ]
}

const SITE_CHECKS: [CheckKind; 2] = [CheckKind::Site, CheckKind::Collections];

async fn azure_side(subject: &Subject<'_>, store: &Store, connection: &Connection) -> Vec<Examined> {
    let key = within(PATIENCE_OF_KEYRING, "the keyring", async {
        let vault = subject.vault.as_ref().map_err(Failure::clone)?;
        secrets::client_secret(store, vault, connection.id).await
    })
    .await;
    let seen = key.as_ref().map(|_| "in the keyring".to_owned());
    let mut layers = vec![Examined::of(Layer::SecretKey, seen.map_err(Failure::clone))];
    let aid = Aid::of(connection.history.as_ref(), None);
    let setup = &connection.setup;
    let half = match &key {
        Ok(key) => readiness::azure_half(setup, key, aid, subject.tell, PATIENCE).await,
        Err(_) => nothing(setup.history),
    };
    let host = setup.environment.arm.host();
    layers.extend(checked(&half, &azure_checks(), host));
    let (azure, workspace) = (half.seen.azure.as_ref(), half.seen.workspace.as_ref());
    layers.push(query(azure, workspace, connection).await);
    layers.push(ingestion(azure, connection).await);
    layers
}

const fn nothing(wanted: History) -> Half {
    Half {
        seen: Readiness::nothing(wanted),
        is_late: false,
    }
}

async fn site_side(subject: &Subject<'_>, store: &Store, connection: &Connection) -> Vec<Examined> {
    let setup = &connection.setup;
    let SignIn::Account(_) = &setup.site.sign_in else {
        let half = readiness::site_half(setup, None, subject.tell, PATIENCE).await;
        return site_layers(half, connection).collect();
    };
    let password = within(PATIENCE_OF_KEYRING, "the keyring", async {
        let vault = subject.vault.as_ref().map_err(Failure::clone)?;
        secrets::site_password(store, vault, connection.id).await
    })
    .await;
    let half = match &password {
        Ok(password) => readiness::site_half(setup, Some(password), subject.tell, PATIENCE).await,
        Err(_) => nothing(setup.history),
    };
    let seen = password.map(|_| "in the keyring".to_owned());
    std::iter::once(Examined::of(Layer::SitePassword, seen))
        .chain(site_layers(half, connection))
        .collect()
}

fn site_layers(mut half: Half, connection: &Connection) -> impl Iterator<Item = Examined> {
    if let Some(was) = &connection.site {
        half.seen.must_be(was);
    }
    let host = connection.setup.site.provider.to_string();
    checked(&half, &SITE_CHECKS, &host).into_iter()
}

/// What was looked at, then what was not: the first of that has not answered where the time was up.
fn checked(half: &Half, expected: &[CheckKind], host: &str) -> Vec<Examined> {
    let mut layers: Vec<Examined> = half.seen.all().map(examined).collect();
    let same = |one: &CheckKind, other: &CheckKind| std::mem::discriminant(one) == std::mem::discriminant(other);
    let missing = expected
        .iter()
        .filter(|kind| half.seen.all().all(|check| !same(&check.what, kind)));
    let mut is_late = half.is_late;
    for kind in missing {
        let layer = Layer::Check(kind.clone());
        layers.push(if std::mem::take(&mut is_late) {
            Examined::of(layer, Err(late(PATIENCE, host)))
        } else {
            Examined::skipped(layer, Why::Depends)
        });
    }
    layers
}

fn examined(check: &Check) -> Examined {
    Examined {
        layer: Layer::Check(check.what.clone()),
        verdict: match &check.outcome {
            Ok(seen) => Verdict::Passed(seen.clone()),
            Err(failure) => Verdict::Failed(failure.clone()),
        },
        warnings: check.warnings.clone(),
    }
}

async fn query(azure: Option<&Azure>, workspace: Option<&Workspace>, connection: &Connection) -> Examined {
    let known = |workspace: &Workspace| workspace.customer_id;
    let customer = workspace
        .and_then(known)
        .or(connection.workspace.as_ref().and_then(known));
    let (Some(azure), Some(customer)) = (azure, customer) else {
        return Examined::skipped(Layer::Query, Why::Depends);
    };
    let host = connection.setup.environment.query.host();
    Examined::of(Layer::Query, within(PATIENCE, host, asked(azure, customer)).await)
}

/// The cheapest of queries: it reads no table.
async fn asked(azure: &Azure, customer: CustomerId) -> Result<String> {
    let answer = azure.query(customer, reader::ANSWERS, None).await?;
    Ok(format!("{} row answered", answer.rows.len()))
}

async fn ingestion(azure: Option<&Azure>, connection: &Connection) -> Examined {
    let Some(place) = &connection.history else {
        return Examined::skipped(Layer::Ingestion, Why::NotUsed);
    };
    let Some(azure) = azure else {
        return Examined::skipped(Layer::Ingestion, Why::Depends);
    };
    let looked = async {
        azure.sign_in_for_uploads().await?;
        let rule = azure.rule(&place.rule).await?;
        let stands = rule.is_some_and(|rule| rule.immutable_id.as_ref() == Some(&place.immutable_id));
        if !stands {
            let what = format!("the data collection rule {}, as it was made", place.rule);
            return Err(Problem::ResourceNotFound { what }.into());
        }
        Ok(format!("through {}, at {}", place.rule.name(), place.ingestion.host()))
    };
    Examined::of(Layer::Ingestion, within(PATIENCE, place.ingestion.host(), looked).await)
}

/// Work that is given up when it takes too long.
pub(super) async fn within<T>(patience: Duration, whom: &str, work: impl Future<Output = Result<T>>) -> Result<T> {
    match tokio::time::timeout(patience, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(late(patience, whom)),
    }
}

fn late(patience: Duration, whom: &str) -> Failure {
    let seconds = patience.as_secs();
    Problem::TimedOut {
        host: whom.to_owned(),
        seconds,
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_never_answers_is_given_up() {
        let outcome = within(Duration::ZERO, "the keyring", std::future::pending::<Result<()>>()).await;
        let failure = outcome.unwrap_err();
        assert!(matches!(failure.problem(), Problem::TimedOut { host, .. } if host == "the keyring"));
    }
}
