//! Scopes: what a role can be given at, and what `{scope}/providers/…` can follow.

use super::super::estate::WORKSPACE_TYPE;
use super::super::rules::{ENDPOINT_TYPE, RULE_TYPE};

/// The three parts of the ID of a resource that stands in a resource group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ResourceName {
    pub(super) subscription: String,
    pub(super) group: String,
    pub(super) name: String,
}

impl ResourceName {
    /// The resource ID for a type, spelled as it was asked for.
    pub(super) fn id(&self, kind: &str) -> String {
        format!(
            "/subscriptions/{}/resourceGroups/{}/providers/{kind}/{}",
            self.subscription, self.group, self.name
        )
    }
}

/// A place in the tree of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Scope {
    /// A subscription.
    Subscription(String),
    /// A resource group.
    Group(String, String),
    /// A workspace.
    Workspace(ResourceName),
    /// A data collection rule.
    Rule(ResourceName),
    /// A data collection endpoint.
    Endpoint(ResourceName),
}

impl Scope {
    /// Reads the segments of a path: in lower case, and as they were given.
    pub(super) fn parse(lower: &[&str], segments: &[String]) -> Option<Self> {
        let given = |place: usize| segments.get(place).cloned().unwrap_or_default();
        let name = || ResourceName {
            subscription: given(1),
            group: given(3),
            name: given(7),
        };
        match lower {
            ["subscriptions", _] => Some(Self::Subscription(given(1))),
            ["subscriptions", _, "resourcegroups", _] => Some(Self::Group(given(1), given(3))),
            ["subscriptions", _, "resourcegroups", _, "providers", namespace, kind, _] => {
                match format!("{namespace}/{kind}") {
                    kind if kind.eq_ignore_ascii_case(WORKSPACE_TYPE) => Some(Self::Workspace(name())),
                    kind if kind.eq_ignore_ascii_case(RULE_TYPE) => Some(Self::Rule(name())),
                    kind if kind.eq_ignore_ascii_case(ENDPOINT_TYPE) => Some(Self::Endpoint(name())),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The ARM ID, spelled as it was asked for.
    pub(super) fn id(&self) -> String {
        match self {
            Self::Subscription(id) => format!("/subscriptions/{id}"),
            Self::Group(subscription, name) => format!("/subscriptions/{subscription}/resourceGroups/{name}"),
            Self::Workspace(name) => name.id(WORKSPACE_TYPE),
            Self::Rule(name) => name.id(RULE_TYPE),
            Self::Endpoint(name) => name.id(ENDPOINT_TYPE),
        }
    }

    /// The subscription that it is, or is in.
    pub(super) fn subscription(&self) -> &str {
        match self {
            Self::Subscription(id) | Self::Group(id, _) => id,
            Self::Workspace(name) | Self::Rule(name) | Self::Endpoint(name) => &name.subscription,
        }
    }

    /// The resource group that it is, or is in.
    pub(super) fn group(&self) -> Option<&str> {
        match self {
            Self::Subscription(_) => None,
            Self::Group(_, group) => Some(group),
            Self::Workspace(name) | Self::Rule(name) | Self::Endpoint(name) => Some(&name.group),
        }
    }
}
