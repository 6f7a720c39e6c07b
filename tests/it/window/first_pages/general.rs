//! *General*.

use azure_services_wizard::flow::effect::{FilePurpose, RightsSeen};
use azure_services_wizard::flow::{Answer, Effect, Query, Shell};
use azure_services_wizard::model::{CertificateTrust, Problem, SignIn, Workspace, WorkspaceId};
use azure_services_wizard::ui::wizard::general;

use super::{ID, Page, Role, failure, site, type_site, verified_app};

const CHECK: &str = "Check the site";
const APP_REGISTERED: &str = "An app is registered in Microsoft Entra ID";
const AT_HAND: &str = "Its client ID, secret key and the key's expiry date are at hand";
const CONTRIBUTOR: &str = "The app is Contributor on the Log Analytics workspace";
const TOP_TIER: &str = "The site is the top of its hierarchy";

/// The page, with a site typed and asked for.
fn asking() -> (Page, azure_services_wizard::flow::Ticket) {
    let mut page = Page::of(general::show);
    type_site(page.wizard());
    page.click(Role::Button, CHECK);
    let (ticket, _) = page.query();
    (page, ticket)
}

#[test]
fn the_site_is_asked_with_exactly_what_is_typed() {
    let mut page = Page::of(general::show);
    page.click(Role::RadioButton, "This account"); // on Windows it is not chosen from the start
    page.fill(Role::TextInput, "SMS Provider", "cm01.corp.example");
    page.fill(Role::TextInput, "Account", "CONTOSO\\svc-asw");
    page.fill(Role::PasswordInput, "Password", "correct horse");
    page.click(Role::Button, CHECK);
    let (_, Query::Site(access)) = page.query() else {
        panic!("another query")
    };
    assert_eq!(access.connection.provider.host(), "cm01.corp.example");
    assert_eq!(
        access.connection.sign_in,
        SignIn::Account("CONTOSO\\svc-asw".to_owned())
    );
    assert_eq!(access.connection.trust, CertificateTrust::System);
    assert_eq!(access.password.unwrap().expose(), "correct horse");
    assert!(!page.says("correct horse"), "the password is on the screen");
}

#[test]
fn a_mistake_is_pointed_out_only_after_the_field_was_left() {
    let mut page = Page::of(general::show);
    page.fill(Role::TextInput, "SMS Provider", "cm 01");
    assert!(!page.says("is not a host name"), "{}", page.screen());
    page.press(egui::Key::Tab);
    assert!(
        page.description(Role::TextInput, "SMS Provider")
            .contains("is not a host name")
    );
}

#[test]
fn an_empty_form_asks_nobody_and_leads_to_its_first_field() {
    let mut page = Page::of(general::show);
    page.click(Role::RadioButton, "This account");
    assert!(!page.says("It is empty"), "a form opens without mistakes");
    page.click(Role::Button, CHECK);
    assert!(page.effects().is_empty());
    for (role, field) in [
        (Role::TextInput, "SMS Provider"),
        (Role::TextInput, "Account"),
        (Role::PasswordInput, "Password"),
    ] {
        assert!(page.description(role, field).contains("It is empty"), "{field}");
    }
    assert!(page.is_focused(Role::TextInput, "SMS Provider"));
    page.fill(Role::TextInput, "SMS Provider", "cm01.corp.example");
    page.click(Role::Button, CHECK);
    assert!(page.is_focused(Role::TextInput, "Account"));
}

#[test]
fn what_the_site_answered_is_shown_until_something_else_is_typed() {
    let (mut page, ticket) = asking();
    page.answer(ticket, Answer::Site(Ok(site(Vec::new()))));
    assert!(page.says("The site answers: PS1 – Contoso Headquarters, standalone primary site."));
    assert!(page.says("2503 (build 9135)"));
    assert!(page.is_on(Role::CheckBox, TOP_TIER));
    page.fill(Role::TextInput, "Account", "CONTOSO\\other");
    assert!(!page.says("The site answers"), "{}", page.screen());
    assert!(!page.is_on(Role::CheckBox, TOP_TIER));
}

#[test]
fn asking_can_be_cancelled() {
    let (mut page, ticket) = asking();
    assert!(!page.has(Role::Button, CHECK));
    page.click(Role::Button, "Cancel");
    assert!(page.has(Role::Button, CHECK));
    assert!(matches!(page.effects().as_slice(), [Effect::Abandon(abandoned)] if *abandoned == ticket));
}

#[test]
fn a_failure_keeps_what_was_typed_and_can_be_copied() {
    let (mut page, ticket) = asking();
    let refused = Problem::AccountRefused {
        provider: "cm01.corp.example".to_owned(),
        account: "CONTOSO\\svc-asw".to_owned(),
    };
    page.answer(ticket, Answer::Site(Err(failure(refused))));
    assert!(page.says("cm01.corp.example refused the account"), "{}", page.screen());
    assert_eq!(page.value(Role::TextInput, "SMS Provider"), "cm01.corp.example");
    assert_eq!(page.value(Role::TextInput, "Account"), "CONTOSO\\svc-asw");
    assert_eq!(page.wizard().general.password.expose(), "correct horse");
    let copied = page.copy();
    assert!(copied.contains("Code: account_refused"), "{copied}");
}

