//! *Computer groups*: the groups of a connection as its workspace answers them, their members, which of them report, and what the
//! site has now. One list at a time; all groups first.

use std::sync::Arc;

use super::csv_file::CsvFile;
use super::grid::{Grid, Source};
use super::look::{ComputersOf, DifferenceSeen, ListSeen, Look, Seen};
use super::{Asker, Remote, TextField, Ticket};
use crate::model::group_query::{self, Called, Within};
use crate::model::group_view::{GroupSeen, GroupsSeen, Matches, SiteCount};
use crate::model::plan::Progress;
use crate::model::portal::{self, PortalLink};
use crate::model::{CollectionId, Connection, ConnectionName, Failure, group_sheet};

/// Which list is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum List {
    /// All groups.
    Groups,
    /// All computers.
    Computers,
    /// The members of a group.
    Members(Called),
    /// The groups of a computer.
    GroupsOf(String),
    /// What a group lacks and has too much, beside the site.
    Difference(Called),
}

/// The page.
pub struct Groups {
    connection: Connection,
    list: List,
    seen: Remote<Arc<GroupsSeen>>,
    matches: Remote<Arc<Matches>>,
    site: Remote<Arc<Vec<SiteCount>>>,
    /// Why not all is counted, and not all matched; found once for many groups.
    lacking: [Option<Failure>; 2],
    listed: Remote<ListSeen>,
    difference: Remote<Box<DifferenceSeen>>,
    within: Within,
    /// The table of all groups.
    groups: Grid,
    /// The table of any other list.
    other: Grid,
    /// A computer whose groups are looked for; edited in place.
    pub computer: TextField,
    /// *Save as CSV*, while it is open.
    pub saving: Option<CsvFile>,
}

