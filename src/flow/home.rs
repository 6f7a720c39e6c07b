//! The connections of this account, and the publications that run on them.

use std::cmp::Ordering;

use super::{Asker, Command, Query, Remote, RunId};
use crate::model::connection_list::{ListColumn, ListOrder};
use crate::model::plan::Progress;
use crate::model::report::ConnectionOverview;
use crate::model::{ConnectionName, ConnectionState};

/// A publication under way.
#[derive(Debug, Clone)]
pub struct Publication {
    run: RunId,
    /// Of which connection.
    pub name: ConnectionName,
    /// The last that was heard of it.
    pub progress: Option<Progress>,
    /// It was asked to stop.
    pub stopping: bool,
}

/// The list and what runs.
#[derive(Default)]
pub struct Home {
    /// The connections.
    pub connections: Remote<Vec<ConnectionOverview>>,
    /// The one that the buttons act on.
    pub selected: Option<ConnectionName>,
    /// By what a person has sorted the list; `None`: what needs attention first.
    pub order: Option<ListOrder>,
    publications: Vec<Publication>,
}

impl Home {
    /// Reads the connections anew.
    pub fn refresh(&mut self, asker: &mut Asker) {
        asker.abandon(self.connections.stop());
        let ticket = asker.query(Query::Connections);
        self.connections.ask(ticket);
    }

    /// The connections, as last read.
    pub fn list(&self) -> &[ConnectionOverview] {
        self.connections.value().map_or(&[], Vec::as_slice)
    }

    /// One of them.
    pub fn find(&self, name: &ConnectionName) -> Option<&ConnectionOverview> {
        self.list().iter().find(|each| each.connection.setup.name == *name)
    }

    /// The selected one.
    pub fn selection(&self) -> Option<&ConnectionOverview> {
        self.find(self.selected.as_ref()?)
    }

    /// Sorts by a column; again: the other way round; once more: by nothing.
    pub fn sort_by(&mut self, column: ListColumn) {
        self.order = ListOrder::after(self.order, column);
    }

    /// Puts connections in the order that a person has chosen. What is equal in it stays as it came.
    pub fn arrange(&self, connections: &mut [&ConnectionOverview]) {
        if let Some(ListOrder { column, descending }) = self.order {
            connections.sort_by(|one, other| {
                let order = compare(column, one, other);
                if descending { order.reverse() } else { order }
            });
        }
    }

    /// The publication under way on a connection.
    pub fn publication(&self, name: &ConnectionName) -> Option<&Publication> {
        self.publications.iter().find(|each| each.name == *name)
    }

    /// All publications under way.
    pub fn publications(&self) -> &[Publication] {
        &self.publications
    }

    /// Publishes now. Nothing where it is being published already, or is not complete.
    pub fn publish(&mut self, name: &ConnectionName, asker: &mut Asker) {
        let ready = self
            .find(name)
            .is_some_and(|each| each.connection.state == ConnectionState::Ready);
        if ready && self.publication(name).is_none() {
            self.publications.push(Publication {
                run: asker.command(Command::Publish(name.clone())),
                name: name.clone(),
                progress: None,
                stopping: false,
            });
        }
    }

    /// Stops a publication at its next safe point.
    pub fn stop(&mut self, name: &ConnectionName, asker: &mut Asker) {
        if let Some(publication) = self.publications.iter_mut().find(|each| each.name == *name) {
            publication.stopping = true;
            asker.stop(publication.run);
        }
    }

    /// Stops all of them.
    pub(super) fn stop_all(&mut self, asker: &mut Asker) {
        for publication in &mut self.publications {
            publication.stopping = true;
            asker.stop(publication.run);
        }
    }

    pub(super) fn hear(&mut self, run: RunId, progress: Progress) {
        if let Some(publication) = self.publications.iter_mut().find(|each| each.run == run) {
            publication.progress = Some(progress);
        }
    }

    /// A command has ended; where it was a publication, it is under way no more.
    pub(super) fn ended(&mut self, run: RunId) {
        self.publications.retain(|each| each.run != run);
    }

    /// After the connections were read: something is selected where there is something.
    pub(super) fn after_answer(&mut self) {
        if self.selection().is_none() {
            self.selected = self.list().first().map(|each| each.connection.setup.name.clone());
        }
    }
}

