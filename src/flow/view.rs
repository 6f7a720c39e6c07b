//! The pages over home that look at what is published: *Computer groups* and *Log search*. One at a time; *Log search* leads back to
//! where it was opened.

use std::path::Path;
use std::sync::Arc;

use super::groups::{Groups, List};
use super::log_search::LogSearch;
use super::look::Seen;
use super::{Program, Ticket};
use crate::model::plan::Progress;
use crate::model::{Connection, ConnectionName, ConnectionState};

/// A page that looks at what is published.
pub enum View {
    /// *Computer groups*.
    Groups(Box<Groups>),
    /// *Log search*, and *Computer groups* behind it where it was opened from there.
    Search(Box<LogSearch>, Option<Box<Groups>>),
}

impl Program {
    /// A complete connection by name.
    fn complete(&self, name: &ConnectionName) -> Option<Connection> {
        let found = self.home.find(name).map(|each| &each.connection);
        found.filter(|each| each.state == ConnectionState::Ready).cloned()
    }

    /// Opens *Computer groups*.
    pub fn view_groups(&mut self, name: &ConnectionName) {
        let Some(connection) = self.complete(name).filter(|_| !self.is_covered()) else {
            return;
        };
        self.close_view();
        self.uncover();
        self.home.selected = Some(name.clone());
        self.view = Some(View::Groups(Box::new(Groups::new(connection, &mut self.asker))));
    }

    /// Opens *Log search*.
    pub fn search_logs(&mut self, name: &ConnectionName) {
        let Some(connection) = self.complete(name).filter(|_| !self.is_covered()) else {
            return;
        };
        self.close_view();
        self.uncover();
        self.home.selected = Some(name.clone());
        let page = LogSearch::new(connection, None, &mut self.asker);
        self.view = Some(View::Search(Box::new(page), None));
    }

    /// Opens *Log search* from *Computer groups*, with the query whose answer is shown there.
    pub fn search_from_groups(&mut self) {
        let Some(View::Groups(groups)) = self.view.take() else {
            return;
        };
        let seen = groups.seen().value().map(Arc::clone);
        let mut page = LogSearch::new(groups.connection().clone(), seen, &mut self.asker);
        if let Some(group) = groups.selected_group() {
            page.choose_group(group.collection.clone());
        }
        page.take(groups.query().unwrap_or_default());
        self.view = Some(View::Search(Box::new(page), Some(groups)));
    }

    /// Leaves the page: back to where it was opened.
    pub fn leave_view(&mut self) {
        match self.view.take() {
            Some(View::Search(mut search, Some(groups))) => {
                search.leave(&mut self.asker);
                self.view = Some(View::Groups(groups));
            }
            view => {
                self.view = view;
                self.close_view();
            }
        }
    }

    /// Escape: one step back. From another list to all groups, from there out of the page.
    pub fn step_back(&mut self) {
        match &mut self.view {
            Some(View::Groups(groups)) if *groups.list() != List::Groups => groups.open_groups(&mut self.asker),
            _ => self.leave_view(),
        }
    }

    /// Puts the page away, and what it waits for.
    pub(super) fn close_view(&mut self) {
        let groups = match self.view.take() {
            None => return,
            Some(View::Groups(groups)) => Some(groups),
            Some(View::Search(mut search, groups)) => {
                search.leave(&mut self.asker);
                groups
            }
        };
        if let Some(mut groups) = groups {
            groups.leave(&mut self.asker);
        }
    }

    pub(super) fn view_hears(&mut self, ticket: Ticket, progress: &Progress) {
        if let Some(View::Groups(groups)) = &mut self.view {
            groups.hear_query(ticket, progress);
        }
    }

    /// Tickets tell whose answer it is: a page drops what it does not wait for.
    pub(super) fn answer_view(&mut self, ticket: Ticket, answer: Seen) {
        let asker = &mut self.asker;
        match &mut self.view {
            Some(View::Groups(groups)) => groups.answer(ticket, answer, asker),
            Some(View::Search(search, groups)) => match (search.awaits(ticket), groups) {
                (false, Some(groups)) => groups.answer(ticket, answer, asker),
                _ => search.answer(ticket, answer, asker),
            },
            None => {}
        }
    }

