//! The data collection rule, and an endpoint beside it where it has no address of its own: where rules of the kind Direct are not
//! offered, or the workspace is reached through a private link only.

use super::{Notes, Work, rule_of};
use crate::model::group;
use crate::model::history::{self, COLUMNS, Endpoint, Made, Rule};
use crate::model::plan::{Progress, Step};
use crate::model::{EndpointId, HistoryPlace, Problem, Result, RuleId, ServiceUrl};
use crate::platform::checkpoint;

/// Makes sure that the rule is there, is ours, leads into the table, and has an address.
pub(super) async fn ensure(work: &Work<'_>, notes: &mut Notes<'_>) -> Result<HistoryPlace> {
    (work.ground.tell)(Progress::Step(Step::WriteRule));
    let id = rule_of(work.connection)?;
    match standing(work, &id).await? {
        Some(rule) => kept(work, notes, rule).await,
        None => made(work, notes, &id).await,
    }
}

/// A rule that the app may not look at stands if we have used it before; else it is the app's right that is missing.
async fn standing(work: &Work<'_>, id: &RuleId) -> Result<Option<Rule>> {
    let found = work.told(work.maker().rule(id).await)?;
    match found {
        Some(rule) if !is_ours(work, &rule.tags) => Err(Problem::ResourceNotOurs { id: id.to_string() }.into()),
        found => Ok(found),
    }
}

fn is_ours(work: &Work<'_>, tags: &[(String, String)]) -> bool {
    group::is_tagged(tags, work.connection.id)
}

/// One that stands: left as it is where it is as it should be.
async fn kept(work: &Work<'_>, notes: &mut Notes<'_>, rule: Rule) -> Result<HistoryPlace> {
    let wanted = Rule {
        location: rule.location.clone(),
        is_direct: rule.is_direct,
        endpoint: rule.endpoint.clone(),
        ..wanted(work, &rule.id, rule.endpoint.clone())?
    };
    let rule = if is_same(&rule, &wanted) {
        rule
    } else {
        work.told(work.maker().put_rule(&wanted).await)?
    };
    if let Some(place) = place(work, &rule).await? {
        return Ok(place);
    }
    // An address cannot be given to a rule that was made without one: it is replaced.
    work.told(work.maker().delete_rule(&rule.id).await)?;
    with_endpoint(work, notes, &rule.id).await
}

async fn made(work: &Work<'_>, notes: &mut Notes<'_>, id: &RuleId) -> Result<HistoryPlace> {
    let workspace = work.connection.workspace.as_ref();
    if workspace.is_some_and(|workspace| workspace.public_ingestion == Some(false)) {
        return with_endpoint(work, notes, id).await;
    }
    notes.note(Made::Rule { id: id.clone() })?;
    let outcome = work.told(work.maker().put_rule(&wanted(work, id, None)?).await);
    checkpoint("history: rule made");
    match outcome {
        Ok(rule) => match place(work, &rule).await? {
            Some(place) => Ok(place),
            None => {
                tracing::info!("the rule has no address of its own; an endpoint is made beside it");
                work.told(work.maker().delete_rule(id).await)?;
                with_endpoint(work, notes, id).await
            }
        },
        Err(failure) if is_kind_refused(failure.problem()) => {
            tracing::info!("rules of the kind Direct are not offered; an endpoint is made beside it");
            with_endpoint(work, notes, id).await
        }
        Err(failure) => Err(failure),
    }
}

/// Whether a rule was refused for what it is, not for who asked: then it is tried without the kind.
fn is_kind_refused(problem: &Problem) -> bool {
    matches!(problem, Problem::AzureRefused { status: 400, message, code, .. }
        if format!("{code} {message}").to_lowercase().contains("kind"))
}

async fn with_endpoint(work: &Work<'_>, notes: &mut Notes<'_>, id: &RuleId) -> Result<HistoryPlace> {
    (work.ground.tell)(Progress::Step(Step::WriteEndpoint));
    let endpoint = endpoint(work, notes, id).await?;
    (work.ground.tell)(Progress::Step(Step::WriteRule));
    notes.note(Made::Rule { id: id.clone() })?;
    let rule = wanted(work, id, Some(endpoint))?;
    let rule = work.told(work.maker().put_rule(&rule).await)?;
    checkpoint("history: rule made");
    let without = || Problem::RuleWithoutAddress { rule: id.clone() }.into();
    place(work, &rule).await?.ok_or_else(without)
}