/// What a column says of two connections: dates as dates, numbers as numbers.
fn compare(column: ListColumn, one: &ConnectionOverview, other: &ConnectionOverview) -> Ordering {
    fn by<K: Ord>(
        key: impl Fn(&ConnectionOverview) -> K,
        one: &ConnectionOverview,
        other: &ConnectionOverview,
    ) -> Ordering {
        key(one).cmp(&key(other))
    }
    match column {
        ListColumn::Name => by(|each| each.connection.setup.name.key(), one, other),
        ListColumn::Service => Ordering::Equal, // there is one
        ListColumn::Tenant => by(
            |each| each.connection.setup.app.tenant_name.as_str().to_lowercase(),
            one,
            other,
        ),
        ListColumn::Workspace => by(|each| each.connection.setup.workspace.name().to_lowercase(), one, other),
        ListColumn::Collections => by(
            |each| (each.connection.setup.collections.len(), each.groups),
            one,
            other,
        ),
        ListColumn::LastPublication => by(
            |each| each.last_run.as_ref().map(|run| run.ended.unwrap_or(run.started)),
            one,
            other,
        ),
        ListColumn::SecretKey => by(|each| each.connection.setup.app.secret_expiry, one, other),
        ListColumn::State => by(
            |each| (each.connection.state as u8, !each.connection.setup.import),
            one,
            other,
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Effect;
    use crate::flow::testing::{name, not_allowed, overview};

    fn home(list: &[(&str, ConnectionState)]) -> (Home, Asker) {
        let (mut home, mut asker) = (Home::default(), Asker::default());
        read(&mut home, &mut asker, list);
        (home, asker)
    }

    fn read(home: &mut Home, asker: &mut Asker, list: &[(&str, ConnectionState)]) {
        home.refresh(asker);
        let list = list.iter().map(|(called, state)| overview(called, *state)).collect();
        let ticket = home.connections.pending().unwrap();
        assert!(home.connections.answer(ticket, Ok(list)));
        home.after_answer();
        asker.take();
    }

    use ConnectionState::{Connecting, Ready, Removing};

    #[test]
    fn something_is_selected_where_there_is_something_and_stays_while_it_is_there() {
        let (mut home, mut asker) = home(&[]);
        assert!(home.selection().is_none());
        read(&mut home, &mut asker, &[("A", Ready), ("B", Ready)]);
        assert_eq!(home.selected, Some(name("A")));
        home.selected = Some(name("b"));
        read(&mut home, &mut asker, &[("A", Ready), ("B", Ready)]);
        assert_eq!(home.selected, Some(name("B")));
        read(&mut home, &mut asker, &[("C", Ready)]);
        assert_eq!(home.selected, Some(name("C")));
    }

    #[test]
    fn the_older_list_stays_when_reading_fails_and_only_the_newest_answer_counts() {
        let (mut home, mut asker) = home(&[("A", Ready)]);
        home.refresh(&mut asker);
        let older = home.connections.pending().unwrap();
        home.refresh(&mut asker);
        assert!(
            asker
                .take()
                .iter()
                .any(|each| matches!(each, Effect::Abandon(gone) if *gone == older))
        );
        assert!(!home.connections.answer(older, Ok(Vec::new())));
        let ticket = home.connections.pending().unwrap();
        home.connections.answer(ticket, Err(not_allowed()));
        assert_eq!(home.list().len(), 1);
    }

    #[test]
    fn the_list_is_sorted_by_what_a_column_means() {
        let (mut home, _) = home(&[("b", Ready), ("A", Connecting), ("c", Removing)]);
        let mut list: Vec<ConnectionOverview> = home.list().to_vec();
        list[0].connection.setup.app.secret_expiry = "2027-02-01".parse().unwrap();
        list[1].connection.setup.app.secret_expiry = "2026-12-01".parse().unwrap();
        list[2].connection.setup.app.secret_expiry = "2028-01-01".parse().unwrap();
        for (at, collections) in [9, 10, 2].into_iter().enumerate() {
            let ids = (1..=collections).map(|number| crate::flow::testing::collection(number).id);
            list[at].connection.setup.collections = ids.collect();
        }
        let mut sorted = |columns: &[ListColumn]| {
            home.order = None;
            for column in columns {
                home.sort_by(*column);
            }
            let mut shown: Vec<&ConnectionOverview> = list.iter().collect();
            home.arrange(&mut shown);
            let names = shown.iter().map(|each| each.connection.setup.name.to_string());
            names.collect::<String>()
        };
        assert_eq!(sorted(&[]), "bAc", "as it came");
        assert_eq!(sorted(&[ListColumn::Name]), "Abc");
        assert_eq!(sorted(&[ListColumn::Name; 2]), "cbA");
        assert_eq!(sorted(&[ListColumn::Name; 3]), "bAc");
        assert_eq!(sorted(&[ListColumn::SecretKey]), "Abc");
        assert_eq!(sorted(&[ListColumn::Collections]), "cbA", "numbers, not texts");
        assert_eq!(sorted(&[ListColumn::State]), "Abc");
        assert_eq!(sorted(&[ListColumn::Service; 2]), "bAc");
    }

    #[test]
    fn one_publication_a_connection_and_only_of_a_complete_one() {
        let (mut home, mut asker) = home(&[("A", Ready), ("B", Ready), ("C", Connecting), ("D", Removing)]);
        for called in ["A", "a", "B", "C", "D", "E"] {
            home.publish(&name(called), &mut asker);
        }
        let names: Vec<_> = home.publications().iter().map(|each| each.name.to_string()).collect();
        assert_eq!(names, ["A", "B"]);
        assert_eq!(asker.take().len(), 2);
    }

    #[test]
    fn a_publication_is_heard_stopped_once_and_gone_when_it_has_ended() {
        let (mut home, mut asker) = home(&[("A", Ready), ("B", Ready)]);
        home.publish(&name("A"), &mut asker);
        home.publish(&name("B"), &mut asker);
        asker.take();
        let run = home.publications()[0].run;
        home.hear(run, Progress::ReadingNames { devices: 7 });
        let heard: Vec<_> = home.publications().iter().map(|each| each.progress.is_some()).collect();
        assert_eq!(heard, [true, false]);
        home.stop(&name("A"), &mut asker);
        home.stop(&name("A"), &mut asker);
        assert!(matches!(asker.take().as_slice(), [Effect::Stop(stopped)] if *stopped == run));
        home.ended(run);
        assert!(home.publication(&name("A")).is_none() && home.publication(&name("B")).is_some());
    }
}
