//! A whole class, page by page, in whichever way of paging the site accepts.
//!
//! Offset paging over a changing set is no snapshot: a row that leaves shifts all later ones by a place, and the next page
//! misses one. Paging by key (`key gt last`, sorted by the key) does not have that fault, so it is tried first. Nobody has
//! published what every site accepts; a refusal, rows that are out of order, or a first page that is empty only in this way
//! lead to the next way, and what worked is remembered.
//!
//! The end of the data is an empty page, nothing else: a site may send fewer rows a page than asked for, or more, up to all
//! of them in one. Rows are therefore handed on while a page arrives. A page that breaks off is asked for again, and its
//! rows that were handed on are left out by their keys.

use serde::de::DeserializeOwned;

use super::client::Client;
use super::list::{Nothing, Sink};
use super::odata::Address;
use super::seen::{Key, Seen};
use crate::model::{Failure, Problem, Result};

/// More pages without a new row than any site has reason to send in a row.
const MOST_BARREN_PAGES: usize = 10;

/// A way of paging.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paging {
    /// `key gt last`, sorted by the key.
    ByKey,
    /// `$skip`, sorted by the key.
    SortedOffset,
    /// `$skip`, in whatever order the site has.
    Offset,
}

impl Paging {
    fn next(self) -> Option<Self> {
        match self {
            Self::ByKey => Some(Self::SortedOffset),
            Self::SortedOffset => Some(Self::Offset),
            Self::Offset => None,
        }
    }
}

/// A row of a class.
pub(super) trait Row: DeserializeOwned + Send {
    type Key: Key;
    /// What no two rows of the reading share.
    fn key(&self) -> Self::Key;
}

/// What is read.
#[derive(Debug, Clone)]
pub(super) struct Listing {
    pub(super) class: &'static str,
    /// The properties; always with the keys of the class.
    pub(super) select: &'static [&'static str],
    /// The property that [`Row::key`] reads.
    pub(super) key: &'static str,
    /// What rows are wanted; all where `None`.
    pub(super) filter: Option<String>,
    /// The way of paging to try first.
    pub(super) best: Paging,
    /// For errors, such as "reading collections".
    pub(super) doing: &'static str,
}

impl Listing {
    fn target<K: Key>(&self, paging: Paging, last: Option<&K>, received: usize, rows: usize) -> String {
        let after = (paging == Paging::ByKey).then(|| {
            let last = last.map_or_else(|| K::LOWEST.to_owned(), Key::literal);
            format!("{} gt {last}", self.key)
        });
        let filters: Vec<String> = self.filter.iter().cloned().chain(after).collect();
        let mut address = Address::class(self.class).select(self.select);
        if !filters.is_empty() {
            address = address.with("$filter", &filters.join(" and "));
        }
        if paging != Paging::Offset {
            address = address.with("$orderby", self.key);
        }
        address = address.with("$top", &rows.to_string());
        if paging != Paging::ByKey {
            address = address.with("$skip", &received.to_string());
        }
        address.into_target()
    }
}

/// How a reading in one way of paging ended.
#[derive(PartialEq, Eq)]
enum End {
    /// With all rows.
    Complete,
    /// Without any row at all: there are none, or the site does not take this filter.
    Empty,
    /// With rows that this way of paging cannot have brought.
    Unusable,
}

/// Whether the site refused the form of a request, not the request.
pub(super) fn is_refusal_of_form(failure: &Failure) -> bool {
    matches!(
        failure.problem(),
        Problem::SiteRefused {
            status: 400 | 404 | 500 | 501,
            ..
        }
    )
}

/// Reads all rows and hands them on while they arrive, each row once and never more than a page's at a time. Returns how many
/// there were.
///
/// # Errors
/// Those of [`Client::json`], of `on_page`, and [`Problem::ForeignLink`]. No error ever counts as an end of the data.
pub(super) async fn sweep<R: Row>(
    client: &Client,
    listing: &Listing,
    mut on_page: impl FnMut(Vec<R>) -> Result<()> + Send,
) -> Result<usize> {
    let mut seen = Seen::<R::Key>::default();
    let mut paging = client.paging(listing.class).unwrap_or(listing.best);
    loop {
        let end = read(client, listing, paging, &mut seen, &mut on_page).await;
        let proven = client.paging(listing.class) == Some(paging);
        let is_the_end = match &end {
            Ok(End::Complete) => true,
            Ok(End::Empty) => proven,
            Ok(End::Unusable) => false,
            Err(failure) => !is_refusal_of_form(failure),
        };
        seen.start_again();
        match paging.next() {
            Some(next) if !is_the_end => paging = next,
            _ => return end.map(|_| seen.handed_on()),
        }
    }
}

