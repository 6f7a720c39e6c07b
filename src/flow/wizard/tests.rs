//! The wizard's rules, one test each. `properties` tries them in any order of acts and answers.

use super::*;
use crate::flow::effect::{RightsSeen, Unfinished};
use crate::flow::testing::{
    CLIENT, Desk, SECRET, TENANT, accesses, collection, created, name, not_allowed, setup, stopped, type_app,
    type_site, unfinished, visible, workspace,
};
use crate::flow::{Query, RunId, SecretText, TextField};
use crate::model::removal::Extent;
use crate::model::report::Standing;
use crate::model::{ConnectionState, Failure, Fingerprint, MemberScope, Problem, SignIn, WorkspaceId};

mod history;
mod known;
mod properties;
mod schedule;
mod site;

const INPUT: [Page; 4] = [
    Page::General,
    Page::AzureServices,
    Page::ImportApps,
    Page::Configuration,
];

fn ids(desk: &Desk) -> Vec<String> {
    desk.wizard
        .place
        .chosen
        .iter()
        .map(|each| each.id.to_string())
        .collect()
}

fn lost() -> Failure {
    Problem::SecretLost { what: "the key".into() }.into()
}

// ---- a wizard that holds settings ----

#[test]
fn with_settings_only_the_secrets_are_asked_for() {
    let mut wanted = setup("Contoso");
    wanted.import = false;
    wanted.members = MemberScope::ClientsOnly;
    wanted.history = crate::model::History::On;
    wanted.rule_group = wanted
        .workspace
        .to_string()
        .replace("/rg/", "/rules/")
        .parse::<WorkspaceId>()
        .ok()
        .map(|id| id.group());
    let wizard = Wizard::holding(wanted.clone(), crate::flow::testing::environments(), Vec::new());
    let mut desk = Desk::with(wizard, crate::flow::Asker::default());
    desk.wizard.general.password = SecretText::holding("p w");
    desk.wizard.general.connect(&mut desk.asker);
    desk.serve();
    assert_eq!(desk.next(), Page::AzureServices);
    assert_eq!(desk.next(), Page::App);
    assert_eq!(desk.next(), Page::ImportApps);
    desk.wizard.app.secret = SecretText::holding(SECRET);
    assert_eq!(desk.wizard.app.verify(&mut desk.asker), None);
    desk.serve();
    assert_eq!(desk.next(), Page::Configuration);
    desk.serve();
    assert_eq!(desk.next(), Page::Confirm);
    let (setup, secrets) = desk.wizard.setup().unwrap();
    assert_eq!(setup, wanted);
    assert_eq!(secrets.client_secret.expose(), SECRET);
    // The site has told what its collections are called.
    assert!(desk.wizard.place.chosen.iter().all(|each| !each.name.is_empty()));
}

// ---- the way through ----

#[test]
fn the_way_leads_through_all_pages_to_one_creation_of_what_was_accepted() {
    let mut desk = Desk::at(Page::Progress);
    let creations = desk.creations();
    let [(_, setup, secrets)] = creations.as_slice() else {
        panic!("not one creation");
    };
    assert_eq!(
        (setup.name.as_str(), setup.description.as_str()),
        ("Contoso", "for the servers")
    );
    assert_eq!(
        (setup.app.tenant_id.to_string(), setup.app.client_id.to_string()),
        (TENANT.into(), CLIENT.into())
    );
    assert_eq!(setup.workspace, workspace(1, "rg", "law"));
    assert_eq!(setup.site.provider.to_string(), "cm01.corp.example");
    let chosen: Vec<_> = setup.collections.iter().map(ToString::to_string).collect();
    assert_eq!(chosen, [collection(1).id.to_string(), collection(2).id.to_string()]);
    assert_eq!(secrets.client_secret.expose(), SECRET);
    assert_eq!(secrets.site_password.as_ref().unwrap().expose(), "p w");
    let setup = (*setup).clone();
    desk.end(Ok(created(setup)));
    assert_eq!(desk.wizard.page(), Page::Completion);
    desk.next();
    assert!(desk.wizard.is_over());
}

#[test]
fn next_leads_nowhere_from_a_page_that_is_not_filled() {
    for page in INPUT {
        let mut desk = Desk::new();
        desk.world.workspaces = vec![workspace(1, "a", "x"), workspace(1, "b", "y")];
        desk.go_to(if page == Page::Configuration {
            Page::ImportApps
        } else {
            page
        });
        if page == Page::Configuration {
            desk.fill();
            desk.next();
            desk.serve();
        }
        assert!(!desk.wizard.may_go_on(), "{page:?}");
        assert_eq!(desk.next(), page);
    }
}

