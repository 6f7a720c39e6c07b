//! Resource groups, and what stands in one: data collection rules and endpoints. Resource IDs compare without regard to case,
//! as Resource Manager does.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Invalid, SubscriptionId, excerpt};

const GROUP_EXAMPLE: &str = "/subscriptions/…guid…/resourceGroups/rg-monitor";

/// Whether Resource Manager allows this as the name of a resource group or of something in one. Anything else would change the
/// path of our calls; a name of dots alone would even lead them to the folder above.
pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty()
        && !name.ends_with('.')
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '(' | ')'))
}

/// Compares the segments of a resource ID with the words that belong there.
pub(super) fn words_differ<'a>(words: &[(&'a str, &'a str)]) -> Option<String> {
    let (found, wanted) = words
        .iter()
        .find(|(found, wanted)| !found.eq_ignore_ascii_case(wanted))?;
    Some(format!("it says \"{found}\" where \"{wanted}\" belongs"))
}

/// The resource ID of a resource group.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResourceGroupId {
    subscription: SubscriptionId,
    name: String,
}

impl ResourceGroupId {
    /// The group of this name in a subscription.
    ///
    /// # Errors
    /// [`Invalid`] for a name that Azure does not allow.
    pub fn new(subscription: SubscriptionId, name: &str) -> Result<Self, Invalid> {
        let name = name.trim();
        if !is_name(name) {
            let why = format!("\"{}\" is not a name that Azure allows", excerpt(name));
            return Err(Invalid::new("resource group", why, "rg-monitor"));
        }
        Ok(Self {
            subscription,
            name: name.to_owned(),
        })
    }

    /// Of a resource whose ID has been parsed already.
    pub(super) const fn known(subscription: SubscriptionId, name: String) -> Self {
        Self { subscription, name }
    }

    /// The subscription.
    pub const fn subscription(&self) -> SubscriptionId {
        self.subscription
    }

    /// The name of the group.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn key(&self) -> (SubscriptionId, String) {
        (self.subscription, self.name.to_lowercase())
    }
}

impl PartialEq for ResourceGroupId {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}
impl Eq for ResourceGroupId {}

impl FromStr for ResourceGroupId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = |why: String| Invalid::new("resource group ID", why, GROUP_EXAMPLE);
        let trimmed = text.trim();
        let parts: Vec<&str> = trimmed.split('/').filter(|part| !part.is_empty()).collect();
        let [subscriptions, subscription, groups, name] = parts.as_slice() else {
            return Err(invalid(format!(
                "\"{}\" does not have the parts of one",
                excerpt(trimmed)
            )));
        };
        if let Some(why) = words_differ(&[(subscriptions, "subscriptions"), (groups, "resourceGroups")]) {
            return Err(invalid(why));
        }
        Self::new(subscription.parse()?, name)
    }
}

impl TryFrom<String> for ResourceGroupId {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<ResourceGroupId> for String {
    fn from(id: ResourceGroupId) -> String {
        id.to_string()
    }
}

impl fmt::Display for ResourceGroupId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "/subscriptions/{}/resourceGroups/{}", self.subscription, self.name)
    }
}

macro_rules! in_group {
    ($(#[$doc:meta])* $name:ident, $what:literal, $kind:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name {
            group: ResourceGroupId,
            name: String,
        }

        impl $name {
            /// The one of this name in a resource group.
            ///
            /// # Errors
            /// [`Invalid`] for a name that Azure does not allow.
            pub fn new(group: ResourceGroupId, name: &str) -> Result<Self, Invalid> {
                if !is_name(name) {
                    let why = format!("\"{}\" is not a name that Azure allows", excerpt(name));
                    return Err(Invalid::new($what, why, $example));
                }
                Ok(Self { group, name: name.to_owned() })
            }

            /// The resource group that it stands in.
            pub const fn group(&self) -> &ResourceGroupId {
                &self.group
            }

            /// Its name.
            pub fn name(&self) -> &str {
                &self.name
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.group == other.group && self.name.eq_ignore_ascii_case(&other.name)
            }
        }
        impl Eq for $name {}

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                let invalid = |why: String| Invalid::new($what, why, $example);
                let trimmed = text.trim();
                let parts: Vec<&str> = trimmed.split('/').filter(|part| !part.is_empty()).collect();
                let [subscriptions, subscription, groups, group, providers, namespace, kind, name] = parts.as_slice() else {
                    return Err(invalid(format!("\"{}\" does not have the parts of one", excerpt(trimmed))));
                };
                let words = [
                    (*subscriptions, "subscriptions"),
                    (*groups, "resourceGroups"),
                    (*providers, "providers"),
                    (*namespace, "Microsoft.Insights"),
                    (*kind, $kind),
                ];
                if let Some(why) = words_differ(&words) {
                    return Err(invalid(why));
                }
                Self::new(ResourceGroupId::new(subscription.parse()?, group)?, name)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{}/providers/Microsoft.Insights/", $kind, "/{}"), self.group, self.name)
            }
        }
    };
}

in_group!(
    /// The resource ID of a data collection rule (DCR): what an upload goes through on its way into a table.
    RuleId,
    "data collection rule",
    "dataCollectionRules",
    "/subscriptions/…guid…/resourceGroups/rg-monitor/providers/Microsoft.Insights/dataCollectionRules/dcr-configmgr-1f0e2d3c"
);
in_group!(
    /// The resource ID of a data collection endpoint (DCE): where uploads go to for a rule that has no address of its own.
    EndpointId,
    "data collection endpoint",
    "dataCollectionEndpoints",
    "/subscriptions/…guid…/resourceGroups/rg-monitor/providers/Microsoft.Insights/dataCollectionEndpoints/dce-configmgr-1f0e2d3c"
);

#[cfg(test)]
mod tests {
    use super::*;

    const GROUP: &str = "/subscriptions/1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0/resourceGroups/rg-a";

    #[test]
    fn ids_compare_without_case_and_come_back_as_written() {
        let id = format!("{GROUP}/providers/Microsoft.Insights/dataCollectionRules/dcr-x");
        let rule: RuleId = id.parse().unwrap();
        assert_eq!(
            (rule.to_string(), &rule),
            (id.clone(), &id.to_lowercase().parse().unwrap())
        );
        assert_eq!(rule.group(), &GROUP.to_uppercase().parse().unwrap());
        assert!(
            id.parse::<EndpointId>()
                .unwrap_err()
                .why
                .contains("dataCollectionEndpoints")
        );
    }

    #[test]
    fn names_that_would_change_a_path_are_refused() {
        for name in ["", "..", "a/b", "a?x=1", "a b", "a."] {
            assert!(ResourceGroupId::new("1f0e2d3c-4b5a-6978-8796-a5b4c3d2e1f0".parse().unwrap(), name).is_err());
        }
        assert!(format!("{GROUP}/x").parse::<ResourceGroupId>().is_err());
    }
}
