//! `asw groups NAME`: the groups, their members, the groups of a computer, which members report, what the site has now.

use serde_json::{Value, json};

use crate::azure::Azure;
use crate::cli::answer::{Answer, Exit, failure_json};
use crate::cli::args::{Args, GroupsArgs};
use crate::cli::host::Host;
use crate::cli::secrets_input::SecretsInput;
use crate::cli::session::Session;
use crate::connect::open;
use crate::model::group_view::{Computers, GroupSeen, GroupsSeen, Match, Matches, SiteCount};
use crate::model::report::Group;
use crate::model::sheet::Sheet;
use crate::model::{CollectionId, Connection, Failure, Problem, Result, group_sheet};
use crate::platform::stoppable;
use crate::publish::view::{self, Selection, computers, groups as listing, matching, site};
use crate::text::{count, group_view as words};

/// The computer groups as the workspace answers them.
pub(super) async fn groups(args: &Args, options: &GroupsArgs, host: &Host) -> Result<Answer> {
    let only = options.group.as_deref().map(str::parse::<CollectionId>).transpose()?;
    let session = Session::open(args, host)?;
    let connection = session.ready(&options.name)?;
    if let Some(id) = only.as_ref().filter(|id| !connection.setup.collections.contains(id)) {
        let what = format!(
            "{id} is not one of the collections of \"{}\": see asw show",
            connection.setup.name
        );
        return Err(Problem::Usage { what }.into());
    }
    let secrets = SecretsInput::new(host, args.secrets_stdin).await?;
    super::lend_secrets(&session, args, &secrets, &connection).await?;
    let azure = open::signed_in(&session.ground().await?, &connection).await?;
    let asked = Asked {
        session: &session,
        connection: &connection,
        azure: &azure,
        options,
    };
    match (&options.computer, &only) {
        (Some(computer), _) => asked.groups_of(computer).await,
        (None, Some(id)) if options.matches || options.site => asked.group(id).await,
        (None, only) if options.members || only.is_some() => asked.members(only.clone()).await,
        _ if options.all_computers => asked.computers().await,
        _ => asked.numbers().await,
    }
}

/// What is asked, and of whom.
struct Asked<'a> {
    session: &'a Session,
    connection: &'a Connection,
    azure: &'a Azure,
    options: &'a GroupsArgs,
}

