use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use serde::Deserialize;
use tokio::sync::Semaphore;

use super::*;
use crate::configmgr::testing::{Asked, Reply, Server};

mod properties;

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
async fn rows_are_handed_on_while_a_page_arrives() {
    // Everything in one page, whatever was asked for; the second half does not come before the first has been handed on.
    let Reply::Whole(_, _, body) = rows(1..=1000) else {
        panic!("rows come whole")
    };
    let gate = Arc::new(Semaphore::new(0));
    let held = gate.clone();
    let half = body.find(r#"{"Id":501}"#).unwrap();
    let server = Server::plain(move |asked| match asked.target.contains(" gt 0") {
        true => Reply::Halves(body.clone(), half, held.clone()),
        false => rows([]),
    })
    .await;
    let site = server.site();
    let mut pages = Vec::new();
    let things = listing();
    let count = sweep(site.client(), &things, |page: Vec<Thing>| {
        pages.push(page.len());
        if pages.iter().sum::<usize>() == 498 {
            gate.add_permits(1);
        }
        Ok(())
    });
    assert_eq!(count.await.unwrap(), 1000);
    assert!(pages.iter().all(|rows| (1..=3).contains(rows)), "{pages:?}");
    let asked = server.asked();
    assert_eq!(asked.len(), 2, "the page was asked for once");
    assert!(asked.iter().all(|asked| asked.connection == 0), "read to its end");
}

#[tokio::test]
async fn a_connection_with_an_answer_half_read_is_not_used_again() {
    let Reply::Whole(_, _, body) = rows(1..=9) else {
        panic!("rows come whole")
    };
    let never = Arc::new(Semaphore::new(0));
    let half = body.find(r#"{"Id":5}"#).unwrap();
    let server = Server::plain(move |asked| match asked.target.contains(" gt 0") {
        true => Reply::Halves(body.clone(), half, never.clone()),
        false => page_of(asked, 9, 100),
    })
    .await;
    let site = server.site_with(crate::configmgr::SiteOptions {
        page_timeout: std::time::Duration::from_millis(300),
        attempts: 1,
        ..crate::configmgr::testing::quick()
    });
    let next = async || {
        let page = site
            .client()
            .json::<serde_json::Value>("/AdminService/wmi/SMS_Thing?$top=1", "reading");
        page.await.unwrap();
        server.asked().last().unwrap().connection
    };
    assert_eq!(next().await, 0);
    // The page takes too long.
    assert_eq!(code(&read_all(site.client()).await), "timed_out");
    assert_eq!(next().await, 1);
    // What takes the rows stops the reading.
    let failure = sweep(site.client(), &listing(), stop).await.unwrap_err();
    assert_eq!(failure.problem().code(), "cancelled");
    assert_eq!(next().await, 2);
    // Nobody waits for the page any more.
    let things = listing();
    let reading = sweep(site.client(), &things, |_: Vec<Thing>| Ok(()));
    tokio::select! {
        biased;
        _ = reading => panic!("the page never ends"),
        () = async {
            while server.asked().len() < 6 {
                tokio::task::yield_now().await;
            }
        } => {}
    }
    assert_eq!(next().await, 3);
}

fn stop(_: Vec<Thing>) -> Result<()> {
    Err(Problem::Cancelled {
        partly: false,
        left: "all".into(),
    }
    .into())
}

#[tokio::test]
async fn what_takes_the_pages_may_stop_the_reading() {
    let server = Server::plain(|asked| page_of(asked, 7, 100)).await;
    let site = server.site();
    let failure = sweep(site.client(), &listing(), stop).await.unwrap_err();
    assert_eq!(failure.problem().code(), "cancelled");
    assert_eq!(server.asked().len(), 1);
}

/// The choice that is taken of three, at a site that refuses its first requests, and the number of requests.
async fn chosen(refusals: usize, status: u16) -> (Result<&'static [&'static str]>, usize) {
    let count = AtomicUsize::new(0);
    let server = Server::plain(move |_| match count.fetch_add(1, SeqCst) {
        refused if refused < refusals => Reply::json(status, ""),
        _ => rows([1]),
    })
    .await;
    let site = server.site();
    let choices: &[&[&str]] = &[&["Id", "Name", "Path"], &["Id", "Name"], &["Id"]];
    let choose = async || accepted_selection(site.client(), "SMS_Thing", choices, "reading things").await;
    let first = choose().await;
    let asked = server.asked().len();
    if first.is_ok() {
        assert_eq!(choose().await.ok(), first.as_ref().ok().copied());
        assert_eq!(server.asked().len(), asked, "remembered");
    }
    (first, asked)
}

#[tokio::test]
async fn a_failure_of_a_moment_is_no_refusal_of_a_choice() {
    for (refusals, requests) in [(0, 1), (1, 3), (2, 4)] {
        let (taken, asked) = chosen(refusals, 404).await;
        assert_eq!(
            (taken.unwrap(), asked),
            (&["Id", "Name", "Path"][..], requests),
            "{refusals}"
        );
    }
    let (refused, asked) = chosen(3, 404).await;
    assert_eq!((refused.unwrap_err().problem().code(), asked), ("site_refused", 3));
    let (failed, _) = chosen(1, 403).await;
    assert_eq!(failed.unwrap_err().problem().code(), "no_configmgr_rights");
}
