//! Whole readings of sites that page in any way, break off and change meanwhile.

use std::collections::BTreeSet;
use std::sync::Mutex;

use proptest::prelude::*;

use super::*;

/// How a site pages, and what goes wrong meanwhile.
#[derive(Debug, Clone)]
struct Conduct {
    by_key: bool,
    sorts: bool,
    /// So many rows a page, whatever is asked for.
    fixed: Option<usize>,
    /// Rows a page at most.
    cap: usize,
    /// Rows we ask for.
    asked: usize,
    /// For each request in turn, the percentage of the answer behind which it breaks off.
    cuts: Vec<Option<usize>>,
    /// For each request in turn, a thing that comes or goes before it is answered.
    moves: Vec<Option<usize>>,
}

/// Things with these numbers come and go; the others are always there.
fn is_fickle(id: usize) -> bool {
    id.is_multiple_of(5)
}

fn conducts() -> impl Strategy<Value = Conduct> {
    let turns = || proptest::collection::vec(proptest::option::of(0_usize..100), 0..12);
    let fixed = || prop_oneof![Just(None), Just(Some(usize::MAX)), (1_usize..30).prop_map(Some)];
    (any::<[bool; 2]>(), fixed(), 1_usize..9, 1_usize..9, turns(), turns()).prop_map(
        |([by_key, sorts], fixed, cap, asked, cuts, moves)| Conduct {
            by_key,
            sorts,
            fixed,
            cap,
            asked,
            cuts,
            moves,
        },
    )
}

/// A site of that conduct.
struct Fickle {
    conduct: Conduct,
    things: BTreeSet<usize>,
    turn: usize,
}

impl Fickle {
    fn reply(&mut self, asked: &Asked) -> Reply {
        let turn = |turns: &[Option<usize>]| turns.get(self.turn).copied().flatten();
        let (cut, moved) = (turn(&self.conduct.cuts), turn(&self.conduct.moves));
        self.turn += 1;
        if let Some(id) = moved.filter(|id| is_fickle(*id))
            && !self.things.remove(&id)
        {
            self.things.insert(id);
        }
        let after = asked
            .option("$filter")
            .and_then(|filter| filter.split_once(" gt "))
            .map(|(_, last)| last.parse::<usize>().unwrap());
        if after.is_some() && !self.conduct.by_key || asked.option("$orderby").is_some() && !self.conduct.sorts {
            return Reply::json(400, "");
        }
        let top = asked.number("$top").min(self.conduct.cap);
        let top = self.conduct.fixed.unwrap_or(top);
        let behind = self.things.iter().filter(|id| after.is_none_or(|after| **id > after));
        let page: Vec<usize> = behind.skip(asked.number("$skip")).take(top).copied().collect();
        match (rows(page), cut) {
            (Reply::Whole(_, _, body), Some(percent)) => {
                let at = body.len() * percent / 100;
                Reply::Cut(body, at)
            }
            (whole, _) => whole,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever the way of paging, and whatever breaks off: each thing once, none that never was; and all that stay where
    /// they are, unless things move under a way of paging that counts places.
    #[test]
    fn each_thing_once(conduct in conducts(), count in 0_usize..60) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (read, pages) = runtime.block_on(async {
            let fickle = Mutex::new(Fickle { conduct: conduct.clone(), things: (1..=count).collect(), turn: 0 });
            let server = Server::plain(move |asked| fickle.lock().unwrap().reply(asked)).await;
            let site = server.site_with(crate::configmgr::SiteOptions {
                attempts: 20,
                first_pause: std::time::Duration::ZERO,
                page_rows: conduct.asked,
                ..crate::configmgr::testing::quick()
            });
            let mut pages: Vec<Vec<usize>> = Vec::new();
            let things = listing();
            let read = sweep(site.client(), &things, |page: Vec<Thing>| {
                pages.push(page.iter().map(|thing| usize::try_from(thing.id).unwrap()).collect());
                Ok(())
            });
            (read.await, pages)
        });
        let ids: Vec<usize> = pages.concat();
        let different: BTreeSet<usize> = ids.iter().copied().collect();
        prop_assert_eq!(different.len(), ids.len(), "each once: {:?}", ids);
        prop_assert!(different.iter().all(|id| *id <= count || is_fickle(*id)));
        prop_assert!(pages.iter().all(|page| page.len() <= conduct.asked));
        // Where things move under a way that counts places, a full page may come twice: then the reading ends in an error.
        let is_whole = conduct.fixed == Some(usize::MAX) && read.is_ok();
        let is_still = conduct.moves.iter().flatten().all(|id| !is_fickle(*id));
        if is_still || conduct.by_key && conduct.sorts || is_whole {
            prop_assert_eq!(read.unwrap(), ids.len());
            let stable = (1..=count).filter(|id| !is_fickle(*id));
            prop_assert!(stable.into_iter().all(|id| different.contains(&id)), "all of them: {:?}", ids);
        }
    }
}