    /// A file was named to save a table in.
    pub(super) fn csv_picked(&mut self, path: &Path) {
        let saving = match &mut self.view {
            Some(View::Groups(groups)) => groups.saving.as_mut(),
            Some(View::Search(search, _)) => search.saving.as_mut(),
            None => None,
        };
        if let Some(saving) = saving {
            saving.picked(path, &mut self.asker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::effect::FilePurpose;
    use crate::flow::look::Look;
    use crate::flow::testing::{environments, groups_seen, name, overview};
    use crate::flow::{Answer, Effect, Event, Query};

    fn program() -> Program {
        let mut program = Program::new(environments(), chrono::DateTime::UNIX_EPOCH);
        let list = vec![
            overview("A", ConnectionState::Ready),
            overview("B", ConnectionState::Connecting),
        ];
        for effect in program.effects() {
            if let Effect::Query(ticket, Query::Connections) = effect {
                program.on(Event::Answer(ticket, Answer::Connections(Ok(list.clone()))));
            }
        }
        program
    }

    fn tickets(effects: &[Effect]) -> Vec<Ticket> {
        let ticket = |effect: &Effect| match effect {
            Effect::Query(ticket, _) => Some(*ticket),
            _ => None,
        };
        effects.iter().filter_map(ticket).collect()
    }

    #[test]
    fn only_a_complete_connection_shows_its_groups() {
        let mut program = program();
        program.view_groups(&name("B"));
        program.search_logs(&name("B"));
        program.view_groups(&name("C"));
        assert!(program.view.is_none());
        program.delete(&name("A"));
        program.view_groups(&name("A"));
        assert!(matches!(program.view, Some(View::Groups(_))));
        assert!(program.dialog.is_none(), "an earlier dialog is closed");
    }

    #[test]
    fn log_search_leads_back_to_where_it_was_opened() {
        let mut program = program();
        program.view_groups(&name("A"));
        let asked = tickets(&program.effects());
        program.search_from_groups();
        let Some(View::Search(search, Some(_))) = &program.view else {
            panic!("it is not open");
        };
        assert!(search.is_blank(), "the groups are not known yet");
        let answer = Answer::Seen(Seen::Groups(Ok(Arc::new(groups_seen(2)))));
        program.on(Event::Answer(asked[0], answer));
        program.leave_view();
        let Some(View::Groups(groups)) = &program.view else {
            panic!("it does not lead back");
        };
        assert!(groups.seen().value().is_some(), "what came meanwhile is there");
        program.search_from_groups();
        let Some(View::Search(search, _)) = &program.view else {
            panic!("it is not open");
        };
        assert!(search.query.starts_with("union (ConfigMgr_PS1_PS100001"));
        program.leave_view();
        program.leave_view();
        assert!(program.view.is_none());
    }

    #[test]
    fn nobody_waits_for_a_page_that_was_left() {
        let mut program = program();
        program.search_logs(&name("A"));
        let asked = tickets(&program.effects());
        program.leave_view();
        let left = program.effects();
        assert!(asked.iter().all(|ticket| {
            left.iter()
                .any(|each| matches!(each, Effect::Abandon(gone) if gone == ticket))
        }));
        program.view_groups(&name("A"));
        assert_eq!(program.effects().len(), 1);
        program.new_connection();
        assert!(program.view.is_none() && program.wizard.is_some());
        assert!(program.effects().iter().any(|each| matches!(each, Effect::Abandon(_))));
    }

    #[test]
    fn a_file_that_is_named_is_written_at_once() {
        let mut program = program();
        program.search_logs(&name("A"));
        program.effects();
        let picked = || Event::FilePicked(FilePurpose::Csv, Some("rows.csv".into()));
        program.on(picked());
        assert!(program.effects().is_empty(), "nothing is to be saved");
        if let Some(View::Search(search, _)) = &mut program.view {
            search.save();
        }
        program.on(picked());
        assert!(matches!(
            program.effects().as_slice(),
            [Effect::Query(_, Query::Look(Look::SaveSheet(..)))]
        ));
    }
}
