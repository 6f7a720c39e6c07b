//! A whole class, page by page, in whichever way of paging the site accepts.
//!
//! Offset paging over a changing set is no snapshot: a row that leaves shifts all later ones by a place, and the next page
//! misses one. Paging by key (`key gt last`, sorted by the key) does not have that fault, so it is tried first. Nobody has
//! published what every site accepts; a refusal, rows that are out of order, or a first page that is empty only in this way
//! lead to the next way, and what worked is remembered.
//!
//! The end of the data is an empty page, nothing else: a site may send fewer rows a page than asked for.

use std::collections::HashSet;
use std::hash::Hash;

use serde::de::DeserializeOwned;

use super::client::Client;
use super::odata::{Address, Page, text_literal};
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

/// A key property's value.
pub(super) trait Key: Clone + Ord + Hash + Send {
    /// As a literal of a filter.
    fn literal(&self) -> String;
    /// A literal below every value.
    const LOWEST: &str;
}

impl Key for i64 {
    fn literal(&self) -> String {
        self.to_string()
    }
    const LOWEST: &str = "0";
}

impl Key for String {
    fn literal(&self) -> String {
        text_literal(self)
    }
    const LOWEST: &str = "''";
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

/// Reads all rows and hands them on page by page, each row once. Returns how many there were.
///
/// # Errors
/// Those of [`Client::json`], of `on_page`, and [`Problem::ForeignLink`]. No error ever counts as an end of the data.
pub(super) async fn sweep<R: Row>(
    client: &Client,
    listing: &Listing,
    mut on_page: impl FnMut(Vec<R>) -> Result<()> + Send,
) -> Result<usize> {
    let mut seen = Seen::default();
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
            _ => return end.map(|_| seen.handed_on.len()),
        }
    }
}

/// The keys of the rows so far.
struct Seen<K> {
    /// In the ways of paging given up before: their rows were handed on already.
    handed_on: HashSet<K>,
    /// In the way of paging under way.
    now: HashSet<K>,
}

impl<K> Default for Seen<K> {
    fn default() -> Self {
        Self {
            handed_on: HashSet::new(),
            now: HashSet::new(),
        }
    }
}

impl<K: Key> Seen<K> {
    /// Whether the row is to be handed on.
    fn note(&mut self, key: K) -> bool {
        !self.handed_on.contains(&key) & self.now.insert(key)
    }

    fn start_again(&mut self) {
        let now = std::mem::take(&mut self.now);
        if self.handed_on.is_empty() {
            self.handed_on = now;
        } else {
            self.handed_on.extend(now);
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
        let (received_before, seen_before, floor) = (received, seen.now.len(), last.clone());
        // A page, and what the site hangs on to it by links.
        loop {
            let page: Page<R> = client.json(&target, listing.doing).await?;
            if paging == Paging::ByKey && !in_order(&page.rows, floor.as_ref(), last.as_ref()) {
                return Ok(End::Unusable);
            }
            received += page.rows.len();
            last = page.rows.last().map(Row::key).or(last);
            let known = seen.now.len();
            let fresh: Vec<R> = page.rows.into_iter().filter(|row| seen.note(row.key())).collect();
            if seen.now.len() > known {
                client.remember_paging(listing.class, paging);
                barren = 0;
            } else {
                barren += 1;
            }
            if !fresh.is_empty() {
                on_page(fresh)?;
            }
            let Some(link) = page.next_link else { break };
            if barren > MOST_BARREN_PAGES {
                return Err(repeats(client, listing));
            }
            target = client.own_link(&target, &link)?;
        }
        let rows = received - received_before;
        if rows == 0 {
            return Ok(if received == 0 { End::Empty } else { End::Complete });
        }
        if paging != Paging::ByKey && seen.now.len() == seen_before {
            // The same rows again: the site takes no notice of `$skip`. Then a page that is not full has them all.
            return if rows != asked {
                Ok(End::Complete)
            } else {
                Err(repeats(client, listing))
            };
        }
    }
}

fn repeats(client: &Client, listing: &Listing) -> Failure {
    Problem::NotUnderstood {
        host: client.door.provider.to_string(),
        expected: format!("the next page when {}, not one that was there before", listing.doing),
    }
    .into()
}

/// Whether rows are sorted by their key and lie behind the rows before them: all behind `floor`, the last key of the page
/// before, and none before `last`, the last key of the part before.
fn in_order<R: Row>(rows: &[R], floor: Option<&R::Key>, last: Option<&R::Key>) -> bool {
    let keys: Vec<R::Key> = rows.iter().map(Row::key).collect();
    let first = keys.first();
    keys.is_sorted()
        && first.zip(floor).is_none_or(|(first, floor)| first > floor)
        && first.zip(last).is_none_or(|(first, last)| first >= last)
}

/// The first choice of properties that the site accepts for a class, found by asking for one row; remembered.
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
    for (place, select) in choices.iter().enumerate() {
        let target = Address::class(class).select(select).with("$top", "1").into_target();
        let page: Result<Page<serde_json::Value>> = client.json(&target, doing).await;
        match page {
            Err(failure) if is_refusal_of_form(&failure) && place + 1 < choices.len() => {}
            Err(failure) => return Err(failure),
            Ok(_) => {
                client.remember_selection(class, place);
                return Ok(pick(place));
            }
        }
    }
    Ok(&[])
}