#[test]
fn no_collection_is_fine_but_no_workspace_is_not() {
    let mut desk = Desk::at(Page::Configuration);
    desk.serve();
    assert!(desk.wizard.place.chosen.is_empty());
    assert_eq!(desk.next(), Page::Confirm);
    assert!(desk.wizard.setup().unwrap().0.collections.is_empty());
    let mut desk = Desk::new();
    desk.world.workspaces.clear();
    desk.go_to(Page::Configuration);
    desk.serve();
    desk.choose(&[1]);
    assert!(desk.wizard.place.workspace().is_none());
    assert_eq!(desk.next(), Page::Configuration);
}

#[test]
fn back_is_possible_until_something_is_made() {
    let mut desk = Desk::at(Page::Confirm);
    let mut seen = Vec::new();
    while desk.wizard.may_go_back() {
        desk.wizard.back(&mut desk.asker);
        seen.push(desk.wizard.page());
    }
    assert_eq!(
        seen,
        [
            Page::Configuration,
            Page::ImportApps,
            Page::App,
            Page::AzureServices,
            Page::General
        ]
    );
    let mut desk = Desk::at(Page::Progress);
    desk.wizard.back(&mut desk.asker);
    desk.wizard.go_back_to(Page::General, &mut desk.asker);
    assert_eq!((desk.wizard.page(), desk.wizard.may_go_back()), (Page::Progress, false));
}

#[test]
fn back_loses_nothing_and_no_page_has_to_be_done_again() {
    let mut desk = Desk::at(Page::Confirm);
    desk.back_to(Page::General);
    desk.serve();
    for page in [
        Page::AzureServices,
        Page::App,
        Page::ImportApps,
        Page::Configuration,
        Page::Confirm,
    ] {
        assert_eq!(desk.next(), page);
    }
    assert!(desk.wizard.setup().is_some());
    assert!(desk.waiting.is_empty(), "nothing had to be asked again");
}

#[test]
fn the_page_list_leads_back_only() {
    let mut desk = Desk::at(Page::App);
    desk.wizard.go_back_to(Page::Configuration, &mut desk.asker);
    assert_eq!(desk.wizard.page(), Page::App);
    desk.back_to(Page::General);
}

// ---- what Confirm is drawn from ----

type Edit = fn(&mut Wizard);

const EDITS: [(Page, Edit); 13] = [
    (Page::General, |wizard| wizard.general.provider.text.push('x')),
    (Page::General, |wizard| wizard.general.account.text.push('x')),
    (Page::General, |wizard| _ = wizard.general.password.insert("x", 0)),
    (Page::General, |wizard| {
        wizard.general.trust = TrustChoice::Accepted(Fingerprint::new([1; 32]))
    }),
    (Page::AzureServices, |wizard| wizard.service.name.text.push('x')),
    (Page::AzureServices, |wizard| wizard.service.description.push('x')),
    (Page::App, |wizard| wizard.app.environment = 1),
    (Page::ImportApps, |wizard| wizard.app.tenant_name.text.push('x')),
    (Page::ImportApps, |wizard| wizard.app.expiry.text = "2028-01-01".into()),
    (Page::ImportApps, |wizard| _ = wizard.app.secret.insert("x", 0)),
    (Page::ImportApps, |wizard| wizard.app.client_id.text.clear()),
    (Page::Configuration, |wizard| drop(wizard.place.chosen.pop())),
    (Page::Configuration, |wizard| {
        wizard.place.members = MemberScope::ClientsOnly
    }),
];

#[test]
fn an_edit_anywhere_takes_the_set_up_away_and_names_its_page() {
    for (at, (page, edit)) in EDITS.into_iter().enumerate() {
        let mut desk = Desk::at(Page::Confirm);
        edit(&mut desk.wizard);
        assert!(
            desk.wizard.setup().is_none() && desk.wizard.plan().is_none(),
            "edit {at}"
        );
        assert_eq!(desk.wizard.changed_page(), Some(page), "edit {at}");
        assert!(!desk.wizard.may_go_on());
        assert_eq!(desk.next(), Page::Confirm);
        assert!(desk.creations().is_empty(), "edit {at}");
    }
}

#[test]
fn revert_brings_back_what_was_accepted_page_by_page() {
    for (at, (page, edit)) in EDITS.into_iter().enumerate() {
        let mut desk = Desk::at(Page::Confirm);
        desk.back_to(page);
        assert!(!desk.wizard.is_edited(), "edit {at}");
        edit(&mut desk.wizard);
        assert!(desk.wizard.is_edited(), "edit {at}");
        desk.wizard.revert();
        assert!(!desk.wizard.is_edited(), "edit {at}");
        assert_eq!(desk.wizard.changed_page(), None, "edit {at}");
        while desk.next() != Page::Confirm {}
        assert!(desk.wizard.setup().is_some(), "edit {at}");
    }
}

