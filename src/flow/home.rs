//! The connections of this account, and the publications that run on them.

use super::{Asker, Command, Query, Remote, RunId};
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