async fn read<R: Row>(
    client: &Client,
    listing: &Listing,
    paging: Paging,
    seen: &mut Seen<R::Key>,
    on_page: &mut (impl FnMut(Vec<R>) -> Result<()> + Send),
) -> Result<End> {
    let asked = client.options.page_rows;
    let (mut last, mut received, mut barren) = (None, 0, 0);
    loop {
        let mut target = listing.target(paging, last.as_ref(), received, asked);
        let (received_before, seen_before, floor) = (received, seen.now(), last.clone());
        // A page, and what the site hangs on to it by links.
        loop {
            let known = seen.now();
            let mut part = Part {
                sorted: paging == Paging::ByKey,
                floor: floor.as_ref(),
                before: last.as_ref(),
                last: None,
                received: 0,
                usable: true,
                seen,
                on_page,
            };
            let link = client.rows(&target, listing.doing, &mut part).await?;
            if !part.usable {
                return Ok(End::Unusable);
            }
            received += part.received;
            last = part.last.or(last);
            if seen.now() > known {
                client.remember_paging(listing.class, paging);
                barren = 0;
            } else {
                barren += 1;
            }
            let Some(link) = link else { break };
            if barren > MOST_BARREN_PAGES {
                return Err(repeats(client, listing));
            }
            target = client.own_link(&target, &link)?;
        }
        let rows = received - received_before;
        if rows == 0 {
            return Ok(if received == 0 { End::Empty } else { End::Complete });
        }
        if paging != Paging::ByKey && seen.now() == seen_before {
            // The same rows again: the site takes no notice of `$skip`. Then a page that is not full has them all.
            return if rows != asked {
                Ok(End::Complete)
            } else {
                Err(repeats(client, listing))
            };
        }
    }
}

/// One answer of a list under way.
struct Part<'a, R: Row, F> {
    /// Whether its rows must be sorted by their key.
    sorted: bool,
    /// The last key of the page before: all rows lie behind it.
    floor: Option<&'a R::Key>,
    /// The last key of the part before: no row lies before it.
    before: Option<&'a R::Key>,
    /// The last key so far.
    last: Option<R::Key>,
    /// Rows so far.
    received: usize,
    /// Whether the rows are where they have to be. Once they are not, the rest is read and left alone.
    usable: bool,
    seen: &'a mut Seen<R::Key>,
    on_page: &'a mut F,
}

impl<R: Row, F: FnMut(Vec<R>) -> Result<()> + Send> Sink<R> for Part<'_, R, F> {
    fn begin(&mut self) {
        (self.last, self.received, self.usable) = (None, 0, true);
    }

    fn take(&mut self, rows: Vec<R>) -> Result<()> {
        self.usable &= !self.sorted || self.in_order(&rows);
        if !self.usable {
            return Ok(());
        }
        self.received += rows.len();
        self.last = rows.last().map(Row::key).or(self.last.take());
        let fresh: Vec<R> = rows.into_iter().filter(|row| self.seen.note(row.key())).collect();
        if fresh.is_empty() {
            return Ok(());
        }
        (self.on_page)(fresh)
    }
}

impl<R: Row, F> Part<'_, R, F> {
    /// Whether rows are sorted by their key and lie behind the rows before them.
    fn in_order(&self, rows: &[R]) -> bool {
        let first = rows.first().map(Row::key);
        let last = self.last.as_ref().or(self.before);
        rows.is_sorted_by_key(Row::key)
            && first
                .as_ref()
                .zip(self.floor)
                .is_none_or(|(first, floor)| first > floor)
            && first.as_ref().zip(last).is_none_or(|(first, last)| first >= last)
    }
}

fn repeats(client: &Client, listing: &Listing) -> Failure {
    Problem::NotUnderstood {
        host: client.door.provider.to_string(),
        expected: format!("the next page when {}, not one that was there before", listing.doing),
    }
    .into()
}

/// So often a choice of properties must have been refused before a poorer one is read by.
const REFUSALS: usize = 3;

/// The first choice of properties that the site accepts for a class, found by asking for one row; remembered.
///
/// A failure of a moment looks like a refusal, and what is then read of a poorer choice is wrong for all: names without their
/// domains, for one. So where a poorer choice is accepted, the better ones are asked for again.
///
/// # Errors
/// Those of [`Client::json`].
pub(super) async fn accepted_selection(
    client: &Client,
    class: &'static str,
    choices: &[&'static [&'static str]],
    doing: &'static str,
) -> Result<&'static [&'static str]> {
    let pick = |place: usize| choices.get(place).copied().unwrap_or_default();
    if let Some(place) = client.selection(class) {
        return Ok(pick(place));
    }
    let mut accepted = first_accepted(client, class, choices, doing).await?;
    for _ in 1..REFUSALS {
        let better = choices.get(..accepted).unwrap_or_default();
        match first_accepted(client, class, better, doing).await {
            Ok(place) => accepted = place,
            Err(failure) if is_refusal_of_form(&failure) => {}
            Err(failure) => return Err(failure),
        }
    }
    client.remember_selection(class, accepted);
    Ok(pick(accepted))
}

/// The place of the first choice that the site accepts.
async fn first_accepted(
    client: &Client,
    class: &'static str,
    choices: &[&'static [&'static str]],
    doing: &'static str,
) -> Result<usize> {
    for (place, select) in choices.iter().enumerate() {
        let target = Address::class(class).select(select).with("$top", "1").into_target();
        // Not every site stops at one row.
        match client.rows(&target, doing, &mut Nothing).await {
            Err(failure) if is_refusal_of_form(&failure) && place + 1 < choices.len() => {}
            Err(failure) => return Err(failure),
            Ok(_) => return Ok(place),
        }
    }
    Ok(0)
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests;