#[test]
fn revert_touches_its_own_page_alone() {
    let mut desk = Desk::at(Page::Confirm);
    desk.wizard.app.environment = 1;
    desk.wizard.app.tenant_name.text = "edited".into();
    desk.back_to(Page::ImportApps);
    desk.wizard.revert();
    assert_eq!(
        (desk.wizard.app.environment, desk.wizard.app.tenant_name.text.as_str()),
        (1, "Contoso")
    );
    assert_eq!(desk.wizard.changed_page(), Some(Page::App));
    desk.back_to(Page::App);
    desk.wizard.revert();
    assert_eq!(desk.wizard.changed_page(), None);
}

#[test]
fn what_was_accepted_still_counts_after_other_answers() {
    let mut desk = Desk::at(Page::Confirm);
    desk.back_to(Page::ImportApps);
    type_app(&mut desk.wizard, "another");
    desk.wizard.app.verify(&mut desk.asker);
    let ticket = desk.ticket(|query| matches!(query, Query::Verify(_)));
    desk.answer(ticket, Answer::Verify(Err(Problem::SecretExpired.into())));
    assert!(!desk.wizard.app.is_verified());
    desk.wizard.revert();
    assert!(desk.wizard.app.is_verified());
    desk.back_to(Page::General);
    type_site(&mut desk.wizard, "other.corp.example");
    desk.wizard.general.connect(&mut desk.asker);
    desk.serve();
    assert!(desk.wizard.general.site().is_some());
    desk.wizard.revert();
    assert!(desk.wizard.general.site().is_some());
    assert_eq!(desk.wizard.changed_page(), None);
}

#[test]
fn a_newer_list_of_collections_changes_nothing_that_was_accepted() {
    let mut desk = Desk::at(Page::Confirm);
    desk.back_to(Page::Configuration);
    let (_, site) = accesses(&desk.wizard);
    desk.wizard.place.list_again(&site, &mut desk.asker);
    desk.next();
    desk.world.collections[0].member_count = 99;
    desk.serve();
    assert_eq!(desk.wizard.place.chosen[0].member_count, 99, "it is shown as it is now");
    assert!(desk.wizard.may_go_on());
}

#[test]
fn a_name_that_is_taken_meanwhile_stops_at_confirm() {
    let mut desk = Desk::at(Page::Confirm);
    desk.wizard.names_taken(vec![name("CONTOSO")]);
    assert_eq!(desk.wizard.changed_page(), Some(Page::AzureServices));
    let mut desk = Desk::at(Page::Progress);
    desk.wizard.names_taken(vec![name("Contoso")]);
    assert_eq!(desk.wizard.changed_page(), None, "it is this one's own");
}

// ---- verification ----

#[test]
fn verified_counts_for_exactly_what_is_typed() {
    let mut desk = Desk::at(Page::ImportApps);
    desk.fill();
    assert!(desk.wizard.app.is_verified());
    for (_, edit) in EDITS
        .iter()
        .filter(|(page, _)| matches!(page, Page::App | Page::ImportApps))
    {
        let mut desk = Desk::at(Page::ImportApps);
        desk.fill();
        edit(&mut desk.wizard);
        assert!(!desk.wizard.app.is_verified());
    }
    desk.wizard.app.secret.insert("x", 0);
    desk.wizard.app.secret.delete(0..1);
    assert!(desk.wizard.app.is_verified(), "typed back as it was");
}

#[test]
fn an_answer_to_what_was_typed_before_does_not_verify() {
    let mut desk = Desk::at(Page::ImportApps);
    type_app(&mut desk.wizard, "first");
    desk.wizard.app.verify(&mut desk.asker);
    let first = desk.ticket(|query| matches!(query, Query::Verify(_)));
    type_app(&mut desk.wizard, "second");
    desk.wizard.app.verify(&mut desk.asker);
    assert!(!desk.answer(first, Answer::Verify(Ok(Vec::new()))));
    type_app(&mut desk.wizard, "first");
    assert!(!desk.wizard.app.is_verified());
}

#[test]
fn stopping_a_second_verification_does_not_undo_the_failure_of_the_first() {
    let mut desk = Desk::at(Page::ImportApps);
    desk.fill();
    desk.wizard.app.verify(&mut desk.asker);
    let ticket = desk.ticket(|query| matches!(query, Query::Verify(_)));
    desk.answer(ticket, Answer::Verify(Err(Problem::SecretExpired.into())));
    desk.wizard.app.verify(&mut desk.asker);
    desk.wizard.app.stop(&mut desk.asker);
    assert!(!desk.wizard.app.is_verified());
}

