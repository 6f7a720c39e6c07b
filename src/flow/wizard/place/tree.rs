//! The workspaces that an app can see, by subscription and resource group: made once an answer, so that drawing the page is
//! cheap however many there are.

use std::collections::{BTreeMap, HashMap};

use super::Choice;
use crate::flow::effect::Visible;
use crate::model::{SubscriptionId, WorkspaceId};

/// Everything there is to choose from, each list in the order in which it is shown.
#[derive(Default)]
pub(super) struct Tree {
    subscriptions: Vec<Choice<SubscriptionId>>,
    /// Only subscriptions that hold a workspace.
    holding: BTreeMap<SubscriptionId, Groups>,
    /// Where in the answer a workspace stands.
    index: BTreeMap<WorkspaceId, usize>,
}

/// The resource groups of a subscription, by their names in lower case.
#[derive(Default)]
struct Groups {
    listed: Vec<Choice<String>>,
    workspaces: BTreeMap<String, Vec<Choice<WorkspaceId>>>,
}

impl Tree {
    pub(super) fn of(visible: &Visible) -> Self {
        let mut tree = Self::default();
        for (at, workspace) in visible.workspaces.iter().enumerate() {
            tree.add(&workspace.id);
            tree.index.insert(workspace.id.clone(), at);
        }
        for groups in tree.holding.values_mut() {
            groups.listed.sort_by(|(one, _), (other, _)| one.cmp(other));
            for workspaces in groups.workspaces.values_mut() {
                workspaces.sort_by_cached_key(|(_, name)| name.to_lowercase());
            }
        }
        let mut named: BTreeMap<SubscriptionId, String> = visible
            .subscriptions
            .iter()
            .map(|each| (each.id, each.name.clone()))
            .collect();
        // A role on a workspace alone may show no subscription.
        for id in tree.holding.keys() {
            named.entry(*id).or_insert_with(|| id.to_string());
        }
        tree.subscriptions = told_apart(named);
        tree.subscriptions.sort_by_cached_key(|(_, name)| name.to_lowercase());
        tree
    }

    fn add(&mut self, id: &WorkspaceId) {
        let groups = self.holding.entry(id.subscription()).or_default();
        let key = id.resource_group().to_lowercase();
        let workspaces = groups.workspaces.entry(key.clone()).or_default();
        if workspaces.is_empty() {
            groups.listed.push((key, id.resource_group().to_owned()));
        }
        workspaces.push((id.clone(), id.name().to_owned()));
    }

    /// Where in the answer this workspace stands.
    pub(super) fn index(&self, id: &WorkspaceId) -> Option<usize> {
        self.index.get(id).copied()
    }

    pub(super) fn subscriptions(&self) -> &[Choice<SubscriptionId>] {
        &self.subscriptions
    }

    pub(super) fn resource_groups(&self, subscription: SubscriptionId) -> &[Choice<String>] {
        self.holding.get(&subscription).map_or(&[], |groups| &groups.listed)
    }

    pub(super) fn workspaces(&self, subscription: SubscriptionId, group: &str) -> &[Choice<WorkspaceId>] {
        let groups = self.holding.get(&subscription);
        groups
            .and_then(|groups| groups.workspaces.get(group))
            .map_or(&[], Vec::as_slice)
    }

    pub(super) fn holds(&self, id: &WorkspaceId) -> bool {
        self.index.contains_key(id)
    }

    /// The subscription that alone holds a workspace.
    pub(super) fn only_subscription(&self) -> Option<SubscriptionId> {
        only(self.holding.keys()).copied()
    }

    /// The resource group that alone holds a workspace.
    pub(super) fn only_group(&self, subscription: SubscriptionId) -> Option<String> {
        only(self.holding.get(&subscription)?.workspaces.keys()).cloned()
    }

    /// The workspace that is alone in its group.
    pub(super) fn only_workspace(&self, subscription: SubscriptionId, group: &str) -> Option<WorkspaceId> {
        only(self.workspaces(subscription, group).iter()).map(|(id, _)| id.clone())
    }
}

/// Names of subscriptions are not unique: where two are the same, the ID stands beside them.
fn told_apart(named: BTreeMap<SubscriptionId, String>) -> Vec<Choice<SubscriptionId>> {
    let mut times: HashMap<String, usize> = HashMap::new();
    for name in named.values() {
        *times.entry(name.clone()).or_default() += 1;
    }
    let told = |(id, name): (SubscriptionId, String)| match times.get(&name) {
        Some(2..) => (id, format!("{name} ({id})")),
        _ => (id, name),
    };
    named.into_iter().map(told).collect()
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Option<T> {
    let first = all.next();
    if all.next().is_some() { None } else { first }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Subscription, Workspace};

    fn subscription(number: u128) -> SubscriptionId {
        SubscriptionId::new(uuid::Uuid::from_u128(number))
    }

    fn workspace(number: u128, group: &str, name: &str) -> Workspace {
        let subscription = subscription(number);
        let id = format!(
            "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.OperationalInsights/workspaces/{name}"
        );
        Workspace::bare(id.parse().unwrap())
    }

    fn tree(subscriptions: &[(u128, &str)], workspaces: Vec<Workspace>) -> Tree {
        let subscriptions = subscriptions.iter().map(|(number, name)| Subscription {
            id: subscription(*number),
            name: (*name).to_owned(),
            state: "Enabled".into(),
            tenant_id: None,
        });
        Tree::of(&Visible {
            subscriptions: subscriptions.collect(),
            workspaces,
            incomplete: Vec::new(),
        })
    }

    fn names<T>(choices: &[Choice<T>]) -> Vec<&str> {
        choices.iter().map(|(_, name)| name.as_str()).collect()
    }

    #[test]
    fn lists_are_by_name_and_a_group_counts_once_however_it_is_spelled() {
        let workspaces = vec![
            workspace(1, "RG-b", "zeta"),
            workspace(1, "rg-B", "Alpha"),
            workspace(1, "rg-a", "one"),
            workspace(3, "rg-a", "lonely"),
        ];
        let tree = tree(&[(1, "beta"), (2, "Alpha")], workspaces);
        let lonely = subscription(3).to_string();
        assert_eq!(names(tree.subscriptions()), [lonely.as_str(), "Alpha", "beta"]);
        assert_eq!(names(tree.resource_groups(subscription(1))), ["rg-a", "RG-b"]);
        assert_eq!(names(tree.workspaces(subscription(1), "rg-b")), ["Alpha", "zeta"]);
        assert!(tree.resource_groups(subscription(2)).is_empty());
        assert!(tree.holds(&workspace(1, "Rg-A", "ONE").id));
        assert!(!tree.holds(&workspace(2, "rg-a", "one").id));
    }

    #[test]
    fn what_is_alone_is_known() {
        let one = tree(&[(1, "a"), (2, "empty")], vec![workspace(1, "RG", "law")]);
        assert_eq!(one.only_subscription(), Some(subscription(1)));
        assert_eq!(one.only_group(subscription(1)).as_deref(), Some("rg"));
        assert!(one.only_workspace(subscription(1), "rg").is_some());
        let two = tree(
            &[],
            vec![workspace(1, "rg", "a"), workspace(1, "rg", "b"), workspace(2, "x", "c")],
        );
        assert_eq!(two.only_subscription(), None);
        assert!(two.only_workspace(subscription(1), "rg").is_none());
    }
}
