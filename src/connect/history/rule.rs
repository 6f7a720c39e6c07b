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
    let found = work.told(work.maker().rule(&id).await);
    match (found, &work.connection.history) {
        (Ok(Some(rule)), _) if !is_ours(work, &rule.tags) => {
            Err(Problem::ResourceNotOurs { id: id.to_string() }.into())
        }
        (Ok(Some(rule)), _) => kept(work, notes, rule).await,
        (Ok(None), _) => made(work, notes, &id).await,
        // An administrator has made it, and the app may upload through it, but not look at it.
        (Err(failure), Some(known)) if matches!(failure.problem(), Problem::NotAllowed { .. }) => Ok(known.clone()),
        (Err(failure), _) => Err(failure),
    }
}

fn is_ours(work: &Work<'_>, tags: &[(String, String)]) -> bool {
    group::is_tagged(tags, work.connection.id)
}

/// One that stands: left as it is where it is as it should be.
async fn kept(work: &Work<'_>, notes: &mut Notes<'_>, rule: Rule) -> Result<HistoryPlace> {
    let mut wanted = Rule {
        location: rule.location.clone(),
        is_direct: rule.is_direct,
        ..wanted(work, &rule.id, rule.endpoint.clone())?
    };
    wanted.tags = with_tags_of_others(&rule.tags, wanted.tags);
    let rule = if is_same(&rule, &wanted) {
        rule
    } else {
        work.told(work.maker().put_rule(&wanted).await)?
    };
    if let Some(place) = place(work, &rule).await? {
        return Ok(place);
    }
    with_endpoint(work, notes, &rule.id, true).await
}

async fn made(work: &Work<'_>, notes: &mut Notes<'_>, id: &RuleId) -> Result<HistoryPlace> {
    if work.is_private() {
        return with_endpoint(work, notes, id, false).await;
    }
    notes.note(Made::Rule { id: id.clone() })?;
    let outcome = work.told(work.maker().put_rule(&wanted(work, id, None)?).await);
    checkpoint("history: rule made");
    match outcome {
        Ok(rule) => match place(work, &rule).await? {
            Some(place) => Ok(place),
            None => {
                tracing::info!("the rule has no address of its own; an endpoint is made beside it");
                with_endpoint(work, notes, id, true).await
            }
        },
        Err(failure) if is_kind_refused(failure.problem()) => {
            tracing::info!("rules of the kind Direct are not offered; an endpoint is made beside it");
            with_endpoint(work, notes, id, false).await
        }
        Err(failure) => Err(failure),
    }
}

/// Whether a rule was refused for what it is, not for who asked: then it is tried without the kind.
fn is_kind_refused(problem: &Problem) -> bool {
    matches!(problem, Problem::AzureRefused { status: 400, message, code, .. }
        if format!("{code} {message}").to_lowercase().contains("kind"))
}

/// A rule beside an endpoint. An address cannot be given to a rule that was made without one: where one stands it is replaced,
/// once the endpoint is there.
async fn with_endpoint(work: &Work<'_>, notes: &mut Notes<'_>, id: &RuleId, stands: bool) -> Result<HistoryPlace> {
    (work.ground.tell)(Progress::Step(Step::WriteEndpoint));
    let endpoint = endpoint(work, notes, id).await?;
    (work.ground.tell)(Progress::Step(Step::WriteRule));
    if stands {
        work.told(work.maker().delete_rule(id).await)?;
    }
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
    let wanted = Endpoint {
        id: id.clone(),
        location: location(work)?,
        tags: history::tags(work.owner),
        is_public: !work.is_private(),
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

/// A write names all tags; what others have tagged a rule with stays.
fn with_tags_of_others(standing: &[(String, String)], ours: Vec<(String, String)>) -> Vec<(String, String)> {
    let is_ours = |name: &str| ours.iter().any(|(our, _)| our.eq_ignore_ascii_case(name));
    let others: Vec<_> = standing.iter().filter(|(name, _)| !is_ours(name)).cloned().collect();
    ours.into_iter().chain(others).collect()
}

/// Whether a rule needs no writing.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(all: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        all.iter().map(own).collect()
    }

    #[test]
    fn what_others_have_tagged_a_rule_with_outlives_a_write() {
        let standing = tags(&[("CostCenter", "4711"), ("aswversion", "0")]);
        let wanted = with_tags_of_others(&standing, tags(&[("AswVersion", "1")]));
        assert_eq!(wanted, tags(&[("AswVersion", "1"), ("CostCenter", "4711")]));
    }
}
