//! The rows of each class as one caller sees them: which there are, and what each property holds.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::accounts::Role;
use super::azure::AzureRows;
use super::classes::{Class, ClassId};
use super::collections::Collection;
use super::filter::{Expression, Literal};
use super::hierarchy::{self, RoleRow, SiteRow};
use super::rows::{Cell, Showing};
use super::world::World;

/// A row, by its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row {
    Identification,
    /// Of an Azure-side class.
    Azure(usize),
    Site(usize),
    Definition(usize),
    Role(usize),
    Collection(usize),
    Member {
        collection: usize,
        resource: u32,
    },
    Device(usize),
}

/// What a scoped administrative user may see; every other collection and device is simply missing.
#[derive(Debug)]
struct Scope {
    collections: HashSet<usize>,
    resources: HashSet<u32>,
}

/// The site as one caller sees it during one request.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) world: &'a World,
    pub(super) now: DateTime<Utc>,
    sites: Vec<SiteRow>,
    roles: Vec<RoleRow>,
    azure: AzureRows,
    scope: Option<Scope>,
    server: String,
}

impl<'a> View<'a> {
    pub(super) fn new(world: &'a World, role: Role, now: DateTime<Utc>) -> Self {
        let server = world.host().split('.').next().unwrap_or_default().to_uppercase();
        Self {
            world,
            now,
            sites: hierarchy::sites(world),
            roles: hierarchy::roles(world),
            azure: AzureRows::of(world),
            scope: (role == Role::Analyst).then(|| analyst_scope(world)),
            server,
        }
    }

    /// Whether the caller sees a part of the site only.
    pub(super) fn is_scoped(&self) -> bool {
        self.scope.is_some()
    }

    /// How rows are shown.
    pub(super) fn showing(&self, keyed: bool) -> Showing<'_> {
        Showing {
            server: &self.server,
            site_code: hierarchy::this_site(self.world),
            keyed,
        }
    }

    /// The rows that may satisfy a filter. An index is used where the filter pins the collection or the record, so that a
    /// page of one collection does not walk through all memberships.
    pub(super) fn candidates(&self, class: &Class, filter: Option<&Expression>) -> Vec<Row> {
        let pinned = |property: &str| filter.and_then(|filter| filter.pinned(property));
        match class.id {
            ClassId::Identification => vec![Row::Identification],
            ClassId::Tenant | ClassId::AzureApp | ClassId::AzureService | ClassId::AzureEnvironment => {
                (0..self.azure.count(class.id)).map(Row::Azure).collect()
            }
            ClassId::Site => (0..self.sites.len()).map(Row::Site).collect(),
            ClassId::SiteDefinition => (0..self.sites.len()).map(Row::Definition).collect(),
            ClassId::SiteRole => (0..self.roles.len()).map(Row::Role).collect(),
            ClassId::Collection => self
                .collections(pinned("CollectionID"))
                .into_iter()
                .map(Row::Collection)
                .collect(),
            ClassId::Membership => self
                .collections(pinned("CollectionID"))
                .into_iter()
                .flat_map(|collection| self.members(collection))
                .collect(),
            ClassId::System => {
                let mut rows = self.device_rows(pinned("ResourceId"));
                let late = self.world.knobs.late_devices;
                if late > 0 {
                    rows.retain(|row| !matches!(row, Row::Device(at) if *at < late));
                }
                rows
            }
            ClassId::CombinedDevice => self.device_rows(pinned("ResourceID")),
        }
    }

    fn collections(&self, pinned: Option<&Literal>) -> Vec<usize> {
        let positions: Vec<usize> = match pinned {
            Some(Literal::Text(id)) => self.world.collection_at(id).into_iter().collect(),
            _ => (0..self.world.collections.len()).collect(),
        };
        let visible = |at: &usize| {
            let in_scope = self.scope.as_ref().is_none_or(|scope| scope.collections.contains(at));
            let gone = &self.world.knobs.gone;
            in_scope && (gone.is_empty() || self.world.collections.get(*at).is_some_and(|c| !gone.contains(&c.id)))
        };
        positions.into_iter().filter(visible).collect()
    }

    fn members(&self, collection: usize) -> impl Iterator<Item = Row> {
        let members = self
            .world
            .collections
            .get(collection)
            .map_or(&[][..], Collection::listed);
        members.iter().map(move |resource| Row::Member {
            collection,
            resource: *resource,
        })
    }

    fn device_rows(&self, pinned: Option<&Literal>) -> Vec<Row> {
        let positions: Vec<usize> = match pinned {
            Some(Literal::Int(id)) => {
                let id = u32::try_from(*id).ok();
                id.and_then(|id| self.world.device_at(id)).into_iter().collect()
            }
            _ => (0..self.world.devices.len()).collect(),
        };
        let visible = |at: &usize| match (&self.scope, self.world.devices.get(*at)) {
            (Some(scope), Some(device)) => scope.resources.contains(&device.resource_id),
            _ => true,
        };
        positions.into_iter().filter(visible).map(Row::Device).collect()
    }

    /// The value of a property; null for a row or a property that is not there.
    pub(super) fn cell(&self, class: &Class, row: Row, property: &str) -> Cell {
        let world = self.world;
        let build = world.build();
        match row {
            Row::Identification => hierarchy::identification_cell(world, property),
            Row::Azure(at) => self.azure.cell(class.id, at, property),
            Row::Site(at) => self.sites.get(at).map_or(Cell::Null, |site| site.cell(property, build)),
            Row::Definition(at) => {
                let site = self.sites.get(at);
                site.map_or(Cell::Null, |site| site.definition_cell(property, build))
            }
            Row::Role(at) => self.roles.get(at).map_or(Cell::Null, |role| role.cell(property)),
            Row::Collection(at) => world
                .collections
                .get(at)
                .map_or(Cell::Null, |c| self.collection_cell(c, property)),
            Row::Device(at) => match (world.devices.get(at), class.id) {
                (Some(device), ClassId::System) => device.system_cell(property, build),
                (Some(device), _) => device.combined_cell(property),
                (None, _) => Cell::Null,
            },
            Row::Member { collection, resource } => self.member_cell(collection, resource, property),
        }
    }

    fn collection_cell(&self, collection: &Collection, property: &str) -> Cell {
        let off = self
            .world
            .knobs
            .member_count_off
            .get(&collection.id)
            .copied()
            .unwrap_or(0);
        match self.world.knobs.renamed.get(&collection.id) {
            Some(name) if property == "Name" => Cell::text(name),
            _ => collection.cell(property, off, self.now),
        }
    }

    fn member_cell(&self, collection: usize, resource: u32, property: &str) -> Cell {
        if property == "CollectionID" {
            let collection = self.world.collections.get(collection);
            return Cell::maybe(collection.map(|collection| collection.id.as_str()));
        }
        if let Some(device) = self.world.device(resource) {
            return device.member_cell(property, self.world.build());
        }
        self.world
            .person(resource)
            .map_or(Cell::Null, |person| person.member_cell(property))
    }
}

/// Every third custom device collection, and the devices in them.
fn analyst_scope(world: &World) -> Scope {
    let collections: HashSet<usize> = world.movable().into_iter().step_by(3).collect();
    let visible = collections.iter().filter_map(|at| world.collections.get(*at));
    Scope {
        resources: visible
            .flat_map(|collection| collection.listed().iter().copied())
            .collect(),
        collections,
    }
}
