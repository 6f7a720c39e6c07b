//! What stays in Azure of a connection that is forgotten on this machine only: told from our memory, since Azure may be out of
//! reach for good.

use std::collections::BTreeSet;

use crate::model::group::{self, FROM_ROWS};
use crate::model::history::{FUNCTION, Made, TABLE};
use crate::model::removal::{Remnant, Remnants};
use crate::model::{Connection, EndpointId, Result, RuleId, reader};
use crate::store::{GroupState, Store};

use super::remove;

/// Everything that we know to have written there, and have not deleted.
///
/// # Errors
/// The store's.
pub fn remnants(store: &Store, connection: &Connection) -> Result<Remnants> {
    let mut things = Vec::new();
    if remove::is_in_azure(store, connection)? {
        let states = store.groups(connection.id)?;
        things.extend(groups(connection, &states));
        things.extend(parts(connection, &states));
        things.push(Remnant::Record {
            id: group::record_id(connection.id),
        });
        things.extend(history(connection, &store.made(connection.id)?, &states));
    }
    Ok(Remnants {
        workspace: connection.setup.workspace.clone(),
        things,
    })
}

fn groups(connection: &Connection, states: &[GroupState]) -> Vec<Remnant> {
    let written = states.iter().filter(|state| state.published.is_some());
    let group = |state: &GroupState| {
        Some(Remnant::Group {
            alias: state.alias.clone()?,
            id: group::group_id(connection.id, &state.collection),
        })
    };
    written.filter_map(group).collect()
}

/// Those of the groups as they are, and those that a run has begun to write or has not deleted yet.
fn parts(connection: &Connection, states: &[GroupState]) -> Vec<Remnant> {
    let mut ids = BTreeSet::new();
    for state in states {
        let published = state.published.iter().map(|each| (&each.generation, each.parts));
        let begun = state.pending.iter().chain(&state.leftover);
        let all = published.chain(begun.map(|each| (&each.generation, each.parts)));
        for (generation, parts) in all.filter(|(generation, _)| *generation != FROM_ROWS) {
            let id = |number| group::part_id(connection.id, &state.collection, generation, number);
            ids.extend((1..=parts).map(id));
        }
    }
    ids.into_iter().map(|id| Remnant::Part { id }).collect()
}

fn history(connection: &Connection, made: &[Made], states: &[GroupState]) -> Vec<Remnant> {
    let place = connection.history.as_ref();
    let mut rules: Vec<RuleId> = place.iter().map(|place| place.rule.clone()).collect();
    let mut endpoints: Vec<EndpointId> = place.iter().filter_map(|place| place.endpoint.clone()).collect();
    // Rows went up at some time: turning history off leaves the table.
    let mut table = place.is_some() || states.iter().any(|state| state.generation.is_some());
    let mut function = place.is_some();
    for each in made {
        match each {
            Made::Rule { id } if !rules.contains(id) => rules.push(id.clone()),
            Made::Endpoint { id } if !endpoints.contains(id) => endpoints.push(id.clone()),
            Made::Table { .. } => table = true,
            Made::Function { .. } => function = true,
            // The role goes with its rule.
            Made::Rule { .. } | Made::Endpoint { .. } | Made::Assignment { .. } => {}
        }
    }
    let rules = rules.into_iter().map(|id| Remnant::Rule { id });
    let endpoints = endpoints.into_iter().map(|id| Remnant::Endpoint { id });
    let function = function.then(|| Remnant::Function {
        alias: FUNCTION.to_owned(),
        id: reader::ID.to_owned(),
    });
    let table = table.then(|| Remnant::Table { name: TABLE.to_owned() });
    rules.chain(endpoints).chain(function).chain(table).collect()
}
