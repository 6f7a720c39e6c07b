//! The people of the lab's tenant, who sign in themselves for what an app may not do.

use super::seeded::Seeded;

/// A person.
pub(super) struct Person {
    /// What they are there for: `owner` or `reader`.
    pub(super) label: &'static str,
    /// What they type to sign in.
    #[allow(dead_code, reason = "for the services that take uploads and sign people in")]
    pub(super) sign_in_name: String,
    /// As the directory shows them.
    #[allow(dead_code, reason = "for the services that take uploads and sign people in")]
    pub(super) display_name: &'static str,
    /// Object ID.
    pub(super) object_id: String,
    /// The password, which is never logged.
    #[allow(dead_code, reason = "for the services that take uploads and sign people in")]
    pub(super) password: String,
}

/// Label and display name. The first is Owner of every subscription, the second Reader of the main one.
const PEOPLE: [(&str, &str); 2] = [("owner", "Olga Owner"), ("reader", "Rita Reader")];

/// The people of a tenant, by its domain.
pub(super) fn people(seeded: Seeded, domain: &str) -> Vec<Person> {
    PEOPLE
        .iter()
        .map(|(label, display_name)| Person {
            label,
            sign_in_name: format!("{label}@{domain}"),
            display_name,
            object_id: seeded.guid(&format!("person/{label}")),
            password: seeded.secret(&format!("person/{label}/password")),
        })
        .collect()
}
