//! *Log search*: a query in the workspace of a connection, and its rows.

use std::sync::Arc;

use super::csv_file::CsvFile;
use super::grid::{Grid, Source};
use super::look::{Look, Seen};
use super::{Asker, Remote, Ticket};
use crate::model::group_view::{Found, GroupsSeen};
use crate::model::log_query::{Ready, TimeRange};
use crate::model::portal::{self, PortalLink};
use crate::model::{CollectionId, Connection, ConnectionName};

/// The page.
pub struct LogSearch {
    connection: Connection,
    /// The query; edited in place.
    pub query: String,
    /// The time range; edited in place.
    pub range: TimeRange,
    groups: Remote<Arc<GroupsSeen>>,
    /// The collection whose group ready-made queries are about.
    about: Option<CollectionId>,
    ready: Option<Ready>,
    found: Remote<Found>,
    /// What the rows answer, or are to.
    asked: Option<(String, TimeRange)>,
    grid: Grid,
    /// *Save as CSV*, while it is open.
    pub saving: Option<CsvFile>,
}

impl LogSearch {
    /// The page of a connection. Where its groups are known already, so are they here.
    pub fn new(connection: Connection, groups: Option<Arc<GroupsSeen>>, asker: &mut Asker) -> Self {
        let mut page = Self {
            query: String::new(),
            range: TimeRange::default(),
            about: None,
            ready: None,
            found: Remote::default(),
            asked: None,
            grid: Grid::default(),
            saving: None,
            groups: Remote::holding(groups),
            connection,
        };
        if page.groups.value().is_none() {
            page.ask_for_groups(asker);
        }
        page
    }

    /// Of which connection.
    pub fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Its name.
    pub fn name(&self) -> &ConnectionName {
        &self.connection.setup.name
    }

    fn ask_for_groups(&mut self, asker: &mut Asker) {
        let query = Look::Aliases(self.name().clone());
        self.groups.ask(asker.look(query));
    }

    /// The groups that ready-made queries can be about.
    pub fn groups(&self) -> &Remote<Arc<GroupsSeen>> {
        &self.groups
    }

    /// The ready-made queries that this connection has a use for.
    pub fn offered(&self) -> impl Iterator<Item = Ready> + use<> {
        let has_history = self.connection.history.is_some();
        Ready::ALL
            .into_iter()
            .filter(move |ready| has_history || !ready.reads_history())
    }

    /// The group that ready-made queries are about: the chosen one, or the first.
    pub fn about(&self) -> Option<&crate::model::group_view::GroupSeen> {
        let seen = self.groups.value()?;
        let chosen = self.about.as_ref().and_then(|id| seen.find(id));
        chosen.or_else(|| seen.groups.first())
    }

    /// Has ready-made queries be about another group. The one that stands there unchanged becomes one about it.
    pub fn choose_group(&mut self, id: CollectionId) {
        let stood = self.ready.and_then(|ready| self.text_of(ready));
        self.about = Some(id);
        if let (Some(stood), Some(ready)) = (stood, self.ready)
            && stood == self.query
        {
            self.take_ready(ready);
        }
    }

    fn text_of(&self, ready: Ready) -> Option<String> {
        match (ready.is_about_a_group(), self.about()) {
            (true, None) => None,
            (_, group) => Some(ready.text(group.map_or("", |group| group.alias.as_str()))),
        }
    }

    /// The ready-made query that stands in the field, unchanged.
    pub fn ready(&self) -> Option<Ready> {
        let ready = self.ready?;
        (self.text_of(ready).as_deref() == Some(self.query.as_str())).then_some(ready)
    }

    /// Puts a ready-made query into the field.
    pub fn take_ready(&mut self, ready: Ready) {
        if let Some(text) = self.text_of(ready) {
            (self.query, self.ready) = (text, Some(ready));
        }
    }

    /// Puts any query into the field.
    pub fn take(&mut self, query: String) {
        (self.query, self.ready) = (query, None);
    }

    /// Why it cannot be run.
    pub fn is_blank(&self) -> bool {
        self.query.trim().is_empty()
    }

    /// Runs the query. Rows of an earlier one stay until then.
    pub fn run(&mut self, asker: &mut Asker) {
        if self.is_blank() {
            return;
        }
        asker.abandon(self.found.stop());
        let (text, span) = (self.query.clone(), self.range.duration().map(str::to_owned));
        self.asked = Some((text.clone(), self.range));
        self.found
            .ask(asker.look(Look::Search(self.name().clone(), text, span)));
    }

    /// Waits no more.
    pub fn stop(&mut self, asker: &mut Asker) {
        asker.abandon(self.found.stop());
    }

    /// Gives up everything that is under way: the page is left.
    pub(super) fn leave(&mut self, asker: &mut Asker) {
        self.stop(asker);
        asker.abandon(self.groups.stop());
        self.grid.clear(asker);
    }

    /// The rows.
    pub fn found(&self) -> &Remote<Found> {
        &self.found
    }

    /// Whether query or range were changed since the rows were asked for.
    pub fn is_changed(&self) -> bool {
        let now = (self.query.as_str(), self.range);
        let asked = self.asked.as_ref();
        asked.is_some_and(|(text, range)| (text.as_str(), *range) != now)
    }

