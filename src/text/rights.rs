//! What an operation is for, which role gives it, and who can give that role.

use crate::model::needs::{Delivery, Need};
use crate::model::plan::RightPlace;
use crate::model::roles::GRANTERS;

/// "Contributor on the workspace".
pub fn role(need: &Need) -> String {
    format!("{} on {}", need.role.name, place(need.place))
}

/// Where.
pub const fn place(place: RightPlace) -> &'static str {
    match place {
        RightPlace::Workspace => "the workspace",
        RightPlace::RuleGroup => "the resource group of the rule",
    }
}

/// What a need is for.
pub const fn delivery(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::Groups => "computer groups",
        Delivery::History | Delivery::PrivateHistory => "history",
    }
}

/// Who can give a role there.
pub fn granters(at: RightPlace) -> String {
    let names = GRANTERS.map(|role| role.name);
    format!("{}, {} or {} of {}", names[0], names[1], names[2], place(at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn role_and_granters_name_the_place() {
        let need = crate::model::needs::of_operation("Microsoft.Insights/Telemetry/Write").unwrap();
        assert_eq!(
            role(need),
            "Monitoring Metrics Publisher on the resource group of the rule"
        );
        assert!(granters(RightPlace::Workspace).starts_with("Owner, User Access Administrator or Role Based"));
    }
}
