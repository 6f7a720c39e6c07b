//! Lists that need no walk through all rows: what every page of a large collection asks for is a stretch of an order that
//! the site keeps anyway, so a page costs what the page holds. Everything else is listed the long way; the answers are the
//! same, and a test holds the two together.

use std::ops::Range;

use super::classes::{Class, ClassId};
use super::filter::{Literal, Operator};
use super::odata::Options;
use super::tables::{Row, View};

/// The rows of a list, in its order.
pub(super) enum Run<'a> {
    /// Found the long way.
    Listed(Vec<Row>),
    /// Resource IDs of members of the collection at a position.
    Members(usize, &'a [u32]),
    /// Positions of devices.
    Devices(Range<usize>),
}

impl Run<'_> {
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Listed(rows) => rows.len(),
            Self::Members(_, resources) => resources.len(),
            Self::Devices(positions) => positions.len(),
        }
    }

    /// At most `most` rows behind the first `skip`.
    pub(super) fn part(&self, skip: usize, most: usize) -> Vec<Row> {
        match self {
            Self::Listed(rows) => rows.iter().skip(skip).take(most).copied().collect(),
            Self::Members(collection, resources) => {
                let rows = resources.iter().skip(skip).take(most).map(|resource| Row::Member {
                    collection: *collection,
                    resource: *resource,
                });
                rows.collect()
            }
            Self::Devices(positions) => positions.clone().skip(skip).take(most).map(Row::Device).collect(),
        }
    }
}

impl<'a> View<'a> {
    /// The rows of a list that is a stretch of members or devices in the order of their resource IDs; `None` for others.
    pub(super) fn stretch(&self, class: &Class, options: &Options) -> Option<Run<'a>> {
        let is_kept_order = match options.order.as_slice() {
            [] => true,
            [(property, descending)] => property.name.eq_ignore_ascii_case("ResourceID") && !descending,
            _ => false,
        };
        // What a switch hides is left to the long way.
        let knobs = &self.world.knobs;
        let hides = !knobs.gone.is_empty() || knobs.late_devices > 0 && class.id == ClassId::System;
        if self.is_scoped() || hides || !is_kept_order {
            return None;
        }
        let (mut collection, mut above) = (None, i64::MIN);
        let comparisons = match &options.filter {
            Some(filter) => filter.comparisons()?,
            None => Vec::new(),
        };
        for (property, comparison) in comparisons {
            match (property.name, comparison.operator, &comparison.value) {
                ("CollectionID", Operator::Eq, Literal::Text(id)) if collection.is_none() => {
                    collection = Some(self.world.collection_at(id)?);
                }
                ("ResourceID" | "ResourceId", Operator::Gt, Literal::Int(id)) => above = above.max(*id),
                _ => return None,
            }
        }
        match (class.id, collection) {
            (ClassId::Membership, Some(at)) => {
                let members = self.world.collections.get(at)?.listed();
                let first = members.partition_point(|resource| i64::from(*resource) <= above);
                Some(Run::Members(at, members.get(first..)?))
            }
            (ClassId::System | ClassId::CombinedDevice, None) => {
                let devices = &self.world.devices;
                let first = devices.partition_point(|device| i64::from(device.resource_id) <= above);
                Some(Run::Devices(first..devices.len()))
            }
            _ => None,
        }
    }
}