impl Asked<'_> {
    async fn wait<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        stoppable(&self.session.stop, work).await
    }

    async fn seen(&self) -> Result<GroupsSeen> {
        self.wait(listing::seen(self.azure, self.connection)).await
    }

    async fn matches(&self, seen: &GroupsSeen) -> Result<Option<Matches>> {
        if !self.options.matches {
            return Ok(None);
        }
        let called = seen.called();
        let found = matching::matches(self.azure, self.connection, &called, self.options.within);
        self.wait(found).await.map(Some)
    }

    async fn site(&self) -> Result<Option<Vec<SiteCount>>> {
        if !self.options.site {
            return Ok(None);
        }
        let site = open::site(&self.session.ground().await?, self.connection).await?;
        let counts = site::counts(&site, &self.session.store, self.connection);
        self.wait(counts).await.map(Some)
    }

    /// The groups with their numbers.
    async fn numbers(&self) -> Result<Answer> {
        let seen = self.seen().await?;
        let matches = self.matches(&seen).await?;
        let site = self.site().await?;
        let sheet = || group_sheet::groups(&seen, matches.as_ref(), site.as_deref());
        let human = match self.options.csv {
            true => csv(&sheet()),
            false => numbers(&seen, matches.as_ref(), site.as_deref()),
        };
        let lines: Vec<Value> = seen
            .groups
            .iter()
            .map(|group| number_json(group, matches.as_ref(), site.as_deref()))
            .collect();
        let mut json = json!({ "groups": lines, "computers": seen.computers.as_ref().ok() });
        if let (Some(matches), Value::Object(fields)) = (&matches, &mut json) {
            fields.insert("within".into(), json!(matches.within.in_kql()));
            fields.insert("match".into(), matches.all.as_ref().map_or(Value::Null, match_json));
        }
        let refused = matches.as_ref().and_then(Matches::first_failure);
        let answer = Answer::done(human, json);
        Ok(match seen.first_failure().or(refused) {
            Some(failure) => partly(answer, failure),
            None => answer,
        })
    }

    /// Groups with all their members.
    async fn members(&self, only: Option<CollectionId>) -> Result<Answer> {
        let selection = Selection { only, members: true };
        let groups = self.wait(view::groups(self.azure, self.connection, &selection)).await?;
        let human = match self.options.csv {
            true => members_csv(&groups),
            false => table(&groups, true),
        };
        Ok(Answer::done(human, json!({ "groups": groups })))
    }

    /// One group: how each of its members reports, and what the site has otherwise.
    async fn group(&self, id: &CollectionId) -> Result<Answer> {
        let standing = self.wait(listing::standing(self.azure, self.connection)).await?;
        let found = standing.iter().find(|(each, _)| each == id);
        let (_, search) = found.ok_or_else(|| Problem::ResourceNotFound {
            what: format!("the computer group of collection {id}"),
        })?;
        let alias = search.alias.clone().unwrap_or_default();
        let (mut human, mut json) = (String::new(), json!({ "collection_id": id, "alias": alias }));
        let mut partial = None;
        if self.options.matches {
            let list = computers::of_group(self.azure, self.connection, &alias, self.options.within);
            let list = self.wait(list).await?;
            if self.options.csv && !self.options.site {
                return Ok(list_answer(&list, true, json));
            }
            let answer = list_answer(&list, self.options.csv, json);
            (human, json) = (answer.human.clone(), answer.json.clone());
            partial = (answer.exit != Exit::Done).then_some(answer.remarks);
        }
        if self.options.site {
            let ground = self.session.ground().await?;
            let site = open::site(&ground, self.connection).await?;
            let place = (id, alias.as_str());
            let both = (&site, self.azure);
            let work = site::difference(both, ground.store, self.connection, place, ground.tell);
            let difference = self.wait(work).await?;
            human.push_str(&match self.options.csv {
                true => csv(&group_sheet::difference(&difference)),
                false => words::difference_text(&difference),
            });
            if let Value::Object(fields) = &mut json {
                fields.insert("difference".into(), json!(difference));
            }
        }
        let mut answer = Answer::done(human, json);
        if let Some(remarks) = partial {
            answer.remarks = remarks;
            answer = answer.ending(Exit::Partly);
        }
        Ok(answer)
    }

    /// Every computer once.
    async fn computers(&self) -> Result<Answer> {
        let standing = self.wait(listing::standing(self.azure, self.connection)).await?;
        let called: Vec<_> = standing.iter().map(listing::called).collect();
        let list = computers::of_all(self.azure, self.connection, &called, self.options.within);
        let list = self.wait(list).await?;
        Ok(list_answer(&list, self.options.csv, json!({})))
    }

    /// The groups that a computer is in.
    async fn groups_of(&self, computer: &str) -> Result<Answer> {
        let standing = self.wait(listing::standing(self.azure, self.connection)).await?;
        let called: Vec<_> = standing.iter().map(listing::called).collect();
        let found = computers::groups_of(self.azure, self.connection, &called, computer);
        let (found, refused) = self.wait(found).await?;
        let seen = listing::without_numbers(&standing);
        let sheet = group_sheet::memberships(&found, &seen);
        let human = match (self.options.csv, found.is_empty()) {
            (true, _) => csv(&sheet),
            (false, true) => words::in_no_group(computer),
            (false, false) => crate::cli::aligned::aligned(&sheet),
        };
        let line = |each: &crate::model::group_view::Membership| {
            let group = seen.find(&each.collection_id);
            json!({
                "collection_id": each.collection_id,
                "name": group.map(|group| &group.name),
                "alias": group.map(|group| &group.alias),
                "as_of": group.and_then(|group| group.as_of),
                "computer": each.computer,
            })
        };
        let lines: Vec<Value> = found.iter().map(line).collect();
        let answer = Answer::done(human, json!({ "computer": computer, "groups": lines }));
        Ok(match refused.first() {
            Some((_, failure)) => partly(answer, failure),
            None => answer,
        })
    }
}

/// The answer with what could not be found out: exit code 6.
fn partly(answer: Answer, failure: &Failure) -> Answer {
    let mut answer = answer.failing(failure).ending(Exit::Partly);
    answer.remarks = crate::cli::answer::failure_text(failure);
    answer
}

fn csv(sheet: &Sheet) -> String {
    sheet.csv(&sheet.as_it_came())
}

fn number_json(group: &GroupSeen, matches: Option<&Matches>, site: Option<&[SiteCount]>) -> Value {
    let mut json = json!({
        "collection_id": group.collection,
        "name": group.name,
        "alias": group.alias,
        "as_of": group.as_of,
        "count": group.count.as_ref().ok(),
    });
    let Value::Object(fields) = &mut json else { return json };
    if let Err(failure) = &group.count {
        fields.insert("error".into(), failure_json(failure));
    }
    match matches.and_then(|matches| matches.of(&group.collection)) {
        Some(Ok(found)) => drop(fields.insert("match".into(), match_json(found))),
        Some(Err(failure)) => drop(fields.insert("match_error".into(), failure_json(failure))),
        None => {}
    }
    let site = site.and_then(|site| SiteCount::find(site, &group.collection));
    if let Some(count) = site {
        fields.insert("site".into(), json!(count));
    }
    json
}

