use super::*;
use crate::flow::grid::Laid;
use crate::flow::testing::{groups_seen, not_allowed, overview};
use crate::flow::{Effect, Query};
use crate::model::ConnectionState;
use crate::model::group_view::{Computer, Computers, Match};

/// What was asked for, by a word each.
fn words(effects: &[Effect]) -> Vec<&'static str> {
    let word = |effect: &Effect| match effect {
        Effect::Query(_, Query::Look(Look::Groups(_))) => "groups",
        Effect::Query(_, Query::Look(Look::Matches(..))) => "matches",
        Effect::Query(_, Query::Look(Look::Computers(_, ComputersOf::Group(_), _))) => "members",
        Effect::Query(_, Query::Look(Look::Computers(..))) => "computers",
        Effect::Query(_, Query::Look(Look::GroupsOf(..))) => "groups of",
        Effect::Query(_, Query::Look(Look::SiteCounts(_))) => "site",
        Effect::Query(_, Query::Look(Look::Difference(..))) => "difference",
        Effect::Query(_, Query::Look(Look::LayOut(..))) => "lay out",
        Effect::Abandon(_) => "abandon",
        _ => "other",
    };
    effects.iter().map(word).collect()
}

fn matches(seen: &GroupsSeen, within: Within) -> Matches {
    let found = Match {
        computers: 2,
        same: 1,
        ..Match::default()
    };
    Matches {
        within,
        all: Ok(found),
        groups: seen
            .groups
            .iter()
            .map(|group| (group.collection.clone(), Ok(found)))
            .collect(),
    }
}

fn computers() -> ListSeen {
    let list = ["pc1", "pc2"].map(|name| Computer {
        computer: name.into(),
        groups: None,
        reports: None,
        reports_as: None,
        last_heartbeat: None,
    });
    let list = Computers {
        list: list.into(),
        ..Computers::default()
    };
    ListSeen {
        sheet: group_sheet::computers(&list),
        ..ListSeen::default()
    }
}

/// Answers everything, as a backend would; answers what was asked on the way.
fn serve(page: &mut Groups, asker: &mut Asker) -> Vec<&'static str> {
    let mut asked = Vec::new();
    loop {
        let effects = asker.take();
        if effects.is_empty() {
            return asked;
        }
        asked.extend(words(&effects));
        for effect in effects {
            let Effect::Query(ticket, Query::Look(look)) = effect else {
                continue;
            };
            let answer = match look {
                Look::Groups(_) => Seen::Groups(Ok(Arc::new(groups_seen(3)))),
                Look::Matches(_, _, within) => Seen::Matches(Ok(Arc::new(matches(&groups_seen(3), within)))),
                Look::Computers(..) | Look::GroupsOf(..) => Seen::Computers(Ok(computers())),
                Look::LayOut(Source::Sheet(sheet), sort) => Seen::LayOut(Ok(Laid::new(sheet, sort))),
                Look::LayOut(Source::Groups { seen, matches, site }, sort) => {
                    let sheet =
                        group_sheet::groups(&seen, matches.as_deref(), site.as_ref().map(|site| site.as_slice()));
                    Seen::LayOut(Ok(Laid::new(sheet, sort)))
                }
                Look::SiteCounts(_) => Seen::SiteCounts(Ok(Arc::new(Vec::new()))),
                Look::Difference(..) => Seen::Difference(Err(not_allowed())),
                _ => continue,
            };
            page.answer(ticket, answer, asker);
        }
    }
}

fn opened() -> (Groups, Asker) {
    let mut asker = Asker::default();
    let mut page = Groups::new(overview("A", ConnectionState::Ready).connection, &mut asker);
    assert_eq!(
        serve(&mut page, &mut asker),
        ["groups", "lay out", "matches", "lay out"],
        "numbers first, then which of them report"
    );
    (page, asker)
}

