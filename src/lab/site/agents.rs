//! The agents of Azure Monitor on the site's computers, as a workspace hears them: most of them under the name that the site
//! publishes, some spelt otherwise, some not for days, some not at all; and a few that the site does not know.

use std::collections::BTreeMap;

use super::devices::Device;

/// An agent that reports to the workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// What it calls its computer.
    pub computer: String,
    /// How many minutes ago it was heard last.
    pub minutes_ago: i64,
}

/// Heard a moment ago.
const LATELY: i64 = 5;
/// Heard three days ago.
const DAYS_AGO: i64 = 3 * 24 * 60;
/// Computers that no record of the site stands for.
const STRANGERS: [&str; 3] = ["jump01.dmz.example", "APPLIANCE-7", "build-agent.corp.example"];

/// The agents, one a name, in the order of their names.
pub(super) fn of(devices: &[Device]) -> Vec<Agent> {
    let clients = devices
        .iter()
        .filter(|device| device.is_computer() && device.client == Some(1) && device.obsolete != Some(1));
    let known = (0_usize..)
        .zip(clients)
        .filter_map(|(number, device)| agent(number, &device.computer()));
    let strangers = STRANGERS.map(|name| (name.to_owned(), LATELY));
    let mut agents: BTreeMap<String, i64> = BTreeMap::new();
    for (computer, minutes_ago) in known.chain(strangers) {
        let heard = agents.entry(computer).or_insert(minutes_ago);
        *heard = minutes_ago.min(*heard);
    }
    let agent = |(computer, minutes_ago)| Agent { computer, minutes_ago };
    agents.into_iter().map(agent).collect()
}

fn agent(number: usize, published: &str) -> Option<(String, i64)> {
    let host = published.split('.').next().unwrap_or_default();
    match number % 20 {
        0..=11 => Some((published.to_owned(), LATELY)),
        12 => Some((published.to_uppercase(), LATELY)),
        13 => Some((published.to_lowercase(), LATELY)),
        // One of the two has a domain, the other has not.
        14 | 15 if host == published => Some((format!("{host}.corp.example"), LATELY)),
        14 | 15 => Some((host.to_owned(), LATELY)),
        16 => Some((published.to_owned(), DAYS_AGO)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;
    use crate::lab::site::devices::make;

    #[test]
    fn every_kind_of_spelling_is_there_each_name_once() {
        let devices = make(1, 400, DateTime::UNIX_EPOCH);
        let agents = of(&devices);
        let published: Vec<String> = devices.iter().map(Device::computer).collect();
        let is = |agent: &Agent| published.contains(&agent.computer);
        let in_other_case = |agent: &Agent| {
            let name = agent.computer.to_lowercase();
            !is(agent) && published.iter().any(|each| each.to_lowercase() == name)
        };
        assert!(agents.iter().filter(|agent| is(agent)).count() > 100);
        assert!(agents.iter().any(in_other_case));
        assert!(agents.iter().any(|agent| agent.minutes_ago == DAYS_AGO));
        assert!(agents.len() < published.len());
        let mut names: Vec<&String> = agents.iter().map(|agent| &agent.computer).collect();
        names.dedup();
        assert_eq!(names.len(), agents.len());
    }
}