impl Groups {
    /// The page of a connection; asks for its groups at once.
    pub fn new(connection: Connection, asker: &mut Asker) -> Self {
        let mut page = Self {
            connection,
            list: List::Groups,
            seen: Remote::default(),
            matches: Remote::default(),
            site: Remote::default(),
            lacking: [None, None],
            listed: Remote::default(),
            difference: Remote::default(),
            within: Within::default(),
            groups: Grid::keyed_by(group_sheet::group::COLLECTION_ID),
            other: Grid::default(),
            computer: TextField::default(),
            saving: None,
        };
        page.read(asker);
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

    /// Which list is shown.
    pub fn list(&self) -> &List {
        &self.list
    }

    /// The groups.
    pub fn seen(&self) -> &Remote<Arc<GroupsSeen>> {
        &self.seen
    }

    /// How their members report.
    pub fn matches(&self) -> &Remote<Arc<Matches>> {
        &self.matches
    }

    /// What the site counts, once that was asked for.
    pub fn site(&self) -> &Remote<Arc<Vec<SiteCount>>> {
        &self.site
    }

    /// Why some of the numbers are not known.
    pub fn not_counted(&self) -> Option<&Failure> {
        self.lacking[0].as_ref()
    }

    /// Why it is not known of some groups how their members report.
    pub fn not_matched(&self) -> Option<&Failure> {
        self.lacking[1].as_ref()
    }

    /// What is shown, where that is no list of groups or of differences.
    pub fn listed(&self) -> &Remote<ListSeen> {
        &self.listed
    }

    /// What differs from the site, where that is shown.
    pub fn difference(&self) -> &Remote<Box<DifferenceSeen>> {
        &self.difference
    }

    /// How lately a member must have been heard.
    pub fn within(&self) -> Within {
        self.within
    }

    /// The table that is shown.
    pub fn grid(&mut self) -> &mut Grid {
        match self.list {
            List::Groups => &mut self.groups,
            _ => &mut self.other,
        }
    }

    /// The same to look at.
    pub fn table(&self) -> &Grid {
        match self.list {
            List::Groups => &self.groups,
            _ => &self.other,
        }
    }

    /// Whether the list that is shown is being read.
    pub fn is_reading(&self) -> bool {
        match self.list {
            List::Groups => self.seen.is_asking(),
            List::Difference(_) => self.difference.is_asking(),
            _ => self.listed.is_asking(),
        }
    }

    /// Whether the list that is shown was read, be it an older one.
    pub fn is_known(&self) -> bool {
        match self.list {
            List::Groups => self.seen.value().is_some(),
            List::Difference(_) => self.difference.value().is_some(),
            _ => self.listed.value().is_some(),
        }
    }

    /// How far the reading is.
    pub fn progress(&self) -> Option<&Progress> {
        match self.list {
            List::Groups => self.seen.progress(),
            List::Difference(_) => self.difference.progress(),
            _ => self.listed.progress(),
        }
    }

    fn read(&mut self, asker: &mut Asker) {
        asker.abandon(self.seen.stop());
        self.seen.ask(asker.look(Look::Groups(self.name().clone())));
    }

    /// Reads anew what is shown.
    pub fn refresh(&mut self, asker: &mut Asker) {
        match self.list.clone() {
            List::Groups => {
                self.read(asker);
                if self.site.value().is_some() {
                    self.compare_with_site(asker);
                }
            }
            List::Computers | List::Members(_) => self.ask_for_computers(asker),
            List::GroupsOf(computer) => self.ask_for_groups_of(&computer, asker),
            List::Difference(group) => self.ask_for_difference(group, asker),
        }
    }

    /// Stops waiting for the list that is shown.
    pub fn stop(&mut self, asker: &mut Asker) {
        let (seen, matches, listed) = (self.seen.stop(), self.matches.stop(), self.listed.stop());
        let (site, difference) = (self.site.stop(), self.difference.stop());
        for ticket in [seen, matches, listed, site, difference] {
            asker.abandon(ticket);
        }
    }

    /// Gives up everything that is under way: the page is left.
    pub(super) fn leave(&mut self, asker: &mut Asker) {
        self.stop(asker);
        self.groups.clear(asker);
        self.other.clear(asker);
    }

    fn turn_to(&mut self, list: List, asker: &mut Asker) {
        asker.abandon(self.listed.forget());
        asker.abandon(self.difference.forget());
        self.other.clear(asker);
        self.list = list;
    }

    /// All groups again.
    pub fn open_groups(&mut self, asker: &mut Asker) {
        self.turn_to(List::Groups, asker);
    }

    /// All computers, each once.
    pub fn open_computers(&mut self, asker: &mut Asker) {
        if self.seen.value().is_some() {
            self.turn_to(List::Computers, asker);
            self.ask_for_computers(asker);
        }
    }

    /// The members of the selected group.
    pub fn open_members(&mut self, asker: &mut Asker) {
        if let Some(group) = self.selected_group().map(GroupSeen::called) {
            self.turn_to(List::Members(group), asker);
            self.ask_for_computers(asker);
        }
    }

    /// The groups of the computer that is typed, or of this one.
    pub fn find_groups_of(&mut self, computer: Option<String>, asker: &mut Asker) {
        if let Some(computer) = computer {
            self.computer = TextField::holding(computer);
        }
        let computer = self.computer.text.trim().to_owned();
        if computer.is_empty() || self.seen.value().is_none() {
            return;
        }
        self.turn_to(List::GroupsOf(computer.clone()), asker);
        self.ask_for_groups_of(&computer, asker);
    }

    /// Compares the selected group with the site, name by name.
    pub fn open_difference(&mut self, asker: &mut Asker) {
        if let Some(group) = self.selected_group().map(GroupSeen::called) {
            self.turn_to(List::Difference(group.clone()), asker);
            self.ask_for_difference(group, asker);
        }
    }

    /// Asks the site for its counts of this moment.
    pub fn compare_with_site(&mut self, asker: &mut Asker) {
        asker.abandon(self.site.stop());
        self.site.ask(asker.look(Look::SiteCounts(self.name().clone())));
    }

    /// Asks anew which members report, within another time.
    pub fn set_within(&mut self, within: Within, asker: &mut Asker) {
        if self.within == within {
            return;
        }
        self.within = within;
        self.ask_for_matches(asker);
        if matches!(self.list, List::Computers | List::Members(_)) {
            self.ask_for_computers(asker);
        }
    }

    fn ask_for_matches(&mut self, asker: &mut Asker) {
        let Some(seen) = self.seen.value() else { return };
        let query = Look::Matches(self.name().clone(), seen.called(), self.within);
        asker.abandon(self.matches.stop());
        self.matches.ask(asker.look(query));
    }

    fn ask_for_computers(&mut self, asker: &mut Asker) {
        let of = match (&self.list, self.seen.value()) {
            (List::Members(group), _) => ComputersOf::Group(group.clone()),
            (_, Some(seen)) => ComputersOf::All(seen.called()),
            (_, None) => return,
        };
        let query = Look::Computers(self.name().clone(), of, self.within);
        asker.abandon(self.listed.stop());
        self.listed.ask(asker.look(query));
    }

    fn ask_for_groups_of(&mut self, computer: &str, asker: &mut Asker) {
        let Some(seen) = self.seen.value() else { return };
        let query = Look::GroupsOf(self.name().clone(), Arc::clone(seen), computer.to_owned());
        asker.abandon(self.listed.stop());
        self.listed.ask(asker.look(query));
    }

    fn ask_for_difference(&mut self, group: Called, asker: &mut Asker) {
        asker.abandon(self.difference.stop());
        let query = Look::Difference(self.name().clone(), group);
        self.difference.ask(asker.look(query));
    }

    fn lay_out_groups(&mut self, asker: &mut Asker) {
        if let Some(seen) = self.seen.value() {
            let source = Source::Groups {
                seen: Arc::clone(seen),
                matches: self.matches.value().map(Arc::clone),
                site: self.site.value().map(Arc::clone),
            };
            self.groups.show(source, asker);
        }
    }

    /// The group that the keyboard is on, in a list of groups; the one whose list is shown, in another.
    pub fn selected_group(&self) -> Option<&GroupSeen> {
        let seen = self.seen.value()?;
        match &self.list {
            List::Groups | List::GroupsOf(_) => {
                let grid = self.table();
                let id: CollectionId = grid
                    .cell(grid.cursor()?, group_sheet::group::COLLECTION_ID)
                    .parse()
                    .ok()?;
                seen.find(&id)
            }
            List::Members(group) | List::Difference(group) => seen.find(&group.collection),
            List::Computers => None,
        }
    }

    /// The computer that the keyboard is on, in a list of computers.
    pub fn selected_computer(&self) -> Option<&str> {
        let grid = self.table();
        match self.list {
            List::Computers | List::Members(_) | List::Difference(_) => {
                Some(grid.cell(grid.cursor()?, 0)).filter(|name| !name.is_empty())
            }
            List::Groups | List::GroupsOf(_) => None,
        }
    }

    /// Whether there is a query whose answer is shown.
    pub fn has_query(&self) -> bool {
        match self.list {
            List::Members(_) | List::Difference(_) => true,
            _ => self.seen.value().is_some_and(|seen| !seen.groups.is_empty()),
        }
    }

    /// The query whose answer is shown.
    pub fn query(&self) -> Option<String> {
        let all = self
            .seen
            .value()
            .map(|seen| seen.called())
            .filter(|all| !all.is_empty());
        match &self.list {
            List::Groups => all.map(|all| group_query::counts(&all)),
            List::Computers => all.map(|all| group_query::computers(&all, self.within)),
            List::Members(group) => Some(group_query::members(&group.alias, self.within)),
            List::GroupsOf(computer) => all.map(|all| group_query::groups_of(&all, computer)),
            List::Difference(group) => Some(group_query::plain_members(&group.alias)),
        }
    }

    /// The page *Logs* of the workspace with a query.
    pub fn link(&self, query: &str) -> PortalLink {
        let setup = &self.connection.setup;
        portal::logs(&setup.environment, setup.app.tenant_id, &setup.workspace, query, None)
    }

    /// Opens *Save as CSV* for the rows that are shown.
    pub fn save(&mut self) {
        let grid = self.table();
        self.saving = Some(CsvFile::new(grid.sheet().clone(), grid.rows()));
    }

    /// Hears how far a query is.
    pub(super) fn hear_query(&mut self, ticket: Ticket, progress: &Progress) {
        self.seen.hear(ticket, progress.clone());
        self.listed.hear(ticket, progress.clone());
        self.site.hear(ticket, progress.clone());
        self.difference.hear(ticket, progress.clone());
    }

    pub(super) fn answer(&mut self, ticket: Ticket, answer: Seen, asker: &mut Asker) {
        match answer {
            Seen::Groups(answer) => {
                if self.seen.answer(ticket, answer) && self.seen.failure().is_none() {
                    self.lacking[0] = self.seen.value().and_then(|seen| seen.first_failure().cloned());
                    self.lay_out_groups(asker);
                    self.ask_for_matches(asker);
                }
            }
            Seen::Matches(answer) => {
                if self.matches.answer(ticket, answer) && self.matches.failure().is_none() {
                    self.lacking[1] = self.matches.value().and_then(|found| found.first_failure().cloned());
                    self.lay_out_groups(asker);
                }
            }
            Seen::SiteCounts(answer) => {
                if self.site.answer(ticket, answer) && self.site.failure().is_none() {
                    self.lay_out_groups(asker);
                }
            }
            Seen::Computers(answer) | Seen::GroupsOf(answer) => {
                if self.listed.answer(ticket, answer)
                    && let (None, Some(listed)) = (self.listed.failure(), self.listed.value())
                {
                    self.other.show(Source::Sheet(listed.sheet.clone()), asker);
                }
            }
            Seen::Difference(answer) => {
                if self.difference.answer(ticket, answer)
                    && let (None, Some(seen)) = (self.difference.failure(), self.difference.value())
                {
                    self.other.show(Source::Sheet(seen.sheet.clone()), asker);
                }
            }
            Seen::LayOut(Ok(laid)) => {
                if !self.groups.answer(ticket, Ok(laid.clone())) {
                    self.other.answer(ticket, Ok(laid));
                }
            }
            Seen::LayOut(Err(failure)) => {
                self.groups.answer(ticket, Err(failure.clone()));
                self.other.answer(ticket, Err(failure));
            }
            Seen::SaveSheet(answer) => {
                if let Some(saving) = &mut self.saving {
                    saving.answer(ticket, answer);
                }
            }
            Seen::Aliases(_) | Seen::Search(_) => {}
        }
    }
}

#[cfg(test)]
mod tests;
