//! Each question about what is published: groups, computers, a log query. Tables are made and put in order here, where nobody waits for
//! the next frame.

use std::path::PathBuf;
use std::sync::Arc;

use super::hands::{Hands, guarded, off_thread};
use crate::azure::Azure;
use crate::connect::open;
use crate::flow::effect::{IfThere, Saved};
use crate::flow::grid::{Laid, Source};
use crate::flow::look::{ComputersOf, DifferenceSeen, ListSeen, Look, Seen};
use crate::model::group_query::{Called, Within};
use crate::model::group_view::{Found, GroupsSeen, Matches, SiteCount};
use crate::model::sheet::{Sheet, Sort};
use crate::model::{Connection, ConnectionName, Problem, Result, group_sheet};
use crate::platform::new_file::write_new;
use crate::publish::view;

/// What tells a spreadsheet that a file is UTF-8.
const UTF8_MARK: &str = "\u{feff}";

/// Looks.
pub(super) async fn seen(hands: &Hands, look: Look) -> Seen {
    match look {
        Look::Groups(name) => Seen::Groups(guarded(groups(hands, &name)).await),
        Look::Aliases(name) => Seen::Aliases(guarded(aliases(hands, &name)).await),
        Look::Matches(name, groups, within) => Seen::Matches(guarded(matches(hands, &name, &groups, within)).await),
        Look::Computers(name, of, within) => Seen::Computers(guarded(computers(hands, &name, &of, within)).await),
        Look::GroupsOf(name, seen, computer) => {
            Seen::GroupsOf(guarded(groups_of(hands, &name, &seen, &computer)).await)
        }
        Look::SiteCounts(name) => Seen::SiteCounts(guarded(site_counts(hands, &name)).await),
        Look::Difference(name, group) => Seen::Difference(guarded(difference(hands, &name, &group)).await),
        Look::Search(name, kql, timespan) => {
            Seen::Search(guarded(search(hands, &name, &kql, timespan.as_deref())).await)
        }
        Look::LayOut(source, sort) => Seen::LayOut(lay_out(source, sort).await),
        Look::SaveSheet(path, sheet, rows, if_there) => Seen::SaveSheet(save_sheet(path, sheet, rows, if_there).await),
    }
}

/// A connection, and Azure as its app sees it.
async fn opened(hands: &Hands, name: &ConnectionName) -> Result<(Connection, Azure)> {
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, name)?;
    let azure = open::signed_in(&ground, &connection).await?;
    Ok((connection, azure))
}

async fn groups(hands: &Hands, name: &ConnectionName) -> Result<Arc<GroupsSeen>> {
    let (connection, azure) = opened(hands, name).await?;
    view::groups::seen(&azure, &connection).await.map(Arc::new)
}

async fn aliases(hands: &Hands, name: &ConnectionName) -> Result<Arc<GroupsSeen>> {
    let (connection, azure) = opened(hands, name).await?;
    let standing = view::groups::standing(&azure, &connection).await?;
    Ok(Arc::new(view::groups::without_numbers(&standing)))
}

async fn matches(hands: &Hands, name: &ConnectionName, groups: &[Called], within: Within) -> Result<Arc<Matches>> {
    let (connection, azure) = opened(hands, name).await?;
    let found = view::matching::matches(&azure, &connection, groups, within).await?;
    Ok(Arc::new(found))
}

async fn computers(hands: &Hands, name: &ConnectionName, of: &ComputersOf, within: Within) -> Result<ListSeen> {
    let (connection, azure) = opened(hands, name).await?;
    let list = match of {
        ComputersOf::Group(group) => view::computers::of_group(&azure, &connection, &group.alias, within).await?,
        ComputersOf::All(groups) => view::computers::of_all(&azure, &connection, groups, within).await?,
    };
    off_thread(move || {
        Ok(ListSeen {
            sheet: group_sheet::computers(&list),
            partial: list.partial,
            lacking: list.unmatched,
        })
    })
    .await
}

async fn groups_of(hands: &Hands, name: &ConnectionName, seen: &GroupsSeen, computer: &str) -> Result<ListSeen> {
    let (connection, azure) = opened(hands, name).await?;
    let called = seen.called();
    let (found, refused) = view::computers::groups_of(&azure, &connection, &called, computer).await?;
    Ok(ListSeen {
        sheet: group_sheet::memberships(&found, seen),
        partial: None,
        lacking: refused.into_iter().next().map(|(_, failure)| failure),
    })
}

async fn site_counts(hands: &Hands, name: &ConnectionName) -> Result<Arc<Vec<SiteCount>>> {
    let ground = hands.ground().await?;
    let connection = open::find(ground.store, name)?;
    let site = open::site(&ground, &connection).await?;
    let counts = view::site::counts(&site, ground.store, &connection).await?;
    Ok(Arc::new(counts))
}

async fn difference(hands: &Hands, name: &ConnectionName, group: &Called) -> Result<Box<DifferenceSeen>> {
    let (connection, azure) = opened(hands, name).await?;
    let ground = hands.ground().await?;
    let site = open::site(&ground, &connection).await?;
    let place = (&group.collection, group.alias.as_str());
    let work = view::site::difference((&site, &azure), ground.store, &connection, place, &hands.tell);
    let difference = work.await?;
    let sheet = group_sheet::difference(&difference);
    Ok(Box::new(DifferenceSeen { difference, sheet }))
}

async fn search(hands: &Hands, name: &ConnectionName, kql: &str, timespan: Option<&str>) -> Result<Found> {
    let (connection, azure) = opened(hands, name).await?;
    let table = view::search::run(&azure, &connection, kql, timespan).await?;
    off_thread(move || Ok(view::search::found(&table))).await
}

/// Makes a table and puts its rows in order. Takes its time for many.
async fn lay_out(source: Source, sort: Option<Sort>) -> Result<Laid> {
    off_thread(move || {
        let sheet = match source {
            Source::Sheet(sheet) => sheet,
            Source::Groups { seen, matches, site } => {
                group_sheet::groups(&seen, matches.as_deref(), site.as_ref().map(|site| site.as_slice()))
            }
        };
        Ok(Laid::new(sheet, sort))
    })
    .await
}

async fn save_sheet(path: PathBuf, sheet: Sheet, rows: Arc<Vec<u32>>, if_there: IfThere) -> Result<Saved> {
    off_thread(move || save(path, &format!("{UTF8_MARK}{}", sheet.csv(&rows)), if_there)).await
}

/// Writes a file that a person has named. Blocks.
pub(super) fn save(path: PathBuf, text: &str, if_there: IfThere) -> Result<Saved> {
    let written = match if_there {
        IfThere::Ask => write_new(&path, text),
        IfThere::Replace => std::fs::write(&path, text).map(|()| true),
    };
    match written {
        Ok(true) => Ok(Saved::Written(path)),
        Ok(false) => Ok(Saved::Kept(path)),
        Err(cause) => Err(Problem::FileUnwritable {
            path: path.display().to_string(),
            cause: cause.to_string(),
        }
        .into()),
    }
}