fn match_json(found: &Match) -> Value {
    json!({
        "computers": found.computers,
        "reporting": found.reporting(),
        "same": found.same,
        "letter_case": found.letter_case,
        "short_name": found.short_name,
        "silent": found.silent(),
        "percent": found.percent(),
    })
}

/// A list of computers as an answer, with what is missing in it.
fn list_answer(list: &Computers, as_csv: bool, mut json: Value) -> Answer {
    let sheet = group_sheet::computers(list);
    let human = match as_csv {
        true => csv(&sheet),
        false => format!(
            "{}{}\n",
            crate::cli::aligned::aligned(&sheet),
            count(list.list.len(), "computer", "computers")
        ),
    };
    if let Value::Object(fields) = &mut json {
        fields.insert("computers".into(), json!(list.list));
        fields.insert("partial".into(), json!(list.partial));
    }
    let answer = Answer::done(human, json);
    match (&list.unmatched, &list.partial) {
        (Some(failure), _) => partly(answer, failure),
        (None, Some(reason)) => {
            let mut answer = answer.ending(Exit::Partly);
            let words = crate::text::log_search::partial(list.list.len(), reason);
            answer.remarks = format!("Note: {words}\n");
            answer
        }
        (None, None) => answer,
    }
}

fn members_csv(groups: &[Group]) -> String {
    use crate::model::sheet::{CellKind::Text, SheetWriter};
    let columns = [("CollectionId", Text), ("Name", Text), ("Computer", Text)];
    let mut writer = SheetWriter::new(columns, false);
    for group in groups {
        for computer in group.computers.iter().flatten() {
            writer.row([group.collection_id.as_str(), &group.name, computer]);
        }
    }
    csv(&writer.finish())
}

/// The groups with their numbers, a line each, and what they come to.
fn numbers(seen: &GroupsSeen, matches: Option<&Matches>, site: Option<&[SiteCount]>) -> String {
    if seen.groups.is_empty() {
        return words::NONE_YET.to_owned();
    }
    let mut text = String::new();
    for group in &seen.groups {
        let computers = match &group.count {
            Ok(number) => count(*number, "computer", "computers"),
            Err(_) => words::NOT_KNOWN.to_owned(),
        };
        text.push_str(&line(
            &group.collection,
            &computers,
            group.as_of,
            &group.alias,
            &group.name,
        ));
        if let Some(Ok(found)) = matches.and_then(|matches| matches.of(&group.collection)) {
            text.push_str(&format!("    {}\n", words::matched(found)));
        }
        let count = site.and_then(|site| SiteCount::find(site, &group.collection));
        if let Some(count) = count {
            text.push_str(&format!("    {}\n", words::site_count(count)));
        }
    }
    let computers = seen.computers.as_ref().ok().copied();
    text.push_str(&format!("{}\n", words::totals(seen.groups.len(), computers)));
    if let Some(matches) = matches {
        let over_all = matches
            .all
            .as_ref()
            .map(|all| words::matched_over_all(all, matches.within));
        text.push_str(&format!(
            "{}\n",
            over_all.unwrap_or_else(|_| words::NO_MATCH_OVER_ALL.to_owned())
        ));
    }
    text
}

fn line(
    id: &CollectionId,
    computers: &str,
    as_of: Option<chrono::DateTime<chrono::Utc>>,
    alias: &str,
    name: &str,
) -> String {
    let as_of = as_of.map(|moment| moment.format("%Y-%m-%d %H:%M UTC").to_string());
    let as_of = as_of.unwrap_or_default();
    format!("{id}  {computers:>16}  {as_of}  {alias}  \"{name}\"\n")
}

/// Groups, a line each; with their members indented below where they are wanted.
pub(super) fn table(groups: &[Group], with_members: bool) -> String {
    if groups.is_empty() {
        return words::NONE_YET.to_owned();
    }
    let mut text = String::new();
    for group in groups {
        let computers = count(group.count, "computer", "computers");
        text.push_str(&line(
            &group.collection_id,
            &computers,
            group.as_of,
            &group.alias,
            &group.name,
        ));
        for computer in group.computers.iter().flatten().filter(|_| with_members) {
            text.push_str(&format!("    {computer}\n"));
        }
    }
    text
}