#[test]
fn all_groups_come_first_with_their_numbers() {
    let (page, _) = opened();
    assert_eq!(page.table().len(), 3);
    assert_eq!(page.table().cell(0, group_sheet::group::COLLECTION_ID), "PS100001");
    assert_eq!(page.table().cell(0, 3), "1", "one reports");
    assert_eq!(page.selected_group().unwrap().alias, "ConfigMgr_PS1_PS100001");
    assert!(page.query().unwrap().starts_with("union (ConfigMgr_PS1_PS100001"));
}

#[test]
fn a_group_opens_its_members_and_a_member_its_groups() {
    let (mut page, mut asker) = opened();
    page.grid().move_to(1, false);
    page.open_members(&mut asker);
    assert_eq!(serve(&mut page, &mut asker), ["members", "lay out"]);
    assert!(matches!(page.list(), List::Members(group) if group.alias == "ConfigMgr_PS1_PS100002"));
    assert_eq!(page.selected_computer(), Some("pc1"));
    assert_eq!(page.selected_group().unwrap().alias, "ConfigMgr_PS1_PS100002");
    page.find_groups_of(Some("pc1".into()), &mut asker);
    assert_eq!(serve(&mut page, &mut asker), ["groups of", "lay out"]);
    assert_eq!(*page.list(), List::GroupsOf("pc1".into()));
    page.open_groups(&mut asker);
    assert_eq!(page.table().cursor(), Some(1), "the list of groups is as it was left");
    page.computer = TextField::holding("  ");
    page.find_groups_of(None, &mut asker);
    assert_eq!(*page.list(), List::Groups);
}

#[test]
fn nobody_waits_for_a_list_that_was_left() {
    let (mut page, mut asker) = opened();
    page.open_computers(&mut asker);
    let effects = asker.take();
    let Some(Effect::Query(ticket, _)) = effects.first() else {
        panic!("nothing was asked");
    };
    page.open_groups(&mut asker);
    assert_eq!(words(&asker.take()), ["abandon"]);
    page.answer(*ticket, Seen::Computers(Ok(computers())), &mut asker);
    assert!(asker.take().is_empty() && page.listed().is_idle());
}

#[test]
fn another_time_asks_anew_who_reports_and_the_site_is_asked_on_demand() {
    let (mut page, mut asker) = opened();
    page.set_within(Within::Day, &mut asker);
    assert!(asker.take().is_empty(), "it is that already");
    page.set_within(Within::Week, &mut asker);
    assert_eq!(serve(&mut page, &mut asker), ["matches", "lay out"]);
    assert_eq!(page.matches().value().unwrap().within, Within::Week);
    page.compare_with_site(&mut asker);
    assert_eq!(serve(&mut page, &mut asker), ["site", "lay out"]);
    page.refresh(&mut asker);
    let asked = serve(&mut page, &mut asker);
    assert!(asked.contains(&"groups") && asked.contains(&"site"), "{asked:?}");
}

#[test]
fn a_failure_keeps_what_was_there() {
    let (mut page, mut asker) = opened();
    page.refresh(&mut asker);
    let effects = asker.take();
    let ticket = effects.iter().find_map(|effect| match effect {
        Effect::Query(ticket, Query::Look(Look::Groups(_))) => Some(*ticket),
        _ => None,
    });
    page.answer(ticket.unwrap(), Seen::Groups(Err(not_allowed())), &mut asker);
    assert!(page.seen().failure().is_some());
    assert_eq!(page.table().len(), 3);
    page.open_difference(&mut asker);
    serve(&mut page, &mut asker);
    assert!(page.difference().failure().is_some() && page.table().is_empty());
}

#[test]
fn the_rows_that_are_shown_are_saved() {
    let (mut page, _) = opened();
    page.grid().filter = TextField::holding("PS100003");
    page.grid().apply_filter();
    page.save();
    assert_eq!(page.saving.as_ref().unwrap().rows(), 1);
}
