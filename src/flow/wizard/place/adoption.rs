//! A connection of ours that stands in the workspace, made on another machine or account: taken over, or left alone.

use super::{Place, SiteHere};
use crate::flow::Asker;
use crate::flow::effect::{AppAccess, SiteAccess};
use crate::model::report::FoundConnection;
use crate::model::{ConnectionId, DeviceCollection};

impl Place {
    /// Connections that can be taken over: of this site, in the chosen workspace.
    pub fn offered(&self, access: &AppAccess, site: &SiteHere) -> Vec<&FoundConnection> {
        let (Some(workspace), Some(code)) = (&self.workspace, &site.code) else {
            return Vec::new();
        };
        self.history.offered(access, workspace, code).collect()
    }

    /// The one that is taken over.
    pub fn taken_over(&self, access: &AppAccess, site: &SiteHere) -> Option<&FoundConnection> {
        let id = self.history.taking?;
        self.offered(access, site).into_iter().find(|each| each.id == id)
    }

    /// Whether a person has said that a new connection is to be made beside the ones that stand.
    pub fn is_declined(&self) -> bool {
        self.history.declined
    }

    /// Takes this one over, where it is offered. Its collections are chosen, as far as the site lists them; and history, where it
    /// keeps that, with its rule where it stands.
    pub fn take_over(
        &mut self,
        id: ConnectionId,
        access: &AppAccess,
        (site, way): (&SiteHere, &SiteAccess),
        asker: &mut Asker,
    ) {
        let offered = self.offered(access, site);
        let Some(found) = offered.into_iter().find(|each| each.id == id).cloned() else {
            return;
        };
        self.history.taking = Some(id);
        self.history.declined = false;
        if let (Some(rule), Some(workspace)) = (&found.rule, &self.workspace) {
            self.history.keep_in(rule.group(), workspace);
            self.ask_history(access, asker, false);
        }
        self.turn_to(&way.connection.provider);
        let listed = self.collections.of(way).cloned().unwrap_or_default();
        let theirs = found.collections.iter().filter_map(|id| listed.get(id));
        let theirs: Vec<DeviceCollection> = theirs.cloned().collect();
        self.choose(theirs);
    }

    /// Makes a new connection beside the ones that stand.
    pub fn make_new(&mut self) {
        self.history.taking = None;
        self.history.declined = true;
    }
}
