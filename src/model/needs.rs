//! What each delivery needs: every operation, where it must be allowed, and the simplest role that gives it. One table, which
//! readiness checks, the script for whoever can grant, and the pages all read.

use super::plan::RightPlace;
use super::rights::Operation;
use super::roles::{CONTRIBUTOR, MONITORING_CONTRIBUTOR, MONITORING_METRICS_PUBLISHER, Role};

/// The least that is delivered with an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Computer groups.
    Groups,
    /// Computer groups and history.
    History,
    /// History, where the rule cannot have an address of its own: the workspace is reached through a private link.
    PrivateHistory,
}

/// One operation that a delivery needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The operation.
    pub operation: Operation,
    /// Where it must be allowed.
    pub place: RightPlace,
    /// For what.
    pub delivery: Delivery,
    /// The simplest role that gives it.
    pub role: Role,
}

const fn on_workspace(operation: Operation, delivery: Delivery) -> Need {
    Need {
        operation,
        place: RightPlace::Workspace,
        delivery,
        role: CONTRIBUTOR,
    }
}

const fn on_group(operation: Operation, delivery: Delivery, role: Role) -> Need {
    Need {
        operation,
        place: RightPlace::RuleGroup,
        delivery,
        role,
    }
}

/// Everything that is needed, in the order in which it is used.
pub const NEEDS: [Need; 9] = [
    on_workspace(Operation::READ_GROUP, Delivery::Groups),
    on_workspace(Operation::WRITE_GROUP, Delivery::Groups),
    on_workspace(Operation::DELETE_GROUP, Delivery::Groups),
    on_workspace(Operation::QUERY, Delivery::Groups),
    on_workspace(Operation::WRITE_TABLE, Delivery::History),
    on_group(
        Operation::WRITE_ENDPOINT,
        Delivery::PrivateHistory,
        MONITORING_CONTRIBUTOR,
    ),
    on_group(Operation::WRITE_RULE, Delivery::History, MONITORING_CONTRIBUTOR),
    on_group(Operation::DELETE_RULE, Delivery::History, MONITORING_CONTRIBUTOR),
    on_group(Operation::UPLOAD, Delivery::History, MONITORING_METRICS_PUBLISHER),
];

/// What computer groups need.
pub fn of_groups() -> impl Iterator<Item = &'static Need> {
    NEEDS.iter().filter(|need| need.delivery == Delivery::Groups)
}

/// What history needs beside that.
pub fn of_history(is_private: bool) -> impl Iterator<Item = &'static Need> {
    NEEDS.iter().filter(move |need| match need.delivery {
        Delivery::Groups => false,
        Delivery::History => true,
        Delivery::PrivateHistory => is_private,
    })
}

/// The need behind an operation's name.
pub fn of_operation(name: &str) -> Option<&'static Need> {
    NEEDS
        .iter()
        .find(|need| need.operation.name().eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_simplest_request_is_three_roles() {
        let mut roles: Vec<(RightPlace, &str)> = Vec::new();
        for need in of_groups().chain(of_history(true)) {
            if !roles.contains(&(need.place, need.role.name)) {
                roles.push((need.place, need.role.name));
            }
        }
        assert_eq!(
            roles,
            [
                (RightPlace::Workspace, "Contributor"),
                (RightPlace::RuleGroup, "Monitoring Contributor"),
                (RightPlace::RuleGroup, "Monitoring Metrics Publisher"),
            ]
        );
    }

    #[test]
    fn an_endpoint_is_asked_for_only_where_it_is_needed() {
        let endpoint = |is_private| of_history(is_private).any(|need| need.operation == Operation::WRITE_ENDPOINT);
        assert_eq!((endpoint(false), endpoint(true)), (false, true));
        assert_eq!(
            of_operation("microsoft.insights/telemetry/write").map(|need| need.operation),
            Some(Operation::UPLOAD)
        );
    }
}
