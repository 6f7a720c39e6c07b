//! Everything the site is and remembers, apart from its accounts: records, collections, versions, switches.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use super::SiteConfig;
use super::collections::{self, Collection, Source};
use super::devices::{self, Device};
use super::knobs::Knobs;
use super::people::{self, Person};
use super::truth::{Ledger, Naming};

/// Lines of the service's log that are kept.
const LOG_LINES: usize = 2_000;

/// The state of the site.
#[derive(Debug)]
pub(super) struct World {
    pub(super) config: SiteConfig,
    pub(super) knobs: Knobs,
    /// In the order of their resource IDs.
    pub(super) devices: Vec<Device>,
    /// In the order of their resource IDs.
    pub(super) people: Vec<Person>,
    /// In the order of their IDs.
    pub(super) collections: Vec<Collection>,
    pub(super) naming: Naming,
    pub(super) ledger: Ledger,
    /// When the site was made.
    pub(super) made: DateTime<Utc>,
    /// Changes between pages so far.
    mid_changes: u64,
    log: VecDeque<String>,
}

impl World {
    /// The hierarchy as it is at `now`.
    pub(super) fn new(config: SiteConfig, now: DateTime<Utc>) -> Self {
        let devices = devices::make(config.seed, config.devices, now);
        let people = people::make(config.seed, config.devices);
        let naming = Naming::new(&devices);
        let collections = collections::make(&Source {
            seed: config.seed,
            wanted: config.collections,
            everyone: config.everyone,
            devices: &devices,
            people: &people,
            naming: &naming,
            now,
        });
        Self {
            ledger: Ledger::new(collections.len()),
            knobs: Knobs::default(),
            devices,
            people,
            collections,
            naming,
            made: now,
            mid_changes: 0,
            log: VecDeque::new(),
            config,
        }
    }

    /// The build number in force.
    pub(super) fn build(&self) -> u32 {
        self.knobs.build.unwrap_or(self.config.build)
    }

    /// The host name of the provider, without a port.
    pub(super) fn host(&self) -> &str {
        self.config.host.split(':').next().unwrap_or_default()
    }

    /// The position of a device record.
    pub(super) fn device_at(&self, resource_id: u32) -> Option<usize> {
        self.devices
            .binary_search_by_key(&resource_id, |device| device.resource_id)
            .ok()
    }

    /// A device record.
    pub(super) fn device(&self, resource_id: u32) -> Option<&Device> {
        self.devices.get(self.device_at(resource_id)?)
    }

    /// A user or a user group.
    pub(super) fn person(&self, resource_id: u32) -> Option<&Person> {
        let at = self
            .people
            .binary_search_by_key(&resource_id, |person| person.resource_id)
            .ok()?;
        self.people.get(at)
    }

    /// The position of a collection; IDs compare without case, as in the site database.
    pub(super) fn collection_at(&self, id: &str) -> Option<usize> {
        self.collections
            .iter()
            .position(|collection| collection.id.eq_ignore_ascii_case(id))
    }

    /// The positions of the custom device collections.
    pub(super) fn movable(&self) -> Vec<usize> {
        let all = self.collections.iter().enumerate();
        all.filter(|(_, collection)| collection.is_movable())
            .map(|(at, _)| at)
            .collect()
    }

    /// A number of its own for each change between pages.
    pub(super) fn next_change(&mut self) -> u64 {
        self.mid_changes += 1;
        self.config.seed.wrapping_add(self.mid_changes)
    }

    /// Adds a line to the service's log, `AdminService.log`.
    pub(super) fn note(&mut self, line: String) {
        tracing::debug!(component = "AdminService", "{line}");
        if self.log.len() >= LOG_LINES {
            self.log.pop_front();
        }
        self.log.push_back(line);
    }

    /// The newest lines of the service's log, oldest first.
    pub(super) fn log(&self) -> Vec<String> {
        self.log.iter().cloned().collect()
    }
}