    /// The table that is shown.
    pub fn grid(&mut self) -> &mut Grid {
        &mut self.grid
    }

    /// The same to look at.
    pub fn table(&self) -> &Grid {
        &self.grid
    }

    /// The page *Logs* of the workspace with the query.
    pub fn link(&self) -> PortalLink {
        let setup = &self.connection.setup;
        let (tenant, span) = (setup.app.tenant_id, self.range.duration());
        portal::logs(&setup.environment, tenant, &setup.workspace, &self.query, span)
    }

    /// Opens *Save as CSV* for the rows.
    pub fn save(&mut self) {
        self.saving = Some(CsvFile::new(self.grid.sheet().clone(), self.grid.rows()));
    }

    /// Whether this page waits for an answer.
    pub(super) fn awaits(&self, ticket: Ticket) -> bool {
        let saving = self.saving.as_ref().and_then(CsvFile::pending);
        let pending = [self.groups.pending(), self.found.pending(), self.grid.pending(), saving];
        pending.contains(&Some(ticket))
    }

    pub(super) fn answer(&mut self, ticket: Ticket, answer: Seen, asker: &mut Asker) {
        match answer {
            Seen::Aliases(answer) => drop(self.groups.answer(ticket, answer)),
            Seen::Search(answer) => {
                if self.found.answer(ticket, answer)
                    && let (None, Some(found)) = (self.found.failure(), self.found.value())
                {
                    let source = Source::Sheet(found.sheet.clone());
                    self.grid.clear(asker);
                    self.grid.show(source, asker);
                }
            }
            Seen::LayOut(answer) => drop(self.grid.answer(ticket, answer)),
            Seen::SaveSheet(answer) => {
                if let Some(saving) = &mut self.saving {
                    saving.answer(ticket, answer);
                }
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::grid::Laid;
    use crate::flow::testing::{groups_seen, not_allowed, overview};
    use crate::flow::{Effect, Query};
    use crate::model::ConnectionState;
    use crate::model::sheet::{CellKind, SheetWriter};

    fn opened() -> (LogSearch, Asker) {
        let mut asker = Asker::default();
        let connection = overview("A", ConnectionState::Ready).connection;
        let page = LogSearch::new(connection, Some(Arc::new(groups_seen(2))), &mut asker);
        assert!(asker.take().is_empty(), "the groups are known");
        (page, asker)
    }

    fn searched(asker: &mut Asker) -> Ticket {
        let effects = asker.take();
        let found = effects.iter().find_map(|effect| match effect {
            Effect::Query(ticket, Query::Look(Look::Search(..))) => Some(*ticket),
            _ => None,
        });
        found.expect("nothing was asked")
    }

    fn rows(number: usize) -> Found {
        let mut writer = SheetWriter::new([("N", CellKind::Number)], false);
        (0..number).for_each(|at| writer.row([at.to_string().as_str()]));
        Found {
            sheet: writer.finish(),
            partial: None,
        }
    }

    #[test]
    fn a_ready_made_query_goes_with_the_group_until_somebody_changes_it() {
        let (mut page, _) = opened();
        page.take_ready(Ready::Silent);
        assert!(page.query.contains("ConfigMgr_PS1_PS100001") && page.ready() == Some(Ready::Silent));
        page.choose_group("PS100002".parse().unwrap());
        assert!(page.query.contains("ConfigMgr_PS1_PS100002"));
        page.query.push_str("\n| take 1");
        assert_eq!(page.ready(), None);
        page.choose_group("PS100001".parse().unwrap());
        assert!(page.query.contains("ConfigMgr_PS1_PS100002"), "what was typed stays");
        assert!(
            page.offered().all(|ready| !ready.reads_history()),
            "this connection keeps none"
        );
    }

    #[test]
    fn rows_stay_until_newer_ones_come_and_also_when_a_query_fails() {
        let (mut page, mut asker) = opened();
        page.run(&mut asker);
        assert!(asker.take().is_empty(), "there is nothing to run");
        page.take("T".into());
        page.run(&mut asker);
        let first = searched(&mut asker);
        page.answer(first, Seen::Search(Ok(rows(3))), &mut asker);
        for effect in asker.take() {
            if let Effect::Query(ticket, Query::Look(Look::LayOut(Source::Sheet(sheet), sort))) = effect {
                page.answer(ticket, Seen::LayOut(Ok(Laid::new(sheet, sort))), &mut asker);
            }
        }
        assert_eq!(page.table().len(), 3);
        page.query.push('x');
        assert!(page.is_changed());
        page.run(&mut asker);
        let second = searched(&mut asker);
        page.answer(second, Seen::Search(Err(not_allowed())), &mut asker);
        assert!(page.found().failure().is_some());
        assert_eq!(page.table().len(), 3);
        page.run(&mut asker);
        let third = searched(&mut asker);
        page.stop(&mut asker);
        assert!(
            asker
                .take()
                .iter()
                .any(|each| matches!(each, Effect::Abandon(gone) if *gone == third))
        );
        page.answer(third, Seen::Search(Ok(rows(9))), &mut asker);
        assert_eq!(page.table().len(), 3, "nobody waits for it any more");
    }
}