#[cfg(test)]
#[cfg(feature = "lab")]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use serde::Deserialize;

    use super::*;
    use crate::configmgr::testing::{Asked, Reply, Server};

    #[derive(Debug, Deserialize)]
    struct Thing {
        #[serde(rename = "Id")]
        id: i64,
    }

    impl Row for Thing {
        type Key = i64;
        fn key(&self) -> i64 {
            self.id
        }
    }

    fn listing() -> Listing {
        Listing {
            class: "SMS_Thing",
            select: &["Id"],
            key: "Id",
            filter: Some("Kind eq 'a'".into()),
            best: Paging::ByKey,
            doing: "reading things",
        }
    }

    fn rows(ids: impl IntoIterator<Item = usize>) -> Reply {
        let rows: Vec<String> = ids.into_iter().map(|id| format!("{{\"Id\":{id}}}")).collect();
        Reply::rows(&rows)
    }

    /// A site with things 1 to `count`, that sends at most `cap` rows a page.
    fn page_of(asked: &Asked, count: usize, cap: usize) -> Reply {
        let top = asked.number("$top").min(cap);
        match asked.option("$filter").and_then(|filter| filter.split_once(" gt ")) {
            Some((_, last)) => rows((last.parse::<usize>().unwrap() + 1..=count).take(top)),
            None => rows((1..=count).skip(asked.number("$skip")).take(top)),
        }
    }

    fn is_by_key(asked: &Asked) -> bool {
        asked.target.contains(" gt ")
    }

    async fn read_all(client: &Client) -> Result<Vec<i64>> {
        let mut ids = Vec::new();
        let count = sweep(client, &listing(), |page: Vec<Thing>| {
            ids.extend(page.iter().map(|thing| thing.id));
            Ok(())
        })
        .await?;
        assert_eq!(count, ids.len(), "each row once");
        Ok(ids)
    }

    fn code(result: &Result<Vec<i64>>) -> &'static str {
        result.as_ref().unwrap_err().problem().code()
    }

    #[tokio::test]
    async fn by_key_until_an_empty_page() {
        let server = Server::plain(|asked| page_of(asked, 7, 100)).await;
        let site = server.site();
        assert_eq!(read_all(site.client()).await.unwrap(), [1, 2, 3, 4, 5, 6, 7]);
        let filters: Vec<String> = server
            .asked()
            .iter()
            .map(|asked| asked.option("$filter").unwrap().to_owned())
            .collect();
        assert_eq!(
            filters,
            [
                "Kind eq 'a' and Id gt 0",
                "Kind eq 'a' and Id gt 3",
                "Kind eq 'a' and Id gt 6",
                "Kind eq 'a' and Id gt 7"
            ]
        );
        assert!(
            server
                .asked()
                .iter()
                .all(|asked| asked.option("$orderby") == Some("Id"))
        );
    }

    #[tokio::test]
    async fn a_site_may_send_fewer_rows_than_asked_for() {
        for by_key in [true, false] {
            let server = Server::plain(move |asked| {
                if !by_key && is_by_key(asked) {
                    return Reply::json(404, "");
                }
                page_of(asked, 7, 2)
            })
            .await;
            assert_eq!(read_all(server.site().client()).await.unwrap(), [1, 2, 3, 4, 5, 6, 7]);
        }
    }

    #[tokio::test]
    async fn a_refused_form_leads_to_the_next_and_is_remembered() {
        for status in [400, 404, 500, 501] {
            let server = Server::plain(move |asked| match asked.option("$orderby") {
                Some(_) => Reply::json(status, r#"{"error":{"code":"x","message":"not like this"}}"#),
                None => page_of(asked, 7, 100),
            })
            .await;
            let site = server.site();
            assert_eq!(read_all(site.client()).await.unwrap(), [1, 2, 3, 4, 5, 6, 7]);
            let before = server.asked().len();
            read_all(site.client()).await.unwrap();
            let asked = server.asked();
            let second = asked.get(before..).unwrap();
            assert_eq!(second.len(), 4, "{status}");
            assert!(second.iter().all(|asked| asked.option("$orderby").is_none()));
        }
    }

    #[tokio::test]
    async fn a_filter_that_is_answered_with_nothing_is_no_proof() {
        let server = Server::plain(|asked| {
            if is_by_key(asked) {
                rows([])
            } else {
                page_of(asked, 7, 100)
            }
        })
        .await;
        assert_eq!(read_all(server.site().client()).await.unwrap(), [1, 2, 3, 4, 5, 6, 7]);

        let server = Server::plain(|asked| page_of(asked, 0, 100)).await;
        assert_eq!(read_all(server.site().client()).await.unwrap(), [0_i64; 0]);
        assert_eq!(server.asked().len(), 3, "every way of paging is asked");
    }

    #[tokio::test]
    async fn rows_out_of_order_are_not_paged_by_key() {
        // Takes no notice of `$orderby`.
        let server = Server::plain(|asked| match is_by_key(asked) {
            true => rows([5, 2, 9]),
            false => page_of(asked, 9, 100),
        })
        .await;
        assert_eq!(read_all(server.site().client()).await.unwrap().len(), 9);
        // Takes no notice of the filter: the same page again.
        let server = Server::plain(|asked| match is_by_key(asked) {
            true => rows([1, 2, 3]),
            false => page_of(asked, 9, 100),
        })
        .await;
        assert_eq!(read_all(server.site().client()).await.unwrap().len(), 9);
    }

    #[tokio::test]
    async fn duplicates_between_offset_pages_count_once() {
        // A row in front of the second page has come in, so row 3 shows up again.
        let server = Server::plain(|asked| match (is_by_key(asked), asked.number("$skip")) {
            (true, _) => Reply::json(404, ""),
            (_, 0) => rows([1, 2, 3]),
            (_, 3) => rows([3, 4, 5]),
            _ => rows([]),
        })
        .await;
        assert_eq!(read_all(server.site().client()).await.unwrap(), [1, 2, 3, 4, 5]);
    }

    #[tokio::test]
    async fn a_site_that_does_not_skip() {
        let server = |count: usize| {
            Server::plain(move |asked| match is_by_key(asked) {
                true => Reply::json(404, ""),
                false => rows(1..=count),
            })
        };
        // Not a full page, or more than asked for: that was all of it.
        for count in [2, 5] {
            let read = read_all(server(count).await.site().client()).await.unwrap();
            assert_eq!(read.len(), count);
        }
        assert_eq!(code(&read_all(server(3).await.site().client()).await), "not_understood");
    }

    #[tokio::test]
    async fn links_are_followed_at_home_only() {
        let linked = |ids: [usize; 2], link: &str| {
            let [a, b] = ids;
            Reply::json(
                200,
                format!("{{\"value\":[{{\"Id\":{a}}},{{\"Id\":{b}}}],\"@odata.nextLink\":\"{link}\"}}"),
            )
        };
        let server = Server::plain(move |asked| match asked.option("$skiptoken") {
            Some("x") => rows([3, 4]),
            _ if asked.target.ends_with(" gt 4&$orderby=Id&$top=3") => rows([]),
            _ => linked([1, 2], "SMS_Thing?$skiptoken=x"),
        })
        .await;
        assert_eq!(read_all(server.site().client()).await.unwrap(), [1, 2, 3, 4]);

        for link in [
            "https://localhost/x",
            "http://elsewhere.example/x",
            "//elsewhere.example/x",
            "http://localhost:1/x",
        ] {
            let server = Server::plain(move |_| linked([1, 2], link)).await;
            let read = read_all(server.site().client()).await;
            assert_eq!(code(&read), "foreign_link", "{link}");
            assert_eq!(server.asked().len(), 1, "nothing is asked twice for it");
        }
    }

    #[tokio::test]
    async fn links_in_a_circle_end() {
        let server = Server::plain(|_| Reply::json(200, r#"{"value":[{"Id":1}],"@odata.nextLink":"?again"}"#)).await;
        assert_eq!(code(&read_all(server.site().client()).await), "not_understood");
    }

    #[tokio::test]
    async fn an_error_is_never_the_end_of_the_data() {
        for (reply, expected) in [
            (Reply::Cut(r#"{"value":[{"Id":4},{"Id":5}]}"#.into(), 20), "cut_off"),
            (Reply::Unmeasured(r#"{"value":[{"Id":4},"#.into()), "cut_off"),
            (Reply::Silence, "timed_out"),
            (Reply::Hang, "site_unreachable"),
            (Reply::json(503, ""), "unavailable"),
            (Reply::json(403, ""), "no_configmgr_rights"),
            (
                Reply::json(404, r#"{"error":{"message":"Access denied  WMI QUERY: "}}"#),
                "no_configmgr_rights",
            ),
            (Reply::json(200, "<html>"), "not_understood"),
            (Reply::json(200, "{}"), "not_understood"),
            (Reply::json(200, r#"{"value":[{"Id":"x"}]}"#), "not_understood"),
        ] {
            let second = reply.clone();
            let server = Server::plain(move |asked| match asked.target.contains(" gt 0") {
                true => rows([1, 2, 3]),
                false => second.clone(),
            })
            .await;
            let site = server.site_with(crate::configmgr::SiteOptions {
                page_timeout: std::time::Duration::from_millis(300),
                ..crate::configmgr::testing::quick()
            });
            assert_eq!(code(&read_all(site.client()).await), expected, "{reply:?}");
        }
    }

    #[tokio::test]
    async fn a_page_cut_midway_is_asked_for_again() {
        let cuts = AtomicUsize::new(0);
        let server = Server::plain(move |asked| {
            let whole = page_of(asked, 7, 100);
            match whole {
                Reply::Whole(_, _, body) if asked.target.contains(" gt 3") && cuts.fetch_add(1, SeqCst) < 2 => {
                    Reply::Cut(body, 25)
                }
                other => other,
            }
        })
        .await;
        assert_eq!(read_all(server.site().client()).await.unwrap(), [1, 2, 3, 4, 5, 6, 7]);
    }

    #[tokio::test]
    async fn what_takes_the_pages_may_stop_the_reading() {
        let server = Server::plain(|asked| page_of(asked, 7, 100)).await;
        let site = server.site();
        let stop = |_: Vec<Thing>| {
            Err(Problem::Cancelled {
                partly: false,
                left: "all".into(),
            }
            .into())
        };
        let failure = sweep(site.client(), &listing(), stop).await.unwrap_err();
        assert_eq!(failure.problem().code(), "cancelled");
        assert_eq!(server.asked().len(), 1);
    }
}