async fn endpoint(work: &Work<'_>, notes: &mut Notes<'_>, rule: &RuleId) -> Result<EndpointId> {
    let id = history::endpoint_id(rule.group(), work.connection.id)?;
    let standing = work.told(work.maker().endpoint(&id).await)?;
    match standing {
        Some(endpoint) if !is_ours(work, &endpoint.tags) => {
            return Err(Problem::ResourceNotOurs { id: id.to_string() }.into());
        }
        Some(_) => return Ok(id),
        None => notes.note(Made::Endpoint { id: id.clone() })?,
    }
    let is_private = work
        .connection
        .workspace
        .as_ref()
        .is_some_and(|workspace| workspace.public_ingestion == Some(false));
    let wanted = Endpoint {
        id: id.clone(),
        location: location(work)?,
        tags: history::tags(work.owner),
        is_public: !is_private,
        logs_ingestion: None,
    };
    match work.told(work.maker().put_endpoint(&wanted).await) {
        Ok(_) => Ok(id),
        Err(failure) if matches!(failure.problem(), Problem::NotAllowed { .. }) => {
            Err(failure.instead(Problem::RuleWithoutAddress { rule: rule.clone() }))
        }
        Err(failure) => Err(failure),
    }
}

/// Where uploads go, if the rule has an address by now.
async fn place(work: &Work<'_>, rule: &Rule) -> Result<Option<HistoryPlace>> {
    let read;
    // What a write answers may lack what a read has.
    let rule = if rule.immutable_id.is_none() || rule.logs_ingestion.is_none() && rule.endpoint.is_none() {
        match work.told(work.maker().rule(&rule.id).await)? {
            Some(found) => {
                read = found;
                &read
            }
            None => rule,
        }
    } else {
        rule
    };
    let (Some(immutable_id), Some(ingestion)) = (rule.immutable_id.clone(), address(work, rule).await?) else {
        return Ok(None);
    };
    Ok(Some(HistoryPlace {
        rule: rule.id.clone(),
        immutable_id,
        ingestion,
        endpoint: rule.endpoint.clone(),
        proven: false,
    }))
}

async fn address(work: &Work<'_>, rule: &Rule) -> Result<Option<ServiceUrl>> {
    // The endpoint comes first: with a private link only it leads in.
    match &rule.endpoint {
        Some(endpoint) => {
            let endpoint = work.told(work.maker().endpoint(endpoint).await)?;
            Ok(endpoint.and_then(|endpoint| endpoint.logs_ingestion))
        }
        None => Ok(rule.logs_ingestion.clone()),
    }
}

/// The region of the workspace: rule and endpoint must be there too.
fn location(work: &Work<'_>) -> Result<String> {
    let workspace = work.connection.workspace.as_ref();
    let location = workspace.and_then(|workspace| workspace.location.clone());
    location.ok_or_else(|| {
        let what = format!(
            "Azure does not say in which region the workspace {} is",
            work.workspace()
        );
        Problem::Internal { what }.into()
    })
}

fn wanted(work: &Work<'_>, id: &RuleId, endpoint: Option<EndpointId>) -> Result<Rule> {
    let column = |column: &history::Column| (column.name.to_owned(), column.kind.in_stream().to_owned());
    Ok(Rule {
        id: id.clone(),
        location: location(work)?,
        is_direct: endpoint.is_none(),
        endpoint,
        tags: history::tags(work.owner),
        columns: COLUMNS.iter().map(column).collect(),
        workspace: Some(work.workspace().clone()),
        immutable_id: None,
        logs_ingestion: None,
    })
}

/// Whether a rule needs no writing. What others have tagged it with stays theirs.
fn is_same(standing: &Rule, wanted: &Rule) -> bool {
    let columns = |rule: &Rule| {
        let mut columns: Vec<(String, String)> = rule
            .columns
            .iter()
            .map(|(name, kind)| (name.clone(), kind.to_lowercase()))
            .collect();
        columns.sort();
        columns
    };
    columns(standing) == columns(wanted)
        && standing.workspace == wanted.workspace
        && wanted.tags.iter().all(|tag| standing.tags.contains(tag))
}