#[test]
fn an_answer_comes_into_view_in_a_window_that_is_too_low_for_the_page() {
    let mut page = Page::of(general::show);
    page.harness.set_size(egui::vec2(1000.0, 400.0));
    page.with(|wizard, asker| {
        type_site(wizard);
        wizard.general.connect(asker);
    });
    let (ticket, _) = page.query();
    page.answer(ticket, Answer::Site(Ok(site(Vec::new()))));
    let answered = "The site answers: PS1 – Contoso Headquarters, standalone primary site.";
    let bottom = page.bottom(Role::Status, answered);
    assert!((0.0..=400.0).contains(&bottom), "{bottom}");
}

#[test]
fn a_root_certificate_is_a_path_typed_or_chosen() {
    let mut page = Page::of(general::show);
    type_site(page.wizard());
    page.click(Role::RadioButton, "A root certificate in a file");
    page.click(Role::Button, CHECK);
    assert!(page.effects().is_empty());
    assert!(
        page.description(Role::TextInput, "Root certificate")
            .contains("No file is named")
    );
    assert!(page.is_focused(Role::TextInput, "Root certificate"));
    page.click(Role::Button, "Browse… root certificate");
    assert!(matches!(
        page.effects().as_slice(),
        [Effect::Shell(Shell::PickFile(FilePurpose::SiteRoot))]
    ));
    page.fill(Role::TextInput, "Root certificate", "root.pem");
    page.click(Role::Button, CHECK);
    let (_, Query::Site(access)) = page.query() else {
        panic!("another query")
    };
    assert_eq!(access.connection.trust, CertificateTrust::Pem("root.pem".into()));
}

#[test]
fn three_ticks_are_the_persons_and_the_sites_is_not() {
    let mut page = Page::of(general::show);
    for name in [APP_REGISTERED, AT_HAND, CONTRIBUTOR] {
        page.click(Role::CheckBox, name);
        assert!(page.is_on(Role::CheckBox, name), "{name}");
    }
    assert_eq!(page.wizard().general.ticks, [true; 3]);
    page.click(Role::CheckBox, CONTRIBUTOR);
    assert_eq!(page.wizard().general.ticks, [true, true, false]);
    assert!(page.is_disabled(Role::CheckBox, TOP_TIER));
    assert!(page.description(Role::CheckBox, TOP_TIER).contains("ticks itself"));
}

#[test]
fn what_the_program_has_seen_it_ticks_itself() {
    let mut page = Page::of(general::show);
    verified_app(&mut page);
    for name in [APP_REGISTERED, AT_HAND] {
        assert!(
            page.is_on(Role::CheckBox, name) && page.is_disabled(Role::CheckBox, name),
            "{name}"
        );
    }
    assert!(!page.is_on(Role::CheckBox, CONTRIBUTOR));
    let path = format!("/subscriptions/{ID}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/ws");
    let workspace: WorkspaceId = path.parse().unwrap();
    page.with(|wizard, asker| {
        let access = wizard.app.access().ok().unwrap();
        wizard.place.choose_workspace(workspace.clone(), &access, asker);
    });
    let asked = page.effects().into_iter().find_map(|effect| match effect {
        Effect::Query(ticket, Query::Rights(..)) => Some(ticket),
        _ => None,
    });
    let ticket = asked.expect("the rights are asked");
    assert!(
        !page.is_on(Role::CheckBox, CONTRIBUTOR),
        "not before Azure has answered"
    );
    let seen = RightsSeen {
        workspace: Some(Workspace::bare(workspace)),
        checks: Vec::new(),
    };
    page.answer(ticket, Answer::Rights(Ok(seen)));
    assert!(page.is_on(Role::CheckBox, CONTRIBUTOR) && page.is_disabled(Role::CheckBox, CONTRIBUTOR));
    assert_eq!(
        page.wizard().general.ticks,
        [false; 3],
        "the person's own ticks stay the person's"
    );
}

#[test]
fn every_prerequisite_unfolds_what_to_do() {
    let mut page = Page::of(general::show);
    for (button, words) in [
        ("How? App registered", "az ad sp create-for-rbac"),
        ("How? Secret key at hand", "az ad app credential reset"),
        ("How? App is Contributor", "az role assignment create"),
        ("How? Top-tier site", "central administration site where there is one"),
        ("Why? No longer needed", "Computer Groups > SCCM"),
    ] {
        assert!(!page.says(words), "{words} is folded at first");
        page.click(Role::Button, button);
        assert!(page.says(words), "{words}");
        page.click(Role::Button, button);
        assert!(!page.says(words), "{words} folds again");
    }
}
