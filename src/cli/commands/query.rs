//! `asw query NAME KQL`, and the ready-made ones: `--list`, `--ready READY-MADE [--group COLLECTION]`.

use serde_json::{Value, json};

use crate::azure::Table;
use crate::cli::aligned::aligned;
use crate::cli::answer::{Answer, Exit};
use crate::cli::args::{Args, QueryArgs};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::open;
use crate::model::log_query::Ready;
use crate::model::{CollectionId, Connection, Problem, Result, portal};
use crate::platform::stoppable;
use crate::publish::view::{groups, search};
use crate::text::{self, count};

/// Runs a query, or says what would be run.
pub(super) async fn query(args: &Args, options: &QueryArgs, host: &Host) -> Result<Answer> {
    let group = options.group.as_deref().map(str::parse::<CollectionId>).transpose()?;
    let session = Session::open(args, host)?;
    let connection = session.ready(&options.name)?;
    let secrets = SecretsInput::new(host, args.secrets_stdin).await?;
    let asks = !(options.text || options.link) || options.ready.is_some_and(Ready::is_about_a_group) || options.list;
    if asks {
        super::lend_secrets(&session, args, &secrets, &connection).await?;
    }
    if options.list {
        return list(&session, &connection, group.as_ref()).await;
    }
    let kql = text(&session, &connection, options, group.as_ref()).await?;
    if options.text {
        return Ok(Answer::done(kql.clone(), json!({ "query": kql })));
    }
    if options.link {
        return Ok(link(&connection, options, &kql));
    }
    let azure = open::signed_in(&session.ground().await?, &connection).await?;
    let asked = search::run(&azure, &connection, &kql, options.timespan.as_deref());
    let table = stoppable(&session.stop, asked).await?;
    Ok(answer(&table, options.csv))
}

/// The text that is to be run.
async fn text(
    session: &Session,
    connection: &Connection,
    options: &QueryArgs,
    group: Option<&CollectionId>,
) -> Result<String> {
    if let Some(ready) = options.ready {
        let alias = match ready.is_about_a_group() {
            true => alias(session, connection, group).await?,
            false => String::new(),
        };
        return Ok(ready.text(&alias));
    }
    if let Some(path) = &options.file {
        let read = std::fs::read_to_string(path);
        return read.map_err(|cause| {
            Problem::FileUnreadable {
                path: path.display().to_string(),
                cause: cause.to_string(),
            }
            .into()
        });
    }
    Ok(options.query.clone().unwrap_or_default())
}

/// The function name of a group that stands in the workspace.
async fn alias(session: &Session, connection: &Connection, group: Option<&CollectionId>) -> Result<String> {
    let azure = open::signed_in(&session.ground().await?, connection).await?;
    let standing = stoppable(&session.stop, groups::standing(&azure, connection)).await?;
    let found = standing
        .iter()
        .find(|(id, _)| group.is_none_or(|group| group == id))
        .map(groups::called);
    let what = || match group {
        Some(group) => format!("the computer group of collection {group}"),
        None => format!("a computer group of \"{}\"", connection.setup.name),
    };
    let found = found.ok_or_else(|| Problem::ResourceNotFound { what: what() })?;
    Ok(found.alias)
}

async fn list(session: &Session, connection: &Connection, group: Option<&CollectionId>) -> Result<Answer> {
    let alias = alias(session, connection, group).await?;
    let has_history = connection.history.is_some();
    let offered = Ready::ALL
        .into_iter()
        .filter(|ready| has_history || !ready.reads_history());
    let (mut human, mut listed) = (String::new(), Vec::new());
    for ready in offered {
        let (title, query) = (text::log_search::title(ready), ready.text(&alias));
        let indented: String = query.lines().map(|line| format!("    {line}\n")).collect();
        human.push_str(&format!("{}  {title}\n{indented}\n", ready.name()));
        listed.push(json!({ "name": ready.name(), "title": title, "query": query }));
    }
    Ok(Answer::done(human, json!({ "queries": listed })))
}

fn link(connection: &Connection, options: &QueryArgs, kql: &str) -> Answer {
    let setup = &connection.setup;
    let span = options.timespan.as_deref();
    let link = portal::logs(&setup.environment, setup.app.tenant_id, &setup.workspace, kql, span);
    let json = json!({ "url": link.url, "carries_query": link.carries_query });
    let mut answer = Answer::done(link.url, json);
    if !link.carries_query {
        answer.remarks = format!("Note: {}\n", text::log_search::LINK_WITHOUT_QUERY);
    }
    answer
}

fn answer(table: &Table, csv: bool) -> Answer {
    let found = search::found(table);
    let columns: Vec<Value> = table
        .columns
        .iter()
        .map(|(name, kind)| json!({ "name": name, "type": kind }))
        .collect();
    let json = json!({ "columns": columns, "rows": table.rows, "partial": table.partial });
    let sheet = &found.sheet;
    let human = match csv {
        true => sheet.csv(&sheet.as_it_came()),
        false => format!("{}{}", aligned(sheet), count(sheet.rows(), "row", "rows")),
    };
    let mut answer = Answer::done(human, json);
    if let Some(reason) = &table.partial {
        answer.remarks = format!("Note: {}\n", text::log_search::partial(sheet.rows(), reason));
        answer = answer.ending(Exit::Partly);
    }
    answer
}
