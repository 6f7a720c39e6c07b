//! The names of a site's devices: one sweep of the site a run, and only when a collection has to be read; a device that was
//! discovered after the sweep is looked up.
//!
//! Memory: per device of the site its name and about 80 bytes.

use std::collections::{HashMap, HashSet};

use crate::configmgr::Site;
use crate::model::plan::{Progress, Tell};
use crate::model::{DeviceName, EntraDeviceId, Result};

/// So many missing names are looked up one by one; for more the sweep is made again.
const FEW: usize = 20;

/// What a site says of its devices, by resource ID.
#[derive(Debug, Default)]
pub struct Names {
    known: HashMap<i64, Known>,
    /// Members without a device of their own, so far as the site shows it: not asked for twice.
    absent: HashSet<i64>,
    /// The sweep was made again: once a run is enough.
    is_renewed: bool,
}

#[derive(Debug)]
struct Known {
    fqdn: Box<str>,
    entra_device_id: Option<EntraDeviceId>,
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

    async fn sweep(&mut self, site: &Site, tell: &Tell) -> Result<()> {
        let known = &mut self.known;
        site.device_names(|page| {
            known.extend(page.into_iter().map(entry));
            tell(Progress::ReadingNames { devices: known.len() });
            Ok(())
        })
        .await?;
        Ok(())
    }

    /// Sees to the names of devices that may have been discovered since. What the site does not show stays without one.
    ///
    /// # Errors
    /// Whatever keeps the site from answering.
    pub async fn look_up(&mut self, site: &Site, devices: impl Iterator<Item = i64>, tell: &Tell) -> Result<()> {
        let mut missing: Vec<i64> = devices.filter(|id| self.is_new(*id)).collect();
        if missing.len() <= FEW {
            for id in &missing {
                self.known.extend(site.device_name(*id).await?.map(entry));
            }
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
        !self.known.contains_key(&id) && !self.absent.contains(&id)
    }

    /// Full name and identity in Microsoft Entra of a device.
    pub fn of(&self, resource_id: i64) -> Option<(&str, Option<EntraDeviceId>)> {
        let known = self.known.get(&resource_id)?;
        Some((&known.fqdn, known.entra_device_id))
    }
}

fn entry(name: DeviceName) -> (i64, Known) {
    let known = Known {
        fqdn: name.fqdn.into_boxed_str(),
        entra_device_id: name.entra_device_id,
    };
    (name.resource_id, known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Member;

    /// The figures in the heads of this file and of `reading`, and in the README, follow from these: a table of entries is filled
    /// to between 7/16 and 7/8.
    #[test]
    fn sizes_are_as_they_are_told() {
        assert_eq!(size_of::<(i64, Known)>(), 48);
        assert_eq!(size_of::<Member>(), 64);
    }
}
