//! One question about many groups: in batches, several at a time. A batch that the workspace refuses is halved and asked again, so
//! that a group which nobody can call keeps no other from answering.

use std::collections::HashMap;

use futures_util::{StreamExt, stream};

use crate::azure::Azure;
use crate::azure::Table;
use crate::model::group_query::{Called, MOST_GROUPS};
use crate::model::{CollectionId, CustomerId, Failure, Problem, Result};

/// Queries under way at once; Azure allows five.
pub(super) const IN_FLIGHT: usize = 4;

/// What a question found of each group: a value, or why there is none. In the order of the groups.
pub(super) type ByGroup<T> = Vec<(CollectionId, std::result::Result<T, Failure>)>;

/// Asks about these groups. `query` makes the text for a batch, `read` takes the answer apart; a group that the answer does not name
/// gets `nothing`.
///
/// # Errors
/// Whatever keeps the workspace from answering at all.
pub(super) async fn ask<T: Clone>(
    azure: &Azure,
    customer: CustomerId,
    groups: &[Called],
    query: impl Fn(&[Called]) -> String,
    read: impl Fn(&Table) -> Result<Vec<(CollectionId, T)>>,
    nothing: &T,
) -> Result<ByGroup<T>> {
    let mut found: HashMap<CollectionId, std::result::Result<T, Failure>> = HashMap::new();
    let mut batches: Vec<&[Called]> = groups.chunks(MOST_GROUPS).collect();
    while !batches.is_empty() {
        let texts: Vec<String> = batches.iter().map(|batch| query(batch)).collect();
        let answers: Vec<Result<Table>> = stream::iter(texts)
            .map(|text| async move { whole(azure, customer, &text).await })
            .buffered(IN_FLIGHT)
            .collect()
            .await;
        for (batch, answer) in std::mem::take(&mut batches).into_iter().zip(answers) {
            match answer {
                Ok(table) => found.extend(read(&table)?.into_iter().map(|(id, value)| (id, Ok(value)))),
                Err(failure) if !matches!(failure.problem(), Problem::QueryRefused { .. }) => return Err(failure),
                Err(failure) => match batch {
                    [one] => drop(found.insert(one.collection.clone(), Err(failure))),
                    more => {
                        let (first, second) = more.split_at(more.len() / 2);
                        batches.extend([first, second]);
                    }
                },
            }
        }
    }
    let of = |group: &Called| {
        let answer = found.remove(&group.collection).unwrap_or_else(|| Ok(nothing.clone()));
        (group.collection.clone(), answer)
    };
    Ok(groups.iter().map(of).collect())
}

/// Runs a query whose answer counts only as a whole.
pub(super) async fn whole(azure: &Azure, customer: CustomerId, text: &str) -> Result<Table> {
    let table = azure.query(customer, text, None).await?;
    match table.partial {
        Some(message) => Err(Problem::QueryRefused { message }.into()),
        None => Ok(table),
    }
}