#[test]
fn verify_asks_nothing_and_names_the_field_where_one_is_wrong() {
    let mut desk = Desk::at(Page::ImportApps);
    let cases: [(Edit, AppField); 4] = [
        (
            |wizard| wizard.app.tenant_id.text = "contoso".into(),
            AppField::TenantId,
        ),
        (|wizard| wizard.app.client_id.text.clear(), AppField::ClientId),
        (|wizard| wizard.app.secret.clear(), AppField::SecretKey),
        (|wizard| wizard.app.expiry.text = "soon".into(), AppField::SecretExpiry),
    ];
    for (edit, field) in cases {
        type_app(&mut desk.wizard, SECRET);
        edit(&mut desk.wizard);
        assert_eq!(desk.wizard.app.verify(&mut desk.asker), Some(field));
        desk.gather();
        assert!(desk.waiting.is_empty(), "{field:?}");
    }
}

#[test]
fn a_pasted_document_fills_the_app_and_a_broken_one_changes_nothing() {
    let mut desk = Desk::at(Page::ImportApps);
    let text = format!(r#"{{"appId":"{CLIENT}","displayName":"asw","password":"{SECRET}","tenant":"{TENANT}"}}"#);
    desk.wizard.app.paste(&text, &mut desk.asker);
    let app = &desk.wizard.app;
    assert_eq!((app.client_id.text.as_str(), app.secret.expose()), (CLIENT, SECRET));
    desk.wizard.app.paste("{", &mut desk.asker);
    assert!(desk.wizard.app.document.failure().is_some());
    assert_eq!(desk.wizard.app.secret.expose(), SECRET);
}

#[test]
fn a_file_is_taken_by_the_page_that_asked_for_it() {
    let mut desk = Desk::at(Page::General);
    let path = || std::path::PathBuf::from("app.json");
    desk.wizard.file_picked(FilePurpose::App, path(), &mut desk.asker);
    desk.gather();
    assert!(desk.waiting.is_empty());
    desk.wizard.file_picked(FilePurpose::SiteRoot, path(), &mut desk.asker);
    assert_eq!(desk.wizard.general.trust, TrustChoice::RootFile);
    desk.go_to(Page::ImportApps);
    desk.wizard.file_picked(FilePurpose::App, path(), &mut desk.asker);
    desk.ticket(|query| matches!(query, Query::AppFile(_)));
}

// ---- the site ----

#[test]
fn collections_of_another_site_are_put_aside_and_come_back_with_it() {
    let mut desk = Desk::at(Page::Confirm);
    let chosen = ids(&desk);
    desk.back_to(Page::General);
    type_site(&mut desk.wizard, "other.corp.example");
    desk.wizard.general.connect(&mut desk.asker);
    desk.serve();
    for _ in 0..4 {
        desk.next();
    }
    desk.serve();
    assert_eq!((desk.wizard.page(), ids(&desk)), (Page::Configuration, Vec::new()));
    assert_eq!(desk.wizard.place.aside()[0].1.len(), 2);
    assert_eq!(desk.next(), Page::Confirm);
    assert!(desk.wizard.setup().unwrap().0.collections.is_empty());
    desk.back_to(Page::General);
    type_site(&mut desk.wizard, "cm01.corp.example");
    desk.wizard.general.connect(&mut desk.asker);
    desk.serve();
    for _ in 0..4 {
        desk.next();
    }
    assert_eq!(ids(&desk), chosen);
}

#[test]
fn collections_are_not_accepted_while_another_site_is_typed() {
    let mut desk = Desk::at(Page::Configuration);
    desk.fill();
    assert!(desk.wizard.may_go_on());
    desk.wizard.general.provider.text = "other.corp.example".into();
    assert!(!desk.wizard.may_go_on());
    assert_eq!(desk.next(), Page::Configuration);
}

#[test]
fn revert_does_not_bring_another_sites_collections_here() {
    let mut desk = Desk::at(Page::Confirm);
    desk.back_to(Page::General);
    type_site(&mut desk.wizard, "other.corp.example");
    desk.wizard.general.connect(&mut desk.asker);
    desk.serve();
    for _ in 0..4 {
        desk.next();
    }
    desk.wizard.revert();
    assert!(ids(&desk).is_empty());
}

// ---- workspace and collections ----

fn rights_ticket(desk: &mut Desk) -> Ticket {
    desk.ticket(|query| matches!(query, Query::Rights(..)))
}

#[test]
fn what_is_alone_is_chosen_and_what_is_not_is_left_to_the_person() {
    let desk = Desk::at(Page::Configuration);
    assert_eq!(desk.wizard.place.workspace(), Some(&workspace(1, "rg", "law")));
    let mut desk = Desk::new();
    desk.world.workspaces = vec![workspace(1, "rg", "a"), workspace(1, "rg", "b"), workspace(2, "x", "c")];
    desk.go_to(Page::Configuration);
    desk.serve();
    assert_eq!(desk.wizard.place.subscription(), None);
    let (app, _) = accesses(&desk.wizard);
    let Desk { wizard, asker, .. } = &mut desk;
    wizard
        .place
        .choose_subscription(workspace(1, "rg", "a").subscription(), &app, asker);
    assert_eq!(
        (wizard.place.resource_group(), wizard.place.workspace()),
        (Some("rg"), None)
    );
    wizard.place.choose_workspace(workspace(1, "rg", "b"), &app, asker);
    wizard
        .place
        .choose_subscription(workspace(2, "x", "c").subscription(), &app, asker);
    assert_eq!(wizard.place.workspace(), Some(&workspace(2, "x", "c")));
}

#[test]
fn a_workspace_is_accepted_only_when_it_was_read_and_everything_needed_is_allowed() {
    let id = workspace(1, "rg", "law");
    let seen = |workspace: Option<WorkspaceId>, outcome| RightsSeen {
        workspace: workspace.map(crate::model::Workspace::bare),
        checks: vec![crate::flow::testing::check(outcome)],
    };
    let cases = [
        (Ok(seen(Some(id.clone()), Ok(String::new()))), true),
        (Ok(seen(Some(id.clone()), Err(not_allowed()))), false),
        (Ok(seen(None, Ok(String::new()))), false),
        (Ok(seen(Some(workspace(1, "rg", "other")), Ok(String::new()))), false),
        (Err(not_allowed()), false),
    ];
    for (at, (answer, fine)) in cases.into_iter().enumerate() {
        let mut desk = Desk::at(Page::Configuration);
        let (app, _) = accesses(&desk.wizard);
        desk.wizard.place.check_again(&app, &mut desk.asker);
        let ticket = rights_ticket(&mut desk);
        assert!(!desk.wizard.may_go_on(), "it is being asked");
        desk.answer(ticket, Answer::Rights(answer));
        assert_eq!(desk.wizard.may_go_on(), fine, "case {at}");
    }
}

#[test]
fn rights_count_for_the_workspace_and_the_app_they_were_asked_for() {
    let mut desk = Desk::at(Page::Configuration);
    let (app, _) = accesses(&desk.wizard);
    desk.wizard
        .place
        .choose_workspace(workspace(1, "rg", "new"), &app, &mut desk.asker);
    assert!(!desk.wizard.may_go_on());
    desk.serve();
    assert!(desk.wizard.may_go_on());
    desk.wizard.app.secret.insert("x", 0);
    assert!(!desk.wizard.may_go_on());
}

#[test]
fn a_workspace_that_another_app_does_not_see_is_no_choice_any_more() {
    for typed in [false, true] {
        let mut desk = Desk::at(Page::Configuration);
        if typed {
            let (app, _) = accesses(&desk.wizard);
            desk.wizard.place.resource_id = TextField::holding(workspace(1, "rg", "law").to_string());
            desk.wizard.place.choose_typed(&app, &mut desk.asker).unwrap();
            desk.serve();
        }
        desk.back_to(Page::ImportApps);
        desk.wizard.app.client_id = TextField::holding(TENANT);
        desk.wizard.app.verify(&mut desk.asker);
        desk.serve();
        desk.next();
        let ticket = rights_ticket(&mut desk);
        desk.answer(ticket, Answer::Rights(Err(not_allowed())));
        assert_eq!(
            desk.wizard.place.workspace(),
            Some(&workspace(1, "rg", "law")),
            "not before the list is known"
        );
        let ticket = desk.ticket(|query| matches!(query, Query::Workspaces(_)));
        let others = visible(&[workspace(5, "rg", "theirs")]);
        desk.answer(ticket, Answer::Workspaces(Ok(others)));
        let now = if typed {
            workspace(1, "rg", "law")
        } else {
            workspace(5, "rg", "theirs")
        };
        assert_eq!(desk.wizard.place.workspace(), Some(&now), "typed: {typed}");
    }
}

#[test]
fn a_workspace_stays_chosen_where_the_list_does_not_tell_all() {
    let mut desk = Desk::at(Page::Configuration);
    let (app, _) = accesses(&desk.wizard);
    desk.wizard.place.check_again(&app, &mut desk.asker);
    let ticket = rights_ticket(&mut desk);
    desk.answer(ticket, Answer::Rights(Err(not_allowed())));
    let ticket = desk.ticket(|query| matches!(query, Query::Workspaces(_)));
    let mut some = visible(&[workspace(5, "rg", "other")]);
    some.incomplete = vec![not_allowed()];
    desk.answer(ticket, Answer::Workspaces(Ok(some)));
    assert_eq!(desk.wizard.place.workspace(), Some(&workspace(1, "rg", "law")));
}

#[test]
fn revert_asks_for_rights_that_are_not_known() {
    let mut desk = Desk::at(Page::Confirm);
    desk.back_to(Page::ImportApps);
    type_app(&mut desk.wizard, "renewed");
    desk.wizard.app.verify(&mut desk.asker);
    desk.serve();
    desk.next();
    let (app, _) = accesses(&desk.wizard);
    desk.wizard
        .place
        .choose_workspace(workspace(1, "rg", "other"), &app, &mut desk.asker);
    desk.serve();
    desk.wizard.revert();
    assert_eq!(desk.wizard.place.workspace(), Some(&workspace(1, "rg", "law")));
    assert!(!desk.wizard.may_go_on());
    desk.serve();
    assert!(desk.wizard.may_go_on());
}

#[test]
fn lists_of_one_app_are_not_shown_for_another() {
    let desk = Desk::at(Page::Configuration);
    let (mut app, _) = accesses(&desk.wizard);
    let place = &desk.wizard.place;
    assert_eq!((place.subscriptions(&app).len(), place.workspaces(&app).len()), (1, 1));
    app.app.client_id = TENANT.parse().unwrap();
    assert!(place.subscriptions(&app).is_empty() && place.resource_groups(&app).is_empty());
    assert!(place.workspaces(&app).is_empty());
}

#[test]
fn entering_again_asks_only_for_what_failed() {
    let mut desk = Desk::at(Page::Configuration);
    let (app, site) = accesses(&desk.wizard);
    desk.wizard.place.check_again(&app, &mut desk.asker);
    desk.wizard.place.list_again(&site, &mut desk.asker);
    let ticket = rights_ticket(&mut desk);
    desk.answer(ticket, Answer::Rights(Err(not_allowed())));
    let ticket = desk.ticket(|query| matches!(query, Query::Collections(_)));
    desk.answer(ticket, Answer::Collections(Err(not_allowed())));
    desk.serve();
    desk.back_to(Page::ImportApps);
    desk.next();
    let asked: Vec<_> = desk.waiting.iter().map(|(_, query)| query).collect();
    assert!(matches!(asked.as_slice(), [Query::Rights(..), Query::Collections(_)]));
}

#[test]
fn collections_are_chosen_once_and_removing_marks_the_neighbour() {
    let mut desk = Desk::at(Page::Configuration);
    desk.choose(&[1, 2, 3]);
    let place = &mut desk.wizard.place;
    place.picker = Some(Picker::new(&Listed::new(vec![collection(2)]), &[]));
    place.picker.as_mut().unwrap().toggle(0);
    place.take_picked();
    assert_eq!(place.chosen.len(), 3);
    place.remove(&collection(2).id);
    assert_eq!(place.marked, Some(collection(3).id));
    place.remove(&collection(3).id);
    assert_eq!(place.marked, Some(collection(1).id));
    place.remove(&collection(1).id);
    assert_eq!(place.marked, None);
}

#[test]
fn the_dialog_for_collections_fills_when_the_site_answers_and_goes_with_the_page() {
    let mut desk = Desk::at(Page::Configuration);
    let (_, site) = accesses(&desk.wizard);
    desk.wizard.place.open_picker(&site);
    desk.wizard.place.picker.as_mut().unwrap().toggle(0);
    desk.wizard.place.open_picker(&site);
    assert_eq!(
        desk.wizard.place.picker.as_ref().unwrap().ticked(),
        1,
        "it is open already"
    );
    desk.world.collections.push(collection(4));
    desk.wizard.place.list_again(&site, &mut desk.asker);
    desk.serve();
    let picker = desk.wizard.place.picker.as_ref().unwrap();
    assert_eq!((picker.total(), picker.ticked()), (4, 1));
    desk.back_to(Page::App);
    assert!(desk.wizard.place.picker.is_none());
}

// ---- making ----

#[test]
fn next_pressed_twice_makes_one_connection() {
    let mut desk = Desk::at(Page::Confirm);
    desk.next();
    desk.next();
    assert_eq!((desk.creations().len(), desk.wizard.page()), (1, Page::Progress));
}

#[test]
fn retry_does_the_same_again_and_only_after_a_failure() {
    let mut desk = Desk::at(Page::Progress);
    desk.wizard.retry(&mut desk.asker);
    desk.gather();
    assert_eq!(desk.creations().len(), 1, "it runs");
    let first = desk.creations()[0].0;
    desk.end(Err(unfinished(Standing::Begun)));
    desk.wizard.service.name.text = "edited behind".into();
    desk.wizard.retry(&mut desk.asker);
    desk.wizard.retry(&mut desk.asker);
    desk.gather();
    let creations = desk.creations();
    assert_eq!(creations.len(), 2);
    assert_eq!(creations[0].1, creations[1].1);
    let setup = creations[1].1.clone();
    assert!(
        !desk.wizard.ended(first, &Ok(Box::new(created(setup.clone())))),
        "it has ended before"
    );
    assert!(desk.end(Ok(created(setup))));
    assert!(!desk.end(Err(unfinished(Standing::Begun))), "an end is an end");
    assert_eq!(desk.wizard.page(), Page::Completion);
    desk.wizard.retry(&mut desk.asker);
    desk.gather();
    assert_eq!(desk.creations().len(), 2);
}

#[test]
fn retry_waits_for_the_answer_to_a_question() {
    let mut desk = Desk::at(Page::Progress);
    desk.end(Err(unfinished(Standing::Begun)));
    desk.cancel();
    desk.wizard.retry(&mut desk.asker);
    desk.gather();
    assert_eq!(desk.creations().len(), 1);
}

#[test]
fn correcting_is_possible_only_while_nothing_stands() {
    for (standing, possible) in [
        (Standing::Nothing, true),
        (Standing::Recorded, false),
        (Standing::Begun, false),
        (Standing::Ready, false),
    ] {
        let mut desk = Desk::at(Page::Progress);
        desk.wizard.correct();
        assert_eq!(desk.wizard.page(), Page::Progress, "it runs");
        desk.end(Err(unfinished(standing)));
        assert_eq!(desk.wizard.can_correct(), possible);
        desk.wizard.correct();
        assert_eq!(desk.wizard.page() == Page::Confirm, possible, "{standing:?}");
        assert_eq!(desk.wizard.may_go_back(), possible);
    }
}

fn resumed() -> (Desk, RunId) {
    let connection = crate::flow::testing::connection(setup("Old"), ConnectionState::Connecting);
    let mut asker = Asker::default();
    let wizard = Wizard::resume(connection, &mut asker);
    let desk = Desk::with(wizard, asker);
    let run = desk.commands[0].0;
    (desk, run)
}

fn finishes(desk: &Desk) -> Vec<Option<&str>> {
    let given = desk.commands.iter().map(|(_, command)| match command {
        Command::Finish(_, given) => given.as_ref().map(|given| given.client_secret.expose()),
        _ => panic!("another command"),
    });
    given.collect()
}

#[test]
fn a_resumed_one_asks_for_secrets_that_nobody_has_and_forgets_them_when_done() {
    let (mut desk, _) = resumed();
    assert_eq!(desk.wizard.page(), Page::Progress);
    desk.end(Err(Unfinished {
        failure: lost(),
        standing: Standing::Begun,
    }));
    desk.wizard.retry(&mut desk.asker);
    desk.gather();
    assert_eq!(finishes(&desk), [None], "secrets are missing");
    let (secret, password) = desk.wizard.creation_secrets().unwrap();
    *secret = SecretText::holding("typed again");
    *password = SecretText::holding("p w");
    desk.wizard.retry(&mut desk.asker);
    desk.gather();
    assert_eq!(finishes(&desk), [None, Some("typed again")]);
    desk.end(Ok(created(setup("Old"))));
    let creation = desk.wizard.creation().unwrap();
    assert!(creation.secret.is_blank() && creation.password.is_blank());
}

#[test]
fn a_resumed_one_without_an_account_needs_no_password() {
    let mut connection = crate::flow::testing::connection(setup("Old"), ConnectionState::Connecting);
    connection.setup.site.sign_in = SignIn::None;
    let mut asker = Asker::default();
    let wizard = Wizard::resume(connection, &mut asker);
    let mut desk = Desk::with(wizard, asker);
    desk.end(Err(Unfinished {
        failure: lost(),
        standing: Standing::Begun,
    }));
    assert!(!desk.wizard.creation_needs_password());
    *desk.wizard.creation_secrets().unwrap().0 = SecretText::holding("typed again");
    desk.wizard.retry(&mut desk.asker);
    desk.gather();
    assert_eq!(finishes(&desk), [None, Some("typed again")]);
}

#[test]
fn a_new_one_has_its_secrets_and_asks_for_none() {
    let mut desk = Desk::at(Page::Progress);
    desk.end(Err(Unfinished {
        failure: lost(),
        standing: Standing::Begun,
    }));
    assert!(desk.wizard.creation_secrets().is_none());
    desk.wizard.retry(&mut desk.asker);
    desk.gather();
    assert_eq!(desk.creations()[1].2.client_secret.expose(), SECRET);
}

// ---- leaving ----

#[test]
fn cancel_asks_where_something_would_be_lost_and_only_there() {
    let mut blank = Desk::new();
    blank.cancel();
    assert!(blank.wizard.is_over());
    let edits: [Edit; 5] = [
        |wizard| wizard.general.account.text = "x".into(),
        |wizard| _ = wizard.general.password.insert("x", 0),
        |wizard| wizard.service.description = "x".into(),
        |wizard| wizard.app.tenant_name.text = "x".into(),
        |wizard| _ = wizard.app.secret.insert("x", 0),
    ];
    for (at, edit) in edits.into_iter().enumerate() {
        let mut desk = Desk::new();
        edit(&mut desk.wizard);
        desk.cancel();
        assert_eq!(
            (desk.wizard.question, desk.wizard.is_over()),
            (Some(Question::Leave), false),
            "edit {at}"
        );
        desk.wizard.stay();
        assert_eq!(desk.wizard.question, None);
        desk.cancel();
        desk.confirm();
        assert!(desk.wizard.is_over());
    }
}

#[test]
fn what_was_filled_in_beforehand_is_not_lost() {
    let known = KnownSite {
        connection: setup("Old").site,
        identity: None,
    };
    let mut desk = Desk::with(Wizard::new(Vec::new(), Vec::new(), [known]), Asker::default());
    assert_eq!(desk.wizard.general.provider.text, "cm01.corp.example");
    desk.wizard.general.account.text.push('x');
    desk.cancel();
    assert_eq!(desk.wizard.question, Some(Question::Leave));
    desk.wizard.stay();
    desk.wizard.general.account.text.pop();
    desk.cancel();
    assert!(desk.wizard.is_over());
}

#[test]
fn a_question_holds_everything_else() {
    let mut desk = Desk::at(Page::Confirm);
    desk.cancel();
    assert_eq!(desk.next(), Page::Confirm);
    desk.wizard.back(&mut desk.asker);
    assert_eq!((desk.wizard.page(), desk.creations().len()), (Page::Confirm, 0));
}

#[test]
fn leaving_waits_for_no_answer() {
    let mut desk = Desk::at(Page::Configuration);
    let (app, site) = accesses(&desk.wizard);
    desk.wizard.place.check_again(&app, &mut desk.asker);
    desk.wizard.place.list_again(&site, &mut desk.asker);
    desk.wizard.app.verify(&mut desk.asker);
    desk.wizard.general.connect(&mut desk.asker);
    desk.gather();
    assert_eq!(desk.waiting.len(), 6);
    desk.cancel();
    desk.confirm();
    assert!(desk.waiting.is_empty());
    assert_eq!(desk.next(), Page::Configuration, "it is over");
}

#[test]
fn what_is_being_made_is_stopped_once_and_only_after_a_question() {
    let mut desk = Desk::at(Page::Progress);
    let run = desk.creations()[0].0;
    desk.cancel();
    assert_eq!((desk.wizard.question, desk.stops.len()), (Some(Question::Stop), 0));
    desk.confirm();
    assert!(desk.wizard.is_stopping());
    desk.cancel();
    assert_eq!(desk.wizard.question, None, "it was asked and answered");
    desk.confirm();
    assert_eq!(desk.stops, [run]);
    desk.end(Err(stopped(Standing::Begun)));
    assert!(!desk.wizard.is_over());
}

#[test]
fn the_question_to_stop_goes_when_there_is_nothing_to_stop() {
    let mut desk = Desk::at(Page::Progress);
    desk.cancel();
    desk.end(Err(unfinished(Standing::Begun)));
    assert_eq!(desk.wizard.question, None);
}

#[test]
fn after_a_failure_the_question_fits_what_stands() {
    for (standing, question) in [
        (Standing::Nothing, Some(Question::Leave)),
        (Standing::Recorded, Some(Question::Unfinished(Standing::Recorded))),
        (Standing::Begun, Some(Question::Unfinished(Standing::Begun))),
        (Standing::Ready, None),
    ] {
        let mut desk = Desk::at(Page::Progress);
        desk.end(Err(unfinished(standing)));
        desk.cancel();
        assert_eq!(
            (desk.wizard.question, desk.wizard.is_over()),
            (question, question.is_none())
        );
        desk.confirm();
        assert!(desk.wizard.is_over());
    }
    let (mut desk, _) = resumed();
    desk.end(Err(unfinished(Standing::Nothing)));
    desk.cancel();
    assert!(desk.wizard.is_over(), "nothing was typed");
}

#[test]
fn what_stands_is_taken_away_on_that_answer_alone() {
    let mut desk = Desk::at(Page::Progress);
    assert!(desk.wizard.take_away(&mut desk.asker).is_none());
    desk.end(Err(unfinished(Standing::Begun)));
    assert!(desk.wizard.take_away(&mut desk.asker).is_none(), "it was not asked");
    desk.cancel();
    let (_, removed) = desk.wizard.take_away(&mut desk.asker).unwrap();
    desk.gather();
    assert_eq!(removed, name("Contoso"));
    assert!(desk.wizard.is_over());
    let last = desk.commands.last().map(|(_, command)| command);
    assert!(matches!(last, Some(Command::Remove(_, Extent::Everything))));
}
