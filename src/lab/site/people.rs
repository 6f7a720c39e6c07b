//! Users and user groups: the members of user collections, which share the membership class with devices.

use rand::RngExt;

use super::rows::Cell;
use super::seed::stream;

/// Resource IDs of users start here.
pub(super) const FIRST_USER: u32 = 0x7B00_0001;
/// Resource IDs of user groups start here.
pub(super) const FIRST_GROUP: u32 = 0x7C00_0001;
const USER: i64 = 4;
const GROUP: i64 = 3;

/// One user or user group.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) resource_id: u32,
    name: String,
    resource_type: i64,
}

/// Makes users (one for two devices, at least twelve) and five user groups, in the order of their resource IDs.
pub(super) fn make(seed: u64, devices: usize) -> Vec<Person> {
    const GIVEN: [&str; 8] = ["Anna", "Jürgen", "María", "健太", "Олег", "Fatima", "O'Neil", "Zoë"];
    const FAMILY: [&str; 6] = ["Müller", "Sato", "Иванова", "Haddad", "Smith", "Nuñez"];
    let mut rng = stream(seed, "people");
    let users = (devices / 2).clamp(12, 5_000);
    let user = |n: u32| {
        let given = GIVEN[rng.random_range(0..GIVEN.len())];
        let family = FAMILY[rng.random_range(0..FAMILY.len())];
        Person {
            resource_id: FIRST_USER + n,
            name: format!("CORP\\u{n:05} ({given} {family})"),
            resource_type: USER,
        }
    };
    let mut people: Vec<Person> = (0..u32::try_from(users).unwrap_or(0)).map(user).collect();
    let groups = ["Domain Users", "Finance", "Vertrieb", "VPN", "IT"];
    people.extend(groups.iter().zip(FIRST_GROUP..).map(|(group, resource_id)| Person {
        resource_id,
        name: format!("CORP\\{group}"),
        resource_type: GROUP,
    }));
    people
}

impl Person {
    /// Whether this is a user rather than a group.
    pub(super) fn is_user(&self) -> bool {
        self.resource_type == USER
    }

    /// A property of `SMS_FullCollectionMembership`, apart from the collection's ID.
    pub(super) fn member_cell(&self, property: &str) -> Cell {
        match property {
            "Domain" => Cell::text("CORP"),
            "IsClient" | "IsDecommissioned" | "IsDirect" => Cell::Bool(false),
            "Name" => Cell::text(&self.name),
            "ResourceID" => Cell::Int(i64::from(self.resource_id)),
            "ResourceType" => Cell::Int(self.resource_type),
            _ => Cell::Null,
        }
    }
}
