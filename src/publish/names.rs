//! The names of a site's devices: one sweep of the site a run, and only when a collection has to be read; a device that was
//! discovered after the sweep is looked up.
//!
//! Memory: per device of the site its name and 24 bytes, and 16 more where it is registered in Microsoft Entra.

use std::collections::HashSet;

use crate::configmgr::Site;
use crate::model::plan::{Progress, Tell};
use crate::model::{DeviceName, EntraDeviceId, Result};

/// So many missing names are looked up one by one; for more the sweep is made again.
const FEW: usize = 20;

/// What a site says of its devices, by resource ID.
#[derive(Debug, Default)]
pub struct Names {
    /// All names, one behind the other.
    text: String,
    /// Sorted by resource ID while nothing is being read.
    devices: Vec<Device>,
    identities: Vec<EntraDeviceId>,
    /// Members without a device of their own, so far as the site shows it: not asked for twice.
    absent: HashSet<i64>,
    /// The sweep was made again: once a run is enough.
    is_renewed: bool,
}

/// Where a device's name and identity stand.
#[derive(Debug, Clone, Copy)]
struct Device {
    resource_id: i64,
    at: u32,
    length: u32,
    /// Behind the last one: it has none.
    identity: u32,
}

impl Names {
    /// Reads the names of all devices.
    ///
    /// # Errors
    /// Whatever keeps the site from answering.
    pub async fn read(site: &Site, tell: &Tell) -> Result<Self> {
        let mut names = Self::default();
        names.sweep(site, tell).await?;
        Ok(names)
    }

    /// Adds the devices that are not known yet.
    async fn sweep(&mut self, site: &Site, tell: &Tell) -> Result<()> {
        let known = self.devices.len();
        site.device_names(|page| {
            for name in page {
                if self.place(name.resource_id, known).is_none() {
                    self.add(&name);
                }
            }
            let devices = self.devices.len();
            tell(Progress::ReadingNames { devices });
            Ok(())
        })
        .await?;
        self.sort();
        Ok(())
    }

    /// A device for which there is no room stays unknown: four gigabytes of names are not to be expected.
    fn add(&mut self, name: &DeviceName) {
        let number = |length| u32::try_from(length).ok();
        let (Some(at), Some(length)) = (number(self.text.len()), number(name.fqdn.len())) else {
            return;
        };
        let identity = name.entra_device_id.and(number(self.identities.len()));
        self.text.push_str(&name.fqdn);
        self.identities.extend(name.entra_device_id);
        self.devices.push(Device {
            resource_id: name.resource_id,
            at,
            length,
            identity: identity.unwrap_or(u32::MAX),
        });
    }

    fn sort(&mut self) {
        self.devices.sort_by_key(|device| device.resource_id);
    }

    /// The place of a device among the first `sorted` ones.
    fn place(&self, resource_id: i64, sorted: usize) -> Option<usize> {
        let devices = self.devices.get(..sorted)?;
        devices
            .binary_search_by_key(&resource_id, |device| device.resource_id)
            .ok()
    }

    /// Sees to the names of devices that may have been discovered since. What the site does not show stays without one.
    ///
    /// # Errors
    /// Whatever keeps the site from answering.
    pub async fn look_up(&mut self, site: &Site, devices: impl Iterator<Item = i64>, tell: &Tell) -> Result<()> {
        let mut missing: Vec<i64> = devices.filter(|id| self.is_new(*id)).collect();
        if missing.len() <= FEW {
            for id in &missing {
                if let Some(name) = site.device_name(*id).await? {
                    self.add(&name);
                }
            }
            self.sort();
        } else if !self.is_renewed {
            self.is_renewed = true;
            self.sweep(site, tell).await?;
        }
        missing.retain(|id| self.is_new(*id));
        if !missing.is_empty() {
            let devices = missing.len();
            tracing::warn!(devices, "members that the site shows no device for have no full name");
        }
        self.absent.extend(missing);
        Ok(())
    }

    fn is_new(&self, id: i64) -> bool {
        self.of(id).is_none() && !self.absent.contains(&id)
    }

    /// Full name and identity in Microsoft Entra of a device.
    pub fn of(&self, resource_id: i64) -> Option<(&str, Option<EntraDeviceId>)> {
        let device = self.devices.get(self.place(resource_id, self.devices.len())?)?;
        let index = |number| usize::try_from(number).unwrap_or(usize::MAX);
        let at = index(device.at);
        let name = self.text.get(at..at + index(device.length))?;
        Some((name, self.identities.get(index(device.identity)).copied()))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    /// The figures in the head of this file and in the README follow from these.
    #[test]
    fn sizes_are_as_they_are_told() {
        assert_eq!(size_of::<Device>(), 24);
        assert_eq!(size_of::<EntraDeviceId>(), 16);
    }

    #[test]
    fn each_device_has_its_own_name_and_identity() {
        let mut names = Names::default();
        let identity = |id: i64| EntraDeviceId::new(Uuid::from_u128(u128::try_from(id).unwrap()));
        let device = |id: i64, fqdn: &str, registered: bool| DeviceName {
            resource_id: id,
            fqdn: fqdn.to_owned(),
            entra_device_id: registered.then(|| identity(id)),
        };
        for name in [
            device(9, "nine", true),
            device(3, "", false),
            device(7, "seven.東京", true),
            device(1, "one", false),
        ] {
            names.add(&name);
        }
        names.sort();
        assert_eq!(names.of(9), Some(("nine", Some(identity(9)))));
        assert_eq!(names.of(7), Some(("seven.東京", Some(identity(7)))));
        assert_eq!(names.of(3), Some(("", None)));
        assert_eq!(names.of(1), Some(("one", None)));
        assert_eq!(names.of(2), None);
    }
}
